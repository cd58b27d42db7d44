/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Is there a qemu that can be the machine we need? Asked of itself, not of its version. */
#include <stdlib.h>
#include <string.h>

#include "capture.h"
#include "checks.h"
#include "help.h"
#include "util/buf.h"
#include "util/xalloc.h"
#include "vm/vm.h"

/* As in the machine's own arguments: a qemu built without the filter refuses it. */
#define SANDBOX "on,obsolete=deny,elevateprivileges=deny,spawn=deny,resourcecontrol=deny"

/* Does a line start with this word? */
static bool has_line(const struct buf *b, const char *word)
{
	size_t len = strlen(word);

	for (const char *p = b->len ? b->data : ""; *p; p += strcspn(p, "\n"), p += *p == '\n')
		if (!strncmp(p, word, len) && strchr(" \r\n", p[len]))
			return true;
	return false;
}

/* Not to be used, for the reason e. */
static void refuse(struct finding *f, const char *qemu, const char *what, const char *cause)
{
	CLEANUP(free) char *install = help_install_qemu();
	const char *env = getenv("GUESTUTILS_QEMU");

	finding_set(f, FINDING_FAIL, qemu ? "%s %s" : "%s%s", qemu ? qemu : "", what);
	finding_cause(f, "%s", cause);
	if (env && *env)
		finding_help(f, "unset GUESTUTILS_QEMU, which names it, or correct it");
	else
		finding_help(f, "%s", install);
}

/* What follows "version " in the first line. The caller frees. */
static char *version_of(const struct buf *b)
{
	const char *p = b->len ? strstr(b->data, "version ") : NULL;

	p = p ? p + strlen("version ") : "?";
	return xmemdup0(p, strcspn(p, "\r\n"));
}

static bool has_machine(struct finding *f, const char *qemu)
{
	const char *const argv[] = { qemu, "-sandbox", SANDBOX, "-machine", "help", NULL };
	CLEANUP(buf_release) struct buf b = BUF_INIT;
	struct err e = ERR_INIT;

	if (capture(argv, &b, &e) < 0)
		refuse(f, qemu, "cannot be confined", e.msg);
	else if (!has_line(&b, "microvm"))
		refuse(f, qemu, "has no machine of type microvm",
		       "it is older than 4.2, or was built without");
	else
		return true;
	return false;
}

/* The accelerators it was built with. */
static bool has_accel(struct finding *f, const char *qemu)
{
	const char *const argv[] = { qemu, "-accel", "help", NULL };
	CLEANUP(buf_release) struct buf b = BUF_INIT;
	struct err e = ERR_INIT;
	bool tcg, kvm;

	if (capture(argv, &b, &e) < 0) {
		refuse(f, qemu, "does not tell its accelerators", e.msg);
		return false;
	}
	tcg = has_line(&b, "tcg");
	kvm = has_line(&b, "kvm");
	finding_bool(f, "tcg", tcg);
	finding_bool(f, "kvm", kvm);
	if (!tcg && !kvm) {
		refuse(f, qemu, "has neither TCG nor KVM", "it was built without");
		return false;
	}
	if (!tcg) {
		refuse(f, qemu, "has no TCG: tools work only where KVM does",
		       "it was built without");
		f->status = FINDING_WARN;
	}
	return true;
}

void check_qemu(struct doctor *d, struct finding *f)
{
	struct err e = ERR_INIT;
	CLEANUP(buf_release) struct buf b = BUF_INIT;
	CLEANUP(free) char *qemu = qemu_find(&e);
	const char *const argv[] = { qemu, "-version", NULL };

	if (!qemu) {
		refuse(f, NULL, "not found", e.msg);
		return;
	}
	finding_str(f, "path", qemu);
	if (capture(argv, &b, &e) < 0) {
		refuse(f, qemu, "does not run", e.msg);
		return;
	}
	d->qemu_version = version_of(&b);
	finding_str(f, "version", d->qemu_version);
	finding_set(f, FINDING_PASS, "%s, version %s", qemu, d->qemu_version);
	if (has_machine(f, qemu) && has_accel(f, qemu))
		d->qemu = TAKE(qemu);
}
