#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
# The same output as the tools whose place ours take, byte for byte, where these are installed.
# Where ours differ on purpose (the manuals' DIFFERENCES), that is not compared here.

# shellcheck disable=SC2154 # image and image_file set variables, as does run
bats_require_minimum_version 1.5.0
load lib/common
load lib/images

setup_file()
{
	export LIBGUESTFS_BACKEND=direct LIBGUESTFS_BACKEND_SETTINGS=force_tcg
	export LIBGUESTFS_CACHEDIR=$BATS_FILE_TMPDIR LIBGUESTFS_TMPDIR=$BATS_FILE_TMPDIR
}

# same PEER OURS ARGUMENT...: both print the same.
same()
{
	local peer=$1 ours=$2
	shift 2
	"$peer" "$@" >"$BATS_TEST_TMPDIR/peer"
	"$ours" "$@" >"$BATS_TEST_TMPDIR/ours"
	cmp "$BATS_TEST_TMPDIR/peer" "$BATS_TEST_TMPDIR/ours"
}

@test "guest-cat prints what virt-cat does" {
	requires virt-cat
	image debian.qcow2
	same virt-cat guest-cat -a "$image" /etc/os-release /etc/passwd /usr/bin/perl
}

@test "guest-cat reads a dirty journal as virt-cat does" {
	requires virt-cat
	image dirty-journal.img
	same virt-cat guest-cat -a "$image" -m /dev/sda /journal.txt
}

@test "guest-ls lists what virt-ls does" {
	requires virt-ls
	image debian.qcow2
	same virt-ls guest-ls -a "$image" /etc /usr/bin
}

@test "guest-ls -R lists what virt-ls -R does" {
	requires virt-ls
	image debian.qcow2
	same virt-ls guest-ls -R -a "$image" /etc
}

@test "guest-ls -lR with everything lists what virt-ls does" {
	requires virt-ls
	image debian.qcow2
	same virt-ls guest-ls -lR --uids --time-t --checksum=sha256 -a "$image" /etc
	same virt-ls guest-ls -lR --csv --times -a "$image" /var
}

@test "guest-ls -lR finds the difficult names as virt-ls does" {
	requires virt-ls
	image names.img
	same virt-ls guest-ls -lR -h -a "$image" -m /dev/sda /names /modes
}
