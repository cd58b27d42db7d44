#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck disable=SC2154
# What guest-inspect --json tells beyond the peers. Parsers and odd trees are in
# unit/test-details.c and unit/test-initramfs.c.

load lib/common
load lib/images

setup_file()
{
	image details.img DETAILS
	image debian.qcow2 DEBIAN
	export DETAILS DEBIAN
	warm_cache
}

# fact FILTER: of the one system in out.
fact()
{
	jq -r ".operatingsystems[0] | $1" out
}

@test "boot loaders, kernels and their virtio drivers, across three file systems" {
	requires jq
	capture guest-inspect --json --no-applications -a "$DETAILS"
	[ "$status" = 0 ]
	[ -z "$err" ]
	[ "$(fact '.boot_loaders | join(" ")')" = "grub2-efi efi-fallback" ]
	[ "$(fact '.kernels[] | [.path, .version, .initramfs, .virtio] | map(tostring) | join(" ")')" = \
		"/boot/vmlinuz-6.6.9-200.fc39.x86_64 6.6.9-200.fc39.x86_64 /boot/initramfs-6.6.9-200.fc39.x86_64.img true
/boot/vmlinuz-6.5.6-300.fc39.x86_64 6.5.6-300.fc39.x86_64 /boot/initramfs-6.5.6-300.fc39.x86_64.img false" ]
	[ "$(fact '.secure_boot | join(" ")')" = \
		"/boot/efi/EFI/fedora/shimx64.efi /boot/efi/EFI/fedora/mmx64.efi" ]
}

@test "users, logs, SELinux as the kernel was told" {
	requires jq
	capture guest-inspect --json --no-applications -a "$DETAILS"
	[ "$status" = 0 ]
	[ "$(fact '[.users[].name] | join(" ")')" = "root user own" ]
	[ "$(fact '.users[2].shell')" = /opt/own-shell ]
	[[ $(fact .last_log) = 2021-03-04T05:06:07* ]]
	[ "$(fact .selinux)" = permissive ]
	[ "$(fact .cloud_init)" = false ]
	[ "$(fact '.warnings | length')" = 0 ]
}

@test "free space of each mounted file system is what statvfs says" {
	requires jq
	capture guest-inspect --json --no-applications -a "$DETAILS"
	[ "$status" = 0 ]
	[ "$(fact '[.usage[].device] | sort | join(" ")')" = "/dev/sda1 /dev/sda2 /dev/sda3" ]
	[ "$(fact '.usage[] | select(.device == "/dev/sda3") | .type, .uuid')" = \
		$'ext4\n00000003-1111-4222-8333-444444444444' ]
	dd if="$DETAILS" of=root.img bs=1M skip=49 count=32 status=none
	local free size
	free=$(dumpe2fs -h root.img 2>/dev/null | awk '/^Free blocks:/ { f = $3 } /^Block size:/ { print f * $3 }')
	size=$(dumpe2fs -h root.img 2>/dev/null | awk '/^Block count:/ { n = $3 } /^Block size:/ { print n * $3 }')
	[ "$(fact '.usage[] | select(.device == "/dev/sda3") | .size')" -le "$size" ]
	[ "$(fact '.usage[] | select(.device == "/dev/sda3") | .free')" -le "$free" ]
	[ "$(fact '.usage[] | select(.device == "/dev/sda3") | .free')" -gt $((free / 2)) ]
}

@test "a real Debian: its logs, its users, the boot loader for removable disks" {
	requires jq
	capture guest-inspect --json --no-applications -a "$DEBIAN"
	[ "$status" = 0 ]
	[ "$(fact '.boot_loaders | join(" ")')" = efi-fallback ]
	[ "$(fact '.kernels | length')" = 0 ]
	[ "$(fact '[.users[].name] | join(" ")')" = "root alice" ]
	[[ $(fact .last_log) = 2021-03-04T05:06:07* ]]
	[ "$(fact .selinux)" = null ]
	[ "$(fact '.warnings | length')" = 0 ]
}
