# SPDX-License-Identifier: GPL-2.0-or-later
# What all bats files share; load with "load lib/common".
# shellcheck shell=bash
#
# Where the tools come from: TOP_BUILDDIR, else build/ or this folder, whichever was
# built. They are in PATH. All tests of a run share one cache folder, so that the template
# is made once; a test that wants another sets GUESTUTILS_CACHE.
#
# A file that has its own setup or teardown calls common_setup and common_teardown in it.
# The teardown fails a test that has left a qemu running or a temporary file behind.

bats_require_minimum_version 1.5.0
export LC_ALL=C TZ=UTC

TOP_SRCDIR=$(cd "${BASH_SOURCE[0]%/*}/../.." && pwd)
if [ -z "${TOP_BUILDDIR:-}" ]; then
	TOP_BUILDDIR=$TOP_SRCDIR/build
	[ -x "$TOP_BUILDDIR/tools/cat/guest-cat" ] || TOP_BUILDDIR=$TOP_SRCDIR
fi
export TOP_SRCDIR TOP_BUILDDIR
for _dir in "$TOP_BUILDDIR"/tools/*/; do
	PATH=${_dir%/}:$PATH
done
# mke2fs, debugfs, e2fsck: a user's PATH may not have their folder.
PATH=$PATH:/usr/sbin:/sbin
export PATH

: "${GUESTUTILS_CACHE:=$TOP_BUILDDIR/tests/cache}"
export GUESTUTILS_CACHE

# An exit that is not one of the tool's but of the time limit: no test waits for ever.
: "${TEST_TIMEOUT:=120}"

setup()
{
	common_setup
}

teardown()
{
	common_teardown
}

common_setup()
{
	# In the environment of every process that the test starts: so they are found.
	export GUESTUTILS_TEST_MARK=$$-$BATS_SUITE_TEST_NUMBER-$RANDOM
	export TMPDIR=$BATS_TEST_TMPDIR/tmp
	mkdir -p "$TMPDIR"
	cd "$BATS_TEST_TMPDIR" || return
	[ -z "${IMAGE_MISSING:-}" ] || skip "$IMAGE_MISSING"
}

common_teardown()
{
	local left
	if ! qemu_gone 2; then
		echo "a qemu was left running: $(our_qemu | tr "\n" " ")" >&2
		# shellcheck disable=SC2046 # a list of numbers
		kill -KILL $(our_qemu)
		return 1
	fi
	left=$(find "$BATS_TEST_TMPDIR/tmp" -mindepth 1)
	if [ -n "$left" ]; then
		echo "temporary files were left behind: $left" >&2
		return 1
	fi
}

# our_qemu: the process ids of every qemu that this test has started, whoever its parent is now.
our_qemu()
{
	local file
	grep -lszxF "GUESTUTILS_TEST_MARK=$GUESTUTILS_TEST_MARK" /proc/[0-9]*/environ |
	while read -r file; do
		case $(readlink "${file%/environ}/exe") in
		*/qemu-system-*) file=${file#/proc/}; echo "${file%/environ}" ;;
		esac
	done
}

# qemu_gone SECONDS: waits until none is left; fails if that takes longer.
qemu_gone()
{
	local end=$((SECONDS + $1 + 1))
	while [ -n "$(our_qemu)" ]; do
		[ "$SECONDS" -lt "$end" ] || return 1
		sleep 0.05
	done
}

# wait_for SECONDS COMMAND...: until the command succeeds.
wait_for()
{
	local end=$((SECONDS + $1))
	shift
	until "$@"; do
		[ "$SECONDS" -lt "$end" ] || return 1
		sleep 0.05
	done
}

# requires COMMAND...: skips the test where one is not installed.
requires()
{
	local command
	for command; do
		command -v "$command" >/dev/null || skip "$command is not installed"
	done
}

# within SECONDS [as_user] COMMAND...: not longer; else it is killed and the status is 124.
within()
{
	if [ "$2" = as_user ]; then
		as_user timeout -k 5 "$1" "${@:3}"
	else
		timeout -k 5 "$@"
	fi
}

# capture COMMAND...: runs it with a time limit; its status, what it wrote to stdout ($out)
# and to stderr ($err; $err_lines of them) are left for the test to look at. Data with NUL
# bytes is in the files out and err.
capture()
{
	status=0
	within "$TEST_TIMEOUT" "$@" >out 2>err || status=$?
	out=$(tr -d '\0' <out)
	err=$(tr -d '\0' <err)
	err_lines=$(wc -l <err)
	: "$status" "$out" "$err_lines"
}

# fails_with REGEX COMMAND...: it ends with status 1, nothing on stdout, and one line on
# stderr, which starts with the command's name and matches.
fails_with()
{
	local words=$1
	shift
	capture "$@"
	says_once 1 "$words" "${1##*/}"
	[ -z "$out" ]
}

# says_once STATUS REGEX [NAME]: what capture found is this status and one line of words.
says_once()
{
	if [ "$status" != "$1" ] || [ "$err_lines" != 1 ] || ! [[ $err =~ $2 ]] ||
		[[ $err != "${3:-guest-cat}: "* ]]; then
		printf 'status %s instead of %s, or not the one line "%s" on stderr:\n%s\n' \
			"$status" "$1" "$2" "$err" >&2
		return 1
	fi
}

# golden NAME: the standard input is what tests/golden/NAME holds; UPDATE=1 writes it there.
golden()
{
	local file=$TOP_SRCDIR/tests/golden/$1
	if [ -n "${UPDATE:-}" ]; then
		mkdir -p "${file%/*}"
		cat >"$file"
	else
		diff -u "$file" -
	fi
}

# as_user COMMAND...: as a user who owns nothing here and has no home, if this is root;
# else as it is. Skips the test if such a user cannot even reach the tools.
as_user()
{
	if [ "$(id -u)" != 0 ]; then
		"$@"
	else
		setpriv --reuid="${AS_UID:-65534}" --regid="${AS_UID:-65534}" --clear-groups -- "$@"
	fi
}

# user_setup: what as_user needs, in a folder that anyone can reach: copies of the tools and
# of the appliance (this folder may be below /root), a folder $user_dir to write to.
user_setup()
{
	local appliance=${GUESTUTILS_APPLIANCE:-$TOP_BUILDDIR/appliance/out}
	user_dir=$BATS_TEST_TMPDIR/user
	mkdir -p "$user_dir"
	if [ "$(id -u)" = 0 ]; then
		requires setpriv
		chmod a+rx "$BATS_TEST_TMPDIR" "${BATS_TEST_TMPDIR%/*}" "$BATS_RUN_TMPDIR"
		as_user test -x "$BATS_TEST_TMPDIR" || skip "$BATS_TEST_TMPDIR is closed to other users"
		mkdir "$BATS_TEST_TMPDIR/bin"
		cp "$TOP_BUILDDIR"/tools/*/guest-* "$BATS_TEST_TMPDIR/bin"
		cp -r --sparse=always "$appliance" "$BATS_TEST_TMPDIR/appliance"
		chmod -R a+rX "$BATS_TEST_TMPDIR/appliance"
		chown "${AS_UID:-65534}" "$user_dir"
		PATH=$BATS_TEST_TMPDIR/bin:$PATH
		export GUESTUTILS_APPLIANCE=$BATS_TEST_TMPDIR/appliance
		chmod 1777 "$TMPDIR"
	fi
}

# user_image NAME: a copy of a test image that as_user can read; its path is in $image.
user_image()
{
	local shared
	image "$1" shared
	image=$user_dir/$1
	cp --sparse=always --reflink=auto "$shared" "$image"
	chmod 644 "$image"
}

# new_cache [NAME]: an empty cache folder for this test, that knows the shared one's verdict
# on KVM, for the proof takes seconds.
new_cache()
{
	local shared=$GUESTUTILS_CACHE
	export GUESTUTILS_CACHE=$BATS_TEST_TMPDIR/${1:-cache}
	mkdir -m 700 "$GUESTUTILS_CACHE"
	cp -p "$shared/kvm-verdict" "$GUESTUTILS_CACHE" 2>/dev/null || :
}

# warm_cache: makes the shared template, if need be.
warm_cache()
{
	local image
	image phony-linux.img
	within 300 guest-cat -a "$image" /etc/hostname >/dev/null
}

# copy_cache: a cache folder for this test with a copy of the shared template; $template is its folder.
copy_cache()
{
	local shared=$GUESTUTILS_CACHE
	warm_cache
	export GUESTUTILS_CACHE=$BATS_TEST_TMPDIR/cache
	# The newest one: older versions may have left theirs.
	template=$(find "$shared" -maxdepth 1 -name 'template-*' -printf '%T@ %f\n' | sort -n | sed -n '$s/.* //p')
	mkdir -m 700 "$GUESTUTILS_CACHE"
	cp -a --sparse=always --reflink=auto "$shared/$template" "$GUESTUTILS_CACHE"
	cp -p "$shared/kvm-verdict" "$GUESTUTILS_CACHE" 2>/dev/null || :
	template=$GUESTUTILS_CACHE/$template
}
