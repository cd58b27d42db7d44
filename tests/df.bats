#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck disable=SC2154
# guest-df: its forms of output, and many guests at a time.

load lib/common
load lib/images

setup_file()
{
	image lvm.img LVM
	image fs-ext4.img EXT4
	export LVM EXT4
	warm_cache
}

# dumped FIELD: what dumpe2fs has about the image $EXT4.
dumped()
{
	dumpe2fs -h "$EXT4" 2>/dev/null | sed -n "s/^$1: *//p"
}

@test "text has the columns of df" {
	capture guest-df -a "$LVM"
	[ "$status" = 0 ]
	[ -z "$err" ]
	[ "$(head -n 1 out)" = 'Filesystem                           1K-blocks       Used  Available  Use%' ]
	[ "$(sed -n 's/ .*//; 2,$p' out)" = $'lvm.img:/dev/sda1\nlvm.img:/dev/vg/home\nlvm.img:/dev/vg/root' ]
	[ "$(sed 1d out | grep -cE '^.{36}[ 0-9]{10}( [ 0-9]{10}){2} [ 0-9]{4}%$')" = 3 ]
	[ "$(guest-df --one-per-guest --uuid -P 4 "$LVM")" = "$out" ]
	capture guest-df -h -a "$LVM"
	[ "$(head -n 1 out)" = 'Filesystem                                Size       Used  Available  Use%' ]
	grep -qE '^lvm.img:/dev/vg/root +[34][0-9]M +3[0-9]M +[0-9.]+[KM] +9[0-9]%$' out
	capture guest-df -i -a "$LVM"
	[ "$(head -n 1 out)" = 'Filesystem                              Inodes      IUsed      IFree IUse%' ]
}

@test "the numbers are those of the file system" {
	requires dumpe2fs jq
	local size
	size=$(dumped 'Block size')
	guest-df --json -a "$EXT4" >out
	[ "$(jq -r .schema out)" = guestutils.df.v1 ]
	[ "$(jq -c '.entries[] | [.name, .device, .type, .uuid, .images, .free, .inodes, .inodes_free]' out)" = \
		"[\"fs-ext4.img\",\"/dev/sda\",\"ext4\",\"$(dumped 'Filesystem UUID')\",[\"$EXT4\"],$(($(dumped 'Free blocks') * size)),$(dumped 'Inode count'),$(dumped 'Free inodes')]" ]
	jq -e '.entries[0] | .size == .used + .free and .inodes == .inodes_used + .inodes_free
		and .available <= .free' out
	[ "$(guest-df --csv -a "$EXT4" | sed '1d; s/\.0$//')" = "$(jq -r '.entries[] | [.name, .device,
		(.size / 1024 | floor), (.used / 1024 | floor), (.available / 1024 | floor), .use_percent]
		| join(",")' out)" ]
	[ "$(guest-df --csv -i -a "$EXT4" | sed '1d; s/\.0$//')" = "$(jq -r '.entries[] | [.name, .device,
		.inodes, .inodes_used, .inodes_free, .inodes_use_percent] | join(",")' out)" ]
}

@test "several disks are one guest" {
	capture guest-df -a "$LVM" -a "$EXT4"
	[ "$status" = 0 ]
	[ "$(sed -n 's/ .*//; 2,$p' out)" = \
		$'lvm.img+:/dev/sdb\nlvm.img+:/dev/sda1\nlvm.img+:/dev/vg/home\nlvm.img+:/dev/vg/root' ]
}

@test "a long name has a line of its own" {
	cp --sparse=always --reflink=auto "$EXT4" 'a name, that is longer than others.img'
	capture guest-df -a 'a name, that is longer than others.img'
	[ "$status" = 0 ]
	[ "$(sed -n 2p out)" = 'a name, that is longer than others.img:/dev/sda' ]
	[[ $(sed -n 3p out) =~ ^\ {36}[\ 0-9]{10}\  ]]
	capture guest-df --csv -a './a name, that is longer than others.img'
	[[ $(sed -n 2p out) == '"a name, that is longer than others.img",/dev/sda,'* ]]
}

@test "a guest without a file system has none" {
	image no-fs.img
	capture guest-df -a "$image"
	[ "$status" = 0 ]
	[ -z "$err" ]
	[ "$(wc -l <out)" = 1 ]
}

@test "--each makes every image a guest of its own, in order" {
	local form
	for form in -h -i --csv; do
		guest-df "$form" -a "$LVM" >want
		guest-df "$form" -a "$EXT4" | sed 1d >>want
		guest-df "$form" -a "$LVM" | sed 1d >>want
		# Two have the same name, and are called by the names that were given.
		sed -i "s|^lvm.img\([:,]\)|$LVM\1|" want
		capture guest-df --each "$form" -a "$LVM" -a "$EXT4" -a "$LVM"
		[ "$status" = 0 ]
		[ -z "$err" ]
		if [ "$form" = --csv ]; then
			diff want out
		else
			diff <(tr -s ' \n' ' ' <want) <(tr -s ' \n' ' ' <out)
		fi
	done
}

@test "--each prints the same, however many are at a time" {
	local n
	guest-df --each -P 1 "$LVM" "$EXT4" "$EXT4" "$LVM" >want
	for n in 0 2 3 100; do
		guest-df --each -P "$n" "$LVM" "$EXT4" "$EXT4" "$LVM" | diff want -
	done
	[ "$(wc -l <want)" -gt 8 ]
}

@test "--each: an image that fails does not hide the others" {
	image truncated.qcow2
	capture guest-df --each -a nosuch.img -a "$LVM" -a "$image" -a "$EXT4"
	[ "$status" = 1 ]
	[ "$(sed -n 's/ .*//; 2,$p' out)" = \
		$'lvm.img:/dev/sda1\nlvm.img:/dev/vg/home\nlvm.img:/dev/vg/root\nfs-ext4.img:/dev/sda' ]
	grep -q '^guest-df: nosuch.img: .*No such file' err
	[ "$(grep -c '^guest-df: ' err)" = 2 ]
}

@test "--each: keys are for all images, and read once" {
	local luks1 luks2 name=/dev/mapper/luks-0000000
	image luks1.img luks1
	image luks2.img luks2
	capture guest-df --each --csv "$luks2" "$luks1" "$EXT4" --key all:fd:8 \
		--key '/dev/sda:command:echo once >>ran; printf "secret of: luks1"' \
		8< <(printf 'secret of: luks2')
	[ "$status" = 0 ]
	[ -z "$err" ]
	[ "$(cut -d, -f 1,2 out)" = "VirtualMachine,Filesystem
luks2.img,${name}2-1111-4222-8333-444444444444
luks2.img,/dev/sda1
luks1.img,${name}1-1111-4222-8333-444444444444
fs-ext4.img,/dev/sda" ]
	[ "$(cat ran)" = once ]
}

@test "--each: a key that does not fit hides nothing" {
	local luks1 luks2
	image luks1.img luks1
	image luks2.img luks2
	capture guest-df --each --csv "$luks2" "$luks1" "$EXT4" --key 'all:key:secret of: luks1'
	[ "$status" = 1 ]
	[ "$(cut -d, -f 1 out | tr '\n' ' ')" = 'VirtualMachine luks2.img luks1.img fs-ext4.img ' ]
	[ "$(grep -c 'could not find key' err)" = 1 ]
	capture guest-df --each "$luks2" "$EXT4"
	[ "$status" = 0 ]
	says_once 0 "luks2.img: warning: '/dev/sda2' .*locked" guest-df
}

@test "--each --json is one list, and says of which image an error is" {
	requires jq
	capture guest-df --each --json -a "$LVM" -a nosuch.img -a "$EXT4"
	[ "$status" = 1 ]
	[ "$(jq -c '[.entries[] | [.name, .images[0]]] | unique | length' out)" = 2 ]
	[ "$(jq -c '.entries | length' out)" = 4 ]
	[ "$(jq -r '.image + " " + .errno' err)" = 'nosuch.img ENOENT' ]
	capture guest-df --each --json -a nosuch.img
	[ "$(jq -c .entries out)" = '[]' ]
}

@test "--each: whatever kills the tool, nothing is left" {
	local sig pid
	for sig in TERM KILL; do
		guest-df --each -P 2 "$LVM" "$EXT4" "$LVM" "$EXT4" "$LVM" "$EXT4" >out 2>err &
		pid=$!
		wait_for 20 qemu_runs
		kill -"$sig" "$pid"
		status=0
		wait "$pid" || status=$?
		[ "$status" = $((128 + $(kill -l "$sig"))) ]
		qemu_gone 3
	done
}

# qemu_runs: one was started by this test.
qemu_runs()
{
	[ -n "$(our_qemu)" ]
}

@test "--each stops where nobody reads" {
	status=0
	guest-df --each "$LVM" "$EXT4" "$LVM" "$EXT4" >/dev/full 2>err || status=$?
	[ "$status" = 1 ]
	[ "$(cat err)" = 'guest-df: write error: No space left on device' ]
}

@test "options that do not go together, and numbers that are none, are bad usage" {
	local words
	for words in '-h --csv' '--json --csv' '--json -h' '-P x' '-P -1' '-P 1x' '--each --keys-from-stdin'; do
		# shellcheck disable=SC2086 # words
		capture guest-df $words -a "$LVM"
		[ "$status" = 2 ]
		[ -z "$out" ]
	done
}
