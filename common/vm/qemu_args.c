/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * See qemu_args.h. The machine is "microvm" with virtio-mmio: it has no PCI, no
 * VGA and no hot-plug controller whose code would have to run, which under TCG
 * means to be translated, in every run. Disks are virtio-blk slots that exist in
 * the template already (launch_qemu.c tells how they change hands).
 */
#include "vm/qemu_args.h"

#include <stdio.h>
#include <string.h>

#include "util/buf.h"
#include "util/xalloc.h"
#include "vm/image_node.h"

#define FDSET "/dev/fdset/"

/* Descriptor sets of qemu are numbered by the descriptor they were made from. */
static void add_fd(struct strvec *v, int fd)
{
	strvec_add(v, "-add-fd");
	strvec_addf(v, "fd=%d,set=%d", fd, fd);
}

/* What takes the writes to image disk: its own overlay, or a reading session's memfd, or -1. */
static int overlay_of(const struct machine *m, size_t disk)
{
	if (m->images[disk]->overlay >= 0)
		return m->images[disk]->overlay;
	return m->overlays ? m->overlays[disk] : -1;
}

/* The node that a disk is attached to. */
static void disk_node(size_t disk, char ret[32])
{
	snprintf(ret, 32, "d%zu", disk);
}

/* Takes the node over. */
static void add_node(struct strvec *v, char *node)
{
	strvec_add(v, "-blockdev");
	strvec_give(v, node);
}

/* An image, with what takes its writes; what it stands on comes first. */
static void image_nodes(struct strvec *v, const struct machine *m, size_t disk)
{
	const struct image *img = m->images[disk];
	char name[32];
	const struct image_how how = {
		.fds = FDSET,
		.name = name,
		.apart = true,
		.writable = m->writable && overlay_of(m, disk) < 0,
		.discard = m->discard,
		.overlaid = overlay_of(m, disk) >= 0,
		.overlay = overlay_of(m, disk),
		.journaled = img->journal >= 0,
		.journal = img->journal,
	};

	disk_node(disk, name);
	for (size_t i = img->n_layers; i-- > 0;) {
		struct buf b = BUF_INIT;

		if (i)
			image_node_below(&b, img, &how, i);
		else
			image_node(&b, img, &how);
		add_node(v, buf_take(&b));
	}
}

/* A file of ours. */
static char *own_node(const char *name, int fd, bool ro)
{
	struct image_how how = { .fds = FDSET, .name = name, .writable = !ro };
	struct buf b = BUF_INIT;

	file_node(&b, fd, &how);
	return buf_take(&b);
}

/* Makes all descriptors of an image known to qemu. */
static void image_fds(struct strvec *v, const struct machine *m, size_t disk)
{
	const struct image *img = m->images[disk];

	for (size_t i = 0; i < img->n_layers; i++) {
		if (!img->layers[i].remote)
			add_fd(v, img->layers[i].fd);
		if (img->layers[i].data_fd >= 0)
			add_fd(v, img->layers[i].data_fd);
	}
	if (overlay_of(m, disk) >= 0)
		add_fd(v, overlay_of(m, disk));
	if (img->journal >= 0)
		add_fd(v, img->journal);
}

void machine_slot_node(char ret[32], unsigned i)
{
	snprintf(ret, 32, "slot%u", i);
}

/*
 * A write that fails, also for want of space on the host, is for guestd to hear of at once: qemu
 * would stop the machine and wait for somebody to make room.
 */
static void blk_device(struct strvec *v, const char *node, const char *serial, unsigned blocksize)
{
	strvec_add(v, "-device");
	if (blocksize)
		strvec_addf(v,
			    "virtio-blk-device,drive=%s,serial=%s,werror=report,rerror=report,"
			    "logical_block_size=%u,physical_"
			    "block_size=%u",
			    node, serial, blocksize, blocksize);
	else
		strvec_addf(v, "virtio-blk-device,drive=%s,serial=%s,werror=report,rerror=report", node,
			    serial);
}

static void slot_args(struct strvec *v, const struct machine *m, unsigned i)
{
	char node[32], serial[16];
	unsigned blocksize = 0;

	machine_slot_node(node, i);
	snprintf(serial, sizeof(serial), "disk%u", i);
	if (i < m->n_images) {
		image_fds(v, m, i);
		image_nodes(v, m, i);
		disk_node(i, node);
		blocksize = m->images[i]->blocksize;
	} else if (m->how == MACHINE_TEMPLATE) {
		add_fd(v, m->placeholder[i]);
		add_node(v, own_node(node, m->placeholder[i], false));
	} else {
		add_node(v, xasprintf("{\"driver\":\"null-co\",\"node-name\":\"%s\",\"size\":%u}",
				      node, SLOT_EMPTY_SIZE));
	}
	blk_device(v, node, serial, blocksize);
}

/* A disk of our own: the appliance's root, or the ring. */
static void own_disk(struct strvec *v, int fd, const char *name, bool ro)
{
	add_fd(v, fd);
	add_node(v, own_node(name, fd, ro));
	blk_device(v, name, name, 0);
}

static void memory_args(struct strvec *v, const struct machine *m)
{
	strvec_add(v, "-object");
	if (m->how == MACHINE_BOOT)
		strvec_addf(v, "memory-backend-ram,id=ram,size=%dM", MACHINE_MEMORY);
	else
		strvec_addf(
			v, "memory-backend-file,id=ram,size=%dM,mem-path=/proc/self/fd/%d,share=%s",
			MACHINE_MEMORY, m->ram, m->how == MACHINE_TEMPLATE ? "on" : "off");
}

/*
 * Kernel command line. quiet and fewer self-tests: every line and every test is
 * emulated. init_on_alloc=0, nokaslr, mitigations=off: the appliance holds one
 * guest's data and has no secret of its own to keep from it.
 * reboot=t: by a triple fault, which ends qemu; the other ways lead into its firmware.
 */
static void boot_args(struct strvec *v, const struct machine *m)
{
	struct buf b = BUF_INIT;

	buf_addstr(&b,
		   "panic=-1 reboot=t console=ttyS0 8250.nr_uarts=1 no_timer_check tsc=reliable "
		   "random.trust_cpu=on cryptomgr.notests nokaslr init_on_alloc=0 mitigations=off "
		   "cgroup_disable=memory psi=0 audit=0 lsm=capability nowatchdog "
		   "transparent_hugepage=never rcupdate.rcu_expedited=1");
	if (!m->verbose_boot)
		buf_addstr(&b, " quiet");
	if (m->tsc_khz && !m->kvm)
		buf_addf(&b, " tsc_early_khz=%lu", m->tsc_khz);
	if (m->append)
		buf_addf(&b, " %s", m->append);
	strvec_add(v, "-kernel");
	strvec_addf(v, "/proc/self/fd/%d", m->vmlinux);
	strvec_add(v, "-initrd");
	strvec_addf(v, "/proc/self/fd/%d", m->initrd);
	strvec_add(v, "-append");
	strvec_give(v, buf_take(&b));
}

void machine_args(struct strvec *v, const struct machine *m)
{
	static const char machine[] = "microvm,acpi=on,rtc=on,pit=on,pic=on,isa-serial=on,"
				      "ioapic2=on,memory-backend=ram,dump-guest-core=off";
	static const char *const fixed[] = {
		"-no-user-config",
		"-nodefaults",
		"-display",
		"none",
		"-no-reboot",
		"-machine",
		machine,
		/* Nothing may be executed, no uid changed, no limit raised once it runs. */
		"-sandbox",
		"on,obsolete=deny,elevateprivileges=deny,spawn=deny,resourcecontrol=deny",
	};

	for (size_t i = 0; i < ARRAY_SIZE(fixed); i++)
		strvec_add(v, fixed[i]);
	strvec_add(v, "-accel");
	strvec_add(v, m->kvm ? "kvm" : "tcg");
	strvec_add(v, "-cpu");
	strvec_add(v, m->kvm ? "host" : "max");
	strvec_add(v, "-m");
	strvec_addf(v, "%d", MACHINE_MEMORY);
	memory_args(v, m);
	strvec_add(v, "-chardev");
	strvec_addf(v, "socket,id=console,fd=%d", m->console);
	strvec_add(v, "-serial");
	strvec_add(v, "chardev:console");
	strvec_add(v, "-chardev");
	strvec_addf(v, "socket,id=monitor,fd=%d", m->monitor);
	strvec_add(v, "-mon");
	strvec_add(v, "chardev=monitor,mode=control");
	strvec_add(v, "-chardev");
	strvec_addf(v, "socket,id=rpc,fd=%d", m->rpc);
	strvec_add(v, "-device");
	strvec_add(v, "virtio-serial-device,max_ports=2");
	strvec_add(v, "-device");
	strvec_add(v, "virtserialport,chardev=rpc,name=org.guestutils.rpc");
	strvec_add(v, "-device");
	strvec_add(v, "virtio-scsi-device,id=scsi");
	own_disk(v, m->root, "root", true);
	own_disk(v, m->ring, "ring", false);
	for (unsigned i = 0; i < DISK_SLOTS; i++)
		slot_args(v, m, i);
	for (size_t i = DISK_SLOTS; i < m->n_images; i++) {
		image_fds(v, m, i);
		image_nodes(v, m, i);
	}
	if (m->how == MACHINE_RESTORE) {
		strvec_add(v, "-incoming");
		strvec_add(v, "defer");
	} else {
		boot_args(v, m);
	}
	/* A state without qemu's own "was stopped when saved": the restored machine runs by itself.
	 */
	if (m->how == MACHINE_TEMPLATE) {
		strvec_add(v, "-global");
		strvec_add(v, "migration.store-global-state=off");
	}
}

void machine_hotplug(struct strvec *v, const struct machine *m, size_t i)
{
	unsigned bs = m->images[i]->blocksize;
	char top[32];

	disk_node(i, top);
	strvec_addf(v,
		    "{\"execute\":\"device_add\",\"arguments\":{\"driver\":\"scsi-hd\",\"bus\":"
		    "\"scsi.0\","
		    "\"drive\":\"%s\",\"id\":\"hd%zu\",\"serial\":\"disk%zu\","
		    "\"werror\":\"report\",\"rerror\":\"report\","
		    "\"logical_block_size\":%u,\"physical_block_size\":%u}}",
		    top, i, i, bs ? bs : 512, bs ? bs : 512);
}
