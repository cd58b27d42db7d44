#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck disable=SC2016,SC2094,SC2154
# guest-edit dies, or its disk fails, at each point of its way: the file is the old or the new one.

load lib/common
load lib/images

NEW='hello, moon, and more than there was before'

setup_file()
{
	local place=$BATS_FILE_TMPDIR/qemu
	warm_cache
	# Beside the program, for qemu may look nowhere else.
	mkdir -p "$place/bin" "$place/lib"
	cp "$TOP_BUILDDIR/tests/helpers/fail-write.so" "$place/lib"
	# A tool with sanitizers has libraries of its own: they are not for qemu.
	printf '#!/bin/sh\nLD_PRELOAD=%s exec %s "$@"\n' "$place/lib/fail-write.so" \
		"$(command -v qemu-system-x86_64)" >"$place/bin/qemu"
	chmod +x "$place/bin/qemu"
	mkdir -m 700 "$BATS_FILE_TMPDIR/cache"
	cp -p "$GUESTUTILS_CACHE/kvm-verdict" "$BATS_FILE_TMPDIR/cache" 2>/dev/null || :
	SOUND_CACHE=$GUESTUTILS_CACHE
	export SOUND_CACHE
}

# edit IMAGE: with the failing qemu.
edit()
{
	FAIL_WRITE_INODE=$(stat -c %i "$1") GUESTUTILS_QEMU=$BATS_FILE_TMPDIR/qemu/bin/qemu \
		GUESTUTILS_CACHE=$BATS_FILE_TMPDIR/cache \
		guest-edit -v --format="${format:-raw}" -a "$1" -m /dev/sda \
		-e 's/world/moon, and more than there was before/' /hello.txt 2>words
}

# The number of calls that an edit of the image makes.
count()
{
	FAIL_WRITE_AT=0 edit "$1"
	sed -n 's/.*fail-write: \([0-9]*\) calls.*/\1/p' words
}

# checked IMAGE: its own checker finds nothing but what a crash leaves, and then nothing at all.
checked()
{
	case $fs in
	ext*)
		local status=0
		if [ "${format:-raw}" = qcow2 ]; then
			qemu-img check -q -f qcow2 "$1" >check 2>&1 || status=$?
			[ "$status" = 0 ] || [ "$status" = 3 ] || return # 3: leaked clusters only
			status=0
			qemu-img convert -q -f qcow2 -O raw "$1" flat || return
		else
			cp --no-preserve=mode --sparse=always "$1" flat
		fi
		e2fsck -p flat >check 2>&1 || status=$?
		[ "$status" -le 1 ] || return
		e2fsck -fn flat >check 2>&1
		;;
	esac
}

# crash_at HOW N: one edit that goes wrong there, on a fresh copy; what is left of it is judged.
crash_at()
{
	local status=0 content
	cp --no-preserve=mode --sparse=always "$image" copy
	FAIL_WRITE_AT=$2 FAIL_WRITE_HOW=$1 edit copy || status=$?
	qemu_gone 5 || { echo "$1 at $2: qemu goes on"; return 1; }
	content=$(GUESTUTILS_CACHE=$SOUND_CACHE guest-cat --format="${format:-raw}" -a copy -m /dev/sda /hello.txt 2>read-words) || :
	if [ "$content" != "hello, world" ] && [ "$content" != "$NEW" ]; then
		echo "$1 at $2 of $calls: status $status, the file is '$content'"
		cat read-words words
		return 1
	fi
	if [ "$status" = 0 ] && [ "$content" != "$NEW" ]; then
		echo "$1 at $2 of $calls: done, it says, and is not"
		return 1
	fi
	if [ "$status" != 0 ] && [ "$1" != tool ] && ! grep -q '^guest-edit: copy: cannot ' words; then
		echo "$1 at $2 of $calls: no clear line"
		cat words
		return 1
	fi
	if ! checked copy; then
		echo "$1 at $2 of $calls: the file system is damaged"
		cat check
		return 1
	fi
	[ "$content" = "$NEW" ] && new=$((new + 1)) || old=$((old + 1))
}

# crash_over POINTS: that many, over all calls, with all kinds in turn.
crash_over()
{
	local kinds=(kill eio tool enospc) i old=0 new=0
	# btrfs wants its superblock of 4 KiB to be written whole or not at all.
	[ "$fs" = btrfs ] || kinds+=(torn)
	cp --no-preserve=mode --sparse=always "$image" counted
	calls=$(count counted)
	[ "$calls" -gt 5 ]
	for ((i = 0; i < $1; i++)); do
		crash_at "${kinds[i % ${#kinds[@]}]}" $((1 + i * calls / $1))
	done
	echo "$calls calls: $old old, $new new"
	# Both happen, or the points are all on one side.
	[ "$old" -gt 0 ]
}

@test "ext4 in qcow2: dead or failed at 50 points, the file is old or new, and the image sound" {
	image fs-ext4.img flat
	fs=ext4 format=qcow2 image=$BATS_TEST_TMPDIR/image.qcow2
	qemu-img convert -q -f raw -O qcow2 "$flat" "$image"
	crash_over 50
}

@test "ext4 without a container: the same at 15 points" {
	fs=ext4
	image fs-ext4.img
	crash_over 15
}

@test "xfs: the same at 15 points" {
	fs=xfs
	image fs-xfs.img
	crash_over 15
}

@test "an XFS whose log was not written back is read, and not written to" {
	requires xfs_logprint
	fs=xfs
	image fs-xfs.img
	cp --no-preserve=mode --sparse=always "$image" counted
	calls=$(count counted)
	# Before the last words, which say that it was unmounted. How many writes there are is not the same
	# each time.
	for back in 1 2 3 4; do
		cp --no-preserve=mode --sparse=always "$image" copy
		FAIL_WRITE_AT=$((calls - back)) FAIL_WRITE_HOW=kill edit copy || :
		qemu_gone 5
		xfs_logprint -t copy >log
		! grep -q '<DIRTY>' log || break
	done
	grep -q '<DIRTY>' log
	cp --no-preserve=mode --sparse=always copy before
	content=$(guest-cat -a copy -m /dev/sda /hello.txt)
	[ "$content" = "$NEW" ] || [ "$content" = "hello, world" ]
	capture guest-edit -a copy -m /dev/sda -e 's/moon/mars/' /hello.txt
	[ "$status" = 1 ]
	[[ $err == *"not unmounted cleanly, and its log is not replayed here: start the guest and shut it down"* ]]
	cmp before copy
}

@test "btrfs: the same at 24 points" {
	fs=btrfs
	image fs-btrfs.img
	# All of them: an fsync of a file without a name was none.
	crash_over 24
}

@test "the image of a host that is full fails at once, not by a machine that stands still" {
	local start=$SECONDS status=0
	fs=ext4
	image fs-ext4.img shared
	cp --no-preserve=mode --sparse=always "$shared" copy
	FAIL_WRITE_AT=1 FAIL_WRITE_HOW=enospc edit copy || status=$?
	[ "$status" = 1 ]
	grep -q 'Input/output error' words
	[ $((SECONDS - start)) -lt 25 ]
}

@test "an interrupted edit leaves the old file or the new, and a clean image" {
	local sig status i
	fs=ext4
	for sig in INT TERM HUP; do
		for i in 0.1 0.3 0.5; do
			image_copy fs-ext4.img
			status=0
			timeout --preserve-status -s "$sig" "$i" guest-edit -a "$image" -m /dev/sda \
				-e 's/world/moon/' /hello.txt 2>words || status=$?
			qemu_gone 5
			[[ $(guest-cat -a "$image" -m /dev/sda /hello.txt) == "hello, "@(world|moon) ]]
			checked "$image"
			[ "$(guest-ls -a "$image" -m /dev/sda / | grep -c guestutils)" = 0 ]
		done
	done
}

@test "one line of Debian changes a few blocks of the image" {
	image_copy debian.qcow2
	qemu-img convert -O raw "$image" before
	guest-edit -a "$image" -e 's/^/# edited\n/ if $lineno == 1' /etc/fstab
	qemu-img convert -O raw "$image" after
	local clusters
	clusters=$(python3 - <<-'END'
		n = 0
		with open("before", "rb") as a, open("after", "rb") as b:
		    while True:
		        x, y = a.read(65536), b.read(65536)
		        if not x and not y:
		            break
		        n += x != y
		print(n)
	END
	)
	echo "$clusters clusters of 64 KiB"
	# Superblock, group descriptors, two bitmaps, two of the inode table (old and new), the folder,
	# the data, and the journal, which is written from its start on.
	[ "$clusters" -le 12 ]
}
