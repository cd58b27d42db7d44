/* SPDX-License-Identifier: GPL-2.0-or-later */
/* See applications.h: what Windows lists for uninstalling. */
#include "applications.h"

#include <regex.h>
#include <stdlib.h>
#include <string.h>

#include "proto/frame.h"
#include "util/cleanup.h"
#include "util/xalloc.h"
#include "win_hive.h"
#include "win_root.h"

/* Where installers write down what they have installed: 64-bit ones, then 32-bit ones. */
static const char *const lists[] = {
	"Microsoft\\Windows\\CurrentVersion\\Uninstall",
	"WOW6432node\\Microsoft\\Windows\\CurrentVersion\\Uninstall",
};

/* What the names of programs against viruses have in them, and no others. */
#define ANTIVIRUS "virus|kaspersky|mcafee|norton|sophos|apexonent|avg technologies"

/* A value of a program's key, and the field that it is. */
static const struct {
	const char *value;
	size_t field;
} values[] = {
	{ "DisplayName", offsetof(wire_application, display_name) },
	{ "DisplayVersion", offsetof(wire_application, version) },
	{ "InstallLocation", offsetof(wire_application, install_path) },
	{ "Publisher", offsetof(wire_application, publisher) },
	{ "URLInfoAbout", offsetof(wire_application, url) },
	{ "Comments", offsetof(wire_application, description) },
};

static bool xdr_application(XDR *x, void *v)
{
	return wire_xdr_application(x, v);
}

/* All strings of one, so that none is NULL. */
static void fill(wire_application *a)
{
	char **const all[] = {
		&a->kind,    &a->name,	       &a->display_name, &a->version, &a->release,
		&a->arch,    &a->install_path, &a->publisher,	 &a->url,     &a->source_package,
		&a->summary, &a->description,  &a->class,
	};

	for (size_t i = 0; i < ARRAY_SIZE(all); i++)
		if (!*all[i])
			*all[i] = xstrdup("");
}

static int say(struct child_out *out, wire_application *a, struct err *e)
{
	int rc;

	a->kind = xstrdup("windows");
	fill(a);
	rc = child_say(out, xdr_application, a, e);
	wire_free_application(a);
	return rc;
}

static bool is_antivirus(const regex_t *re, const wire_application *a)
{
	return !regexec(re, a->name, 0, NULL, 0) || !regexec(re, a->display_name, 0, NULL, 0) ||
	       !regexec(re, a->publisher, 0, NULL, 0);
}

/* One key of a list; updates and parts of others have no name to display. */
static int say_key(hive_h *h, hive_node_h key, const regex_t *re, struct child_out *out,
		   struct err *e)
{
	wire_application a = { .name = hive_name(h, key) };

	for (size_t i = 0; i < ARRAY_SIZE(values); i++)
		*(char **)((char *)&a + values[i].field) = hive_text(h, key, values[i].value);
	if (!a.name || !*a.display_name) {
		fill(&a);
		wire_free_application(&a);
		return 0;
	}
	if (is_antivirus(re, &a))
		a.class = xstrdup("antivirus");
	return say(out, &a, e);
}

/* Windows' own, which is in no list. */
static int say_defender(hive_h *h, struct child_out *out, struct err *e)
{
	hive_node_h key = hive_key(h, 0, "Microsoft\\Windows Defender");
	wire_application a = { 0 };
	uint32_t off = 0;

	if (!key || (hive_number(h, key, "DisableAntiVirus", &off) && off == 1))
		return 0;
	a.name = xstrdup("WinDefend");
	a.display_name = xstrdup("Windows Defender");
	a.class = xstrdup("antivirus");
	return say(out, &a, e);
}

/* In the child. */
static int read_apps(const char *file, struct child_out *out, struct err *e)
{
	hive_h *h = hive_open(file, e);
	regex_t re;

	if (!h || regcomp(&re, ANTIVIRUS, REG_EXTENDED | REG_ICASE | REG_NOSUB))
		return h ? err_set(e, 0, "regcomp failed") : -1;
	for (size_t i = 0; i < ARRAY_SIZE(lists); i++) {
		hive_node_h list = hive_key(h, 0, lists[i]);
		CLEANUP(free) hive_node_h *v = list ? hivex_node_children(h, list) : NULL;

		if (list && !v)
			return err_sys(e, "its list of programs cannot be read");
		for (size_t k = 0; v && v[k]; k++)
			if (say_key(h, v[k], &re, out, e) < 0)
				return -1;
	}
	return say_defender(h, out, e);
}

int apps_windows(int root, application_fn fn, void *ctx, struct err *e)
{
	CLEANUP(free) char *systemroot = win_systemroot(root);
	CLEANUP(buf_release) struct buf answer = BUF_INIT;
	struct err why = ERR_INIT;
	size_t at = 0, n;
	int rc;

	if (!systemroot)
		return 0; /* a medium has none */
	rc = hive_run(root, systemroot, "SOFTWARE", read_apps, &answer, &why);
	for (;;) {
		wire_application a = { 0 };

		n = frame_decode_some(answer.data + at, answer.len - at, xdr_application, &a,
				      sizeof(a));
		if (!n)
			break;
		int sent = fn(ctx, &a, e);
		wire_free_application(&a);
		if (sent < 0)
			return -1;
		at += n;
	}
	if (rc < 0)
		*e = why;
	return rc;
}
