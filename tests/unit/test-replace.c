/* SPDX-License-Identifier: GPL-2.0-or-later */
/* guestd's replace_file over a folder of this host: what it keeps, refuses, and leaves behind. */
#include <stdarg.h>
#include <setjmp.h>
#include <stddef.h>

#include <cmocka.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/fs.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <sys/xattr.h>
#include <unistd.h>

#include "peer.h"
#include "util/cleanup.h"
#include "util/io.h"
#include "util/xalloc.h"

struct world {
	struct peer p;
	int root; /* of the guest */
	struct replace_file_ret r;
};

static int start(void **state)
{
	struct world *w = xcalloc(1, sizeof(*w));

	peer_start(&w->p, false);
	peer_hello(&w->p, true);
	w->root = openat(w->p.tmp, "root", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	peer_file(&w->p, "f", "old\n", 4);
	*state = w;
	return 0;
}

static int stop(void **state)
{
	struct world *w = *state;

	proto_free(&procs[PROC_replace_file].ret, &w->r);
	close(w->root);
	assert_int_equal(peer_stop(&w->p), 0);
	free(w);
	return 0;
}

/* A piece of the stream; none is its end. */
static void send_data(struct world *w, const char *data)
{
	wire_msg_data m = { { (uint32_t)strlen(data), (uint8_t *)(uintptr_t)data } };

	peer_send(&w->p, FRAME_DATA, w->p.serial, &m);
}

static int finish(struct world *w, const char *data)
{
	send_data(w, data);
	if (*data)
		send_data(w, "");
	proto_free(&procs[PROC_replace_file].ret, &w->r);
	return peer_answer(&w->p, PROC_replace_file, &w->r);
}

/* The whole call. Its errno; what it says is in w->r or w->p.text. */
static int replace(struct world *w, const char *path, const char *backup, unsigned how,
		   const char *data)
{
	struct replace_file_args a = { .path = peer_str(path),
				       .backup = peer_str(backup),
				       .how = how,
				       .mode = how & REPLACE_CREATE ? 0640 : 0 };

	peer_call(&w->p, PROC_replace_file, &a);
	return finish(w, data);
}

static struct stat st_of(struct world *w, const char *name)
{
	struct stat st;

	assert_int_equal(fstatat(w->root, name, &st, AT_SYMLINK_NOFOLLOW), 0);
	return st;
}

static void assert_content(struct world *w, const char *name, const char *want)
{
	CLEANUP(buf_release) struct buf b = BUF_INIT;
	struct err e;

	assert_int_equal(file_read(w->root, name, 1 << 20, &b, &e), 0);
	assert_string_equal(b.data ? b.data : "", want);
}

/* How many names a folder has, temporary ones and all. */
static size_t count(struct world *w, const char *folder)
{
	DIR *d = fdopendir(openat(w->root, folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC));
	struct dirent *de;
	size_t n = 0;

	assert_non_null(d);
	while ((de = readdir(d)))
		n += strcmp(de->d_name, ".") && strcmp(de->d_name, "..");
	closedir(d);
	return n;
}

static void test_new_content_in_a_new_inode(void **state)
{
	struct world *w = *state;
	struct stat old = st_of(w, "f");

	assert_int_equal(replace(w, "/f", "", 0, "new content\n"), 0);
	assert_string_equal(w->r.path, "/f");
	assert_int_equal(w->r.size, 12);
	assert_int_equal(w->r.notices.n, 0);
	assert_content(w, "f", "new content\n");
	assert_true(st_of(w, "f").st_ino != old.st_ino);
	assert_int_equal(count(w, "."), 1);
	assert_int_equal(replace(w, "/f", "", 0, ""), 0);
	assert_content(w, "f", "");
}

/* CVE-2012-2690: and no order of steps takes setuid away. */
static void test_mode_is_kept_cve_2012_2690(void **state)
{
	static const mode_t modes[] = { 0600, 0, 0444, 04755, 02755, 06711, 01777, 07777 };
	struct world *w = *state;

	for (size_t i = 0; i < ARRAY_SIZE(modes); i++)
		for (unsigned how = 0; how <= REPLACE_IN_PLACE; how++) {
			assert_int_equal(fchmodat(w->root, "f", modes[i], 0), 0);
			if (geteuid() && (modes[i] & 0600) != 0600)
				continue;
			assert_int_equal(replace(w, "/f", "", how, "new\n"), 0);
			assert_int_equal(st_of(w, "f").st_mode & 07777, modes[i]);
		}
}

static void test_owner_is_kept_with_setuid(void **state)
{
	struct world *w = *state;

	if (fchownat(w->root, "f", 10, 11, 0) < 0)
		skip();
	for (unsigned how = 0; how <= REPLACE_IN_PLACE; how++) {
		assert_int_equal(fchmodat(w->root, "f", 06755, 0), 0);
		assert_int_equal(replace(w, "/f", ".bak", how, "new\n"), 0);
		assert_int_equal(st_of(w, "f").st_uid, 10);
		assert_int_equal(st_of(w, "f").st_gid, 11);
		assert_int_equal(st_of(w, "f").st_mode & 07777, 06755);
		assert_int_equal(st_of(w, "f.bak").st_uid, 10);
		assert_int_equal(st_of(w, "f.bak").st_mode & 07777, 06755);
	}
}

/* "user::rw-,user:5:rw-,group::r--,mask::rw-,other::---" as the kernel has it */
static const uint8_t acl[] = { 2, 0, 0, 0,
			       1, 0, 6, 0, 255, 255, 255, 255,
			       2, 0, 6, 0, 5, 0, 0, 0,
			       4, 0, 4, 0, 255, 255, 255, 255,
			       16, 0, 6, 0, 255, 255, 255, 255,
			       32, 0, 0, 0, 255, 255, 255, 255 };

static void test_acl_and_attributes_are_kept(void **state)
{
	struct world *w = *state;
	CLEANUP(fd_close) int old = openat(w->root, "f", O_RDONLY | O_CLOEXEC);
	char got[100];

	if (fsetxattr(old, "user.a", "1\0two", 5, 0) < 0 ||
	    fsetxattr(old, "system.posix_acl_access", acl, sizeof(acl), 0) < 0)
		skip();
	fsetxattr(old, "user.empty", "", 0, 0);
	fsetxattr(old, "user.WofCompressedData", "x", 1, 0);
	assert_int_equal(replace(w, "/f", "", 0, "new\n"), 0);
	CLEANUP(fd_close) int fd = openat(w->root, "f", O_RDONLY | O_CLOEXEC);
	assert_int_equal(fgetxattr(fd, "user.a", got, sizeof(got)), 5);
	assert_memory_equal(got, "1\0two", 5);
	assert_int_equal(fgetxattr(fd, "user.empty", got, sizeof(got)), 0);
	assert_int_equal(fgetxattr(fd, "user.WofCompressedData", got, sizeof(got)), -1);
	assert_int_equal(fgetxattr(fd, "system.posix_acl_access", got, sizeof(got)), sizeof(acl));
	assert_memory_equal(got, acl, sizeof(acl));
	assert_int_equal(st_of(w, "f").st_mode & 07777, 0660);
}

/* A folder's default list is not for a file that has none. */
static void test_nothing_is_inherited(void **state)
{
	struct world *w = *state;
	char got[100];

	if (fsetxattr(w->root, "system.posix_acl_default", acl, sizeof(acl), 0) < 0)
		skip();
	assert_int_equal(replace(w, "/f", "", 0, "new\n"), 0);
	CLEANUP(fd_close) int fd = openat(w->root, "f", O_RDONLY | O_CLOEXEC);
	assert_int_equal(fgetxattr(fd, "system.posix_acl_access", got, sizeof(got)), -1);
	assert_int_equal(st_of(w, "f").st_mode & 07777, 0644);
}

/* CVE-2012-3360, CVE-2012-3361: absolute links and .. end at the guest's root. */
static void test_links_stay_in_the_guest_cve_2012_3360(void **state)
{
	struct world *w = *state;
	char outside[200];

	snprintf(outside, sizeof(outside), "%s/outside", w->p.path);
	CLEANUP(fd_close) int fd = openat(w->p.tmp, "outside", O_CREAT | O_WRONLY | O_CLOEXEC, 0600);
	peer_link(&w->p, outside, "abs");
	peer_link(&w->p, "../../../../../outside", "up");
	peer_link(&w->p, "/f", "in");
	peer_link(&w->p, "/..", "updir");
	assert_int_equal(replace(w, "/abs", "", 0, "x"), ENOENT);
	assert_int_equal(replace(w, "/up", "", 0, "x"), ENOENT);
	assert_int_equal(replace(w, "/abs", "", REPLACE_CREATE, "x"), ENOENT);
	assert_non_null(strstr(w->p.text, "symbolic link to what is not there"));
	assert_int_equal(replace(w, "/../outside", "", 0, "x"), ENOENT);
	assert_int_equal(replace(w, "/updir/outside", "", REPLACE_CREATE, "x"), 0);
	assert_string_equal(w->r.path, "/outside");
	assert_int_equal(replace(w, "/updir/../in", "", 0, "x"), 0);
	assert_string_equal(w->r.path, "/f");
	struct stat st;
	assert_int_equal(fstat(fd, &st), 0);
	assert_int_equal(st.st_size, 0);
	assert_int_equal(st.st_nlink, 1);
}

static void test_the_target_of_a_link_is_replaced_in_its_own_folder(void **state)
{
	struct world *w = *state;

	assert_int_equal(mkdirat(w->root, "d", 0755), 0);
	peer_file(&w->p, "d/real", "old\n", 4);
	peer_link(&w->p, "d/real", "l1");
	peer_link(&w->p, "l1", "l2");
	assert_int_equal(replace(w, "/l2", "~", 0, "new\n"), 0);
	assert_string_equal(w->r.path, "/d/real");
	assert_true(S_ISLNK(st_of(w, "l2").st_mode));
	assert_true(S_ISLNK(st_of(w, "l1").st_mode));
	assert_content(w, "d/real", "new\n");
	assert_content(w, "d/real~", "old\n");
	assert_int_equal(count(w, "d"), 2);
}

static void test_backup_is_the_old_inode(void **state)
{
	struct world *w = *state;
	struct stat old = st_of(w, "f"), back;

	for (int i = 0; i < 3; i++) {
		old = st_of(w, "f");
		assert_int_equal(replace(w, "/f", ".bak", 0, i ? "third\n" : "second\n"), 0);
		back = st_of(w, "f.bak");
		assert_int_equal(back.st_ino, old.st_ino);
		assert_int_equal(back.st_mtim.tv_nsec, old.st_mtim.tv_nsec);
		assert_int_equal(back.st_nlink, 1);
		assert_int_equal(count(w, "."), 2);
	}
	/* One that is the same file already. */
	assert_int_equal(unlinkat(w->root, "f.bak", 0), 0);
	assert_int_equal(linkat(w->root, "f", w->root, "f.bak", 0), 0);
	assert_int_equal(replace(w, "/f", ".bak", 0, "fourth\n"), 0);
	assert_content(w, "f.bak", "third\n");
	assert_int_equal(count(w, "."), 2);
	/* One that is a link is replaced, not followed. */
	assert_int_equal(unlinkat(w->root, "f.bak", 0), 0);
	peer_file(&w->p, "victim", "mine\n", 5);
	peer_link(&w->p, "victim", "f.bak");
	assert_int_equal(replace(w, "/f", ".bak", 0, "fifth\n"), 0);
	assert_content(w, "victim", "mine\n");
	assert_content(w, "f.bak", "fourth\n");
}

static void test_backups_that_cannot_be(void **state)
{
	struct world *w = *state;
	char longest[300] = { 0 };

	assert_int_equal(mkdirat(w->root, "f.d", 0755), 0);
	assert_int_equal(replace(w, "/f", ".d", 0, "x"), EISDIR);
	assert_int_equal(replace(w, "/f", "/../g", 0, "x"), EINVAL);
	memset(longest, 'x', 255);
	assert_int_equal(replace(w, "/f", longest, 0, "x"), ENAMETOOLONG);
	assert_content(w, "f", "old\n");
	assert_int_equal(count(w, "."), 2);
}

static void test_hard_links(void **state)
{
	struct world *w = *state;

	assert_int_equal(linkat(w->root, "f", w->root, "g", 0), 0);
	assert_int_equal(replace(w, "/f", "", 0, "new\n"), 0);
	assert_int_equal(w->r.notices.n, 1);
	assert_non_null(strstr(w->r.notices.v[0], "one of 2 hard links"));
	assert_content(w, "g", "old\n");
	assert_int_equal(unlinkat(w->root, "g", 0), 0);
	assert_int_equal(linkat(w->root, "f", w->root, "g", 0), 0);
	ino_t ino = st_of(w, "f").st_ino;
	assert_int_equal(replace(w, "/f", ".bak", REPLACE_IN_PLACE, "n\n"), 0);
	assert_int_equal(w->r.notices.n, 0);
	assert_content(w, "g", "n\n");
	assert_content(w, "f.bak", "new\n");
	assert_int_equal(st_of(w, "f").st_ino, ino);
	assert_int_equal(st_of(w, "f.bak").st_nlink, 1);
	assert_int_equal(replace(w, "/g", "", REPLACE_IN_PLACE, "much longer than before\n"), 0);
	assert_content(w, "f", "much longer than before\n");
	assert_int_equal(count(w, "."), 3);
}

static void test_create(void **state)
{
	struct world *w = *state;

	assert_int_equal(replace(w, "/new", "", 0, "x"), ENOENT);
	assert_int_equal(replace(w, "/none/new", "", REPLACE_CREATE, "x"), ENOENT);
	assert_int_equal(replace(w, "/new/", "", REPLACE_CREATE, "x"), EINVAL);
	assert_int_equal(replace(w, "/new", ".bak", REPLACE_CREATE, "x\n"), 0);
	assert_string_equal(w->r.path, "/new");
	assert_content(w, "new", "x\n");
	assert_int_equal(st_of(w, "new").st_mode & 07777, 0640);
	assert_int_equal(replace(w, "/new", ".bak", REPLACE_CREATE, "y\n"), 0);
	assert_content(w, "new.bak", "x\n");
	assert_int_equal(count(w, "."), 3);
}

static void test_only_regular_files(void **state)
{
	struct world *w = *state;

	assert_int_equal(mkdirat(w->root, "dir", 0755), 0);
	assert_int_equal(mkfifoat(w->root, "fifo", 0644), 0);
	for (unsigned how = 0; how <= REPLACE_CREATE; how++) {
		assert_int_equal(replace(w, "/dir", "", how, "x"), EISDIR);
		assert_int_equal(replace(w, "/", "", how, "x"), EISDIR);
		assert_int_equal(replace(w, "/fifo", "", how, "x"), EINVAL);
		assert_int_equal(replace(w, "f", "", how, "x"), EINVAL);
	}
	assert_int_equal(count(w, "."), 3);
}

/* Sets these beside those that are there, or takes them away. */
static int change_flags(int fd, int flags, bool set)
{
	int have = 0;

	if (ioctl(fd, FS_IOC_GETFLAGS, &have) < 0)
		return -1;
	have = set ? have | flags : have & ~flags;
	return ioctl(fd, FS_IOC_SETFLAGS, &have);
}

static void test_immutable_and_append_only(void **state)
{
	static const int flags[] = { FS_IMMUTABLE_FL, FS_APPEND_FL };
	static const char *const words[] = { "chattr -i", "chattr -a" };
	struct world *w = *state;

	for (size_t i = 0; i < 4; i++) {
		CLEANUP(fd_close) int fd = openat(w->root, i < 2 ? "f" : ".", O_RDONLY | O_CLOEXEC);

		if (change_flags(fd, flags[i % 2], true) < 0)
			skip();
		int no = replace(w, "/f", "", 0, "x"), in_place = replace(w, "/f", "", 1, "x");
		change_flags(fd, flags[i % 2], false);
		assert_int_equal(no, EPERM);
		assert_int_equal(in_place, EPERM);
		assert_non_null(strstr(w->p.text, words[i % 2]));
		assert_content(w, "f", "old\n");
	}
}

static void test_flags_are_kept(void **state)
{
	struct world *w = *state;
	const int flags = FS_NODUMP_FL | FS_NOATIME_FL;
	CLEANUP(fd_close) int old = openat(w->root, "f", O_RDONLY | O_CLOEXEC);
	int got = 0;

	if (change_flags(old, flags, true) < 0)
		skip();
	assert_int_equal(replace(w, "/f", "", 0, "x"), 0);
	CLEANUP(fd_close) int fd = openat(w->root, "f", O_RDONLY | O_CLOEXEC);
	assert_int_equal(ioctl(fd, FS_IOC_GETFLAGS, &got), 0);
	assert_int_equal(got & flags, flags);
}

/* The tool gives up, or dies, in the middle: nothing has happened. */
static void test_a_stream_that_is_cut(void **state)
{
	struct world *w = *state;

	for (unsigned how = 0; how <= REPLACE_IN_PLACE; how++) {
		struct replace_file_args a = { .path = peer_str("/f"),
					       .backup = peer_str(".bak"),
					       .how = how };

		peer_call(&w->p, PROC_replace_file, &a);
		send_data(w, "half of the n");
		peer_send(&w->p, FRAME_CANCEL, w->p.serial, NULL);
		assert_int_equal(peer_answer(&w->p, PROC_replace_file, NULL), ECANCELED);
		assert_content(w, "f", "old\n");
		assert_int_equal(count(w, "."), 1);
	}
}

static void test_a_tool_that_dies(void **state)
{
	struct world *w = *state;
	struct replace_file_args a = { .path = peer_str("/f"), .backup = peer_str(".bak") };
	char c;

	peer_call(&w->p, PROC_replace_file, &a);
	send_data(w, "half of the n");
	shutdown(w->p.fd, SHUT_WR);
	while (read(w->p.fd, &c, 1) > 0)
		;
	assert_content(w, "f", "old\n");
	assert_int_equal(count(w, "."), 1);
}

static int stop_dead(void **state)
{
	struct world *w = *state;

	close(w->root);
	assert_int_equal(peer_stop(&w->p), 1);
	free(w);
	return 0;
}

static void test_holes_stay_holes(void **state)
{
	struct world *w = *state;
	struct replace_file_args a = { .path = peer_str("/f"), .backup = peer_str("") };
	wire_msg_hole hole = { 64u << 20 };
	struct stat st;

	peer_call(&w->p, PROC_replace_file, &a);
	send_data(w, "a");
	peer_send(&w->p, FRAME_HOLE, w->p.serial, &hole);
	assert_int_equal(finish(w, "b"), 0);
	st = st_of(w, "f");
	assert_int_equal(st.st_size, (64u << 20) + 2);
	assert_true(st.st_blocks < 2048);
}

static void test_odd_names(void **state)
{
	static const char *const names[] = { "two words", "new\nline", "\xff\xfe", "(deleted)",
					     "gone (deleted)", "-rf", "a'b\"c", "\\134" };
	struct world *w = *state;

	for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
		CLEANUP(free) char *path = xasprintf("/%s", names[i]);

		peer_file(&w->p, names[i], "old", 3);
		assert_int_equal(replace(w, path, ".bak", 0, "new"), 0);
		assert_string_equal(w->r.path, path);
		assert_content(w, names[i], "new");
	}
	assert_int_equal(count(w, "."), 1 + 2 * ARRAY_SIZE(names));
}

static void test_a_session_that_reads(void **state)
{
	struct replace_file_args a = { .path = peer_str("/f"), .backup = peer_str("") };
	struct peer p;

	(void)state;
	peer_start(&p, false);
	peer_hello(&p, false);
	assert_int_equal(peer_do(&p, PROC_replace_file, &a, NULL), EROFS);
	assert_int_equal(peer_stop(&p), 0);
}

#define WITH_WORLD(test) cmocka_unit_test_setup_teardown(test, start, stop)

int main(void)
{
	const struct CMUnitTest tests[] = {
		WITH_WORLD(test_new_content_in_a_new_inode),
		WITH_WORLD(test_mode_is_kept_cve_2012_2690),
		WITH_WORLD(test_owner_is_kept_with_setuid),
		WITH_WORLD(test_acl_and_attributes_are_kept),
		WITH_WORLD(test_nothing_is_inherited),
		WITH_WORLD(test_links_stay_in_the_guest_cve_2012_3360),
		WITH_WORLD(test_the_target_of_a_link_is_replaced_in_its_own_folder),
		WITH_WORLD(test_backup_is_the_old_inode),
		WITH_WORLD(test_backups_that_cannot_be),
		WITH_WORLD(test_hard_links),
		WITH_WORLD(test_create),
		WITH_WORLD(test_only_regular_files),
		WITH_WORLD(test_immutable_and_append_only),
		WITH_WORLD(test_flags_are_kept),
		WITH_WORLD(test_a_stream_that_is_cut),
		cmocka_unit_test_setup_teardown(test_a_tool_that_dies, start, stop_dead),
		WITH_WORLD(test_holes_stay_holes),
		WITH_WORLD(test_odd_names),
		cmocka_unit_test(test_a_session_that_reads),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
