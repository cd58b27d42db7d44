/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What calls.def and records.def expand to, for both ends: a struct for the
 * arguments and one for the results of each call, and the table of calls.
 */
#ifndef PROTO_PROTO_H
#define PROTO_PROTO_H

#include "proto/wire.h"
#include "util/err.h"

/* What a file has beyond its mode: the "." and "+" of ls -l. */
#define ENTRY_LABEL 1u /* an SELinux label */
#define ENTRY_ACL   2u /* a POSIX access control list, its own or for what is made in it */

/* How replace_file does it. */
enum {
	REPLACE_IN_PLACE = 1u << 0, /* into the same inode: all its names have the new content */
	REPLACE_CREATE = 1u << 1,   /* where there is no such file it is made, with the mode given */
};

/* wire_NAME and wire_NAMEs for each record. */
#define F(type, name) wire_##type name;
#define RECORD(name, fields)                 \
	typedef struct wire_##name {         \
		fields                       \
	} wire_##name;                       \
	typedef struct wire_##name##s {      \
		uint32_t n;                  \
		wire_##name *v;              \
	} wire_##name##s;
#include "proto/records.def"
#undef RECORD

/* NAME_args and NAME_ret for each call; a call without any has a byte of nothing. */
#define PROC(name, policy, args, rets, doc) \
	struct name##_args {                \
		args                        \
		char nothing;               \
	};                                  \
	struct name##_ret {                 \
		rets                        \
		char nothing;               \
	};
#define PROC_OUT PROC
#define PROC_IN PROC
#include "proto/calls.def"
#undef PROC
#undef F

/* The numbers of the calls: PROC_hello = 0 and on. */
enum proc_nr {
#define PROC(name, policy, args, rets, doc) PROC_##name,
#include "proto/calls.def"
#undef PROC
	PROC_COUNT
};
#undef PROC_OUT
#undef PROC_IN

enum proc_policy {
	P_WRITE = 1 << 0,   /* refused in a read-only session */
	P_MOUNTED = 1 << 1, /* needs a mounted root */
	P_OFFLINE = 1 << 2, /* its argument "device" must not be mounted */
	P_TEST = 1 << 3,    /* only where the kernel's command line allows tests */
	P_SECRET = 1 << 4,  /* its arguments are wiped off every buffer that they went through */
};

enum proc_stream {
	STREAM_NONE,
	STREAM_OUT, /* daemon to tool */
	STREAM_IN,  /* tool to daemon */
};

/* One side of a call: how to encode, decode, free, print and make up its struct. */
struct proc_side {
	size_t size;
	bool (*xdr)(XDR *x, void *v);
	void (*print)(struct buf *b, const void *v);
	void (*make)(unsigned *seed, void *v);
};

struct proc {
	const char *name;
	unsigned policy;
	enum proc_stream stream;
	struct proc_side args, ret;
	const char *doc;
};

extern const struct proc procs[PROC_COUNT];

/* A hash over all rows of calls.def and records.def: equal on both ends, or they were built apart. */
uint64_t proto_hash(void);

/* Frees what a filter has allocated in v; v is zeroed. */
void proto_free(const struct proc_side *side, void *v);

/* The filters of the records, for streams and message bodies: wire_xdr_entry() and so on. */
#define F(type, name)
#define RECORD(name, fields)                                     \
	bool wire_xdr_##name(XDR *x, wire_##name *v);            \
	bool wire_xdr_##name##s(XDR *x, wire_##name##s *v);      \
	void wire_free_##name(wire_##name *v);
#include "proto/records.def"
#undef RECORD
#undef F

/* The name of an errno value ("ENOENT"), or "" for one that is not in errnos.def. */
const char *errno_name(int no);
/* The value of a name, or EREMOTEIO for one that is unknown here. */
int errno_value(const char *name);

#endif
