/* SPDX-License-Identifier: GPL-2.0-or-later */
/* See image.h. Which names in headers are followed: image_ref.c. */
#include "vm/image.h"

#include <errno.h>
#include <linux/loop.h>
#include <linux/major.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>

#include "util/io.h"
#include "util/xalloc.h"
#include "vm/image_file.h"
#include "vm/image_header.h"
#include "vm/image_lock.h"
#include "vm/image_ref.h"

#define GROWN_TRIES_MAX 20

/* A chain while it is opened. */
struct chain {
	struct image *img;
	unsigned flags;		/* enum image_flags */
	struct image_file file; /* of the layer at hand: where its header is */
	struct image_header header;
	struct {
		dev_t dev;
		ino_t ino;
	} seen[IMAGE_LAYERS_MAX * 3]; /* each layer has three files at most */
	size_t n_seen;
};

static void chain_release_p(struct chain *c)
{
	image_close(c->img);
	image_file_release(&c->file);
	image_header_release(&c->header);
}

bool image_format_known(const char *format)
{
	return image_format_name(format) != NULL;
}

/* No file twice: a chain that is a ring has no end, or none that qemu would see. */
static int check_ring(struct chain *c, const struct image_file *f, struct err *e)
{
	if (f->remote)
		return 0; /* IMAGE_LAYERS_MAX bounds it */
	for (size_t i = 0; i < c->n_seen; i++)
		if (c->seen[i].dev == f->dev && c->seen[i].ino == f->ino)
			return err_set(e, ELOOP, "'%s' is in its own backing chain", f->shown);
	c->seen[c->n_seen].dev = f->dev;
	c->seen[c->n_seen++].ino = f->ino;
	return 0;
}

/* Each file that was opened: is it new, and does anybody use it? */
static int check_file(struct chain *c, const struct image_file *f, bool write, struct err *e)
{
	if (check_ring(c, f, e) < 0)
		return -1;
	if (f->remote)
		return 0;
	if (write)
		return image_lock_take(f, e);
	if (!c->img->warning && image_lock_is_written(f))
		c->img->warning = xasprintf("'%s' is in use by a running virtual machine: what is "
					    "read is not a point in time",
					    f->shown);
	return 0;
}

/* Is the layer at hand one that is to be written? */
static bool is_written(const struct chain *c)
{
	return c->img->n_layers == 1 && c->flags & IMAGE_WRITE;
}

/* Moves an open file into a layer; remote is NULL where it cannot be a remote one. */
static void layer_take(struct image_file *f, int *fd, struct remote **remote, char **path)
{
	*fd = TAKE_FD(f->fd);
	if (remote)
		*remote = TAKE(f->remote);
	*path = TAKE(f->path);
}

/* Opens what a header names. *ret_format, to be freed, is what the name tells of the format. */
static int open_named(const struct image_ref *ref, bool write, struct image_file *f,
		      char **ret_format, struct err *e)
{
	CLEANUP(free) char *path = NULL;

	*ret_format = NULL;
	if (ref->from->place.protocol)
		return image_ref_open_remote(ref, write, f, e);
	return image_ref_resolve(ref, &path, ret_format, e) < 0 ||
			       image_ref_open(ref, path, write, f, e) < 0
		       ? -1
		       : 0;
}

/* Opens another file of the layer at hand, which its header names. */
static int open_part(struct chain *c, enum image_ref_role role, const char *name,
		     struct image_file *f, struct err *e)
{
	struct image_ref ref = { role, &c->file, name, c->flags };
	CLEANUP(free) char *format = NULL;

	if (open_named(&ref, is_written(c), f, &format, e) < 0 || image_ref_check(&ref, f, e) < 0)
		return -1;
	return check_file(c, f, is_written(c), e) < 0 ? image_ref_ctx(&ref, e) : 0;
}

/* A vmdk's flat extent: the layer is the extent, and raw. */
static int add_extent(struct chain *c, struct image_layer *layer, struct err *e)
{
	const struct image_header *h = &c->header;
	CLEANUP(image_file_release) struct image_file f = IMAGE_FILE_INIT;

	if (open_part(c, IMAGE_REF_EXTENT, h->extent, &f, e) < 0)
		return -1;
	if (h->extent_offset > f.size || h->virtual_size > f.size - h->extent_offset)
		return err_set(e, EINVAL, "'%s' is truncated: '%s' needs more of it", f.shown,
			       c->file.shown);
	layer->format = image_format_name("raw");
	layer->offset = h->extent_offset;
	layer->size = h->virtual_size;
	layer_take(&f, &layer->fd, &layer->remote, &layer->path);
	return 0;
}

/* A qcow2's external data file. */
static int add_data_file(struct chain *c, struct image_layer *layer, struct err *e)
{
	CLEANUP(image_file_release) struct image_file f = IMAGE_FILE_INIT;

	if (!c->header.data_file)
		return err_set(e, EINVAL, "'%s' has its data in another file, and does not name it",
			       c->file.shown);
	if (open_part(c, IMAGE_REF_DATA, c->header.data_file, &f, e) < 0)
		return -1;
	layer_take(&f, &layer->data_fd, NULL, &layer->data_path);
	return 0;
}

/*
 * Reads the header of the file at hand. Where a virtual machine is at work on it, its
 * tables may be newer than the length that we know: a file that has grown gets another look.
 */
static int read_header(struct chain *c, const char *format, struct err *e)
{
	for (int tries = 0;; tries++) {
		struct image_source src = image_file_source(&c->file);
		struct err why = ERR_INIT;

		if (image_header_read(&src, format, &c->header, &why) == 0)
			return 0;
		if (image_file_measure(&c->file, e) < 0)
			return -1;
		if (c->file.size <= src.size || tries == GROWN_TRIES_MAX) {
			*e = why;
			return -1;
		}
	}
}

/* What is written on another machine: see remote_take_format(). */
static int take_format(struct chain *c, struct image_layer *layer, struct err *e)
{
	bool taken;

	if (remote_grows(c->file.place.protocol) && (c->header.backing || c->header.data_external || c->header.extent))
		return err_set(e, ENOTSUP,
			       "'%s' stands on another file: it can be read from there, but not written",
			       c->file.shown);
	if (remote_take_format(c->file.remote, layer->format, &taken, e) < 0)
		return err_ctx(e, "'%s'", c->file.shown);
	if (taken)
		layer->format = image_format_name("raw");
	return 0;
}

/* Makes a layer of the file at hand. */
static int add_layer(struct chain *c, const char *format, struct err *e)
{
	struct image *img = c->img;
	struct image_layer *layer = &img->layers[img->n_layers++];

	*layer = (struct image_layer){ .fd = -1, .data_fd = -1 };
	if (check_file(c, &c->file, is_written(c), e) < 0 || read_header(c, format, e) < 0)
		return -1;
	if (is_written(c) && c->header.no_write)
		return err_set(e, EROFS,
			       "'%s' is %s, which can only be read; make a copy that can be "
			       "written with: qemu-img convert -O qcow2 '%s' NEW.qcow2",
			       c->file.shown, c->header.no_write, c->file.shown);
	layer->format = c->header.format;
	if (is_written(c) && c->file.remote && take_format(c, layer, e) < 0)
		return -1;
	if (c->header.data_external && add_data_file(c, layer, e) < 0)
		return -1;
	if (c->header.extent)
		return add_extent(c, layer, e);
	layer->fd = TAKE_FD(c->file.fd);
	layer->remote = TAKE(c->file.remote);
	layer->path = xstrdup(c->file.path); /* names in the header still start from it */
	return 0;
}

/* The format recorded for a backing file, if any: is it one of ours? */
static int check_format(const struct image_file *from, const char *format, struct err *e)
{
	char shown[IMAGE_NAME_SHOWN_MAX];

	if (!format || image_format_known(format))
		return 0;
	return err_set(e, ENOTSUP, "'%s' has a backing file of format '%s', which is not supported",
		       from->shown, image_name_shown(format, shown));
}

/* Goes one file down: opens what the layer at hand is backed by, and makes it the one at hand. */
static int descend(struct chain *c, struct err *e)
{
	CLEANUP(image_header_release) struct image_header above = c->header;
	CLEANUP(image_file_release) struct image_file from = c->file;
	struct image_ref ref = { IMAGE_REF_BACKING, &from, above.backing, c->flags };
	CLEANUP(free) char *from_name = NULL;

	c->header = (struct image_header){ 0 };
	c->file = (struct image_file)IMAGE_FILE_INIT;
	if (c->img->n_layers == IMAGE_LAYERS_MAX)
		return err_set(e, ELOOP, "'%s' has a backing chain of more than %d files",
			       c->img->name, IMAGE_LAYERS_MAX);
	if (check_format(&from, above.backing_format, e) < 0 ||
	    open_named(&ref, false, &c->file, &from_name, e) < 0 ||
	    check_format(&from, above.backing_format ? NULL : from_name, e) < 0 ||
	    image_ref_check(&ref, &c->file, e) < 0)
		return -1;
	if (add_layer(c, above.backing_format ? above.backing_format : from_name, e) < 0)
		return image_ref_ctx(&ref, e);
	return 0;
}

/* What is known before anything is open; false with *e for a format that is not known. */
static bool chain_begin(struct chain *c, const char *name, const char *format, unsigned flags,
			struct err *e)
{
	c->flags = flags;
	c->img = xcalloc(1, sizeof(*c->img));
	c->img->name = xstrdup(name);
	c->img->layers = xcalloc(IMAGE_LAYERS_MAX, sizeof(*c->img->layers));
	c->img->writable = flags & IMAGE_WRITE;
	c->img->journal = c->img->overlay = -1;
	if (!format || image_format_known(format))
		return true;
	CLEANUP(free) char *list = image_format_list();
	err_set(e, EINVAL, "'%s': unknown format '%s'; known are: %s", name, format, list);
	return false;
}

/* The file at hand, and all below it. */
static struct image *chain_end(struct chain *c, const char *format, struct err *e)
{
	if (add_layer(c, format, e) < 0)
		return NULL;
	c->img->virtual_size = c->header.virtual_size;
	while (c->header.backing)
		if (descend(c, e) < 0)
			return NULL;
	return TAKE(c->img);
}

struct image *image_open(const char *path, const char *format, unsigned flags, struct err *e)
{
	struct chain c __attribute__((cleanup(chain_release_p))) = { .file = IMAGE_FILE_INIT };

	if (!chain_begin(&c, path, format, flags, e) ||
	    image_file_open(path, flags & IMAGE_WRITE ? IMAGE_FILE_WRITE : 0, &c.file, e) < 0)
		return NULL;
	return chain_end(&c, format, e);
}

struct image *image_open_remote(const struct remote_spec *place, const char *format,
				unsigned flags, struct err *e)
{
	struct chain c __attribute__((cleanup(chain_release_p))) = { .file = IMAGE_FILE_INIT };
	CLEANUP(free) char *shown = remote_spec_shown(place);

	if (!chain_begin(&c, shown, format, flags, e) ||
	    image_file_open_remote(place, flags & IMAGE_WRITE, &c.file, e) < 0)
		return NULL;
	return chain_end(&c, format, e);
}

/* What a descriptor's bytes are kept in: of a loop device, and of its partitions, the file below. */
static int stat_below(int fd, struct stat *ret)
{
	struct loop_info64 loop;

	if (fstat(fd, ret) < 0)
		return -1;
	if (!S_ISBLK(ret->st_mode) || major(ret->st_rdev) != LOOP_MAJOR || ioctl(fd, LOOP_GET_STATUS64, &loop) < 0)
		return 0;
	ret->st_dev = loop.lo_device;
	ret->st_ino = loop.lo_inode;
	ret->st_rdev = loop.lo_rdevice;
	ret->st_mode = loop.lo_rdevice ? S_IFBLK : S_IFREG;
	return 0;
}

/* Are two descriptors of one file, or of one block device? */
static bool is_same(int a, int b)
{
	struct stat x, y;

	if (a < 0 || b < 0 || stat_below(a, &x) < 0 || stat_below(b, &y) < 0)
		return false;
	if (S_ISBLK(x.st_mode) && S_ISBLK(y.st_mode))
		return x.st_rdev == y.st_rdev;
	return x.st_dev == y.st_dev && x.st_ino == y.st_ino;
}

/* What a layer has in common with another image. */
static const char *layer_shares(const struct image_layer *x, const struct image *other)
{
	for (size_t i = 0; i < other->n_layers; i++) {
		const struct image_layer *l = &other->layers[i];

		if (is_same(x->fd, l->fd) || is_same(x->data_fd, l->fd))
			return l->path;
		if (is_same(x->fd, l->data_fd) || is_same(x->data_fd, l->data_fd))
			return l->data_path;
		if (x->remote && l->remote && !strcmp(x->path, l->path))
			return l->path;
	}
	return NULL;
}

const char *image_shares(const struct image *img, size_t n_layers, const struct image *other)
{
	const char *path = NULL;

	for (size_t i = 0; !path && i < n_layers && i < img->n_layers; i++)
		path = layer_shares(&img->layers[i], other);
	return path;
}

bool image_has_file(const struct image *img, int fd)
{
	for (size_t i = 0; i < img->n_layers; i++)
		if (is_same(img->layers[i].fd, fd) || is_same(img->layers[i].data_fd, fd))
			return true;
	return false;
}

int image_connect(struct image *img, struct err *e)
{
	for (size_t i = 0; i < img->n_layers; i++) {
		struct image_layer *l = &img->layers[i];

		if (l->remote && (l->fd = remote_connect(l->remote, e)) < 0)
			return -1;
	}
	return 0;
}

void image_disconnect(struct image *img)
{
	for (size_t i = 0; i < img->n_layers; i++)
		if (img->layers[i].remote)
			fd_close(TAKE_FD(img->layers[i].fd));
}

void image_close(struct image *img)
{
	if (!img)
		return;
	for (size_t i = 0; i < img->n_layers; i++) {
		fd_close(img->layers[i].fd);
		remote_close(img->layers[i].remote);
		free(img->layers[i].path);
		fd_close(img->layers[i].data_fd);
		free(img->layers[i].data_path);
	}
	fd_close(img->journal);
	fd_close(img->overlay);
	free(img->layers);
	free(img->warning);
	free(img->name);
	free(img);
}
