/* SPDX-License-Identifier: GPL-2.0-or-later */
/* See disks.h. */
#include "disks.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <linux/blkpg.h>
#include <linux/fs.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "devname.h"
#include "ptable.h"
#include "storage.h"
#include "util/io.h"
#include "util/xalloc.h"

#define SIZE_WAIT_NS (10 * (int64_t)1000000000) /* for the kernel to see a new capacity */
#define SCSI_WAIT_NS (30 * (int64_t)1000000000) /* for a hot-added disk to be found */
#define BLOCK_DIR "/sys/block"
#define DRIVER_DIR "/sys/bus/virtio/drivers/virtio_blk"

static void closedir_quiet(DIR *d)
{
	if (d)
		closedir(d);
}
DEFINE_CLEANUP(DIR *, closedir_quiet);

struct storage *storage_of(struct guestd *g)
{
	if (!g->storage)
		g->storage = xcalloc(1, sizeof(*g->storage));
	return g->storage;
}

/* A small file of /sys, without its newline; "" where there is none. */
static void sys_read(const char *path, char *ret, size_t size)
{
	CLEANUP(fd_close) int fd = open(path, O_RDONLY | O_CLOEXEC);
	ssize_t n = fd < 0 ? 0 : read(fd, ret, size - 1);

	ret[n > 0 ? n : 0] = '\0';
	ret[strcspn(ret, "\n")] = '\0';
}

static int sys_write(const char *path, const char *s)
{
	CLEANUP(fd_close) int fd = open(path, O_WRONLY | O_CLOEXEC);

	return fd < 0 ? -1 : write_full(fd, s, strlen(s));
}

/* Sleeps a moment that grows with each turn, up to 5 ms. */
static void nap(unsigned *turn)
{
	unsigned us = 200u << (*turn < 5 ? *turn : 5);

	++*turn;
	usleep(us < 5000 ? us : 5000);
}

static struct slot *slot_find(struct storage *st, const char *serial)
{
	for (size_t i = 0; i < st->n_slots; i++)
		if (!strcmp(st->slots[i].serial, serial))
			return &st->slots[i];
	return NULL;
}

static void slot_learn(struct storage *st, const char *node)
{
	struct slot s = { .size = 0 };
	char path[300], text[32];

	snprintf(path, sizeof(path), BLOCK_DIR "/%s/serial", node);
	sys_read(path, s.serial, sizeof(s.serial));
	if (!s.serial[0] || strlen(node) >= sizeof(s.node))
		return;
	snprintf(s.node, sizeof(s.node), "%s", node);
	snprintf(path, sizeof(path), BLOCK_DIR "/%s/size", node);
	sys_read(path, text, sizeof(text));
	s.size = strtoull(text, NULL, 10) * 512;
	snprintf(path, sizeof(path), BLOCK_DIR "/%s/queue/logical_block_size", node);
	sys_read(path, text, sizeof(text));
	s.blocksize = strtoul(text, NULL, 10);
	/*
	 * The image lies behind qemu's page cache, where no order of requests is better: a
	 * scheduler and a throttle would only be more code to run, for the first time, in each run.
	 */
	snprintf(path, sizeof(path), BLOCK_DIR "/%s/queue/scheduler", node);
	(void)!sys_write(path, "none");
	snprintf(path, sizeof(path), BLOCK_DIR "/%s/queue/wbt_lat_usec", node);
	(void)!sys_write(path, "0");

	struct slot *old = slot_find(st, s.serial);
	if (old) {
		*old = s;
		return;
	}
	st->slots = xreallocarray(st->slots, st->n_slots + 1, sizeof(*st->slots));
	st->slots[st->n_slots++] = s;
}

static void slots_learn(struct storage *st)
{
	CLEANUP(closedir_quiet) DIR *d = opendir(BLOCK_DIR);
	struct dirent *de;

	while (d && (de = readdir(d)))
		if (!strncmp(de->d_name, "vd", 2))
			slot_learn(st, de->d_name);
}

/* The ring's node and one slot of memory, touched so that the template has its pages. */
static void ring_open(struct guestd *g)
{
	struct slot *s = slot_find(storage_of(g), "ring");
	char path[64];

	if (!s || g->ring >= 0)
		return;
	snprintf(path, sizeof(path), "/dev/%s", s->node);
	g->ring = open(path, O_RDWR | O_DIRECT | O_CLOEXEC);
	if (g->ring < 0)
		return;
	if (!g->ring_buf && posix_memalign(&g->ring_buf, 4096, RING_SLOT) != 0) {
		fd_close(TAKE_FD(g->ring));
		g->ring_buf = NULL;
		return;
	}
	memset(g->ring_buf, 0, RING_SLOT);
}

void disks_learn(struct guestd *g)
{
	slots_learn(storage_of(g));
	ring_open(g);
}

/* The serial of a SCSI disk: page 0x80 of its product data, behind four bytes of header. */
static bool scsi_has_serial(const char *node, const char *serial)
{
	char path[300];
	uint8_t page[256];
	size_t n = strlen(serial);

	snprintf(path, sizeof(path), BLOCK_DIR "/%s/device/vpd_pg80", node);
	CLEANUP(fd_close) int fd = open(path, O_RDONLY | O_CLOEXEC);
	ssize_t got = fd < 0 ? -1 : read_full(fd, page, sizeof(page));

	return got >= 4 + (ssize_t)n && !memcmp(page + 4, serial, n) &&
	       (got == 4 + (ssize_t)n || page[4 + n] == ' ' || page[4 + n] == '\0');
}

/* Can it be opened? Its folder is there some moments before the disk is. */
static bool node_opens(const char *node)
{
	char path[64];

	snprintf(path, sizeof(path), "/dev/%s", node);
	CLEANUP(fd_close) int fd = open(path, O_RDONLY | O_CLOEXEC);
	return fd >= 0;
}

static bool scsi_find(const char *serial, struct slot *ret)
{
	CLEANUP(closedir_quiet) DIR *d = opendir(BLOCK_DIR);
	struct dirent *de;

	while (d && (de = readdir(d))) {
		size_t n = strlen(de->d_name);

		if (strncmp(de->d_name, "sd", 2) != 0 || n >= sizeof(ret->node) ||
		    !scsi_has_serial(de->d_name, serial) || !node_opens(de->d_name))
			continue;
		memcpy(ret->node, de->d_name, n + 1);
		return true;
	}
	return false;
}

/* A disk that is none of the slots was hot-added: it comes when the kernel has scanned its bus. */
static int scsi_wait(const char *serial, struct slot *ret, struct err *e)
{
	int64_t end = now_ns() + SCSI_WAIT_NS;
	unsigned turn = 0;

	while (!scsi_find(serial, ret)) {
		if (now_ns() > end)
			return err_set(e, ENODEV, "no disk with the serial '%s' appeared", serial);
		nap(&turn);
	}
	return 0;
}

/* The disk's own driver asks it again for all that it asks once: the size of a block. */
static int slot_reprobe(struct storage *st, struct slot *s, struct err *e)
{
	char path[300], link[256], serial[sizeof(s->serial)];

	snprintf(path, sizeof(path), BLOCK_DIR "/%s/device", s->node);
	ssize_t n = readlink(path, link, sizeof(link) - 1);
	if (n < 0)
		return err_sys(e, "readlink '%s'", path);
	link[n] = '\0';
	const char *name = strrchr(link, '/') ? strrchr(link, '/') + 1 : link;

	if (sys_write(DRIVER_DIR "/unbind", name) < 0 || sys_write(DRIVER_DIR "/bind", name) < 0)
		return err_sys(e, "cannot start the driver of '%s' anew", s->serial);
	memcpy(serial, s->serial, sizeof(serial));
	slots_learn(st); /* the node may have another name now */
	s = slot_find(st, serial);
	snprintf(path, sizeof(path), "/dev/%s", s->node);
	if (access(path, F_OK) < 0)
		return err_sys(e, "disk '%s' went away", serial);
	return 0;
}

/* Gives the slot the block size asked for. *ret_done: the partitions are read as well. */
static int slot_blocksize(struct storage *st, struct slot *s, uint32_t want, bool *ret_done,
			  struct err *e)
{
	if (s->blocksize == want)
		return 0;
	if (slot_reprobe(st, s, e) < 0)
		return -1;
	*ret_done = true;
	return 0;
}

/* Waits for the capacity: whole sectors, so the end of an odd image counts as one or not at all. */
static int size_wait(int fd, const struct guest_disk *d, struct err *e)
{
	int64_t end = 0;
	uint64_t seen = 0;
	unsigned turn = 0;

	for (;;) {
		if (ioctl(fd, BLKGETSIZE64, &seen) < 0)
			return err_sys(e, "cannot ask for the size of '%s'", d->serial);
		if (seen / 512 == d->size / 512 || seen / 512 == (d->size + 511) / 512)
			return 0;
		if (!end)
			end = now_ns() + SIZE_WAIT_NS;
		if (now_ns() > end)
			return err_set(e, EIO,
				       "disk '%s' has %" PRIu64 " bytes where %" PRIu64
				       " were expected",
				       d->serial, seen, d->size);
		nap(&turn);
	}
}

/*
 * A disk without any partition is none of an error; one just being opened elsewhere is tried
 * again.
 */
static int partitions_read(int fd, const char *serial, struct err *e)
{
	for (unsigned turn = 0; ioctl(fd, BLKRRPART, 0) < 0;) {
		if (errno == EINVAL || errno == EIO)
			return 0;
		if (errno != EBUSY || turn > 200)
			return err_sys(e, "cannot read the partition table of '%s'", serial);
		nap(&turn);
	}
	return 0;
}

static bool has_partitions(const char *node)
{
	char path[64];
	bool found = false;

	snprintf(path, sizeof(path), BLOCK_DIR "/%s", node);
	DIR *dir = opendir(path);

	for (const struct dirent *d; dir && !found && (d = readdir(dir));)
		found = !strncmp(d->d_name, node, strlen(node));
	if (dir)
		closedir(dir);
	return found;
}

/*
 * The kernel takes a GPT for none if its first header is damaged, if it was made for a larger disk, if the MBR
 * before it begins elsewhere, or if its entries are longer than usual. What can be read of it is told to it.
 */
static void partitions_tell(int fd, const char *node)
{
	struct ptable_disk d = { .fd = fd, .user = node };
	struct table_ret t = { .label = NULL };
	struct err ignored = ERR_INIT;
	uint64_t size = 0;
	int sector = 0;

	if (has_partitions(node) || ioctl(fd, BLKGETSIZE64, &size) < 0 || ioctl(fd, BLKSSZGET, &sector) < 0)
		return;
	d.sector = (unsigned)sector;
	d.sectors = size / d.sector;
	const bool gpt = ptable_read(&d, &t, &ignored) == 0 && !strcmp(t.label, "gpt");

	for (uint32_t i = 0; gpt && i < t.list.n; i++) {
		const wire_partition *p = &t.list.v[i];
		struct blkpg_partition part = { .start = (long long)(p->start * d.sector),
						.length = (long long)(p->sectors * d.sector),
						.pno = (int)p->number };
		struct blkpg_ioctl_arg arg = { .op = BLKPG_ADD_PARTITION, .datalen = sizeof(part), .data = &part };

		/* One that lies elsewhere than on this disk is none. */
		if (p->start < d.sectors && p->sectors <= d.sectors - p->start)
			(void)!ioctl(fd, BLKPG, &arg);
	}
	proto_free(&procs[PROC_table].ret, &t);
}

/* As the kernel finds them, and as they are. */
static int partitions_find(int fd, const char *node, bool fresh, const char *serial, struct err *e)
{
	if (!fresh && partitions_read(fd, serial, e) < 0)
		return -1;
	partitions_tell(fd, node);
	return 0;
}

/* Finds the disk's node, waits until it is what the tool attached, and reads its partitions. */
static int disk_settle(struct guestd *g, struct guest_disk *d, struct err *e)
{
	struct storage *st = storage_of(g);
	struct slot scsi = { .size = 0 }, *s = slot_find(st, d->serial);
	bool fresh = s && !st->warmed && s->size == d->size / 512 * 512;
	int ro = 1;
	char path[64];

	if (!s) {
		if (scsi_wait(d->serial, &scsi, e) < 0)
			return -1;
	} else if (d->blocksize && slot_blocksize(st, s, d->blocksize, &fresh, e) < 0) {
		return -1;
	}
	s = slot_find(st, d->serial) ?: &scsi;

	snprintf(path, sizeof(path), "/dev/%s", s->node);
	CLEANUP(fd_close) int fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return err_sys(e, "open '%s'", path);
	if (d->size && size_wait(fd, d, e) < 0)
		return -1;
	/* In a reading session all writes end in the tool's overlay: see fstype.h. */
	if (g->writable && !d->writable && ioctl(fd, BLKROSET, &ro) < 0)
		return err_sys(e, "cannot make '%s' read-only", d->serial);
	if (partitions_find(fd, s->node, fresh, d->serial, e) < 0)
		return -1;
	memcpy(d->node, s->node, sizeof(d->node));
	return 0;
}

int disks_take(struct guestd *g, const wire_disks *disks, struct err *e)
{
	if (disks->n > GUEST_DISKS_MAX)
		return err_set(e, E2BIG, "%u disks: no more than %d are possible", disks->n,
			       GUEST_DISKS_MAX);
	g->n_disks = 0;
	for (uint32_t i = 0; i < disks->n; i++) {
		const wire_disk *w = &disks->v[i];
		struct guest_disk *d = &g->disks[i];

		if (strlen(w->serial) >= sizeof(d->serial))
			return err_set(e, EINVAL, "a disk's serial is too long");
		*d = (struct guest_disk){ .writable = w->writable,
					  .size = w->size,
					  .blocksize = w->blocksize };
		snprintf(d->serial, sizeof(d->serial), "%s", w->serial);
		g->n_disks = i + 1;
	}
	return 0;
}

int disks_settle(struct guestd *g, struct err *e)
{
	for (size_t i = 0; i < g->n_disks; i++)
		if (!g->disks[i].node[0] && disk_settle(g, &g->disks[i], e) < 0)
			return -1;
	return 0;
}

int disks_rescan(struct guestd *g, size_t disk, struct err *e)
{
	char path[64];

	devname_kernel(g->disks[disk].node, 0, path, sizeof(path));
	CLEANUP(fd_close) int fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return err_sys(e, "open '%s'", path);
	return partitions_find(fd, g->disks[disk].node, false, g->disks[disk].serial, e);
}

int disks_flush(struct guestd *g, struct err *e)
{
	int rc = 0;

	for (size_t i = 0; i < g->n_disks; i++) {
		char path[64], user[DEVNAME_MAX];

		if (!g->disks[i].writable || !g->disks[i].node[0])
			continue;
		devname_kernel(g->disks[i].node, 0, path, sizeof(path));
		devname_format((struct devname){ (unsigned)i, 0 }, user);
		CLEANUP(fd_close) int fd = open(path, O_RDONLY | O_CLOEXEC);
		if ((fd < 0 || fsync(fd) < 0) && rc == 0)
			rc = err_sys(e, "cannot write out '%s'", user);
	}
	return rc;
}
