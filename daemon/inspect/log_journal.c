/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Journals of systemd, read by its own library, which brings the entries of all files into one
 * order and finds what is asked for by the indices in them. The files are opened here, below the
 * guest's root, and one that the library does not take costs its entries and a warning.
 */
#include "log.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <systemd/sd-journal.h>
#include <unistd.h>

#include "daemon/below.h"
#include "daemon/folder.h"
#include "daemon/inspect/win_child.h"
#include "util/cleanup.h"
#include "util/io.h"
#include "util/xalloc.h"

#define FILES_MAX   512u /* journald keeps 100 */
#define BOOTS_MAX   65536u
#define MACHINE_LEN 32		       /* a machine's folder is named by its id */
#define MESSAGE_MAX (WIRE_STR_MAX - 1) /* the rest of a longer one is left out */
#define ENTRY_MIN   64u		       /* bytes that an entry takes in a file */

/* A boot and when its first entry was made. */
struct boot {
	sd_id128_t id;
	uint64_t usec;
};

struct journal {
	int root;
	const struct log_args *a;
	const struct log_to *to;
	int fds[FILES_MAX];
	unsigned n_fds;
	uint64_t bytes; /* of all files */
	sd_journal *j;
};

static int fail(int r, const char *what, struct err *e)
{
	errno = -r;
	return err_sys(e, "%s", what);
}

/* ---- the files */

static bool ends(const char *name, const char *with)
{
	size_t n = strlen(name), k = strlen(with);

	return n > k && !strcmp(name + n - k, with);
}

/* Does the library take it? It closes with a journal the descriptors that it was given. */
static int probe(int fd)
{
	sd_journal *alone = NULL;
	int copy = fcntl(fd, F_DUPFD_CLOEXEC, 0);
	int r = copy < 0 ? -errno : sd_journal_open_files_fd(&alone, &copy, 1, 0);

	sd_journal_close(alone);
	return r;
}

static int add_file(struct journal *s, const char *path, struct err *e)
{
	struct stat st;
	struct err why;
	CLEANUP(fd_close) int fd = below_open_file(s->root, path, O_RDONLY, &st, &why);
	CLEANUP(free) char *text = NULL;
	int r;

	if (fd < 0) {
		text = xasprintf("%s", why.msg);
		return log_warn(s->to, text, e);
	}
	if (!st.st_size)
		return 0; /* made, and the machine was switched off: nothing is lost */
	if (s->n_fds == FILES_MAX) {
		text = xasprintf("'%s' is left out: there are too many journals", path);
		return log_warn(s->to, text, e);
	}
	r = probe(fd);
	if (r < 0) {
		text = xasprintf("'%s' is left out: %s", path,
				 r == -EBADMSG || r == -ENODATA ? "it is damaged"
								: strerror(-r));
		return log_warn(s->to, text, e);
	}
	s->bytes += (uint64_t)st.st_size;
	s->fds[s->n_fds++] = TAKE_FD(fd);
	return 0;
}

/* Adds the journals of a folder, and with deep those of the machines that have folders in it. */
static int add_folder(struct journal *s, const char *path, bool deep, struct err *e)
{
	CLEANUP(folder_release) struct folder f = FOLDER_INIT;
	CLEANUP(fd_close) int fd = below_open(s->root, path, O_RDONLY | O_DIRECTORY, 0);
	int r = 0;

	if (fd < 0)
		return err_sys(e, "open '%s'", path);
	if (folder_read(&f, fd, path, e) < 0)
		return -1;
	folder_sort(&f);
	for (size_t i = 0; i < f.n && !r; i++) {
		const char *name = folder_name(&f, i);
		CLEANUP(free) char *below = xasprintf("%s/%s", path, name);
		bool machine = strspn(name, "0123456789abcdef") == MACHINE_LEN;

		if (ends(name, ".journal") || ends(name, ".journal~"))
			r = add_file(s, below, e);
		else if (deep && machine && below_is(s->root, below, S_IFDIR))
			r = add_folder(s, below, false, e);
	}
	return r;
}

/* ---- what is asked for */

static int match(struct journal *s, const char *field, const char *value, struct err *e)
{
	CLEANUP(free) char *text = xasprintf("%s=%s", field, value);
	int r = sd_journal_add_match(s->j, text, 0);

	return r < 0 ? fail(r, "looking for entries", e) : 0;
}

/* Matches of one field are alternatives, those of several must all be met. */
static int match_priorities(struct journal *s, struct err *e)
{
	char digit[] = "0";

	for (unsigned i = 0; i < 8; i++) {
		digit[0] = (char)('0' + i);
		if (s->a->priorities & 1u << i && match(s, "PRIORITY", digit, e) < 0)
			return -1;
	}
	return 0;
}

/* A unit's whole name, as systemctl takes it: what has no suffix of a unit is a service. */
static char *unit_name(const char *name)
{
	static const char *const suffixes[] = { ".service", ".socket", ".device", ".mount",
						".automount", ".swap", ".target", ".path",
						".timer", ".slice", ".scope" };

	for (size_t i = 0; i < ARRAY_SIZE(suffixes); i++)
		if (ends(name, suffixes[i]))
			return xstrdup(name);
	return xasprintf("%s.service", name);
}

/* What a unit has said, and what has been said of it by those who may. */
static int match_units(struct journal *s, struct err *e)
{
	for (uint32_t i = 0; i < s->a->units.n; i++) {
		CLEANUP(free) char *unit = unit_name(s->a->units.v[i]);

		if (match(s, "_SYSTEMD_UNIT", unit, e) < 0 || sd_journal_add_disjunction(s->j) ||
		    match(s, "_PID", "1", e) < 0 || match(s, "UNIT", unit, e) < 0 ||
		    sd_journal_add_disjunction(s->j) || match(s, "_UID", "0", e) < 0 ||
		    match(s, "OBJECT_SYSTEMD_UNIT", unit, e) < 0 ||
		    sd_journal_add_disjunction(s->j) || match(s, "_UID", "0", e) < 0 ||
		    match(s, "COREDUMP_UNIT", unit, e) < 0 || sd_journal_add_disjunction(s->j))
			return -1;
	}
	return sd_journal_add_conjunction(s->j) < 0 ? err_set(e, ENOMEM, "matching") : 0;
}

static int by_time(const void *a, const void *b)
{
	const struct boot *x = a, *y = b;

	return x->usec < y->usec ? -1 : x->usec > y->usec;
}

/* The boots that there are, the oldest first. */
static int boots_list(struct journal *s, struct boot **ret, size_t *ret_n, struct err *e)
{
	struct boot *v = NULL;
	const void *p;
	size_t n = 0, len, known = 0;
	int r = sd_journal_query_unique(s->j, "_BOOT_ID");

	while (r >= 0 && n < BOOTS_MAX && (r = sd_journal_enumerate_available_unique(s->j, &p, &len)) > 0) {
		char text[33] = "";

		if (len != strlen("_BOOT_ID=") + 32)
			continue;
		memcpy(text, (const char *)p + strlen("_BOOT_ID="), 32);
		v = xreallocarray(v, n + 1, sizeof(*v));
		if (sd_id128_from_string(text, &v[n].id) >= 0)
			n++;
	}
	for (size_t i = 0; i < n; i++) {
		char id[33];

		sd_id128_to_string(v[i].id, id);
		sd_journal_flush_matches(s->j);
		if (match(s, "_BOOT_ID", id, e) < 0) {
			free(v);
			return -1;
		}
		if (sd_journal_seek_head(s->j) >= 0 && sd_journal_next(s->j) > 0 &&
		    sd_journal_get_realtime_usec(s->j, &v[i].usec) >= 0)
			v[known++] = v[i];
	}
	sd_journal_flush_matches(s->j);
	if (known)
		qsort(v, known, sizeof(*v), by_time);
	*ret = v;
	*ret_n = known;
	return r < 0 ? fail(r, "looking for boots", e) : 0;
}

/* Adds the match of the boot that is asked for: by its id, by its place, or by both. */
static int match_boot(struct journal *s, struct err *e)
{
	CLEANUP(free) struct boot *v = NULL;
	int64_t at = s->a->boot_offset;
	sd_id128_t id;
	size_t n = 0;
	char text[33];

	if (boots_list(s, &v, &n, e) < 0)
		return -1;
	if (*s->a->boot) {
		size_t i = 0;

		if (sd_id128_from_string(s->a->boot, &id) < 0)
			return err_set(e, EINVAL, "'%s' is no boot id", s->a->boot);
		while (i < n && !sd_id128_equal(v[i].id, id))
			i++;
		if (i == n)
			return err_set(e, ENOENT, "no boot '%s' in the journal", s->a->boot);
		at += (int64_t)i;
	} else {
		at += at > 0 ? -1 : (int64_t)n - 1;
	}
	if (at < 0 || at >= (int64_t)n)
		return err_set(e, ENOENT, "no such boot: the journal has %zu", n);
	return match(s, "_BOOT_ID", sd_id128_to_string(v[at].id, text), e);
}

static int match_all(struct journal *s, struct err *e)
{
	if (s->a->one_boot && match_boot(s, e) < 0)
		return -1;
	for (uint32_t i = 0; i < s->a->identifiers.n; i++)
		if (match(s, "SYSLOG_IDENTIFIER", s->a->identifiers.v[i], e) < 0)
			return -1;
	if (match_priorities(s, e) < 0 || sd_journal_add_conjunction(s->j) < 0)
		return -1;
	return s->a->units.n ? match_units(s, e) : 0;
}

/* ---- entries */

/* A field's value if it is that field's, else NULL. */
static const char *value_of(const char *name, const char *p, size_t n, size_t *ret_n)
{
	size_t k = strlen(name);

	if (n <= k || memcmp(p, name, k) != 0 || p[k] != '=')
		return NULL;
	*ret_n = n - k - 1;
	return p + k + 1;
}

/* A copy of a value as a string; NULs in it are blanks. */
static char *text_of(const char *p, size_t n)
{
	char *s = xmemdup0(p, n < MESSAGE_MAX ? n : MESSAGE_MAX);

	for (size_t i = 0; i < n && i < MESSAGE_MAX; i++)
		if (!s[i])
			s[i] = ' ';
	return s;
}

static int64_t number_of(const char *p, size_t n, int64_t max)
{
	int64_t v = 0;

	if (!n)
		return -1;
	for (size_t i = 0; i < n; i++) {
		if (p[i] < '0' || p[i] > '9')
			return -1;
		v = v * 10 + p[i] - '0';
		if (v > max)
			return -1;
	}
	return v;
}

/* The first of several fields that an entry may have is as good as any other. */
static void take_text(char **to, const char *p, size_t n)
{
	if (!*to)
		*to = text_of(p, n);
}

/* What is of interest in the entry that the journal stands at. */
struct found {
	char *message, *ident, *comm, *host;
	int64_t pid, priority;
};

static void take_field(struct found *f, const char *p, size_t n)
{
	const char *v;
	size_t k;

	if ((v = value_of("MESSAGE", p, n, &k)))
		take_text(&f->message, v, k);
	else if ((v = value_of("SYSLOG_IDENTIFIER", p, n, &k)))
		take_text(&f->ident, v, k);
	else if ((v = value_of("_COMM", p, n, &k)))
		take_text(&f->comm, v, k);
	else if ((v = value_of("_HOSTNAME", p, n, &k)))
		take_text(&f->host, v, k);
	else if ((v = value_of("_PID", p, n, &k)))
		f->pid = number_of(v, k, INT32_MAX);
	else if ((v = value_of("PRIORITY", p, n, &k)))
		f->priority = number_of(v, k, 7);
}

/* Tells the entry that the journal stands at. */
static int tell(struct journal *s, uint64_t usec, struct err *e)
{
	struct found f = { .pid = -1, .priority = -1 };
	char none[] = "", origin[] = "journal";
	const void *p;
	size_t n;
	int r;

	sd_journal_restart_data(s->j);
	while (sd_journal_enumerate_available_data(s->j, &p, &n) > 0)
		take_field(&f, p, n);
	const wire_log_entry x = {
		.origin = origin,
		.time = (int64_t)(usec / 1000000),
		.time_ns = usec % 1000000 * 1000,
		.host = f.host ? f.host : none,
		.ident = f.ident ? f.ident : f.comm ? f.comm : none,
		.pid = f.pid,
		.priority = f.priority,
		.message = f.message ? f.message : none,
		.level = none,
		.user = none,
		.xml = none,
	};
	r = s->to->fn(s->to->ctx, &x, e);
	free(f.message);
	free(f.ident);
	free(f.comm);
	free(f.host);
	return r;
}

/* One step, in time or against it; 1, 0 at the end, or -1. */
static int step(struct journal *s, bool back, uint64_t *ret_usec, struct err *e)
{
	int r;

	for (;;) {
		r = back ? sd_journal_previous(s->j) : sd_journal_next(s->j);
		if (r == 0)
			return 0;
		if (r < 0)
			return fail(r, "reading on", e);
		if (sd_journal_get_realtime_usec(s->j, ret_usec) >= 0)
			return 1;
	}
}

/* Is it too late, or too early? */
static bool is_late(const struct journal *s, uint64_t usec)
{
	return s->a->until != INT64_MAX && (s->a->until < 0 || usec > (uint64_t)s->a->until);
}

static bool is_early(const struct journal *s, uint64_t usec)
{
	return s->a->since > 0 && usec < (uint64_t)s->a->since;
}

/* Goes to the end of what is asked for: a step back from there is the last entry. */
static int seek_end(struct journal *s)
{
	if (s->a->until == INT64_MAX)
		return sd_journal_seek_tail(s->j);
	return sd_journal_seek_realtime_usec(s->j, s->a->until < 0 ? 0 : (uint64_t)s->a->until + 1);
}

/* Entries from the last one back: all, or told of none, the first of the last lines. */
static int walk_back(struct journal *s, bool silent, uint64_t *ret_n, struct err *e)
{
	uint64_t usec, n = 0, max = s->bytes / ENTRY_MIN;
	int r = seek_end(s);

	if (r < 0)
		return fail(r, "finding the end", e);
	while ((!s->a->lines || n < s->a->lines) && n < max && (r = step(s, true, &usec, e)) > 0) {
		child_more_time(n);
		if (is_late(s, usec))
			continue;
		if (is_early(s, usec))
			break;
		n++;
		if (!silent && tell(s, usec, e) < 0)
			return -1;
	}
	*ret_n = n;
	return r < 0 ? -1 : 0;
}

static int walk(struct journal *s, struct err *e)
{
	uint64_t usec, n = 0, count = s->bytes / ENTRY_MIN;
	int r = 0;

	if (s->a->reverse)
		return walk_back(s, false, &n, e);
	if (s->a->lines) {
		/* Back over them, and one step further: the next is the first. */
		if (walk_back(s, true, &count, e) < 0 || !count)
			return count ? -1 : 0;
		/* On the first of them already, or before it where the beginning was met. */
		r = sd_journal_get_realtime_usec(s->j, &usec);
		if (r >= 0 && !is_early(s, usec)) {
			if (tell(s, usec, e) < 0)
				return -1;
			n = 1;
		}
	} else {
		r = s->a->since > 0 ? sd_journal_seek_realtime_usec(s->j, (uint64_t)s->a->since)
				    : sd_journal_seek_head(s->j);
		if (r < 0)
			return fail(r, "finding the beginning", e);
	}
	while (n < count && (r = step(s, false, &usec, e)) > 0) {
		child_more_time(n);
		if (is_late(s, usec))
			break;
		if (is_early(s, usec))
			continue;
		n++;
		if (tell(s, usec, e) < 0)
			return -1;
	}
	return r < 0 ? -1 : 0;
}

int log_journal(int root, const struct log_args *a, const struct log_to *to, struct err *e)
{
	struct journal s = { .root = root, .a = a, .to = to };
	int r = add_folder(&s, a->path, true, e);

	if (!r && s.n_fds) {
		r = sd_journal_open_files_fd(&s.j, s.fds, s.n_fds, 0);
		if (r < 0)
			fail(r, "opening the journal", e);
		else
			r = match_all(&s, e) < 0 || walk(&s, e) < 0 ? -1 : 0;
	}
	sd_journal_close(s.j);
	return r < 0 ? -1 : 0;
}
