/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The rule for files that a header names.
 *
 * Whoever made an image can write any name into its header, and so show a file of
 * the host to the guest's side, and to whoever gets the tool's output. On the other
 * hand thin clones are everyday: an overlay here, its base image in some other
 * folder. So where a base lies says little, and what it is decides. Without
 * --allow-external:
 *
 *  - a backing file is followed if its name is a plain path ("file:" is taken off;
 *    relative ones start at the folder of the file that names them), if it is a
 *    regular file, and if it looks like a disk: it has the header of an image format,
 *    or the signature of a partition table, file system or volume, or it begins with
 *    68 KiB of zeros. Then nothing but another disk image that the caller may read
 *    anyway can come out, no password file, no key, no device of the host;
 *  - a vmdk descriptor's flat extent is followed if its name has no slash, and it is
 *    called *.vmdk or looks like a disk;
 *  - an external data file of a qcow2 is not followed.
 *
 * --allow-external lifts all that for names of local files, those in json: too. A name
 * that is not a local file (nbd:, http:, and the like) is never followed from a header. In a
 * remote image a plain name is followed to its server, and no other.
 */
#include "vm/image_ref.h"

#include <errno.h>
#include <jansson.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "util/cleanup.h"
#include "util/xalloc.h"
#include "vm/image.h"

#define WAY_OUT "use --allow-external if you trust this image"

static const char *const roles[] = {
	[IMAGE_REF_BACKING] = "backing file",
	[IMAGE_REF_DATA] = "data file",
	[IMAGE_REF_EXTENT] = "extent",
};

/* "'x' names 'y' as its backing file, WHY". Returns -1. */
static int refuse(const struct image_ref *ref, struct err *e, const char *why)
{
	char shown[IMAGE_NAME_SHOWN_MAX];

	return err_set(e, EPERM, "'%s' names '%s' as its %s, %s", ref->from->shown,
		       image_name_shown(ref->name, shown), roles[ref->role], why);
}

/* Has the name a protocol before its first slash? So does qemu tell. */
static bool has_protocol(const char *name)
{
	return name[strcspn(name, ":/")] == ':';
}

/* A string of an object, or NULL. */
static const char *text(const json_t *o, const char *key)
{
	return json_string_value(json_object_get(o, key));
}

/*
 * Takes the file name and the format out of qemu's json: form, where it is about a
 * local file: {"driver": FORMAT, "file": {"driver": "file", "filename": NAME}}, with
 * "file.filename" as another spelling, or {"driver": "file", "filename": NAME}.
 */
static int resolve_json(const struct image_ref *ref, char **ret_name, char **ret_format,
			struct err *e)
{
	json_t *o = json_loads(ref->name + strlen("json:"), 0, NULL);
	const json_t *file = json_object_get(o, "file");
	const char *driver, *file_driver, *name = NULL;
	int r = -1;

	driver = text(o, "driver");
	if (file) {
		file_driver = text(file, "driver");
		name = text(file, "filename");
	} else if (text(o, "file.filename")) {
		file_driver = text(o, "file.driver");
		name = text(o, "file.filename");
	} else {
		file_driver = driver;
		name = text(o, "filename");
		driver = NULL;
	}
	if (!name || (file_driver && strcmp(file_driver, "file") != 0))
		refuse(ref, e, "which is not a local file: that cannot be followed");
	else {
		*ret_name = xstrdup(name);
		*ret_format = driver ? xstrdup(driver) : NULL;
		r = 0;
	}
	json_decref(o);
	return r;
}

/* A name as seen from the folder of the file that holds it. */
static char *join(const char *from, const char *name)
{
	const char *slash = strrchr(from, '/');

	if (*name == '/' || !slash)
		return xstrdup(name);
	return xasprintf("%.*s/%s", (int)(slash - from), from, name);
}

int image_ref_resolve(const struct image_ref *ref, char **ret_path, char **ret_format,
		      struct err *e)
{
	bool allow = ref->flags & IMAGE_ALLOW_EXTERNAL;
	CLEANUP(free) char *from_json = NULL, *format = NULL;
	const char *name = ref->name;

	if (!allow && ref->role == IMAGE_REF_DATA)
		return refuse(ref, e, "which would be shown as the disk's content; " WAY_OUT);
	if (!allow && ref->role == IMAGE_REF_EXTENT && strchr(name, '/'))
		return refuse(ref, e, "which is not a file beside it; " WAY_OUT);
	if (strncmp(name, "json:", 5) == 0) {
		if (!allow)
			return refuse(ref, e, "which is not a plain file name; " WAY_OUT);
		if (resolve_json(ref, &from_json, &format, e) < 0)
			return -1;
		name = from_json;
	} else if (strncmp(name, "file:", 5) == 0)
		name += 5;
	else if (has_protocol(name))
		return refuse(ref, e,
			      "which is not a local file: that is not followed from a header; "
			      "if you trust this image, make one file of it with qemu-img convert");
	if (*name == '\0')
		return refuse(ref, e, "which is no name");
	*ret_path = join(ref->from->path, name);
	*ret_format = TAKE(format);
	return 0;
}

int image_ref_open(const struct image_ref *ref, const char *path, bool write,
		   struct image_file *ret_f, struct err *e)
{
	bool allow = ref->flags & IMAGE_ALLOW_EXTERNAL;
	unsigned flags = IMAGE_FILE_NAMED | (write ? IMAGE_FILE_WRITE : 0);

	if (image_file_open(path, flags | (allow ? 0 : IMAGE_FILE_NO_BLOCK), ret_f, e) == 0)
		return 0;
	if (e->no == ENOTBLK)
		err_hint(e, WAY_OUT);
	return image_ref_ctx(ref, e);
}

int image_ref_open_remote(const struct image_ref *ref, bool write, struct image_file *ret_f,
			  struct err *e)
{
	CLEANUP(remote_spec_release) struct remote_spec place = { 0 };

	if (ref->role == IMAGE_REF_DATA)
		return refuse(ref, e, "which is not followed from a remote image");
	if (remote_spec_beside(&ref->from->place, ref->name, &place) < 0)
		return refuse(ref, e, "which is not the name of a file beside it: that is not followed from "
				      "a remote image");
	return image_file_open_remote(&place, write, ret_f, e) < 0 ? image_ref_ctx(ref, e) : 0;
}

/* Does the name end as those of vmdk's own files do? */
static bool is_called_vmdk(const char *name)
{
	size_t n = strlen(name);

	return n > 5 && strcasecmp(name + n - 5, ".vmdk") == 0;
}

int image_ref_check(const struct image_ref *ref, const struct image_file *f, struct err *e)
{
	struct image_source src = image_file_source(f);

	if (ref->flags & IMAGE_ALLOW_EXTERNAL || image_header_is_disk(&src) ||
	    (ref->role == IMAGE_REF_EXTENT && is_called_vmdk(ref->name)))
		return 0;
	return refuse(ref, e, "which is not a disk image; " WAY_OUT);
}

int image_ref_ctx(const struct image_ref *ref, struct err *e)
{
	return err_ctx(e, "%s of '%s'", roles[ref->role], ref->from->shown);
}
