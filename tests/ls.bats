#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck disable=SC2016,SC2154
# guest-ls: its forms of output. The golden files are what virt-ls 1.48 printed of the same
# images, but for the owners' names of -l.

load lib/common
load lib/images

setup_file()
{
	image names.img NAMES
	image sizes.img SIZES
	image_file names.img names.list NAMES_LIST
	export NAMES SIZES NAMES_LIST
	warm_cache
}

# is_golden NAME: capture found status 0, nothing on stderr, and this on stdout.
is_golden()
{
	[ "$status" = 0 ]
	[ -z "$err" ]
	golden "ls/$1" <out
}

@test "names, one a line, in the order of their bytes" {
	capture guest-ls -a "$NAMES" /names
	is_golden names
	capture guest-ls -a "$NAMES" /
	is_golden root
	[ "$(guest-ls -a "$NAMES" /many)" = "$(seq -f 'entry-%04g' 5000)" ]
}

@test "several folders follow each other, with nothing in between" {
	capture guest-ls -a "$NAMES" /tree /tree/a/ /etc/../tree
	[ "$status" = 0 ]
	[ "$out" = "$(guest-ls -a "$NAMES" /tree; guest-ls -a "$NAMES" /tree/a; guest-ls -a "$NAMES" /tree)" ]
}

@test "a folder that cannot be listed does not hide the others" {
	capture guest-ls -a "$NAMES" /nosuch /tree /etc/hostname tree /links/dangling
	[ "$status" = 1 ]
	[ "$out" = "$(guest-ls -a "$NAMES" /tree)" ]
	[ "$err_lines" = 4 ]
	grep -qxF "guest-ls: $NAMES: cannot list '/nosuch': No such file or directory" err
	grep -qxF "guest-ls: $NAMES: cannot list '/etc/hostname': Not a directory" err
	grep -qxF "guest-ls: $NAMES: cannot list 'tree': a guest path starts with '/'" err
}

@test "a link to a folder is followed" {
	capture guest-ls -a "$NAMES" /links/dir
	[ "$status" = 0 ]
	[ "$out" = "$(guest-ls -a "$NAMES" /home/user)" ]
}

@test "-0 ends each name with a NUL" {
	guest-ls -0 -a "$NAMES" /names >list
	[ "$(tr -cd '\0' <list | wc -c)" = "$(wc -l <"$NAMES_LIST")" ]
	while IFS= read -r -d '' name; do
		printf '%q\n' "$name"
	done <list | sort | diff - "$NAMES_LIST"
	[ "$(guest-ls -lR -0 -a "$NAMES" /names | tr -cd '\0' | wc -c)" = $(($(wc -l <"$NAMES_LIST") + 1)) ]
}

@test "-l is as ls -la" {
	capture guest-ls -n -l -a "$NAMES" /names
	is_golden long-names
	capture guest-ls -n -l -a "$NAMES" /links /modes /special
	is_golden long
	capture guest-ls -l -a "$NAMES" /modes /
	is_golden long-owners
}

@test "-l of a file is its line, with the path as it was given" {
	capture guest-ls -n -l -a "$NAMES" /etc/hostname /links/relative //etc//hostname /special/null
	is_golden long-files
	capture guest-ls -l -a "$NAMES" /links/dangling /nosuch
	[ "$status" = 1 ]
	[ -z "$out" ]
	[ "$err_lines" = 2 ]
}

@test "-l shows the hour of what is young, in the time zone of the host" {
	requires debugfs
	image_copy names.img
	debugfs -w -R "set_inode_field /modes/old mtime @$(($(date +%s) - 86400))" "$image" 2>/dev/null
	debugfs -w -R "set_inode_field /modes/all mtime @$(($(date +%s) + 3600))" "$image" 2>/dev/null
	TZ=Asia/Tokyo capture guest-ls -l -a "$image" /modes
	[ "$status" = 0 ]
	grep -q " $(TZ=Asia/Tokyo date -d "@$(($(date +%s) - 86400))" '+%b %e %H'):[0-9][0-9] old$" out
	grep -q " $(TZ=Asia/Tokyo date -d "@$(($(date +%s) + 3600))" '+%b %e  %Y') all$" out
}

@test "-R lists the paths below, in the order of their bytes" {
	capture guest-ls -R -a "$NAMES" /tree /tree/ /tree//
	is_golden tree
	[ "$(guest-ls -R -a "$NAMES" / | grep -c '^many/')" = 5000 ]
	capture guest-ls -R -a "$NAMES" /links/dir
	[ "$status" = 0 ]
	[ -z "$out" ]
	[ -n "$(guest-ls -R -a "$NAMES" /links/dir/)" ]
	capture guest-ls -R -a "$NAMES" /etc/hostname /links/absolute
	[ "$status" = 1 ]
	[ "$err_lines" = 2 ]
}

@test "-lR is a record for each" {
	capture guest-ls -lR -a "$NAMES" /names /links /modes /special /tree/
	is_golden records
	capture guest-ls -lRh -a "$SIZES" /sizes
	is_golden records-human
}

@test "-lR follows a link that it is given, and shows it" {
	capture guest-ls -lR -a "$NAMES" /links/dir
	[ "$status" = 0 ]
	[ "$(head -n 1 out)" = "l 0777         10 /links/dir -> /home/user" ]
	[ "$(wc -l <out)" -gt 1 ]
}

@test "-lR of a file is its record, and an error" {
	capture guest-ls -lR -a "$NAMES" /etc/hostname
	[ "$status" = 1 ]
	[ "$out" = "- 0644         18 /etc/hostname" ]
	says_once 1 "cannot list '/etc/hostname': Not a directory" guest-ls
}

@test "-lR with owners, times and comma-separated values" {
	capture guest-ls -lR --uids -a "$NAMES" /modes
	is_golden records-uids
	capture guest-ls -lR --csv --uids -a "$NAMES" /names /links /modes
	is_golden records-csv
	# The time of change is that of the image's making.
	guest-ls -lR --times -a "$NAMES" /modes /special | sed 's/[^ ]* [^ ]* \([^ ]*\)$/\1/' |
		golden ls/records-times
	TZ=America/New_York guest-ls -lR --times -a "$NAMES" /tree/a | grep -q ' 2021-03-04 00:06:07 '
	guest-ls -lR --time-t -a "$NAMES" /modes | sed 's/[^ ]* \([^ ]*\)$/\1/' |
		golden ls/records-time-t
}

@test "-lR with ages" {
	local now
	now=$(date +%s)
	guest-ls -lR --time-relative --csv -a "$NAMES" /tree/a | while IFS=, read -r _ _ _ _ mtime _; do
		[ $((mtime + 1614834367)) -ge "$now" ]
		[ $((mtime + 1614834367)) -le $((now + 10)) ]
	done
	guest-ls -lR --time-days -a "$NAMES" /modes/future /modes/old 2>/dev/null >out || :
	grep -qE "^- [0-7]{4} +[0-9]+ +[0-9-]+ -[0-9]+ +[0-9]+ /modes/future$" out
}

@test "-lR with device, inode, links and blocks" {
	capture guest-ls -lR --extra-stats -a "$NAMES" /special /modes/hard-a
	grep -qE '^c 0[0-7]{3} +0 [0-9]+:[0-9]+ [0-9]+ 1 1:3 0 /special/null$' out
	grep -qE '^b 0[0-7]{3} +0 [0-9]+:[0-9]+ [0-9]+ 1 7:0 0 /special/loop0$' out
	grep -qE '^- 0[0-7]{3} +[0-9]+ [0-9]+:[0-9]+ [0-9]+ 2 0:0 [0-9]+ /modes/hard-a$' out
}

@test "-lR with checksums of regular files" {
	local type sum
	for type in md5 sha1 sha224 sha256 sha384 sha512; do
		sum=$(printf 'names.example.org\n' | "${type}sum" | cut -d' ' -f1)
		guest-ls -lR --checksum="${type^^}" -a "$NAMES" /etc >out
		grep -qxF -e "- 0644         18 $sum /etc/hostname" out
	done
	sum=$(printf 'names.example.org\n' | cksum | cut -d' ' -f1)
	guest-ls -lR --checksum=crc --csv -a "$NAMES" /etc >out
	grep -qxF -e "-,0644,18,$sum,/etc/hostname" out
	grep -qE '^d,0[0-7]{3},[0-9]+,,/etc$' out
	guest-ls -lR --checksum -a "$NAMES" /special /links >out
	[ "$(grep -c '^-' out)" = 0 ]
	grep -qxF 'l 0777         13 /links/absolute -> /etc/hostname' out
}

@test "a path longer than any path may be" {
	capture guest-ls -lR -a "$NAMES" /deep
	[ "$status" = 0 ]
	[ "$(tail -n 1 out | tr -cd / | wc -c)" = 32 ]
	[[ $out == */bottom.txt ]]
}

@test "options that do not go together are bad usage" {
	local words
	for words in -h --csv --uids --times --time-t --time-relative --time-days --extra-stats \
		--checksum '-l -h' '-R --csv' '-lR -h --csv' \
		'-lR --checksum=md6' '-lR --checksum='; do
		# shellcheck disable=SC2086 # words
		capture guest-ls $words -a "$NAMES" /
		[ "$status" = 2 ]
		[ -z "$out" ]
		[ "$(tail -n 1 err)" = "Try 'guest-ls --help' for more information." ]
	done
	for words in '-lR --csv' -0 '-lR -h' --uids; do
		# shellcheck disable=SC2086 # words
		capture guest-ls --json $words -a "$NAMES" /
		[ "$status" = 2 ]
		[ -z "$out" ]
		[ "$err_lines" = 1 ]
	done
}

@test "--json tells all of each file" {
	requires jq
	guest-ls --json -a "$NAMES" /special >out
	[ "$(jq -r .schema out)" = guestutils.ls.v1 ]
	[ "$(jq -r '.entries[].path' out | sed 's,^/special/,,')" = "$(guest-ls -a "$NAMES" /special)" ]
	[ "$(jq -c '.entries[] | select(.path == "/special/null") | [.type, .rdev, .user, .uid]' out)" = \
		'["char","1:3","root",0]' ]
	guest-ls --json -a "$NAMES" /links /modes >out
	[ "$(jq -r '.entries[] | select(.path == "/links/out") | .type + .target' out)" = \
		symlink../../../../../../etc/hostname ]
	[ "$(jq -c '.entries[] | select(.path == "/modes/big-id") | [.uid, .gid, .user, .mtime]' out)" = \
		'[3000000000,4000000000,null,"2021-03-04T05:06:07.000000000Z"]' ]
}

@test "--json lists what the form of output would" {
	requires jq
	local form
	for form in -l -R -lR; do
		guest-ls --json "$form" -a "$NAMES" /tree | jq -r '.entries[].path' | sort >"json$form"
	done
	guest-ls -a "$NAMES" /tree | sed 's,^,/tree/,' | diff - json-l
	guest-ls -R -a "$NAMES" /tree | sed 's,^,/tree,' | sort | diff - json-R
	guest-ls -lR -a "$NAMES" /tree | sed 's,^[^/]*,,' | sort | diff - json-lR
	[ "$(guest-ls --json -l -a "$NAMES" /links/relative | jq -r '.entries[] | .type + .path')" = \
		file/links/relative ]
	[ -n "$(guest-ls --json --checksum -a "$NAMES" /etc | jq -r '.entries[].checksum // empty')" ]
}

@test "--json loses no name" {
	requires jq
	guest-ls --json -a "$NAMES" /names >out
	jq -r '.entries[] | .path_b64 // (.path | @base64)' out | while read -r b64; do
		name=$(printf %s "$b64" | base64 -d; echo .)
		name=${name%.}
		printf '%q\n' "${name#/names/}"
	done | sort | diff - "$NAMES_LIST"
}

@test "--json is whole when something fails" {
	requires jq
	status=0
	guest-ls --json -a "$NAMES" /nosuch /tree /etc/hostname >out 2>err || status=$?
	[ "$status" = 1 ]
	[ "$(jq '.entries | length' out)" = "$(guest-ls -a "$NAMES" /tree | wc -l)" ]
	[ "$(jq -r .errno err)" = $'ENOENT\nENOTDIR' ]
	[ "$(jq -r .path err)" = $'/nosuch\n/etc/hostname' ]
}

@test "on a terminal names are escaped, in a pipe they are not" {
	requires script
	script -qec "guest-ls -a '$NAMES' /names" /dev/null </dev/null | tr -d '\r' >out
	grep -qxF '\x1b[31mred\x1b[0m' out
	grep -qxF 'bad\xffutf8' out
	grep -qxF 'back\\slash' out
	grep -qxF 'new\nline' out
	grep -qxF $'gr\303\266\303\237e' out
	[ "$(grep -c $'\e' out)" = 0 ]
	[ "$(wc -l <out)" = "$(wc -l <"$NAMES_LIST")" ]
	while IFS= read -r line; do
		name=$(printf '%b.' "$line")
		printf '%q\n' "${name%.}"
	done <out | sort | diff - "$NAMES_LIST"
}

@test "a full disk ends it with one line" {
	status=0
	guest-ls -lR -a "$NAMES" /many /tree >/dev/full 2>err || status=$?
	[ "$status" = 1 ]
	[ "$(cat err)" = "guest-ls: write error: No space left on device" ]
}
