#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck disable=SC2016,SC2030,SC2031,SC2034,SC2154
# guest-doctor: what it finds on a machine where all is well, and where it is not.

load lib/common

setup_file()
{
	within 300 guest-doctor --warm >/dev/null
}

checks=(qemu appliance cache space memory kvm template launch sandbox)

# doctor [OPTION]...: runs it; $out, $err and $status as capture leaves them.
doctor()
{
	capture guest-doctor "$@"
	printf 'status %s\n%s\n%s\n' "$status" "$out" "$err"
}

# says STATUS ID REGEX: the check's line.
says()
{
	local line
	line=$(grep -E "^(PASS|WARN|FAIL)  $2: " <<<"$out")
	[[ $line =~ ^$1\ \ $2:\ .*$3 ]]
}

# all_there: one line for each check, in order, and under each that is not PASS two more.
all_there()
{
	local ids
	ids=$(sed -nE 's/^(PASS|WARN|FAIL)  ([a-z]+): .*/\2/p' <<<"$out")
	[ "$ids" = "$(printf '%s\n' "${checks[@]}")" ]
	[ "$(grep -cE '^(WARN|FAIL)  ' <<<"$out")" = "$(grep -c '^      cause: .' <<<"$out")" ]
	[ "$(grep -cE '^(WARN|FAIL)  ' <<<"$out")" = "$(grep -c '^      try: .' <<<"$out")" ]
	[[ $(tail -n 1 <<<"$out") == "Guest tools "*" here: "*" passed, "*" failed." ]]
}

# appliance_copy: one of the test's own in the folder "appliance".
appliance_copy()
{
	cp -r --sparse=always "${GUESTUTILS_APPLIANCE:-$TOP_BUILDDIR/appliance/out}" appliance
	chmod -R u+w appliance
}

@test "where all is well, no check fails and the status is 0" {
	doctor
	[ "$status" = 0 ]
	[ -z "$err" ]
	all_there
	says PASS qemu "/qemu-system-x86_64, version [0-9]"
	says PASS appliance "Linux [0-9].*SHA-256 as in the manifest"
	says PASS cache "mode 0700, writable"
	says PASS space "MiB free"
	says PASS template "made 20[0-9-]+ [0-9:]+ of qemu .* hashes right"
	says PASS launch "ready after [0-9]+ ms \((kvm|tcg)\); made ext4, wrote 5 MiB, read them back"
	[[ $out == *"Guest tools work here: "*" 0 failed."* ]]
}

@test "--json is one object with the same checks" {
	requires jq
	doctor --json
	[ "$status" = 0 ]
	[ "$(jq -r .schema out)" = guestutils.doctor.v1 ]
	[ "$(jq .ok out)" = true ]
	[ "$(jq -r '.checks[].id' out)" = "$(printf '%s\n' "${checks[@]}")" ]
	[ "$(jq '[.checks[] | select(.message == "" or .message == null)] | length' out)" = 0 ]
	[ "$(jq '[.checks[] | select(.status != "pass" and (.cause == null or .help == null))] | length' out)" = 0 ]
	[ "$(jq '.checks[] | select(.id == "launch") | .ready_ms' out)" -gt 0 ]
	jq -e '.checks[] | select(.id == "sandbox") | .seccomp' out
}

@test "-v tells the steps on stderr, and the output stays the same" {
	doctor -v --accel=tcg
	[ "$status" = 0 ]
	all_there
	[[ $err == *"ready (tcg, template restored)"* ]]
	[[ $err == *"making a file system"* ]]
}

@test "--no-template boots, and --accel=tcg leaves KVM alone" {
	doctor --no-template --accel=tcg
	[ "$status" = 0 ]
	all_there
	says PASS kvm "not used"
	says PASS template "not used"
	says PASS launch "\(tcg\)"
}

@test "a qemu that is not there fails, and what can do without is checked" {
	GUESTUTILS_QEMU=/nonexistent/qemu doctor
	[ "$status" = 1 ]
	all_there
	says FAIL qemu ""
	[[ $out == *"cause: "*"/nonexistent/qemu"* ]]
	says PASS appliance ""
	says PASS cache ""
	says PASS space ""
	says WARN launch "not tried"
	[[ $out == *"Guest tools do not work here"* ]]
}

@test "no qemu in PATH: the command that installs it" {
	local tool
	tool=$(command -v guest-doctor)
	mkdir empty
	unset GUESTUTILS_QEMU
	capture env PATH="$PWD/empty" "$tool"
	echo "$out"
	[ "$status" = 1 ]
	says FAIL qemu "not found"
	[[ $out == *"try: "*install*qemu* || $out == *"try: "*" qemu-system-x86"* ]]
}

@test "a program that is no qemu is not taken for one" {
	GUESTUTILS_QEMU=$(type -P true) doctor
	[ "$status" = 1 ]
	says FAIL qemu "no machine of type microvm"
}

@test "a qemu without a sandbox is refused" {
	printf '#!/bin/sh\ncase $1 in -sandbox) echo "no option group" >&2; exit 1; esac\necho version 9.9\n' >qemu
	chmod +x qemu
	GUESTUTILS_QEMU=$PWD/qemu doctor
	[ "$status" = 1 ]
	says FAIL qemu "cannot be confined"
	[[ $out == *"no option group"* ]]
}

@test "no appliance" {
	doctor --appliance /nonexistent
	[ "$status" = 1 ]
	all_there
	says PASS qemu ""
	says FAIL appliance ""
	[[ $out == *"cause: "*"/nonexistent"* ]]
	says WARN launch "not tried"
}

@test "an appliance with one byte changed" {
	appliance_copy
	printf '\377' | dd of=appliance/root bs=1 seek=1234567 conv=notrunc status=none
	doctor --appliance appliance
	[ "$status" = 1 ]
	says FAIL appliance damaged
	[[ $out == *"SHA-256"* ]]
	says WARN launch "not tried"
}

@test "an appliance of another version is told from a damaged one" {
	new_cache
	appliance_copy
	sed -i 's/"version": "[^"]*"/"version": "0.0.0-test"/' appliance/manifest.json
	doctor --appliance appliance --accel=tcg
	[ "$status" = 0 ]
	says WARN appliance "0.0.0-test"
	says PASS template "made now in [0-9.]+ s"
	says PASS launch ""
}

@test "an empty cache folder: the template is made, and how long it took is said" {
	new_cache
	doctor --accel=tcg
	[ "$status" = 0 ]
	says PASS template "made now in [0-9.]+ s"
	doctor --accel=tcg
	says PASS template "made 20"
}

@test "a damaged template is made anew, with a warning" {
	new_cache
	guest-doctor --warm --accel=tcg
	printf '\377' | dd of="$(echo "$GUESTUTILS_CACHE"/template-*/state)" bs=1 seek=9000 conv=notrunc status=none
	doctor --accel=tcg
	[ "$status" = 0 ]
	says WARN template "made now"
	[[ $out == *"cause: the template is damaged"* ]]
	doctor --accel=tcg
	says PASS template ""
}

@test "a cache folder that others can write to: chmod 700" {
	new_cache
	chmod 777 "$GUESTUTILS_CACHE"
	doctor --accel=tcg
	[ "$status" = 0 ]
	all_there
	says WARN cache "cannot be used"
	[[ $out == *"try: chmod 700 $GUESTUTILS_CACHE"* ]]
	says PASS launch ""
}

@test "a cache folder that can only be read" {
	user_setup
	export GUESTUTILS_CACHE=$user_dir/cache
	as_user mkdir -m 500 "$GUESTUTILS_CACHE"
	capture as_user guest-doctor --accel=tcg
	chmod 700 "$GUESTUTILS_CACHE"
	echo "$out"
	[ "$status" = 0 ]
	says WARN cache "can only be read"
	says WARN template "each run boots"
	says PASS launch ""
}

@test "no HOME and no user's name" {
	user_setup
	[ "$(id -u)" = 0 ] || skip "only root can become a user without a home"
	AS_UID=54321
	capture as_user env -u HOME -u XDG_CACHE_HOME -u GUESTUTILS_CACHE guest-doctor --accel=tcg
	echo "$out$err"
	[ "$status" = 0 ]
	all_there
	says WARN cache ""
	[[ $out == *GUESTUTILS_CACHE* ]]
	says PASS launch ""
}

@test "an ordinary user: what is needed for /dev/kvm is said" {
	user_setup
	[ -e /dev/kvm ] || skip "no /dev/kvm here"
	as_user test -w /dev/kvm && skip "/dev/kvm is open to all"
	export HOME=$user_dir
	unset GUESTUTILS_CACHE XDG_CACHE_HOME
	capture as_user guest-doctor
	echo "$out"
	[ "$status" = 0 ]
	says WARN kvm "cannot be used"
	[[ $out == *"cause: "*"Permission denied"* ]]
	[[ $out == *usermod* || $out == *setfacl* || $out == *group-add* ]]
	says PASS launch ""
}

@test "no /dev/kvm" {
	requires unshare
	unshare -rm true 2>/dev/null || skip "no mount namespaces here, to hide it in"
	[ -e /dev/kvm ] || doctor
	[ ! -e /dev/kvm ] || capture unshare -rm sh -ec '
		mkdir dev
		mount -t tmpfs none dev
		for i in null zero random urandom; do touch dev/$i; mount --bind /dev/$i dev/$i; done
		mount --rbind dev /dev
		exec guest-doctor'
	echo "$out$err"
	[ "$status" = 0 ]
	says WARN kvm "no /dev/kvm"
}

@test "--accel=kvm where KVM cannot be had fails" {
	doctor
	says WARN kvm "" || skip "KVM works here"
	doctor --accel=kvm
	[ "$status" = 1 ]
	all_there
	says FAIL kvm "--accel=kvm"
	says WARN launch "not tried"
}

@test "--retry-kvm tries again" {
	[ -w /dev/kvm ] || skip "no /dev/kvm here, or it may not be used"
	new_cache
	doctor --retry-kvm -v
	[[ $err == *"trying KVM"*"launching"*"looking at the template"* ]]
	[ -s "$GUESTUTILS_CACHE/kvm-verdict" ]
}

@test "too little address space" {
	[ -z "${ASAN_OPTIONS:-}" ] || skip "the sanitizers reserve more than there may be"
	capture bash -c 'ulimit -v 1000000; exec guest-doctor --accel=tcg'
	echo "$out"
	[ "$status" = 1 ]
	all_there
	says WARN memory "address space"
	says FAIL launch ""
}

@test "--warm makes the template and says nothing" {
	new_cache
	doctor --warm
	[ "$status" = 0 ]
	[ -z "$out$err" ]
	[ "$(echo "$GUESTUTILS_CACHE"/template-*/state | wc -w)" = 1 ]
	[ -s "$(echo "$GUESTUTILS_CACHE"/template-*/state)" ]
	doctor --warm -v
	[ "$status" = 0 ]
	[ -n "$err" ]
}

@test "--warm that cannot: one line, status 1" {
	fails_with "/nonexistent" guest-doctor --warm --appliance /nonexistent
}

@test "a wrong command line: status 2, and nothing is done" {
	for word in --nonsense operand --accel=hvf "--warm --no-template" "--retry-kvm --accel=tcg"; do
		# shellcheck disable=SC2086 # several words
		doctor $word
		[ "$status" = 2 ]
		[ -z "$out" ]
		[[ $err == "guest-doctor: "*"--help"* ]]
	done
}

@test "a full disk and a closed stdout are noticed" {
	capture sh -c 'guest-doctor >/dev/full'
	[ "$status" = 1 ]
	[[ $err == *"write error"* ]]
	capture sh -c 'guest-doctor <&- >&-'
	[ "$status" = 1 ]
	[[ $err == *"write error"* ]]
}

@test "SIGINT ends it at once, and qemu with it" {
	local pid
	env --default-signal guest-doctor --accel=tcg --no-template >out 2>err &
	pid=$!
	wait_for 20 qemu_runs
	kill -INT "$pid"
	status=0
	wait "$pid" || status=$?
	[ "$status" = 130 ]
	qemu_gone 2
}

qemu_runs()
{
	[ -n "$(our_qemu)" ]
}
