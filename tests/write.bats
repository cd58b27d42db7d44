#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
# The write path: what a session that writes changes on the disk, keeps, and refuses. Unit tests
# have the same call on a folder of the host (test-replace); here it is each file system's own.

load lib/common
load lib/images

setup_file()
{
	warm_cache
}

# vm_session WORDS...: the helper that makes sessions that no tool offers.
vm_session()
{
	"$TOP_BUILDDIR/tests/helpers/vm-session" "$@"
}

# copy NAME: a copy of a test image of that name, to write to.
copy()
{
	image "$1"
	cp --no-preserve=mode --sparse=always --reflink=auto "$image" disk.img
}

# replace PATH BACKUP HOW...: on disk.img, by the file new; status, out and err as of capture.
replace()
{
	capture "$TOP_BUILDDIR/tests/helpers/vm-session" replace disk.img "${root:-/dev/sda}" "$@" <new
}

# refused REGEX: what replace found is one line of words, and the image as it was before.
refused()
{
	says_once 1 "$1" vm-session
}

# check_fs TYPE: its own checker finds nothing wrong.
check_fs()
{
	case $1 in
	ext*) requires e2fsck; e2fsck -fn disk.img ;;
	xfs) requires xfs_repair; xfs_repair -n disk.img ;;
	btrfs) requires btrfs; btrfs check disk.img ;;
	vfat) requires fsck.vfat; fsck.vfat -n disk.img ;;
	ntfs) requires ntfsfix; ntfsfix -n disk.img ;;
	f2fs) requires fsck.f2fs; fsck.f2fs --dry-run disk.img ;;
	esac
}

@test "a session that writes, and finds nothing to change, leaves all bytes as they were" {
	local type
	for type in ext2 ext3 ext4 xfs btrfs vfat ntfs f2fs; do
		copy "fs-$type.img"
		vm_session replace disk.img /dev/sda / '' 4 </dev/null
		cmp "$image" disk.img
	done
	copy phony-linux.img
	vm_session replace disk.img - /etc '' 4 </dev/null
	cmp "$image" disk.img
}

@test "nor do arrays and volume groups change by being read" {
	local name device
	for name in md-levels.img lvm.img; do
		copy "$name"
		for device in $(guest-filesystems -a "$image" | grep -E '^/dev/(md|vg)'); do
			vm_session replace disk.img "$device" / '' 4 </dev/null
			cmp "$image" disk.img
			: $((n += 1))
		done
	done
	[ "$n" -ge 3 ]
}

@test "a file is replaced, with a backup, in place and made anew, and the file system is clean" {
	local type
	echo new content >new
	for type in ext2 ext3 ext4 xfs btrfs vfat ntfs f2fs; do
		copy "fs-$type.img"
		replace /hello.txt .bak 0 /made.txt '' 2 /hello.txt .bak 0 /numbers.txt .old 1
		[ "$status" = 0 ] || { echo "$type: $err" >&2; false; }
		check_fs "$type" >check 2>&1 || { cat check >&2; false; }
		guest-ls -a disk.img -m /dev/sda / >names
		! grep -q guestutils names
		guest-cat -a disk.img -m /dev/sda /hello.txt /made.txt /hello.txt.bak /numbers.txt |
			cmp - <(cat new new new new)
		cmp <(guest-cat -a disk.img -m /dev/sda /numbers.txt.old) \
			<(guest-cat -a "$image" -m /dev/sda /numbers.txt)
	done
}

@test "label, capabilities, list of access and setuid are on the new file, as debugfs reads them" {
	requires mke2fs debugfs
	mkdir tree
	echo old >tree/f
	echo new >new
	mke2fs -q -t ext4 -d tree disk.img 32M
	debugfs -w -f - disk.img >/dev/null 2>&1 <<-'EOS'
		sif f mode 0104751
		sif f uid 10
		sif f gid 11
		ea_set f security.selinux system_u:object_r:shadow_t:s0
		ea_set f trusted.mark mine
	EOS
	printf '\1\0\0\2\0\4\0\0\0\0\0\0\0\0\0\0\0\0\0\0' >caps
	debugfs -w -R 'ea_set -f caps f security.capability' disk.img >/dev/null 2>&1
	replace /f .bak 0
	[ "$status" = 0 ]
	debugfs -R 'stat f' disk.img >stat 2>/dev/null
	grep -q 'Mode:  04751' stat
	grep -q 'User:    10   Group:    11' stat
	debugfs -R 'ea_get f security.selinux' disk.img | grep -q 'system_u:object_r:shadow_t:s0'
	debugfs -R 'ea_get f trusted.mark' disk.img | grep -q mine
	debugfs -R 'ea_get -f got f security.capability' disk.img >/dev/null 2>&1
	cmp got caps
	replace /f '' 1
	debugfs -R 'ea_get -f got f security.capability' disk.img >/dev/null 2>&1
	cmp got caps
	debugfs -R 'stat f' disk.img 2>/dev/null | grep -q 'Mode:  04751'
	e2fsck -fn disk.img
}

@test "a file system without space keeps the old file, and nothing is left behind" {
	requires mke2fs debugfs
	mkdir tree
	head -c 2000000 /dev/urandom >tree/f
	head -c 7000000 /dev/urandom >new
	mke2fs -q -t ext4 -O ^has_journal -d tree disk.img 8M
	replace /f .bak 0
	refused 'No space left on device; nothing was changed; [0-9]+ bytes are free'
	replace /f '' 1
	refused 'No space left on device; nothing was changed; [0-9]+ bytes are free'
	e2fsck -fn disk.img
	debugfs -R 'cat f' disk.img 2>/dev/null | cmp - tree/f
	[ "$(debugfs -R 'ls -p /' disk.img 2>/dev/null | grep -c '/f/')" = 1 ]
	[ "$(debugfs -R 'ls -p /' disk.img 2>/dev/null | grep -c guestutils)" = 0 ]
}

@test "what is mounted with ro, and what can only be read, is refused with the reason" {
	echo new >new
	copy fs-ext4.img
	root=/dev/sda:ro replace /hello.txt '' 0
	refused "mounted read-only: it was mounted with 'ro'"
	cmp "$image" disk.img
	for type in squashfs iso9660 erofs; do
		copy "fs-$type.img"
		replace /hello.txt '' 0
		refused 'file systems of this type can only be read'
		cmp "$image" disk.img
	done
}

@test "ext4 whose errors were noted is read, and not written to, with the way out" {
	requires debugfs
	echo new >new
	copy fs-ext4.img
	debugfs -w -R 'ssv state 2' disk.img
	cp disk.img before.img
	replace /hello.txt '' 0
	refused "has errors.*'e2fsck -f'"
	cmp before.img disk.img
}

@test "an NTFS that is marked dirty is refused with the command that helps" {
	echo new >new
	copy fs-ntfs.img
	ntfs_dirty disk.img
	cp disk.img before.img
	replace /hello.txt '' 0
	refused "marked dirty.*'chkdsk /f'"
	cmp before.img disk.img
}

@test "a Windows that is hibernated is refused with the command that helps" {
	requires ntfscp
	echo new >new
	copy fs-ntfs.img
	printf 'hibr and memory' >hiberfil
	head -c 4096 /dev/zero >>hiberfil
	ntfscp -q disk.img hiberfil /hiberfil.sys
	cp disk.img before.img
	replace /hello.txt '' 0
	refused "hibernated.*'shutdown /s /t 0'.*'powercfg /h off'"
	cmp before.img disk.img
}

@test "a Linux that is hibernated is refused, whichever of its file systems it is" {
	image_copy phony-linux.img image
	local start
	start=$(sfdisk --json "$image" | jq '.partitiontable.partitions[2].start')
	printf 'S1SUSPEND\0' | dd of="$image" bs=1 seek=$((start * 512 + 4086)) conv=notrunc status=none
	sum=$(md5sum <"$image")
	fails_with "memory is on '/dev/sda3' is hibernated.*start it and shut it down" \
		guest-edit -a "$image" /etc/hostname -e 's/^/x/'
	fails_with "memory is on '/dev/sda3' is hibernated" guest-edit -a "$image" -m /dev/sda2 /etc/hostname -e 's/^/x/'
	[ "$(md5sum <"$image")" = "$sum" ]
	guest-cat -a "$image" /etc/hostname
	capture guest-sparsify --in-place "$image"
	[[ $err == *"is hibernated"* ]]
	part=$((start * 512 + 4086))
	[ "$(dd if="$image" bs=1 skip="$part" count=9 status=none)" = S1SUSPEND ]
}

@test "immutable and append-only files and folders are refused by name of the attribute" {
	requires mke2fs debugfs
	mkdir -p tree/d
	echo old >tree/f
	echo old >tree/d/g
	echo new >new
	mke2fs -q -t ext4 -d tree disk.img 32M
	debugfs -w -R 'sif f flags 0x80010' disk.img
	debugfs -w -R 'sif d flags 0x80020' disk.img
	cp disk.img before.img
	replace /f '' 0
	refused "'/f' has the attribute 'i'.*chattr -i"
	replace /d/g '' 0
	refused "folder of '/d/g' has the attribute 'a'.*chattr -a"
	cmp before.img disk.img
}
