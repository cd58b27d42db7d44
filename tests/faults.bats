#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck disable=SC2016,SC2030,SC2031,SC2034,SC2154
# What goes wrong ends in one clear line and status 1, within bounds, with nothing left
# behind (the teardown in lib/common looks for that).

load lib/common
load lib/images

setup_file()
{
	image phony-linux.img LINUX
	image big.img BIG
	export LINUX BIG
	warm_cache
}

# start_reading: guest-cat of 512 MiB, which is held up in the middle by a pipe that is not
# read: $pid is its process, $qemu that of qemu, and descriptor 8 the pipe.
start_reading()
{
	mkfifo pipe
	env --default-signal guest-cat -a "$BIG" /big/file >pipe 2>err &
	pid=$!
	exec 8<pipe
	[ "$(head -c 1000000 <&8 | wc -c)" = 1000000 ]
	qemu=$(our_qemu)
	[ -n "$qemu" ]
}

# ended [SECONDS]: waits for it; $status and $err as capture leaves them. Within 10 seconds, or
# as said, else it is killed.
ended()
{
	status=0
	( sleep "${1:-10}" && kill -KILL "$pid" ) 2>/dev/null 3>&- &
	local watch=$!
	wait "$pid" || status=$?
	pkill -P "$watch" || :
	kill "$watch" 2>/dev/null || :
	err=$(cat err)
	err_lines=$(wc -l <err)
}

# ---- images

@test "no such image" {
	fails_with "nosuch.img.*No such file or directory" guest-cat -a nosuch.img /etc/hostname
}

@test "an image that is a folder" {
	mkdir folder
	fails_with "folder.*(directory|folder)" guest-cat -a folder /etc/hostname
}

@test "an image that may not be read" {
	user_setup
	user_image phony-linux.img
	chmod 000 "$image"
	capture as_user guest-cat -a "$image" /etc/hostname
	says_once 1 "phony-linux.img.*Permission denied"
}

@test "an empty file" {
	: >empty.img
	fails_with "empty.img" guest-cat -a empty.img /etc/hostname
}

@test "random bytes" {
	image random.img
	fails_with "random.img" guest-cat -a "$image" /etc/hostname
}

@test "a disk of zeroes" {
	image zero.img
	fails_with "zero.img" guest-cat -a "$image" /etc/hostname
}

@test "a truncated qcow2" {
	image truncated.qcow2
	capture guest-cat -a "$image" /etc/hostname
	echo "status $status, $err"
	# What is in its first half can be read; that is not to be a crash.
	[ "$status" -le 1 ]
	[ "$status" = 0 ] || says_once 1 "truncated.qcow2"
}

@test "a qcow2 of a header only" {
	image header-only.qcow2
	fails_with "header-only.qcow2" guest-cat -a "$image" /etc/hostname
}

@test "a partition table with wrong checksums" {
	image bad-gpt.img
	fails_with "bad-gpt.img" guest-cat -a "$image" /etc/hostname
}

# refused IMAGE REGEX: it is not opened, and nothing of /etc/passwd comes out in any way.
refused()
{
	image "$1"
	fails_with "$2" guest-cat -a "$image" /etc/hostname
	fails_with "$2" guest-cat -m /dev/sda -a "$image" /
	run ! grep -q "root:x:0:0" out err
}

@test "a qcow2 that names /etc/passwd as its backing file is refused" {
	refused backing-passwd.qcow2 "backing-passwd.qcow2.*/etc/passwd"
}

@test "a qcow2 that names /etc/passwd as its data file is refused" {
	refused datafile-passwd.qcow2 "datafile-passwd.qcow2.*/etc/passwd"
}

@test "a qcow2 with json: as its backing file is refused" {
	refused backing-json.qcow2 "backing-json.qcow2.*json:"
}

@test "a qcow2 with a network address as its backing file is refused" {
	refused backing-nbd.qcow2 "backing-nbd.qcow2.*nbd:"
}

@test "a qcow2 whose backing file is missing" {
	image backing-missing.qcow2
	fails_with "missing.qcow2.*No such file or directory" guest-cat -a "$image" /etc/hostname
}

@test "a qcow2 that is its own backing file" {
	image backing-loop.qcow2
	fails_with "backing-loop.qcow2" guest-cat -a "$image" /etc/hostname
}

@test "a vmdk whose extent is /etc/passwd is refused" {
	refused extent-passwd.vmdk "extent-passwd.vmdk.*/etc/passwd"
}

@test "an image in use by a running qemu is read, with a warning" {
	local io
	requires qemu-io
	image_copy phony-linux.img
	mkfifo commands
	qemu-io -f raw "$image" <commands >/dev/null 2>&1 &
	io=$!
	exec 7>commands
	wait_for 10 grep -q ":$(stat -c %i "$image") " /proc/locks
	capture guest-cat -a "$image" /etc/hostname
	exec 7>&-
	wait "$io"
	echo "$err"
	[ "$status" = 0 ]
	[ "$out" = phony-linux.example.org ]
	says_once 0 "warning: .*(in use|is used|locked)"
}

# ---- paths in the guest

@test "a path that fails does not hide the others" {
	capture guest-cat -a "$LINUX" /nosuch /etc/hostname /etc
	echo "$err"
	[ "$status" = 1 ]
	[ "$out" = phony-linux.example.org ]
	[ "$err_lines" = 2 ]
	[[ $err == *"cannot read '/nosuch': No such file or directory"* ]]
	[[ $err == *"'/etc'"* ]]
}

# ---- qemu and the appliance

@test "qemu is not installed" {
	mkdir empty
	capture env PATH="$PWD/empty" "$TOP_BUILDDIR/tools/cat/guest-cat" -a "$LINUX" /etc/hostname
	says_once 1 "qemu-system-x86_64.*guest-doctor"
}

@test "qemu is not where GUESTUTILS_QEMU says" {
	GUESTUTILS_QEMU=/nonexistent/qemu fails_with "/nonexistent/qemu.*guest-doctor" \
		guest-cat -a "$LINUX" /etc/hostname
}

@test "a qemu that cannot be run" {
	echo "not a program" >qemu-system-x86_64
	GUESTUTILS_QEMU=$PWD/qemu-system-x86_64 fails_with "qemu-system-x86_64" \
		guest-cat --no-template --accel=tcg -a "$LINUX" /etc/hostname
	chmod +x qemu-system-x86_64
	GUESTUTILS_QEMU=$PWD/qemu-system-x86_64 fails_with "qemu-system-x86_64" \
		guest-cat --no-template --accel=tcg -a "$LINUX" /etc/hostname
}

@test "a qemu that ends at once: its words are in the line" {
	printf '#!/bin/sh\necho no such machine here >&2\nexit 3\n' >qemu-system-x86_64
	chmod +x qemu-system-x86_64
	new_cache
	GUESTUTILS_QEMU=$PWD/qemu-system-x86_64 fails_with "no such machine here" \
		guest-cat --accel=tcg -a "$LINUX" /etc/hostname
}

@test "no appliance" {
	GUESTUTILS_APPLIANCE=/nonexistent fails_with "/nonexistent.*guest-doctor" \
		guest-cat -a "$LINUX" /etc/hostname
}

@test "an appliance with a truncated root" {
	cp -r --sparse=always "${GUESTUTILS_APPLIANCE:-$TOP_BUILDDIR/appliance/out}" bad
	truncate -s 10M bad/root
	fails_with "'bad'.*root" guest-cat --appliance bad -a "$LINUX" /etc/hostname
}

@test "qemu is killed in the middle of a read" {
	start_reading
	kill -KILL "$qemu"
	cat <&8 >/dev/null
	ended
	echo "$err"
	says_once 1 "qemu was killed by signal 9"
}

@test "qemu is killed while it starts" {
	local n=0 delay
	for delay in 0.01 0.03 0.05 0.08 0.12; do
		guest-cat -a "$LINUX" /etc/hostname >out 2>err &
		pid=$!
		sleep "$delay"
		qemu=$(our_qemu)
		[ -z "$qemu" ] || kill -KILL "$qemu" || qemu=
		ended
		echo "after $delay s: status $status, $err"
		if [ "$status" = 0 ]; then
			[ "$(cat out)" = phony-linux.example.org ]
		else
			says_once 1 "."
			n=$((n + 1))
		fi
	done
	echo "$n of them died"
}

# crash HOW: guestd dies in that way, in the middle of a call.
crash()
{
	capture "$TOP_BUILDDIR/tests/helpers/vm-session" crash "$1"
	echo "$err"
}

@test "the appliance's kernel panics" {
	crash panic
	says_once 1 "kernel panicked: " vm-session
}

@test "guestd ends" {
	crash exit
	says_once 1 "appliance|guestd|kernel panicked" vm-session
}

@test "guestd spins: that is noticed by what it does not do" {
	TEST_TIMEOUT=300
	crash hang
	says_once 1 "no sign of life" vm-session
}

@test "qemu stands still in the middle of a read: that is noticed, in bounds" {
	start_reading
	kill -STOP "$qemu"
	cat <&8 >/dev/null &
	ended 60
	echo "$err"
	says_once 1 "stands still"
}

# ---- the ends of the tool

@test "stdout is closed" {
	status=0
	within 60 guest-cat -a "$LINUX" /etc/hostname >&- 2>err || status=$?
	err=$(cat err) err_lines=$(wc -l <err)
	says_once 1 "write error: Bad file descriptor"
}

@test "stdout is full" {
	requires guest-ls
	for command in "guest-cat -a $LINUX /etc/hostname" "guest-cat -a $BIG /big/file" \
		"guest-ls -lR -a $LINUX /" "guest-cat --help" "guest-ls --version"; do
		status=0
		# shellcheck disable=SC2086 # words
		within 60 $command >/dev/full 2>err || status=$?
		err=$(cat err) err_lines=$(wc -l <err)
		says_once 1 "write error: No space left on device" "${command%% *}"
	done
}

@test "the reader of stdout goes away" {
	start_reading
	exec 8<&-
	ended
	echo "status $status: $err"
	# As other tools: it dies of SIGPIPE without words, or says so.
	[ "$status" = 141 ] || says_once 1 "write error: Broken pipe"
}

@test "SIGINT and SIGTERM in the middle: it dies of the signal, at once and silently" {
	local signal
	for signal in INT:130 TERM:143 HUP:129; do
		rm -f pipe
		start_reading
		kill -"${signal%:*}" "$pid"
		ended
		exec 8<&-
		echo "$signal: status $status: $err"
		[ "$status" = "${signal#*:}" ]
		[ -z "$err" ]
		qemu_gone 1
	done
}

@test "SIGINT while the appliance boots" {
	env --default-signal guest-cat --no-template -a "$LINUX" /etc/hostname >out 2>err &
	pid=$!
	sleep 1
	kill -INT "$pid"
	ended
	echo "status $status: $err"
	[ "$status" = 130 ]
	[ -z "$err" ]
}

@test "SIGKILL: qemu is gone within a second" {
	start_reading
	kill -KILL "$pid"
	ended
	exec 8<&-
	[ "$status" = 137 ]
	qemu_gone 1
}

@test "SIGKILL while the appliance boots: qemu is gone within a second" {
	guest-cat --no-template -a "$LINUX" /etc/hostname >out 2>err &
	pid=$!
	sleep 1
	kill -KILL "$pid"
	ended
	[ "$status" = 137 ]
	qemu_gone 1
}

@test "64 runs at once on one image all succeed" {
	local i n=64 pids=()
	# 100 MiB for each; a machine with less memory does what it can.
	local mib
	mib=$(awk '/^MemAvailable/ { print int($2 / 1024) }' /proc/meminfo)
	[ "$mib" -gt 8000 ] || n=$((mib / 125))
	for ((i = 0; i < n; i++)); do
		within 240 guest-cat -a "$LINUX" /etc/hostname >"out.$i" 2>"err.$i" &
		pids+=($!)
	done
	for i in "${pids[@]}"; do
		wait "$i"
	done
	cat err.*
	[ "$(cat out.* | sort | uniq -c | tr -s ' ')" = " $n phony-linux.example.org" ]
	[ -z "$(cat err.*)" ]
}

@test "the image's bytes are the same after all that" {
	local before after
	image_copy phony-linux.img
	before=$(sha256sum <"$image")
	capture guest-cat -a "$image" /etc/hostname
	[ "$status" = 0 ]
	after=$(sha256sum <"$image")
	[ "$before" = "$after" ]
}
