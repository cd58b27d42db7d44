/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The options that all tools share: images, mounts, and how the appliance is run. */
#ifndef CLI_IMAGE_OPTS_H
#define CLI_IMAGE_OPTS_H

#include <stdbool.h>
#include <stddef.h>

#include "cli/domain.h"
#include "cli/keys.h"
#include "cli/opt.h"
#include "cli/progress.h"
#include "util/err.h"
#include "vm/session.h"

enum image_opt_id {
	OPT_FORMAT = OPT_ID_SHARED,
	OPT_BLOCKSIZE,
	OPT_ALLOW_EXTERNAL,
	OPT_KEY,
	OPT_KEYS_FROM_STDIN,
	OPT_ECHO_KEYS,
	OPT_ACCEL,
	OPT_APPLIANCE,
	OPT_NO_TEMPLATE,
	OPT_JSON,
	OPT_PROGRESS,
	OPT_TIMINGS,
	OPT_HELP,
	OPT_SHORT_OPTIONS,
	OPT_LONG_OPTIONS,
	OPT_DUMP_OPTIONS,
};

/* Rows for a tool's table. Images: */
#define OPTS_IMAGE                                                                         \
	{ 'a', "add", "FILE|URI", "add a disk image; the first is /dev/sda", 0, 0 },       \
	{ 'd', "domain", "NAME|UUID", "add the disks of a domain of libvirt", 0, 0 },      \
	{ 'c', "connect", "URI", "where libvirt is, for -d", 0, 0 },                       \
	{ 0, "format", "FMT", "format of the -a after it; none: found out", OPT_FORMAT,    \
	  OPT_OPTIONAL },                                                                  \
	{ 0, "blocksize", "512|4096", "sector size of the -a after it; none: 512",         \
	  OPT_BLOCKSIZE, OPT_OPTIONAL },                                                   \
	{ 0, "allow-external", NULL, "let an image name any other file as a part of it",   \
	  OPT_ALLOW_EXTERNAL, 0 }
/* Keys, for tools that look into file systems: */
#define OPTS_KEYS                                                                          \
	{ 0, "key", "ID:TYPE[:ARG]", "a key; TYPE is key, file, fd, command or clevis",    \
	  OPT_KEY, 0 },                                                                    \
	{ 0, "keys-from-stdin", NULL, "read keys from stdin, one a line",                  \
	  OPT_KEYS_FROM_STDIN, 0 },                                                        \
	{ 0, "echo-keys", NULL, "show keys while they are typed", OPT_ECHO_KEYS, 0 }
/* Mounts, for tools that look at files: */
#define OPTS_MOUNT                                                                         \
	{ 'm', "mount", "DEV[:MNT[:OPTS[:FSTYPE]]]",                                       \
	  "mount DEV on MNT (/) and do not look for a guest", 0, 0 }
/* The appliance, which every tool starts: */
#define OPTS_APPLIANCE                                                                     \
	{ 0, "accel", "auto|kvm|tcg", "how the appliance is run", OPT_ACCEL, 0 },          \
	{ 0, "appliance", "DIR", "the appliance's folder", OPT_APPLIANCE, 0 },             \
	{ 0, "no-template", NULL, "boot the appliance, do not restore it",                 \
	  OPT_NO_TEMPLATE, 0 },                                                            \
	{ 0, "timings", NULL, "show how long each step takes", OPT_TIMINGS, 0 }
/* What is told and how: */
#define OPTS_STD                                                                           \
	{ 0, "json", NULL, "errors as JSON, and what the tool lists", OPT_JSON, 0 },       \
	{ 0, "progress", "bar|json|none", "show progress; json: for a program",            \
	  OPT_PROGRESS, OPT_OPTIONAL },                                                    \
	{ 'v', "verbose", NULL, "tell on stderr what is done", 0, 0 },                     \
	{ 'x', NULL, NULL, "trace the calls to the appliance", 0, 0 },                     \
	{ 'V', "version", NULL, "print the version and exit", 0, 0 },                      \
	{ 0, "help", NULL, "print this help and exit", OPT_HELP, 0 },                      \
	{ 0, "short-options", NULL, "", OPT_SHORT_OPTIONS, OPT_SECRET },                   \
	{ 0, "long-options", NULL, "", OPT_LONG_OPTIONS, OPT_SECRET },                     \
	{ 0, "dump-options", NULL, "", OPT_DUMP_OPTIONS, OPT_SECRET }

/* A disk as the user named it; strings are borrowed from argv. */
struct drive_arg {
	const char *name;
	const char *format; /* NULL: found out */
	unsigned blocksize; /* 0: not given */
	bool positional;    /* came without -a, so that a domain may be meant */
	bool is_domain;	    /* the name is that of a domain */
	char *uri;	    /* owned: a URI as it was given, while in name the password is not shown */
	struct domain *domain; /* known already; borrowed, or NULL */
};

/* One -m. */
struct mount_arg {
	char *device;
	char *mountpoint; /* "/" where none was given */
	char *options;    /* NULL: none given */
	char *type;       /* NULL: none given */
};

/* What was told; all zero to begin with. */
struct image_opts {
	struct drive_arg *drives;
	size_t n_drives;
	struct mount_arg *mounts;
	size_t n_mounts;
	struct keys keys;
	const char *connect;   /* where libvirt is, or NULL */
	const char *format;    /* for the next -a */
	unsigned blocksize;    /* for the next -a */
	bool format_waits;     /* no -a came after it so far */
	bool blocksize_waits;
	bool allow_external;
	bool read_only; /* a tool that writes is told not to, this time */
	bool verbose;
	bool timings;
	bool json;
	enum progress_mode progress;
	struct session_options session;
};

/* Takes a shared option: 1, or 0 where it is none of them, or -1 with *e. */
int image_opt(struct image_opts *io, int id, const char *arg, struct err *e);
/* A disk from -a, or with positional set, an operand. */
void image_opts_add(struct image_opts *io, const char *name, bool positional);
/* A domain, by name or UUID; domain is that, if it is known, and borrowed. */
void image_opts_add_domain(struct image_opts *io, const char *name, struct domain *domain);
/* After the last option: is anything left that applies to nothing? */
int image_opts_check(const struct image_opts *io, struct err *e);
void image_opts_release(struct image_opts *io);

/* Splits DEV[:MNT[:OPTS[:FSTYPE]]]; empty parts are as good as none. */
int mount_arg_split(const char *s, struct mount_arg *ret_m, struct err *e);
void mount_arg_release(struct mount_arg *m);

/* Is it the disk of another machine, by a URI that is not file://? */
bool drive_is_remote(const char *name);
/*
 * The path that a drive's name stands for, to be freed: that of a file:// URI, or the name itself.
 * NULL with *e for a URI that is wrong.
 */
char *drive_path(const char *name, struct err *e);

#endif
