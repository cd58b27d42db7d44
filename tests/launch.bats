#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck disable=SC2012,SC2016,SC2030,SC2031,SC2034,SC2154
# How the appliance comes up: template, cold boot, cache folder, accelerator, sandbox.

load lib/common
load lib/images

setup_file()
{
	image phony-linux.img LINUX
	export LINUX
	warm_cache
}

# hostname [OPTION]...: the usual small job, with -v. That it is done right is part of each test.
hostname_verbose()
{
	capture guest-cat -v "$@" -a "$LINUX" /etc/hostname
	if [ "$status" != 0 ] || [ "$out" != phony-linux.example.org ]; then
		printf 'status %s, stdout %s, stderr:\n%s\n' "$status" "$out" "$err" >&2
		return 1
	fi
}

@test "a second run restores the template and does not boot" {
	hostname_verbose
	[[ $err == *"template restored"* ]]
	[[ $err != *"making the template"* ]]
}

@test "without -v a run says nothing" {
	capture guest-cat -a "$LINUX" /etc/hostname
	[ "$status" = 0 ]
	[ -z "$err" ]
}

@test "--no-template boots, with the same result" {
	hostname_verbose --no-template
	[[ $err == *booted* ]]
	[[ $err != *"template restored"* ]]
}

@test "ten first runs at once make one template" {
	local i pids=() made
	new_cache
	for ((i = 0; i < 10; i++)); do
		within 240 guest-cat -v -a "$LINUX" /etc/hostname >"out.$i" 2>"err.$i" &
		pids+=($!)
	done
	for i in "${pids[@]}"; do
		wait "$i"
	done
	[ "$(cat out.* | sort | uniq -c | tr -s ' ')" = " 10 phony-linux.example.org" ]
	made=$(cat err.* | grep -c "made the template in")
	echo "templates made: $made"
	[ "$made" = 1 ]
	[ "$(ls -d "$GUESTUTILS_CACHE"/template-* | wc -l)" = 1 ]
	[ -z "$(find "$GUESTUTILS_CACHE" -name 'making-*')" ]
}

@test "the template is the user's alone" {
	local file
	[ "$(stat -c %a "$GUESTUTILS_CACHE")" = 700 ]
	for file in "$GUESTUTILS_CACHE"/template-*/*; do
		[ "$(stat -c %a "$file")" = 600 ]
	done
}

@test "kill -9 at any moment of making the template: the next run works" {
	local delay pid
	new_cache
	for delay in 0.02 0.3 1.$((RANDOM % 10)) 3.$((RANDOM % 10)) 5.$((RANDOM % 10)); do
		guest-cat -a "$LINUX" /etc/hostname >/dev/null 2>&1 &
		pid=$!
		sleep "$delay"
		kill -KILL "$pid" || break # it was done before that
		wait "$pid" || :
		qemu_gone 1
	done
	hostname_verbose
	[ -z "$(find "$GUESTUTILS_CACHE" -name 'making-*' -o -name '*.tmp')" ]
	hostname_verbose
	[[ $err == *"template restored"* ]]
}

# damage_noticed: after the damage that a test has done, the job is done, -v says why it took
# longer, and the run after that has a good template again.
damage_noticed()
{
	hostname_verbose
	[[ $err == *template* ]]
	[[ $err == *"made the template in"* || $err == *"made anew"* ]]
	hostname_verbose
	[[ $err == *"template restored"* ]]
	[[ $err != *"anew"* ]]
}

# flip FILE OFFSET: changes one bit.
flip()
{
	local byte
	byte=$(od -An -tu1 -j "$2" -N 1 "$1")
	# shellcheck disable=SC2059 # the byte is the format
	printf "\\x$(printf %x $((byte ^ 1)))" | dd of="$1" bs=1 seek="$2" conv=notrunc status=none
}

@test "a template with truncated memory is made anew" {
	copy_cache
	truncate -s 100M "$template/ram"
	damage_noticed
}

@test "a template with one bit of its memory flipped is made anew" {
	copy_cache
	flip "$template/ram" $((16 * 1024 * 1024 + 12345))
	damage_noticed
}

@test "a template with a bit set where its memory was zero is made anew" {
	local at
	copy_cache
	# The end of the first hole, as the file system keeps it: all zeroes before the flip.
	at=$(python3 - "$template/ram" <<'EOS'
import os, sys
fd = os.open(sys.argv[1], os.O_RDONLY)
print(os.lseek(fd, 64 << 20, os.SEEK_HOLE) + 100)
EOS
	)
	[ "$at" -lt "$(stat -c %s "$template/ram")" ]
	flip "$template/ram" "$at"
	damage_noticed
}

@test "a template with a truncated device state is made anew" {
	copy_cache
	truncate -s 1000 "$template/state"
	damage_noticed
}

@test "a template with one bit of its device state flipped is made anew" {
	copy_cache
	flip "$template/state" 20000
	damage_noticed
}

@test "a template without its meta.json is made anew" {
	copy_cache
	rm "$template/meta.json"
	damage_noticed
}

@test "a template with nonsense for a meta.json is made anew" {
	copy_cache
	echo '{"format": 1, "seed": "zz"}' >"$template/meta.json"
	damage_noticed
}

@test "a template that is an empty folder is made anew" {
	copy_cache
	rm "$template"/*
	damage_noticed
}

@test "a cache folder that is not there is made" {
	export GUESTUTILS_CACHE=$BATS_TEST_TMPDIR/new/folders/cache
	hostname_verbose
	[[ $err == *"made the template in"* ]]
	[ "$(stat -c %a "$GUESTUTILS_CACHE")" = 700 ]
}

@test "a cache folder of another owner is not used" {
	if [ "$(id -u)" = 0 ]; then
		new_cache
		chown 65534 "$GUESTUTILS_CACHE"
	else
		export GUESTUTILS_CACHE=/usr
	fi
	hostname_verbose
	[[ $err == *"belongs to another user"* ]]
	[[ $err == *booted* ]]
	[ -z "$(find "$GUESTUTILS_CACHE" -maxdepth 1 -name 'template-*')" ]
}

@test "a cache folder that others can write to is not used" {
	new_cache
	chmod 777 "$GUESTUTILS_CACHE"
	hostname_verbose
	[[ $err == *"others can write to it"* ]]
	[[ $err == *booted* ]]
}

@test "a cache folder that is a file is not used" {
	export GUESTUTILS_CACHE=$BATS_TEST_TMPDIR/file
	echo something >"$GUESTUTILS_CACHE"
	hostname_verbose
	[[ $err == *"Not a directory"* ]]
	[[ $err == *booted* ]]
	[ "$(cat "$GUESTUTILS_CACHE")" = something ]
}

@test "a read-only cache folder means to boot" {
	user_setup
	user_image phony-linux.img
	export GUESTUTILS_CACHE=$user_dir/cache
	as_user mkdir -m 500 "$GUESTUTILS_CACHE"
	capture as_user guest-cat -v -a "$image" /etc/hostname
	chmod 700 "$GUESTUTILS_CACHE"
	echo "$err"
	[ "$status" = 0 ]
	[ "$out" = phony-linux.example.org ]
	[[ $err == *"Permission denied"* ]]
	[[ $err == *booted* ]]
}

@test "a read-only cache folder with a template in it serves" {
	user_setup
	user_image phony-linux.img
	export GUESTUTILS_CACHE=$user_dir/cache
	as_user mkdir -m 700 "$GUESTUTILS_CACHE"
	capture as_user guest-cat -a "$image" /etc/hostname
	[ "$status" = 0 ]
	chmod 500 "$GUESTUTILS_CACHE"
	capture as_user guest-cat -v -a "$image" /etc/hostname
	chmod 700 "$GUESTUTILS_CACHE"
	echo "$err"
	[ "$status" = 0 ]
	[[ $err == *"template restored"* ]]
}

@test "a full cache folder means to boot" {
	requires unshare
	unshare -rm true 2>/dev/null || skip "no mount namespaces here, to have a small file system in"
	mkdir small
	capture unshare -rm sh -ec '
		mount -t tmpfs -o size=64m,mode=700 none small
		GUESTUTILS_CACHE=$PWD/small/cache exec guest-cat -v -a "$1" /etc/hostname' sh "$LINUX"
	echo "$err"
	[ "$status" = 0 ]
	[ "$out" = phony-linux.example.org ]
	[[ $err == *"MiB free"* ]]
	[[ $err == *booted* ]]
}

@test "a cache folder in which no large file can be made means to boot" {
	new_cache
	# The limit is of 64 MiB; its signal is ignored, as a shell's ulimit is used in cron jobs.
	capture bash -c 'trap "" XFSZ; ulimit -f 65536; exec guest-cat -v -a "$1" /etc/hostname' bash "$LINUX"
	echo "$err"
	[ "$status" = 0 ]
	[ "$out" = phony-linux.example.org ]
	[[ $err == *"File too large"* ]]
	[[ $err == *booted* ]]
	[ -z "$(find "$GUESTUTILS_CACHE" -name 'making-*' -o -name 'template-*')" ]
}

@test "no HOME and no user's name: the job is done all the same" {
	user_setup
	user_image phony-linux.img
	[ "$(id -u)" = 0 ] || skip "only root can become a user without a home"
	AS_UID=54321
	capture as_user env -u HOME -u XDG_CACHE_HOME -u GUESTUTILS_CACHE guest-cat -v -a "$image" /etc/hostname
	echo "$err"
	[ "$status" = 0 ]
	[ "$out" = phony-linux.example.org ]
	[[ $err == *"HOME is not set"* ]]
}

@test "a HOME that cannot be written to: the job is done all the same" {
	user_setup
	user_image phony-linux.img
	[ "$(id -u)" = 0 ] || mkdir -m 500 home
	capture as_user env -u XDG_CACHE_HOME -u GUESTUTILS_CACHE HOME="$([ -d home ] && echo "$PWD/home" || echo /nonexistent)" \
		guest-cat -v -a "$image" /etc/hostname
	echo "$err"
	[ "$status" = 0 ]
	[ "$out" = phony-linux.example.org ]
	[[ $err == *"cannot use the cache folder"* ]]
}

@test "an ordinary user needs no root for anything" {
	user_setup
	user_image phony-linux.img
	export HOME=$user_dir
	unset GUESTUTILS_CACHE XDG_CACHE_HOME
	capture as_user guest-cat -v -a "$image" /etc/hostname
	echo "$err"
	[ "$status" = 0 ]
	[ "$out" = phony-linux.example.org ]
	[ -d "$user_dir"/.cache/guestutils ]
}

@test "a template of another appliance is not used; old ones go away" {
	local version
	copy_cache
	cp -r --sparse=always "${GUESTUTILS_APPLIANCE:-$TOP_BUILDDIR/appliance/out}" other
	for version in another third; do
		sed -i 's/"version": "[^"]*"/"version": "'"$version"'"/' other/manifest.json
		hostname_verbose --appliance other
		[[ $err == *"made the template in"* ]]
	done
	# The last two are kept.
	[ ! -d "$template" ]
	[ "$(ls -d "$GUESTUTILS_CACHE"/template-* | wc -l)" = 2 ]
}

@test "--accel=tcg is taken at its word" {
	hostname_verbose --accel=tcg
	[[ $err == *"tcg, as asked"* ]]
}

@test "KVM is tried once, and what came of it is remembered" {
	local first
	[ -w /dev/kvm ] || skip "no /dev/kvm here, or it may not be used"
	new_cache
	rm -f "$GUESTUTILS_CACHE/kvm-verdict"
	hostname_verbose
	[[ $err == *"was not tried yet"* ]]
	first=$(cat "$GUESTUTILS_CACHE/kvm-verdict")
	[ -n "$first" ]
	hostname_verbose
	[[ $err != *"was not tried yet"* ]]
	[ "$(cat "$GUESTUTILS_CACHE/kvm-verdict")" = "$first" ]
}

@test "qemu is confined: seccomp, no new privileges, no name of the image" {
	local pid qemu
	image big.img
	mkfifo pipe
	guest-cat -a "$image" /big/file >pipe 2>err &
	pid=$!
	exec 8<pipe
	head -c 1000000 <&8 >/dev/null
	qemu=$(our_qemu)
	grep '^Seccomp\|^NoNewPrivs' "/proc/$qemu/status"
	grep -q '^Seccomp:[[:space:]]*2' "/proc/$qemu/status"
	grep -q '^NoNewPrivs:[[:space:]]*1' "/proc/$qemu/status"
	# No file grows past 1 GiB, the overlay in memory among them.
	grep -q '^Max file size *1073741824 *1073741824' "/proc/$qemu/limits"
	run ! grep -aq big.img "/proc/$qemu/cmdline"
	# The image's descriptor is open for reading only.
	ls -l "/proc/$qemu/fd"
	[ "$(find "/proc/$qemu/fd" -lname '*/big.img' -printf '%m\n' | sort -u)" = 500 ]
	kill "$pid"
	exec 8<&-
	wait "$pid" || :
}

@test "two runs never make the same UUID" {
	local a b
	truncate -s 16M disk.img
	a=$(within 120 "$TOP_BUILDDIR/tests/helpers/vm-session" mkfs disk.img)
	b=$(within 120 "$TOP_BUILDDIR/tests/helpers/vm-session" mkfs disk.img)
	echo "$a $b"
	[[ $a =~ ^[0-9a-f-]{36}$ && $b =~ ^[0-9a-f-]{36}$ ]]
	[ "$a" != "$b" ]
}

@test "the appliance's clock is the host's after a restore" {
	truncate -s 16M disk.img
	within 120 "$TOP_BUILDDIR/tests/helpers/vm-session" mkfs disk.img
	[ "$(within 120 "$TOP_BUILDDIR/tests/helpers/vm-session" clock disk.img)" -le 2 ]
}

@test "a disk that was written is whole and clean afterwards" {
	requires e2fsck
	truncate -s 16M disk.img
	within 120 "$TOP_BUILDDIR/tests/helpers/vm-session" mkfs disk.img
	within 120 "$TOP_BUILDDIR/tests/helpers/vm-session" clock disk.img
	e2fsck -fn disk.img
}

@test "twelve disks: those beyond the slots are plugged in" {
	local args=() i
	for ((i = 0; i < 11; i++)); do
		args+=(-a /dev/null)
	done
	capture guest-cat "${args[@]}" -a "$LINUX" -m /dev/sdl2 /etc/hostname
	echo "$err"
	[ "$status" = 0 ]
	[ "$out" = phony-linux.example.org ]
}
