/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A guest's /etc/fstab, as far as it concerns block devices. Text in, rows out;
 * the text is the guest's, so every line of it may be anything.
 */
#ifndef DAEMON_FSTAB_H
#define DAEMON_FSTAB_H

#include <stdbool.h>
#include <stddef.h>

#include "devname.h"
#include "util/cleanup.h"

#define FSTAB_MAX ((size_t)1 << 20) /* bytes that are read of it */
#define FSTAB_LINES_MAX 4096        /* the rest is left out */
#define FSTAB_LINE_MAX 4096         /* bytes; a longer line is passed over: so long is no path */

enum spec_kind {
	SPEC_UUID,
	SPEC_LABEL,
	SPEC_PARTUUID,
	SPEC_PARTLABEL,
	SPEC_DISK,   /* a disk or partition by its place: disk */
	SPEC_VOLUME, /* a logical volume: vg, lv */
	SPEC_MAPPER, /* device mapper's name: value; vg, lv where it could be a logical volume's */
	SPEC_DM_UUID, /* a volume by device mapper's identifier of it: value is "LVM-…" */
	SPEC_MD,     /* an array: value is "md0" or "md/NAME" */
	SPEC_BY_ID,  /* some disk's partition by the disk's make: disk.part */
	SPEC_ROOT,   /* /dev/root: whatever holds / */
	SPEC_FOLDER, /* a folder of the guest, to be bound to another: value */
	SPEC_OTHER,  /* a device in words of which nothing is known: value */
};

/* What the first field of a line names. */
struct spec {
	enum spec_kind kind;
	char *value; /* of a tag, unquoted and unescaped */
	char *vg, *lv;
	struct devname disk;
};

struct fstab_row {
	struct spec spec;
	char *text;   /* the first field as it stands, for messages */
	char *dir;    /* starts with '/', without doubled or trailing ones; "" for swap */
	char *type;
	char *subvol; /* btrfs: "subvol=…" or "subvolid=…", or NULL */
	bool left;    /* not mounted with the rest: swap, noauto */
};

struct fstab {
	struct fstab_row *v; /* parents before what is mounted in them, else as in the file */
	size_t n;
	bool cut; /* it had more lines than are looked at */
	size_t bad; /* the number of the first line that is none of a fstab; 0: no such line */
};

/*
 * Takes n bytes apart. type is the system's, "linux" or as devname_parse_foreign() has it.
 * Lines without a block device or a folder to bind (nfs, tmpfs, a swap file) are left out.
 */
void fstab_parse(const char *type, const char *text, size_t n, struct fstab *ret);
void fstab_release(struct fstab *t);

static inline void fstab_release_p(struct fstab *t)
{
	fstab_release(t);
}

/* The first field alone. False where it names no block device. */
bool spec_parse(const char *type, const char *text, struct spec *ret);
void spec_release(struct spec *s);

/*
 * crypttab(5): the device of the volume that it calls name, as the file has it, or NULL. The
 * caller frees.
 */
char *crypttab_find(const char *text, size_t n, const char *name);

/*
 * mdadm.conf(5): the UUID of the array that it calls name ("md0", "md/root"), in its own form
 * (four groups of eight hexadecimal digits, colons between), or NULL. The caller frees.
 */
char *mdadm_conf_find(const char *text, size_t n, const char *name);

#endif
