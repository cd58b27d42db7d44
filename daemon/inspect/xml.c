/* SPDX-License-Identifier: GPL-2.0-or-later */
/* See xml.h. */
#include "xml.h"

#include <errno.h>
#include <expat.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "daemon/below.h"
#include "util/buf.h"
#include "util/cleanup.h"
#include "util/io.h"

#define FILE_MAX  (64u << 20)
#define TEXT_MAX  (256u << 10) /* bytes of an element's own text */
#define DEPTH_MAX 32
#define CHUNK	  (64 << 10)

struct reader {
	XML_Parser parser;
	const struct xml_events *ev;
	void *ctx;
	struct buf path;
	struct buf text;
	size_t depth;
	size_t text_at[DEPTH_MAX]; /* where in text the elements that are open have theirs */
	bool enough, refused;
};

/* Ends the parsing from within a handler. */
static void stop(struct reader *r, bool refused)
{
	r->enough = true;
	r->refused |= refused;
	XML_StopParser(r->parser, XML_FALSE);
}

static void on_begin(void *ctx, const char *name, const char **attributes)
{
	struct reader *r = ctx;

	if (r->depth == DEPTH_MAX || r->path.len + strlen(name) > 4096) {
		stop(r, true);
		return;
	}
	r->text_at[r->depth++] = r->text.len;
	if (r->path.len)
		buf_addch(&r->path, '/');
	buf_addstr(&r->path, name);
	if (r->ev->begin)
		r->ev->begin(r->ctx, r->path.data, (const char *const *)attributes);
}

static void on_end(void *ctx, const char *name)
{
	struct reader *r = ctx;
	size_t at, n = strlen(name);

	/* An element that was refused is ended all the same, if it is an empty one. */
	if (r->enough)
		return;
	at = r->text_at[--r->depth];
	buf_room(&r->text, 0)[0] = '\0';
	if (!r->ev->end(r->ctx, r->path.data, r->text.data + at))
		stop(r, false);
	r->text.len = at;
	r->path.len -= r->path.len > n ? n + 1 : n;
	r->path.data[r->path.len] = '\0';
}

static void on_text(void *ctx, const char *s, int n)
{
	struct reader *r = ctx;

	if (r->text.len + (size_t)n > TEXT_MAX)
		stop(r, true);
	else
		buf_add(&r->text, s, (size_t)n);
}

/* Whatever a guest's entity stands for, it is not needed. */
static void on_entity(void *ctx, const char *name, int is_parameter, const char *value, int n,
		      const char *base, const char *system, const char *public, const char *notation)
{
	(void)name;
	(void)is_parameter;
	(void)value;
	(void)n;
	(void)base;
	(void)system;
	(void)public;
	(void)notation;
	stop(ctx, true);
}

/* Feeds the parser with the file. */
static int feed(struct reader *r, int fd, const char *path, struct err *e)
{
	size_t total = 0;
	ssize_t n;

	do {
		void *p = XML_GetBuffer(r->parser, CHUNK);

		if (!p)
			return err_set(e, ENOMEM, "read '%s'", path);
		n = read(fd, p, CHUNK);
		if (n < 0)
			return err_sys(e, "read '%s'", path);
		total += (size_t)n;
		if (total > FILE_MAX)
			return err_set(e, EFBIG, "'%s' is not read to its end: it is too large",
				       path);
		if (XML_ParseBuffer(r->parser, (int)n, n == 0) != XML_STATUS_OK && !r->enough)
			return err_set(e, EBADMSG, "'%s', line %lu: %s", path,
				       (unsigned long)XML_GetCurrentLineNumber(r->parser),
				       XML_ErrorString(XML_GetErrorCode(r->parser)));
		if (r->refused)
			return err_set(e, EBADMSG, "'%s' has more in it than is read", path);
	} while (n > 0 && !r->enough);
	return 0;
}

int xml_read(int root, const char *path, const struct xml_events *ev, void *ctx, struct err *e)
{
	CLEANUP(fd_close) int fd = below_open_file(root, path, O_RDONLY, NULL, e);
	struct reader r = { .ev = ev, .ctx = ctx };
	int res;

	if (fd < 0)
		return -1;
	r.parser = XML_ParserCreate(NULL);
	if (!r.parser)
		return err_set(e, ENOMEM, "read '%s'", path);
	XML_SetUserData(r.parser, &r);
	XML_SetElementHandler(r.parser, on_begin, on_end);
	XML_SetCharacterDataHandler(r.parser, on_text);
	XML_SetEntityDeclHandler(r.parser, on_entity);
	res = feed(&r, fd, path, e);
	XML_ParserFree(r.parser);
	buf_release(&r.path);
	buf_release(&r.text);
	return res;
}
