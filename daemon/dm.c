/* SPDX-License-Identifier: GPL-2.0-or-later */
/* See dm.h. */
#include "dm.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/dm-ioctl.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/sysmacros.h>

#include "util/buf.h"
#include "util/cleanup.h"
#include "util/io.h"

#define CONTROL "/dev/mapper/control"

/* A request about a device, with room for what the kernel answers. */
static int request(unsigned long cmd, const char *name, const char *uuid, unsigned flags,
		   uint64_t *ret_dev)
{
	CLEANUP(fd_close) int fd = open(CONTROL, O_RDWR | O_CLOEXEC);
	struct dm_ioctl d = {
		.version = { DM_VERSION_MAJOR, 0, 0 },
		.data_size = sizeof(d),
		.flags = flags,
	};

	if (fd < 0)
		return -1;
	if (strlen(name) >= sizeof(d.name) || (uuid && strlen(uuid) >= sizeof(d.uuid))) {
		errno = ENAMETOOLONG;
		return -1;
	}
	snprintf(d.name, sizeof(d.name), "%s", name);
	if (uuid)
		snprintf(d.uuid, sizeof(d.uuid), "%s", uuid);
	if (ioctl(fd, cmd, &d) < 0)
		return -1;
	if (ret_dev)
		*ret_dev = d.dev;
	return 0;
}

/* The targets one after the other, each as a header and its parameters, eight bytes aligned. */
static int load(const char *name, const struct dm_target *targets, size_t n, bool readonly)
{
	CLEANUP(fd_close) int fd = open(CONTROL, O_RDWR | O_CLOEXEC);
	/* The parameters of a mapping that decrypts have its key. */
	CLEANUP(buf_release) struct buf b = { .secret = !strcmp(targets[0].type, "crypt") };
	struct dm_ioctl d = {
		.version = { DM_VERSION_MAJOR, 0, 0 },
		.data_start = sizeof(d),
		.target_count = (uint32_t)n,
		.flags = readonly ? DM_READONLY_FLAG : 0,
	};

	if (fd < 0)
		return -1;
	snprintf(d.name, sizeof(d.name), "%s", name);
	buf_add(&b, &d, sizeof(d));
	for (size_t i = 0; i < n; i++) {
		size_t len = strlen(targets[i].params) + 1, pad = -(sizeof(struct dm_target_spec) + len) & 7;
		struct dm_target_spec t = {
			.sector_start = targets[i].start,
			.length = targets[i].length,
			.next = (uint32_t)(sizeof(t) + len + pad),
		};

		snprintf(t.target_type, sizeof(t.target_type), "%s", targets[i].type);
		buf_add(&b, &t, sizeof(t));
		buf_add(&b, targets[i].params, len);
		buf_add(&b, "\0\0\0\0\0\0\0", pad);
	}
	((struct dm_ioctl *)b.data)->data_size = (uint32_t)b.len;
	return ioctl(fd, DM_TABLE_LOAD, b.data);
}

int dm_create(const char *name, const char *uuid, const struct dm_target *targets, size_t n,
	      bool readonly, unsigned *ret_minor, struct err *e)
{
	struct err later;
	uint64_t dev;

	if (request(DM_DEV_CREATE, name, uuid, 0, &dev) < 0)
		return err_sys(e, "cannot make the volume '%s'", name);
	/* Resuming a device that is not suspended is what makes its table live. */
	if (load(name, targets, n, readonly) < 0 ||
	    request(DM_DEV_SUSPEND, name, NULL, 0, NULL) < 0) {
		err_sys(e, "cannot map the volume '%s'", name);
		(void)!dm_remove(name, &later);
		return -1;
	}
	*ret_minor = minor((dev_t)dev);
	return 0;
}

int dm_remove(const char *name, struct err *e)
{
	return request(DM_DEV_REMOVE, name, NULL, 0, NULL) < 0
		       ? err_sys(e, "cannot deactivate the volume '%s'", name)
		       : 0;
}
