# SPDX-License-Identifier: GPL-2.0-or-later
# Disks to be resized, and what is to be true of them; load with "load lib/resize", after lib/images.
# shellcheck shell=bash

# disk_of TYPE [FORMAT]: data.img, a GPT with 20 MiB of noise, the file system fs-TYPE.img in the
# middle, and 20 MiB of noise. $mib is the size of the one in the middle.
disk_of()
{
	local fs
	image "fs-$1.img" fs
	mib=$(($(stat -L -c %s "$fs") / 1048576))
	rm -f data.img
	truncate -s "$((mib + 42))M" data.img
	sfdisk -q data.img <<-END
		label: gpt
		label-id: 11111111-2222-4333-8444-555555555555
		start=1MiB, size=20MiB, type=L, name=first, attrs="LegacyBIOSBootable"
		start=21MiB, size=${mib}MiB, type=L, name="data ä"
		start=$((21 + mib))MiB, size=20MiB, type=E6D6D379-F507-44C2-A23C-238F2A3DF928, name=last
	END
	dd if="$fs" of=data.img bs=1M seek=21 conv=notrunc,sparse status=none
	noise data.img 1 20
	noise data.img $((21 + mib)) 20
}

# small_blocks MKE2FS-OPTION...: data.img has an ext4 with blocks of 1 KiB in one partition.
small_blocks()
{
	truncate -s 40M data.img
	sfdisk -q data.img <<<'label: gpt
start=1MiB'
	mke2fs -q -t ext4 -b 1024 -E offset=1048576 "$@" data.img 38M
}

# noise FILE MIB N: N mebibytes that are the same each time.
noise()
{
	openssl enc -aes-128-ctr -pass "pass:$2" -nosalt -pbkdf2 -in /dev/zero 2>/dev/null |
		dd of="$1" bs=1M seek="$2" count="$3" iflag=fullblock conv=notrunc status=none
}

# part_bytes IMAGE N: the start and the length of a partition, in bytes.
part_bytes()
{
	sfdisk --json "$1" | jq -r --argjson n "$2" \
		'.partitiontable | .sectorsize as $s | .partitions[] | select(.node | test("[^0-9]p?\($n)$")) | "\(.start * $s) \(.size * $s)"'
}

# part IMAGE N FILE [BYTES]: a partition's content as a file, or the first bytes of it.
part()
{
	local start size
	read -r start size < <(part_bytes "$1" "$2")
	dd if="$1" of="$3" bs=64k iflag=skip_bytes,count_bytes skip="$start" count="${4:-$size}" \
		conv=sparse status=none
}

# same_part A N B M: the second partition begins with all that is in the first one.
same_part()
{
	local size
	read -r _ size < <(part_bytes "$1" "$2")
	part "$1" "$2" one
	part "$3" "$4" other "$size"
	cmp one other
	rm one other
}

# table IMAGE: its partition table without what a size changes.
table()
{
	sfdisk -d "$1" | sed -E "s|^[^ ]*[^0-9 ]p?([0-9]+) :|\1:|; /^device|^first-lba|^last-lba/d"
}

# fs_clean TYPE FILE: its own checker finds nothing at all.
fs_clean()
{
	# shellcheck disable=SC2094 # they read it
	case $1 in
	ext*) e2fsck -fn "$2" ;;
	xfs) xfs_repair -n "$2" ;;
	btrfs) btrfs check --readonly "$2" ;;
	f2fs) fsck.f2fs "$2" </dev/null ;;
	ntfs) ntfsfix -n "$2" | grep -q 'NTFS volume version' && ntfsresize -f -f -i "$2" ;;
	vfat) fsck.vfat -n "$2" ;;
	esac >check 2>&1 && return
	cat check
	return 1
}

# tree_sums IMAGE DEVICE: what is on a file system: names, sizes and checksums.
tree_sums()
{
	guest-ls -lR --checksum=sha256 -m "$2" -a "$1" / | sed 's/^\(.\).\{10\}/\1/'
}
