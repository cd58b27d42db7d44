#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
# Real images of each kind: formats, partition tables, volumes, file systems; the guest in them
# is found, and its own file systems are mounted. The images come from tests/images.

# shellcheck disable=SC2154 # image and image_file set variables, as does run
bats_require_minimum_version 1.5.0
load lib/common
load lib/images

# What the phony guests have, on whichever of their file systems.
check_guest()
{
	local host=$1
	shift
	run --separate-stderr guest-cat "$@" /etc/hostname /home/user/notes.txt
	[ "$status" -eq 0 ]
	[ "${lines[0]}" = "$host.example.org" ]
	[ "${#lines[@]}" -gt 1 ]
	[ -z "$stderr" ]
	# What lies below a mount point is not what is mounted on it.
	run --separate-stderr guest-ls "$@" /boot
	[ "$status" -eq 0 ]
	[[ $output = *vmlinuz-1.0* ]]
	[[ $output != *not-mounted* ]]
}

sum()
{
	sha256sum "$1" | cut -d' ' -f1
}

@test "a real Debian: found, with its EFI partition, and no word more" {
	image debian.qcow2
	run --separate-stderr guest-cat -a "$image" /etc/os-release
	[ "$status" -eq 0 ]
	[[ $output = *'VERSION_CODENAME=bookworm'* ]]
	[ -z "$stderr" ]
	run --separate-stderr guest-ls -R -a "$image" /boot/efi
	[[ $output = */EFI/BOOT/BOOTX64.EFI* ]]
	run --separate-stderr guest-ls -l -a "$image" /home
	[[ $output = *alice*alice* ]]
}

@test "every format holds the same guest" {
	for i in base.raw base.qcow2 base-v2.qcow2 base-compressed.qcow2 base.vmdk base-stream.vmdk \
		base.vdi base.vhdx base.vpc base-fixed.vpc overlay.qcow2 overlay-nofmt.qcow2 chain-3.qcow2; do
		image "$i"
		echo "$i"
		check_guest phony-linux -a "$image"
	done
}

@test "a vmdk with its extent beside it" {
	image base-flat.vmdk
	check_guest phony-linux -a "$(readlink -f "$image")"
}

@test "the format that is given is the one that is used" {
	image base.vdi
	check_guest phony-linux --format=vdi -a "$image"
	run --separate-stderr guest-cat --format=qcow2 -a "$image" /etc/hostname
	[ "$status" -eq 1 ]
	[ "${#stderr_lines[@]}" -eq 1 ]
	# As raw, its header is content like any other.
	run --separate-stderr guest-cat --format=raw -a "$image" /etc/hostname
	[ "$status" -eq 1 ]
	[[ $stderr = *'no operating system'* ]]
}

@test "partitions: GPT, MBR with logical ones, none; fstab by every kind of name" {
	for i in phony-linux gpt-partuuid gpt-partlabel gpt-nvme mbr-logical mbr-logical-label \
		mbr-logical-sda mbr-logical-vda mbr-logical-mixed mbr-partuuid whole-disk; do
		image "$i.img"
		echo "$i"
		check_guest "$i" -a "$image"
	done
}

@test "what fstab names and is not there is a warning, and the rest is mounted" {
	image gpt-missing.img
	run --separate-stderr guest-cat -a "$image" /etc/hostname
	[ "$status" -eq 0 ]
	[ "$output" = gpt-missing.example.org ]
	[ "${#stderr_lines[@]}" -eq 1 ]
	[[ $stderr = *warning*/boot* ]]
}

@test "a line that is none of a fstab is left out with one warning" {
	image_copy whole-disk.img
	guest-cat -a "$image" /etc/fstab >old
	{ cat old; printf 'garbage\n/dev/sdb\n'; } >fstab
	printf 'cd /etc\nrm fstab\nwrite fstab fstab\n' | debugfs -w -f - "$image" >/dev/null 2>&1
	run --separate-stderr guest-cat -a "$image" /etc/hostname
	[ "$status" -eq 0 ]
	[ "$output" = whole-disk.example.org ]
	[ "${#stderr_lines[@]}" -eq 1 ]
	[[ $stderr = *"warning: /etc/fstab: line $(($(wc -l <old) + 1)) is not understood, and left out" ]]
	run --separate-stderr guest-inspect -a "$image"
	[ "$status" -eq 0 ]
	[ "${#stderr_lines[@]}" -eq 1 ]
}

@test "LVM: on a partition, on a whole disk, across two disks in either order" {
	image lvm.img
	check_guest lvm -a "$image"
	image lvm-2disks-a.img a
	image lvm-2disks-b.img b
	check_guest lvm-2disks -a "$a" -a "$b"
	check_guest lvm-2disks -a "$b" -a "$a"
	image lvm-whole.img
	run --separate-stderr guest-cat -a "$image" /etc/hostname
	[ "$output" = lvm-whole.example.org ]
}

@test "half of a volume group: one line says so" {
	image lvm-2disks-a.img
	run --separate-stderr guest-cat -a "$image" /etc/hostname
	[ "$status" -eq 1 ]
	[ -z "$output" ]
	[ "${#stderr_lines[@]}" -le 2 ]
}

@test "a logical volume can be mounted by either of its names" {
	image lvm.img
	for d in /dev/vg/root /dev/mapper/vg-root; do
		run --separate-stderr guest-cat -a "$image" -m "$d" /etc/hostname
		[ "$output" = lvm.example.org ]
	done
}

@test "btrfs: the root is a subvolume, by name or by number" {
	for i in btrfs-subvol btrfs-subvolid; do
		image "$i.img"
		check_guest "$i" -a "$image"
		run guest-ls -a "$image" /
		[[ $output != *not-mounted* ]]
	done
}

@test "file systems: each is mounted and read" {
	for fs in ext2 ext3 ext4 xfs btrfs vfat ntfs f2fs squashfs iso9660 erofs; do
		image "fs-$fs.img"
		echo "$fs"
		run --separate-stderr guest-cat -a "$image" -m /dev/sda /hello.txt /dir/sub/more/deeper.txt
		[ "$status" -eq 0 ]
		[ "${lines[0]}" = "hello, world" ]
		[ "$(guest-cat -a "$image" -m /dev/sda /long.txt | sha256sum)" = "$(seq 200000 | sha256sum)" ]
	done
}

@test "all kinds of names for a device mean the same" {
	image phony-linux.img
	for d in sda2 hda2 vda2 xvda2; do
		run --separate-stderr guest-cat -a "$image" -m "/dev/$d" /etc/hostname
		[ "$output" = phony-linux.example.org ]
	done
}

@test "-m with a mount point, options and a type" {
	image mbr-logical.img
	run --separate-stderr guest-ls -a "$image" -m /dev/sda5 -m /dev/sda6:/home:noatime:ext3 /home/user
	[ "$status" -eq 0 ]
	[[ $output = *notes.txt* ]]
	run --separate-stderr guest-ls -a "$image" -m /dev/sda5:/:ro:xfs /
	[ "$status" -eq 1 ]
	[[ ${stderr_lines[0]} = *'cannot be mounted as xfs'* ]]
}

@test "two systems, or none: one line says what was found, and how to choose" {
	image two-roots.img
	run --separate-stderr guest-cat -a "$image" /etc/hostname
	[ "$status" -eq 1 ]
	[ "${#stderr_lines[@]}" -eq 1 ]
	[[ $stderr = *"'/dev/sda1'"*"'/dev/sda2'"*-m* ]]
	run --separate-stderr guest-cat -a "$image" -m /dev/sda2 /etc/hostname
	[ "$output" = fedora.example.org ]
	image no-os.img
	run --separate-stderr guest-cat -a "$image" /etc/hostname
	[ "$status" -eq 1 ]
	[[ $stderr = *'/dev/sda1 (ext4), /dev/sda2 (vfat)'*-m* ]]
}

@test "a dirty journal is replayed for the reader, and the image stays as it was" {
	image dirty-journal.img
	before=$(sum "$image")
	run --separate-stderr guest-cat -a "$image" -m /dev/sda /journal.txt
	[ "$status" -eq 0 ]
	[ "$output" = new ]
	[ "$(sum "$image")" = "$before" ]
}

@test "sectors of 4096 bytes" {
	truncate -s 64M "$BATS_TEST_TMPDIR/big-sectors.img"
	mke2fs -q -t ext4 -b 4096 "$BATS_TEST_TMPDIR/big-sectors.img"
	image phony-linux.img
	run --separate-stderr guest-ls --blocksize=4096 -a "$BATS_TEST_TMPDIR/big-sectors.img" -m /dev/sda /
	[ "$status" -eq 0 ]
	[ "$output" = lost+found ]
	# It is for the -a after it; a table made for 512 is none with 4096.
	run --separate-stderr guest-cat --blocksize -a "$image" \
		--blocksize=4096 -a "$BATS_TEST_TMPDIR/big-sectors.img" /etc/hostname
	[ "$output" = phony-linux.example.org ]
	run --separate-stderr guest-cat --blocksize=4096 -a "$image" /etc/hostname
	[ "$status" -eq 1 ]
}

@test "512 MiB come out as they went in" {
	image big.img
	image_file big.img big.sha256 sums
	[ "$(guest-cat -a "$image" -m /dev/sda /big/file | sha256sum | cut -d' ' -f1)" = "$(cut -d' ' -f1 "$sums")" ]
}
