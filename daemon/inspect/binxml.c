/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * See binxml.h. An event is mostly a template, which many events share, and the values that go into
 * its places. Templates and values may hold whole events again.
 */
#include "daemon/inspect/binxml.h"

#include <ctype.h>
#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "daemon/utf16.h"
#include "util/bytes.h"
#include "util/cleanup.h"
#include "util/xalloc.h"

#define DEPTH_MAX  24	 /* of elements, and of templates in templates */
#define WORK_MAX   20000 /* tokens of an event */
#define VALUES_MAX 1024
#define NAME_BYTES 200
#define MESSAGE_MAX 60000 /* bytes; what is too much is in the XML alone */

enum token {
	END_OF_STREAM = 0x00,
	OPEN_ELEMENT = 0x01,
	CLOSE_START = 0x02,
	CLOSE_EMPTY = 0x03,
	END_ELEMENT = 0x04,
	VALUE = 0x05,
	ATTRIBUTE = 0x06,
	CDATA = 0x07,
	CHARACTER = 0x08,
	ENTITY = 0x09,
	TARGET = 0x0a,
	INSTRUCTION = 0x0b,
	TEMPLATE = 0x0c,
	SUBSTITUTION = 0x0d,
	OPTIONAL = 0x0e,
	FRAGMENT = 0x0f,
	MORE = 0x40, /* a flag of some: more of them come, attributes too */
};

/* What a place of a template is filled with. */
struct value {
	size_t at;
	uint16_t size;
	uint8_t type;
};

struct values {
	struct value *v;
	unsigned n;
};

/* Where the reading stands, and what has come of it. */
struct reader {
	const uint8_t *chunk;
	size_t at, end;		     /* in the chunk */
	const struct values *values; /* of the template at hand, or NULL */
	struct event *ev;
	unsigned depth;	   /* of calls */
	unsigned work;
	unsigned elements; /* open ones, whose names are these: */
	char names[DEPTH_MAX][NAME_BYTES];
	struct buf text;      /* of the element at hand */
	struct buf data_name; /* Event/EventData/Data, Name */
	bool leaf;	      /* the element that ends has no other in it */
	struct err *e;
};

static int damaged(const struct reader *r, const char *what)
{
	err_set(r->e, EUCLEAN, "an event is damaged: %s", what);
	return -1;
}

/* Are n more bytes there? */
static bool has(const struct reader *r, size_t n)
{
	return n <= r->end - r->at;
}

static int take(struct reader *r, unsigned n, uint64_t *ret)
{
	*ret = 0;
	if (!has(r, n))
		return damaged(r, "it ends in the middle");
	for (unsigned i = n; i-- > 0;)
		*ret = *ret << 8 | r->chunk[r->at + i];
	r->at += n;
	return 0;
}

static int skip(struct reader *r, size_t n)
{
	if (!has(r, n))
		return damaged(r, "it ends in the middle");
	r->at += n;
	return 0;
}

/* ---- output */

static void add_escaped(struct buf *b, const char *p, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		switch (p[i]) {
		case '&':
			buf_addstr(b, "&amp;");
			break;
		case '<':
			buf_addstr(b, "&lt;");
			break;
		case '>':
			buf_addstr(b, "&gt;");
			break;
		case '"':
			buf_addstr(b, "&quot;");
			break;
		default:
			buf_addch(b, p[i]);
		}
	}
}

static int check_room(struct reader *r)
{
	if (r->ev->xml.len > BINXML_XML_MAX || r->text.len > BINXML_XML_MAX)
		return damaged(r, "it is too large");
	return 0;
}

/* ---- what is looked for */

/* Is the element at hand Event/PARENT/..., on the third level? */
static bool is_below(const struct reader *r, const char *parent)
{
	return r->elements >= 3 && !strcmp(r->names[0], "Event") && !strcmp(r->names[1], parent);
}

static void set(struct buf *to, const struct buf *text)
{
	to->len = 0;
	buf_add(to, text->len ? text->data : "", text->len);
}

static void note_attribute(struct reader *r, const char *name, const struct buf *text)
{
	const char *element = r->names[r->elements - 1];

	if (!text->len || r->elements != 3)
		return;
	if (is_below(r, "EventData") && !strcmp(name, "Name"))
		set(&r->data_name, text);
	if (!is_below(r, "System"))
		return;
	if (!strcmp(element, "Provider") && !strcmp(name, "Name"))
		set(&r->ev->provider, text);
	else if (!strcmp(element, "Security") && !strcmp(name, "UserID"))
		set(&r->ev->user, text);
	else if (!strcmp(element, "Execution") && !strcmp(name, "ProcessID"))
		r->ev->pid = (int64_t)strtoul(text->data, NULL, 10);
}

/* "name=value", behind what is there already. */
static void add_part(struct buf *to, const char *name, const struct buf *text)
{
	if (to->len + text->len > MESSAGE_MAX)
		return;
	if (to->len)
		buf_addstr(to, "; ");
	if (*name)
		buf_addf(to, "%s=", name);
	buf_add(to, text->data, text->len);
}

/* An element ends that had no other in it. */
static void note_text(struct reader *r)
{
	const char *element = r->names[r->elements - 1];
	const struct buf *t = &r->text;

	if (!t->len)
		return;
	if (is_below(r, "EventData")) {
		add_part(&r->ev->message, r->data_name.len ? r->data_name.data : "", t);
	} else if (is_below(r, "UserData")) {
		add_part(&r->ev->message, element, t);
	} else if (is_below(r, "System") && r->elements == 3) {
		if (!strcmp(element, "EventID"))
			r->ev->id = strtoul(t->data, NULL, 10);
		else if (!strcmp(element, "Level"))
			r->ev->level = (int)strtoul(t->data, NULL, 10);
		else if (!strcmp(element, "Channel"))
			set(&r->ev->channel, t);
		else if (!strcmp(element, "Computer"))
			set(&r->ev->computer, t);
	}
}

/* ---- parts */

/* Is it one that XML could have? */
static bool is_name(const char *s)
{
	if (!isalpha((unsigned char)*s) && *s != '_' && (unsigned char)*s < 0x80)
		return false;
	for (; *s; s++)
		if (!isalnum((unsigned char)*s) && !strchr("_-.:", *s) && (unsigned char)*s < 0x80)
			return false;
	return true;
}

/* The name at that place of the chunk; *ret_end is behind it. */
static int name_at(struct reader *r, size_t at, char name[NAME_BYTES], size_t *ret_end)
{
	CLEANUP(buf_release) struct buf b = BUF_INIT;
	size_t n;

	/* The next name, a hash, the length, the characters, a NUL. */
	if (at > BINXML_CHUNK - 8)
		return damaged(r, "a name lies outside");
	n = get_le16(r->chunk + at + 6);
	if (n > (BINXML_CHUNK - at - 8) / 2)
		return damaged(r, "a name lies outside");
	utf16_add(&b, r->chunk + at + 8, n);
	if (!b.len || b.len >= NAME_BYTES || !is_name(b.data))
		return damaged(r, "what should be a name is none");
	memcpy(name, b.data, b.len + 1);
	*ret_end = at + 8 + 2 * n + 2;
	return 0;
}

/* A name by its place, which is here where it is used first. */
static int take_name(struct reader *r, char name[NAME_BYTES])
{
	uint64_t off;
	size_t end = 0;

	if (take(r, 4, &off) < 0 || name_at(r, off, name, &end) < 0)
		return -1;
	if (off == r->at)
		return end <= r->end ? skip(r, end - r->at) : damaged(r, "it ends in the middle");
	return 0;
}

/* The characters of VALUE, CDATA and their like, appended to b. */
static int take_characters(struct reader *r, struct buf *b)
{
	uint64_t n;

	if (take(r, 2, &n) < 0)
		return -1;
	if (!has(r, 2 * n))
		return damaged(r, "a text ends in the middle");
	utf16_add(b, r->chunk + r->at, n);
	r->at += 2 * n;
	return 0;
}

static int take_entity(struct reader *r, struct buf *b)
{
	static const struct {
		const char *name;
		char c;
	} known[] = { { "amp", '&' }, { "lt", '<' }, { "gt", '>' }, { "quot", '"' }, { "apos", '\'' } };
	char name[NAME_BYTES];

	if (take_name(r, name) < 0)
		return -1;
	for (size_t i = 0; i < ARRAY_SIZE(known); i++)
		if (!strcmp(known[i].name, name))
			buf_addch(b, known[i].c);
	return 0;
}

/* The value for a place; NULL where there is none. */
static const struct value *take_substitution(struct reader *r)
{
	uint64_t index, type;

	if (take(r, 2, &index) < 0 || take(r, 1, &type) < 0)
		return NULL;
	if (!r->values || index >= r->values->n) {
		damaged(r, "a template has more places than values");
		return NULL;
	}
	return &r->values->v[index];
}

static int take_fragment(struct reader *r, size_t at, size_t end, const struct values *values);

static bool is_text(unsigned token)
{
	token &= ~(unsigned)MORE;
	return token == VALUE || token == CDATA || token == CHARACTER || token == ENTITY ||
	       token == SUBSTITUTION || token == OPTIONAL;
}

/* One piece of text, appended to b; binary XML in it goes to the output itself, if it may. */
static int take_text(struct reader *r, unsigned token, struct buf *b, bool elements, bool *ret_missing)
{
	const struct value *v;
	uint64_t c;

	switch (token & ~(unsigned)MORE) {
	case VALUE:
		return take(r, 1, &c) < 0 ? -1 : take_characters(r, b);
	case CDATA:
		return take_characters(r, b);
	case CHARACTER:
		if (!has(r, 2))
			return damaged(r, "it ends in the middle");
		utf16_add(b, r->chunk + r->at, 1);
		return skip(r, 2);
	case ENTITY:
		return take_entity(r, b);
	default:
		break;
	}
	v = take_substitution(r);
	if (!v)
		return -1;
	if (token == OPTIONAL && v->type == BINXML_NULL)
		*ret_missing = true;
	else if (v->type != BINXML_BINXML)
		binxml_value(b, v->type, r->chunk + v->at, v->size);
	else if (elements)
		return take_fragment(r, v->at, v->at + v->size, NULL);
	return check_room(r);
}

/* NAME="VALUE"; an optional value that is not there leaves the attribute out. */
static int take_attribute(struct reader *r)
{
	CLEANUP(buf_release) struct buf text = BUF_INIT;
	char name[NAME_BYTES];
	bool missing = false;

	if (take_name(r, name) < 0)
		return -1;
	while (has(r, 1) && is_text(r->chunk[r->at]))
		if (r->work++ > WORK_MAX || take_text(r, r->chunk[r->at++], &text, false, &missing) < 0)
			return r->e->no ? -1 : damaged(r, "it is too large");
	if (missing && !text.len)
		return 0;
	buf_addf(&r->ev->xml, " %s=\"", name);
	add_escaped(&r->ev->xml, text.len ? text.data : "", text.len);
	buf_addch(&r->ev->xml, '"');
	note_attribute(r, name, &text);
	return check_room(r);
}

static int take_template(struct reader *r);
static int take_element(struct reader *r, bool attributes);

/* Ends the text so far: it goes to the output. */
static void flush_text(struct reader *r)
{
	add_escaped(&r->ev->xml, r->text.len ? r->text.data : "", r->text.len);
}

/* What an element or a fragment consists of, to its end. */
static int take_content(struct reader *r)
{
	bool missing;

	for (;;) {
		unsigned token;

		if (!has(r, 1))
			return 0;
		if (r->work++ > WORK_MAX)
			return damaged(r, "it is too large");
		token = r->chunk[r->at++];
		if (is_text(token)) {
			if (take_text(r, token, &r->text, true, &missing) < 0)
				return -1;
			continue;
		}
		switch (token) {
		case END_OF_STREAM:
		case END_ELEMENT:
			return 0;
		case OPEN_ELEMENT:
		case OPEN_ELEMENT | MORE:
			if (take_element(r, token & MORE) < 0)
				return -1;
			break;
		case TEMPLATE:
			if (take_template(r) < 0)
				return -1;
			break;
		case FRAGMENT:
			if (skip(r, 3) < 0)
				return -1;
			break;
		case TARGET: {
			char name[NAME_BYTES];

			if (take_name(r, name) < 0)
				return -1;
			break;
		}
		case INSTRUCTION: {
			CLEANUP(buf_release) struct buf none = BUF_INIT;

			if (take_characters(r, &none) < 0)
				return -1;
			break;
		}
		default:
			return damaged(r, "a token of it is not known");
		}
	}
}

/* Attributes up to the end of the start tag; *ret_empty: the element has no end tag. */
static int take_start(struct reader *r, bool attributes, bool *ret_empty)
{
	uint64_t size, token;

	if (attributes && take(r, 4, &size) < 0)
		return -1;
	for (;;) {
		if (take(r, 1, &token) < 0)
			return -1;
		if (token == CLOSE_START || token == CLOSE_EMPTY) {
			*ret_empty = token == CLOSE_EMPTY;
			return 0;
		}
		if ((token & ~(uint64_t)MORE) != ATTRIBUTE || r->work++ > WORK_MAX)
			return damaged(r, "an attribute is none");
		if (take_attribute(r) < 0)
			return -1;
	}
}

/* Is the element for the case only that a value is there, which is not? */
static bool is_left_out(const struct reader *r, uint64_t dependency)
{
	return dependency != 0xffff && r->values && dependency < r->values->n &&
	       r->values->v[dependency].type == BINXML_NULL;
}

static int take_element(struct reader *r, bool attributes)
{
	const struct buf outer = r->text;
	struct buf *xml = &r->ev->xml;
	uint64_t dependency, size;
	bool empty = false;
	int rc;

	if (take(r, 2, &dependency) < 0 || take(r, 4, &size) < 0)
		return -1;
	if (is_left_out(r, dependency))
		return skip(r, size);
	if (r->elements == DEPTH_MAX)
		return damaged(r, "it is too deep");
	if (take_name(r, r->names[r->elements]) < 0)
		return -1;
	/* The text before it. */
	flush_text(r);
	r->text = (struct buf)BUF_INIT;
	r->data_name.len = 0;
	r->leaf = true;
	buf_addf(xml, "<%s", r->names[r->elements++]);
	rc = take_start(r, attributes, &empty);
	if (rc == 0 && !empty) {
		size_t open = xml->len;

		buf_addch(xml, '>');
		rc = take_content(r);
		if (r->leaf)
			note_text(r);
		flush_text(r);
		empty = xml->len == open + 1;
		xml->len = empty ? open : xml->len;
	}
	r->elements--;
	if (rc == 0 && empty)
		buf_addstr(xml, "/>");
	else if (rc == 0)
		buf_addf(xml, "</%s>", r->names[r->elements]);
	buf_release(&r->text);
	r->text = outer;
	r->text.len = 0;
	r->leaf = false;
	return rc < 0 ? -1 : check_room(r);
}

/* The values behind a template: their number, a row each, then all of them. */
static int take_values(struct reader *r, struct values *ret)
{
	uint64_t n, size, type, none;
	size_t at;

	if (take(r, 4, &n) < 0)
		return -1;
	if (n > VALUES_MAX || !has(r, 4 * n))
		return damaged(r, "it has too many values");
	at = r->at + 4 * n;
	ret->v = xcalloc(n, sizeof(*ret->v));
	for (; ret->n < n; ret->n++) {
		if (take(r, 2, &size) < 0 || take(r, 1, &type) < 0 || take(r, 1, &none) < 0)
			return -1;
		if (size > r->end - at)
			return damaged(r, "a value ends in the middle");
		ret->v[ret->n] = (struct value){ at, (uint16_t)size, (uint8_t)type };
		at += size;
	}
	r->at = at;
	return 0;
}

/* A template, which is here where it is used first, and the values for it. */
static int take_template(struct reader *r)
{
	struct values values = { NULL, 0 };
	uint64_t off, size;
	int rc;

	/* A number, its own number, where it is. */
	if (skip(r, 5) < 0 || take(r, 4, &off) < 0)
		return -1;
	/* The next one, its GUID, its size. */
	if (off > BINXML_CHUNK - 24)
		return damaged(r, "a template lies outside");
	size = get_le32(r->chunk + off + 20);
	if (size > BINXML_CHUNK - off - 24)
		return damaged(r, "a template lies outside");
	if (off == r->at && skip(r, 24 + size) < 0)
		return -1;
	rc = take_values(r, &values);
	if (rc == 0)
		rc = take_fragment(r, off + 24, off + 24 + size, &values);
	free(values.v);
	return rc;
}

/* Another piece of the chunk, from its start to its end. */
static int take_fragment(struct reader *r, size_t at, size_t end, const struct values *values)
{
	const struct values *outer = r->values;
	const size_t outer_at = r->at, outer_end = r->end;
	int rc;

	if (++r->depth > DEPTH_MAX)
		return damaged(r, "it is too deep");
	r->at = at;
	r->end = end;
	r->values = values;
	rc = take_content(r);
	r->at = outer_at;
	r->end = outer_end;
	r->values = outer;
	r->depth--;
	return rc;
}

int binxml_event(const uint8_t chunk[BINXML_CHUNK], size_t off, size_t n, struct event *ret,
		 struct err *e)
{
	struct reader r = { .chunk = chunk, .ev = ret, .text = BUF_INIT, .data_name = BUF_INIT, .e = e };
	int rc;

	*ret = (struct event){ .level = -1, .pid = -1 };
	e->no = 0;
	if (off > BINXML_CHUNK || n > BINXML_CHUNK - off)
		return damaged(&r, "it lies outside");
	rc = take_fragment(&r, off, off + n, NULL);
	buf_release(&r.text);
	buf_release(&r.data_name);
	return rc;
}

void event_release(struct event *ev)
{
	buf_release(&ev->xml);
	buf_release(&ev->provider);
	buf_release(&ev->channel);
	buf_release(&ev->computer);
	buf_release(&ev->user);
	buf_release(&ev->message);
}
