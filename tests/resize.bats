#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck disable=SC2154
# guest-resize from one disk to another.

load lib/common
load lib/images
load lib/resize

setup_file()
{
	warm_cache
}

# resized IN OUT SIZE OPTION...: to a new raw disk, without a word of complaint.
resized()
{
	local in=$1 new=$2 size=$3
	shift 3
	rm -f "$new"
	truncate -s "$size" "$new"
	capture guest-resize "$@" "$in" "$new"
	if [ "$status" != 0 ] || [ -n "$err" ]; then
		echo "$status $err $out"
		return 1
	fi
}

# grows TYPE [SIZE]: the file system in the middle of a disk gets what is left over; all of it and its
# neighbours are there afterwards, and its checker is content.
grows()
{
	local type=$1
	disk_of "$type"
	tree_sums data.img /dev/sda2 >before
	truncate -s "${2:-1G}" new.img
	capture guest-resize --expand /dev/sda2 data.img new.img
	[ "$status" = 0 ] || { echo "$err"; return 1; }
	same_part data.img 1 new.img 1
	same_part data.img 3 new.img 3
	tree_sums new.img /dev/sda2 >after
	diff before after
	part new.img 2 part
	fs_clean "$type" part
	diff <(table data.img | sed 's/start=[^,]*, size=[^,]*,//') <(table new.img | sed 's/start=[^,]*, size=[^,]*,//')
	sfdisk -V -q new.img
	# Nearly all of the partition is the file system's.
	read -r _ size < <(part_bytes new.img 2)
	guest-filesystems --all -l --json -a new.img >list
	[ "$(jq -r '.entries[] | select(.type == "filesystem" and .name == "/dev/sda2") | .vfs' list)" = "$type" ]
	[[ $out == *"/dev/sda2: The filesystem $type on /dev/sda2 had "*", and has "*" now."* ]]
}

@test "ext2 grows, and all that was there is there" {
	grows ext2
}

@test "ext3 grows, and all that was there is there" {
	grows ext3
}

@test "ext4 grows, and all that was there is there" {
	grows ext4
}

@test "xfs grows, and all that was there is there" {
	grows xfs
}

@test "xfs grows by more groups than one step makes" {
	grows xfs 50G
	[ "$(xfs_db -r -c 'sb 0' -c 'p agcount' part | tr -dc 0-9)" -gt 512 ]
}

@test "btrfs grows, and all that was there is there" {
	grows btrfs
}

@test "f2fs grows, and all that was there is there" {
	grows f2fs
}

# resize.f2fs by itself fails where what is free is not much more than the reserve.
@test "f2fs grows where it is small, and where it is full" {
	local mib more
	mkdir -p dir
	noise dir/a 0 3
	for mib in 64 180; do
		[ "$mib" = 64 ] || noise dir/b 3 98
		guest-make-fs --partition=gpt --type=f2fs --size="${mib}M" dir small.img
		tree_sums small.img /dev/sda1 >before
		for more in 1 600 900; do
			cp --sparse=always small.img data.img
			capture guest-resize --in-place -q --size "+${more}M" --expand /dev/sda1 data.img
			[ "$status" = 0 ] || { echo "$mib and $more: $err"; return 1; }
			tree_sums data.img /dev/sda1 >after
			diff before after
			part data.img 1 part
			fs_clean f2fs part
			# The blocks of its superblock.
			[ "$(od -An -t u8 -j 1060 -N 8 part | tr -d ' ')" -ge $(((mib + more - 2) * 256)) ]
		done
	done
}

@test "ntfs grows, and all that was there is there" {
	grows ntfs
}

@test "the words of virt-resize" {
	image phony-linux.img image
	resized "$image" new.img 300M --expand /dev/sda2
	sed 's/^\[ *[0-9.]*\]/[   0.0]/; s|[^ ]*/phony-linux.img|IN|' out >words
	diff - words <<-'END'
		[   0.0] Examining IN

		**********

		Summary of changes:

		guest-resize: /dev/sda1: This partition will be left alone.

		guest-resize: /dev/sda2: This partition will be resized from 40.0M to 277.8M.  The filesystem ext4 on /dev/sda2 will be expanded using the ‘resize2fs’ method.

		guest-resize: /dev/sda3: This partition will be left alone.

		**********
		[   0.0] Setting up initial partition table on new.img
		[   0.0] Copying /dev/sda1
		[   0.0] Copying /dev/sda2
		[   0.0] Copying /dev/sda3
		[   0.0] Expanding /dev/sda2 using the ‘resize2fs’ method
		guest-resize: /dev/sda2: The filesystem ext4 on /dev/sda2 had 40.0M, and has 277.8M now.

		guest-resize: Resize operation completed with no errors.  Before deleting the old disk, carefully check that the resized disk boots and works correctly.

	END
}

@test "a dry run says what would be, and does nothing" {
	image phony-linux.img image
	resized "$image" new.img 300M -n --expand sda1 --delete sda3
	[[ $out == *"This partition will be deleted."* ]]
	grep -qE '^/dev/sda1 +ext2 +2048 +16M +2048 +[0-9]+M$' out
	cmp -n $((300 << 20)) new.img /dev/zero
	resized "$image" new.img 300M --dryrun -q --expand sda1
	[ -z "$out" ]
	resized "$image" new.img 300M --json -n --expand sda1
	jq -e '.schema == "guestutils.resize.v1" and (.done | not) and .partitions[0].action == "resize"
		and .partitions[0].before.size == 16777216 and .grow[0].method == "resize2fs"' out
	cmp -n $((300 << 20)) new.img /dev/zero
}

@test "JSON tells what was done" {
	image lvm.img image
	resized "$image" new.img 300M --json --expand sda2 --lv-expand vg/root
	jq -e '.done and .size_after == 314572800 and ([.grow[].method] == ["pvresize", "lvresize", "resize2fs"])
		and (.grow[2].after > .grow[2].before)' out
}

@test "mount points name what is to grow, on volumes and logical partitions too" {
	image lvm.img image
	resized "$image" new.img 300M --expand /
	[ "$(guest-filesystems -l --no-title -a new.img | awk '$1 == "/dev/vg/root" { print ($5 > 240000000) }')" = 1 ]
	guest-cat -a new.img /etc/hostname | grep -q '^lvm.example.org'
	image mbr-logical.img image
	resized "$image" new.img 300M --expand /
	guest-cat -a new.img /etc/hostname | grep -q '^mbr-logical.example.org'
	[ "$(table new.img | grep -c '^[12567]:')" = 5 ]
	part new.img 5 part
	fs_clean ext4 part
	same_part "$image" 6 new.img 6
	same_part "$image" 7 new.img 7
	image phony-linux.img image
	truncate -s 300M other.img
	fails_with "/nowhere: mount point not found in the source disk image" guest-resize -q --expand /nowhere "$image" other.img
}

@test "one grows, another shrinks, one goes, one is left empty" {
	image phony-linux.img image
	cp --no-preserve=mode "$image" in.img
	# Its content is small enough already: resize2fs first, as the manual says.
	part in.img 2 part
	e2fsck -fy part >/dev/null 2>&1 || :
	resize2fs part 30M >/dev/null 2>&1
	dd if=part of=in.img bs=1M seek=17 conv=notrunc status=none
	resized in.img new.img 120M --resize sda2=-8M --expand sda1 --no-extra-partition
	[ "$(part_bytes new.img 2 | cut -d' ' -f2)" = $((32 << 20)) ]
	part new.img 2 small
	fs_clean ext4 small
	part new.img 1 first
	fs_clean ext2 first
	[ "$(part_bytes new.img 1 | cut -d' ' -f2)" -gt $((60 << 20)) ]
	resized in.img new.img 120M --delete sda1 --ignore sda2 --no-extra-partition
	table new.img | grep -c '^[23]:' | grep -qx 2
	part new.img 2 part
	cmp -n $((40 << 20)) part /dev/zero
	same_part in.img 3 new.img 3
}

@test "content that would be cut off is refused, and cut off by force" {
	image phony-linux.img image
	truncate -s 100M new.img
	fails_with "'/dev/sda2' cannot be shrunk to 20.0M: its content \(ext4\) has 40.0M.*by 20971520 bytes" \
		guest-resize -q --resize sda2=20M "$image" new.img
	cmp -n $((100 << 20)) new.img /dev/zero
	capture guest-resize -q --resize-force sda2=20M "$image" new.img
	[ "$status" = 0 ]
	[ "$(part_bytes new.img 2 | cut -d' ' -f2)" = $((20 << 20)) ]
}

@test "content that would be larger than it can be is refused, before anything is done" {
	small_blocks -O ^64bit -J size=1
	truncate -s 4T new.img
	# Groups of 8 MiB, 32 descriptors of which are in each of the 8191 blocks of the first group: to the byte.
	most=$((8191 * 32 * 8192 * 1024 + 1024))
	fails_with "'/dev/sda1' cannot grow to 2.0T: the ext4 on it can have 2.0T at the most, which is less by 512 bytes; --no-expand-content" \
		guest-resize -q --resize "sda1=$((most + 512))b" --alignment 1 data.img new.img
	[ "$(stat -c %b new.img)" = 0 ]
	capture guest-resize -q --dry-run --resize "sda1=${most}b" --alignment 1 data.img new.img
	[ "$status" = 0 ]
	fails_with "'/dev/sda1' cannot grow to 4.0T" guest-resize -q --dry-run --expand /dev/sda1 data.img new.img
	fails_with "'/dev/sda1' cannot grow to 3.0T" guest-resize -q --in-place --size 3T data.img
	[ "$(stat -c %s data.img)" = $((40 << 20)) ]
	fails_with "'/dev/sda1' cannot grow to 4.0T" guest-resize -q --expand /dev/sda1 data.img new.img
	[ "$(stat -c %b new.img)" = 0 ]
	capture guest-resize -q --expand /dev/sda1 --no-expand-content data.img new.img
	[ "$status" = 0 ]
	# Bitmaps and inodes of a group have to be in it: 2 and 486 blocks.
	small_blocks -O ^64bit,^flex_bg -J size=1 -N 9720 -I 256
	most=$((7703 * 32 * 8192 * 1024 + 1024))
	fails_with "'/dev/sda1' cannot grow to 1.9T: .* which is less by 512 bytes" \
		guest-resize -q --dry-run --resize "sda1=$((most + 512))b" --alignment 1 data.img new.img
	capture guest-resize -q --dry-run --resize "sda1=${most}b" --alignment 1 data.img new.img
	[ "$status" = 0 ]
}

@test "vfat grows, and all that was there is there" {
	grows vfat
}

# With so few clusters, mtools and Windows take it for a FAT16; guests of Linux, and firmware, do not.
@test "a FAT32 with few clusters grows, and a FAT16 becomes one" {
	local bits
	for bits in 16 32; do
		truncate -s 102M data.img
		sfdisk -q data.img <<<'label: gpt
start=1MiB, size=100MiB, type=U'
		mkfs.vfat -F "$bits" -s 4 --offset 2048 data.img 102400 >/dev/null 2>&1
		noise file 0 3
		[ "$bits" = 32 ] || mcopy -i data.img@@1M file ::file
		tree_sums data.img /dev/sda1 >before
		resized data.img new.img 700M --expand sda1
		tree_sums new.img /dev/sda1 >after
		diff before after
		part new.img 1 part
		fs_clean vfat part
		fsck.fat -nv part | grep -q '32 bits per entry\|32 bit entries'
	done
}

@test "a syslinux that would not be found any more is an error, before anything is done" {
	truncate -s 42M data.img
	sfdisk -q data.img <<<'label: dos
start=1MiB, type=c, bootable'
	mkfs.vfat -F 32 -s 1 --offset 2048 data.img 41984 >/dev/null 2>&1
	printf 'SYSLINUX' | dd of=data.img bs=1 seek=$(((1 << 20) + 3)) conv=notrunc status=none
	truncate -s 100M new.img
	fails_with "'/dev/sda1' cannot grow: syslinux .*--no-expand-content" guest-resize -q --expand sda1 data.img new.img
	cmp -n $((100 << 20)) new.img /dev/zero
}

@test "an NTFS with clusters of 4 KiB grows to 16 TiB, and to no more" {
	truncate -s 20M part
	mkntfs -q -Q -F -c 4096 part 2>/dev/null
	truncate -s 22M data.img
	sfdisk -q data.img <<<'label: gpt
start=1MiB, size=20MiB'
	dd if=part of=data.img bs=1M seek=1 conv=notrunc status=none
	qemu-img create -q -f qcow2 new.qcow2 17T
	most=$((16 << 40))
	fails_with "'/dev/sda1' cannot grow to 16.0T: .* which is less by 512 bytes" \
		guest-resize -q --resize "sda1=$((most + 512))b" --alignment 1 data.img new.qcow2
	capture guest-resize -q --resize "sda1=${most}b" --alignment 1 data.img new.qcow2
	[ "$status" = 0 ]
	guest-filesystems --all -l --json -a new.qcow2 >list
	[ "$(jq -r '.entries[] | select(.type == "filesystem" and .name == "/dev/sda1").size' list)" = $((most - 4096)) ]
}

@test "an XFS that would have more groups than its driver is asked to make is refused" {
	disk_of xfs
	part data.img 2 part
	groups=$(xfs_db -r -c 'sb 0' -c 'p agblocks blocksize' part | sed 's/.*= //' | paste -sd '*')
	truncate -s 7T new.img
	fails_with "'/dev/sda2' cannot grow to .*: the xfs on it can have .* at the most, which is less by 512 bytes" \
		guest-resize -q --resize "sda2=$((16384 * groups + 512))b" --alignment 1 data.img new.img
	[ "$(stat -c %b new.img)" = 0 ]
	capture guest-resize -q --dry-run --resize "sda2=$((16384 * groups))b" --alignment 1 data.img new.img
	[ "$status" = 0 ]
}

@test "what nobody can grow is an error, before anything is done" {
	disk_of vfat
	truncate -s "${mib}M" part
	mkfs.exfat part >/dev/null
	dd if=part of=data.img bs=1M seek=21 conv=notrunc status=none
	truncate -s 300M new.img
	fails_with 'expanding the exfat filesystem on /dev/sda2: --no-expand-content' \
		guest-resize -q --expand sda2 data.img new.img
	cmp -n $((300 << 20)) new.img /dev/zero
	capture guest-resize -q --expand sda2 --no-expand-content data.img new.img
	[ "$status" = 0 ]
	[ -z "$err" ]
	same_part data.img 2 new.img 2
	truncate -s 0 new.img
	truncate -s 300M new.img
	capture guest-resize -q --expand sda2 --unknown-filesystems=warn data.img new.img
	[ "$status" = 0 ]
	[[ $err == *"warning: unknown/unavailable method for expanding the exfat filesystem on /dev/sda2"* ]]
}

@test "a file system that must not be written to is not grown: the exit status tells" {
	disk_of ext4
	# Errors were found when it was last used.
	part data.img 2 part
	debugfs -w -R 'set_super_value state 2' part 2>/dev/null
	dd if=part of=data.img bs=1M seek=21 conv=notrunc,sparse status=none
	truncate -s 300M new.img
	fails_with "cannot expand '/dev/sda2': .*has errors.*--no-expand-content" guest-resize -q --expand sda2 data.img new.img
	cmp -n $((300 << 20)) new.img /dev/zero
}

@test "an NTFS that Windows has not left clean is not grown, and the command that helps is told" {
	disk_of ntfs
	part data.img 2 clean
	cp clean part
	ntfs_dirty part
	dd if=part of=data.img bs=1M seek=21 conv=notrunc status=none
	truncate -s 300M new.img
	fails_with "cannot expand '/dev/sda2': .*marked dirty.*'chkdsk /f'" guest-resize -q --expand sda2 data.img new.img
	capture guest-resize -q --expand sda2 --ntfsresize-force data.img new.img
	[ "$status" = 0 ]
	truncate -s 0 new.img
	truncate -s 300M new.img
	printf 'hibr and memory' >hiberfil
	head -c 4096 /dev/zero >>hiberfil
	ntfscp -q clean hiberfil /hiberfil.sys
	dd if=clean of=data.img bs=1M seek=21 conv=notrunc status=none
	fails_with "hibernated.*'shutdown /s /t 0'" guest-resize -q --expand sda2 data.img new.img
}

@test "a btrfs on several disks is not grown by guessing" {
	image btrfs-disks-a.img fs
	truncate -s 200M in.img
	sfdisk -q in.img <<<'label: gpt
start=1MiB, size=128MiB, type=L'
	dd if="$fs" of=in.img bs=1M seek=1 conv=notrunc,sparse status=none
	truncate -s 400M new.img
	capture guest-resize -q --expand sda1 in.img new.img
	[ "$status" = 1 ]
	[[ $err == *"the btrfs on '/dev/sda1' has 2 devices"*"btrfs filesystem resize 1:max"* ]]
	cmp -n $((400 << 20)) new.img /dev/zero
}

@test "swap keeps its identity and gets its room" {
	image phony-linux.img image
	resized "$image" new.img 300M --expand sda3
	part new.img 3 part
	[ "$(blkid -p -s UUID -o value part)" = "$(part "$image" 3 old && blkid -p -s UUID -o value old)" ]
	[ "$(od -An -tu4 -j 1028 -N 4 part | tr -d ' ')" -gt 40000 ]
	# Smaller, it has the header of what there is, also where nothing is to be expanded.
	resized "$image" new.img 300M --resize sda3=-2M --no-expand-content
	[[ $out == *"The swap on /dev/sda3 will be made anew using the ‘mkswap’ method."* ]]
	part new.img 3 part
	[ "$(stat -c %s part)" = $((2 << 20)) ]
	[ "$(od -An -tu4 -j 1028 -N 4 part | tr -d ' ')" = 511 ]
	[ "$(blkid -p -s UUID -o value part)" = "$(blkid -p -s UUID -o value old)" ]
}

@test "encrypted volumes grow with all that is in them" {
	local image
	image luks-lvm.img image
	# Both disks are opened, by one line.
	resized "$image" new.img 200M --expand / --keys-from-stdin <<<'secret of: luks-lvm'
	guest-cat --key 'all:key:secret of: luks-lvm' -a new.img /etc/hostname | grep -q luks-lvm
	guest-filesystems -l --no-title --key 'all:key:secret of: luks-lvm' -a new.img >list
	[ "$(awk '$1 == "/dev/vg/root" { print ($5 > 150000000) }' list)" = 1 ]
}

@test "a guest that is hibernated is not resized, neither in a copy nor in place" {
	local start
	image_copy phony-linux.img image
	truncate -s 300M new.img
	start=$(sfdisk --json "$image" | jq '.partitiontable.partitions[2].start')
	printf 'S1SUSPEND\0' | dd of="$image" bs=1 seek=$((start * 512 + 4086)) conv=notrunc status=none
	sum=$(md5sum <"$image")
	fails_with "memory is on '/dev/sda3' is hibernated.*start it and shut it down" guest-resize -q --expand sda2 "$image" new.img
	fails_with "is hibernated" guest-resize -q --no-expand-content --expand sda2 "$image" new.img
	cmp -n $((300 << 20)) new.img /dev/zero
	fails_with "is hibernated" guest-resize -q --in-place --size +100M "$image"
	[ "$(md5sum <"$image")" = "$sum" ]
}

@test "what is encrypted and locked is refused before the target is written to" {
	local image part
	image luks2.img image
	truncate -s 300M new.img
	part=$(sfdisk -d "$image" | grep -c 'start=')
	capture guest-resize -q --expand "sda$part" "$image" new.img </dev/null
	[ "$status" = 1 ]
	[[ $err == *"'/dev/sda$part' is encrypted and locked: give the key with --key /dev/sda$part:"* ]]
	fails_with 'could not find key to open LUKS encrypted' \
		guest-resize -q --expand "sda$part" --key all:key:wrong "$image" new.img
	cmp -n $((300 << 20)) new.img /dev/zero
	capture guest-resize -q --expand "sda$part" --no-expand-content "$image" new.img </dev/null
	[ "$status" = 0 ]
	guest-cat -a new.img --key 'all:key:secret of: luks2' /etc/hostname | grep -q luks2.example.org
}

@test "a qcow2 is read and written, compressed ones too, and takes the space of its data" {
	local image data
	image debian.qcow2 image
	qemu-img convert -c -f qcow2 -O qcow2 "$image" small.qcow2
	qemu-img create -q -f qcow2 new.qcow2 3G
	capture guest-resize -q --expand /dev/sda2 small.qcow2 new.qcow2
	[ "$status" = 0 ]
	qemu-img check -q new.qcow2
	guest-cat -a new.qcow2 /etc/hostname | grep -q guest.example.org
	data=$(stat -c '%b * 512' "$image")
	[ $(($(stat -c '%b * 512' new.qcow2))) -le $(((data) * 105 / 100)) ]
	qemu-img convert -O raw new.qcow2 new.img
	part new.img 2 part
	fs_clean ext4 part
}

@test "a disk of 2 TiB takes the time of its data, and no more room" {
	image phony-linux.img image
	cp --no-preserve=mode --sparse=always "$image" in.img
	truncate -s 2T in.img
	sfdisk -q --delete in.img 3
	echo ', +' | sfdisk -q -N 2 in.img >/dev/null
	qemu-img create -q -f qcow2 new.qcow2 2100G
	# Nobody judges by time here; a minute is what reading zeroes would not be done in.
	TEST_TIMEOUT=60 capture guest-resize -q --no-extra-partition --resize sda2=+50G --no-expand-content in.img new.qcow2
	[ "$status" = 0 ]
	[ "$(stat -c %b new.qcow2)" -lt $((60 * 2048)) ]
}

@test "a target that was in use before has nothing left of that" {
	image phony-linux.img image
	mke2fs -q -F new.img 300M
	noise new.img 0 250
	capture guest-resize -q --expand sda2 "$image" new.img
	[ "$status" = 0 ]
	part new.img 2 part
	fs_clean ext4 part
	same_part "$image" 1 new.img 1
	# A qcow2 cannot be emptied: what is nobody's in the old disk is overwritten.
	qemu-img convert -O qcow2 new.img new.qcow2
	qemu-io -f qcow2 -c 'write -P 99 0 300M' new.qcow2 >/dev/null
	capture guest-resize -q "$image" new.qcow2
	[ "$status" = 0 ]
	guest-filesystems --all -l --no-title -a new.qcow2 >list
	[ "$(grep -c ' partition ' list)" = 4 ]
	grep -q '^/dev/sda4 *filesystem *unknown' list
	qemu-img convert -O raw new.qcow2 flat.img
	part flat.img 2 part
	fs_clean ext4 part
	same_part "$image" 3 flat.img 3
	part flat.img 4 part
	cmp -n "$(stat -c %s part)" part /dev/zero
}

# The file system that an earlier disk had where an extra partition begins now.
@test "an extra partition on a target that was in use is empty" {
	truncate -s 62M in.img
	sfdisk -q in.img <<<'label: dos
start=2048, size=60M'
	mke2fs -q -t ext2 -E offset=1048576 in.img 60M
	truncate -s 250M old.img
	mke2fs -q -t ext4 -E offset=$((101 << 20)) old.img 140M
	for format in qcow2 vmdk; do
		qemu-img convert -O "$format" old.img "old.$format"
		capture guest-resize -q --resize sda1=100M in.img "old.$format"
		[ "$status" = 0 ]
		qemu-img convert -O raw "old.$format" flat.img
		[ "$(sfdisk --json flat.img | jq -c '[.partitiontable.partitions[].start]')" = "[2048,$((101 << 11))]" ]
		part flat.img 2 part
		cmp -n "$(stat -c %s part)" part /dev/zero
	done
}

# The kernel finds no partitions on any of these.
@test "what lies on a disk whose GPT the kernel does not take grows, too" {
	local way
	disk_of ext4
	sfdisk -q --delete data.img 3
	mv data.img whole.img
	for way in first mbr; do
		cp --sparse=always whole.img data.img
		case $way in
		first) printf 'xxxxxxxx' | dd of=data.img bs=1 seek=$((512 + 60)) conv=notrunc status=none ;;
		mbr) printf '\2' | dd of=data.img bs=1 seek=$((446 + 8)) conv=notrunc status=none ;;
		esac
		tree_sums data.img /dev/sda2 >before
		rm -f new.img
		truncate -s 400M new.img
		capture guest-resize -q --expand sda2 data.img new.img
		[ "$status" = 0 ] || { echo "$way: $err"; return 1; }
		tree_sums new.img /dev/sda2 >after
		diff before after
		part new.img 2 part
		fs_clean ext4 part
		[ "$(dumpe2fs -h part 2>/dev/null | sed -n 's/^Block count: *//p')" -gt $(((350 << 20) / 4096)) ] ||
			[ "$(dumpe2fs -h part 2>/dev/null | sed -n 's/^Block count: *//p')" -gt $(((350 << 20) / 1024)) ]
	done
}

@test "logical partitions of which the first number is not the first on the disk" {
	truncate -s 200M in.img
	sfdisk -q --force in.img <<<'label: dos

in.img1 : start=2048, size=400000, type=5
in.img5 : start=200000, size=65536, type=82
in.img6 : start=4096, size=122880, type=83'
	mkswap -q --offset $((200000 * 512)) in.img 2>/dev/null ||
		{ truncate -s 32M swap; mkswap swap >/dev/null; dd if=swap of=in.img bs=512 seek=200000 conv=notrunc status=none; }
	mke2fs -q -t ext2 -E offset=$((4096 * 512)) in.img 60M
	for name in sda5 sda6; do
		rm -f new.img
		truncate -s 300M new.img
		capture guest-resize -q --expand "$name" in.img new.img
		[ "$status" = 0 ] || { echo "$err"; return 1; }
		[ "$(sfdisk --json new.img | jq '.partitiontable.partitions | length')" = 3 ]
		part new.img 6 part
		fs_clean ext2 part
	done
}

# As installers make them: the extended partition begins two sectors before the first in it, which is aligned.
@test "logical partitions stay aligned when what is before them grows" {
	truncate -s 200M in.img
	sfdisk -q --force in.img <<<'label: dos

in.img1 : start=2048, size=100000, type=83
in.img2 : start=104446, size=202754, type=5
in.img5 : start=104448, size=202752, type=83'
	truncate -s 500M new.img
	capture guest-resize -q --resize sda1=150M --no-expand-content in.img new.img
	[ "$status" = 0 ] || { echo "$err"; return 1; }
	[ "$(sfdisk --json new.img | jq '.partitiontable.partitions[2].start % 128')" = 0 ]
	[ "$(sfdisk --json new.img | jq '.partitiontable.partitions[1].start % 128')" = 126 ]
}

@test "btrfs that would get less than it can grow to is refused, before anything is done" {
	truncate -s 122M in.img
	sfdisk -q in.img <<<'label: gpt
start=1MiB, size=120MiB'
	truncate -s 120M part
	mkfs.btrfs -q part
	dd if=part of=in.img bs=1M seek=1 conv=notrunc,sparse status=none
	truncate -s 200M new.img
	fails_with "'/dev/sda1' cannot grow to .*btrfs on it grows to no less than 256.0M" guest-resize -q --expand sda1 in.img new.img
	cmp -n $((200 << 20)) new.img /dev/zero
	truncate -s 260M new.img
	capture guest-resize -q --expand sda1 in.img new.img
	[ "$status" = 0 ] || { echo "$err"; return 1; }
}

@test "what an MBR cannot tell of is told" {
	truncate -s 62M in.img
	sfdisk -q in.img <<<'label: dos
start=2048, size=60M'
	truncate -s 3T new.img
	capture guest-resize -q -n --resize sda1=100M in.img new.img
	[ "$status" = 0 ]
	[[ $err == *"warning: the last 1.0T (1099511627776 bytes) of the disk are beyond what an MBR can tell of"* ]]
}

@test "what cannot be is refused with the number of bytes that are missing" {
	image phony-linux.img image
	truncate -s 50M new.img
	fails_with 'There is a deficit of [0-9]+ bytes \([0-9.]+M\)' guest-resize -q "$image" new.img
	truncate -s 1M new.img
	fails_with 'the target disk: file is too small to be a disk image \(1048576 bytes\)' guest-resize -q "$image" new.img
	truncate -s 60M new.img
	fails_with 'You cannot use --expand when there is no surplus space' guest-resize -q --expand sda2 "$image" new.img
	truncate -s 300M new.img
	fails_with "/dev/sda9: partition not found in the source disk image \(this error came from '--expand'" \
		guest-resize -q --expand /dev/sda9 "$image" new.img
	fails_with "cannot open 'nothing.img'" guest-resize -q --expand sda2 "$image" nothing.img
	truncate -s 400M larger.img
	fails_with 'no partition table that is known' guest-resize -q --expand sda2 new.img larger.img
}

@test "a volume on what does not go over is refused before the target is written to" {
	image lvm.img image
	truncate -s 300M new.img
	for what in delete ignore; do
		fails_with "'/dev/vg/root' cannot be expanded: '/dev/sda2', on which it lies, is " \
			guest-resize -q "--$what" sda2 --lv-expand /dev/vg/root "$image" new.img
	done
	fails_with "of which the first takes all" \
		guest-resize -q --expand sda2 --lv-expand /dev/vg/root --lv-expand /dev/vg/home "$image" new.img
	cmp -n $((300 << 20)) new.img /dev/zero
	# With nothing left over in its group it stays as it is, which is said.
	resized "$image" same.img 290M -q --lv-expand /dev/vg/root
	capture guest-resize -q --lv-expand /dev/vg/home same.img new.img
	[ "$status" = 0 ]
	[[ $err == *"warning: '/dev/vg/home' stays as large as it was: its volume group has nothing left"* ]]
}

@test "all partitions may be left out, of both kinds of table" {
	local label
	for label in gpt dos; do
		rm -f old.img new.img
		truncate -s 50M old.img
		printf 'label: %s\nsize=20M\nsize=20M\n' "$label" | sfdisk -q old.img
		resized old.img new.img 50M -q --no-extra-partition --delete sda1 --delete sda2
		[ "$(sfdisk -d new.img | grep -c start=)" = 0 ]
		[ "$(sfdisk -d new.img | sed -n 's/^label: //p')" = "$label" ]
	done
}

@test "a disk that has just the room" {
	local need
	image phony-linux.img image
	truncate -s 60M new.img
	capture guest-resize -q "$image" new.img
	need=$(sed -n 's/.*deficit of \([0-9]*\) bytes.*/\1/p' err)
	[ -n "$need" ]
	truncate -s $(((60 << 20) + need - 512)) new.img
	fails_with 'There is a deficit of 512 bytes' guest-resize -q "$image" new.img
	truncate -s $(((60 << 20) + need)) new.img
	capture guest-resize -q "$image" new.img
	[ "$status" = 0 ]
	same_part "$image" 2 new.img 2
	sfdisk -V -q new.img
}

@test "source and target are two disks" {
	image_copy phony-linux.img image
	ln "$image" same.img
	ln -s same.img link.img
	fails_with 'are the same disk' guest-resize -q "$image" same.img
	fails_with 'are the same disk' guest-resize -q "$image" link.img
	qemu-img create -q -f qcow2 -b "$image" -F raw top.qcow2 300M
	fails_with 'are the same disk, or one stands on the other' guest-resize -q top.qcow2 "$image"
	# A target that stands on the source, some layers down, or on what that stands on.
	qemu-img create -q -f qcow2 -b top.qcow2 -F qcow2 next.qcow2 400M
	qemu-img create -q -f qcow2 -b "$image" -F raw other.qcow2 400M
	sum=$(md5sum <"$image")
	for to in top.qcow2 next.qcow2; do
		fails_with 'one stands on the other' guest-resize -q "$image" "$to"
	done
	fails_with 'or both on a third' guest-resize -q top.qcow2 other.qcow2
	[ "$(md5sum <"$image")" = "$sum" ]
}

@test "the words of a message lead to something: no option of other tools, a manual that has them" {
	disk_of ext4
	truncate -s 300M new.img
	capture guest-resize -q --expand / data.img new.img
	[ "$status" = 1 ]
	[[ $err == *"no operating system was found"*"/dev/sda2"* && $err != *"-m DEVICE"* ]]
	fails_with "see 'deficit' in the guest-resize.1. man page" guest-resize -q --shrink sda1 data.img new.img
	mandoc -T ascii "$BATS_TEST_DIRNAME/../tools/resize/guest-resize.1" 2>/dev/null >page || skip "there is no mandoc"
	grep -q deficit page
}

@test "a target in use is refused" {
	image phony-linux.img image
	truncate -s 300M new.img
	qemu-storage-daemon --blockdev driver=file,node-name=f,filename=new.img,locking=on \
		--nbd-server addr.type=unix,addr.path=s --export type=nbd,id=e,node-name=f,writable=on 3>&- &
	wait_for 10 test -S s
	fails_with "is in use by process $!" guest-resize -q "$image" new.img
	kill $!
	wait $! || :
}

@test "no space on the host is an error, not a disk that looks done" {
	image debian.qcow2 image
	# No file may get larger than 100 MiB.
	qemu-img create -q -f qcow2 new.qcow2 2G
	(
		ulimit -f 102400
		capture guest-resize -q --expand sda2 "$image" new.qcow2
		[ "$status" = 1 ]
		[[ $err == *"copying: "* ]]
	)
}

@test "a damaged GPT has its other one, and comes out whole" {
	local image
	image phony-linux.img image
	cp --no-preserve=mode "$image" main.img
	cp --no-preserve=mode "$image" backup.img
	printf 'xxxxxxxx' | dd of=main.img bs=1 seek=$((512 + 60)) conv=notrunc status=none
	printf 'xxxxxxxx' | dd of=backup.img bs=1 seek=$(($(stat -c %s backup.img) - 400)) conv=notrunc status=none
	printf 'xxxxxxxx' | dd of=backup.img bs=1 seek=$(($(stat -c %s backup.img) - 512)) conv=notrunc status=none
	for damaged in main backup; do
		rm -f new.img
		truncate -s 300M new.img
		capture guest-resize -q --expand sda2 "$damaged.img" new.img
		[ "$status" = 0 ]
		[[ $err == *"warning: the "*"GPT of '/dev/sda' is damaged"* ]]
		sfdisk -V -q new.img
		same_part "$image" 1 new.img 1
	done
	printf 'xxxxxxxx' | dd of=backup.img bs=1 seek=$((512 + 60)) conv=notrunc status=none
	truncate -s 300M new.img
	fails_with "the GPT of '/dev/sda' is damaged .*and so is its backup.*sgdisk" guest-resize -q --expand sda2 backup.img new.img
}

@test "where nothing can be said any more, it is done, and the exit status tells" {
	image phony-linux.img image
	truncate -s 300M new.img
	status=0
	guest-resize --expand sda2 "$image" new.img >/dev/full 2>err || status=$?
	[ "$status" = 1 ]
	[ "$(cat err)" = "guest-resize: write error: No space left on device" ]
	part new.img 2 part
	fs_clean ext4 part
}

@test "overlapping partitions are refused" {
	truncate -s 100M in.img
	sfdisk -q in.img <<-'END'
		label: dos
		start=2048, size=20480
		start=40960, size=20480
	END
	# The first one ends in the second.
	printf '\000\360\000\000' | dd of=in.img bs=1 seek=$((446 + 12)) conv=notrunc status=none
	truncate -s 200M new.img
	fails_with "'/dev/sda1' and '/dev/sda2' overlap" guest-resize -q --expand sda2 in.img new.img
}

@test "a table of 128 partitions" {
	local n
	truncate -s 150M in.img
	{
		echo 'label: gpt'
		for n in $(seq 128); do echo "start=${n}MiB, size=1MiB, name=p$n"; done
	} | sfdisk -q in.img
	noise in.img 1 128
	resized in.img new.img 200M --resize sda1=+2M
	[[ $out == *"The surplus space will be ignored."* ]]
	[ "$(table new.img | grep -c '^[0-9]*:')" = 128 ]
	same_part in.img 1 new.img 1
	same_part in.img 77 new.img 77
	same_part in.img 128 new.img 128
	table new.img | grep -q '^128: .*name="p128"'
}

@test "sectors of 4096 bytes" {
	truncate -s 100M in.img
	guest-format --blocksize=4096 --format=raw -a in.img --partition=gpt --filesystem=ext4
	truncate -s 200M new.img
	capture guest-resize -q --blocksize=4096 --expand sda1 in.img new.img
	[ "$status" = 0 ]
	guest-filesystems --blocksize=4096 -l --no-title -a new.img >list
	[ "$(awk '{ print ($4 > 150000000 || $5 > 150000000) }' list)" = 1 ]
	# Taken for one of others it is not damaged, and nobody is to mend it.
	fails_with "the GPT of '/dev/sda' was made for sectors of 4096 bytes: --blocksize=4096" \
		guest-resize -q --in-place --size +100M new.img
}

@test "a Windows disk that is badly aligned is mended, with its boot sector" {
	image fs-ntfs.img fs
	truncate -s 40M in.img
	sfdisk -q in.img <<<'label: dos
start=63, size=65536, type=7, bootable'
	dd if="$fs" of=in.img bs=512 seek=63 conv=notrunc,sparse status=none
	printf '\077\000\000\000' | dd of=in.img bs=1 seek=$((63 * 512 + 28)) conv=notrunc status=none
	resized in.img new.img 80M --no-extra-partition
	[ "$(part_bytes new.img 1 | cut -d' ' -f1)" = $((128 * 512)) ]
	part new.img 1 part
	[ "$(od -An -tu4 -j 28 -N 4 part | tr -d ' ')" = 128 ]
	table new.img | grep -q bootable
	resized in.img new.img 80M --no-extra-partition --align-first=never
	[ "$(part_bytes new.img 1 | cut -d' ' -f1)" = $((63 * 512)) ]
}

@test "what is before the partitions goes along, or not" {
	image_copy mbr-logical.img image
	printf 'stage one' | dd of="$image" conv=notrunc status=none
	printf 'stage two' | dd of="$image" bs=512 seek=1 conv=notrunc status=none
	resized "$image" new.img 150M
	cmp -n 440 "$image" new.img
	[ "$(dd if=new.img bs=512 skip=1 count=1 status=none | head -c 9)" = 'stage two' ]
	resized "$image" new.img 150M --no-copy-boot-loader
	cmp -n 440 new.img /dev/zero
	cmp -n 512 -i 512:0 new.img /dev/zero
	diff <(table "$image") <(table new.img | grep -v '^3:')
}

@test "bad usage is told, and nothing is done" {
	image phony-linux.img image
	truncate -s 300M new.img
	while IFS='|' read -r words options; do
		# shellcheck disable=SC2086 # words
		capture guest-resize $options "$image" new.img
		[ "$status" = 2 ] && [[ $err =~ $words ]] || { echo "$options: $status $err"; return 1; }
	done <<-'END'
		expand option given more than once|--expand sda1 --expand sda2
		missing size field|--resize sda1
		missing size field|--resize sda1=
		cannot read '10X' as a size|--resize sda1=10X
		alignment cannot be < 1|--alignment 0
		--alignment takes a number|--alignment x
		--align-first does not take 'maybe'|--align-first maybe
		--unknown-filesystems does not take|--unknown-filesystems what
		--size goes with --in-place|--size 10G
		--align-first=always does not go with|--in-place --align-first=always
		expand and --shrink together|--expand sda1 --shrink sda2
		unrecognized option '--xpand'|--xpand sda1
		unknown format 'rtf'|--output-format rtf
	END
	capture guest-resize "$image"
	[ "$status" = 2 ]
	[[ $err == *"OUT is missing"* ]]
	cmp -n $((300 << 20)) new.img /dev/zero
}

@test "long options may have one dash, and the peer's other names" {
	image lvm.img image
	resized "$image" new.img 300M -expand sda2 -LV-expand /dev/vg/root --dryrun -debug -debug-gc --colours 2>/dev/null || :
	[[ $out == *"This logical volume will be expanded to maximum size."* ]]
}

@test "--machine-readable speaks to programs" {
	capture guest-resize --machine-readable
	[ "$status" = 0 ]
	[ "$(head -n 2 out)" = "virt-resize
ntfsresize-force" ]
	image phony-linux.img image
	resized "$image" new.img 300M --machine-readable=file:told --expand sda2
	jq -se '(.[0].type == "message") and (.[0].message | startswith("Examining")) and (.[0].timestamp | test("^20.*Z$"))' told
	grep -qE '^[0-9]+/[0-9]+$' out
	truncate -s 20M new.img
	capture guest-resize --machine-readable=fd:5 "$image" new.img 5>told
	[ "$status" = 1 ]
	tail -n 1 told | jq -e '.type == "error" and (.message | test("deficit"))'
	capture guest-resize --machine-readable=fd:77 "$image" new.img
	[ "$status" = 1 ]
	capture guest-resize --machine-readable=foo "$image" new.img
	[ "$status" = 2 ]
	[[ $err == *"--machine-readable does not take 'foo'"* ]]
	capture guest-resize --in-place --size=12Q new.img
	[ "$status" = 2 ]
	[[ $err == *"--size: cannot read '12Q' as a size"* ]]
}

@test "the copy shows how far it is: a bar with rate and time left, and JSON for programs" {
	requires script
	truncate -s 300M data.img
	sfdisk -q data.img <<<'start=2048, size=200M'
	noise data.img 1 200
	truncate -s 400M new.img
	script -qec "guest-resize --progress=bar --no-extra-partition data.img new.img" /dev/null >words 3>&-
	grep -qaE 'guest-resize: \[#*-*\] +[0-9]+% [0-9]+:[0-9]{2} [0-9]+ MB/s' words
	# What is said comes between two bars, at the start of a line of its own.
	tr '\r' '\n' <words | grep -qaE "^(.\[K)?guest-resize: Resize operation completed"
	truncate -s 0 new.img
	truncate -s 400M new.img
	guest-resize -q --progress=json --no-extra-partition data.img new.img 2>err
	[ "$(jq -r .schema err | sort -u)" = guestutils.progress.v1 ]
	jq -se 'all(.total >= 209715200)
		and (map(.position) == (map(.position) | sort)) and all(.position <= .total)' err
}

@test "remote disks are read and written" {
	requires nbdkit
	image phony-linux.img image
	truncate -s 300M new.img
	nbdkit -U s1 -P p1 -r file "$image"
	nbdkit -U s2 -P p2 file new.img
	capture guest-resize -q --expand sda2 "nbd+unix:///?socket=$PWD/s1" "nbd+unix:///?socket=$PWD/s2"
	kill "$(cat p1)" "$(cat p2)"
	[ "$status" = 0 ]
	part new.img 2 part
	fs_clean ext4 part
}

@test "killed, it leaves nothing behind, and the source as it was" {
	image debian.qcow2 image
	sum=$(md5sum <"$image")
	qemu-img create -q -f qcow2 new.qcow2 3G
	for wait in 0.2 0.5 0.9; do
		guest-resize -q --expand sda2 "$image" new.qcow2 3>&- &
		sleep "$wait"
		kill -TERM $! || :
		wait $! || :
		qemu_gone 5
	done
	[ "$(md5sum <"$image")" = "$sum" ]
}
