/* SPDX-License-Identifier: GPL-2.0-or-later */
/* See binxml.h: values by their types ([MS-EVEN6] 2.2.18). */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "daemon/inspect/binxml.h"
#include "daemon/utf16.h"
#include "util/bytes.h"
#include "util/cleanup.h"

#define SECOND	   10000000ull /* units of Windows' time, which begins in 1601 */
#define UNIX_EPOCH 11644473600ll

/* A string of UTF-16, without the NULs at its end. */
static void add_string(struct buf *b, const uint8_t *p, size_t n)
{
	n /= 2;
	while (n && !get_le16(p + 2 * n - 2))
		n--;
	utf16_add(b, p, n);
}

/* A string of a code page that is not told: as Latin-1. */
static void add_ansi(struct buf *b, const uint8_t *p, size_t n)
{
	while (n && !p[n - 1])
		n--;
	for (size_t i = 0; i < n; i++)
		utf8_add(b, p[i]);
}

static void add_hex(struct buf *b, const uint8_t *p, size_t n)
{
	for (size_t i = 0; i < n; i++)
		buf_addf(b, "%02X", p[i]);
}

static void add_guid(struct buf *b, const uint8_t *p)
{
	buf_addf(b, "{%08" PRIX32 "-%04X-%04X-%02X%02X-", get_le32(p), get_le16(p + 4), get_le16(p + 6),
		 p[8], p[9]);
	add_hex(b, p + 10, 6);
	buf_addch(b, '}');
}

static void add_filetime(struct buf *b, uint64_t t)
{
	time_t second = (time_t)((int64_t)(t / SECOND) - UNIX_EPOCH);
	struct tm tm;

	if (gmtime_r(&second, &tm))
		buf_addf(b, "%04d-%02d-%02dT%02d:%02d:%02d.%07" PRIu64 "00Z", tm.tm_year + 1900,
			 tm.tm_mon + 1, tm.tm_mday, tm.tm_hour, tm.tm_min, tm.tm_sec,
			 (uint64_t)(t % SECOND));
}

static void add_systemtime(struct buf *b, const uint8_t *p)
{
	buf_addf(b, "%04d-%02d-%02dT%02d:%02d:%02d.%03dZ", get_le16(p), get_le16(p + 2), get_le16(p + 6),
		 get_le16(p + 8), get_le16(p + 10), get_le16(p + 12), get_le16(p + 14));
}

static void add_sid(struct buf *b, const uint8_t *p, size_t n)
{
	uint64_t authority = 0;

	if (n < 8 || n < 8 + 4u * p[1])
		return;
	for (int i = 2; i < 8; i++)
		authority = authority << 8 | p[i];
	buf_addf(b, "S-%u-%" PRIu64, p[0], authority);
	for (unsigned i = 0; i < p[1]; i++)
		buf_addf(b, "-%" PRIu32, get_le32(p + 8 + 4 * i));
}

static uint64_t unsigned_of(const uint8_t *p, size_t n)
{
	uint64_t v = 0;

	while (n--)
		v = v << 8 | p[n];
	return v;
}

static int64_t signed_of(const uint8_t *p, size_t n)
{
	const unsigned spare = 64 - 8 * (unsigned)n;

	return (int64_t)(unsigned_of(p, n) << spare) >> spare;
}

static double real_of(const uint8_t *p, size_t n)
{
	float f;
	double d;

	if (n == sizeof(d)) {
		memcpy(&d, p, sizeof(d));
		return d;
	}
	memcpy(&f, p, sizeof(f));
	return (double)f;
}

enum { T_ANSI = 2, T_I8, T_U8, T_I16, T_U16, T_I32, T_U32, T_I64, T_U64, T_FLOAT, T_DOUBLE, T_BOOL,
       T_BINARY, T_GUID, T_SIZE, T_FILETIME, T_SYSTEMTIME, T_SID, T_HEX32, T_HEX64 };

/* How many bytes a value of the type has; 0: it tells itself. */
static size_t size_of(unsigned type)
{
	static const uint8_t sizes[] = {
		[T_I8] = 1,    [T_U8] = 1,	[T_I16] = 2,	  [T_U16] = 2,
		[T_I32] = 4,   [T_U32] = 4,	[T_I64] = 8,	  [T_U64] = 8,
		[T_FLOAT] = 4, [T_DOUBLE] = 8,	[T_BOOL] = 4,	  [T_GUID] = 16,
		[T_SIZE] = 0,  [T_FILETIME] = 8, [T_SYSTEMTIME] = 16, [T_HEX32] = 4,
		[T_HEX64] = 8,
	};

	return type < ARRAY_SIZE(sizes) ? sizes[type] : 0;
}

static void add_one(struct buf *b, unsigned type, const uint8_t *p, size_t n)
{
	if (size_of(type) && n < size_of(type))
		return;
	switch (type) {
	case BINXML_NULL:
		break;
	case BINXML_STRING:
		add_string(b, p, n);
		break;
	case T_ANSI:
		add_ansi(b, p, n);
		break;
	case T_I8:
	case T_I16:
	case T_I32:
	case T_I64:
		buf_addf(b, "%" PRId64, signed_of(p, size_of(type)));
		break;
	case T_U8:
	case T_U16:
	case T_U32:
	case T_U64:
		buf_addf(b, "%" PRIu64, unsigned_of(p, size_of(type)));
		break;
	case T_FLOAT:
	case T_DOUBLE:
		buf_addf(b, "%.6f", real_of(p, size_of(type)));
		break;
	case T_BOOL:
		buf_addstr(b, get_le32(p) ? "true" : "false");
		break;
	case T_GUID:
		add_guid(b, p);
		break;
	case T_SIZE:
		buf_addf(b, "0x%" PRIx64, unsigned_of(p, n < 8 ? n : 8));
		break;
	case T_FILETIME:
		add_filetime(b, get_le64(p));
		break;
	case T_SYSTEMTIME:
		add_systemtime(b, p);
		break;
	case T_SID:
		add_sid(b, p, n);
		break;
	case T_HEX32:
	case T_HEX64:
		buf_addf(b, "0x%" PRIx64, unsigned_of(p, size_of(type)));
		break;
	default:
		add_hex(b, p, n);
	}
}

/* Strings one behind the other, each with a NUL at its end. */
static void add_strings(struct buf *b, const uint8_t *p, size_t n)
{
	for (size_t i = 0, from = 0; i + 1 < n; i += 2) {
		if (get_le16(p + i) && i + 3 < n)
			continue;
		if (from)
			buf_addstr(b, ", ");
		add_string(b, p + from, i + 2 - from);
		from = i + 2;
	}
}

void binxml_value(struct buf *b, unsigned type, const uint8_t *p, size_t n)
{
	const unsigned of = type & ~(unsigned)BINXML_ARRAY;
	const size_t each = size_of(of);

	if (!(type & BINXML_ARRAY)) {
		add_one(b, type, p, n);
	} else if (of == BINXML_STRING) {
		add_strings(b, p, n);
	} else if (!each) {
		add_hex(b, p, n);
	} else {
		for (size_t i = 0; i + each <= n && b->len < BINXML_XML_MAX; i += each) {
			if (i)
				buf_addstr(b, ", ");
			add_one(b, of, p + i, each);
		}
	}
}
