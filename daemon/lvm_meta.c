/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * See lvm_meta.h. On the device, little endian:
 *
 *   in one of the first four sectors   "LABELONE" sector:64 crc:32 offset:32 "LVM2 001"
 *   at offset in that sector           id:32 bytes, size:64, then pairs of offset:64 size:64:
 *                                      data areas up to a zero one, then metadata areas
 *   at a metadata area                 crc:32 magic:16 bytes version:32 start:64 size:64,
 *                                      then places of texts: offset:64 size:64 crc:32 flags:32
 */
#include "lvm_meta.h"

#include <ctype.h>
#include <libdevmapper.h>
#include <stdlib.h>
#include <string.h>

#include "util/bytes.h"
#include "util/xalloc.h"

#define SECTOR 512
#define MDA_MAGIC " LVM2 x[5A%r0N*>"
#define RAW_IGNORED 1      /* a flag of a text's place: not in use */
#define NESTING_MAX 8        /* of sections in a text; they are parsed by recursion */
#define SECTORS_MAX ((uint64_t)1 << 54)
#define PVS_MAX 512
#define ITEMS_MAX 4096       /* of a kind in a group, and extents' stretches in a volume */

uint32_t lvm_crc(const void *p, size_t n)
{
	static const uint32_t table[16] = {
		0x00000000, 0x1db71064, 0x3b6e20c8, 0x26d930ac, 0x76dc4190, 0x6b6b51f4,
		0x4db26158, 0x5005713c, 0xedb88320, 0xf00f9344, 0xd6d6a3e8, 0xcb61b38c,
		0x9b64c2b0, 0x86d3d2d4, 0xa00ae278, 0xbdbdf21c,
	};
	uint32_t crc = 0xf597a6cf;

	for (const uint8_t *b = p; n--; b++) {
		crc ^= *b;
		crc = (crc >> 4) ^ table[crc & 15];
		crc = (crc >> 4) ^ table[crc & 15];
	}
	return crc;
}

/*
 * The header behind a label that is sound: the data areas end with a zero, then come those of
 * metadata.
 */
static bool parse_pv(const uint8_t *p, const uint8_t *end, struct lvm_label *ret)
{
	int lists = 0;

	if (end - p < LVM_ID_LEN + 8)
		return false;
	memcpy(ret->id, p, LVM_ID_LEN);
	ret->id[LVM_ID_LEN] = '\0';
	ret->n_mdas = 0;
	for (p += LVM_ID_LEN + 8; lists < 2; p += 16) {
		if (end - p < 16)
			return false;
		uint64_t at = get_le64(p), n = get_le64(p + 8);
		if (!at)
			lists++;
		else if (lists && ret->n_mdas < LVM_MDAS)
			ret->mdas[ret->n_mdas++] = (struct lvm_mda){ at, n };
	}
	return true;
}

bool lvm_label_parse(const uint8_t head[LVM_HEAD_SIZE], struct lvm_label *ret)
{
	for (uint64_t i = 0; i < LVM_HEAD_SIZE / SECTOR; i++) {
		const uint8_t *p = head + i * SECTOR;

		if (memcmp(p, "LABELONE", 8) != 0 || memcmp(p + 24, "LVM2 001", 8) != 0)
			continue;
		uint32_t offset = get_le32(p + 20);
		if (get_le64(p + 8) != i || get_le32(p + 16) != lvm_crc(p + 20, SECTOR - 20) ||
		    offset < 32 || offset >= SECTOR)
			return false;
		return parse_pv(p + offset, p + SECTOR, ret);
	}
	return false;
}

bool lvm_mda_parse(const uint8_t head[LVM_MDA_HEAD_SIZE], const struct lvm_mda *mda,
		   struct lvm_text *ret)
{
	const uint8_t *raw = head + 40;

	if (get_le32(head) != lvm_crc(head + 4, LVM_MDA_HEAD_SIZE - 4) ||
	    memcmp(head + 4, MDA_MAGIC, 16) != 0 || get_le32(head + 20) != 1 ||
	    get_le64(head + 24) != mda->start || get_le64(head + 32) != mda->size)
		return false;
	*ret = (struct lvm_text){ get_le64(raw), get_le64(raw + 8), get_le32(raw + 16) };
	if (get_le32(raw + 20) & RAW_IGNORED || !ret->offset) {
		ret->size = 0;
		return true;
	}
	return ret->offset >= LVM_MDA_HEAD_SIZE && ret->offset < mda->size && ret->size &&
	       ret->size <= LVM_TEXT_MAX && ret->size <= mda->size - LVM_MDA_HEAD_SIZE;
}

static bool number(const struct dm_config_node *cn, const char *path, uint64_t max, uint64_t *ret)
{
	return dm_config_get_uint64(cn, path, ret) && *ret <= max;
}

/* An identifier, of which the dashes are for people. */
static bool read_id(const struct dm_config_node *cn, const char *path, char ret[LVM_ID_LEN + 1])
{
	const char *s;
	size_t n = 0;

	if (!dm_config_get_str(cn, path, &s))
		return false;
	for (; *s; s++) {
		if (*s == '-')
			continue;
		if (n == LVM_ID_LEN)
			return false;
		ret[n++] = *s;
	}
	ret[n] = '\0';
	return n == LVM_ID_LEN;
}

/* Are all words of the list among those known here? Bit i of *ret: known[i] is in it. */
static bool read_words(const struct dm_config_node *cn, const char *path,
		       const char *const known[], size_t n, unsigned *ret)
{
	const struct dm_config_value *v;

	*ret = 0;
	if (!dm_config_get_list(cn, path, &v))
		return true;
	for (; v && v->type != DM_CFG_EMPTY_ARRAY; v = v->next) {
		size_t i = 0;

		if (v->type != DM_CFG_STRING)
			return false;
		while (i < n && strcmp(known[i], v->v.str) != 0)
			i++;
		if (i == n)
			return false;
		*ret |= 1u << i;
	}
	return true;
}

/* LVM's own alphabet, which leaves no way out of /dev. */
static bool is_name(const char *s)
{
	return *s && *s != '-' && strlen(s) < 128 && strcmp(s, ".") != 0 && strcmp(s, "..") != 0 &&
	       !s[strspn(s, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789+_.-")];
}

/* The sections below one, counted. */
static const struct dm_config_node *sections(const struct dm_config_node *vg, const char *name,
					     size_t *ret_n)
{
	const struct dm_config_node *cn = NULL, *first;

	*ret_n = 0;
	if (!dm_config_get_section(vg, name, &cn) || !cn)
		return NULL;
	first = cn->child;
	for (cn = first; cn; cn = cn->sib)
		++*ret_n;
	return first;
}

static bool parse_pvs(const struct dm_config_node *cn, struct lvm_vg *vg, size_t n)
{
	static const char *const known[] = { "ALLOCATABLE" };
	unsigned words;

	vg->pvs = xcalloc(n, sizeof(*vg->pvs));
	for (; cn; cn = cn->sib) {
		struct lvm_pv *pv = &vg->pvs[vg->n_pvs++];

		pv->name = xstrdup(cn->key);
		if (!read_id(cn->child, "id", pv->id) ||
		    !number(cn->child, "pe_start", SECTORS_MAX, &pv->start) ||
		    !number(cn->child, "pe_count", SECTORS_MAX / vg->extent, &pv->extents))
			return false;
		/* A flag is MISSING, which says how it was when this was written. */
		if (!read_words(cn->child, "status", known, ARRAY_SIZE(known), &words) ||
		    !read_words(cn->child, "flags", NULL, 0, &words))
			vg->plain = false;
	}
	return true;
}

/* stripes = ["pv0", 12, "pv1", 0]: names and first extents in turn. */
static bool parse_stripes(const struct dm_config_node *cn, const struct lvm_vg *vg,
			  struct lvm_segment *s, uint64_t count)
{
	const struct dm_config_value *v;

	if (!count || count > ITEMS_MAX || !dm_config_get_list(cn, "stripes", &v))
		return false;
	s->stripes = xcalloc(count, sizeof(*s->stripes));
	for (; v; v = v->next->next) {
		size_t pv = 0;

		if (v->type != DM_CFG_STRING || !v->next || v->next->type != DM_CFG_INT ||
		    v->next->v.i < 0 || s->n_stripes == count ||
		    (uint64_t)v->next->v.i > SECTORS_MAX / vg->extent)
			return false;
		while (pv < vg->n_pvs && strcmp(vg->pvs[pv].name, v->v.str) != 0)
			pv++;
		if (pv == vg->n_pvs)
			return false;
		s->stripes[s->n_stripes++] = (struct lvm_stripe){
			pv, vg->pvs[pv].start + (uint64_t)v->next->v.i * vg->extent
		};
	}
	return s->n_stripes == count;
}

static bool parse_segment(const struct dm_config_node *cn, const struct lvm_vg *vg,
			  struct lvm_segment *s)
{
	uint64_t start, count, stripes, size = 0;
	const char *type;

	if (!dm_config_get_str(cn, "type", &type) || strcmp(type, "striped") != 0 ||
	    !number(cn, "start_extent", SECTORS_MAX / vg->extent, &start) ||
	    !number(cn, "extent_count", SECTORS_MAX / vg->extent, &count) || !count ||
	    !number(cn, "stripe_count", ITEMS_MAX, &stripes))
		return false;
	if (stripes > 1 && (!number(cn, "stripe_size", SECTORS_MAX, &size) || !size))
		return false;
	s->start = start * vg->extent;
	s->length = count * vg->extent;
	s->stripe_size = size;
	return parse_stripes(cn, vg, s, stripes);
}

/* The stretches of a plain volume, in order and without a gap. */
static bool parse_segments(const struct dm_config_node *cn, const struct lvm_vg *vg,
			   struct lvm_lv *lv)
{
	uint64_t count, next = 0;

	if (!number(cn, "segment_count", ITEMS_MAX, &count) || !count)
		return false;
	lv->segments = xcalloc(count, sizeof(*lv->segments));
	for (; cn; cn = cn->sib) {
		if (strncmp(cn->key, "segment", 7) != 0 || !strcmp(cn->key, "segment_count"))
			continue;
		if (lv->n_segments == count)
			return false;
		struct lvm_segment *seg = &lv->segments[lv->n_segments++];
		if (!parse_segment(cn->child, vg, seg) || seg->start != next)
			return false;
		next = seg->start + seg->length;
	}
	return lv->n_segments == count;
}

/* Is the first segment a pool's, from which others take their space? */
static bool is_pool(const struct dm_config_node *cn)
{
	const char *type;

	return dm_config_get_str(cn, "segment1/type", &type) && strlen(type) > 5 &&
	       !strcmp(type + strlen(type) - 5, "-pool");
}

/* A volume that is extended gets as much more as its parts with data do. */
static void parse_parts(const struct dm_config_node *cn, struct lvm_lv *lv)
{
	static const struct {
		const char *type; /* that it begins with */
		const char *count;
		unsigned spare; /* parts without data */
		bool mirror;	/* each but one is */
	} rows[] = {
		{ "mirror", "segment1/mirror_count", 0, true },
		{ "raid4", "segment1/device_count", 1, false },
		{ "raid5", "segment1/device_count", 1, false },
		{ "raid6", "segment1/device_count", 2, false },
	};
	const char *type;
	uint64_t n;

	lv->parts = lv->data = 1;
	if (!dm_config_get_str(cn, "segment1/type", &type))
		return;
	if (!strncmp(type, "raid10", 6))
		lv->parts = number(cn, "segment1/data_copies", ITEMS_MAX, &n) && n ? (unsigned)n : 2;
	else if (!strcmp(type, "raid1") && number(cn, "segment1/device_count", ITEMS_MAX, &n) && n)
		lv->parts = (unsigned)n;
	for (size_t i = 0; i < ARRAY_SIZE(rows) && lv->parts == 1; i++) {
		if (strncmp(type, rows[i].type, strlen(rows[i].type)) != 0 ||
		    !number(cn, rows[i].count, ITEMS_MAX, &n) || n <= rows[i].spare + 1)
			continue;
		lv->parts = (unsigned)n;
		lv->data = rows[i].mirror ? 1 : (unsigned)n - rows[i].spare;
	}
}

/* Is this word in the list? */
static bool has_word(const struct dm_config_node *cn, const char *path, const char *word)
{
	const struct dm_config_value *v;

	if (!dm_config_get_list(cn, path, &v))
		return false;
	for (; v; v = v->next)
		if (v->type == DM_CFG_STRING && !strcmp(v->v.str, word))
			return true;
	return false;
}

static void free_segments(struct lvm_lv *lv)
{
	for (size_t i = 0; i < lv->n_segments; i++)
		free(lv->segments[i].stripes);
	free(TAKE(lv->segments));
	lv->n_segments = 0;
}

static bool parse_lv(const struct dm_config_node *cn, struct lvm_vg *vg, struct lvm_lv *lv)
{
	static const char *const known[] = { "WRITE", "READ", "VISIBLE" };
	unsigned words, flags;
	bool plain, known_segments;

	lv->name = xstrdup(cn->key);
	if (!is_name(cn->key) || !read_id(cn->child, "id", lv->id))
		return false;
	parse_parts(cn->child, lv);
	known_segments = parse_segments(cn->child, vg, lv);
	for (size_t i = 0; known_segments && i < lv->n_segments; i++)
		lv->taken += lv->segments[i].length;
	plain = known_segments && read_words(cn->child, "status", known, ARRAY_SIZE(known), &words) &&
		words >= 6 && /* one that is not to be seen is a part of something */
		read_words(cn->child, "flags", NULL, 0, &flags);
	lv->writable = has_word(cn->child, "status", "WRITE");
	lv->hidden = !has_word(cn->child, "status", "VISIBLE") ||
		     has_word(cn->child, "flags", "ACTIVATION_SKIP") || is_pool(cn->child);
	if (!plain) {
		free_segments(lv);
		vg->plain = false;
	}
	return true;
}

/* The store of a snapshot has its name, and is not marked as a user's, which it is. */
static void show_snapshots(const struct dm_config_node *lvs, struct lvm_vg *vg)
{
	const char *store;

	for (; lvs; lvs = lvs->sib) {
		if (!dm_config_get_str(lvs->child, "segment1/cow_store", &store))
			continue;
		for (size_t i = 0; i < vg->n_lvs; i++)
			if (!strcmp(vg->lvs[i].name, store))
				vg->lvs[i].hidden = false;
	}
}

static int by_name(const void *a, const void *b)
{
	return strcmp(((const struct lvm_lv *)a)->name, ((const struct lvm_lv *)b)->name);
}

/* What is said of the group itself. */
static bool parse_head(const struct dm_config_node *cn, struct lvm_vg *vg)
{
	static const char *const known[] = { "READ", "WRITE", "RESIZEABLE" };
	const char *s = NULL;
	unsigned words;

	if (!read_id(cn, "id", vg->id) || !number(cn, "seqno", UINT32_MAX, &vg->seqno) ||
	    !number(cn, "extent_size", UINT32_MAX, &vg->extent) || !vg->extent)
		return false;
	vg->plain = read_words(cn, "status", known, ARRAY_SIZE(known), &words) &&
		    read_words(cn, "flags", NULL, 0, &words);
	/* Whose group it is counts for machines that share a disk. */
	vg->system_id = xstrdup(dm_config_get_str(cn, "system_id", &s) && is_name(s) ? s : "");
	if (dm_config_get_str(cn, "lock_type", &s) && strcmp(s, "none") != 0)
		vg->plain = false;
	return true;
}

static bool parse_vg(const struct dm_config_node *root, struct lvm_vg *vg)
{
	const struct dm_config_node *cn = root;
	size_t n;

	/* The one section at the top is the group; what is beside it says who wrote it. */
	while (cn && (cn->v || !cn->child))
		cn = cn->sib;
	if (!cn || !is_name(cn->key))
		return false;
	vg->name = xstrdup(cn->key);
	cn = cn->child;
	if (!parse_head(cn, vg))
		return false;
	const struct dm_config_node *pvs = sections(cn, "physical_volumes", &n);
	if (!pvs || n > PVS_MAX || !parse_pvs(pvs, vg, n))
		return false;
	const struct dm_config_node *lvs = sections(cn, "logical_volumes", &n);
	if (n > ITEMS_MAX)
		return false;
	vg->lvs = xcalloc(n, sizeof(*vg->lvs));
	for (const struct dm_config_node *lv = lvs; lv; lv = lv->sib)
		if (!parse_lv(lv, vg, &vg->lvs[vg->n_lvs++]))
			return false;
	show_snapshots(lvs, vg);
	if (vg->n_lvs > 1)
		qsort(vg->lvs, vg->n_lvs, sizeof(*vg->lvs), by_name);
	return true;
}

/* May a string or a comment start there? Within a bare word, the parser takes it as a letter. */
static bool is_start(const char *text, size_t i)
{
	return !i || isspace((unsigned char)text[i - 1]) ||
	       (text[i - 1] == '[' && i > 1 && isspace((unsigned char)text[i - 2]));
}

/* The last byte of the string or comment that starts at i; n where it has no end. */
static size_t quiet_end(const char *text, size_t n, size_t i)
{
	const char end = text[i] == '#' ? '\n' : text[i];

	for (i++; i < n && text[i] != end; i++)
		i += end == '"' && text[i] == '\\';
	return i;
}

/* Are sections nested no deeper than any group's? Braces in strings and comments are none. */
static bool is_shallow(const char *text, size_t n)
{
	int depth = 0;

	if (memchr(text, '\0', n))
		return false;
	for (size_t i = 0; i < n; i++) {
		depth += (text[i] == '{') - (text[i] == '}');
		if (depth > NESTING_MAX || depth < 0)
			return false;
		if (text[i] != '"' && text[i] != '\'' && text[i] != '#')
			continue;
		if (!is_start(text, i))
			return false;
		i = quiet_end(text, n, i);
	}
	return true;
}

/* The parser's complaints are about a guest: a warning of ours tells of them. */
static __attribute__((format(printf, 5, 6))) void silent(int level, const char *file, int line,
							 int dm_errno, const char *f, ...)
{
	(void)level;
	(void)file;
	(void)line;
	(void)dm_errno;
	(void)f;
}

bool lvm_vg_parse(const char *text, size_t n, struct lvm_vg *ret)
{
	struct lvm_vg vg = { .name = NULL };
	struct dm_config_tree *tree;
	bool ok;

	if (!is_shallow(text, n))
		return false;
	dm_log_with_errno_init(silent);
	tree = dm_config_from_string(text);
	ok = tree && parse_vg(tree->root, &vg);
	if (tree)
		dm_config_destroy(tree);
	if (ok)
		*ret = vg;
	else
		lvm_vg_release(&vg);
	return ok;
}

uint64_t lvm_vg_used(const struct lvm_vg *vg)
{
	uint64_t sectors = 0;

	for (size_t i = 0; i < vg->n_lvs; i++)
		sectors += vg->lvs[i].taken;
	return sectors;
}

void lvm_vg_release(struct lvm_vg *vg)
{
	for (size_t i = 0; i < vg->n_pvs; i++)
		free(vg->pvs[i].name);
	for (size_t i = 0; i < vg->n_lvs; i++) {
		free_segments(&vg->lvs[i]);
		free(vg->lvs[i].name);
	}
	free(vg->pvs);
	free(vg->lvs);
	free(vg->name);
	free(vg->system_id);
	*vg = (struct lvm_vg){ .name = NULL };
}

void lvm_id_dashed(const char id[LVM_ID_LEN + 1], char ret[LVM_ID_LEN + 7])
{
	for (int i = 0; i < LVM_ID_LEN; i++) {
		if (i >= 6 && i <= 26 && (i - 6) % 4 == 0)
			*ret++ = '-';
		*ret++ = id[i];
	}
	*ret = '\0';
}
