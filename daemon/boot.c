/* SPDX-License-Identifier: GPL-2.0-or-later */
/* See boot.h. There is no udev: nodes come from devtmpfs, names from sysfs. */
#include "boot.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/reboot.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

#include "disks.h"
#include "util/cleanup.h"
#include "util/io.h"

#define PORTS	     "/sys/class/virtio-ports"
#define PORT_NAME    "org.guestutils.rpc"
#define PORT_WAIT_MS 60000 /* probing takes milliseconds: after this nothing will come */
#define TEST_WORD    "guestutils.test"

/* The root is read-only, but for these. */
static const struct {
	const char *path, *options;
} writable[] = {
	{ "/run", "mode=0755" },
	{ "/tmp", "mode=1777" },
};

/* A kernel's init may start with nothing open; descriptors 0 to 2 must not become files. */
static void open_std(void)
{
	int fd;

	do {
		fd = open("/dev/console", O_RDWR | O_NOCTTY);
		if (fd < 0)
			fd = open("/dev/null", O_RDWR);
	} while (fd >= 0 && fd <= 2);
	fd_close(fd);
}

/* A tmpfs where programs and we ourselves write. */
static int mount_writable(struct err *e)
{
	for (size_t i = 0; i < ARRAY_SIZE(writable); i++)
		if (mount("tmpfs", writable[i].path, "tmpfs", MS_NOSUID | MS_NODEV,
			  writable[i].options))
			return err_sys(e, "mount a tmpfs on '%s'", writable[i].path);
	return 0;
}

/* Is that word on the kernel's command line? */
static bool cmdline_has(const char *word)
{
	CLEANUP(buf_release) struct buf b = BUF_INIT;
	size_t n = strlen(word);
	struct err ignored;

	if (file_read(AT_FDCWD, "/proc/cmdline", 65536, &b, &ignored) || !b.len)
		return false;
	for (const char *p = b.data; (p = strstr(p, word)); p += n)
		if ((p == b.data || p[-1] == ' ') && (!p[n] || p[n] == ' ' || p[n] == '\n'))
			return true;
	return false;
}

/* Is this the port that the tool is at? The console is a port too, without a name. */
static bool is_our_port(const char *port)
{
	CLEANUP(buf_release) struct buf b = BUF_INIT;
	struct err ignored;
	char path[512];

	snprintf(path, sizeof(path), PORTS "/%s/name", port);
	if (port[0] == '.' || file_read(AT_FDCWD, path, 4096, &b, &ignored) || !b.len)
		return false;
	b.data[strcspn(b.data, "\n")] = '\0';
	return !strcmp(b.data, PORT_NAME);
}

/* Opens the port if it is there yet. */
static int find_port(void)
{
	DIR *d = opendir(PORTS);
	struct dirent *de;
	char path[512];
	int fd = -1;

	while (d && fd < 0 && (de = readdir(d)))
		if (is_our_port(de->d_name)) {
			snprintf(path, sizeof(path), "/dev/%s", de->d_name);
			fd = open(path, O_RDWR | O_CLOEXEC | O_NOCTTY);
		}
	if (d)
		closedir(d);
	return fd;
}

/* Ports are announced by the host some time after their driver is there. */
static int wait_port(struct err *e)
{
	const struct timespec ms = { .tv_nsec = 1000 * 1000 };

	for (int i = 0; i < PORT_WAIT_MS; i++) {
		int fd = find_port();

		if (fd >= 0)
			return fd;
		nanosleep(&ms, NULL);
	}
	return err_set(e, ENODEV, "no virtio-serial port '%s'", PORT_NAME);
}

int boot(struct guestd *g, struct err *e)
{
	open_std();
	/*
	 * Before the kernel's own workers: after a restore they have eight disk slots to look
	 * at, which can wait until hello was answered. Measured: 10 of 80 ms to READY.
	 */
	setpriority(PRIO_PROCESS, 0, -20);
	setenv("PATH", "/usr/sbin:/usr/bin:/sbin:/bin", 1);
	/* Labels are UTF-8; all else is as in C. */
	setenv("LC_CTYPE", "C.UTF-8", 1);
	setenv("HOME", "/tmp", 1);
	if (mount_writable(e))
		return -1;
	g->tests = cmdline_has(TEST_WORD);
	disks_learn(g);
	g->channel = wait_port(e);
	return g->channel < 0 ? -1 : 0;
}

/* The kernel's console, whatever became of descriptor 2. */
static void say(const char *words)
{
	int fd = open("/dev/console", O_WRONLY | O_NOCTTY | O_CLOEXEC);

	dprintf(fd < 0 ? 2 : fd, "guestd: %s\n", words);
	fd_close(fd);
}

void boot_end(const char *why)
{
	if (why)
		say(why);
	sync();
	/* The machine has no power-off; qemu runs with -no-reboot, and ends. */
	reboot(RB_AUTOBOOT);
	say("reboot failed");
	_exit(1);
}
