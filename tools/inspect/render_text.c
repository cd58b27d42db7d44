/* SPDX-License-Identifier: GPL-2.0-or-later */
/* guest-inspect for people: a guest on one screen. What it says of itself is made harmless. */
#include <inttypes.h>
#include <string.h>
#include <time.h>

#include "cli/safe.h"
#include "cli/table.h"
#include "render.h"
#include "util/cleanup.h"
#include "util/xalloc.h"

#define LIST_MAX 8 /* things of a kind that are named; of more the number is told */

static void safe(struct render *r, const char *s)
{
	safe_add(r->b, s, SAFE_MESSAGE);
}

/* The front of a line: what it is about. */
static void label(struct render *r, const char *name)
{
	buf_addf(r->b, "  %-14s", name);
}

static void line(struct render *r, const char *name, const char *s)
{
	if (!*s)
		return;
	label(r, name);
	safe(r, s);
	buf_addch(r->b, '\n');
}

/* Begins the i-th of n things on a line. False where no more are named. */
static bool next(struct render *r, const char *name, size_t i, size_t n)
{
	if (i == 0)
		label(r, name);
	else if (i == LIST_MAX)
		buf_addf(r->b, ", and %zu more", n - i);
	else
		buf_addstr(r->b, ", ");
	return i < LIST_MAX;
}

static void end_list(struct render *r, size_t n)
{
	if (n)
		buf_addch(r->b, '\n');
}

static void list(struct render *r, const char *name, const wire_strs *v)
{
	for (uint32_t i = 0; i < v->n && next(r, name, i, v->n); i++)
		safe(r, v->v[i]);
	end_list(r, v->n);
}

/* What the system calls itself, or else what it is. */
static void add_title(struct render *r, const wire_guest *g)
{
	const char *what = *g->distro ? g->distro : *g->id ? g->id : g->type;

	if (r->guests)
		buf_addch(r->b, '\n');
	if (*g->title)
		safe(r, g->title);
	else
		safe(r, *what ? what : "unknown system");
	buf_addch(r->b, '\n');
}

/* "linux, debian 12.5, x86_64" */
static void add_system(struct render *r, const wire_guest *g)
{
	const char *distro = *g->distro ? g->distro : g->id;

	label(r, "System");
	safe(r, *g->type ? g->type : "unknown");
	if (*distro) {
		buf_addstr(r->b, ", ");
		safe(r, distro);
	}
	if (g->major || g->minor)
		buf_addf(r->b, " %u.%u", g->major, g->minor);
	if (*g->arch) {
		buf_addstr(r->b, ", ");
		safe(r, g->arch);
	}
	buf_addch(r->b, '\n');
}

static void add_packages(struct render *r, const struct facts *f)
{
	struct apps_kind kinds[APPS_KINDS_MAX];
	size_t n = apps_count(&f->apps, kinds);

	label(r, "Packages");
	if (!n)
		buf_addstr(r->b, "none");
	for (size_t i = 0; i < n; i++) {
		buf_addf(r->b, "%s%zu ", i ? ", " : "", kinds[i].n);
		safe(r, kinds[i].kind);
	}
	if (n && !r->o->applications)
		buf_addstr(r->b, " (--applications lists them)");
	buf_addch(r->b, '\n');
}

static void add_kernels(struct render *r, const wire_kernels *v)
{
	for (uint32_t i = 0; i < v->n && next(r, "Kernels", i, v->n); i++) {
		const wire_kernel *k = &v->v[i];

		safe(r, *k->version ? k->version : k->path);
		buf_addf(r->b, " (%s", *k->initramfs ? "initramfs" : "no initramfs");
		if (*k->virtio)
			buf_addstr(r->b, strcmp(k->virtio, "yes") ? ", no virtio" : ", virtio");
		buf_addch(r->b, ')');
	}
	end_list(r, v->n);
}

static void add_users(struct render *r, const wire_users *v)
{
	for (uint32_t i = 0; i < v->n && next(r, "Users", i, v->n); i++)
		safe(r, v->v[i].name);
	end_list(r, v->n);
}

static void add_last_log(struct render *r, int64_t sec)
{
	time_t t = sec;
	struct tm tm;
	char s[64];

	if (localtime_r(&t, &tm) && strftime(s, sizeof(s), "%F %T %z", &tm))
		line(r, "Last log", s);
}

static void add_details(struct render *r, const struct details_ret *d)
{
	list(r, "Boot loaders", &d->boot_loaders);
	list(r, "Secure boot", &d->secure_boot);
	add_kernels(r, &d->kernels);
	add_users(r, &d->users);
	if (d->cloud_init)
		line(r, "cloud-init", "present");
	line(r, "SELinux", d->selinux);
	if (d->logged)
		add_last_log(r, d->last_log);
}

/* Is it that device, or a subvolume on it: "btrfsvol:/dev/sda2/root"? */
static bool is_on(const char *device, const char *disk)
{
	static const char prefix[] = "btrfsvol:";
	size_t n = strlen(disk);

	if (!strcmp(device, disk))
		return true;
	if (strncmp(device, prefix, strlen(prefix)))
		return false;
	device += strlen(prefix);
	return !strncmp(device, disk, n) && device[n] == '/';
}

/* How full the device is, or NULL where that is not known. */
static const wire_usage *find_usage(const struct facts *f, const char *device)
{
	const wire_usages *all = &f->details.usages;

	for (uint32_t i = 0; f->has_details && i < all->n; i++)
		if (is_on(device, all->v[i].device))
			return &all->v[i];
	return NULL;
}

static const wire_volume *find_volume(const wire_guest *g, const char *device)
{
	for (uint32_t i = 0; i < g->volumes.n; i++)
		if (!strcmp(g->volumes.v[i].device, device))
			return &g->volumes.v[i];
	return NULL;
}

static bool is_mounted(const wire_guest *g, const char *device)
{
	for (uint32_t i = 0; i < g->mountpoints.n; i++)
		if (!strcmp(g->mountpoints.v[i].device, device))
			return true;
	return false;
}

/* A line about a file system. */
struct fs_row {
	const char *path;
	const char *device;
	const char *type;
	const wire_usage *usage; /* NULL: not known */
};

static void get_path(const void *row, struct cell *c)
{
	*c = (struct cell){ .kind = CELL_STR, .s = ((const struct fs_row *)row)->path };
}

static void get_device(const void *row, struct cell *c)
{
	*c = (struct cell){ .kind = CELL_STR, .s = ((const struct fs_row *)row)->device };
}

static void get_type(const void *row, struct cell *c)
{
	*c = (struct cell){ .kind = CELL_STR, .s = ((const struct fs_row *)row)->type };
}

static void get_size(const void *row, struct cell *c)
{
	const wire_usage *u = ((const struct fs_row *)row)->usage;

	*c = (struct cell){ .kind = CELL_STR, .s = "" };
	if (u)
		*c = (struct cell){ .kind = CELL_SIZE, .n = usage_bytes(u, u->blocks) };
}

static void get_free(const void *row, struct cell *c)
{
	const wire_usage *u = ((const struct fs_row *)row)->usage;

	*c = (struct cell){ .kind = CELL_STR, .s = "" };
	if (u)
		*c = (struct cell){ .kind = CELL_SIZE, .n = usage_bytes(u, u->available) };
}

static const struct column fs_columns[] = {
	{ "MOUNTED ON", NULL, TABLE_TEXT, 0, 0, get_path },
	{ "DEVICE", NULL, TABLE_TEXT, 0, 0, get_device },
	{ "TYPE", NULL, TABLE_TEXT, 0, 0, get_type },
	{ "SIZE", NULL, TABLE_TEXT, 0, 0, get_size },
	{ "FREE", NULL, TABLE_TEXT, 0, 0, get_free },
};

/* A table that is gathered in the scratch buffer. */
static struct table table_init(struct render *r, const struct column *columns, size_t n)
{
	r->scratch.len = 0;
	return (struct table){
		.columns = columns,
		.n_columns = n,
		.form = TABLE_TEXT,
		.human = true,
		.how = SAFE_MESSAGE,
		.out = &r->scratch,
	};
}

/* Ends the table, and appends its lines after an empty one, each with an indent. */
static void end_table(struct render *r, struct table *t)
{
	table_end(t);
	buf_addch(r->b, '\n');
	for (size_t i = 0; i < r->scratch.len;) {
		const char *s = r->scratch.data + i;
		size_t n = strcspn(s, "\n") + 1;

		buf_addstr(r->b, "  ");
		buf_add(r->b, s, n);
		i += n;
	}
}

/* What is mounted where, then what is not mounted: swap, and what could not be found. */
static void add_filesystems(struct render *r, const struct facts *f)
{
	const wire_guest *g = f->guest;
	struct table t = table_init(r, fs_columns, ARRAY_SIZE(fs_columns));

	if (!g->mountpoints.n && !g->volumes.n)
		return;
	t.title = true;
	table_begin(&t);
	for (uint32_t i = 0; i < g->mountpoints.n; i++) {
		const wire_mountpoint *m = &g->mountpoints.v[i];
		const wire_volume *v = find_volume(g, m->device);
		const struct fs_row row = { m->path, m->device, v ? v->type : "",
					    find_usage(f, m->device) };

		table_row(&t, &row);
	}
	for (uint32_t i = 0; i < g->volumes.n; i++) {
		const wire_volume *v = &g->volumes.v[i];
		const struct fs_row row = { "", v->device, *v->type ? v->type : "not found",
					    find_usage(f, v->device) };

		if (!is_mounted(g, v->device))
			table_row(&t, &row);
	}
	end_table(r, &t);
}

/* "C: /dev/sda2" */
static void add_drives(struct render *r, const wire_drives *v)
{
	for (uint32_t i = 0; i < v->n && next(r, "Drives", i, v->n); i++) {
		safe(r, v->v[i].letter);
		buf_addstr(r->b, ": ");
		safe(r, v->v[i].device);
	}
	end_list(r, v->n);
}

/* A line about an application. */
struct app_row {
	const wire_application *app;
	const char *version;
};

static void get_name(const void *row, struct cell *c)
{
	const wire_application *a = ((const struct app_row *)row)->app;

	*c = (struct cell){ .kind = CELL_STR, .s = *a->display_name ? a->display_name : a->name };
}

static void get_version(const void *row, struct cell *c)
{
	*c = (struct cell){ .kind = CELL_STR, .s = ((const struct app_row *)row)->version };
}

static void get_arch(const void *row, struct cell *c)
{
	*c = (struct cell){ .kind = CELL_STR, .s = ((const struct app_row *)row)->app->arch };
}

static void get_kind(const void *row, struct cell *c)
{
	*c = (struct cell){ .kind = CELL_STR, .s = ((const struct app_row *)row)->app->kind };
}

static const struct column app_columns[] = {
	{ "", NULL, TABLE_TEXT, 0, 0, get_name },
	{ "", NULL, TABLE_TEXT, 0, 0, get_version },
	{ "", NULL, TABLE_TEXT, 0, 0, get_arch },
	{ "", NULL, TABLE_TEXT, 0, 0, get_kind },
};

static void list_apps(struct render *r, const struct apps *apps)
{
	struct table t = table_init(r, app_columns, ARRAY_SIZE(app_columns));

	table_begin(&t);
	for (size_t i = 0; i < apps->n; i++) {
		const wire_application *a = &apps->v[i];
		CLEANUP(free) char *epoch = a->epoch ? xasprintf("%" PRIu32 ":", a->epoch) : NULL;
		CLEANUP(free) char *version = xasprintf("%s%s%s%s", epoch ? epoch : "", a->version,
							*a->release ? "-" : "", a->release);

		table_row(&t, &(struct app_row){ a, version });
	}
	if (apps->n)
		end_table(r, &t);
}

static void text_guest(struct render *r, const struct facts *f)
{
	const wire_guest *g = f->guest;

	add_title(r, g);
	line(r, "Root", g->root);
	add_system(r, g);
	line(r, "Hostname", g->hostname);
	line(r, "Build", g->build_id);
	line(r, "Init", g->init);
	if (strcmp(g->medium, "installed") != 0)
		line(r, "Medium", g->medium);
	line(r, "Deployment", g->deployment);
	line(r, "System root", g->windows_systemroot);
	list(r, "Snapshots", &g->snapshots);
	add_drives(r, &g->drives);
	if (f->has_apps)
		add_packages(r, f);
	if (f->has_details)
		add_details(r, &f->details);
	if (f->warnings.n) {
		label(r, "Warnings");
		buf_addf(r->b, "%zu, on the standard error\n", f->warnings.n);
	}
	add_filesystems(r, f);
	if (f->has_apps && r->o->applications)
		list_apps(r, &f->apps);
}

static void text_start(struct render *r)
{
	(void)r;
}

/* What there is instead of a system. */
static void add_nothing(struct render *r, const wire_filesystems *fs)
{
	if (!fs->n) {
		buf_addstr(r->b, "No operating system was found, and no file system.\n");
		return;
	}
	buf_addstr(r->b, "No operating system was found. On the disks: ");
	for (uint32_t i = 0; i < fs->n; i++) {
		buf_addstr(r->b, i ? ", " : "");
		if (i == LIST_MAX * 2) {
			buf_addf(r->b, "and %" PRIu32 " more", fs->n - i);
			break;
		}
		safe(r, fs->v[i].device);
		buf_addstr(r->b, " (");
		safe(r, *fs->v[i].type ? fs->v[i].type : "unknown");
		buf_addch(r->b, ')');
	}
	buf_addstr(r->b, ".\n");
}

static void text_end(struct render *r, const struct render_end *end)
{
	const wire_crypts *locked = end->locked;

	if (!r->guests)
		add_nothing(r, end->fs);
	for (uint32_t i = 0; i < locked->n; i++) {
		buf_addstr(r->b, i ? ", " : "Not unlocked: ");
		safe(r, locked->v[i].device);
		buf_addstr(r->b, " (");
		safe(r, locked->v[i].type);
		buf_addch(r->b, ')');
	}
	if (locked->n)
		buf_addstr(r->b, ".\n");
}

const struct render_ops render_text = {
	.start = text_start,
	.guest = text_guest,
	.end = text_end,
	.wanted = { .apps = true, .details = true },
};
