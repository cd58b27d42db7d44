#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck disable=SC2154
# guest-tail: the last lines, what is added to an image meanwhile, rotation, and the end.

load lib/common
load lib/images

setup_file()
{
	image names.img NAMES
	export NAMES
	warm_cache
}

setup()
{
	common_setup
	tail_pid=
}

teardown()
{
	[ -z "$tail_pid" ] || kill "$tail_pid" 2>/dev/null || true
	common_teardown
}

# guest_writes FILE: what stdin has becomes a file's content, in its inode's place.
guest_writes()
{
	cat >content
	debugfs -w -R "rm $1" mine.img >/dev/null 2>&1
	debugfs -w -R "write content $1" mine.img >/dev/null 2>&1
}

# start ARGUMENT...: follows files of mine.img, into out and err.
start()
{
	[ -e mine.img ] || { cp --sparse=always "$NAMES" mine.img; chmod u+w mine.img; }
	seq 1 20 | guest_writes /log
	# A shell has SIGINT ignored in what runs beside it.
	env --default-signal=INT guest-tail -a mine.img "$@" >out 2>err 3>&- &
	tail_pid=$!
}

# seen FILE REGEX: is it in there?
seen()
{
	grep -q "$2" "$1"
}

# stopped: the tool has ended.
stopped()
{
	! kill -0 "$tail_pid" 2>/dev/null
}

@test "the last ten lines are printed, or as many as are asked for" {
	cp --sparse=always "$NAMES" mine.img
	chmod u+w mine.img
	seq 1 100000 | guest_writes /log
	capture guest-tail --no-follow -q -a mine.img /log
	[ "$status" = 0 ]
	[ "$out" = "$(seq 99991 100000)" ]
	capture guest-tail --no-follow -q -n 50000 -a mine.img /log
	[ "$out" = "$(seq 50001 100000)" ]
	capture guest-tail --no-follow -q -n 0 -a mine.img /log
	[ -z "$out" ]
	capture guest-tail --no-follow -q -n 999999 -a mine.img /log
	[ "$out" = "$(seq 1 100000)" ]
}

@test "each file has its banner" {
	cp --sparse=always "$NAMES" mine.img
	chmod u+w mine.img
	echo one | guest_writes /log
	capture guest-tail --no-follow -a mine.img /log /etc/hostname
	[ "$out" = $'\n\n--- /log ---\n\none\n\n\n--- /etc/hostname ---\n\nnames.example.org' ]
}

@test "what is added to a file is printed" {
	start -q /log
	wait_for 20 seen out '^20$'
	# The same inode: debugfs frees and takes the first free one.
	seq 1 25 | guest_writes /log
	wait_for 20 seen out '^25$'
	[ "$(cat out)" = "$(seq 11 25)" ]
	kill -INT "$tail_pid"
	wait_for 10 stopped
}

@test "a file that is made shorter is printed from its beginning" {
	start -q /log
	wait_for 20 seen out '^20$'
	echo new | guest_writes /log
	wait_for 20 seen out '^new$'
	grep -q "'/log' was made shorter" err
}

@test "a file that is replaced is followed under its name" {
	start -q /log
	wait_for 20 seen out '^20$'
	seq 101 150 >content
	debugfs -w -R "write content /other" mine.img >/dev/null 2>&1
	debugfs -w -f - mine.img >/dev/null 2>&1 <<-'EOS'
		unlink /log
		ln /other /log
	EOS
	wait_for 20 seen out '^150$'
	grep -q "'/log' was replaced" err
	[ "$(sed -n '/^101$/,$p' out)" = "$(seq 101 150)" ]
}

@test "it ends when all files were deleted" {
	start -q /log
	wait_for 20 seen out '^20$'
	debugfs -w -R "rm /log" mine.img >/dev/null 2>&1
	wait_for 20 stopped
	wait "$tail_pid"
	grep -q "'/log' was deleted" err
}

@test "an image that is broken for a moment is looked at again" {
	start -q /log
	wait_for 20 seen out '^20$'
	cp --sparse=always mine.img whole.img
	dd if=/dev/zero of=mine.img bs=4096 count=1 conv=notrunc status=none
	sleep 3
	kill -0 "$tail_pid"
	cat whole.img >mine.img
	seq 1 22 | guest_writes /log
	wait_for 20 seen out '^22$'
	[ "$(cat out)" = "$(seq 11 22)" ]
	[ ! -s err ]
}

@test "none of the files is there: an error for each, and the end" {
	capture guest-tail -a "$NAMES" /nosuch /etc
	[ "$status" = 1 ]
	[ -z "$out" ]
	[ "$err_lines" = 2 ]
	[[ $err == *"cannot read '/nosuch': No such file or directory"* ]]
}

@test "JSON has a line of the file on each line" {
	requires jq
	cp --sparse=always "$NAMES" mine.img
	chmod u+w mine.img
	printf 'one\n\xff\na\0b\nend' | guest_writes /log
	capture guest-tail --no-follow --json -a mine.img /log
	[ "$status" = 0 ]
	[ "$(jq -c . out | wc -l)" = 4 ]
	[ "$(jq -r 'select(.data == "one").file' out)" = /log ]
	jq -es 'all(.schema == "guestutils.tail.v1")' out
	[ "$(jq -sr '.[1].data_b64' out)" = /w== ]
	[ "$(jq -sr '.[2].data' out)" = null ]
	[ "$(jq -sr '.[2].data_b64' out)" = YQBi ]
	[ "$(jq -sr '.[3].data' out)" = end ]
}

@test "SIGINT ends it at once, and it dies of that" {
	start -q /log
	wait_for 20 seen out '^20$'
	sleep 1
	kill -INT "$tail_pid"
	wait_for 5 stopped
	status=0
	wait "$tail_pid" || status=$?
	[ "$status" = 130 ]
}
