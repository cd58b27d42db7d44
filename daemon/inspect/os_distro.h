/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What is known of each distribution: one row each. */
#ifndef DAEMON_INSPECT_OS_DISTRO_H
#define DAEMON_INSPECT_OS_DISTRO_H

#include <stdbool.h>

/* From this major version on, if that program is there: what manages packages. */
struct manage {
	unsigned from;
	const char *program; /* NULL: whether or not */
	const char *name;
};

/* From these versions on: libosinfo's word. "$M", "$m", "$2" are major, minor, minor as "04". */
struct osinfo {
	unsigned from, from_minor;
	const char *word;
};

/* From these major versions on and to these: a logo, of no more than max bytes. */
struct icon {
	unsigned from, to;
	const char *path;
	unsigned max; /* 0: four bytes a dot */
	bool text;    /* a drawing in letters, of which a picture is made */
};

/* Lists end in a row without a name, word, or path; the last that fits counts, of icons the first. */
struct distro {
	const char *name;	     /* "debian" */
	const char *format;	     /* of packages: "deb"; "" for none */
	const struct manage *manage; /* NULL for none */
	const struct osinfo *osinfo; /* NULL for none */
	const struct icon *icons;    /* NULL for none */
	bool by_id;		     /* only os-release's ID tells; its other files are an origin's */
};

enum id_flags {
	ID_MINOR = 1 << 0,   /* os-release may lack the minor version, a release file has it */
	ID_FILES = 1 << 1,   /* a release file is asked in any case */
	ID_ROLLING = 1 << 2, /* having no version is right */
};

/* What os-release's ID is called here, where that is not the same. */
struct id_row {
	const char *id; /* with "*" at its end: all that start so */
	const char *distro;
	unsigned flags; /* id_flags */
};

/* NULL: no such row. */
const struct distro *distro_find(const char *name);
const struct id_row *distro_id(const char *id);

/*
 * The words for a system whose distribution, os-release's ID_LIKE, and version are these;
 * distro and like may be "". A database that is there counts more than the distribution's row.
 * Never NULL, "" for unknown or none.
 */
const char *distro_format(int root, const char *distro, const char *like);
const char *distro_manage(int root, const char *distro, const char *format, unsigned major);
/* The caller frees. */
char *distro_osinfo(const char *distro, unsigned major, unsigned minor);

#endif
