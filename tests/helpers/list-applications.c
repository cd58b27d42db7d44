/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What is installed in a guest, as the tests compare it:
 *
 *   list-applications FOLDER     read here, by guestd's own functions
 *   list-applications IMAGE...   read in the appliance, by the call
 *
 * A line each application: its fields in the order of the record, with a tab between them and
 * \t, \n and \\ for such characters in them. Warnings go to stderr. Nothing is sorted.
 */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "daemon/inspect/applications.h"
#include "proto/frame.h"
#include "util/cleanup.h"
#include "util/io.h"
#include "vm/calls.h"
#include "vm/session.h"

static int (*const kinds[])(int root, application_fn fn, void *ctx, struct err *e) = {
	apps_dpkg, apps_rpm, apps_pacman, apps_apk, apps_portage,
	apps_xbps, apps_pisi, apps_flatpak, apps_snap,
};

static void print_text(const char *s, char end)
{
	for (; *s; s++)
		if (*s == '\t')
			fputs("\\t", stdout);
		else if (*s == '\n')
			fputs("\\n", stdout);
		else if (*s == '\\')
			fputs("\\\\", stdout);
		else
			putchar(*s);
	putchar(end);
}

static int print(void *ctx, wire_application *a, struct err *e)
{
	uint64_t *count = ctx;

	(void)e;
	if (!a)
		return 0;
	(*count)++;
	print_text(a->kind, '\t');
	print_text(a->name, '\t');
	print_text(a->display_name, '\t');
	printf("%u\t", a->epoch);
	print_text(a->version, '\t');
	print_text(a->release, '\t');
	print_text(a->arch, '\t');
	print_text(a->install_path, '\t');
	print_text(a->publisher, '\t');
	print_text(a->url, '\t');
	print_text(a->source_package, '\t');
	print_text(a->summary, '\t');
	print_text(a->description, '\t');
	print_text(a->class, '\n');
	return 0;
}

static int list_folder(const char *path, struct err *e)
{
	CLEANUP(fd_close) int root = open(path, O_PATH | O_DIRECTORY | O_CLOEXEC);
	uint64_t count = 0;
	struct err bad;

	if (root < 0)
		return err_sys(e, "open '%s'", path);
	for (size_t i = 0; i < ARRAY_SIZE(kinds); i++)
		if (kinds[i](root, print, &count, &bad))
			fprintf(stderr, "warning: %s\n", bad.msg);
	return 0;
}

/* The call's stream. */
struct records {
	struct buf b; /* the start of a record whose end has not come yet */
	uint64_t count;
};

static bool application_xdr(XDR *x, void *v)
{
	return wire_xdr_application(x, v);
}

static int take(void *ctx, const void *p, size_t n, struct err *e)
{
	struct records *r = ctx;
	size_t done = 0, used;

	buf_add(&r->b, p, n);
	do {
		wire_application a = { 0 };

		used = frame_decode_some(r->b.data + done, r->b.len - done, application_xdr, &a,
					 sizeof(a));
		if (used)
			print(&r->count, &a, e);
		wire_free_application(&a);
		done += used;
	} while (used);
	buf_drop(&r->b, done);
	return 0;
}

static int list_image(char **images, struct err *e)
{
	const struct session_options o = { 0 };
	CLEANUP(session_close) struct session *s = session_new(&o);
	struct mount_guest_args m = { .root = application_str("") };
	CLEANUP(mount_guest_ret_release) struct mount_guest_ret mounted = { 0 };
	struct applications_args a = { 0 };
	CLEANUP(applications_ret_release) struct applications_ret r = { 0 };
	struct records records = { BUF_INIT, 0 };
	const struct stream io = { .data = take, .ctx = &records };

	for (; *images; images++) {
		struct image *img = image_open(*images, NULL, 0, e);

		if (!img || session_add_image(s, img, e) < 0)
			return -1;
	}
	if (session_launch(s, e) < 0 || call_mount_guest(s, &m, &mounted, e) < 0)
		return -1;
	int64_t start = now_ns();
	if (call_applications(s, &a, &r, &io, e) < 0)
		return -1;
	if (getenv("LIST_TIMES"))
		fprintf(stderr, "applications: %.1f ms\n", (double)(now_ns() - start) / 1e6);
	for (uint32_t i = 0; i < r.warnings.n; i++)
		fprintf(stderr, "warning: %s\n", r.warnings.v[i]);
	if (records.b.len || records.count != r.count)
		return err_set(e, 0, "%llu applications instead of %llu",
			       (unsigned long long)records.count, (unsigned long long)r.count);
	buf_release(&records.b);
	return 0;
}

int main(int argc, char **argv)
{
	struct err e = ERR_INIT;
	struct stat st;
	int r;

	if (argc < 2 || stat(argv[1], &st)) {
		fputs("usage: list-applications FOLDER | IMAGE...\n", stderr);
		return 2;
	}
	r = S_ISDIR(st.st_mode) ? list_folder(argv[1], &e) : list_image(argv + 1, &e);
	if (r)
		fprintf(stderr, "list-applications: %s\n", e.msg);
	return r ? 1 : 0;
}
