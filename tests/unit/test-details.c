/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The call details, over phony trees. */
#include <stdarg.h>
#include <setjmp.h>
#include <stddef.h>

#include <cmocka.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "pack.h"
#include "peer.h"
#include "util/io.h"

#define RELEASE "6.1.0-18-amd64"

/* Sets a file's time. */
static void set_time(struct peer *p, const char *name, time_t sec)
{
	const struct timespec t[2] = { { .tv_sec = sec }, { .tv_sec = sec } };
	char path[4096];

	snprintf(path, sizeof(path), "root/%s", name);
	assert_int_equal(utimensat(p->tmp, path, t, 0), 0);
}

/* Appends the start of a bzImage: the set-up header, and the version it points to. */
static void bzimage(struct buf *b, const char *version)
{
	const size_t size = 0x4000, at = b->len;
	char *p = buf_room(b, size);

	memset(p, 0, size);
	memcpy(p, "MZ", 2);
	memcpy(p + 0x202, "HdrS", 4);
	p[0x20e] = 0x80;
	p[0x20f] = 0x31;
	snprintf(p + 0x3380, 200, "%s (build@host) #1 SMP PREEMPT_DYNAMIC", version);
	b->len = at + size;
}

static void put_kernel(struct peer *p, const char *name, const char *version)
{
	CLEANUP(buf_release) struct buf b = BUF_INIT;

	bzimage(&b, version);
	peer_put(p, name, b.data, b.len);
}

/* An initramfs: microcode as it is, then the module, if any, in an archive that is packed. */
static void initramfs(struct buf *b, enum packing how, const char *module)
{
	CLEANUP(buf_release) struct buf cpio = BUF_INIT;

	cpio_add(b, "kernel/x86/microcode/AuthenticAMD.bin", "bytes", 5);
	cpio_end(b);
	cpio_add(&cpio, "init", "#!/bin/sh\n", 10);
	if (module)
		cpio_add(&cpio, module, "\177ELF", 4);
	cpio_add(&cpio, "usr/bin/sh", "\177ELF", 4);
	cpio_end(&cpio);
	pack(b, how, cpio.data, cpio.len);
}

static void put_initramfs(struct peer *p, const char *name, enum packing how, const char *module)
{
	CLEANUP(buf_release) struct buf b = BUF_INIT;

	initramfs(&b, how, module);
	peer_put(p, name, b.data, b.len);
}

/* The call; *r is the caller's to free with done(). */
static void details(struct peer *p, struct details_ret *r)
{
	struct details_args a = { 0 };

	memset(r, 0, sizeof(*r));
	assert_int_equal(peer_do(p, PROC_details, &a, r), 0);
}

/* Ends a test. */
static void done(struct peer *p, struct details_ret *r)
{
	proto_free(&procs[PROC_details].ret, r);
	assert_int_equal(peer_stop(p), 0);
}

/* A list in one string, with blanks between; valid until the next call. */
static const char *joined(const wire_strs *l)
{
	static char text[4096];
	size_t len = 0;

	*text = '\0';
	for (uint32_t i = 0; i < l->n; i++)
		len += (size_t)snprintf(text + len, sizeof(text) - len, "%s%s", i ? " " : "",
					l->v[i]);
	return text;
}

static void assert_kernel(const struct details_ret *r, uint32_t i, const char *path,
			  const char *version, const char *initramfs_path, const char *virtio)
{
	assert_true(i < r->kernels.n);
	assert_string_equal(r->kernels.v[i].path, path);
	assert_string_equal(r->kernels.v[i].version, version);
	assert_string_equal(r->kernels.v[i].initramfs, initramfs_path);
	assert_string_equal(r->kernels.v[i].virtio, virtio);
}

#define BLK "usr/lib/modules/" RELEASE "/kernel/drivers/block/virtio_blk.ko"

static void test_empty(void **state)
{
	struct details_ret r;
	struct peer p;

	(void)state;
	peer_start(&p, false);
	peer_hello(&p, false);
	details(&p, &r);
	assert_int_equal(r.boot_loaders.n + r.kernels.n + r.users.n + r.secure_boot.n +
				 r.usages.n + r.warnings.n,
			 0);
	assert_false(r.logged);
	assert_false(r.cloud_init);
	assert_string_equal(r.selinux, "");
	done(&p, &r);
}

static void test_debian(void **state)
{
	struct details_ret r;
	struct peer p;

	(void)state;
	peer_start(&p, false);
	peer_hello(&p, false);
	peer_put_text(&p, "boot/grub/grub.cfg", "linux /boot/vmlinuz-" RELEASE " root=/dev/sda1 ro\n");
	peer_put_text(&p, "boot/grub/i386-pc/core.img", "");
	peer_put_text(&p, "boot/efi/EFI/debian/grubx64.efi", "");
	peer_put_text(&p, "boot/efi/EFI/debian/shimx64.efi", "");
	peer_put_text(&p, "boot/efi/EFI/BOOT/BOOTX64.EFI", "");
	peer_put_text(&p, "var/lib/shim-signed/mok/MOK.der", "");
	put_kernel(&p, "boot/vmlinuz-6.1.0-9-amd64", "6.1.0-9-amd64");
	put_kernel(&p, "boot/vmlinuz-" RELEASE, RELEASE);
	peer_put_text(&p, "boot/vmlinuz-" RELEASE ".dpkg-tmp", "not a kernel");
	peer_put_text(&p, "boot/.vmlinuz-" RELEASE ".hmac", "");
	peer_link(&p, "boot/vmlinuz-" RELEASE, "vmlinuz");
	peer_link(&p, "/boot/vmlinuz-" RELEASE, "boot/vmlinuz");
	put_initramfs(&p, "boot/initrd.img-" RELEASE, PACK_ZSTD, BLK);
	put_initramfs(&p, "boot/initrd.img-6.1.0-9-amd64", PACK_GZIP, NULL);
	peer_put_text(&p, "etc/cloud/cloud.cfg", "");
	peer_put_text(&p, "var/log/syslog", "x");
	peer_put_text(&p, "var/log/journal/0123/system.journal", "x");
	peer_put_text(&p, "var/log/lastlog", "");
	set_time(&p, "var/log/syslog", 1000);
	set_time(&p, "var/log/journal/0123/system.journal", 2000);
	set_time(&p, "var/log/lastlog", 3000); /* empty: nothing was logged */
	details(&p, &r);
	assert_string_equal(joined(&r.boot_loaders), "grub2-bios grub2-efi efi-fallback");
	assert_string_equal(joined(&r.secure_boot), "/boot/efi/EFI/debian/shimx64.efi "
						    "/var/lib/shim-signed/mok/MOK.der");
	assert_kernel(&r, 0, "/boot/vmlinuz-" RELEASE, RELEASE, "/boot/initrd.img-" RELEASE, "yes");
	assert_kernel(&r, 1, "/boot/vmlinuz-6.1.0-9-amd64", "6.1.0-9-amd64",
		      "/boot/initrd.img-6.1.0-9-amd64", "no");
	assert_int_equal(r.kernels.n, 2);
	assert_true(r.cloud_init);
	assert_true(r.logged);
	assert_int_equal(r.last_log, 2000);
	assert_int_equal(r.warnings.n, 0);
	done(&p, &r);
}

/* Each way in which an initramfs is packed, and each name that it goes by. */
static void test_initramfs(void **state)
{
	static const struct {
		const char *kernel, *initramfs;
		enum packing how;
		const char *module, *virtio;
	} rows[] = {
		{ "vmlinuz-linux", "initramfs-linux.img", PACK_ZSTD, BLK ".zst", "yes" },
		{ "vmlinuz-lts", "initramfs-lts", PACK_GZIP, "lib/virtio_scsi.ko.gz", "yes" },
		{ "vmlinuz-5.14.0-1.el9", "initramfs-5.14.0-1.el9.img", PACK_XZ, BLK ".xz", "yes" },
		{ "vmlinuz-6.4.0-default", "initrd-6.4.0-default", PACK_LZ4, BLK, "yes" },
		{ "vmlinuz-6.8.0-generic", "initrd.img-6.8.0-generic", PACK_PLAIN, BLK, "yes" },
		{ "vmlinuz-3.10", "initrd-3.10.img", PACK_LZMA, BLK, "yes" },
		{ "vmlinuz-4.19", "initrd.img-4.19", PACK_ZSTD, "x/virtio_net.ko", "no" },
		{ "vmlinuz-4.20", "initrd.img-4.20", PACK_LZ4, NULL, "no" },
		{ "vmlinuz-4.21", NULL, PACK_PLAIN, NULL, "" },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		struct details_ret r;
		struct peer p;
		char name[100], path[100] = "";

		peer_start(&p, false);
		peer_hello(&p, false);
		snprintf(name, sizeof(name), "boot/%s", rows[i].kernel);
		peer_put_text(&p, name, "no header");
		if (rows[i].initramfs) {
			snprintf(path, sizeof(path), "/boot/%s", rows[i].initramfs);
			put_initramfs(&p, path + 1, rows[i].how, rows[i].module);
		}
		details(&p, &r);
		assert_int_equal(r.kernels.n, 1);
		assert_string_equal(r.kernels.v[0].path + 1, name);
		assert_string_equal(r.kernels.v[0].initramfs, path);
		assert_string_equal(r.kernels.v[0].virtio, rows[i].virtio);
		assert_string_equal(r.kernels.v[0].version,
				    strpbrk(rows[i].kernel, "0123456789") ?
					    strchr(rows[i].kernel, '-') + 1 :
					    "");
		done(&p, &r);
	}
}

/* What is built in needs no initramfs; what is not built in, and has none, has no virtio. */
static void test_builtin(void **state)
{
	struct details_ret r;
	struct peer p;

	(void)state;
	peer_start(&p, false);
	peer_hello(&p, false);
	put_kernel(&p, "boot/vmlinuz-2", "6.2.0");
	put_kernel(&p, "boot/vmlinuz-3", "6.3.0");
	put_kernel(&p, "usr/lib/modules/6.4.0/vmlinuz", "6.4.0");
	put_kernel(&p, "usr/lib/modules/6.3.0/vmlinuz", "6.3.0"); /* a copy */
	peer_put_text(&p, "usr/lib/modules/6.2.0/modules.builtin",
		 "kernel/fs/ext4/ext4.ko\nkernel/drivers/block/virtio_blk.ko\n");
	peer_put_text(&p, "usr/lib/modules/6.3.0/modules.builtin", "kernel/fs/ext4/ext4.ko\n");
	peer_put_text(&p, "usr/lib/modules/6.4.0/modules.builtin", "");
	put_initramfs(&p, "usr/lib/modules/6.4.0/initramfs.img", PACK_ZSTD, BLK);
	details(&p, &r);
	assert_int_equal(r.kernels.n, 3);
	assert_kernel(&r, 0, "/usr/lib/modules/6.4.0/vmlinuz", "6.4.0",
		      "/usr/lib/modules/6.4.0/initramfs.img", "yes");
	assert_kernel(&r, 1, "/boot/vmlinuz-3", "6.3.0", "", "no");
	assert_kernel(&r, 2, "/boot/vmlinuz-2", "6.2.0", "", "yes");
	done(&p, &r);
}

/* Entries name kernels and initramfs from the top of their own file system. */
static void test_entries(void **state)
{
	struct details_ret r;
	struct peer p;

	(void)state;
	peer_start(&p, false);
	peer_hello(&p, false);
	peer_put_text(&p, "boot/loader/entries/0123-6.6.9.conf",
		 "title Fedora\nversion 6.6.9\nlinux /vmlinuz-6.6.9\n"
		 "initrd /intel-ucode.img /odd-name $tuned_initrd\noptions root=LABEL=x enforcing=0\n");
	put_kernel(&p, "boot/vmlinuz-6.6.9", "6.6.9");
	put_initramfs(&p, "boot/odd-name", PACK_ZSTD, BLK);
	peer_put_text(&p, "efi/loader/entries/arch.conf",
		 "linux /0123/6.7.1/linux\ninitrd /amd-ucode.img\ninitrd /0123/6.7.1/initrd\n"
		 "version 6.7.1\n");
	peer_put_text(&p, "efi/loader/loader.conf", "timeout 3\n");
	peer_put_text(&p, "efi/0123/6.7.1/linux", "no header");
	put_initramfs(&p, "efi/0123/6.7.1/initrd", PACK_XZ, NULL);
	peer_put_text(&p, "efi/loader/entries/gone.conf", "linux /gone\n");
	peer_put_text(&p, "efi/loader/entries/out.conf", "linux ../../../../../../etc/passwd\n");
	peer_put_text(&p, "etc/selinux/config", "# SELINUX=disabled\nSELINUX=enforcing\n");
	details(&p, &r);
	assert_string_equal(joined(&r.boot_loaders), "systemd-boot");
	assert_int_equal(r.kernels.n, 2);
	assert_kernel(&r, 0, "/efi/0123/6.7.1/linux", "6.7.1", "/efi/0123/6.7.1/initrd", "no");
	assert_kernel(&r, 1, "/boot/vmlinuz-6.6.9", "6.6.9", "/boot/odd-name", "yes");
	done(&p, &r);
}

/* A number in the bytes of a header. */
static void set32(struct buf *b, size_t at, uint32_t v)
{
	for (int i = 0; i < 4; i++)
		b->data[at + (size_t)i] = (char)(v >> 8 * i);
}

/* A unified kernel image: a PE program of which the sections are kernel, version, initramfs. */
static void unified(struct buf *b, enum packing how)
{
	static const char *const names[] = { ".uname", ".linux", ".initrd" };
	const char *version = "6.9.0-unified";

	memset(buf_room(b, 4096), 0, 4096);
	b->len = 4096;
	memcpy(b->data, "MZ", 2);
	set32(b, 0x3c, 0x80);
	memcpy(b->data + 0x80, "PE\0\0", 4);
	b->data[0x86] = 3;
	b->data[0x94] = 16; /* of an optional header */
	for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
		const size_t row = 0x98 + 16 + i * 40, at = b->len;

		if (i == 0)
			buf_add(b, version, strlen(version) + 1);
		else if (i == 1)
			bzimage(b, "6.9.0");
		else
			initramfs(b, how, BLK);
		memcpy(b->data + row, names[i], strlen(names[i]));
		set32(b, row + 8, (uint32_t)(b->len - at));
		while (b->len % 512)
			buf_addch(b, '\0');
		set32(b, row + 16, (uint32_t)(b->len - at));
		set32(b, row + 20, (uint32_t)at);
	}
	buf_addstr(b, "a signature");
}

static void test_unified(void **state)
{
	CLEANUP(buf_release) struct buf b = BUF_INIT;
	struct details_ret r;
	struct peer p;

	(void)state;
	peer_start(&p, false);
	peer_hello(&p, false);
	unified(&b, PACK_ZSTD);
	peer_put(&p, "boot/efi/EFI/Linux/linux.efi", b.data, b.len);
	/* Cut off, with sections beyond the end. */
	peer_put(&p, "boot/efi/EFI/Linux/short.efi", b.data, 4000);
	details(&p, &r);
	assert_int_equal(r.kernels.n, 2);
	assert_kernel(&r, 0, "/boot/efi/EFI/Linux/linux.efi", "6.9.0-unified",
		      "/boot/efi/EFI/Linux/linux.efi", "yes");
	assert_kernel(&r, 1, "/boot/efi/EFI/Linux/short.efi", "", "/boot/efi/EFI/Linux/short.efi",
		      "");
	done(&p, &r);
}

static void test_users(void **state)
{
	static const char passwd[] = "root:x:0:0:root:/root:/bin/bash\n"
				     "daemon:x:1:1::/usr/sbin:/bin/sh\n"
				     "sync:x:4:65534:sync:/bin:/bin/sync\n"
				     "alice:x:1000:1000:A. Lice:/home/alice:/usr/bin/fish\n"
				     "bob:x:1001:1001::/home/bob:\n"
				     "carol:x:1002:1002::/home/carol:/usr/sbin/nologin\n"
				     "dave:x:1003:1003::/home/dave:/bin/false\n"
				     "eve:x:1004:1004::/home/eve:/opt/own\n"
				     "frank:x:1005:1005::/home/frank:/opt/other\n"
				     "nobody:x:65534:65534::/:/bin/sh\n"
				     "+::::::\n"
				     "bad:x:12x:1::/:/bin/sh\n"
				     "high:x:4294967296:1::/:/bin/sh\n"
				     "short:x:1007:1\n"
				     "last:x:4294967295:1::/:/bin/zsh";
	static const char *const names[] = { "root", "alice", "bob", "eve", "last" };
	struct details_ret r;
	struct peer p;

	(void)state;
	peer_start(&p, false);
	peer_hello(&p, false);
	peer_put(&p, "etc/passwd", passwd, sizeof(passwd) - 1);
	peer_put_text(&p, "etc/shells", "# all\n/bin/sh\n /opt/own \n/bin/false\n");
	details(&p, &r);
	assert_int_equal(r.users.n, ARRAY_SIZE(names));
	for (size_t i = 0; i < ARRAY_SIZE(names); i++)
		assert_string_equal(r.users.v[i].name, names[i]);
	assert_int_equal(r.users.v[1].uid, 1000);
	assert_string_equal(r.users.v[1].home, "/home/alice");
	assert_string_equal(r.users.v[1].shell, "/usr/bin/fish");
	assert_string_equal(r.users.v[2].shell, "/bin/sh");
	assert_int_equal(r.warnings.n, 0);
	done(&p, &r);
}

/* What the config says, and what the kernel's command line makes of it. */
static void test_selinux(void **state)
{
	static const struct {
		const char *config, *grub, *env, *mode;
	} rows[] = {
		{ "SELINUX=enforcing\nSELINUXTYPE=targeted\n", NULL, NULL, "enforcing" },
		{ "SELINUX = Permissive # for now\n", NULL, NULL, "permissive" },
		{ "SELINUX=disabled", "linux /vmlinuz enforcing=1\n", NULL, "disabled" },
		{ "SELINUX=nonsense\n", NULL, NULL, "" },
		{ "SELINUXTYPE=enforcing\n", NULL, NULL, "" },
		{ "SELINUX=enforcing\n", "\tlinux\t/vmlinuz ro selinux=0\n", NULL, "disabled" },
		{ "SELINUX=enforcing\n", "linux16 /vmlinuz enforcing=0\n", NULL, "permissive" },
		{ "SELINUX=permissive\n", "linuxefi /vmlinuz enforcing=1\n", NULL, "enforcing" },
		{ "SELINUX=enforcing\n", "linux /vmlinuz xselinux=0 selinux=01\n", NULL,
		  "enforcing" },
		{ "SELINUX=enforcing\n", "linux /vmlinuz\n", "# env\nkernelopts=ro selinux=0\n",
		  "disabled" },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		struct details_ret r;
		struct peer p;

		peer_start(&p, false);
		peer_hello(&p, false);
		peer_put_text(&p, "etc/selinux/config", rows[i].config);
		if (rows[i].grub)
			peer_put_text(&p, "boot/grub2/grub.cfg", rows[i].grub);
		if (rows[i].env)
			peer_put_text(&p, "boot/grub2/grubenv", rows[i].env);
		details(&p, &r);
		assert_string_equal(r.selinux, rows[i].mode);
		done(&p, &r);
	}
}

static void test_windows(void **state)
{
	struct details_ret r;
	struct peer p;

	(void)state;
	peer_start(&p, false);
	peer_hello(&p, false);
	peer_put_text(&p, "BOOTMGR", "");
	peer_put_text(&p, "Windows/system32/WinEvt/Logs/System.EVTX", "ElfFile");
	peer_put_text(&p, "Windows/system32/WinEvt/Logs/Old.evtx", "ElfFile");
	set_time(&p, "Windows/system32/WinEvt/Logs/System.EVTX", 77);
	set_time(&p, "Windows/system32/WinEvt/Logs/Old.evtx", 66);
	details(&p, &r);
	assert_string_equal(joined(&r.boot_loaders), "windows-bootmgr");
	assert_int_equal(r.last_log, 77);
	assert_int_equal(r.users.n + r.kernels.n + r.warnings.n, 0);
	done(&p, &r);
}

/* One loader a tree, by the file that is the sign of it. */
static void test_loaders(void **state)
{
	static const struct {
		const char *file, *words;
	} rows[] = {
		{ "boot/grub2/grub.cfg", "grub2" },
		{ "boot/grub/x86_64-efi/core.efi", "grub2-efi" },
		{ "efi/EFI/systemd/systemd-bootx64.efi", "systemd-boot" },
		{ "boot/efi/EFI/Microsoft/Boot/bootmgfw.efi", "windows-bootmgr" },
		{ "boot/EFI/boot/bootaa64.efi", "" }, /* where names have a case */
		{ "boot/grub/menu.lst", "grub-legacy" },
		{ "boot/extlinux.conf", "extlinux" },
		{ "isolinux/isolinux.bin", "isolinux" },
		{ "boot/x86_64/loader/isolinux.cfg", "isolinux" },
		{ "efi/EFI/refind/refind_x64.efi", "refind" },
		{ "boot/boot.scr.uimg", "u-boot" },
		{ "etc/lilo.conf", "lilo" },
		{ "etc/zipl.conf", "zipl" },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		struct details_ret r;
		struct peer p;

		peer_start(&p, false);
		peer_hello(&p, false);
		peer_put_text(&p, rows[i].file, "");
		details(&p, &r);
		assert_string_equal(joined(&r.boot_loaders), rows[i].words);
		done(&p, &r);
	}
}

/* Files that are too big, of the wrong kind, or lead away, and folders that are too full. */
static void test_hostile(void **state)
{
	struct details_ret r;
	struct peer p;
	char path[4096];

	(void)state;
	peer_start(&p, false);
	peer_hello(&p, false);
	peer_put_text(&p, "etc/passwd", "root:x:0:0::/root:/bin/sh\n");
	snprintf(path, sizeof(path), "%s/root/etc/passwd", p.path);
	assert_int_equal(truncate(path, 1L << 30), 0);
	peer_folders(&p, "etc/selinux/config", path);
	assert_int_equal(mkfifoat(p.tmp, path, 0644), 0);
	peer_folders(&p, "boot/vmlinuz-9", path);
	assert_int_equal(mkfifoat(p.tmp, path, 0644), 0);
	peer_link(&p, "/proc/self/exe", "boot/vmlinuz-8");
	peer_link(&p, "vmlinuz-7", "boot/vmlinuz-7");
	peer_link(&p, "/dev/zero", "boot/vmlinuz-6");
	peer_link(&p, "../../../../../../../etc/passwd", "etc/shells");
	peer_put_text(&p, "boot/vmlinuz-5*", "x");
	details(&p, &r);
	assert_int_equal(r.kernels.n, 0);
	assert_int_equal(r.users.n, 0);
	assert_int_equal(r.warnings.n, 2);
	assert_non_null(strstr(r.warnings.v[0], "'/etc/passwd'"));
	assert_non_null(strstr(r.warnings.v[1], "'/etc/selinux/config'"));
	done(&p, &r);
}

static void test_many(void **state)
{
	CLEANUP(buf_release) struct buf passwd = BUF_INIT;
	struct details_ret r;
	struct peer p;
	char path[100];
	bool told = false;

	(void)state;
	peer_start(&p, false);
	peer_hello(&p, false);
	assert_int_equal(mkdirat(p.tmp, "root/boot", 0755), 0);
	for (int i = 0; i < 25000; i++) {
		snprintf(path, sizeof(path), "root/boot/vmlinuz-1.%d", i);
		assert_int_equal(mknodat(p.tmp, path, S_IFREG | 0644, 0), 0);
	}
	for (int i = 0; i < 2000; i++)
		buf_addf(&passwd, "user%d:x:%d:1::/:/bin/sh\n", i, 1000 + i);
	peer_put(&p, "etc/passwd", passwd.data, passwd.len);
	details(&p, &r);
	assert_int_equal(r.kernels.n, 64);
	assert_int_equal(r.users.n, 1000);
	for (uint32_t i = 0; i < r.warnings.n; i++)
		told |= strstr(r.warnings.v[i], "too many files") != NULL;
	assert_true(told);
	assert_int_equal(r.warnings.n, 3);
	done(&p, &r);
}

/* What unpacks to more than is read is unknown; the kernel before it is not. */
static void test_bomb(void **state)
{
	const size_t size = (size_t)160 << 20;
	CLEANUP(buf_release) struct buf cpio = BUF_INIT;
	CLEANUP(buf_release) struct buf b = BUF_INIT;
	struct details_ret r;
	struct peer p;

	(void)state;
	peer_start(&p, false);
	peer_hello(&p, false);
	cpio_header(&cpio, "zero", 0xfffffff0);
	memset(buf_room(&cpio, size), 0, size);
	cpio.len += size;
	pack(&b, PACK_ZSTD, cpio.data, cpio.len);
	peer_put(&p, "boot/initrd.img-6.1", b.data, b.len);
	put_kernel(&p, "boot/vmlinuz-6.1", "6.1");
	put_initramfs(&p, "boot/initrd.img-6.2", PACK_ZSTD, BLK);
	put_kernel(&p, "boot/vmlinuz-6.2", "6.2");
	details(&p, &r);
	assert_int_equal(r.kernels.n, 2);
	assert_kernel(&r, 0, "/boot/vmlinuz-6.2", "6.2", "/boot/initrd.img-6.2", "yes");
	assert_kernel(&r, 1, "/boot/vmlinuz-6.1", "6.1", "/boot/initrd.img-6.1", "");
	done(&p, &r);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_empty),	  cmocka_unit_test(test_debian),
		cmocka_unit_test(test_initramfs), cmocka_unit_test(test_builtin),
		cmocka_unit_test(test_entries),	  cmocka_unit_test(test_unified),
		cmocka_unit_test(test_users),	  cmocka_unit_test(test_selinux),
		cmocka_unit_test(test_windows),	  cmocka_unit_test(test_loaders),
		cmocka_unit_test(test_hostile),	  cmocka_unit_test(test_many),
		cmocka_unit_test(test_bomb),
	};

	signal(SIGPIPE, SIG_IGN);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
