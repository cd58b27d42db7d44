/* SPDX-License-Identifier: GPL-2.0-or-later */
/* See domain.h. What guestutils-domains prints is described in tools/domains/domains.c. */
#include "cli/domain.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <jansson.h>

#include "cli/child.h"
#include "util/buf.h"
#include "util/xalloc.h"

#define PROGRAM "guestutils-domains"
#define HELP	"is this guestutils built with libvirt?"

/* Its path: in the build tree that we lie in, or where it is installed. */
static char *find_program(void)
{
	CLEANUP(free) char *own = realpath("/proc/self/exe", NULL);
	char *slash = own ? strrchr(own, '/') : NULL;

	if (slash) {
		*slash = '\0';
		CLEANUP(free) char *here = xasprintf("%s/../domains/" PROGRAM, own);
		if (access(here, X_OK) == 0)
			return TAKE(here);
	}
	return xstrdup(PKGLIBEXECDIR "/" PROGRAM);
}

/* Runs it; what it prints is all that comes of it. */
static int ask(const char *connect, const char *name, struct buf *answer, struct err *e)
{
	CLEANUP(free) char *program = find_program();
	CLEANUP(free) char *uri = xstrdup(connect ? connect : "");
	CLEANUP(free) char *which = name ? xstrdup(name) : NULL;
	char *const argv[] = { program, uri, which, NULL };
	const struct child_io io = { .out = answer };
	int status;

	if (child_run(argv, NULL, &io, &status, e) == 0)
		return 0;
	err_ctx(e, "domains of libvirt cannot be looked up");
	return err_hint(e, HELP);
}

static char *text(const json_t *o, const char *key)
{
	const char *s = json_string_value(json_object_get(o, key));

	return s ? xstrdup(s) : NULL;
}

/* A network disk; what is wrong with it is said when it is opened. */
static void take_place(const json_t *j, struct domain_disk *d)
{
	const char *name = json_string_value(json_object_get(j, "name"));
	const char *query = json_string_value(json_object_get(j, "query"));
	const char *protocol = json_string_value(json_object_get(j, "protocol"));
	const json_t *host;
	bool folders;
	size_t i;

	d->place.protocol = remote_protocol(protocol ? protocol : "");
	if (!d->place.protocol) {
		d->refused = xasprintf("the protocol '%s' is not known", protocol ? protocol : "");
		return;
	}
	folders = remote_has_folders(d->place.protocol) && name && *name != '/';
	d->place.path = xasprintf("%s%s%s%s", folders ? "/" : "", name ? name : "", query ? "?" : "",
				  query ? query : "");
	d->place.user = text(j, "user");
	d->place.secret = text(j, "secret");
	json_array_foreach(json_object_get(j, "hosts"), i, host)
		*remote_spec_host(&d->place) = (struct remote_host){ text(host, "name"), text(host, "port"),
								     text(host, "socket") };
	if (!d->place.n_hosts)
		remote_spec_host(&d->place);
}

static void take_disk(const json_t *j, struct domain_disk *d)
{
	*d = (struct domain_disk){
		.target = text(j, "target"),
		.format = text(j, "format"),
		.path = text(j, "path"),
		.refused = text(j, "refused"),
		.read_only = json_is_true(json_object_get(j, "read_only")),
	};
	if (!d->path && !d->refused)
		take_place(j, d);
}

static void take_domain(const json_t *j, struct domain *d)
{
	const json_t *disks = json_object_get(j, "disks"), *disk;
	size_t i;

	*d = (struct domain){
		.name = text(j, "name"),
		.uuid = text(j, "uuid"),
		.running = json_is_true(json_object_get(j, "running")),
		.saved = json_is_true(json_object_get(j, "saved")),
		.n_disks = json_array_size(disks),
	};
	d->disks = xcalloc(d->n_disks, sizeof(*d->disks));
	json_array_foreach(disks, i, disk)
		take_disk(disk, &d->disks[i]);
}

static int by_name(const void *a, const void *b)
{
	const struct domain *x = a, *y = b;

	return strcmp(x->name, y->name);
}

int domains_get(const char *connect, const char *name, struct domains *ret, struct err *e)
{
	CLEANUP(buf_release) struct buf answer = BUF_INIT;
	const char *words;
	const json_t *all, *one;
	json_t *j;
	size_t i;

	if (ask(connect, name, &answer, e) < 0)
		return -1;
	j = json_loadb(answer.len ? answer.data : "", answer.len, 0, NULL);
	all = json_object_get(j, "domains");
	if (!all) {
		words = json_string_value(json_object_get(j, "error"));
		if (!words)
			err_set(e, EIO, "domains of libvirt cannot be looked up: " PROGRAM
					" gave no answer");
		else if (!json_is_true(json_object_get(j, "connected")))
			err_set(e, ENOTCONN, "cannot connect to libvirt: %s", words);
		else if (name)
			err_set(e, ENOENT, "no libvirt domain called '%s': %s", name, words);
		else
			err_set(e, EIO, "libvirt's domains cannot be listed: %s", words);
		json_decref(j);
		return -1;
	}
	ret->n = json_array_size(all);
	ret->v = xcalloc(ret->n, sizeof(*ret->v));
	json_array_foreach(all, i, one)
		take_domain(one, &ret->v[i]);
	if (ret->n > 1)
		qsort(ret->v, ret->n, sizeof(*ret->v), by_name);
	json_decref(j);
	/* There may be a secret in it. */
	explicit_bzero(answer.data, answer.len);
	return 0;
}

int domains_all(const char *connect, struct domains *ret, struct err *e)
{
	if (domains_get(connect, NULL, ret, e) < 0)
		return err_ctx(e, "no disk image, and so all domains of libvirt");
	return 0;
}

static void release_domain(struct domain *d)
{
	for (size_t i = 0; i < d->n_disks; i++) {
		struct domain_disk *k = &d->disks[i];

		free(k->target);
		free(k->format);
		free(k->path);
		free(k->refused);
		remote_spec_release(&k->place);
	}
	free(d->disks);
	free(d->name);
	free(d->uuid);
}

void domains_release(struct domains *d)
{
	for (size_t i = 0; i < d->n; i++)
		release_domain(&d->v[i]);
	free(d->v);
	*d = (struct domains){ NULL, 0 };
}

int domain_check_write(const struct domain *d, struct err *e)
{
	if (d->running)
		return err_set(e, EBUSY,
			       "the domain '%s' is running: not opened for writing, which would "
			       "damage its disks; shut it down first",
			       d->name);
	if (d->saved)
		return err_set(e, EBUSY,
			       "the domain '%s' has a saved state, which would go on with other disks "
			       "than it knows: not opened for writing; start and shut it down first, "
			       "or remove the state: virsh managedsave-remove '%s'",
			       d->name, d->name);
	return 0;
}

struct image *domain_open_disk(const struct domain *d, const struct domain_disk *disk,
			       unsigned flags, struct err *e)
{
	struct image *img = NULL;

	if (disk->read_only)
		flags &= ~(unsigned)IMAGE_WRITE;
	if (disk->refused)
		err_set(e, ENOTSUP, "%s", disk->refused);
	else if (disk->path)
		img = image_open(disk->path, disk->format, flags, e);
	else
		img = image_open_remote(&disk->place, disk->format, flags, e);
	if (!img)
		err_ctx(e, "disk '%s' of the domain '%s'", disk->target ? disk->target : "", d->name);
	return img;
}
