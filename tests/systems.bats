#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
# Which systems are on the disks, and which file systems belong to each: copies of one, several
# on one disk, several disks, none; and guests that mean harm.

# shellcheck disable=SC2154 # image sets variables, as does run
bats_require_minimum_version 1.5.0
load lib/common
load lib/images
load lib/inspect

# inspect DISK...: the XML of all systems on these, in $xml.
inspect()
{
	local options=() disk
	for disk; do
		options+=(-a "$disk")
	done
	inspected --no-applications --no-icon "${options[@]}"
}

@test "two systems on a disk: both are told of, and guest-cat wants to know which" {
	image two-roots.img
	inspect "$image"
	asked 'count(//operatingsystem)' 2
	asked '//operatingsystem[1]/root' /dev/sda1
	asked '//operatingsystem[1]/hostname' debian.example.org
	asked '//operatingsystem[1]/mountpoints/mountpoint' /
	asked '//operatingsystem[2]/root' /dev/sda2
	asked '//operatingsystem[2]/distro' fedora
	asked '//operatingsystem[2]/mountpoints/mountpoint/@dev' /dev/sda2
	run --separate-stderr guest-cat -a "$image" /etc/hostname
	[ "$status" -eq 1 ]
	[[ $stderr = *"more than one operating system"*"'/dev/sda1' (Phony debian 12)"*"'/dev/sda2' (Phony fedora 38)"* ]]
}

@test "what a system was installed from is told of, and is no second one for guest-cat" {
	image medium.img
	run --separate-stderr guest-cat -a "$image" /etc/hostname
	[ "$output" = debian.example.org ]
	inspect "$image"
	asked 'count(//operatingsystem)' 2
	asked '//operatingsystem[2]/root' /dev/sda2
	asked '//operatingsystem[2]/distro' debian
	asked '//operatingsystem[2]/arch' x86_64
	asked '//operatingsystem[2]/minor_version' 1
}

@test "no system is an empty answer, and guest-cat says what there is" {
	image no-os.img
	run --separate-stderr guest-inspect --xml -a "$image"
	[ "$status" -eq 0 ]
	[ "$output" = '<?xml version="1.0"?>'$'\n<operatingsystems/>' ]
	run --separate-stderr guest-cat -a "$image" /etc/hostname
	[ "$status" -eq 1 ]
	[[ $stderr = *"no operating system was found"*"/dev/sda1 (ext4), /dev/sda2 (vfat)"*"-m"* ]]
}

@test "snapshots of a btrfs root are copies of it, not more systems" {
	image btrfs-snapshots.img
	inspect "$image"
	asked 'count(//operatingsystem)' 1
	asked '//root' btrfsvol:/dev/sda2/@
	run guest-inspect --json -a "$image"
	[[ $output = *'@snapshots/1'* ]]
	[[ $output = *'@snapshots/2'* ]]
	[[ $output = *'@old'* ]]
	run --separate-stderr guest-cat -a "$image" /etc/hostname
	[ "$output" = btrfs-subvol.example.org ]
}

@test "ostree: the deployment that boots is the root" {
	image ostree.img
	inspect "$image"
	asked 'count(//operatingsystem)' 1
	asked //root /dev/sda2
	asked //hostname ostree.example.org
	asked //major_version 40
	run --separate-stderr guest-cat -a "$image" /etc/hostname /var/log/shared.txt
	[ "$status" -eq 0 ]
	[ "$output" = $'ostree.example.org\nshared by all deployments' ]
	run --separate-stderr guest-ls -a "$image" /boot/loader/entries
	[ "$output" = ostree-1-phony.conf ]
	run --separate-stderr guest-ls -a "$image" /sysroot/ostree
	[[ $output = *deploy* ]]
}

@test "ostree: the entries in a /boot of its own say which deployment boots" {
	image ostree-rollback.img
	run --separate-stderr guest-cat -a "$image" /etc/hostname /var/log/shared.txt
	[ "$status" -eq 0 ]
	[ "$output" = $'old.example.org\nshared by all deployments' ]
	[ -z "$stderr" ]
	inspect "$image"
	asked //hostname old.example.org
	asked //major_version 39
	asked 'count(//mountpoint)' 2
}

@test "a /usr that no fstab names: the newer of two" {
	image flatcar.img
	inspect "$image"
	asked 'count(//operatingsystem)' 1
	asked //root /dev/sda3
	asked //product_name 'Phony Flatcar 1.10.0'
	asked '//mountpoint[text() = "/usr"]/@dev' /dev/sda2
	run --separate-stderr guest-cat -a "$image" /etc/hostname /bin/true
	[ "$status" -eq 0 ]
	[ "$output" = $'flatcar.example.org\n#!/bin/sh' ]
}

@test "bind mounts are made, swap and noauto are left alone" {
	image binds.img
	run --separate-stderr guest-cat -a "$image" /srv/file.txt /opt/file.txt
	[ "$status" -eq 0 ]
	[ "$output" = $'bound\nbound' ]
	[[ $stderr = *"/mnt: "*nowhere*"left out"* ]]
	run --separate-stderr guest-ls -a "$image" /left
	[ -z "$output" ]
	inspect "$image"
	asked '//filesystem[@dev="/dev/sda3"]/type' swap
	asked 'count(//mountpoint)' 3
}

@test "names of disks are the guest's own: the first of its disks may be our second" {
	image no-os.img first
	image mbr-logical-sda.img second
	inspect "$first" "$second"
	asked 'count(//operatingsystem)' 1
	asked //root /dev/sdb5
	asked 'count(//mountpoint[starts-with(@dev, "/dev/sdb")]) = count(//mountpoint)' true
	run --separate-stderr guest-ls -a "$first" -a "$second" /boot
	[[ $output = *vmlinuz-1.0* ]]
	[ -z "$stderr" ]
}

@test "a disk and its copy: each system has the file systems of its own disk" {
	for i in phony-linux.img lvm.img; do
		image "$i"
		inspect "$image" "$image"
		asked 'count(//operatingsystem)' 2
		asked 'count(//operatingsystem[1]//mountpoint)' "$(guest-inspect --xpath \
			'count(//operatingsystem[2]//mountpoint)' <<<"$xml")"
		asked 'count(//operatingsystem[1]//mountpoint[contains(@dev, "sdb")])' 0
		asked 'count(//operatingsystem[2]//mountpoint[contains(@dev, "sda")])' 0
		[[ $xml != *'</operatingsystem></operatingsystem>'* ]]
	done
}

# hostile NAME: a result, soon and in bounded memory, in both tools.
hostile()
{
	image "hostile-$1.img"
	# The sanitizers reserve more than that; of the rest qemu takes most.
	[ -n "${ASAN_OPTIONS:-}" ] || ulimit -v 4000000
	run --separate-stderr within 60 guest-inspect --xml -a "$image"
	echo "$stderr" "$output"
	[ "$status" -le 1 ]
	[[ $output = '<?xml version="1.0"?>'*'</operatingsystems>' ]]
	! LC_ALL=C grep -q $'[\x01-\x08\x0b-\x1f]' <<<"$output$stderr"
	xml=$output
	asked //root /dev/sda
	run --separate-stderr guest-cat -a "$image" /etc/motd
	[ "$status" -eq 0 ]
	[ "$output" = "Welcome to hostile-$1.example.org" ]
}

@test "files of a gigabyte where a line was expected" {
	hostile size
}

@test "an fstab of 100,000 lines" {
	hostile fstab
	[[ $stderr = *fstab* ]]
}

@test "an fstab whose devices lead in a circle, or to a file system of the kernel's own" {
	local first

	hostile devices
	[[ $stderr = */circle:* ]]
	first=$image
	image zero.img
	run --separate-stderr guest-ls -a "$first" -a "$image" /kernel
	echo "$stderr" "$output"
	[ "$status" -eq 0 ]
	[ -z "$output" ]
	[[ $stderr = */kernel:*sdb* ]]
}

@test "links to devices, out of the root, in a circle, and fifos" {
	hostile links
	[[ $(guest-inspect --xpath 'string(/)' <<<"$xml") != *"$(head -n 1 /etc/passwd)"* ]]
}

@test "control characters in every string" {
	hostile strings
	run --separate-stderr guest-inspect --json -a "$image"
	python3 -c 'import json, sys; json.load(sys.stdin)' <<<"$output"
}

@test "package databases of random bytes" {
	hostile database
}
