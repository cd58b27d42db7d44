/* SPDX-License-Identifier: GPL-2.0-or-later */
/* See image_opts.h. */
#include "cli/image_opts.h"

#include <errno.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "util/cleanup.h"
#include "util/xalloc.h"
#include "vm/image_header.h"
#include "vm/remote.h"

bool drive_is_remote(const char *name)
{
	return is_uri(name) && strncmp(name, "file://", 7) != 0;
}

char *drive_path(const char *name, struct err *e)
{
	CLEANUP(free) char *path = NULL;
	const char *rest;

	if (drive_is_remote(name) || !is_uri(name))
		return xstrdup(name);
	rest = name + 7;
	if (!strncmp(rest, "localhost/", 10))
		rest += 9;
	if (*rest != '/') {
		err_set(e, EINVAL, "'%s': a file URI is file:// and an absolute path", name);
		return NULL;
	}
	path = xstrdup(rest);
	if (percent_decode(path) < 0) {
		err_set(e, EINVAL, "'%s': a %% in a URI is followed by two hexadecimal digits",
			name);
		return NULL;
	}
	return TAKE(path);
}

static struct drive_arg *add_drive(struct image_opts *io)
{
	io->drives = xreallocarray(io->drives, io->n_drives + 1, sizeof(*io->drives));
	io->drives[io->n_drives] = (struct drive_arg){ .name = NULL };
	return &io->drives[io->n_drives++];
}

void image_opts_add_domain(struct image_opts *io, const char *name, struct domain *domain)
{
	struct drive_arg *d = add_drive(io);

	d->name = name;
	d->is_domain = true;
	d->domain = domain;
}

void image_opts_add(struct image_opts *io, const char *name, bool positional)
{
	struct drive_arg *d = add_drive(io);

	d->name = name;
	d->format = positional ? NULL : io->format;
	d->blocksize = positional ? 0 : io->blocksize;
	d->positional = positional;
	if (drive_is_remote(name)) {
		d->uri = xstrdup(name);
		remote_uri_hide((char *)(uintptr_t)name);
	}
	if (!positional)
		io->format_waits = io->blocksize_waits = false;
}

int mount_arg_split(const char *s, struct mount_arg *ret_m, struct err *e)
{
	char *part[4] = { NULL };

	for (size_t i = 0; i < 4 && s; i++) {
		size_t len = i < 3 ? strcspn(s, ":") : strlen(s);

		part[i] = len ? xmemdup0(s, len) : NULL;
		s = s[len] ? s + len + 1 : NULL;
	}
	if (!part[1])
		part[1] = xstrdup("/");
	*ret_m = (struct mount_arg){ part[0], part[1], part[2], part[3] };
	if (part[0])
		return 0;
	mount_arg_release(ret_m);
	return err_set(e, EINVAL, "-m wants a device: DEV[:MNT[:OPTS[:FSTYPE]]]");
}

void mount_arg_release(struct mount_arg *m)
{
	free(m->device);
	free(m->mountpoint);
	free(m->options);
	free(m->type);
	*m = (struct mount_arg){ NULL, NULL, NULL, NULL };
}

static int add_mount(struct image_opts *io, const char *arg, struct err *e)
{
	struct mount_arg m;

	if (mount_arg_split(arg, &m, e) < 0)
		return -1;
	io->mounts = xreallocarray(io->mounts, io->n_mounts + 1, sizeof(*io->mounts));
	io->mounts[io->n_mounts++] = m;
	return 0;
}

static int set_format(struct image_opts *io, const char *arg, struct err *e)
{
	io->format = arg && *arg ? arg : NULL;
	io->format_waits = true;
	if (io->format && !image_format_known(io->format)) {
		CLEANUP(free) char *known = image_format_list();

		return err_set(e, EINVAL, "--format is one of %s, not '%s'", known, arg);
	}
	return 0;
}

static int set_blocksize(struct image_opts *io, const char *arg, struct err *e)
{
	io->blocksize = 0;
	io->blocksize_waits = true;
	if (!arg || !*arg)
		return 0;
	if (arg[strspn(arg, "0123456789")])
		return err_set(e, EINVAL, "--blocksize option is not numeric");
	if (strcmp(arg, "512") && strcmp(arg, "4096"))
		return err_set(e, EINVAL, "--blocksize is 512 or 4096, not '%s'", arg);
	io->blocksize = strlen(arg) == 3 ? 512 : 4096;
	return 0;
}

/* Finds arg among the words; its place, or -1 with *e. */
static int choose(const char *option, const char *arg, const char *const *words, struct err *e)
{
	for (int i = 0; words[i]; i++)
		if (!strcmp(words[i], arg))
			return i;
	return err_set(e, EINVAL, "--%s does not take '%s'; see --help", option, arg);
}

static int set_accel(struct image_opts *io, const char *arg, struct err *e)
{
	static const char *const words[] = {
		[SESSION_ACCEL_AUTO] = "auto",
		[SESSION_ACCEL_KVM] = "kvm",
		[SESSION_ACCEL_TCG] = "tcg",
		NULL,
	};
	int i = choose("accel", arg, words, e);

	if (i < 0)
		return -1;
	io->session.accel = i;
	return 0;
}

static int set_progress(struct image_opts *io, const char *arg, struct err *e)
{
	static const char *const words[] = {
		[PROGRESS_AUTO] = "auto",
		[PROGRESS_BAR] = "bar",
		[PROGRESS_JSON] = "json",
		[PROGRESS_NONE] = "none",
		NULL,
	};
	int i = choose("progress", arg ? arg : "bar", words, e);

	if (i < 0)
		return -1;
	io->progress = i;
	return 0;
}

int image_opt(struct image_opts *io, int id, const char *arg, struct err *e)
{
	int r = 0;

	switch (id) {
	case 'a':
		image_opts_add(io, arg, false);
		break;
	case 'c':
		io->connect = arg;
		break;
	case 'd':
		image_opts_add_domain(io, arg, NULL);
		break;
	case 'm':
		r = add_mount(io, arg, e);
		break;
	case 'v':
		io->verbose = true;
		break;
	case 'x':
		io->session.trace = true;
		break;
	case OPT_FORMAT:
		r = set_format(io, arg, e);
		break;
	case OPT_BLOCKSIZE:
		r = set_blocksize(io, arg, e);
		break;
	case OPT_KEY:
		/* One of argv, in which a key is overwritten. */
		r = keys_add(&io->keys, (char *)(uintptr_t)arg, e);
		break;
	case OPT_KEYS_FROM_STDIN:
		io->keys.from_stdin = true;
		break;
	case OPT_ECHO_KEYS:
		io->keys.echo = true;
		break;
	case OPT_ALLOW_EXTERNAL:
		io->allow_external = true;
		break;
	case OPT_ACCEL:
		r = set_accel(io, arg, e);
		break;
	case OPT_APPLIANCE:
		io->session.appliance = arg;
		break;
	case OPT_NO_TEMPLATE:
		io->session.no_template = true;
		break;
	case OPT_JSON:
		io->json = true;
		break;
	case OPT_PROGRESS:
		r = set_progress(io, arg, e);
		break;
	case OPT_TIMINGS:
		io->timings = true;
		break;
	default:
		return 0;
	}
	return r < 0 ? -1 : 1;
}

int image_opts_check(const struct image_opts *io, struct err *e)
{
	if (io->format_waits)
		return err_set(e, EINVAL, "--format parameter must appear before -a parameter");
	if (io->blocksize_waits)
		return err_set(e, EINVAL, "--blocksize parameter must appear before -a parameter");
	return 0;
}

void image_opts_release(struct image_opts *io)
{
	for (size_t i = 0; i < io->n_mounts; i++)
		mount_arg_release(&io->mounts[i]);
	free(io->mounts);
	for (size_t i = 0; i < io->n_drives; i++) {
		if (io->drives[i].uri)
			explicit_bzero(io->drives[i].uri, strlen(io->drives[i].uri));
		free(io->drives[i].uri);
	}
	free(io->drives);
	keys_release(&io->keys);
	*io = (struct image_opts){ 0 };
}
