/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The wire types and their XDR filters (RFC 4506, through libtirpc).
 *
 * One filter encodes, decodes and frees, by x_op. A decoded string is never NULL
 * and holds no NUL byte; every type has a cap; a length is checked against the
 * cap and against the bytes that are left before anything is allocated.
 */
#ifndef PROTO_WIRE_H
#define PROTO_WIRE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <rpc/types.h>

#include <rpc/xdr.h>

#include "util/buf.h"

#define WIRE_STR_MAX   (64u << 10)  /* bytes of a string */
#define WIRE_BYTES_MAX (1u << 20)   /* bytes of an opaque */
#define WIRE_LIST_MAX  (256u << 10) /* elements of a list */

typedef uint32_t wire_u32;
typedef uint64_t wire_u64;
typedef int64_t wire_i64;
typedef bool wire_bool;
typedef char *wire_str;
typedef struct wire_bytes {
	uint32_t len;
	uint8_t *data;
} wire_bytes;
/* A password or a key: traces do not show it, and freeing wipes it. */
typedef struct wire_bytes wire_secret;
typedef struct wire_strs {
	uint32_t n;
	wire_str *v;
} wire_strs;

bool wire_xdr_u32(XDR *x, wire_u32 *v);
bool wire_xdr_u64(XDR *x, wire_u64 *v);
bool wire_xdr_i64(XDR *x, wire_i64 *v);
bool wire_xdr_bool(XDR *x, wire_bool *v);
bool wire_xdr_str(XDR *x, wire_str *v);
bool wire_xdr_bytes(XDR *x, wire_bytes *v);
bool wire_xdr_secret(XDR *x, wire_secret *v);
bool wire_xdr_strs(XDR *x, wire_strs *v);

/* A list of n elements of size bytes at *v, each with the filter one. */
bool wire_xdr_list(XDR *x, uint32_t *n, void **v, size_t size, bool (*one)(XDR *, void *));

/* Trace printers: " name=value", strings quoted and escaped, long values cut short. */
void wire_print_u32(struct buf *b, const wire_u32 *v);
void wire_print_u64(struct buf *b, const wire_u64 *v);
void wire_print_i64(struct buf *b, const wire_i64 *v);
void wire_print_bool(struct buf *b, const wire_bool *v);
void wire_print_str(struct buf *b, const wire_str *v);
void wire_print_bytes(struct buf *b, const wire_bytes *v);
void wire_print_secret(struct buf *b, const wire_secret *v);
void wire_print_strs(struct buf *b, const wire_strs *v);

/*
 * Fills v with made-up content from a counter, for the round-trip tests and the
 * fuzzers' corpus: every field differs from its neighbours.
 */
void wire_make_u32(unsigned *seed, wire_u32 *v);
void wire_make_u64(unsigned *seed, wire_u64 *v);
void wire_make_i64(unsigned *seed, wire_i64 *v);
void wire_make_bool(unsigned *seed, wire_bool *v);
void wire_make_str(unsigned *seed, wire_str *v);
void wire_make_bytes(unsigned *seed, wire_bytes *v);
void wire_make_secret(unsigned *seed, wire_secret *v);
void wire_make_strs(unsigned *seed, wire_strs *v);

#endif
