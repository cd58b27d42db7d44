#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck disable=SC2016,SC2154
# A real Debian boots by its own boot loader after it was edited, or given other sizes, and what was
# done has its effect.

load lib/boot
load lib/common
load lib/images

setup_file()
{
	image boot-bios.qcow2 BOOT
	export BOOT
	warm_cache
}

@test "an edited Debian boots to its login prompt, and says what was edited" {
	image_copy boot-bios.qcow2
	guest-edit -a "$image" -e 's/.*/edited-guest/' /etc/hostname
	editor_words='This system was edited while it did not run.'
	EDITOR="sh -c 'echo \"$editor_words\" >>\"\$0\"'" guest-edit -a "$image" /etc/issue
	boot_guest "$image"
	grep -aqF 'edited-guest login:' console
	grep -aqF "$editor_words" console
}

# enlarged NAME OPTION...: new.qcow2, a copy of boot-NAME.qcow2 on 4 GiB.
enlarged()
{
	image "boot-$1.qcow2"
	qemu-img create -q -f qcow2 new.qcow2 4G
	guest-resize -q "${@:2}" "$image" new.qcow2
}

# enlarged_in_place NAME OPTION...: the same where it is.
enlarged_in_place()
{
	image_copy "boot-$1.qcow2"
	mv "$image" new.qcow2
	guest-resize -q --in-place --size 4G "${@:2}" new.qcow2
}

# boots ROOT MOUNTED SIZES [efi]: new.qcow2 comes up with that root device, with all mounted that was,
# and with partitions and volumes of at least these sizes, NAME:MIB. The root file system has what its
# device has, but for its own needs, a tenth at most.
boots()
{
	local wish root device
	boot_guest new.qcow2 "${4:-}"
	[ "$(guest_said ROOT-DEVICE)" = "$1" ]
	[ "$(guest_said MOUNTED)" = "$2 " ]
	[ "$(guest_said BYTES-vda)" = $((4 << 30)) ]
	for wish in $3; do
		[ "$(guest_said "BYTES-${wish%:*}")" -ge $((${wish#*:} << 20)) ]
	done
	root=$(guest_said ROOT-BYTES)
	device=$(guest_said "BYTES-${1##*/}")
	[ "$root" -lt "$device" ] && [ "$root" -gt $((device * 9 / 10)) ]
}

@test "a guest on an MBR disk boots after its root has moved and grown" {
	enlarged bios --resize sda1=+200M --expand /
	boots /dev/vda2 / 'vda1:264 vda2:3800'
	[ "$(guest_said SWAP-BYTES)" -gt $((263 << 20)) ]
}

@test "a guest on an MBR disk boots after it has grown in place" {
	enlarged_in_place bios
	boots /dev/vda2 / 'vda1:64 vda2:4020'
	[ "$(guest_said SWAP-BYTES)" -gt $((63 << 20)) ]
}

@test "a guest on a GPT disk boots after the partition that GRUB lies in has moved" {
	enlarged gpt --resize /boot=+100M --expand /
	boots /dev/vda3 '/ /boot' 'vda1:200 vda2:1 vda3:3800'
}

# Its FAT16 becomes a FAT32 by that.
@test "a guest boots from UEFI firmware after it has grown, and the partition of its boot loaders" {
	enlarged efi --resize /boot/efi=+200M --expand /dev/sda2
	boots /dev/vda2 '/ /boot/efi' 'vda1:264 vda2:3800' efi
}

@test "a guest boots from UEFI firmware after it has grown in place" {
	enlarged_in_place efi --expand /
	boots /dev/vda2 '/ /boot/efi' 'vda1:64 vda2:4020' efi
}

@test "a guest on LVM boots after its root has grown, and the partition before it" {
	enlarged lvm --resize sda1=+100M --expand /
	boots /dev/mapper/vg-root '/ /srv' 'vda1:131 vda2:3900 vg-root:3800 vg-swap:92'
	[ "$(guest_said SWAP-BYTES)" -gt $((91 << 20)) ]
}

@test "a guest on LVM boots after its root has grown in place" {
	enlarged_in_place lvm --expand /
	boots /dev/mapper/vg-root '/ /srv' 'vda1:31 vda2:4050 vg-root:3950 vg-swap:92'
}

@test "a guest that GRUB cannot find is told at once from one that boots" {
	image boot-gpt.qcow2
	qemu-img convert -O raw "$image" disk.raw
	dd if=/dev/zero of=disk.raw bs=1M seek=1 count=1 conv=notrunc status=none
	run ! boot_guest disk.raw
	grep -aqF 'grub rescue>' console
}
