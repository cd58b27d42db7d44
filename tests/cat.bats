#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck disable=SC2016,SC2154
# guest-cat: what it prints of which file.

load lib/common
load lib/images

setup_file()
{
	image names.img NAMES
	image sizes.img SIZES
	image phony-linux.img LINUX
	image_file names.img names.list NAMES_LIST
	image_file sizes.img sizes.sha256 SIZES_SUMS
	export NAMES SIZES LINUX NAMES_LIST SIZES_SUMS
	warm_cache
}

@test "a file is printed, and nothing else" {
	capture guest-cat -a "$NAMES" /etc/hostname
	[ "$status" = 0 ]
	[ "$out" = names.example.org ]
	[ -z "$err" ]
}

@test "several files are printed one after the other" {
	capture guest-cat -a "$SIZES" /etc/hostname /sizes/no-newline /etc/hostname
	[ "$status" = 0 ]
	[ "$out" = $'sizes.example.org\nno newlinesizes.example.org' ]
}

@test "without -a the last word is the file" {
	capture guest-cat "$NAMES" /etc/hostname
	[ "$status" = 0 ]
	[ "$out" = names.example.org ]
}

@test "an image can be a file URI" {
	local uri=${NAMES//%/%25}
	capture guest-cat -a "file://${uri// /%20}" /etc/hostname
	[ "$out" = names.example.org ]
}

@test "a file that is not there does not hide the others" {
	capture guest-cat -a "$NAMES" /nosuch /etc/hostname /etc /names/nosuch /names/plain
	[ "$status" = 1 ]
	[ "$out" = $'names.example.org\nplain' ]
	[ "$err_lines" = 3 ]
	grep -qxF "guest-cat: $NAMES: cannot read '/nosuch': No such file or directory" err
	grep -q "cannot read '/etc': .*folder" err
}

@test "a path is absolute" {
	capture guest-cat -a "$NAMES" etc/hostname '' /etc/hostname
	[ "$status" = 1 ]
	[ "$out" = names.example.org ]
	[ "$err_lines" = 2 ]
	[[ $err == *"cannot read 'etc/hostname': a guest path starts with '/'"* ]]
}

@test "errors are JSON with --json" {
	requires jq
	capture guest-cat --json -a "$NAMES" $'/no\e\xff' /etc/hostname
	[ "$status" = 1 ]
	[ "$out" = names.example.org ]
	[ "$err_lines" = 1 ]
	[ "$(jq -r '.schema, .tool, .image, .errno' err)" = \
		"guestutils.error.v1"$'\n'"guest-cat"$'\n'"$NAMES"$'\n'ENOENT ]
	[ "$(jq -r .path_b64 err | base64 -d)" = $'/no\e\xff' ]
}

@test "what comes from a guest is escaped in messages" {
	capture guest-cat -a "$NAMES" $'/\e[31m\n\xe2\x80\xae'
	[ "$status" = 1 ]
	[ "$err_lines" = 1 ]
	[[ $err == *"'/\\x1b[31m\\n\\xe2\\x80\\xae'"* ]]
}

@test "each difficult name can be read" {
	local names=() line name
	while IFS= read -r line; do
		eval "name=$line"
		names+=("/names/$name")
	done <"$NAMES_LIST"
	capture guest-cat -a "$NAMES" "${names[@]}"
	[ "$status" = 0 ]
	diff out "$NAMES_LIST"
}

@test "links are followed within the guest, and never out of it" {
	capture guest-cat -a "$NAMES" /links/{absolute,relative,out,out-absolute,chain-30}
	[ "$status" = 0 ]
	[ "$out" = "$(printf 'names.example.org\n%.0s' 1 2 3 4 5)" ]
	capture guest-cat -a "$NAMES" /../../etc/hostname /links/up/../etc/hostname
	[ "$status" = 0 ]
	[ "$out" = $'names.example.org\nnames.example.org' ]
}

@test "links that lead nowhere, to themselves or into proc are errors" {
	capture guest-cat -a "$NAMES" /links/{dangling,dangling-absolute,a,self,through-file,proc-root}
	[ "$status" = 1 ]
	[ -z "$out" ]
	[ "$err_lines" = 6 ]
	[ "$(grep -c "symbolic links" err)" = 2 ]
}

@test "what is no regular file is refused, not opened" {
	capture guest-cat -a "$NAMES" /special/{fifo,socket,null,zero,loop0}
	[ "$status" = 1 ]
	[ -z "$out" ]
	[ "$err_lines" = 5 ]
	[ "$(grep -c "not a regular file" err)" = 5 ]
}

@test "a device of the appliance is no path of the guest" {
	capture guest-cat -a "$NAMES" /dev/sda /dev/vda /proc/cmdline
	[ "$status" = 1 ]
	[ -z "$out" ]
}

@test "a file without any permission is read" {
	capture guest-cat -a "$NAMES" /modes/none
	[ "$status" = 0 ]
}

@test "files of every size come out as they went in" {
	local sum file
	while read -r sum file; do
		[ "$(guest-cat -a "$SIZES" "/$file" | sha256sum)" = "$sum  -" ]
	done <"$SIZES_SUMS"
}

@test "into a file holes stay holes, into a pipe they are zeroes" {
	local sum
	sum=$(sed -n 's/ .*hole$//p' "$SIZES_SUMS")
	guest-cat -a "$SIZES" /sizes/hole >hole
	[ "$(stat -c %s hole)" = 8388608 ]
	[ "$(stat -c %b hole)" -lt 100 ]
	[ "$(sha256sum <hole)" = "$sum  -" ]
	[ "$(guest-cat -a "$SIZES" /sizes/hole | sha256sum)" = "$sum  -" ]
	guest-cat -a "$SIZES" /sizes/hole /etc/hostname >hole
	[ "$(tail -c 18 hole)" = sizes.example.org ]
	[ "$(stat -c %s hole)" = 8388626 ]
}

@test "a hole is written where there are bytes already, or at the end of a log" {
	local sum
	sum=$(sed -n 's/ .*hole$//p' "$SIZES_SUMS")
	head -c 9000000 /dev/zero | tr '\0' x >file
	guest-cat -a "$SIZES" /sizes/hole 1<>file
	[ "$(head -c 8388608 file | sha256sum)" = "$sum  -" ]
	[ "$(stat -c %s file)" = 9000000 ]
	echo start >log
	guest-cat -a "$SIZES" /sizes/hole >>log
	[ "$(stat -c %s log)" = 8388614 ]
	[ "$(tail -c 8388608 log | sha256sum)" = "$sum  -" ]
}

@test "a hole of 1 TiB takes no time and no room in a file" {
	within 20 guest-cat -a "$SIZES" /sizes/hole-1t >big
	[ "$(stat -c %s big)" = 1099511627780 ]
	[ "$(tail -c 4 big)" = end ]
	[ "$(stat -c %b big)" -lt 100 ]
}

@test "a full disk ends it with one line" {
	status=0
	within 60 guest-cat -a "$SIZES" /sizes/16m /etc/hostname >/dev/full 2>err || status=$?
	[ "$status" = 1 ]
	[ "$(cat err)" = "guest-cat: write error: No space left on device" ]
}

@test "a reader that goes away ends it quietly" {
	status=0
	{ within 60 env --default-signal=PIPE guest-cat -a "$SIZES" /sizes/16m 2>err || echo $? >code; } | head -c 10 >/dev/null
	[ "$(cat code)" = 141 ]
	[ ! -s err ]
}

@test "-m mounts what it says" {
	capture guest-cat -a "$NAMES" -m /dev/sda /etc/hostname
	[ "$out" = names.example.org ]
	capture guest-cat -a "$NAMES" -a "$SIZES" -m /dev/sda -m /dev/sdb:/tree /etc/hostname /tree/etc/hostname
	[ "$status" = 0 ]
	[ "$out" = $'names.example.org\nsizes.example.org' ]
	capture guest-cat -a "$NAMES" -m /dev/sda:/:noatime:ext4 /etc/hostname
	[ "$out" = names.example.org ]
}

@test "-m of what is not there lists what is" {
	capture guest-cat -a "$NAMES" -m /dev/sda9 /etc/hostname
	[ "$status" = 1 ]
	[ -z "$out" ]
	[ "$(head -n 1 err | cut -c 1-$((${#NAMES} + 13)))" = "guest-cat: $NAMES: " ]
	sed -n 2,3p err | cmp - <(printf 'guest-cat: %s\n' \
		'Did you mean to mount one of these filesystems?' $'\t/dev/sda (ext4)')
	[ "$err_lines" = 3 ]
}

@test "-v tells the steps, --timings only these, -x the calls" {
	capture guest-cat -v -a "$NAMES" /etc/hostname
	[ "$out" = names.example.org ]
	grep -q '^guest-cat: \[ *[0-9.]* ms\] ' err
	[ "$(grep -vc '^guest-cat: ' err)" = 0 ]
	capture guest-cat --timings -a "$NAMES" /etc/hostname
	[ "$(grep -vc '^guest-cat: \[ *[0-9.]* ms\] ' err)" = 0 ]
	capture guest-cat -x -a "$NAMES" /etc/hostname
	grep -q '^guest-cat: trace: read_file .*/etc/hostname' err
}

@test "--progress=json tells a program" {
	requires jq
	guest-cat --progress=json -a "$SIZES" /sizes/16m 2>err >/dev/null
	[ -z "$(jq -r 'select(.schema != "guestutils.progress.v1" or .total != 16777216)' err)" ]
}

@test "the image is as it was" {
	image_copy names.img
	local sum
	sum=$(sha256sum <"$image")
	guest-cat -a "$image" /etc/hostname >/dev/null
	[ "$(sha256sum <"$image")" = "$sum" ]
}
