/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The appliance that is booted, and the template that is made of it. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>

#include <jansson.h>

#include "checks.h"
#include "help.h"
#include "util/io.h"
#include "util/xalloc.h"
#include "vm/template.h"

#define TREE_END "/appliance/out" /* where an appliance lies in a build tree */

static uint64_t mib_of(int fd)
{
	struct stat st = { 0 };

	(void)fstat(fd, &st);
	return ((uint64_t)st.st_size + (1 << 20) - 1) >> 20;
}

/* What to do for want of a good one; path is NULL where that is not known. */
static void help_appliance(const struct doctor *d, struct finding *f, const char *path)
{
	const char *env = getenv("GUESTUTILS_APPLIANCE");
	size_t len = path ? strlen(path) : 0;

	if (len > strlen(TREE_END) && !strcmp(path + len - strlen(TREE_END), TREE_END)) {
		CLEANUP(free) char *tree = xmemdup0(path, len - strlen(TREE_END));
		CLEANUP(free) char *word = help_quote(tree);

		finding_help(f, "make -C %s appliance-clean all", word);
	} else if (d->cli->images.session.appliance) {
		finding_help(f, "name a folder that 'make' or 'make appliance-dist' made with "
				"--appliance, or leave the option out");
	} else if (env && *env) {
		finding_help(f, "unset GUESTUTILS_APPLIANCE, which names it, or correct it");
	} else {
		finding_help(f,
			     "install guestutils with its appliance ('make install'), run 'make' "
			     "in the build tree, or name a folder with --appliance");
	}
}

/* The version of guestutils that the manifest tells. The caller frees. */
static char *version_of(const struct appliance *a)
{
	json_t *m = json_loads(a->manifest, 0, NULL);
	char *v = xstrdup(json_string_value(json_object_get(m, "version")) ?: "?");

	json_decref(m);
	return v;
}

static void describe(const struct doctor *d, struct finding *f, const struct appliance *a)
{
	CLEANUP(free) char *version = version_of(a);

	finding_set(f, FINDING_PASS,
		    "%s, version %s, Linux %s; vmlinux %llu MiB, initrd %llu MiB, root %llu MiB, "
		    "SHA-256 as in the manifest",
		    a->path, version, a->kernel, (unsigned long long)mib_of(a->vmlinux),
		    (unsigned long long)mib_of(a->initrd), (unsigned long long)mib_of(a->root));
	finding_str(f, "path", a->path);
	finding_str(f, "version", version);
	finding_str(f, "kernel", a->kernel);
	if (!strcmp(version, PACKAGE_VERSION))
		return;
	finding_set(f, FINDING_WARN, "%s is of version %s, these tools are of %s", a->path, version,
		    PACKAGE_VERSION);
	finding_cause(f,
		      "tools and appliance were not built together; they may still fit, which the "
		      "launch below shows");
	help_appliance(d, f, a->path);
}

void check_appliance(struct doctor *d, struct finding *f)
{
	struct err e = ERR_INIT;
	const char *folder = d->cli->images.session.appliance;
	CLEANUP(appliance_close) struct appliance *a = appliance_open(folder, &e);

	if (!a) {
		finding_set(f, FINDING_FAIL, "none that can be used");
		finding_cause(f, "%s", e.msg);
		help_appliance(d, f, NULL);
		return;
	}
	if (appliance_verify(a, &e) < 0) {
		finding_set(f, FINDING_FAIL, "%s is damaged", a->path);
		finding_cause(f, "%s", e.msg);
		finding_str(f, "path", a->path);
		help_appliance(d, f, a->path);
		return;
	}
	describe(d, f, a);
	d->appliance = TAKE(a);
}

static struct template *open_template(const struct doctor *d, struct err *e)
{
	struct template_source src = { d->qemu, d->appliance, d->kvm };
	char key[33];

	template_key(key, &src);
	return template_open(d->cachefd, key, e);
}

bool template_is_there(const struct doctor *d)
{
	struct err e = ERR_INIT;
	CLEANUP(template_close) struct template *t = NULL;

	if (d->cachefd < 0 || !d->qemu || !d->appliance)
		return false;
	t = open_template(d, &e);
	return t != NULL;
}

/* The template with its hashes checked, or NULL with *e: ENOENT where there is none. */
static struct template *open_sound(const struct doctor *d, struct err *e)
{
	CLEANUP(template_close) struct template *t = open_template(d, e);

	if (!t || template_check_start(t, e) < 0 || template_check_end(t, e) < 0)
		return NULL;
	return TAKE(t);
}

/* Makes one; returns it with how long that took. */
static struct template *make_template(struct doctor *d, double *ret_s, struct err *e)
{
	int64_t t0 = now_ns();
	bool made;

	if (session_warm(&d->cli->images.session, report_event, &d->cli->report, &made, e) < 0)
		return NULL;
	*ret_s = (double)(now_ns() - t0) / 1e9;
	return open_sound(d, e);
}

/* What it was made from, when ("2026-01-31 12:00", "now in 6 s"), and how large it is. */
static void describe_template(const struct doctor *d, struct finding *f, const struct template *t,
			      const char *when)
{
	finding_set(f, FINDING_PASS,
		    "%s/template-%s, made %s of qemu %s, Linux %s and %s; memory %llu MiB, state "
		    "%llu KiB, hashes right",
		    d->cache_path, t->key, when, d->qemu_version, d->appliance->kernel,
		    d->kvm ? "KVM" : "TCG", (unsigned long long)t->ram_bytes >> 20,
		    (unsigned long long)t->state_bytes >> 10);
	finding_str(f, "key", t->key);
	finding_str(f, "accel", d->kvm ? "kvm" : "tcg");
	finding_u64(f, "made", (uint64_t)t->made);
	finding_u64(f, "memory_bytes", t->ram_bytes);
	finding_u64(f, "state_bytes", t->state_bytes);
}

static void describe_old(const struct doctor *d, struct finding *f, const struct template *t)
{
	char when[32] = "?";
	time_t made = t->made;
	struct tm tm;

	if (localtime_r(&made, &tm))
		strftime(when, sizeof(when), "%Y-%m-%d %H:%M", &tm);
	describe_template(d, f, t, when);
}

/* One that was made now, for there was none, or a bad one. */
static void describe_new(const struct doctor *d, struct finding *f, double seconds,
			 const struct err *old)
{
	finding_u64(f, "making_ms", (uint64_t)(seconds * 1000));
	if (old->no == ENOENT)
		return;
	f->status = FINDING_WARN;
	finding_cause(f, "%s; it was made anew", old->msg);
	finding_help(f,
		     "nothing has to be done; if it happens again, check the disk of %s, and "
		     "this machine's memory",
		     d->cache_path);
}

void check_template(struct doctor *d, struct finding *f)
{
	struct err old = ERR_INIT, e = ERR_INIT;
	CLEANUP(template_close) struct template *t = NULL;
	double seconds = 0;

	if (d->cli->images.session.no_template) {
		finding_set(f, FINDING_PASS, "not used: --no-template");
		return;
	}
	if (!can_launch(d, f))
		return;
	if (d->cachefd < 0) {
		finding_set(f, FINDING_WARN, "not tried: each run boots, which takes seconds");
		finding_cause(f, "the check 'cache' found no folder for it");
		finding_help(f, "do what that check says");
		return;
	}
	t = open_sound(d, &old);
	if (t) {
		describe_old(d, f, t);
		return;
	}
	t = make_template(d, &seconds, &e);
	if (t) {
		CLEANUP(free) char *when = xasprintf("now in %.1f s", seconds);

		describe_template(d, f, t, when);
		describe_new(d, f, seconds, &old);
		return;
	}
	finding_set(f, FINDING_WARN, "there is none: each run boots, which takes seconds");
	finding_cause(f, "%s", e.msg);
	finding_help(f, "see the checks 'cache', 'space' and 'memory', and the steps that "
			"guest-doctor -v shows");
}
