/* SPDX-License-Identifier: GPL-2.0-or-later */
/* See windows.h: which device has which letter, as the registry remembers it. */
#include "windows.h"

#include <ctype.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>

#include "daemon/devices.h"
#include "proto/frame.h"
#include "util/io.h"
#include "util/xalloc.h"
#include "win_hive.h"
#include "win_parse.h"
#include "win_root.h"

#define PREFIX	  "\\DosDevices\\"
#define VALUE_MAX 1024 /* bytes; a partition takes 12 or 24 */

static bool xdr_data(XDR *x, void *v)
{
	return wire_xdr_msg_data(x, v);
}

/* The letter of a value's name, "\DosDevices\C:", or 0. */
static char letter_of(const char *name)
{
	const char *p = name + strlen(PREFIX);

	if (strncasecmp(name, PREFIX, strlen(PREFIX)) != 0)
		return 0;
	return isalpha((unsigned char)p[0]) && p[1] == ':' && !p[2] ? p[0] : 0;
}

/* Sends a drive: its letter, then its value as it is. */
static int say_value(hive_h *h, hive_value_h v, struct child_out *out, struct err *e)
{
	CLEANUP(free) char *name = hivex_value_key(h, v);
	char letter = name ? letter_of(name) : 0;
	CLEANUP(buf_release) struct buf b = BUF_INIT;
	hive_type type;
	size_t n = 0;

	CLEANUP(free) char *data = letter ? hivex_value_value(h, v, &type, &n) : NULL;
	if (!data || type != hive_t_REG_BINARY || n > VALUE_MAX)
		return 0;
	buf_addch(&b, letter);
	buf_add(&b, data, n);
	const wire_msg_data m = { { (uint32_t)b.len, (uint8_t *)b.data } };
	return child_say(out, xdr_data, &m, e);
}

/* In the child. */
static int read_drives(const char *file, struct child_out *out, struct err *e)
{
	hive_h *h = hive_open(file, e);
	hive_node_h key = h ? hive_key(h, 0, "MountedDevices") : 0;
	CLEANUP(free) hive_value_h *v = key ? hivex_node_values(h, key) : NULL;

	if (!h)
		return -1;
	if (key && !v)
		return err_sys(e, "its drives cannot be read");
	for (size_t i = 0; v && v[i]; i++)
		if (say_value(h, v[i], out, e) < 0)
			return -1;
	return 0;
}

/* What an encrypted device opened to, or the device itself. */
static struct device *opened(struct storage *st, struct device *d)
{
	for (size_t i = 0; i < st->n_devices; i++) {
		struct device *c = st->devices[i];

		for (size_t k = 0; c->kind == DEVICE_CRYPT && k < c->n_parents; k++)
			if (c->parents[k] == d)
				return c;
	}
	return d;
}

/* The device that the descriptor's file system is on, or NULL. */
static struct device *device_of(struct storage *st, int root)
{
	struct stat a, b;

	if (fstat(root, &a) < 0)
		return NULL;
	for (size_t i = 0; i < st->n_devices; i++)
		if (stat(st->devices[i]->node, &b) == 0 && S_ISBLK(b.st_mode) &&
		    b.st_rdev == a.st_dev)
			return st->devices[i];
	return NULL;
}

/* The partition on the disks; of copies of a disk, the one that the root is on. */
static struct device *find(struct guestd *g, const struct win_partition *want,
			   const struct device *near)
{
	struct storage *st = storage_of(g);
	struct device *found = NULL;

	for (size_t i = 0; i < st->n_devices; i++) {
		struct device *d = st->devices[i];
		struct win_partition have;

		if (d->kind != DEVICE_PARTITION || d->disk < 0)
			continue;
		device_table(g, d);
		if (!d->part_uuid || !win_partition_uuid(d->part_uuid, node_start(d->node), &have) ||
		    !win_partition_same(want, &have))
			continue;
		if (!found || (near && devices_share_disk(d, near)))
			found = d;
		if (!near || devices_share_disk(d, near))
			break;
	}
	return found ? opened(st, found) : NULL;
}

static bool has_letter(const wire_drives *v, char letter)
{
	for (uint32_t i = 0; i < v->n; i++)
		if (toupper((unsigned char)v->v[i].letter[0]) == toupper((unsigned char)letter))
			return true;
	return false;
}

static int by_letter(const void *a, const void *b)
{
	const wire_drive *x = a, *y = b;

	return strcasecmp(x->letter, y->letter);
}

/* One drive of the registry, if it is there. */
static void take(struct guestd *g, const wire_bytes *b, const struct device *near, wire_drives *ret)
{
	const char letter = b->len ? (char)b->data[0] : 0;
	struct win_partition want;
	const struct device *d;

	if (!isalpha((unsigned char)letter) || has_letter(ret, letter) ||
	    !win_partition_parse(b->data + 1, b->len - 1, &want))
		return;
	d = find(g, &want, near);
	if (!d)
		return;
	ret->v = xreallocarray(ret->v, ret->n + 1, sizeof(*ret->v));
	ret->v[ret->n++] = (wire_drive){ xmemdup0(&letter, 1), xstrdup(d->user) };
}

void windows_drives(struct guestd *g, int root, wire_drives *ret, struct strvec *warnings)
{
	CLEANUP(free) char *systemroot = win_systemroot(root);
	CLEANUP(buf_release) struct buf answer = BUF_INIT;
	struct err e = ERR_INIT;

	if (!systemroot)
		return;
	if (hive_run(root, systemroot, "SYSTEM", read_drives, &answer, &e) < 0 && warnings &&
	    !strvec_has(warnings, e.msg))
		strvec_add(warnings, e.msg);
	const struct device *near = device_of(storage_of(g), root);
	for (size_t at = 0;;) {
		wire_msg_data m = { 0 };
		size_t n = frame_decode_some(answer.data + at, answer.len - at, xdr_data, &m,
					     sizeof(m));

		if (!n)
			break;
		take(g, &m.data, near, ret);
		wire_free_msg_data(&m);
		at += n;
	}
	if (ret->n > 1)
		qsort(ret->v, ret->n, sizeof(*ret->v), by_letter);
}
