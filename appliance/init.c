/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * /init of the appliance's initrd, static: loads the modules that /modules.load
 * names, mounts the block device whose serial is "root", moves into it, gives
 * the initrd's memory back and becomes guestd, with the arguments it got itself
 * (on the kernel's command line after "--").
 *
 * Device names depend on the order of probing, serials do not. A failure is one
 * line on the console; then the machine resets, which ends qemu (-no-reboot).
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/magic.h>
#include <linux/netlink.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/reboot.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/statfs.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include "util/err.h"

#define GUESTD	     "/usr/sbin/guestd"
#define SYSROOT	     "/sysroot"
#define ROOT_SERIAL  "root"
#define ROOT_WAIT_MS 15000 /* probing takes milliseconds: after this nothing will come */

static const struct {
	const char *path;
	const char *type;
} mounts[] = {
	{ "/dev", "devtmpfs" },
	{ "/proc", "proc" },
	{ "/sys", "sysfs" },
};

#define MOUNTS (sizeof(mounts) / sizeof(*mounts))

/* One line for the console: "<2>" gets it past the kernel's "quiet". */
static void say(const char *level, const char *words)
{
	FILE *f = fopen("/dev/kmsg", "we");

	if (!f)
		f = stderr; /* /dev/console of the kernel's own initramfs */
	fprintf(f, "<%s>guestutils init: %s\n", level, words);
	fflush(f);
	if (f != stderr)
		fclose(f);
}

static long now_ms(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

static int mount_kernel_fs(struct err *e)
{
	for (size_t i = 0; i < MOUNTS; i++)
		if (mount(mounts[i].type, mounts[i].path, mounts[i].type, MS_NOSUID | MS_NOEXEC,
			  NULL))
			return err_sys(e, "cannot mount '%s'", mounts[i].path);
	return 0;
}

/* Kernel uevents: opened before the drivers are loaded, so that none is missed. */
static int uevents_open(struct err *e)
{
	struct sockaddr_nl sa = { .nl_family = AF_NETLINK, .nl_groups = 1 };
	int fd =
		socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC | SOCK_NONBLOCK, NETLINK_KOBJECT_UEVENT);

	if (fd < 0)
		return err_sys(e, "cannot open the uevent socket");
	if (bind(fd, (struct sockaddr *)&sa, sizeof(sa))) {
		err_sys(e, "cannot bind the uevent socket");
		close(fd);
		return -1;
	}
	return fd;
}

/* Waits for a uevent, whichever: 1 there was one, 0 time is up. */
static int uevents_wait(int fd, long deadline)
{
	struct pollfd p = { .fd = fd, .events = POLLIN };
	long left = deadline - now_ms();
	char buf[4096];

	if (left <= 0 || poll(&p, 1, (int)left) == 0)
		return 0;
	while (recv(fd, buf, sizeof(buf), 0) > 0)
		;
	return 1;
}

/* A driver for hardware that is not here (ENODEV), or is here already (EEXIST), is no fault. */
static void load_module(const char *path)
{
	char words[512];
	int fd = open(path, O_RDONLY | O_CLOEXEC);

	if (fd < 0 || syscall(SYS_finit_module, fd, "", 0)) {
		if (errno != ENODEV && errno != EEXIST) {
			snprintf(words, sizeof(words), "cannot load %s: %s", path, strerror(errno));
			say("4", words);
		}
	}
	if (fd >= 0)
		close(fd);
}

/* The list is in the order of dependencies. What is missed shows when it is needed. */
static int load_modules(const char *list, struct err *e)
{
	char path[256];
	FILE *f = fopen(list, "re");

	if (!f)
		return err_sys(e, "cannot open '%s'", list);
	while (fgets(path, sizeof(path), f)) {
		path[strcspn(path, "\n")] = '\0';
		if (path[0])
			load_module(path);
	}
	fclose(f);
	return 0;
}

/* Is this the serial of the block device of that name? */
static int has_serial(const char *name, const char *serial)
{
	char path[512], got[64] = "";
	FILE *f;

	snprintf(path, sizeof(path), "/sys/block/%s/serial", name);
	f = fopen(path, "re");
	if (!f)
		return 0;
	if (!fgets(got, sizeof(got), f))
		got[0] = '\0';
	fclose(f);
	got[strcspn(got, "\n")] = '\0';
	return !strcmp(got, serial);
}

/* Puts /dev/NAME of the device with that serial into path: 1 found, 0 not there. */
static int find_device(const char *serial, char *path, size_t n)
{
	DIR *d = opendir("/sys/block");
	struct dirent *de;
	int found = 0;

	while (d && !found && (de = readdir(d)))
		if (has_serial(de->d_name, serial)) {
			snprintf(path, n, "/dev/%s", de->d_name);
			found = access(path, F_OK) == 0;
		}
	if (d)
		closedir(d);
	return found;
}

static int mount_root(int uevents, struct err *e)
{
	long deadline = now_ms() + ROOT_WAIT_MS;
	char dev[300];

	while (!find_device(ROOT_SERIAL, dev, sizeof(dev)))
		if (!uevents_wait(uevents, deadline))
			return err_set(e, ENODEV, "no block device with serial '%s' after %d s",
				       ROOT_SERIAL, ROOT_WAIT_MS / 1000);
	if (mount(dev, SYSROOT, "ext4", MS_RDONLY | MS_NOATIME, NULL))
		return err_sys(e, "cannot mount '%s'", dev);
	return 0;
}

/* Removes all below fd (which it closes) that is on the same file system: frees its memory. */
static void remove_all(int fd, dev_t dev)
{
	DIR *d = fdopendir(fd);
	struct dirent *de;

	if (!d) {
		close(fd);
		return;
	}
	while ((de = readdir(d))) {
		struct stat st;

		if (!strcmp(de->d_name, ".") || !strcmp(de->d_name, "..") ||
		    fstatat(fd, de->d_name, &st, AT_SYMLINK_NOFOLLOW) || st.st_dev != dev)
			continue;
		if (S_ISDIR(st.st_mode)) {
			int sub = openat(fd, de->d_name, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

			if (sub >= 0)
				remove_all(sub, dev);
		}
		unlinkat(fd, de->d_name, S_ISDIR(st.st_mode) ? AT_REMOVEDIR : 0);
	}
	closedir(d);
}

static void free_initrd(int fd)
{
	struct statfs fs;
	struct stat st;

	if (!fstatfs(fd, &fs) && (fs.f_type == RAMFS_MAGIC || fs.f_type == TMPFS_MAGIC) &&
	    !fstat(fd, &st))
		remove_all(fd, st.st_dev);
	else
		close(fd);
}

static int switch_root(struct err *e)
{
	for (size_t i = 0; i < MOUNTS; i++) {
		char to[64];

		snprintf(to, sizeof(to), "%s%s", SYSROOT, mounts[i].path);
		if (mount(mounts[i].path, to, NULL, MS_MOVE, NULL))
			return err_sys(e, "cannot move '%s' to '%s'", mounts[i].path, to);
	}
	int old = open("/", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (chdir(SYSROOT))
		return err_sys(e, "cannot enter '%s'", SYSROOT);
	if (old >= 0)
		free_initrd(old);
	if (mount(".", "/", NULL, MS_MOVE, NULL) || chroot(".") || chdir("/"))
		return err_sys(e, "cannot make '%s' the root", SYSROOT);
	return 0;
}

/*
 * The arguments for guestd, in place of ours: the kernel puts words that it does not
 * know before those after "--", and only these start with a dash.
 */
static char **guestd_args(char **argv)
{
	char **first = argv + 1;

	while (*first && **first != '-')
		first++;
	*--first = (char *)GUESTD;
	return first;
}

static int run(char **argv, struct err *e)
{
	if (mount_kernel_fs(e))
		return -1;
	int uevents = uevents_open(e);
	if (uevents < 0 || load_modules("/modules.load", e) || mount_root(uevents, e) ||
	    switch_root(e))
		return -1;
	execv(GUESTD, guestd_args(argv));
	return err_sys(e, "cannot run '%s'", GUESTD);
}

int main(int argc, char **argv)
{
	struct err e = ERR_INIT;

	(void)argc;
	if (getpid() != 1) {
		fprintf(stderr, "init: this is the first process of an appliance, not a command\n");
		return 2;
	}
	run(argv, &e);
	say("2", e.msg);
	reboot(RB_AUTOBOOT);
	return 1;
}
