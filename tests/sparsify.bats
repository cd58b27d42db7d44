#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck disable=SC2154
# Room given back to the host: in place, and in a copy.

load lib/common
load lib/images
load lib/resize

setup_file()
{
	warm_cache
}

# used_disk TYPE: data.img (lib/resize), in whose file system nothing is a hole any more: all that is
# free has noise in it.
used_disk()
{
	disk_of "$1"
	case $1 in
	ext*)
		part data.img 2 part
		head -c $(((mib - 12) << 20)) /dev/urandom >junk
		debugfs -w -R 'write junk junk' part 2>/dev/null
		debugfs -w -R 'rm junk' part 2>/dev/null
		dd if=part of=data.img bs=1M seek=21 conv=notrunc status=none
		;;
	*)
		# Zeroes that are written, and take room.
		fallocate -l "$(stat -c %s data.img)" data.img
		;;
	esac
	rm -f part junk
}

allocated()
{
	echo $(($(stat -c '%b * 512' "$1")))
}

# given_back TYPE FORMAT
given_back()
{
	used_disk "$1"
	tree_sums data.img /dev/sda2 >before
	cp --sparse=never data.img full.img
	[ "$2" = raw ] || { qemu-img convert -S 0 -f raw -O "$2" full.img disk && mv disk full.img; }
	local was
	was=$(allocated full.img)
	capture guest-sparsify --in-place --format="$2" full.img
	[ "$status" = 0 ]
	[[ $out == *"Trimmed /dev/sda2"*"Sparsify in-place operation completed with no errors."* ]]
	# Half of the file system at least was free.
	[ "$(allocated full.img)" -lt $((was - (mib << 19))) ] || { echo "$was $(allocated full.img) $err"; return 1; }
	tree_sums full.img /dev/sda2 | diff before -
	[ "$2" = raw ] || { qemu-img check -q -f "$2" full.img && qemu-img convert -f "$2" -O raw full.img flat && mv flat full.img; }
	same_part data.img 1 full.img 1
	same_part data.img 3 full.img 3
	part full.img 2 part
	fs_clean "$1" part
}

@test "what is free in ext4 is given back, of a raw disk and a qcow2" {
	given_back ext4 raw
	given_back ext4 qcow2
}

@test "what is free in xfs is given back" {
	given_back xfs raw
}

@test "what is free in btrfs is given back" {
	given_back btrfs raw
}

@test "what is free in ntfs is given back" {
	given_back ntfs raw
}

@test "what is free in vfat is given back" {
	given_back vfat qcow2
}

@test "swap, and what no volume has" {
	image lvm.img image
	cp --sparse=never "$image" full.img
	capture guest-sparsify --in-place full.img
	[ "$status" = 0 ]
	[ -z "$err" ]
	for name in /dev/sda1 /dev/vg/home /dev/vg/root /dev/vg/swap; do
		[[ $out == *"Trimmed $name"* ]] || { echo "$name: $out"; return 1; }
	done
	guest-filesystems --all -l --uuids --no-title -a full.img >list
	guest-filesystems --all -l --uuids --no-title -a "$image" | diff - list
	guest-cat -a full.img /etc/hostname | grep -q lvm.example.org
	# Of the group all is given away; with a volume less there is room.
	capture guest-sparsify --in-place --zero /dev/vg/home full.img
	[ "$status" = 0 ]
	capture guest-ls -m /dev/vg/home -a full.img /
	[ "$status" = 1 ]
	guest-cat -m /dev/vg/root -a full.img /etc/hostname | grep -q lvm.example.org
}

# swap_disk OPTION...: swap.img, with swap that mkswap makes with these on a partition.
swap_disk()
{
	rm -f part swap.img
	truncate -s 64M part
	mkswap -q "$@" -L words -U 11111111-2222-4333-8444-555555555555 part >/dev/null 2>&1
	truncate -s 128M swap.img
	sfdisk -q swap.img <<<'start=1MiB, size=64MiB, type=82'
	dd if=part of=swap.img bs=1M seek=1 conv=notrunc status=none
}

# swap_is OFFSET IMAGE: its signature ends a page there.
swap_is()
{
	part "$2" 1 part
	[ "$(dd if=part bs=1 skip=$(($1 - 10)) count=10 status=none)" = SWAPSPACE2 ]
	[ "$(blkid -p -o value -s LABEL -s UUID part | sort | tr '\n' ' ')" = "11111111-2222-4333-8444-555555555555 words " ]
}

@test "swap keeps the page size of its machine" {
	requires mkswap
	for page in 4096 16384 65536; do
		swap_disk -p "$page"
		truncate -s 200M large.img
		capture guest-resize -q --expand sda1 swap.img large.img
		[ "$status" = 0 ]
		swap_is "$page" large.img
		[ "$(stat -c %s part)" -gt $((120 << 20)) ]
		[ "$(od -An -tu4 -j1028 -N4 part)" -eq $(($(stat -c %s part) / page - 1)) ]
		capture guest-sparsify --in-place swap.img
		[ "$status" = 0 ]
		[[ $out == *"Trimmed /dev/sda1"* ]]
		swap_is "$page" swap.img
	done
	# The words of the header the other way round.
	swap_disk
	printf '\0\0\0\1\0\0\77\377' | dd of=swap.img bs=1 seek=$(((1 << 20) + 1024)) conv=notrunc status=none
	cp swap.img before.img
	capture guest-sparsify --in-place swap.img
	[ "$status" = 0 ]
	[[ $err == *"warning: the swap on '/dev/sda1' is of a big-endian machine"* ]]
	cmp swap.img before.img
	fails_with "is of a big-endian machine" guest-resize -q --expand sda1 swap.img large.img
}

@test "--zero makes no image larger" {
	disk_of ext4
	fallocate -d data.img
	cp data.img copy.img
	qemu-img convert -f raw -O qcow2 data.img disk.qcow2
	for file in data.img disk.qcow2; do
		was=$(allocated "$file")
		capture guest-sparsify --in-place --zero /dev/sda2 "$file"
		[ "$status" = 0 ]
		[ "$(allocated "$file")" -le "$was" ]
	done
	part data.img 2 part
	cmp -n "$(stat -c %s part)" part /dev/zero
	same_part copy.img 1 data.img 1
	same_part copy.img 3 data.img 3
	qemu-img convert -f qcow2 -O raw disk.qcow2 flat
	part flat 2 part
	cmp -n "$(stat -c %s part)" part /dev/zero
}

@test "what is encrypted is trimmed with its key, and left alone without" {
	image_copy luks2.img image
	capture guest-sparsify --in-place "$image"
	[ "$status" = 0 ]
	[[ $err == *"encrypted and locked"* ]]
	[[ $out != *"Trimmed /dev/mapper"* ]]
	capture guest-sparsify --in-place --key 'all:key:secret of: luks2' "$image"
	[ "$status" = 0 ]
	[ -z "$err" ]
	[[ $out == *"Trimmed /dev/mapper/luks-"* ]]
	guest-cat --key 'all:key:secret of: luks2' -a "$image" /etc/hostname | grep -q luks2
}

@test "a copy has what was in use, and nothing else" {
	used_disk ext4
	tree_sums data.img /dev/sda2 >before
	sum=$(md5sum <data.img)
	capture guest-sparsify data.img new.img
	[ "$status" = 0 ]
	[ "$(md5sum <data.img)" = "$sum" ]
	[ "$(stat -c %s new.img)" = "$(stat -c %s data.img)" ]
	[ "$(allocated new.img)" -lt $(($(allocated data.img) - (mib << 19))) ]
	tree_sums new.img /dev/sda2 | diff before -
	same_part data.img 1 new.img 1
	same_part data.img 3 new.img 3
	part new.img 2 part
	fs_clean ext4 part
}

@test "a copy of another format, compressed, with options, over an old one" {
	image debian.qcow2 image
	echo 'what was there' >new.qcow2
	capture guest-sparsify --convert qcow2 --compress -o cluster_size=128k --json "$image" new.qcow2
	[ "$status" = 0 ]
	[ "$(qemu-img info --output=json new.qcow2 | jq '."cluster-size"')" = 131072 ]
	jq -e '.schema == "guestutils.sparsify.v1" and .allocated_after * 2 < .allocated_before and (.in_place | not)' out
	guest-cat -a new.qcow2 /etc/hostname | grep -q guest.example.org
	[ "$(find . -name 'new.qcow2*' | wc -l)" = 1 ]
}

@test "formats of a copy" {
	local format
	image phony-linux.img image
	tree_sums "$image" /dev/sda1 >before
	for format in qed vmdk vdi vhdx vpc; do
		guest-sparsify -q --convert "$format" "$image" disk
		tree_sums disk /dev/sda1 | diff before -
		if [ "$format" = qed ]; then
			qemu-img create -q -f qed large 200M
			guest-resize -q "$image" large
			tree_sums large /dev/sda1 | diff before -
		fi
		rm disk
	done
}

@test "OUT is a file, or is left alone" {
	requires qemu-img qemu-io jq
	image phony-linux.img image
	cp --no-preserve=mode "$image" in.img
	mkdir folder
	mkfifo fifo
	fails_with "'/dev/zero' is a character device" guest-sparsify -q in.img /dev/zero
	fails_with "'/dev/null' is a character device" guest-sparsify -q in.img /dev/null
	[ -c /dev/null ] && [ -c /dev/zero ]
	fails_with "'.*/fifo' is a pipe" guest-sparsify -q in.img fifo
	[ -p fifo ]
	fails_with "'.*/folder' is a folder" guest-sparsify -q in.img folder
	fails_with "cannot make 'none/new.img': No such file" guest-sparsify -q in.img none/new.img
	ln -s nowhere dangling
	fails_with "'dangling' is a symbolic link to what is not there" guest-sparsify -q in.img dangling
	# Refused before the work.
	capture guest-sparsify in.img folder
	[ -z "$out" ]
	# At the end of a link, with the mode that is there.
	echo old >real.img
	chmod 600 real.img
	ln -s real.img link.img
	guest-sparsify -q in.img link.img
	[ -L link.img ]
	[ "$(stat -c '%a %s' real.img)" = "600 $(stat -c %s in.img)" ]
	guest-cat --format=raw -a real.img /etc/hostname
	# In use.
	qemu-img create -q -f qcow2 used.qcow2 1M
	sum=$(sha256sum <used.qcow2)
	qemu-io -f qcow2 -c 'sleep 20000' used.qcow2 3>&- &
	pid=$!
	wait_for 10 holds_lock used.qcow2
	fails_with "'.*used.qcow2' is in use by process" guest-sparsify -q in.img used.qcow2
	kill "$pid"
	[ "$(sha256sum <used.qcow2)" = "$sum" ]
	rm -f out err
	[ "$(printf '%s ' *)" = 'dangling fifo folder in.img link.img real.img tmp used.qcow2 ' ]
	[ -z "$(find . -name '.*' ! -name .)" ]
}

holds_lock()
{
	grep -q ":$(stat -c %i "$1") " /proc/locks
}

@test "OUT is a block device, which is written over" {
	local loop
	requires losetup
	[ "$(id -u)" = 0 ] || skip "only root has block devices"
	image phony-linux.img image
	truncate -s $(($(stat -L -c %s "$image") + (8 << 20))) device
	head -c 60M /dev/urandom | dd of=device conv=notrunc status=none
	loop=$(losetup -f --show device) || skip "there is no loop device"
	capture guest-sparsify -q "$image" "$loop"
	losetup -d "$loop"
	[ "$status" = 0 ]
	tree_sums "$image" /dev/sda1 >before
	tree_sums device /dev/sda1 | diff before -
}

@test "OUT that cannot be written to is left alone" {
	user_setup
	user_image phony-linux.img
	cd "$user_dir"
	as_user cp "$image" out.img
	chmod 444 out.img
	sum=$(sha256sum <out.img)
	capture as_user guest-sparsify -q "$image" out.img
	says_once 1 "cannot open '.*/out.img' for writing: Permission denied" guest-sparsify
	[ "$(stat -c %a out.img) $(sha256sum <out.img)" = "444 $sum" ]
}

@test "why OUT cannot be made" {
	requires qemu-img unshare
	image phony-linux.img image
	fails_with "cannot make 'new.qcow2': Cluster size must be a power of two" \
		guest-sparsify -q --convert qcow2 -o cluster_size=3 "$image" new.qcow2
	[ ! -e new.qcow2 ]
	mkdir small
	unshare -rm mount -t tmpfs none small || skip "no file system can be mounted here"
	cat >on-small <<-'END'
		mount -t tmpfs -o size=1M none small && exec guest-sparsify -q --convert qcow2 -o preallocation=full "$1" small/new.qcow2
	END
	capture unshare -rm sh on-small "$image"
	[ "$status" = 1 ]
	[[ $err == "guest-sparsify: "*"cannot make 'small/new.qcow2': "*"No space left on device"* ]]
}

@test "what cannot be done leaves all as it was" {
	image phony-linux.img image
	qemu-img convert -O vmdk "$image" disk.vmdk
	capture guest-sparsify --in-place disk.vmdk
	[ "$status" = 3 ]
	[[ $err == "guest-sparsify: "*"cannot be made sparse in place; a copy can be made"* ]]
	capture guest-sparsify --compress "$image" new.img
	[ "$status" = 1 ]
	[ ! -e new.img ]
	cp --no-preserve=mode "$image" in.img
	fails_with 'is the source' guest-sparsify -q in.img in.img
	fails_with "there is no device '/dev/sda9'" guest-sparsify -q --ignore /dev/sda9 in.img new.img
	[ "$(find . -name 'new.img*' | wc -l)" = 0 ]
	capture guest-sparsify in.img
	[ "$status" = 2 ]
	capture guest-sparsify --in-place --compress in.img
	[ "$status" = 2 ]
	for word in foo fd: fd:x fd:-1 file: stream:out; do
		capture guest-sparsify --machine-readable="$word" --in-place in.img
		[ "$status" = 2 ]
		[[ $err == *"--machine-readable does not take '$word': "* ]]
	done
	capture guest-sparsify --machine-readable
	[ "$(head -n 1 out)" = virt-sparsify ]
}

@test "what --zero and --ignore take" {
	disk_of ext4
	cp data.img copy.img
	fails_with "'/dev/sda' has partitions: --zero takes one of these" \
		guest-sparsify -q --inplace --zero /dev/sda data.img
	fails_with "'/dev/sda2' is to be zeroed, and to be ignored" \
		guest-sparsify -q --inplace --ignore sda2 --zero /dev/sda2 data.img
	cmp copy.img data.img
	capture guest-sparsify --inplace --ignore sda2 data.img
	[ "$status" = 0 ]
	[[ $out != *"Trimmed /dev/sda2"* ]]
	image_copy lvm.img image
	fails_with "other devices lie on '/dev/sda2': --zero takes one of these" \
		guest-sparsify -q --in-place --zero sda2 "$image"
	fails_with "there is no device '/dev/nosuch'" guest-sparsify -q --in-place --ignore nosuch "$image"
	capture guest-sparsify --in-place --ignore vg --zero vg/swap "$image"
	[ "$status" = 0 ]
	[[ $out == *"Trimmed /dev/vg/root"* ]]
	run -1 grep -q 'Trimmed /dev/sda2' out
	capture guest-filesystems --all -l --no-title -a "$image"
	[[ $(tr -s ' ' <out) == *"/dev/vg/swap filesystem unknown "* ]]
}

@test "--ignore leaves one alone, and one that is not clean is left alone" {
	used_disk ext4
	part data.img 2 part
	capture guest-sparsify --in-place --ignore /dev/sda2 data.img
	[ "$status" = 0 ]
	[[ $out != *"Trimmed /dev/sda2"* ]]
	part data.img 2 other
	cmp part other
	debugfs -w -R 'set_super_value state 2' part 2>/dev/null
	dd if=part of=data.img bs=1M seek=21 conv=notrunc status=none
	capture guest-sparsify --in-place data.img
	[ "$status" = 0 ]
	[[ $err == *"warning: the ext4 file system on '/dev/sda2' has errors"* ]]
	part data.img 2 other
	cmp part other
}

@test "killed, it leaves no half of a copy behind" {
	image debian.qcow2 image
	for wait in 0.3 0.8 1.5; do
		guest-sparsify -q --compress "$image" new.qcow2 3>&- &
		sleep "$wait"
		kill -TERM $! || :
		wait $! || :
		qemu_gone 5
	done
	[ ! -e new.qcow2 ] || guest-cat -a new.qcow2 /etc/hostname | grep -q guest
	rm -f new.qcow2
	for wait in 0.1 0.4 1.0; do
		guest-sparsify -q --compress "$image" new.qcow2 3>&- &
		sleep "$wait"
		kill -KILL $! || :
		wait $! || :
		qemu_gone 5
		[ -e new.qcow2 ] || [ "$(ls -A)" = tmp ] || { ls -A; return 1; }
	done
}
