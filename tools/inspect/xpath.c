/* SPDX-License-Identifier: GPL-2.0-or-later */
/* See xpath.h. */
#include "xpath.h"

#include <errno.h>
#include <libxml/parser.h>
#include <libxml/xmlsave.h>
#include <libxml/xpath.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "util/cleanup.h"

/* No other file is read, no entity is put in, libxml2's own limits hold, and it is silent. */
#define PARSE_OPTIONS (XML_PARSE_NOBLANKS | XML_PARSE_NONET | XML_PARSE_NOERROR | XML_PARSE_NOWARNING)

DEFINE_CLEANUP(xmlParserCtxtPtr, xmlFreeParserCtxt);
DEFINE_CLEANUP(xmlDocPtr, xmlFreeDoc);
DEFINE_CLEANUP(xmlXPathContextPtr, xmlXPathFreeContext);
DEFINE_CLEANUP(xmlXPathObjectPtr, xmlXPathFreeObject);

/* libxml2's own words about a document, which end in a newline. */
static int bad(struct err *e, const char *what, const xmlError *why)
{
	const char *words = why && why->message ? why->message : "unknown reason";
	int n = (int)strcspn(words, "\n");

	if (why && why->line > 0)
		return err_set(e, EINVAL, "%s: line %d: %.*s", what, why->line, n, words);
	return err_set(e, EINVAL, "%s: %.*s", what, n, words);
}

static xmlDocPtr parse(int fd, struct err *e)
{
	CLEANUP(xmlFreeParserCtxt) xmlParserCtxtPtr ctx = xmlNewParserCtxt();
	CLEANUP(xmlFreeDoc) xmlDocPtr doc = NULL;

	if (ctx)
		doc = xmlCtxtReadFd(ctx, fd, NULL, NULL, PARSE_OPTIONS);
	if (!doc) {
		bad(e, "unable to parse XML from stdin", ctx ? xmlCtxtGetLastError(ctx) : NULL);
		return NULL;
	}
	/* A query puts them in, one into the other, until there is no memory left. */
	if (doc->intSubset && doc->intSubset->entities) {
		err_set(e, EINVAL, "unable to parse XML from stdin: it declares entities");
		return NULL;
	}
	return TAKE(doc);
}

static int take_output(void *ctx, const char *p, int n)
{
	if (n > 0)
		buf_add(ctx, p, (size_t)n);
	return n;
}

/* A copy of the node in a document of its own, so that it has the form of one. */
static int add_node(xmlSaveCtxtPtr save, xmlNodePtr node)
{
	CLEANUP(xmlFreeDoc) xmlDocPtr doc = xmlNewDoc((const xmlChar *)"1.0");
	xmlNodePtr copy = doc ? xmlDocCopyNode(node, doc, 1) : NULL;

	if (!copy)
		return -1;
	xmlDocSetRootElement(doc, copy);
	return xmlSaveDoc(save, doc) < 0 ? -1 : 0;
}

static int add_nodes(const xmlNodeSet *set, struct buf *b, struct err *e)
{
	xmlSaveCtxtPtr save = xmlSaveToIO(take_output, NULL, b, NULL,
					  XML_SAVE_NO_DECL | XML_SAVE_FORMAT);
	int r = save ? 0 : -1;

	for (int i = 0; r == 0 && set && i < set->nodeNr; i++)
		r = add_node(save, set->nodeTab[i]);
	if (save && xmlSaveClose(save) < 0)
		r = -1;
	return r < 0 ? err_set(e, ENOMEM, "cannot write the result of the XPath expression") : 0;
}

static int add_result(xmlXPathObjectPtr found, struct buf *b, struct err *e)
{
	size_t start = b->len;
	xmlChar *s;

	if (found->type == XPATH_NODESET)
		return add_nodes(found->nodesetval, b, e);
	s = xmlXPathCastToString(found);
	if (!s)
		return err_set(e, ENOMEM, "cannot write the result of the XPath expression");
	buf_addstr(b, (const char *)s);
	xmlFree(s);
	if (b->len > start && b->data[b->len - 1] != '\n')
		buf_addch(b, '\n');
	return 0;
}

/* libxml2's words about a query, with a struct buf as ctx; nothing is printed. */
__attribute__((format(printf, 2, 3))) static void take_words(void *ctx, const char *fmt, ...)
{
	char words[256];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(words, sizeof(words), fmt, ap);
	va_end(ap);
	buf_addstr(ctx, words);
}

/* Evaluates; NULL with *e where the query is wrong. */
static xmlXPathObjectPtr evaluate(xmlXPathContextPtr ctx, const char *query, struct err *e)
{
	CLEANUP(buf_release) struct buf words = BUF_INIT;
	xmlXPathObjectPtr found;
	size_t n;

	xmlSetGenericErrorFunc(&words, take_words);
	found = xmlXPathEvalExpression((const xmlChar *)query, ctx);
	xmlSetGenericErrorFunc(NULL, NULL);
	if (found)
		return found;
	buf_addch(&words, '\n');
	n = strcspn(words.data, "\n");
	err_set(e, EINVAL, "unable to evaluate XPath expression%s%.*s", n ? ": " : "", (int)n,
		words.data);
	return NULL;
}

int xpath_query(int fd, const char *query, struct buf *b, struct err *e)
{
	CLEANUP(xmlFreeDoc) xmlDocPtr doc = parse(fd, e);
	CLEANUP(xmlXPathFreeContext) xmlXPathContextPtr ctx = NULL;
	CLEANUP(xmlXPathFreeObject) xmlXPathObjectPtr found = NULL;

	if (!doc)
		return -1;
	ctx = xmlXPathNewContext(doc);
	if (!ctx)
		return err_set(e, ENOMEM, "no memory for the XPath expression");
	found = evaluate(ctx, query, e);
	return found ? add_result(found, b, e) : -1;
}
