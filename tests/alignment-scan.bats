#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck disable=SC2154
# Where partitions begin.

load lib/common
load lib/images
load lib/domains

setup_file()
{
	warm_cache
}

# table NAME START...: a disk of 64 MiB with a partition at each of these sectors.
table()
{
	local name=$1
	requires sfdisk
	shift
	truncate -s 64M "$name"
	printf '%s,1000\n' "$@" | sfdisk -q --force "$name" 2>/dev/null
}

@test "each alignment has its words and its status" {
	table good.img 128 2048 4096
	capture guest-alignment-scan -a good.img
	[ "$status" = 0 ]
	[ "$out" = "/dev/sda1        65536           64K   ok
/dev/sda2      1048576         1024K   ok
/dev/sda3      2097152         2048K   ok" ]
	table poor.img 2048 4104 8200
	capture guest-alignment-scan -a poor.img
	[ "$status" = 2 ]
	[ "$out" = "/dev/sda1      1048576         1024K   ok
/dev/sda2      2101248            4K   bad (alignment < 64K)
/dev/sda3      4198400            4K   bad (alignment < 64K)" ]
	table bad.img 63 4102 8194
	capture guest-alignment-scan -a good.img -a bad.img
	[ "$status" = 3 ]
	[ "$(tail -n 3 out)" = "/dev/sdb1        32256          512    bad (alignment < 4K)
/dev/sdb2      2100224            1K   bad (alignment < 4K)
/dev/sdb3      4195328            1K   bad (alignment < 4K)" ]
}

@test "--quiet leaves the status, and a failure counts before it" {
	table bad.img 63
	capture guest-alignment-scan -q -a bad.img
	[ "$status" = 3 ]
	[ -z "$out$err" ]
	fails_with "cannot open 'none.img'" guest-alignment-scan -q -a bad.img -a none.img
	capture guest-alignment-scan --nonsense
	[ "$status" = 1 ]
}

@test "JSON has the numbers" {
	requires jq
	table bad.img 63 2048
	capture guest-alignment-scan --json -a bad.img
	[ "$status" = 3 ]
	[ "$(jq -c '.entries[]' out)" = '{"guest":null,"device":"/dev/sda1","start":32256,"alignment":512,"ok":false}
{"guest":null,"device":"/dev/sda2","start":1048576,"alignment":1048576,"ok":true}' ]
}

@test "a disk without partitions has none that are bad" {
	image fs-ext4.img
	capture guest-alignment-scan -a "$image"
	[ "$status" = 0 ]
	[ -z "$out$err" ]
}

@test "sectors of 4096 bytes" {
	requires fdisk
	truncate -s 64M disk.img
	printf '%s\n' g n 1 256 1255 n 2 1257 2256 w | fdisk -b 4096 disk.img >/dev/null 2>&1
	capture guest-alignment-scan --blocksize=4096 -a disk.img
	[ "$status" = 2 ]
	[ "$out" = "/dev/sda1      1048576         1024K   ok
/dev/sda2      5148672            4K   bad (alignment < 64K)" ]
}

@test "all domains, by name or UUID; one that fails does not hide the others" {
	requires_domains
	local name
	table web.img 2048
	table old.img 63
	for name in web old none; do
		domain "$name" 5 "$(disk vda "$PWD/$name.img" raw)"
	done
	capture guest-alignment-scan -c "$uri"
	[ "$status" = 1 ]
	[ "$out" = "old:/dev/sda1        32256          512    bad (alignment < 4K)
web:/dev/sda1      1048576         1024K   ok" ]
	[[ $err == *"disk 'vda' of the domain 'none': cannot open"* ]]
	capture guest-alignment-scan --uuid -c "$uri"
	[[ $out == "00000001-1111-4222-8333-444444444441:/dev/sda1 "* ]]
	capture guest-alignment-scan -c "$uri" -d web
	[ "$status" = 0 ]
	[ "$out" = "/dev/sda1      1048576         1024K   ok" ]
}
