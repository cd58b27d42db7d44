# SPDX-License-Identifier: GPL-2.0-or-later
# Functions shared by the scripts that make test images.  Sourced by them,
# never run.  Nothing in here needs root: no mounts, no loop devices.
# shellcheck shell=bash

set -euo pipefail
export LC_ALL=C TZ=UTC
PATH=$PATH:/usr/sbin:/sbin
umask 022

# One moment for every file and every file system that is made, so that an
# image has the same content each time it is built: 2021-03-04 05:06:07 UTC.
EPOCH=1614834367
export E2FSPROGS_FAKE_TIME=$EPOCH SOURCE_DATE_EPOCH=$EPOCH

# A folder for intermediate files, removed at the end.  The script's own
# working folder holds what is to be kept, and only that.
scratch=$(mktemp -d "${TMPDIR:-/tmp}/guestutils-image.XXXXXXXX")
trap 'rm -rf "$scratch"' EXIT

die()
{
    printf '%s: %s\n' "${0##*/}" "$*" >&2
    exit 1
}

# need COMMAND...: give up as "skipped" if one of them is not installed.
need()
{
    local command
    for command; do
        command -v "$command" >/dev/null && continue
        printf '%s: %s is not installed\n' "${0##*/}" "$command" >&2
        exit 77
    done
}

# fix_times TREE: set the modification time of everything in it.
fix_times()
{
    find "$1" -depth -exec touch -h -d "@$EPOCH" {} +
}

# uuid N: a fixed UUID that is easy to tell from the others in a listing.
uuid()
{
    printf '%08d-1111-4222-8333-444444444444\n' "$1"
}

# new_file FILE MIB: an empty sparse file.
new_file()
{
    rm -f "$1"
    truncate -s "${2}M" "$1"
}

# put FILE DISK MIB: copy a partition's content to its place in a disk.
put()
{
    dd if="$1" of="$2" bs=1M seek="$3" conv=notrunc,sparse status=none
}

# new_disk DISK MIB: a disk with the partition table that sfdisk reads
# from the standard input.
new_disk()
{
    new_file "$1" "$2"
    sfdisk -q "$1"
}

# make_ext TYPE FILE MIB TREE [mke2fs option...]: an ext file system holding a
# folder.  All is owned by root, but what lies below home/user or user.
make_ext()
{
    local type=$1 file=$2 mib=$3 tree=$4
    shift 4
    need mke2fs fakeroot
    fix_times "$tree"
    new_file "$file" "$mib"
    # shellcheck disable=SC2016
    fakeroot sh -ec '
        tree=$1
        shift
        for home in "$tree/home/user" "$tree/user"; do
            if [ -d "$home" ]; then
                chown -hR 1000:1000 "$home"
            fi
        done
        if [ -f "$tree/etc/shadow" ]; then
            chown 0:42 "$tree/etc/shadow"
        fi
        exec mke2fs -q -F -d "$tree" "$@"' sh \
        "$tree" -t "$type" -E "hash_seed=$(uuid 99)" "$@" "$file"
}

# make_swap FILE MIB N: a swap area with the UUID number N.
make_swap()
{
    new_file "$1" "$2"
    mkswap -q -U "$(uuid "$3")" "$1" >/dev/null
}

# in_image IMAGE <REQUESTS: run debugfs's requests on an ext file system.
# debugfs reports failures in words only: anything but its banner and the echo
# of a request is one.
in_image()
{
    debugfs -w -f /dev/stdin "$1" >"$scratch/debugfs" 2>&1 || true
    if grep -v -e '^debugfs' -e '^$' -e '^Allocated inode' \
        "$scratch/debugfs" >&2; then
        die "debugfs failed on $1"
    fi
}
