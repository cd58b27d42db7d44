/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * See image_node.h. From the outside in:
 *
 *   range (raw) -> overlay (qcow2) -> top layer (its format) -> [journal (qcow2)] -> file
 *                                          '-> backing: the next layer -> file ...
 */
#include "vm/image_node.h"

#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "vm/remote.h"

static const char *on_off(bool b)
{
	return b ? "true" : "false";
}

/*
 * Of the tables of a qcow2 that is written as many are kept as 32 GiB have: growing goes from the front to the
 * back, and never back.
 */
#define TABLES ",\"l2-cache-size\":4194304"

/*
 * The protocol node over an open descriptor: block devices have a driver of their own, and a socket
 * is that of a remote disk. name: a node-name, or NULL.
 */
static void add_file(struct buf *b, int fd, const struct image_how *how, bool writable, bool lock,
		     const char *name)
{
	struct stat st;
	bool known = fstat(fd, &st) == 0, dev = known && S_ISBLK(st.st_mode);

	if (known && S_ISSOCK(st.st_mode))
		buf_addf(b, "{\"driver\":\"nbd\",\"server\":{\"type\":\"fd\",\"str\":\"%d\"},\"export\":\"" REMOTE_EXPORT "\"",
			 fd);
	else
		buf_addf(b, "{\"driver\":\"%s\",\"filename\":\"%s%d\",\"auto-read-only\":false,\"locking\":\"%s\"",
			 dev ? "host_device" : "file", how->fds, fd, lock ? "on" : "off");
	if (name)
		buf_addf(b, ",\"node-name\":\"%s\"", name);
	if (writable && how->discard)
		buf_addstr(b, ",\"discard\":\"unmap\"");
	buf_addf(b, ",\"read-only\":%s}", on_off(!writable));
}

void file_node(struct buf *b, int fd, const struct image_how *how)
{
	add_file(b, fd, how, how->writable, false, how->name);
}

/* The file of the top layer, with what takes its writes. */
static void add_journaled(struct buf *b, int fd, const struct image_how *how)
{
	buf_addstr(b, "{\"driver\":\"qcow2\",\"read-only\":false" TABLES ",\"file\":");
	add_file(b, how->journal, how, true, false, NULL);
	buf_addstr(b, ",\"backing\":{\"driver\":\"raw\",\"read-only\":true,\"file\":");
	add_file(b, fd, how, false, false, NULL);
	buf_addstr(b, "}}");
}

void image_node_journaled(struct buf *b, const struct image *img, const struct image_how *how)
{
	add_journaled(b, img->layers[0].fd, how);
}

/* Formats whose driver takes a node to stand on, or null for none. */
static bool has_backing(const char *format)
{
	return format[0] == 'q' || !strcmp(format, "vmdk");
}

/* Layers from i on. */
static void add_layers(struct buf *b, const struct image *img, const struct image_how *how, size_t i,
		       const char *name)
{
	const struct image_layer *l = &img->layers[i];
	const bool writable = i == 0 && how->writable && img->writable;

	buf_addf(b, "{\"driver\":\"%s\",\"read-only\":%s", l->format, on_off(!writable));
	if (name)
		buf_addf(b, ",\"node-name\":\"%s\"", name);
	if (writable && how->discard)
		buf_addstr(b, ",\"discard\":\"unmap\"");
	if (writable && !strcmp(l->format, "qcow2"))
		buf_addstr(b, TABLES);
	if (l->offset || l->size)
		buf_addf(b, ",\"offset\":%llu,\"size\":%llu", (unsigned long long)l->offset,
			 (unsigned long long)l->size);
	buf_addstr(b, ",\"file\":");
	if (i == 0 && how->journaled)
		add_journaled(b, l->fd, how);
	else
		add_file(b, l->fd, how, writable, writable, NULL);
	if (l->data_fd >= 0) {
		buf_addstr(b, ",\"data-file\":");
		add_file(b, l->data_fd, how, writable, writable, NULL);
	}
	if (has_backing(l->format)) {
		buf_addstr(b, ",\"backing\":");
		if (i + 1 < img->n_layers && how->apart)
			buf_addf(b, "\"%s-%zu\"", how->name, i + 1);
		else if (i + 1 < img->n_layers)
			add_layers(b, img, how, i + 1, NULL);
		else
			buf_addstr(b, "null");
	}
	buf_addch(b, '}');
}

void image_node_below(struct buf *b, const struct image *img, const struct image_how *how, size_t i)
{
	char name[48];

	snprintf(name, sizeof(name), "%s-%zu", how->name, i);
	add_layers(b, img, how, i, name);
}

/* The overlay is never flushed. */
static void add_overlaid(struct buf *b, const struct image *img, const struct image_how *how,
			 const char *name)
{
	buf_addstr(b, "{\"driver\":\"qcow2\",\"read-only\":false,\"cache\":{\"no-flush\":true}");
	if (name)
		buf_addf(b, ",\"node-name\":\"%s\"", name);
	if (how->discard)
		buf_addstr(b, ",\"discard\":\"unmap\"");
	buf_addstr(b, ",\"file\":");
	add_file(b, how->overlay, how, true, false, NULL);
	buf_addstr(b, ",\"backing\":");
	add_layers(b, img, how, 0, NULL);
	buf_addch(b, '}');
}

void image_node(struct buf *b, const struct image *img, const struct image_how *how)
{
	const char *name = how->ranged ? NULL : how->name;

	if (how->ranged) {
		buf_addf(b, "{\"driver\":\"raw\",\"read-only\":%s,\"offset\":%llu,\"size\":%llu",
			 on_off(!how->writable), (unsigned long long)how->offset,
			 (unsigned long long)how->length);
		if (how->name)
			buf_addf(b, ",\"node-name\":\"%s\"", how->name);
		if (how->writable && how->discard)
			buf_addstr(b, ",\"discard\":\"unmap\"");
		buf_addstr(b, ",\"file\":");
	}
	if (how->overlaid)
		add_overlaid(b, img, how, name);
	else
		add_layers(b, img, how, 0, name);
	if (how->ranged)
		buf_addch(b, '}');
}
