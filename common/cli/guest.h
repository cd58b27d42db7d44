/* SPDX-License-Identifier: GPL-2.0-or-later */
/* From the options to a running appliance with the images in it and the guest mounted. */
#ifndef CLI_GUEST_H
#define CLI_GUEST_H

#include "cli/tool.h"
#include "vm/image.h"

/* Opens the disk that a command line names: flags as of image_open(). NULL with *e. */
struct image *guest_open_drive(const struct drive_arg *d, unsigned flags, struct err *e);
/* Opens the images and launches: c->session is READY. 0, or -1 with *e. */
int guest_launch(struct cli *c, struct err *e) __attribute__((warn_unused_result));
/* The same with one disk only, which is open, and is the session's from now on. */
int guest_launch_image(struct cli *c, struct image *img, struct err *e) __attribute__((warn_unused_result));
/*
 * As guest_launch(), then mounts what -m says, or else the guest's own file systems. 0, -1
 * with *e, or 1 where the failure was reported already: to be returned by run().
 */
int guest_open(struct cli *c, struct err *e) __attribute__((warn_unused_result));
/*
 * A path of the guest as the calls take it, to be freed: absolute, and where the guest is a
 * Windows in the case that it has there; a drive letter mounts that drive. -1 with *e (verb:
 * "read", "list").
 */
int guest_path(struct cli *c, const char *verb, const char *path, char **ret, struct err *e)
	__attribute__((warn_unused_result));

#endif
