/* SPDX-License-Identifier: GPL-2.0-or-later */
/* See wire.h. The filters stand on libtirpc's primitives; the caps are ours. */
#include "proto/wire.h"

#include <stdlib.h>
#include <string.h>

#include "proto/frame.h"
#include "util/xalloc.h"

#define PRINT_MAX 64 /* bytes of a string, or elements of a list, that a trace shows */

bool wire_xdr_u32(XDR *x, wire_u32 *v)
{
	return xdr_uint32_t(x, v);
}

bool wire_xdr_u64(XDR *x, wire_u64 *v)
{
	return xdr_uint64_t(x, v);
}

bool wire_xdr_i64(XDR *x, wire_i64 *v)
{
	return xdr_int64_t(x, v);
}

bool wire_xdr_bool(XDR *x, wire_bool *v)
{
	bool_t b = *v;

	if (!xdr_bool(x, &b))
		return false;
	*v = b;
	return true;
}

/*
 * A length: encoded as it is, decoded against its cap and the bytes left. Each
 * counted thing takes at least unit bytes, so a small frame cannot ask for much.
 */
static bool xdr_length(XDR *x, uint32_t *n, uint32_t cap, unsigned unit)
{
	if (x->x_op == XDR_ENCODE && *n > cap)
		return false;
	if (!xdr_uint32_t(x, n))
		return false;
	return x->x_op != XDR_DECODE || (*n <= cap && *n <= frame_bytes_left(x) / unit);
}

bool wire_xdr_str(XDR *x, wire_str *v)
{
	uint32_t n = 0;

	if (x->x_op == XDR_FREE) {
		free(*v);
		*v = NULL;
		return true;
	}
	if (x->x_op == XDR_ENCODE)
		n = *v ? strlen(*v) : 0;
	if (!xdr_length(x, &n, WIRE_STR_MAX, 1))
		return false;
	if (x->x_op == XDR_ENCODE)
		return n == 0 || xdr_opaque(x, *v, n);
	*v = xcalloc(n + 1, 1);
	return (n == 0 || xdr_opaque(x, *v, n)) && strlen(*v) == n;
}

bool wire_xdr_bytes(XDR *x, wire_bytes *v)
{
	if (x->x_op == XDR_FREE) {
		free(v->data);
		*v = (wire_bytes){ 0 };
		return true;
	}
	if (!xdr_length(x, &v->len, WIRE_BYTES_MAX, 1)) {
		v->len = 0;
		return false;
	}
	if (x->x_op == XDR_DECODE)
		v->data = xmalloc(v->len);
	return v->len == 0 || xdr_opaque(x, (char *)v->data, v->len);
}

bool wire_xdr_list(XDR *x, uint32_t *n, void **v, size_t size, bool (*one)(XDR *, void *))
{
	if (x->x_op != XDR_FREE && !xdr_length(x, n, WIRE_LIST_MAX, 4)) {
		*n = 0;
		return false;
	}
	if (x->x_op == XDR_DECODE)
		*v = *n ? xcalloc(*n, size) : NULL;
	for (uint32_t i = 0; i < *n; i++)
		if (!one(x, (char *)*v + i * size))
			return false;
	if (x->x_op == XDR_FREE) {
		free(*v);
		*v = NULL;
		*n = 0;
	}
	return true;
}

bool wire_xdr_secret(XDR *x, wire_secret *v)
{
	if (x->x_op == XDR_FREE && v->data)
		explicit_bzero(v->data, v->len);
	return wire_xdr_bytes(x, v);
}

static bool str_thunk(XDR *x, void *v)
{
	return wire_xdr_str(x, v);
}

bool wire_xdr_strs(XDR *x, wire_strs *v)
{
	void *p = v->v;
	bool ok = wire_xdr_list(x, &v->n, &p, sizeof(*v->v), str_thunk);

	v->v = p;
	return ok;
}

void wire_print_u32(struct buf *b, const wire_u32 *v)
{
	buf_addf(b, "%u", *v);
}

void wire_print_u64(struct buf *b, const wire_u64 *v)
{
	buf_addf(b, "%llu", (unsigned long long)*v);
}

void wire_print_i64(struct buf *b, const wire_i64 *v)
{
	buf_addf(b, "%lld", (long long)*v);
}

void wire_print_bool(struct buf *b, const wire_bool *v)
{
	buf_addstr(b, *v ? "true" : "false");
}

void wire_print_str(struct buf *b, const wire_str *v)
{
	const char *s = *v ? *v : "";

	buf_addch(b, '"');
	for (size_t i = 0; s[i] && i < PRINT_MAX * 4; i++) {
		unsigned char c = s[i];

		if (c == '"' || c == '\\')
			buf_addf(b, "\\%c", c);
		else if (c < 0x20 || c >= 0x7f)
			buf_addf(b, "\\x%02x", c);
		else
			buf_addch(b, (char)c);
	}
	buf_addstr(b, strlen(s) > PRINT_MAX * 4 ? "\"..." : "\"");
}

void wire_print_bytes(struct buf *b, const wire_bytes *v)
{
	buf_addf(b, "<%u bytes>", v->len);
}

void wire_print_secret(struct buf *b, const wire_secret *v)
{
	(void)v;
	buf_addstr(b, "<secret>");
}

void wire_print_strs(struct buf *b, const wire_strs *v)
{
	buf_addch(b, '[');
	for (uint32_t i = 0; i < v->n && i < PRINT_MAX; i++) {
		if (i)
			buf_addch(b, ' ');
		wire_print_str(b, &v->v[i]);
	}
	buf_addstr(b, v->n > PRINT_MAX ? " ...]" : "]");
}

void wire_make_u32(unsigned *seed, wire_u32 *v)
{
	*v = (*seed += 0x9e3779b9u);
}

void wire_make_u64(unsigned *seed, wire_u64 *v)
{
	*seed += 0x9e3779b9u;
	*v = (uint64_t)*seed << 17 | *seed;
}

void wire_make_i64(unsigned *seed, wire_i64 *v)
{
	*v = -(int64_t)((*seed += 0x9e3779b9u) & 0x7fffffffu) * 1000003;
}

void wire_make_bool(unsigned *seed, wire_bool *v)
{
	*v = (*seed += 0x9e3779b9u) & 0x10000;
}

void wire_make_str(unsigned *seed, wire_str *v)
{
	*seed += 0x9e3779b9u;
	*v = xasprintf("/s%x\n\xff", *seed);
}

void wire_make_bytes(unsigned *seed, wire_bytes *v)
{
	v->len = (*seed += 0x9e3779b9u) % 37;
	v->data = xcalloc(v->len, 1);
	for (uint32_t i = 0; i < v->len; i++)
		v->data[i] = *seed >> (i % 24);
}

void wire_make_secret(unsigned *seed, wire_secret *v)
{
	wire_make_bytes(seed, v);
}

void wire_make_strs(unsigned *seed, wire_strs *v)
{
	v->n = 1 + (*seed += 0x9e3779b9u) % 3;
	v->v = xcalloc(v->n, sizeof(*v->v));
	for (uint32_t i = 0; i < v->n; i++)
		wire_make_str(seed, &v->v[i]);
}
