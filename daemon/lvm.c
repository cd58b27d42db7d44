/* SPDX-License-Identifier: GPL-2.0-or-later */
/* See lvm.h. */
#include "lvm.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/fs.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "devices.h"
#include "devname.h"
#include "dm.h"
#include "lvm_direct.h"
#include "modules.h"
#include "run.h"
#include "storage.h"
#include "util/io.h"
#include "util/xalloc.h"

#define MAPPER_DIR "/dev/mapper"

/* No udev, no daemons, no files of its own, no looking at devices that it is not told of. */
#define CONFIG                                                                               \
	"activation{udev_sync=0 udev_rules=0 monitoring=0 reserved_memory=0 "                \
	"reserved_stack=0} "                                                                 \
	"backup{backup=0 archive=0} "                                                        \
	"devices{obtain_device_list_from_udev=0 external_device_info_source=\"none\" "       \
	"multipath_component_detection=0 md_component_detection=0 hints=\"none\" scan_lvs=0}"
/* Pools that are only read are not checked first. */
#define CONFIG_READ_ONLY CONFIG " global{thin_check_executable=\"\" cache_check_executable=\"\"}"

static void closedir_quiet(DIR *d)
{
	if (d)
		closedir(d);
}
DEFINE_CLEANUP(DIR *, closedir_quiet);

struct volume *volumes_add(struct volumes *v)
{
	v->v = xreallocarray(v->v, v->n + 1, sizeof(*v->v));
	v->v[v->n] = (struct volume){ NULL, NULL, NULL };
	return &v->v[v->n++];
}

static int by_name(const void *a, const void *b)
{
	return strcmp(((const struct volume *)a)->user, ((const struct volume *)b)->user);
}

void volumes_sort(struct volumes *v)
{
	if (v->n > 1)
		qsort(v->v, v->n, sizeof(*v->v), by_name);
}

int volumes_remove(struct volumes *v, struct err *e)
{
	struct err later;
	int rc = 0;

	for (size_t i = v->n; i--;) {
		if (v->v[i].mapper && dm_remove(v->v[i].mapper, rc == 0 ? e : &later) < 0)
			rc = -1;
		free(v->v[i].user);
		free(v->v[i].node);
		free(v->v[i].mapper);
	}
	free(v->v);
	*v = (struct volumes){ NULL, 0 };
	return rc;
}

/* What the program has activated, without LVM's inner parts. */
static void list(struct volumes *ret)
{
	CLEANUP(closedir_quiet) DIR *d = opendir(MAPPER_DIR);
	struct dirent *de;

	while (d && (de = readdir(d))) {
		CLEANUP(free) char *vg = NULL;
		CLEANUP(free) char *lv = NULL;

		if (!devname_split_mapper(de->d_name, &vg, &lv) || devname_lv_is_internal(lv))
			continue;
		/* LVM makes this link for volumes of the user's only. */
		CLEANUP(free) char *link = xasprintf("/dev/%s/%s", vg, lv);
		if (access(link, F_OK) < 0)
			continue;
		struct volume *v = volumes_add(ret);
		v->user = TAKE(link);
		v->node = xasprintf(MAPPER_DIR "/%s", de->d_name);
	}
	volumes_sort(ret);
}

/* vgchange over these devices; what it says is in *words. */
static int vgchange(const char *how, const char *devices, const char *config, struct buf *words,
		    int *ret_status, struct err *e)
{
	const char *const argv[] = { "lvm",	  "vgchange", how,	   "--sysinit",
				     "--nolocking", "--devices", devices, "--config",
				     config,	  NULL };

	setenv("LVM_SUPPRESS_FD_WARNINGS", "1", 1);
	return run_status(argv, NULL, words, ret_status, e);
}

static char *joined(const struct strvec *v)
{
	struct buf b = BUF_INIT;

	for (size_t i = 0; i < v->n; i++)
		buf_addf(&b, "%s%s", i ? "," : "", v->v[i]);
	return buf_take(&b);
}

/* Each line of what LVM said as a warning of its own. */
static void warn(struct storage *st, const struct buf *words)
{
	for (const char *s = words->data; s && *s;) {
		size_t n;

		s += strspn(s, " ");
		if (!strncmp(s, "WARNING: ", 9))
			s += 9;
		n = strcspn(s, "\n");
		if (n)
			strvec_addf(&st->warnings, "LVM: %.*s", (int)n, s);
		s += n + (s[n] == '\n');
	}
}

static int lvm_activate(struct guestd *g, const struct strvec *members, struct volumes *ret,
		 struct err *e)
{
	CLEANUP(buf_release) struct buf words = BUF_INIT;
	CLEANUP(free) char *devices = joined(members);
	int status = 0;

	if (module_load(g, "dm_mod", e) < 0)
		return -1;
	if (lvm_direct(members, ret))
		return 0;
	if (vgchange("-ay", devices, g->writable ? CONFIG : CONFIG_READ_ONLY, &words, &status, e) < 0)
		return err_ctx(e, "activating logical volumes");
	if (status)
		warn(storage_of(g), &words);
	list(ret);
	return 0;
}

/* Takes the volumes of our own making down, each by itself. */
static int stop_direct(struct guestd *g, struct device *d, struct err *e)
{
	(void)g;
	return dm_remove(d->mapper, e);
}

/* The program takes all that it made down at once: with the volume that is the last to go. */
static int stop_program(struct guestd *g, struct device *d, struct err *e)
{
	CLEANUP(buf_release) struct buf words = BUF_INIT;
	CLEANUP(strvec_release) struct strvec members = STRVEC_INIT;
	int status = 0;

	(void)g;
	for (size_t i = 0; i < d->n_parents; i++)
		strvec_add(&members, d->parents[i]->node);
	CLEANUP(free) char *devices = joined(&members);
	if (vgchange("-an", devices, CONFIG, &words, &status, e) < 0)
		return err_ctx(e, "deactivating logical volumes");
	if (status)
		return err_set(e, EIO, "cannot deactivate logical volumes: %s",
			       words.data ? words.data : "no reason given");
	return 0;
}

/* An active volume as a device on all of the physical volumes. */
static void add_device(struct guestd *g, struct volume *v, struct device **members, size_t n,
		       bool first)
{
	struct device *d = devices_add(g, DEVICE_LV, v->user, v->node, members[0]);

	if (!d)
		return;
	for (size_t i = 1; i < n; i++)
		device_on(d, members[i]);
	d->vg = xmemdup0(v->user + 5, strcspn(v->user + 5, "/"));
	d->lv = xstrdup(strchr(v->user + 5, '/') + 1);
	d->stop = v->mapper ? stop_direct : first ? stop_program : NULL;
	d->mapper = TAKE(v->mapper);
}

int lvm_layer(struct guestd *g, struct err *e)
{
	struct storage *st = storage_of(g);
	CLEANUP(free) struct device **v = xcalloc(st->n_devices, sizeof(struct device *));
	CLEANUP(strvec_release) struct strvec nodes = STRVEC_INIT;
	struct volumes volumes = { NULL, 0 };
	size_t n = 0;

	for (size_t i = 0; i < st->n_devices; i++) {
		struct device *d = st->devices[i];

		if (d->claimed || !device_is(d, "LVM2_member"))
			continue;
		d->claimed = true;
		v[n++] = d;
		strvec_add(&nodes, d->node);
	}
	if (lvm_activate(g, &nodes, &volumes, e) < 0)
		return -1;
	for (size_t i = 0; i < volumes.n; i++) {
		add_device(g, &volumes.v[i], v, n, i == 0);
		free(volumes.v[i].user);
		free(volumes.v[i].node);
		free(volumes.v[i].mapper);
	}
	free(volumes.v);
	return 0;
}

void lvm_warm(const char *node)
{
	struct err e;
	int status;

	(void)!vgchange("-ay", node, CONFIG_READ_ONLY, NULL, &status, &e);
}
