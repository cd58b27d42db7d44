/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * qemu's locks on image files.
 *
 * qemu says what it does with a file by shared locks on single bytes, of the kind
 * that belongs to the open file: byte 100 + P means "I use permission P", and
 * 200 + P "nobody else may use it". A probe for an exclusive lock on such a byte
 * tells whether anybody holds it, and takes nothing. The kernel does not tell whose
 * such a lock is, but each process's fdinfo lists its own.
 */
#include "vm/image_lock.h"

#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "util/buf.h"
#include "util/cleanup.h"

#define USED	    100
#define UNSHARED    200
#define PERM_WRITE  1
#define PERM_RESIZE 3

/* What qemu holds that writes, and what keeps it from that. */
static const int qemus[] = { USED + PERM_WRITE, USED + PERM_RESIZE, UNSHARED + PERM_WRITE, UNSHARED + PERM_RESIZE };

/* Ours, which qemu does not know: taken before it starts, so that of two tools one has it. */
#define OURS 90

#define HOLDER_FDS_MAX 100000 /* descriptors looked at in search of a holder */

/* Does somebody else hold a lock on this byte? */
static bool is_locked(int fd, off_t byte)
{
	struct flock l = { .l_type = F_WRLCK, .l_whence = SEEK_SET, .l_start = byte, .l_len = 1 };

	return fcntl(fd, F_OFD_GETLK, &l) == 0 && l.l_type != F_UNLCK;
}

bool image_lock_is_written(const struct image_file *f)
{
	return is_locked(f->fd, USED + PERM_WRITE) || is_locked(f->fd, USED + PERM_RESIZE);
}

/* A search for the process that holds a lock on one byte of a file. */
struct search {
	const struct image_file *file;
	intmax_t byte;
	unsigned left; /* descriptors that may still be looked at */
};

/* Does a line of fdinfo, "lock: 1: OFDLCK ADVISORY READ -1 00:2a:17 100 101", tell of it? */
static bool is_our_lock(const char *line, intmax_t byte)
{
	intmax_t first, last;
	char end[24];

	if (strncmp(line, "lock:", 5) != 0 ||
	    sscanf(line, "lock: %*s %*s %*s %*s %*s %*s %" SCNdMAX " %20s", &first, end) != 2)
		return false;
	last = strcmp(end, "EOF") == 0 ? INTMAX_MAX : strtoimax(end, NULL, 10);
	return first <= byte && byte <= last;
}

/* Is the descriptor called fd, of the process at proc, our file with the lock on it? */
static bool fd_holds(int proc, const char *fd, const struct search *s)
{
	CLEANUP(buf_release) struct buf b = BUF_INIT;
	struct err ignored;
	char path[64], *rest, *line;
	struct stat st;

	snprintf(path, sizeof(path), "fd/%.32s", fd);
	if (fstatat(proc, path, &st, 0) < 0 || st.st_dev != s->file->dev ||
	    st.st_ino != s->file->ino)
		return false;
	snprintf(path, sizeof(path), "fdinfo/%.32s", fd);
	if (file_read(proc, path, 1 << 20, &b, &ignored) < 0 || !b.data)
		return false;
	for (rest = b.data; (line = strsep(&rest, "\n"));)
		if (is_our_lock(line, s->byte))
			return true;
	return false;
}

/* Does the process at proc hold it? Those of other users cannot be looked into. */
static bool process_holds(int proc, struct search *s)
{
	CLEANUP(fd_close) int fd = openat(proc, "fd", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	DIR *dir = fd < 0 ? NULL : fdopendir(fd);
	struct dirent *d;
	bool found = false;

	if (!dir)
		return false;
	TAKE_FD(fd);
	while (!found && s->left > 0 && (d = readdir(dir)))
		if (isdigit((unsigned char)d->d_name[0])) {
			s->left--;
			found = fd_holds(proc, d->d_name, s);
		}
	closedir(dir);
	return found;
}

/* "process 123 (qemu-system-x86)" */
static void describe(int proc, const char *pid, char *words, size_t n)
{
	CLEANUP(buf_release) struct buf b = BUF_INIT;
	char shown[IMAGE_NAME_SHOWN_MAX] = "?";
	struct err ignored;

	if (file_read(proc, "comm", 256, &b, &ignored) == 0 && b.len > 1) {
		b.data[strcspn(b.data, "\n")] = '\0';
		image_name_shown(b.data, shown);
	}
	snprintf(words, n, "process %.16s (%.64s)", pid, shown);
}

/* Who holds it, in words. */
static void find_holder(struct search *s, char *words, size_t n)
{
	DIR *dir = opendir("/proc");
	struct dirent *d;
	bool found = false;

	snprintf(words, n, "another process");
	while (dir && !found && s->left > 0 && (d = readdir(dir))) {
		CLEANUP(fd_close) int proc = -1;

		if (isdigit((unsigned char)d->d_name[0]))
			proc = openat(dirfd(dir), d->d_name, O_PATH | O_DIRECTORY | O_CLOEXEC);
		if (proc >= 0 && process_holds(proc, s)) {
			describe(proc, d->d_name, words, n);
			found = true;
		}
	}
	if (dir)
		closedir(dir);
}

/* Has this process the file open for writing, by another descriptor? */
static bool is_ours(const struct image_file *f)
{
	CLEANUP(fd_close) int self = open("/proc/self", O_PATH | O_DIRECTORY | O_CLOEXEC);
	struct search s = { f, OURS, HOLDER_FDS_MAX };

	return self >= 0 && is_locked(f->fd, OURS) && process_holds(self, &s);
}

/* One byte that keeps us from writing. */
static int check_byte(const struct image_file *f, int byte, struct err *e)
{
	struct search s = { f, byte, HOLDER_FDS_MAX };
	char holder[128];

	if (!is_locked(f->fd, byte))
		return 0;
	find_holder(&s, holder, sizeof(holder));
	return err_set(e, EBUSY, "'%s' is in use by %s: not opened for writing", f->shown, holder);
}

int image_lock_check_write(const struct image_file *f, struct err *e)
{
	if (is_ours(f))
		return err_set(e, EBUSY, "'%s' is given twice: not opened for writing", f->shown);
	if (check_byte(f, OURS, e) < 0)
		return -1;
	for (size_t i = 0; i < ARRAY_SIZE(qemus); i++)
		if (check_byte(f, qemus[i], e) < 0)
			return -1;
	return 0;
}

/* Without a word where there are no such locks: then qemu has none, either. */
static void take_ours(int fd)
{
	struct flock l = { .l_type = F_WRLCK, .l_whence = SEEK_SET, .l_start = OURS, .l_len = 1 };

	(void)fcntl(fd, F_OFD_SETLK, &l);
}

int image_lock_take(const struct image_file *f, struct err *e)
{
	take_ours(f->fd);
	return image_lock_check_write(f, e);
}

int image_lock_hold(int fd, const char *shown, struct err *e)
{
	for (size_t i = 0; i < ARRAY_SIZE(qemus); i++) {
		struct flock l = { .l_type = F_RDLCK, .l_whence = SEEK_SET, .l_start = qemus[i], .l_len = 1 };

		if (fcntl(fd, F_OFD_SETLK, &l) < 0)
			return err_sys(e, "cannot lock '%s'", shown);
	}
	for (size_t i = 0; i < ARRAY_SIZE(qemus); i++)
		if (is_locked(fd, qemus[i]))
			return err_set(e, EBUSY, "'%s' is in use by another process: not opened for writing",
				       shown);
	return 0;
}
