/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Boot loaders, and what secure boot needs, by the files that they have. */
#include <string.h>

#include "details.h"
#include "util/xalloc.h"
#include "win_path.h"

#define FILES_MAX 64 /* of secure boot */

const char *const details_esp[] = { "boot/efi", "efi", "boot", ".", NULL };

/* Where a pattern starts. */
enum place {
	TOP, /* the guest's root */
	ESP, /* each folder that can be the EFI system partition */
	WIN, /* the top of a disk of Windows: no pattern, and in any case */
};

struct file_row {
	const char *word; /* what it is a sign of */
	enum place place;
	const char *pattern;
};

/* A row counts where one before it with the same first word has not: "grub2" after "grub2-bios". */
static const struct file_row loaders[] = {
	{ "grub2-bios", TOP, "boot/grub/i386-pc" },
	{ "grub2-bios", TOP, "boot/grub2/i386-pc" },
	{ "grub2-efi", TOP, "boot/grub/*-efi" },
	{ "grub2-efi", TOP, "boot/grub2/*-efi" },
	{ "grub2-efi", ESP, "EFI/*/grub*.efi" },
	{ "grub2-ieee1275", TOP, "boot/grub/powerpc-ieee1275" },
	{ "grub2-ieee1275", TOP, "boot/grub2/powerpc-ieee1275" },
	{ "grub2-xen", TOP, "boot/grub/*-xen*" },
	{ "grub2", TOP, "boot/grub/grub.cfg" },
	{ "grub2", TOP, "boot/grub2/grub.cfg" },
	{ "grub-legacy", TOP, "boot/grub/stage2" },
	{ "grub-legacy", TOP, "boot/grub/menu.lst" },
	{ "grub-legacy", TOP, "boot/grub/grub.conf" },
	{ "systemd-boot", ESP, "EFI/systemd/systemd-boot*.efi" },
	{ "systemd-boot", ESP, "loader/loader.conf" },
	{ "extlinux", TOP, "boot/extlinux/extlinux.conf" },
	{ "extlinux", TOP, "boot/extlinux.conf" },
	{ "extlinux", TOP, "extlinux/extlinux.conf" },
	{ "syslinux", TOP, "boot/syslinux/syslinux.cfg" },
	{ "syslinux", TOP, "syslinux/syslinux.cfg" },
	{ "syslinux", TOP, "syslinux.cfg" },
	{ "syslinux", ESP, "EFI/syslinux/syslinux.efi" },
	{ "isolinux", TOP, "isolinux/isolinux.*" },
	{ "isolinux", TOP, "boot/isolinux/isolinux.*" },
	{ "isolinux", TOP, "boot/*/loader/isolinux.*" },
	{ "refind", ESP, "EFI/*/refind*.efi" },
	{ "limine", ESP, "EFI/*/limine.conf" },
	{ "limine", ESP, "limine.c*" },
	{ "limine", TOP, "boot/limine/limine.c*" },
	{ "opencore", ESP, "EFI/OC/OpenCore.efi" },
	{ "clover", ESP, "EFI/CLOVER/CLOVER*.efi" },
	{ "elilo", ESP, "EFI/*/elilo*.efi" },
	{ "lilo", TOP, "etc/lilo.conf" },
	{ "zipl", TOP, "etc/zipl.conf" },
	{ "zipl", TOP, "boot/bootmap" },
	{ "u-boot", TOP, "boot/boot.scr*" },
	{ "u-boot", TOP, "boot/uEnv.txt" },
	{ "u-boot", TOP, "boot/u-boot*" },
	{ "u-boot", TOP, "boot.scr*" },
	{ "raspberry-pi", TOP, "boot/firmware/bootcode.bin" },
	{ "raspberry-pi", TOP, "boot/bootcode.bin" },
	{ "freebsd-loader", TOP, "boot/lua/loader.lua" },
	{ "freebsd-loader", TOP, "boot/loader.rc" },
	{ "netbsd-boot", TOP, "boot.cfg" },
	{ "windows-bootmgr", WIN, "bootmgr" },
	{ "windows-bootmgr", WIN, "boot/bcd" },
	{ "windows-bootmgr", ESP, "EFI/Microsoft/Boot/bootmgfw.efi" },
	{ "windows-ntldr", WIN, "ntldr" },
	{ "efi-fallback", ESP, "EFI/BOOT/BOOT*.EFI" },
};

static const struct file_row secure_files[] = {
	{ "shim", ESP, "EFI/*/shim*.efi" },
	{ "shim", ESP, "EFI/*/mm*.efi" },
	{ "keys for systemd-boot", ESP, "loader/keys/*/*.auth" },
	{ "machine owner's key", TOP, "var/lib/shim-signed/mok/MOK.*" },
	{ "machine owner's key", TOP, "var/lib/dkms/mok.*" },
	{ "machine owner's key", TOP, "etc/pki/akmods/certs/*.der" },
	{ "keys of sbctl", TOP, "var/lib/sbctl/keys/*/*.pem" },
	{ "keys of sbctl", TOP, "usr/share/secureboot/keys/*/*.pem" },
	{ "keys of the system", TOP, "etc/secureboot/keys/*/*.auth" },
};

/* What a row finds, below every folder that it is to be looked for in. */
static void look(struct details *d, const struct file_row *row, struct strvec *ret)
{
	static const char *const top[] = { ".", NULL };

	if (row->place == WIN) {
		char *path = details_is_windows(d) ? win_find(d->root, row->pattern) : NULL;

		if (path)
			strvec_give(ret, path);
		return;
	}
	for (const char *const *dir = row->place == ESP ? details_esp : top; *dir; dir++) {
		const char *sep = strcmp(*dir, ".") ? "/" : "";
		CLEANUP(free) char *pattern =
			xasprintf("%s%s%s", *sep ? *dir : "", sep, row->pattern);

		glob_add(&d->glob, d->root, pattern, ret);
	}
}

/* A list of the wire takes what a vector has. */
static void take(wire_strs *to, struct strvec *v)
{
	to->n = (uint32_t)v->n;
	to->v = v->v;
	*v = (struct strvec)STRVEC_INIT;
}

/* Was this one found already, or a closer word for it? */
static bool is_known(const struct strvec *found, const char *word)
{
	const size_t len = strlen(word);

	for (size_t i = 0; i < found->n; i++)
		if (!strncmp(found->v[i], word, len) &&
		    (!found->v[i][len] || found->v[i][len] == '-'))
			return true;
	return false;
}

void details_boot_loaders(struct details *d)
{
	CLEANUP(strvec_release) struct strvec found = STRVEC_INIT;

	for (size_t i = 0; i < ARRAY_SIZE(loaders); i++) {
		CLEANUP(strvec_release) struct strvec paths = STRVEC_INIT;

		if (is_known(&found, loaders[i].word))
			continue;
		look(d, &loaders[i], &paths);
		if (paths.n)
			strvec_add(&found, loaders[i].word);
	}
	take(&d->ret->boot_loaders, &found);
}

void details_secure_boot(struct details *d)
{
	CLEANUP(strvec_release) struct strvec paths = STRVEC_INIT;
	CLEANUP(strvec_release) struct strvec found = STRVEC_INIT;

	for (size_t i = 0; i < ARRAY_SIZE(secure_files); i++)
		look(d, &secure_files[i], &paths);
	for (size_t i = 0; i < paths.n && found.n < FILES_MAX; i++)
		strvec_addf(&found, "/%s", paths.v[i]);
	if (found.n < paths.n)
		details_warn(d, "more than %d files are of secure boot; the rest is left out",
			     FILES_MAX);
	take(&d->ret->secure_boot, &found);
}
