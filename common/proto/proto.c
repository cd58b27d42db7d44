/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The expansions of calls.def, records.def and errnos.def. See proto.h. */
#include "proto/proto.h"

#include <errno.h>
#include <string.h>

/* Filters of the records. */
#define F(type, name) &&wire_xdr_##type(x, &v->name)
#define RECORD(name, fields)                                                           \
	bool wire_xdr_##name(XDR *x, wire_##name *v)                                   \
	{                                                                              \
		return true fields;                                                    \
	}                                                                              \
	static bool thunk_##name(XDR *x, void *v)                                      \
	{                                                                              \
		return wire_xdr_##name(x, v);                                          \
	}                                                                              \
	bool wire_xdr_##name##s(XDR *x, wire_##name##s *v)                             \
	{                                                                              \
		void *p = v->v;                                                        \
		bool ok = wire_xdr_list(x, &v->n, &p, sizeof(*v->v), thunk_##name);    \
		v->v = p;                                                              \
		return ok;                                                             \
	}                                                                              \
	void wire_free_##name(wire_##name *v)                                          \
	{                                                                              \
		XDR x = { .x_op = XDR_FREE };                                          \
		wire_xdr_##name(&x, v);                                                \
	}
#include "proto/records.def"
#undef RECORD

/* Filters of the calls, with void * for the table. */
#define SIDE(name, fields)                              \
	static bool xdr_##name(XDR *x, void *p)         \
	{                                               \
		struct name *v = p;                     \
		(void)x;                                \
		(void)v;                                \
		return true fields;                     \
	}
#define PROC(name, policy, args, rets, doc) \
	SIDE(name##_args, args)             \
	SIDE(name##_ret, rets)
#define PROC_OUT PROC
#define PROC_IN PROC
#include "proto/calls.def"
#undef SIDE
#undef F

/* Trace printers. */
#define F(type, name)               \
	buf_addstr(b, " " #name "="); \
	wire_print_##type(b, &v->name);
#define RECORD(name, fields)                                                 \
	static void wire_print_##name(struct buf *b, const wire_##name *v)   \
	{                                                                    \
		buf_addstr(b, "{");                                          \
		fields buf_addstr(b, " }");                                  \
	}                                                                    \
	__attribute__((unused)) static void wire_print_##name##s(            \
		struct buf *b, const wire_##name##s *v)                      \
	{                                                                    \
		buf_addf(b, "[%u:", v->n);                                   \
		for (uint32_t i = 0; i < v->n && i < 16; i++)                \
			wire_print_##name(b, &v->v[i]);                      \
		buf_addstr(b, v->n > 16 ? " ...]" : "]");                    \
	}
#include "proto/records.def"
#undef RECORD
#define SIDE(name, fields)                                            \
	static void print_##name(struct buf *b, const void *p)        \
	{                                                             \
		const struct name *v = p;                             \
		(void)b;                                              \
		(void)v;                                              \
		fields                                                \
	}
#include "proto/calls.def"
#undef SIDE
#undef F

/* Made-up content. */
#define F(type, name) wire_make_##type(seed, &v->name);
#define RECORD(name, fields)                                                       \
	static void wire_make_##name(unsigned *seed, wire_##name *v)               \
	{                                                                          \
		fields                                                             \
	}                                                                          \
	__attribute__((unused)) static void wire_make_##name##s(                   \
		unsigned *seed, wire_##name##s *v)                                 \
	{                                                                          \
		v->n = 1 + (*seed += 0x9e3779b9u) % 3;                             \
		v->v = xcalloc(v->n, sizeof(*v->v));                               \
		for (uint32_t i = 0; i < v->n; i++)                                \
			wire_make_##name(seed, &v->v[i]);                          \
	}
#include "util/xalloc.h"

#include "proto/records.def"
#undef RECORD
#define SIDE(name, fields)                                    \
	static void make_##name(unsigned *seed, void *p)      \
	{                                                     \
		struct name *v = p;                           \
		(void)seed;                                   \
		(void)v;                                      \
		fields                                        \
	}
#include "proto/calls.def"
#undef SIDE
#undef F
#undef PROC
#undef PROC_OUT
#undef PROC_IN

#define SIDE(name) { sizeof(struct name), xdr_##name, print_##name, make_##name }
#define ROW(name, policy, how, doc) \
	[PROC_##name] = { #name, policy, how, SIDE(name##_args), SIDE(name##_ret), doc },
#define PROC(name, policy, args, rets, doc) ROW(name, policy, STREAM_NONE, doc)
#define PROC_OUT(name, policy, args, rets, doc) ROW(name, policy, STREAM_OUT, doc)
#define PROC_IN(name, policy, args, rets, doc) ROW(name, policy, STREAM_IN, doc)
const struct proc procs[PROC_COUNT] = {
#include "proto/calls.def"
};
#undef PROC
#undef PROC_OUT
#undef PROC_IN
#undef ROW
#undef SIDE

/* The rows as text: what the hash is taken of. */
#define F(type, name) #type " " #name ";"
#define RECORD(name, fields) "record " #name "{" fields "}"
#define PROC(name, policy, args, rets, doc) "call " #name " " #policy "(" args ")(" rets ")"
#define PROC_OUT(name, policy, args, rets, doc) "out " PROC(name, policy, args, rets, doc)
#define PROC_IN(name, policy, args, rets, doc) "in " PROC(name, policy, args, rets, doc)
static const char rows[] = "1"
#include "proto/records.def"

#include "proto/calls.def"
	;

/* FNV-1a, 64 bits: against accidents, not against anybody. */
uint64_t proto_hash(void)
{
	uint64_t h = 0xcbf29ce484222325u;

	for (size_t i = 0; i < sizeof(rows) - 1; i++)
		h = (h ^ (unsigned char)rows[i]) * 0x100000001b3u;
	return h;
}

void proto_free(const struct proc_side *side, void *v)
{
	XDR x = { .x_op = XDR_FREE };

	side->xdr(&x, v);
	memset(v, 0, side->size);
}

static const struct {
	const char *name;
	int no;
} errnos[] = {
#define ERRNO(n) { #n, n },
#include "proto/errnos.def"
#undef ERRNO
};

const char *errno_name(int no)
{
	for (size_t i = 0; i < sizeof(errnos) / sizeof(errnos[0]); i++)
		if (errnos[i].no == no)
			return errnos[i].name;
	return "";
}

int errno_value(const char *name)
{
	for (size_t i = 0; i < sizeof(errnos) / sizeof(errnos[0]); i++)
		if (!strcmp(errnos[i].name, name))
			return errnos[i].no;
	return *name ? EREMOTEIO : 0;
}
