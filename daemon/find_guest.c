/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Finds the guest. Theory of operation:
 *
 *   signatures -> candidates, the biggest first -> look into each, read-only,
 *   on LOOK_DIR -> the first with a system becomes the root -> its fstab says
 *   what else belongs to it -> look into the others -> mount what fstab says
 *
 * A look changes nothing on the device. In a read-only session the mount of the
 * look is moved to the root's place and stays; in a writing one it stays there
 * until it is known to be the only root, and the device is then mounted anew: its
 * journal is replayed, and its fstab read again.
 *
 * To list all systems (find_roots) every candidate is looked into, and mounted
 * again by who wants to know more.
 */
#include "find_guest.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>

#include "devices.h"
#include "fstype.h"
#include "mounts.h"
#include "util/io.h"
#include "util/xalloc.h"

/* A search in progress. */
struct search {
	struct guestd *g;
	struct guest *out;
	struct root root; /* device is NULL until one is found */
	bool held;	  /* it is looked at, and not yet mounted for writing */
	struct guest_fstab fstab;
	struct buf roots; /* all roots found, in words */
	size_t n_roots;
	struct buf trouble; /* why a candidate could not be looked into */
};

/* Goes from the top of an ostree system to the deployment that is its root. */
static int enter_deployment(struct guestd *g, const char *path, struct err *e)
{
	/* ostree/deploy/OS/deploy/SUM.0, and ostree/deploy/OS/var beside it. */
	const char *end = strstr(path, "/deploy/");
	const char *os = end ? strstr(end + 1, "/deploy/") : NULL;
	CLEANUP(free) char *from = NULL;
	CLEANUP(free) char *var = xasprintf("/%s/var", path);
	CLEANUP(free) char *top = xasprintf("/%s/sysroot", path);
	struct err ignored;

	if (os) {
		from = xasprintf("/%.*s/var", (int)(os - path), path);
		(void)!mounts_bind(g, from, var, &ignored);
	}
	(void)!mounts_bind(g, "/", top, &ignored);
	return mounts_enter(g, path, e);
}

/* Leaves a root as it was looked at, in the root's place, with all reading from there. */
static int hold(struct search *s, struct err *e)
{
	s->g->sysroot = root_open(&s->root, LOOK_DIR);
	if (s->g->sysroot < 0 || mount(LOOK_DIR, SYSROOT_DIR, NULL, MS_MOVE, NULL) < 0) {
		err_sys(e, "cannot move the mount of the root");
		fd_close(TAKE_FD(s->g->sysroot));
		mounts_look_end(s->g, s->root.device);
		return -1;
	}
	s->held = true;
	return 0;
}

static void let_go(struct search *s)
{
	fd_close(TAKE_FD(s->g->sysroot));
	mount(SYSROOT_DIR, LOOK_DIR, NULL, MS_MOVE, NULL);
	mounts_look_end(s->g, s->root.device);
	s->held = false;
}

/* A fresh mount of a root. */
static int mount_root(struct guestd *g, const struct root *r, struct err *e)
{
	CLEANUP(free) char *subvol = r->subvol ? xasprintf("subvol=/%s", r->subvol) : NULL;
	const struct mount_how how = { "/", subvol ? subvol : "", "" };

	if (subvol && strchr(subvol, ','))
		return err_set(e, EINVAL, "a subvolume with a comma in its name cannot be mounted");
	if (mounts_add(g, r->device, &how, e) < 0)
		return -1;
	return r->deployment ? enter_deployment(g, r->deployment, e) : 0;
}

/* Makes what was looked into the guest's root. */
static int settle(struct search *s, struct look *l, struct err *e)
{
	int rc;

	if (device_is_writable(s->g, s->root.device))
		return hold(s, e);
	if (!s->root.subvol) {
		if (mounts_adopt(s->g, s->root.device, l->options.data, e) < 0)
			return -1;
		return s->root.deployment ? enter_deployment(s->g, s->root.deployment, e) : 0;
	}
	/* A second mount is cheap while the first is there. */
	rc = mount_root(s->g, &s->root, e);
	mounts_look_end(s->g, s->root.device);
	return rc;
}

/* root: what it is mounted on, for its own name of itself. */
static void name_root(struct search *s, const struct root *r, int root)
{
	CLEANUP(free) char *name = root_name(r);
	CLEANUP(free) char *title = root >= 0 ? os_title(root, r->kind) : NULL;

	buf_addf(&s->roots, "%s'%s'", s->n_roots++ ? ", " : "", name);
	if (title && *title)
		buf_addf(&s->roots, " (%.100s)", title);
}

static void name_others(struct search *s, const struct look *l, size_t from)
{
	for (size_t i = from; i < l->n; i++) {
		CLEANUP(fd_close) int root = root_open(&l->v[i], LOOK_DIR);

		if (!s->n_roots && s->g->sysroot >= 0)
			name_root(s, &s->root, s->g->sysroot);
		name_root(s, &l->v[i], root);
	}
}

static int take_root(struct search *s, struct look *l, struct err *e)
{
	CLEANUP(strvec_release) struct strvec again = STRVEC_INIT; /* it is read a second time */

	s->root = l->v[0];
	if (l->n > 1)
		name_others(s, l, 0);
	l->v[0] = (struct root){ .snapshots = STRVEC_INIT };
	if (settle(s, l, e) < 0)
		return -1;
	s->out->root = root_name(&s->root);
	s->out->type = s->root.kind->type;
	guest_fstab_read(s->g, s->root.device, s->root.kind->type, false, &s->fstab,
			 s->held ? &again : &s->out->warnings);
	guest_fstab_account(s->g, &s->fstab);
	return 0;
}

static int try_candidate(struct search *s, struct device *d, struct err *e)
{
	CLEANUP(look_release) struct look l = LOOK_INIT;
	struct err why = ERR_INIT;
	int found;

	if (d->accounted || d->first)
		return 0;
	found = look_into(s->g, d, false, &l, &why);
	if (found < 0)
		buf_addf(&s->trouble, "; %s", why.msg);
	if (found <= 0)
		return 0;
	if (!s->root.device)
		return take_root(s, &l, e);
	/* Something that it was installed from is no second system. */
	if (!l.v[0].kind->medium)
		name_others(s, &l, 0);
	mounts_look_end(s->g, d);
	return 0;
}

static int by_size(const void *a, const void *b)
{
	const struct device *x = *(struct device *const *)a, *y = *(struct device *const *)b;

	if (x->probe.size != y->probe.size)
		return x->probe.size < y->probe.size ? 1 : -1;
	if (x->disk != y->disk)
		return x->disk < y->disk ? -1 : 1;
	return x->part != y->part ? (x->part < y->part ? -1 : 1) : strcmp(x->user, y->user);
}

/* The devices that could hold a root, at least as often as that. */
static struct device **candidates(struct guestd *g, enum fstype_root from, enum fstype_root to,
				  size_t *ret_n)
{
	struct storage *st = storage_of(g);
	struct device **v = xcalloc(st->n_devices + 1, sizeof(*v));
	size_t n = 0;

	for (size_t i = 0; i < st->n_devices; i++) {
		struct device *d = st->devices[i];
		const struct fstype *t = d->split || !d->probed ? NULL : fstype_find(d->probe.type);

		if (t && t->root >= from && t->root <= to)
			v[n++] = d;
	}
	*ret_n = n;
	return v;
}

static int try_all(struct search *s, enum fstype_root how_often, struct err *e)
{
	size_t n;
	CLEANUP(free) struct device **v = candidates(s->g, how_often, how_often, &n);

	if (n > 1)
		qsort(v, n, sizeof(struct device *), by_size);
	for (size_t i = 0; i < n; i++)
		if (try_candidate(s, v[i], e) < 0)
			return -1;
	return 0;
}

/* What users see when it is not as simple as that. */
static int nothing_found(struct search *s, struct err *e)
{
	CLEANUP(buf_release) struct buf words = BUF_INIT;

	devices_words(s->g, &words);
	err_set(e, ENOENT,
		"no operating system was found on this disk: %.600s; use -m DEVICE to mount one by "
		"hand",
		words.data ? words.data : "there is nothing on it");
	if (s->trouble.len)
		err_hint(e, "%s", s->trouble.data + 2);
	for (size_t i = 0; i < s->out->warnings.n && i < 2; i++)
		err_hint(e, "%.200s", s->out->warnings.v[i]);
	return -1;
}

static int several_found(struct search *s, struct err *e)
{
	return err_set(e, ENOTUNIQ,
		       "more than one operating system was found on this disk: %.700s; "
		       "choose one with -m DEVICE",
		       s->roots.data);
}

/* The one root of a writing session, mounted for writing. */
static int mount_held(struct search *s, struct err *e)
{
	let_go(s);
	if (mount_root(s->g, &s->root, e) < 0)
		return -1;
	guest_fstab_release(&s->fstab);
	guest_fstab_read(s->g, s->root.device, s->root.kind->type, false, &s->fstab,
			 &s->out->warnings);
	return 0;
}

/* Reads all signatures; what was noticed then is told. */
static int prepare(struct guestd *g, struct strvec *warnings, struct err *e)
{
	struct storage *st = storage_of(g);

	if (mkdir(LOOK_DIR, 0700) < 0 && errno != EEXIST)
		return err_sys(e, "mkdir '%s'", LOOK_DIR);
	if (devices_probe(g, e) < 0)
		return -1;
	for (size_t i = 0; i < st->n_devices; i++)
		st->devices[i]->accounted = false;
	for (size_t i = 0; i < st->warnings.n; i++)
		strvec_add(warnings, st->warnings.v[i]);
	return 0;
}

/* With /boot mounted, is another deployment the one that boots? Then that is the root's. */
static bool is_other_deployment(struct guestd *g, struct root *r)
{
	const struct root top = { .subvol = r->subvol };
	CLEANUP(fd_close) int fd = r->deployment ? root_open(&top, SYSROOT_DIR) : -1;
	CLEANUP(free) char *boots = fd < 0 ? NULL : os_deployment_by_boot(g->sysroot, fd);

	if (!boots || !strcmp(boots, r->deployment))
		return false;
	free(r->deployment);
	r->deployment = TAKE(boots);
	return true;
}

/* Mounts what fstab says; again where that shows that the root was the wrong one. */
static int mount_rest(struct guestd *g, struct root *r, bool shared, struct guest_fstab *t,
		      struct strvec *warnings, struct err *e)
{
	guest_fstab_mount(g, t, warnings);
	if (!is_other_deployment(g, r))
		return 0;
	guest_fstab_release(t);
	*t = (struct guest_fstab)GUEST_FSTAB_INIT;
	if (mounts_umount(g, e) < 0 || mount_root(g, r, e) < 0)
		return -1;
	guest_fstab_read(g, r->device, r->kind->type, shared, t, warnings);
	guest_fstab_mount(g, t, warnings);
	return 0;
}

/* What is mounted at the end of both ways. */
static int finish(struct guestd *g, struct root *r, struct guest_fstab *t, struct guest *out,
		  struct err *e)
{
	if (mount_rest(g, r, false, t, &out->warnings, e) < 0)
		return -1;
	/* It may lie on a file system of /usr; a Windows would have its registry read for it. */
	out->os = strcmp(r->kind->type, "windows") != 0 ? os_title(g->sysroot, r->kind)
							: xstrdup("Windows");
	if (!out->os)
		out->os = xstrdup("");
	storage_of(g)->root = xstrdup(out->root);
	return 0;
}

/* Takes down what a call had mounted before it failed, so that the next can start anew. */
static void leave(struct guestd *g)
{
	struct err later;

	(void)!mounts_umount(g, &later);
}

static int run_search(struct search *s, struct err *e)
{
	if (prepare(s->g, &s->out->warnings, e) < 0 || try_all(s, ROOT_OFTEN, e) < 0)
		return -1;
	if (!s->root.device && try_all(s, ROOT_RARE, e) < 0)
		return -1;
	if (!s->root.device)
		return nothing_found(s, e);
	if (s->n_roots > 1)
		return several_found(s, e);
	if (s->held && mount_held(s, e) < 0)
		return -1;
	return finish(s->g, &s->root, &s->fstab, s->out, e);
}

int find_guest(struct guestd *g, struct guest *ret, struct err *e)
{
	struct search s = { .g = g,
			    .out = ret,
			    .fstab = GUEST_FSTAB_INIT,
			    .roots = BUF_INIT,
			    .trouble = BUF_INIT };
	int rc;

	if (g->sysroot >= 0)
		return err_set(e, EBUSY, "something is mounted on '/' already");
	rc = run_search(&s, e);
	if (s.held)
		let_go(&s);
	if (rc < 0)
		leave(g);
	root_release(&s.root);
	guest_fstab_release(&s.fstab);
	buf_release(&s.roots);
	buf_release(&s.trouble);
	return rc;
}

/* The device and subvolume that a root's name stands for. */
static int parse_root(struct guestd *g, const char *name, struct root *ret, struct err *e)
{
	static const char btrfs[] = "btrfsvol:";
	struct storage *st = storage_of(g);

	if (strncmp(name, btrfs, strlen(btrfs)) != 0) {
		ret->device = device_find(g, name, e);
		return ret->device ? 0 : -1;
	}
	name += strlen(btrfs);
	for (size_t i = 0; i < st->n_devices; i++) {
		size_t n = strlen(st->devices[i]->user);

		if (strncmp(name, st->devices[i]->user, n) != 0 || name[n] != '/')
			continue;
		ret->device = st->devices[i];
		free(ret->subvol);
		ret->subvol = xstrdup(name + n + 1);
	}
	return ret->device ? 0 : err_set(e, ENODEV, "there is no device for 'btrfsvol:%s'", name);
}

/* Which system is on the root that was mounted by its name? */
static int recognise(struct guestd *g, struct root *r, struct err *e)
{
	r->kind = os_recognise(g->sysroot);
	if (r->kind && r->kind->role == ROLE_ROOT)
		return 0;
	r->deployment = os_deployment(g->sysroot);
	if (r->deployment && enter_deployment(g, r->deployment, e) < 0)
		return -1;
	r->kind = r->deployment ? os_recognise(g->sysroot) : NULL;
	return r->kind && r->kind->role == ROLE_ROOT
		       ? 0
		       : err_set(e, ENOENT, "no operating system is on '%s'", r->device->user);
}

int find_guest_named(struct guestd *g, const char *name, struct guest *ret, struct err *e)
{
	struct root r = { .snapshots = STRVEC_INIT };
	struct guest_fstab t = GUEST_FSTAB_INIT;
	int rc;

	rc = prepare(g, &ret->warnings, e) < 0 || mounts_umount(g, e) < 0 ||
			     parse_root(g, name, &r, e) < 0 || mount_root(g, &r, e) < 0 ||
			     recognise(g, &r, e) < 0
		     ? -1
		     : 0;
	if (rc == 0) {
		ret->root = xstrdup(name);
		ret->type = r.kind->type;
		guest_fstab_read(g, r.device, r.kind->type, false, &t, &ret->warnings);
		rc = finish(g, &r, &t, ret, e);
	}
	if (rc < 0)
		leave(g);
	guest_fstab_release(&t);
	root_release(&r);
	return rc;
}

int find_roots(struct guestd *g, struct root **ret, size_t *ret_n, struct strvec *warnings,
	       struct err *e)
{
	struct root *all = NULL;
	size_t n, n_all = 0;

	if (prepare(g, warnings, e) < 0)
		return -1;
	CLEANUP(free) struct device **v = candidates(g, ROOT_RARE, ROOT_OFTEN, &n);
	for (size_t i = 0; i < n; i++) {
		CLEANUP(look_release) struct look l = LOOK_INIT;
		struct err why = ERR_INIT;
		int found;

		if (v[i]->first)
			continue; /* one more device of a file system */
		found = look_into(g, v[i], true, &l, &why);
		if (found < 0)
			strvec_add(warnings, why.msg);
		if (found <= 0)
			continue;
		mounts_look_end(g, v[i]);
		all = xreallocarray(all, n_all + l.n, sizeof(*all));
		memcpy(all + n_all, l.v, l.n * sizeof(*all));
		n_all += l.n;
		l.n = 0;
	}
	*ret = all;
	*ret_n = n_all;
	return 0;
}

int root_mount(struct guestd *g, struct root *r, bool shared, struct guest_fstab *ret_t,
	       struct strvec *warnings, struct err *e)
{
	*ret_t = (struct guest_fstab)GUEST_FSTAB_INIT;
	if (mount_root(g, r, e) < 0)
		return -1;
	guest_fstab_read(g, r->device, r->kind->type, shared, ret_t, warnings);
	return mount_rest(g, r, shared, ret_t, warnings, e);
}

void guest_release(struct guest *x)
{
	free(x->root);
	free(x->os);
	strvec_release(&x->warnings);
	*x = (struct guest)GUEST_INIT;
}
