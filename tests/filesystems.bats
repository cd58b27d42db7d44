#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck disable=SC2154
# guest-filesystems. The golden files are what virt-filesystems 1.48 printed of the same images,
# but for the sizes of file systems, which depend on the program that made them, and the physical
# volumes of the group on two disks, which it mixed up.

load lib/common
load lib/images

setup_file()
{
	image lvm.img LVM
	export LVM
	warm_cache
}

# masked: the standard input, with a # for each digit of the size of a file system.
masked()
{
	sed -E ':a; /filesystem[ ,]+(ext|vfat|btrfs)/ s/([ ,])(#*)[0-9]([0-9]*)([ ,])/\1\2#\3\4/; ta'
}

# is_golden NAME: capture found status 0, nothing on stderr, and this on stdout.
is_golden()
{
	[ "$status" = 0 ]
	[ -z "$err" ]
	masked <out | golden "filesystems/$1"
}

@test "by default what can be mounted, by name, in the order in which it lies on the disks" {
	capture guest-filesystems -a "$LVM"
	[ "$status" = 0 ]
	[ -z "$err" ]
	[ "$out" = $'/dev/sda1\n/dev/vg/home\n/dev/vg/root' ]
	[ "$(guest-filesystems --filesystems "$LVM")" = "$out" ]
	[ "$(guest-filesystems --csv -a "$LVM")" = "$out" ]
}

@test "each kind, under each of its options" {
	local want words option
	while IFS='|' read -r words want; do
		for option in $words; do
			[ "$(guest-filesystems "$option" -a "$LVM" | tr '\n' ' ')" = "$want " ] || {
				echo "$option is not $want" >&2
				return 1
			}
		done
	done <<-'EOS'
		--extra|/dev/sda1 /dev/vg/home /dev/vg/root /dev/vg/swap
		--partitions --parts|/dev/sda1 /dev/sda2
		--block-devices --blkdevs|/dev/sda
		--logical-volumes --lvs --logvols|/dev/vg/home /dev/vg/root /dev/vg/swap
		--volume-groups --vgs --volgroups|/dev/vg
		--physical-volumes --pvs --physvols|/dev/sda2
	EOS
	[ "$(guest-filesystems --pvs --blkdevs --vgs -a "$LVM" | tr '\n' ' ')" = \
		'/dev/vg /dev/sda2 /dev/sda ' ]
	[ -z "$(guest-filesystems --md --crypt --unusable -a "$LVM")" ]
}

@test "--all -l is what virt-filesystems prints" {
	capture guest-filesystems --all --long --uuid -h -a "$LVM"
	is_golden lvm-human
	image mbr-logical.img
	capture guest-filesystems --all -l --uuids -a "$image"
	is_golden logical
	image lvm-whole.img
	capture guest-filesystems --all -l --uuid -a "$image"
	is_golden lvm-whole
}

@test "subvolumes of btrfs are file systems without a size" {
	image btrfs-subvol.img
	capture guest-filesystems --all --long --uuid -a "$image"
	is_golden btrfs
	capture guest-filesystems -a "$image"
	[ "$out" = $'/dev/sda1\n/dev/sda2\nbtrfsvol:/dev/sda2/@\nbtrfsvol:/dev/sda2/@home' ]
}

@test "a group on two disks names both" {
	local a b
	image lvm-2disks-a.img a
	image lvm-2disks-b.img b
	capture guest-filesystems --all --csv -l --uuid -a "$a" -a "$b"
	is_golden lvm-2disks
}

@test "what is empty is listed with --extra" {
	image no-fs.img
	capture guest-filesystems -a "$image"
	[ "$status" = 0 ]
	[ -z "$out$err" ]
	capture guest-filesystems --extra -a "$image"
	[ "$out" = /dev/sda1 ]
	capture guest-filesystems --all -l --csv --uuid -a "$image"
	is_golden no-fs
	capture guest-filesystems --all -l --csv --no-title -a /dev/null
	[ "$out" = $'/dev/sda,filesystem,unknown,,,4096,\n/dev/sda,device,,,,4096,' ]
}

@test "the size is that of the file system, as guest-df has it" {
	local device size n=0
	while IFS=, read -r device _ _ _ size _; do
		[ "$(guest-df --csv -a "$LVM" | awk -F, -v d="$device" '$2 == d { print $3 }')" = \
			$((size / 1024)) ]
		n=$((n + 1))
	done < <(guest-filesystems -l --csv --no-title -a "$LVM")
	[ "$n" = 3 ]
}

@test "--no-title leaves out the first row, and the columns that are empty" {
	guest-filesystems --all -l -a "$LVM" >all
	head -n 1 all | grep -q '^Name .* Parent'
	capture guest-filesystems --vgs -l --no-title -a "$LVM"
	[ "$out" = '/dev/vg  vg  79691776  /dev/sda2' ]
	capture guest-filesystems --vgs -l -a "$LVM"
	[ "$(head -n 1 out)" = 'Name     Type  Size      Parent' ]
	[ "$(guest-filesystems --all -l --no-title --csv -a "$LVM" | wc -l)" = $(($(wc -l <all) - 1)) ]
}

@test "--fs-versions tells XFS's" {
	image fs-xfs.img
	local option
	for option in --fs-version --fs-versions; do
		capture guest-filesystems -l --csv "$option" -a "$image"
		[ "$(head -n 1 out)" = Name,Type,VFS,Label,Size,Parent,FSVersion ]
		[[ $(tail -n 1 out) =~ ^/dev/sda,filesystem,xfs,GUESTFS,[0-9]+,,[45]$ ]]
	done
}

@test "--json tells all of what is chosen" {
	requires jq
	guest-filesystems --json -a "$LVM" >out
	[ "$(jq -r .schema out)" = guestutils.filesystems.v1 ]
	[ "$(jq -r '.entries[].name' out)" = "$(guest-filesystems -a "$LVM")" ]
	guest-filesystems --json --all -a "$LVM" >out
	[ "$(jq -r '.entries[].name' out)" = "$(guest-filesystems --all -a "$LVM")" ]
	[ "$(jq -c '.entries[] | select(.type == "lv" and .name == "/dev/vg/root") |
		[.vfs, .size, .parents, .uuid, .note]' out)" = \
		'[null,50331648,["/dev/vg"],"LV0xxx-xxxx-xxxx-xxxx-xxxx-xxxx-xxxxxx",null]' ]
	[ "$(jq -c '[.entries[] | keys | length] | unique' out)" = '[10]' ]
	[ "$(jq -r '.entries[] | select(.type == "filesystem") | .name + "," + .vfs' out)" = \
		"$(guest-filesystems --extra -l --csv --no-title -a "$LVM" | cut -d, -f1,3)" ]
	image mbr-logical.img
	[ "$(guest-filesystems --json --parts -a "$image" | jq -r '.entries[].mbr' | tr '\n' ' ')" = \
		'83 05 83 83 82 ' ]
}

@test "what cannot be used is told, and listed with --unusable" {
	requires jq
	# A label of ZFS is enough for the signature: 4 uberblocks of its magic number.
	truncate -s 64M zfs.img
	local i
	for i in $(seq 0 15); do
		printf '\x0c\xb1\xba\x00\x00\x00\x00\x00' |
			dd of=zfs.img bs=1 seek=$((128 * 1024 + i * 1024)) conv=notrunc status=none
	done
	[ "$(blkid -p -s TYPE -o value zfs.img)" = zfs_member ] || skip "this is no ZFS to blkid"
	capture guest-filesystems --extra -a zfs.img
	[ "$status" = 0 ]
	[ -z "$out" ]
	says_once 0 "zfs.img: warning: '/dev/sda' .*ZFS" guest-filesystems
	capture guest-filesystems --unusable -l --csv -a zfs.img
	[ -z "$err" ]
	[ "$(head -n 1 out)" = Name,Type,VFS,Label,Size,Parent,Note ]
	[[ $(tail -n 1 out) =~ ^/dev/sda,filesystem,zfs_member,,67108864,,.*ZFS ]]
	guest-filesystems --all --json -a zfs.img >out
	[ "$(jq -r '.entries[] | select(.note) | .vfs' out)" = zfs_member ]
}

@test "what is locked is told, and the rest is listed" {
	image luks2.img
	capture guest-filesystems --all -a "$image"
	says_once 0 "luks2.img: warning: '/dev/sda2' .*encrypted and locked" guest-filesystems
	[ "$(tr '\n' ' ' <out)" = '/dev/sda1 /dev/sda1 /dev/sda2 /dev/sda ' ]
	capture guest-filesystems --unusable -l --csv --no-title -a "$image"
	[[ $out =~ ^/dev/sda2,filesystem,crypto_LUKS,,[0-9]+,,\".*LUKS ]]
}

@test "with its key what is encrypted is listed, too" {
	image luks2.img
	local name=/dev/mapper/luks-00000002-1111-4222-8333-444444444444
	capture guest-filesystems -a "$image" --key '/dev/sda2:key:secret of: luks2'
	[ "$status" = 0 ]
	[ -z "$err" ]
	[ "$out" = "$name"$'\n'/dev/sda1 ]
	[ "$(echo 'secret of: luks2' | guest-filesystems -a "$image" --keys-from-stdin)" = "$out" ]
	capture guest-filesystems --crypt -l --csv --no-title -a "$image" \
		--key 'all:key:secret of: luks2'
	[[ $out =~ ^"$name",crypt,[0-9]+,/dev/sda2$ ]]
	image luks-lvm.img
	capture guest-filesystems --lvs --vgs --pvs -a "$image" --key 'all:key:secret of: luks-lvm'
	[ "$(tr '\n' ' ' <out)" = \
		'/dev/vg/root /dev/vg/swap /dev/vg /dev/mapper/luks-00000005-1111-4222-8333-444444444444 ' ]
}

@test "a key that does not fit is an error, and hides nothing" {
	image luks2.img
	capture guest-filesystems -a "$image" --key all:key:wrong
	[ "$status" = 1 ]
	[ "$out" = /dev/sda1 ]
	grep -q "^guest-filesystems: $image: could not find key to open LUKS encrypted '/dev/sda2'" err
}

@test "arrays are parents, members and rows of their own" {
	local a b c
	image md-raid1-a.img a
	image md-raid1-b.img b
	capture guest-filesystems --all -l --csv --no-title -a "$a" -a "$b"
	[ "$status" = 0 ]
	[ -z "$err" ]
	grep -qE '^/dev/md127,filesystem,ext4,,,[0-9]+,"/dev/sda1,/dev/sdb1"$' out
	[ "$(cut -d, -f2 out | sort | uniq -c | tr -s ' \n' ' ')" = ' 2 device 2 filesystem 4 partition ' ]
	capture guest-filesystems --md -a "$a" -a "$b"
	[ "$out" = $'/dev/md126\n/dev/md127' ]
	image md-raid5-a.img a
	image md-raid5-c.img c
	capture guest-filesystems --md --unusable -l --csv --no-title -a "$a" -a "$c"
	[[ $out =~ ^/dev/md127,md,.*"2 of its 3 disks" ]]
	capture guest-filesystems -a "$a"
	[ "$status" = 0 ]
	[ -z "$out" ]
	grep -q "warning: '/dev/sda' is a member of a Linux RAID array" err
}

@test "options that do not go together are bad usage" {
	local words
	for words in '-h --csv' '--json --csv' '--json -h' '--json --no-title'; do
		# shellcheck disable=SC2086 # words
		capture guest-filesystems $words -a "$LVM"
		[ "$status" = 2 ]
		[ -z "$out" ]
	done
	capture guest-filesystems
	[ "$status" = 2 ]
	[[ $err == *"use -a DISK"* ]]
}

@test "a label cannot write to the terminal" {
	requires script tune2fs
	image_copy fs-ext4.img
	tune2fs -L $'\e[2J\a' "$image" >/dev/null
	capture script -qec "guest-filesystems -l -a '$image'" /dev/null
	[ "$status" = 0 ]
	grep -qF '\x1b[2J\a' out
	[ "$(guest-filesystems -l --csv --no-title -a "$image" | cut -d, -f4)" = $'\e[2J\a' ]
}

@test "what is hostile or broken ends well" {
	local name
	for name in random.img zero.img short.img bad-gpt.img; do
		image "$name"
		capture guest-filesystems --all -l --uuid -a "$image"
		[ "$status" = 0 ]
		[[ $out == *'/dev/sda '* ]]
	done
	capture guest-filesystems -a nosuch.img
	says_once 1 "nosuch.img.*No such file" guest-filesystems
}
