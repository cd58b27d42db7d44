#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck disable=SC2154
# guest-resize where the disk is: what comes out, and what there is when it is interrupted.

load lib/common
load lib/images
load lib/resize

setup_file()
{
	warm_cache
}

# in_place IMAGE OPTION...: without a word of complaint.
in_place()
{
	local disk=$1
	shift
	capture guest-resize --in-place "$@" "$disk"
	# What is said of Windows is no complaint.
	if [ "$status" != 0 ] || { [ -n "$err" ] && [[ $err != *"Windows will check the file system"* ]]; }; then
		echo "$status $err $out"
		return 1
	fi
	[ ! -e "$disk.guest-resize" ]
}

# grows_in_place TYPE: the last partition of a disk, with that file system.
grows_in_place()
{
	disk_of "$1"
	sfdisk -q --delete data.img 3
	tree_sums data.img /dev/sda2 >before
	table data.img | sed '/^2:/s/size=[^,]*,//' >table-before
	cp --sparse=always data.img old.img
	in_place data.img --size 1G --expand sda2
	[ "$(stat -c %s data.img)" = $((1 << 30)) ]
	sfdisk -V -q data.img
	table data.img | sed '/^2:/s/size=[^,]*,//' | diff table-before -
	tree_sums data.img /dev/sda2 | diff before -
	same_part old.img 1 data.img 1
	part data.img 2 part
	fs_clean "$1" part
	read -r _ size < <(part_bytes data.img 2)
	[ "$size" -gt $((1000 << 20)) ]
}

@test "ext2 grows in place" {
	grows_in_place ext2
}

@test "ext3 grows in place" {
	grows_in_place ext3
}

@test "f2fs grows in place" {
	grows_in_place f2fs
}

@test "ext4 grows in place" {
	grows_in_place ext4
}

@test "xfs grows in place" {
	grows_in_place xfs
}

@test "btrfs grows in place" {
	grows_in_place btrfs
}

@test "ntfs grows in place" {
	grows_in_place ntfs
}

@test "vfat grows in place" {
	grows_in_place vfat
}

@test "a volume group grows in place, by a mount point" {
	image_copy lvm.img image
	in_place "$image" --size +200M --expand /
	guest-filesystems -l --no-title -a "$image" >list
	[ "$(awk '$1 == "/dev/vg/root" { print ($5 > 200000000) }' list)" = 1 ]
	guest-cat -a "$image" /etc/hostname | grep -q lvm.example.org
}

@test "a volume that is to grow says nothing of partitions: the last one grows" {
	image_copy lvm.img image
	in_place "$image" --size +200M --lv-expand /dev/vg/root
	guest-filesystems -l --no-title -a "$image" >list
	[ "$(awk '$1 == "/dev/vg/root" { print ($5 > 200000000) }' list)" = 1 ]
}

@test "what is encrypted grows in place" {
	image_copy luks2.img image
	in_place "$image" --size +100M --key 'all:key:secret of: luks2'
	[[ $out == *"‘cryptsetup-resize’"* ]]
	guest-cat -a "$image" --key 'all:key:secret of: luks2' /etc/hostname | grep -q luks2.example.org
}

# had_and_has WORDS: the summary tells of what the words are about that it is larger now.
had_and_has()
{
	[[ $out == *"$1 had "[0-9]*", and has "[0-9]*" now."* ]] || { echo "$1: $out"; return 1; }
}

@test "a group in what is encrypted grows in place, each layer with its old and new size" {
	local disk key='all:key:secret of: luks-lvm' inside=/dev/mapper/luks-00000005-1111-4222-8333-444444444444
	image_copy luks-lvm.img disk
	sfdisk -q --delete "$disk" 2
	in_place "$disk" --size +100M --expand / --key "$key"
	had_and_has "The LUKS container on /dev/sda1"
	had_and_has "The LVM PV on $inside"
	had_and_has "The logical volume /dev/vg/root"
	had_and_has "The filesystem ext4 on /dev/vg/root"
	# The group first, and a volume of it later.
	in_place "$disk" --json --size +100M --expand sda1 --key "$key"
	jq -e '.grow[0] | .type == "crypto_LUKS" and .after == .before + 104857600' out
	in_place "$disk" --size +1M --lv-expand vg/root --keys-from-stdin <<<'secret of: luks-lvm'
	had_and_has "The filesystem ext4 on /dev/vg/root"
	guest-cat -a "$disk" --key "$key" /etc/hostname | grep -q luks-lvm
}

@test "what is encrypted on a volume grows in place, and in a copy" {
	local fs key='all:key:secret of: lvm-luks'
	image lvm-luks.img fs
	truncate -s 40M data.img
	sfdisk -q data.img <<<'label: gpt
start=1MiB, size=30MiB, type=V'
	dd if="$fs" of=data.img bs=1M seek=1 conv=notrunc,sparse status=none
	truncate -s 200M new.img
	guest-resize -q --expand / --keys-from-stdin data.img new.img <<<'secret of: lvm-luks'
	in_place data.img --size 200M --expand / --key "$key"
	had_and_has "The logical volume /dev/vg/root"
	had_and_has "The LUKS container on /dev/vg/root"
	for disk in data.img new.img; do
		guest-cat -a "$disk" --key "$key" /etc/hostname | grep -q lvm-luks
		guest-filesystems -l --no-title --key "$key" -a "$disk" >list
		[ "$(awk '/^.dev.mapper.luks/ { print ($5 > 150000000) }' list)" = 1 ]
	done
}

@test "a volume group of large extents grows by whole ones" {
	local loop status=0
	requires vgcreate
	[ "$(id -u)" = 0 ] || skip "only root has block devices to make a group on"
	truncate -s 2300M data.img
	sfdisk -q data.img <<<'label: gpt
start=1MiB, type=V'
	loop=$(losetup -f --show -o 1048576 --sizelimit $((2298 << 20)) data.img) || skip "there are no loop devices"
	LVM_SYSTEM_DIR=$PWD LVM_SUPPRESS_FD_WARNINGS=1 vgcreate -q -s 512M large "$loop" || status=$?
	losetup -d "$loop"
	[ "$status" = 0 ] || skip "vgcreate does not work here"
	# Not enough for one more, then enough.
	in_place data.img --size 2500M
	in_place data.img --size 2900M
	had_and_has "The LVM PV on /dev/sda1"
	[[ $out == *"had 2.0G, and has 2.5G now"* ]]
}

@test "what is encrypted and locked is not grown in place, and its bytes stay" {
	image_copy luks2.img image
	sum=$(md5sum <"$image")
	capture guest-resize -q --in-place "$image" --size +100M </dev/null
	[ "$status" = 1 ]
	[[ $err == *"is encrypted and locked: give the key with --key /dev/sda"*"--no-expand-content"* ]]
	fails_with 'could not find key to open LUKS encrypted' \
		guest-resize -q --in-place "$image" --size +100M --key all:key:wrong
	[ "$(md5sum <"$image")" = "$sum" ]
	capture guest-resize -q --in-place "$image" --size +100M --no-expand-content </dev/null
	[ "$status" = 0 ]
	guest-cat -a "$image" --key 'all:key:secret of: luks2' /etc/hostname | grep -q luks2.example.org
}

@test "a logical partition takes the extended one along" {
	image_copy mbr-logical.img image
	in_place "$image" --size 300M --expand sda7
	part "$image" 7 part
	[ "$(part_bytes "$image" 7 | cut -d' ' -f2)" -gt $((200 << 20)) ]
	[ "$(table "$image" | grep -c '^[0-9]:')" = 5 ]
	fails_with "'/dev/sda5' cannot grow where it is: '/dev/sda6' follows it" \
		guest-resize -q --in-place "$image" --expand sda5
}

@test "a qcow2 and a raw disk come to the same, and change in few places" {
	image debian.qcow2 image
	cp --no-preserve=mode "$image" disk.qcow2
	qemu-img convert -f qcow2 -O raw "$image" disk.img
	cp --sparse=always disk.img old.img
	in_place disk.img --size 2G --resize sda3=+200M
	in_place disk.qcow2 --size 2G --resize sda3=+200M
	qemu-img check -q disk.qcow2
	qemu-img compare -q -f raw -F qcow2 disk.img disk.qcow2
	# The table twice, the swap's header: not a megabyte.
	[ "$(cmp -l old.img disk.img 2>/dev/null | wc -l)" -lt 1000000 ]
	[ "$(stat -c %b disk.img)" -lt $(($(stat -c %b old.img) + 4096)) ]
}

# private_kib PID: what a process and its children have in memory that nobody else has.
private_kib()
{
	local pid all=("$1") i=0
	while [ "$i" -lt "${#all[@]}" ]; do
		pid=${all[i]}
		# shellcheck disable=SC2207
		all+=($(cat "/proc/$pid/task/"*/children 2>/dev/null))
		i=$((i + 1))
	done
	for pid in "${all[@]}"; do cat "/proc/$pid/smaps_rollup" 2>/dev/null; done |
		awk '/^Private_(Clean|Dirty)/ { n += $2 } END { print n + 0 }'
}

# grows_by_a_terabyte TYPE: in little memory, and its checker is content.
grows_by_a_terabyte()
{
	local now most=0 tool start size
	[ -z "${ASAN_OPTIONS:-}" ] || skip "sanitizers have their own memory"
	truncate -s 4092M part
	case $1 in
	ntfs) mkntfs -q -Q -F part >/dev/null 2>&1 ;;
	*) "mkfs.$1" -q part ;;
	esac
	truncate -s 4G data.img
	sfdisk -q data.img <<<'label: gpt
start=1MiB, size=4092MiB'
	dd if=part of=data.img bs=1M seek=1 conv=notrunc,sparse status=none
	guest-resize -q --in-place --size 1T data.img 3>&- &
	tool=$!
	while now=$(private_kib "$tool") && [ -e "/proc/$tool/smaps_rollup" ] && [ "$now" != 0 ]; do
		[ "$now" -le "$most" ] || most=$now
		sleep 0.1
	done
	wait "$tool"
	echo "$most KiB"
	[ "$most" -gt 10000 ]
	[ "$most" -lt $((150 * 1024)) ]
	rm part
	# By what is allocated: dd would read a terabyte.
	read -r start size < <(part_bytes data.img 1)
	[ "$size" -gt $((1023 << 30)) ]
	qemu-img convert -O raw --image-opts "driver=raw,offset=$start,size=$size,file.filename=data.img" part
	fs_clean "$1" part
}

@test "ext4 grows by a terabyte in no more memory than by a little" {
	requires mke2fs
	grows_by_a_terabyte ext4
	# As it was: for the growth alone the driver has others.
	dumpe2fs -h part 2>/dev/null | grep -q '^Flex block group size: *16$'
}

@test "ext4 with blocks of 1 KiB becomes huge in place" {
	requires mke2fs
	small_blocks
	guest-resize -q --in-place --size 200G data.img
	read -r start size < <(part_bytes data.img 1)
	qemu-img convert -O raw --image-opts "driver=raw,offset=$start,size=$size,file.filename=data.img" part
	fs_clean ext4 part
	[ "$(dumpe2fs -h part 2>/dev/null | sed -n 's/^Block count: *//p')" -gt $((199 << 20)) ]
}

@test "NTFS grows by a terabyte in no more memory than by a little" {
	requires mkntfs
	grows_by_a_terabyte ntfs
}

@test "a disk that has grown already needs no size" {
	image_copy phony-linux.img image
	sfdisk -q --delete "$image" 3
	truncate -s 300M "$image"
	in_place "$image"
	[ "$(part_bytes "$image" 2 | cut -d' ' -f2)" -gt $((270 << 20)) ]
	sfdisk -V -q "$image"
	# And once more there is nothing to be done.
	fails_with "cannot grow where it is: the disk would have to be larger" guest-resize -q --in-place "$image"
}

@test "a disk with a damaged first GPT is resized in place by its backup, and comes out whole" {
	disk_of ext4
	sfdisk -q --delete data.img 3
	cp --sparse=always data.img whole.img
	dd if=/dev/zero of=data.img bs=512 seek=1 count=1 conv=notrunc status=none
	for way in -n -q; do
		capture guest-resize "$way" --in-place --size +200M --expand sda2 data.img
		[ "$status" = 0 ] || { echo "$err"; return 1; }
		[[ $err == *"the first GPT of '/dev/sda' is damaged (there is none): the other one counts"* ]]
	done
	sfdisk -V -q data.img
	same_part whole.img 1 data.img 1
	part data.img 2 part
	fs_clean ext4 part
	[ "$(stat -c %s part)" -gt $(((mib + 200) << 20)) ]
	[ "$(tree_sums data.img /dev/sda2)" = "$(tree_sums whole.img /dev/sda2)" ]
	# With both gone there is nothing to go by.
	dd if=/dev/zero of=whole.img bs=512 seek=1 count=1 conv=notrunc status=none
	dd if=/dev/zero of=whole.img bs=512 seek=$(($(stat -c %s whole.img) / 512 - 1)) count=1 conv=notrunc status=none
	fails_with "is damaged .* and so is its backup" guest-resize -q --in-place --size +200M whole.img
}

@test "a dry run in place leaves all bytes" {
	image_copy phony-linux.img image
	sum=$(md5sum <"$image")
	in_place "$image" -n --size 300M --expand sda3
	[[ $out == *"This partition will be resized from"* ]]
	in_place "$image" -n --json --size 300M --expand sda3
	jq -e '.in_place and (.done | not) and .size_before < .size_after' out
	[ "$(md5sum <"$image")" = "$sum" ]
}

@test "what is not done in place is refused" {
	image_copy phony-linux.img image
	sum=$(md5sum <"$image")
	fails_with 'would get smaller, which is not done in place' guest-resize -q --in-place "$image" --size 10M
	fails_with "'/dev/sda1' would get smaller" guest-resize -q --in-place "$image" --resize sda1=-1M
	fails_with '[-]-delete is not done in place' guest-resize -q --in-place "$image" --size 1G --delete sda1
	qemu-img convert -O vmdk "$image" disk.vmdk
	fails_with 'only raw and qcow2 images' guest-resize -q --in-place disk.vmdk --size 1G
	[ "$(md5sum <"$image")" = "$sum" ]
}

@test "what fails in the guest leaves the image as it was" {
	disk_of ext4
	sfdisk -q --delete data.img 3
	part data.img 2 part
	debugfs -w -R 'set_super_value state 2' part 2>/dev/null
	dd if=part of=data.img bs=1M seek=21 conv=notrunc,sparse status=none
	sum=$(md5sum <data.img)
	fails_with "cannot expand '/dev/sda2': .*has errors" guest-resize -q --in-place data.img --size 1G
	[ "$(md5sum <data.img)" = "$sum" ]
	[ ! -e data.img.guest-resize ]
}

@test "where the host's disk is full that is said, not what the guest makes of it" {
	local free
	requires unshare
	unshare -rm true 2>/dev/null || skip "no mount namespaces here, to have a small file system in"
	disk_of ext4
	sfdisk -q --delete data.img 3
	mkdir small
	cp --sparse=always data.img sparse.img
	for free in 8 64 400; do
		# shellcheck disable=SC2016 # the other shell expands it
		capture unshare -rm sh -ec '
			mount -t tmpfs -o size='$(($(stat -c %b sparse.img) / 2 + free))'k none small
			cp --sparse=always data.img small/data.img
			guest-resize -q --in-place small/data.img --size 900M || status=$?
			cmp small/data.img data.img
			exit $status'
		echo "$free: $status $err"
		[ "$status" = 1 ]
		[[ $err == *"'small/data.img' was not touched: "* ]]
		[[ $err == *"the host's disk is full: what is to be written is kept in '"*"/small' until it is complete"* ]]
	done
}

@test "an image in use is refused, and is locked while it is worked on" {
	local tool
	image_copy phony-linux.img image
	qemu-storage-daemon --blockdev driver=file,node-name=f,filename="$image",locking=on \
		--nbd-server addr.type=unix,addr.path=s --export type=nbd,id=e,node-name=f,writable=on 3>&- &
	wait_for 10 test -S s
	fails_with "is in use by process $!" guest-resize -q --in-place "$image" --size 1G
	kill $!
	wait $! || :
	# Stopped while it has the image, so that it is not done before the other one looks.
	guest-resize -q --in-place "$image" --size 1G --expand sda3 3>&- &
	tool=$!
	wait_for 10 grep -q ":$(stat -c %i "$image") " /proc/locks
	kill -STOP "$tool"
	fails_with "is in use by process $tool" guest-format -a "$image"
	kill -CONT "$tool"
	wait "$tool"
}

@test "who no longer reads what it says does not stop it in the middle" {
	disk_of ext4
	sfdisk -q --delete data.img 3
	guest-resize --in-place --machine-readable data.img --size 200M | sed /Expanding/q >words || :
	grep -q Expanding words
	wait_for 10 test ! -e data.img.guest-resize
	[ "$(stat -c %s data.img)" = $((200 << 20)) ]
	sfdisk -V -q data.img
	part data.img 2 part
	fs_clean ext4 part
}

@test "a signal ends it while content grows, and the image is what it was" {
	local tool status=0 end
	small_blocks
	cp --sparse=always data.img old.img
	guest-resize --in-place data.img --size 2T >out 3>&- &
	tool=$!
	wait_for 20 grep -q 'Expanding /dev/sda1' out
	sleep 1
	kill "$tool"
	end=$((SECONDS + 10))
	wait "$tool" || status=$?
	[ "$SECONDS" -lt "$end" ]
	[ "$status" = 143 ]
	qemu_gone 5
	cmp data.img old.img
	[ ! -e data.img.guest-resize ]
}

@test "two at once: one does it, the other one is refused" {
	local a=0 b=0
	image_copy phony-linux.img image
	guest-resize -q --in-place "$image" --size +100M --expand sda3 3>&- 2>err1 &
	guest-resize -q --in-place "$image" --size +100M --expand sda3 2>err2 || b=$?
	wait $! || a=$?
	# Both together, or one after the other: never both done where they met.
	if [ "$a$b" = 00 ]; then
		[ "$(stat -c %s "$image")" -gt $((240 << 20)) ]
	else
		cat err1 err2 | grep -q 'in use'
	fi
	sfdisk -V -q "$image"
}

@test "a block device that has grown already is resized, with a journal elsewhere" {
	local loop same=yes undone=0
	[ "$(id -u)" = 0 ] || skip "only root has block devices to try this on"
	image_copy phony-linux.img image
	sfdisk -q --delete "$image" 3
	truncate -s 300M "$image"
	loop=$(losetup -f --show "$image") || skip "there are no loop devices"
	sum=$(md5sum <"$image")
	capture guest-resize -q --in-place "$loop"
	[ "$status" = 1 ] && [[ $err == *"say with --journal"* ]] || { losetup -d "$loop"; return 1; }
	guest-resize -q --in-place --journal journal "$loop" || undone=1
	[ "$(part_bytes "$image" 2 | cut -d' ' -f2)" -gt $((270 << 20)) ] || undone=2
	guest-resize -q --in-place --undo journal "$loop" || undone=3
	# One that is read-only is told before a journal is made.
	blockdev --setro "$loop"
	capture guest-resize -q --in-place --journal journal "$loop" || :
	[[ $err == *"'$loop' is a read-only device"* ]] && [ ! -e journal ] || same=no
	blockdev --setrw "$loop"
	# A copy of a file onto itself, by another name.
	capture guest-resize -q "$image" "$loop" || :
	[[ $err == *"are the same disk"* ]] || same=no
	capture guest-resize -q "$loop" "$image" || :
	[[ $err == *"are the same disk"* ]] || same=no
	capture guest-sparsify -q "$image" "$loop" || :
	[[ $err == *"is the source"* ]] || same=no
	losetup -d "$loop"
	[ "$undone$same" = 0yes ]
	[ "$(md5sum <"$image")" = "$sum" ]
}

# ---- going back, and going on

# prepared: old.img and, resized in place, new.img; journal is what leads from one to the other.
prepared()
{
	disk_of ext4
	sfdisk -q --delete data.img 3
	cp --sparse=always data.img old.img
	in_place data.img --size 200M --expand sda2 --journal "$PWD/journal"
	mv data.img new.img
}

@test "--journal keeps it, and --undo goes back to the last byte" {
	image debian.qcow2 image
	cp --no-preserve=mode "$image" disk.qcow2
	in_place disk.qcow2 --size 2G --resize sda3=+100M --journal "$PWD/journal"
	[ -s journal ]
	run ! cmp -s disk.qcow2 "$image"
	fails_with "there is the journal of an earlier run" guest-resize -q --in-place disk.qcow2 --size 3G --journal journal
	sum=$(md5sum <disk.qcow2)
	for way in undo continue; do
		capture guest-resize --in-place disk.qcow2 -n "--$way" journal
		[ "$status" = 2 ]
		[[ $err == *"cannot be tried with --dry-run"* ]]
	done
	[ "$(md5sum <disk.qcow2)" = "$sum" ]
	in_place disk.qcow2 --json --undo journal
	[ "$out" = '{"schema":"guestutils.resize.v1","in":"disk.qcow2","in_place":true,"done":true,"journal":"undone"}' ]
	cmp disk.qcow2 "$image"
	[ ! -e journal ]
}

@test "a disk that was used since is not put back" {
	prepared
	cp --sparse=always new.img used.img
	part used.img 2 part
	printf 'x' | debugfs -w -R 'write /dev/stdin later' part 2>/dev/null
	dd if=part of=used.img bs=1M seek=21 conv=notrunc,sparse status=none
	sum=$(md5sum <used.img)
	fails_with 'has been written to by somebody else since' guest-resize -q --in-place used.img --undo journal
	[ "$(md5sum <used.img)" = "$sum" ]
	# Another disk is none of its business either.
	truncate -s 100M other.img
	fails_with 'is not of the size that the journal' guest-resize -q --in-place other.img --undo journal
}

@test "a journal that is damaged does nothing" {
	prepared
	sum=$(md5sum <new.img)
	cp journal whole
	printf 'x' | dd of=journal bs=1 seek=9000 conv=notrunc status=none
	fails_with "the journal 'journal' is damaged" guest-resize -q --in-place new.img --undo journal
	head -c 5000 whole >journal
	fails_with "the journal 'journal' is damaged" guest-resize -q --in-place new.img --undo journal
	head -c 100 whole >journal
	fails_with 'was not written whole' guest-resize -q --in-place new.img --undo journal
	echo 'something else' >journal
	fails_with 'is no journal of guest-resize' guest-resize -q --in-place new.img --undo journal
	[ "$(md5sum <new.img)" = "$sum" ]
}

# failing HOW N PATH COMMAND...: the N-th call on the file goes wrong.
failing()
{
	FAIL_WRITE_HOW=$1 FAIL_WRITE_AT=$2 FAIL_WRITE_PATH=$3 FAIL_WRITE_ALONE=1 \
		LD_PRELOAD=$TOP_BUILDDIR/tests/helpers/fail-write.so "${@:4}" 2>words
}

# A tool with sanitizers wants its own library to be the first.
no_sanitizers()
{
	[ -z "${ASAN_OPTIONS:-}" ] || skip "nothing can be preloaded into a tool with sanitizers"
}

@test "interrupted at each write to the disk, it is finished or taken back, byte for byte" {
	local calls n how status points=0
	no_sanitizers
	prepared
	# A run that dies before the first write has made the journal, and nothing else.
	cp --sparse=always old.img disk.img
	failing kill 1 "$PWD/disk.img" guest-resize -q --in-place disk.img --size 200M --expand sda2 || :
	cmp disk.img old.img
	[ -s disk.img.guest-resize ]
	mv disk.img.guest-resize sealed
	cp sealed disk.img.guest-resize
	capture guest-resize -q --in-place disk.img --size 200M
	[ "$status" = 1 ]
	[[ $err == *"an earlier run was interrupted: 'guest-resize --in-place --continue "* ]]
	rm disk.img.guest-resize
	# How many calls there are to finish it.
	cp sealed journal
	FAIL_WRITE_AT=0 failing none 0 "$PWD/disk.img" guest-resize -q --in-place disk.img --continue journal
	calls=$(sed -n 's/fail-write: \([0-9]*\) calls/\1/p' words)
	[ "$calls" -ge 20 ]
	# Two runs differ in times; this is what the journal leads to.
	mv disk.img new.img
	for how in kill torn eio enospc; do
		for n in $(seq 1 $((calls > 60 ? calls / 60 : 1)) "$calls"); do
			for way in continue undo; do
				cp --sparse=always old.img disk.img
				cp sealed journal
				# Torn are writes only.
				status=0
				failing "$how" "$n" "$PWD/disk.img" guest-resize -q --in-place disk.img --continue journal || status=$?
				if [ "$status" = 0 ]; then
					[ "$how" = torn ] || { echo "$how at $n: it says that all is well"; return 1; }
					cmp disk.img new.img
					continue
				fi
				guest-resize -q --in-place disk.img --"$way" journal
				if [ "$way" = undo ]; then
					cmp disk.img old.img
				else
					cmp disk.img new.img
				fi
				points=$((points + 1))
			done
		done
	done
	echo "$points points"
	[ "$points" -ge 100 ]
}

@test "interrupted while it goes back, it goes back again" {
	local calls n
	no_sanitizers
	prepared
	cp journal sealed
	cp --sparse=always new.img disk.img
	FAIL_WRITE_AT=0 failing none 0 "$PWD/disk.img" guest-resize -q --in-place disk.img --undo journal
	calls=$(sed -n 's/fail-write: \([0-9]*\) calls/\1/p' words)
	cmp disk.img old.img
	for n in $(seq 1 $((calls > 50 ? calls / 50 : 1)) "$calls"); do
		cp --sparse=always new.img disk.img
		cp sealed journal
		if failing kill "$n" "$PWD/disk.img" guest-resize -q --in-place disk.img --undo journal; then
			return 1
		fi
		guest-resize -q --in-place disk.img --undo journal
		cmp disk.img old.img
	done
}

@test "killed, or its journal not to be written, before the disk changes, it stays as it was" {
	local wait n
	disk_of ext4
	sfdisk -q --delete data.img 3
	sum=$(md5sum <data.img)
	for wait in 0.05 0.1 0.2 0.3 0.4 0.5; do
		guest-resize -q --in-place data.img --size 200M --expand sda2 3>&- &
		sleep "$wait"
		kill -KILL $! || :
		wait $! 2>/dev/null || :
		qemu_gone 5
		if [ ! -e data.img.guest-resize ]; then
			# It was that quick, or had not begun.
			[ "$(md5sum <data.img)" = "$sum" ] || return 0
		fi
		rm -f data.img.guest-resize
	done
	[ -n "${ASAN_OPTIONS:-}" ] || for n in 1 2 3 5; do
		for how in eio enospc kill; do
			if failing "$how" "$n" "$PWD/data.img.guest-resize" \
				guest-resize -q --in-place data.img --size 200M --expand sda2; then
				return 1
			fi
			[ "$(md5sum <data.img)" = "$sum" ]
			# What a kill has left is no hindrance; a failure leaves nothing.
			[ "$how" = kill ] || [ ! -e data.img.guest-resize ]
		done
	done
	in_place data.img --size 200M --expand sda2
}
