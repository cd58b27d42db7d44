/* SPDX-License-Identifier: GPL-2.0-or-later */
/* guestd over a folder of this host: listing, walking, stat, checksums. */
#include <stdarg.h>
#include <setjmp.h>
#include <stddef.h>

#include <cmocka.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "peer.h"
#include "util/cleanup.h"
#include "util/xalloc.h"

/* wire_xdr_entry for frame_decode_some. */
static bool xdr_entry(XDR *x, void *v)
{
	return wire_xdr_entry(x, v);
}

/* The records of the last stream; the caller frees each and the array. */
static size_t records(struct peer *p, wire_entry **ret)
{
	size_t n = 0;

	*ret = NULL;
	for (size_t at = 0; at < p->data.len;) {
		size_t used;

		*ret = xreallocarray(*ret, n + 1, sizeof(**ret));
		memset(&(*ret)[n], 0, sizeof(**ret));
		used = frame_decode_some(p->data.data + at, p->data.len - at, xdr_entry, &(*ret)[n],
					 sizeof(**ret));
		assert_true(used > 0);
		at += used;
		n++;
	}
	return n;
}

/* Frees what records() made. */
static void records_free(wire_entry *v, size_t n)
{
	for (size_t i = 0; i < n; i++)
		wire_free_entry(&v[i]);
	free(v);
}

/* Are the paths of the last walk these, in this order? */
static void assert_paths(struct peer *p, const char *const *paths)
{
	wire_entry *v;
	size_t n = records(p, &v), want = 0;

	while (paths[want])
		want++;
	for (size_t i = 0; i < n && i < want; i++)
		assert_string_equal(v[i].path, paths[i]);
	assert_int_equal(n, want);
	records_free(v, n);
}

/* A walk call. */
static int do_walk(struct peer *p, struct walk_args a, struct walk_ret *r)
{
	if (!a.checksum)
		a.checksum = peer_str("");
	return peer_do(p, PROC_walk, &a, r);
}

#define WALK(p, where, ...)                                                                        \
	do_walk(p, (struct walk_args){ .path = peer_str(where), __VA_ARGS__ }, NULL)

static const char *const strange[] = { "\x1b[31mred", " space ",     "...",
				       "a\nb",	      "caf\xc3\xa9", "z\xff" };

static void test_list_dir(void **state)
{
	char full[256];
	struct peer p;
	size_t found = 0, n = 0;

	(void)state;
	peer_start(&p, false);
	peer_hello(&p, false);
	assert_int_equal(peer_list(&p, "/"), 0);
	assert_int_equal(p.data.len, 0);
	for (size_t i = 0; i < ARRAY_SIZE(strange); i++)
		peer_file(&p, strange[i], "", 0);
	memset(full, 'x', 255);
	full[255] = '\0';
	peer_file(&p, full, "", 0);
	assert_int_equal(peer_list(&p, "/"), 0);
	for (const char *s = p.data.data; s < p.data.data + p.data.len; s += strlen(s) + 1, n++)
		for (size_t i = 0; i < ARRAY_SIZE(strange); i++)
			found += !strcmp(s, strange[i]);
	assert_int_equal(found, ARRAY_SIZE(strange));
	assert_int_equal(n, ARRAY_SIZE(strange) + 1);
	assert_int_equal(peer_list(&p, "/..."), ENOTDIR);
	assert_int_equal(peer_list(&p, "/none"), ENOENT);
	assert_int_equal(peer_stop(&p), 0);
}

/* A small tree: /b, /a/x, /a/y/z, /c -> a. */
static void make_tree(struct peer *p)
{
	assert_int_equal(mkdirat(p->tmp, "root/a", 0750), 0);
	assert_int_equal(mkdirat(p->tmp, "root/a/y", 0755), 0);
	peer_file(p, "b", "abc", 3);
	peer_file(p, "a/x", "", 0);
	peer_file(p, "a/y/z", "", 0);
	peer_link(p, "a", "c");
}

static void test_walk_order(void **state)
{
	struct peer p;

	(void)state;
	peer_start(&p, false);
	peer_hello(&p, false);
	make_tree(&p);
	assert_int_equal(WALK(&p, "/", .recursive = true), 0);
	assert_paths(&p, (const char *[]){ "/", "/a", "/a/x", "/a/y", "/a/y/z", "/b", "/c", NULL });
	assert_int_equal(WALK(&p, "/", .recursive = true, .names_only = true), 0);
	assert_paths(&p, (const char *[]){ "/", "/a", "/a/x", "/a/y", "/a/y/z", "/b", "/c", NULL });
	assert_int_equal(WALK(&p, "/a/", .recursive = true), 0);
	assert_paths(&p, (const char *[]){ "/a/", "/a/x", "/a/y", "/a/y/z", NULL });
	assert_int_equal(WALK(&p, "/", .parents = true), 0);
	assert_paths(&p, (const char *[]){ "/", "/.", "/..", "/a", "/b", "/c", NULL });
	assert_int_equal(WALK(&p, "/c", .recursive = true), 0);
	assert_paths(&p, (const char *[]){ "/c", "/c/x", "/c/y", "/c/y/z", NULL });
	assert_int_equal(WALK(&p, "/b", .recursive = true), ENOTDIR);
	assert_paths(&p, (const char *[]){ "/b", NULL });
	assert_int_equal(WALK(&p, "/none", .recursive = true), ENOENT);
	assert_int_equal(p.data.len, 0);
	for (size_t i = 0; i < ARRAY_SIZE(strange); i++) {
		CLEANUP(free) char *name = xasprintf("a/y/%s", strange[i]);

		peer_file(&p, name, "", 0);
	}
	assert_int_equal(WALK(&p, "/a/y"), 0);
	assert_paths(&p, (const char *[]){ "/a/y", "/a/y/\x1b[31mred", "/a/y/ space ", "/a/y/...",
					   "/a/y/a\nb", "/a/y/caf\xc3\xa9", "/a/y/z", "/a/y/z\xff",
					   NULL });
	assert_int_equal(peer_stop(&p), 0);
}

static void test_walk_fields(void **state)
{
	static const char passwd[] = "+nis\nbroken\n:x:7:\nme:x:%u:0::/:/bin/sh\nagain:x:%u:0\n";
	struct walk_ret r = { 0 };
	struct peer p;
	char text[300];
	wire_entry *v;
	struct stat st;

	(void)state;
	peer_start(&p, false);
	peer_hello(&p, false);
	make_tree(&p);
	assert_int_equal(mkdirat(p.tmp, "root/etc", 0755), 0);
	snprintf(text, sizeof(text), passwd, geteuid(), geteuid());
	peer_file(&p, "etc/passwd", text, strlen(text));
	peer_file(&p, "etc/group", "nonsense without an end", 23);
	assert_int_equal(fstatat(p.tmp, "root/b", &st, 0), 0);
	assert_int_equal(
		do_walk(&p, (struct walk_args){ .path = peer_str("/"), .parents = true }, &r), 0);
	assert_int_equal(r.count, 7);
	assert_int_equal(records(&p, &v), 7);
	assert_true(r.blocks * 2 >= v[1].blocks + v[2].blocks + v[3].blocks);
	assert_int_equal(v[1].ino, v[2].ino); /* ".." of the root is the root */
	assert_string_equal(v[4].path, "/b");
	assert_int_equal(v[4].mode, st.st_mode);
	assert_int_equal(v[4].size, 3);
	assert_int_equal(v[4].ino, st.st_ino);
	assert_int_equal(v[4].mtime, st.st_mtim.tv_sec);
	assert_int_equal(v[4].mtime_ns, st.st_mtim.tv_nsec);
	assert_string_equal(v[4].user, "me");
	assert_string_equal(v[4].group, "");
	assert_string_equal(v[5].path, "/c");
	assert_string_equal(v[5].link, "a");
	records_free(v, 7);
	assert_int_equal(peer_stop(&p), 0);
}

static void test_checksums(void **state)
{
	/* Of "abc". */
	static const char *const sums[][2] = {
		{ "crc", "1219131554" },
		{ "MD5", "900150983cd24fb0d6963f7d28e17f72" },
		{ "sha1", "a9993e364706816aba3e25717850c26c9cd0d89d" },
		{ "sha224", "23097d223405d8228642a477bda255b32aadbce4bda0b3f7e36c9da7" },
		{ "Sha256", "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad" },
		{ "gost", "2cd42ff986293b167e994381ed59747414dd24953677762d39d718bf6d0585b2" },
		{ "gost12", "4e2919cf137ed41ec4fb6270c61826cc4fffb660341e0af3688cd0626d23b481" },
	};
	struct peer p;

	(void)state;
	peer_start(&p, false);
	peer_hello(&p, false);
	make_tree(&p);
	for (size_t i = 0; i < ARRAY_SIZE(sums); i++) {
		wire_entry *v;

		assert_int_equal(WALK(&p, "/", .checksum = peer_str(sums[i][0])), 0);
		assert_int_equal(records(&p, &v), 4);
		assert_string_equal(v[0].checksum, "");
		assert_string_equal(v[2].checksum, sums[i][1]);
		assert_string_equal(v[3].checksum, "");
		records_free(v, 4);
	}
	assert_int_equal(WALK(&p, "/none", .checksum = peer_str("crc32")), EINVAL);
	assert_non_null(strstr(p.text, "unknown checksum type, expecting crc|md5|sha1|"));
	assert_int_equal(p.data.len, 0);
	assert_int_equal(peer_stop(&p), 0);
}

/* Deeper than the walk keeps descriptors, and with paths longer than the kernel takes. */
static void test_deep_tree(void **state)
{
	struct peer p;
	int fd;

	(void)state;
	peer_start(&p, false);
	peer_hello(&p, false);
	fd = openat(p.tmp, "root", O_PATH);
	for (int i = 0; i < 600; i++) {
		int next;

		assert_int_equal(mkdirat(fd, "twenty characters...", 0755), 0);
		assert_int_equal(mkdirat(fd, "z", 0755), 0);
		next = openat(fd, "twenty characters...", O_PATH);
		close(fd);
		fd = next;
	}
	close(fd);
	assert_int_equal(WALK(&p, "/", .recursive = true), 0);
	wire_entry *v;
	size_t n = records(&p, &v);
	assert_int_equal(n, 1201);
	assert_string_equal(v[n - 1].path, "/z");
	assert_int_equal(strlen(v[600].path), 600 * 21);
	records_free(v, n);
	assert_int_equal(peer_stop(&p), 0);
}

/* What cannot be read does not hide the rest: all else comes, then the error. */
static void test_unreadable(void **state)
{
	struct peer p;

	(void)state;
	if (!geteuid())
		skip();
	peer_start(&p, false);
	peer_hello(&p, false);
	make_tree(&p);
	assert_int_equal(fchmodat(p.tmp, "root/a/y", 0, 0), 0);
	assert_int_equal(fchmodat(p.tmp, "root/b", 0, 0), 0);
	assert_int_equal(WALK(&p, "/", .recursive = true, .checksum = peer_str("crc")), EACCES);
	assert_string_equal(p.text, "open '/a/y': Permission denied; and 1 more");
	assert_int_equal(p.logs, 2);
	assert_paths(&p, (const char *[]){ "/", "/a", "/a/x", "/a/y", "/b", "/c", NULL });
	assert_int_equal(fchmodat(p.tmp, "root/a/y", 0700, 0), 0);
	assert_int_equal(peer_stop(&p), 0);
}

static void test_stat(void **state)
{
	struct stat_args a = { .path = peer_str("/c") };
	struct stat_ret r = { .real = NULL };
	struct peer p;

	(void)state;
	peer_start(&p, false);
	peer_hello(&p, false);
	make_tree(&p);
	assert_int_equal(peer_do(&p, PROC_stat, &a, &r), 0);
	assert_int_equal(r.entry.n, 1);
	assert_true(S_ISLNK(r.entry.v[0].mode));
	assert_string_equal(r.entry.v[0].link, "a");
	assert_string_equal(r.real, "/c");
	proto_free(&procs[PROC_stat].ret, &r);
	a.follow = true;
	assert_int_equal(peer_do(&p, PROC_stat, &a, &r), 0);
	assert_int_equal(r.entry.v[0].mode, S_IFDIR | 0750);
	assert_string_equal(r.entry.v[0].path, "/c");
	assert_string_equal(r.real, "/a");
	proto_free(&procs[PROC_stat].ret, &r);
	assert_int_equal(peer_stop(&p), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_list_dir),    cmocka_unit_test(test_walk_order),
		cmocka_unit_test(test_walk_fields), cmocka_unit_test(test_checksums),
		cmocka_unit_test(test_deep_tree),   cmocka_unit_test(test_unreadable),
		cmocka_unit_test(test_stat),
	};

	signal(SIGPIPE, SIG_IGN);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
