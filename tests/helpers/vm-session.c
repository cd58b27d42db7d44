/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the tests need of a session and no tool offers:
 *
 *   vm-session crash HOW      guestd dies in the middle of a call: panic, exit, hang, spin
 *   vm-session mkfs IMAGE     writes an ext2 file system to a raw image, prints its UUID
 *   vm-session run IMAGE...   runs programs of the appliance on raw images, /dev/sda and on:
 *                             those named on stdin, one a line, its words between blanks;
 *                             "copy FROM TO" copies a device ("copy FROM TO holes" leaves out
 *                             what is zeroes), "unlock DEVICE KEY" opens one. Prints what they
 *                             print; with -v also how long each took.
 *   vm-session storage IMAGE...  the rows of the call storage, one a line: kind, name, vfs,
 *                             version, label, mbr, size, UUID, parents, note, with | between;
 *                             then warnings
 *   vm-session usage IMAGE... the same of the call usage: device, type, bytes, bytes free
 *   vm-session replace IMAGE DEVICE[:OPTIONS] PATH BACKUP HOW...
 *                             replaces files by what is on stdin: the call replace_file in a
 *                             session that writes, with DEVICE as root, or the guest itself for
 *                             "-". HOW is a number; 4: only stat, which changes nothing. Prints
 *                             path and notices. Three words for each file; PATH may be
 *                             DEVICE:MOUNTPOINT, to mount one more.
 *   vm-session clock IMAGE [DEVICE]
 *                             writes the file /clock there, prints how many seconds off its
 *                             time is
 *
 * Errors go to stderr in one line, as the tools' do; -v before the command tells the steps.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "util/cleanup.h"
#include "vm/calls.h"
#include "vm/session.h"

static void tell(void *ctx, const struct session_event_data *ev)
{
	const bool *verbose = ctx;

	if (*verbose && ev->text)
		fprintf(stderr, "vm-session: [%6.1f ms] %s\n", ev->ms, ev->text);
}

/* A session that is ready, with the image (or none) in it. */
static struct session *start(const struct session_options *o, const char *name, bool *verbose,
			     struct err *e)
{
	CLEANUP(session_close) struct session *s = session_new(o);
	struct image *img = NULL;

	session_on_event(s, tell, verbose);
	if (name) {
		img = image_open(name, "raw", IMAGE_WRITE, e);
		if (!img || session_add_image(s, img, e) < 0)
			return NULL;
	}
	return session_launch(s, e) < 0 ? NULL : TAKE(s);
}

static int crash(char *how, bool *verbose, struct err *e)
{
	const struct session_options o = { .append = "guestutils.test" };
	CLEANUP(session_close) struct session *s = start(&o, NULL, verbose, e);
	struct crash_args a = { .how = how };

	return s ? call_crash(s, &a, NULL, e) : -1;
}

static int mkfs(const char *image, bool *verbose, struct err *e)
{
	const struct session_options o = { .writable = true };
	CLEANUP(session_close) struct session *s = start(&o, image, verbose, e);
	char device[] = "/dev/sda", type[] = "ext2";
	char none_[] = "";
	struct mkfs_args a = { .device = device, .type = type, .label = none_ };
	struct filesystems_args none = { 0 };
	CLEANUP(filesystems_ret_release) struct filesystems_ret r = { 0 };

	if (!s || call_mkfs(s, &a, NULL, e) < 0 || call_filesystems(s, &none, &r, e) < 0 ||
	    session_finish(s, e) < 0)
		return -1;
	if (r.list.n != 1)
		return err_set(e, 0, "%u file systems instead of one", r.list.n);
	puts(r.list.v[0].uuid);
	return 0;
}

/* The stream of write_file: a few bytes, once. */
static ssize_t fill(void *ctx, void *p, size_t n, struct err *e)
{
	bool *done = ctx;

	(void)n;
	(void)e;
	if (*done)
		return 0;
	*done = true;
	memcpy(p, "tick\n", 5);
	return 5;
}

static int look_at_clock(const char *image, char *device, bool *verbose, struct err *e)
{
	const struct session_options o = { .writable = true };
	CLEANUP(session_close) struct session *s = start(&o, image, verbose, e);
	char whole[] = "/dev/sda", root[] = "/", none[] = "", path[] = "/clock";
	struct mount_args m = {
		.device = device ? device : whole, .mountpoint = root, .options = none, .type = none
	};
	struct write_file_args w = { .path = path, .mode = 0600 };
	struct stat_args st = { .path = path };
	CLEANUP(stat_ret_release) struct stat_ret r = { 0 };
	bool done = false;
	const struct stream io = { .fill = fill, .ctx = &done };

	if (!s || call_mount(s, &m, NULL, e) < 0 || call_write_file(s, &w, NULL, &io, e) < 0 ||
	    call_stat(s, &st, &r, e) < 0 || session_finish(s, e) < 0)
		return -1;
	if (r.entry.n != 1)
		return err_set(e, 0, "stat told of %u files", r.entry.n);
	printf("%lld\n", llabs((long long)(time(NULL) - r.entry.v[0].mtime)));
	return 0;
}

/* The stream of replace_file: stdin, from its start. */
static ssize_t fill_stdin(void *ctx, void *p, size_t n, struct err *e)
{
	ssize_t r = read(STDIN_FILENO, p, n);

	(void)ctx;
	return r < 0 ? err_sys(e, "read") : r;
}

/* DEVICE[:OPTIONS] on a folder, or the guest for "-". */
static int mount_word(struct session *s, char *word, char *where, struct err *e)
{
	char none[] = "", *options = strchr(word, ':');
	struct mount_guest_args guest = { .root = none };
	struct mount_args m = { .device = word, .mountpoint = where, .options = none, .type = none };

	if (!strcmp(word, "-"))
		return call_mount_guest(s, &guest, NULL, e);
	if (options) {
		*options = '\0';
		m.options = options + 1;
	}
	return call_mount(s, &m, NULL, e);
}

static int replace_one(struct session *s, char **words, struct err *e)
{
	struct replace_file_args a = { .path = words[0],
				       .backup = words[1],
				       .how = (uint32_t)strtoul(words[2], NULL, 10),
				       .mode = 0640 };
	CLEANUP(replace_file_ret_release) struct replace_file_ret r = { 0 };
	struct stat_args st = { .path = words[0] };
	const struct stream io = { .fill = fill_stdin };
	char *where = strchr(words[0], ':');

	if (where && *words[0] == '/') {
		*where = '\0';
		return mount_word(s, words[0], where + 1, e);
	}
	if (a.how == 4)
		return call_stat(s, &st, NULL, e);
	lseek(STDIN_FILENO, 0, SEEK_SET);
	if (call_replace_file(s, &a, &r, &io, e) < 0)
		return -1;
	puts(r.path);
	for (uint32_t i = 0; i < r.notices.n; i++)
		printf("notice: %s\n", r.notices.v[i]);
	return 0;
}

static int replace(char **words, int n, bool *verbose, struct err *e)
{
	const struct session_options o = { .writable = true };
	CLEANUP(session_close) struct session *s = start(&o, words[0], verbose, e);
	char root[] = "/";
	struct err later;
	int rc = 0;

	if (!s || mount_word(s, words[1], root, e) < 0)
		return -1;
	for (int i = 2; rc == 0 && i + 2 < n; i += 3)
		rc = replace_one(s, words + i, e);
	/* What could be done is on the disk, and the file systems are clean, whatever failed. */
	return session_finish(s, rc < 0 ? &later : e) < 0 ? -1 : rc;
}

static int unlock(struct session *s, char *device, char *key, struct err *e)
{
	struct unlock_args a = { .device = device,
				 .key = { (uint32_t)strlen(key), (uint8_t *)key } };

	return call_unlock(s, &a, NULL, e);
}

/* One line of stdin: a program and its arguments. */
static int run_line(struct session *s, char *line, struct err *e)
{
	char *words[64], *rest = NULL;
	struct run_program_args a = { .argv = { 0, words } };
	CLEANUP(run_program_ret_release) struct run_program_ret r = { 0 };

	for (char *w = strtok_r(line, " \n", &rest); w && a.argv.n < ARRAY_SIZE(words);
	     w = strtok_r(NULL, " \n", &rest))
		words[a.argv.n++] = w;
	if (!a.argv.n || *words[0] == '#')
		return 0;
	if (a.argv.n == 3 && !strcmp(words[0], "unlock"))
		return unlock(s, words[1], words[2], e);
	if (call_run_program(s, &a, &r, e) < 0)
		return -1;
	fputs(r.output, stdout);
	return 0;
}

static int run_programs(char **images, int n, bool *verbose, struct err *e)
{
	const struct session_options o = { .writable = true, .append = "guestutils.test" };
	CLEANUP(session_close) struct session *s = session_new(&o);
	char line[4096];

	session_on_event(s, tell, verbose);
	for (int i = 0; i < n; i++) {
		struct image *img = image_open(images[i], "raw", IMAGE_WRITE, e);

		if (!img || session_add_image(s, img, e) < 0)
			return -1;
	}
	if (session_launch(s, e) < 0)
		return -1;
	while (fgets(line, sizeof(line), stdin)) {
		struct timespec a, b;

		clock_gettime(CLOCK_MONOTONIC, &a);
		if (run_line(s, line, e) < 0)
			return -1;
		clock_gettime(CLOCK_MONOTONIC, &b);
		if (*verbose)
			fprintf(stderr, "vm-session: ran in %.3f s\n",
				(double)(b.tv_sec - a.tv_sec) + (double)(b.tv_nsec - a.tv_nsec) / 1e9);
	}
	return session_finish(s, e);
}

/* A session that reads these images, raw ones. */
static struct session *start_reading(char **images, int n, bool *verbose, struct err *e)
{
	const struct session_options o = { .writable = false };
	CLEANUP(session_close) struct session *s = session_new(&o);

	session_on_event(s, tell, verbose);
	for (int i = 0; i < n; i++) {
		struct image *img = image_open(images[i], "raw", 0, e);

		if (!img || session_add_image(s, img, e) < 0)
			return NULL;
	}
	return session_launch(s, e) < 0 ? NULL : TAKE(s);
}

static void print_strs(const char *word, const wire_strs *v)
{
	for (uint32_t i = 0; i < v->n; i++)
		printf("%s%s%s", word, v->v[i], *word ? "\n" : i + 1 < v->n ? "," : "");
}

static int print_storage(char **images, int n, bool *verbose, struct err *e)
{
	CLEANUP(session_close) struct session *s = start_reading(images, n, verbose, e);
	CLEANUP(storage_ret_release) struct storage_ret r = { 0 };
	struct storage_args a = { 0 };

	if (!s || call_storage(s, &a, &r, e) < 0)
		return -1;
	for (uint32_t i = 0; i < r.list.n; i++) {
		const wire_block *b = &r.list.v[i];

		printf("%s|%s|%s|%s|%s|%lld|%llu|%s|", b->kind, b->name, b->vfs, b->version,
		       b->label, (long long)b->mbr, (unsigned long long)b->size, b->uuid);
		print_strs("", &b->parents);
		printf("|%s\n", b->note);
	}
	for (uint32_t i = 0; i < r.locked.n; i++)
		printf("locked: %s\n", r.locked.v[i].device);
	print_strs("warning: ", &r.warnings);
	return 0;
}

static int print_usage(char **images, int n, bool *verbose, struct err *e)
{
	CLEANUP(session_close) struct session *s = start_reading(images, n, verbose, e);
	CLEANUP(usage_ret_release) struct usage_ret r = { 0 };
	struct usage_args a = { 0 };

	if (!s || call_usage(s, &a, &r, e) < 0)
		return -1;
	for (uint32_t i = 0; i < r.list.n; i++) {
		const wire_usage *u = &r.list.v[i];

		printf("%s|%s|%llu|%llu\n", u->device, u->type,
		       (unsigned long long)(u->size * u->blocks),
		       (unsigned long long)(u->size * u->free));
	}
	print_strs("warning: ", &r.warnings);
	return 0;
}

int main(int argc, char **argv)
{
	struct err e = ERR_INIT;
	bool verbose = argc > 1 && !strcmp(argv[1], "-v");
	int rc = -1;

	argc -= verbose;
	argv += verbose;
	if (argc == 3 && !strcmp(argv[1], "crash"))
		rc = crash(argv[2], &verbose, &e);
	else if (argc == 3 && !strcmp(argv[1], "mkfs"))
		rc = mkfs(argv[2], &verbose, &e);
	else if ((argc == 3 || argc == 4) && !strcmp(argv[1], "clock"))
		rc = look_at_clock(argv[2], argv[3], &verbose, &e);
	else if (argc >= 4 && !strcmp(argv[1], "replace"))
		rc = replace(argv + 2, argc - 2, &verbose, &e);
	else if (argc >= 3 && !strcmp(argv[1], "run"))
		rc = run_programs(argv + 2, argc - 2, &verbose, &e);
	else if (argc >= 3 && !strcmp(argv[1], "storage"))
		rc = print_storage(argv + 2, argc - 2, &verbose, &e);
	else if (argc >= 3 && !strcmp(argv[1], "usage"))
		rc = print_usage(argv + 2, argc - 2, &verbose, &e);
	else
		err_set(&e, 0,
			"usage: vm-session [-v] crash HOW | mkfs IMAGE | clock IMAGE [DEVICE] | "
			"run|storage|usage IMAGE... | replace IMAGE DEVICE [PATH BACKUP HOW]...");
	if (rc < 0)
		fprintf(stderr, "vm-session: %s\n", e.msg);
	return rc < 0 ? 1 : 0;
}
