/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * An rpm header, as it stands in a database:
 *
 *   u32 il, u32 dl            big endian, as all numbers are
 *   il x { tag, type, offset, count }
 *   dl bytes of data          offsets count from its start
 *
 * Data lies in the order of tags: what is needed comes early, lists of files late, and a
 * kernel's header is a megabyte. So the header is read from its front only as far as is
 * needed; behind that nothing is looked at.
 */
#include <errno.h>
#include <string.h>

#include "daemon/inspect/rpm.h"
#include "util/cleanup.h"

#define HEAD	   8u
#define ENTRY	   16u
#define TAGS_MAX   65536u	/* rpm's own limit */
#define DATA_MAX   (256u << 20) /* rpm's own limit */
#define FRONT_MAX  (4u << 20)	/* of a header is read at most */
#define STEP	   (8u << 10)	/* is read at once */
#define BROKEN_MAX 1000u	/* parts, then it is no database */

enum { TYPE_INT32 = 4, TYPE_STRING = 6, TYPE_STRING_ARRAY = 8, TYPE_I18NSTRING = 9 };

#define TAG_EPOCH  1003u
#define TAG_SOURCE 1044u

/* The source comes behind the lists of files: where they are longer than this it is left out. */
#define SOURCE_MAX (256u << 10)

/* The tags of interest, and where their values belong. */
static const struct tag {
	uint32_t tag;
	size_t field;
} tags[] = {
	{ 1000, offsetof(wire_application, name) },
	{ 1001, offsetof(wire_application, version) },
	{ 1002, offsetof(wire_application, release) },
	{ TAG_EPOCH, offsetof(wire_application, epoch) },
	{ 1004, offsetof(wire_application, summary) },
	{ 1005, offsetof(wire_application, description) },
	{ 1020, offsetof(wire_application, url) },
	{ 1022, offsetof(wire_application, arch) },
	{ TAG_SOURCE, offsetof(wire_application, source_package) },
};

/* Where the values are: offsets from the header's start, 0 for none. */
struct values {
	size_t at[ARRAY_SIZE(tags)];
};

/* Reads on until the first n bytes of the header are there. */
static int need(struct rpm_db *db, const struct rpm_blob *blob, size_t n, struct err *e)
{
	struct buf *b = &db->header;
	size_t to;

	if (n <= b->len)
		return 0;
	if (n > blob->size)
		return err_set(e, EBADMSG, "a header is cut short");
	if (n > FRONT_MAX)
		return err_set(e, EFBIG, "a header is too large");
	to = b->len + STEP > n ? b->len + STEP : n;
	if (to > blob->size)
		to = blob->size;
	if (to - b->len > db->left) {
		db->stop = true;
		return err_set(e, EFBIG, "it is too large");
	}
	if (blob->read(blob->src, b->len, buf_room(b, to - b->len), to - b->len, e))
		return -1;
	db->left -= to - b->len;
	b->len = to;
	return 0;
}

/* Reads the string at an offset to its end, at most WIRE_STR_MAX bytes; sets *ret_end after it. */
static int need_string(struct rpm_db *db, const struct rpm_blob *blob, size_t at, struct err *e)
{
	size_t seen = at;

	for (;;) {
		if (need(db, blob, seen + 1, e))
			return -1;
		if (memchr(db->header.data + seen, '\0', db->header.len - seen) ||
		    db->header.len - at > WIRE_STR_MAX)
			return 0;
		seen = db->header.len;
	}
}

/* Which of tags is an index entry? ARRAY_SIZE(tags): none. */
static size_t entry_tag(const char *entry)
{
	uint32_t tag = get_be32(entry), type = get_be32(entry + 4), count = get_be32(entry + 12);
	size_t i = 0;

	/* Most are not, and are told by one comparison. */
	if (tag < tags[0].tag || tag > tags[ARRAY_SIZE(tags) - 1].tag || !count)
		return ARRAY_SIZE(tags);
	while (i < ARRAY_SIZE(tags) && tags[i].tag != tag)
		i++;
	if (i < ARRAY_SIZE(tags) &&
	    (tag == TAG_EPOCH
		     ? type != TYPE_INT32
		     : type != TYPE_STRING && type != TYPE_STRING_ARRAY && type != TYPE_I18NSTRING))
		return ARRAY_SIZE(tags);
	return i;
}

/* Finds the values and reads the header as far as they go. The later of two rows of a tag counts.
 */
static int find(struct rpm_db *db, const struct rpm_blob *blob, struct values *v, struct err *e)
{
	uint32_t il, dl;
	size_t data;

	if (need(db, blob, HEAD, e))
		return -1;
	il = get_be32(db->header.data);
	dl = get_be32(db->header.data + 4);
	data = HEAD + (size_t)il * ENTRY;
	if (il < 1 || il > TAGS_MAX || dl > DATA_MAX || data + dl > blob->size)
		return err_set(e, EBADMSG, "a header is damaged");
	if (need(db, blob, data, e))
		return -1;
	for (uint32_t i = 0; i < il; i++) {
		const char *entry = db->header.data + HEAD + (size_t)i * ENTRY;
		size_t t = entry_tag(entry);

		if (t == ARRAY_SIZE(tags))
			continue;
		if (get_be32(entry + 8) >= dl)
			return err_set(e, EBADMSG, "a header is damaged");
		if (tags[t].tag != TAG_SOURCE || get_be32(entry + 8) < SOURCE_MAX)
			v->at[t] = data + get_be32(entry + 8);
	}
	for (size_t t = 0; t < ARRAY_SIZE(tags); t++)
		if (v->at[t] && (tags[t].tag == TAG_EPOCH ? need(db, blob, v->at[t] + 4, e)
							  : need_string(db, blob, v->at[t], e)))
			return -1;
	return 0;
}

void rpm_broken(struct rpm_db *db, struct err *e)
{
	err_ctx(e, "'%s'", db->path);
	lister_trouble(db->l, e);
	if (++db->broken >= BROKEN_MAX)
		db->stop = true;
}

void rpm_package(struct rpm_db *db, const struct rpm_blob *blob)
{
	struct values v = { { 0 } };
	wire_application a;
	struct err e;

	db->header.len = 0;
	if (find(db, blob, &v, &e)) {
		rpm_broken(db, &e);
		return;
	}
	buf_room(&db->header, 0)[0] = '\0';
	application_init(&a, "rpm");
	for (size_t t = 0; t < ARRAY_SIZE(tags); t++) {
		char *value = db->header.data + v.at[t], *field = (char *)&a + tags[t].field;

		if (!v.at[t])
			continue;
		if (tags[t].tag == TAG_EPOCH)
			*(uint32_t *)(void *)field = get_be32(value);
		else
			*(char **)(void *)field = value;
	}
	if (!*a.name) {
		err_set(&e, EBADMSG, "a header has no name");
		rpm_broken(db, &e);
		return;
	}
	db->packages++;
	if (!lister_give(db->l, &a))
		db->stop = true;
}
