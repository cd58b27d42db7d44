# SPDX-License-Identifier: GPL-2.0-or-later
# For disks that need a kernel to be made: arrays, thin volumes, encryption, snapshots.
# Sourced after common.sh by the scripts that make such images.
# shellcheck shell=bash

# in_appliance DISK... <COMMANDS: runs programs of the appliance, one a line, on raw images:
# /dev/sda and on. "copy FROM TO" copies a device (tests/helpers/vm-session.c). There is no
# shell and no mkdir; "mount -o X-mount.mkdir /dev/sda /run/a" makes a place to mount on.
in_appliance()
{
    local top dir
    top=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
    for dir in "${TOP_BUILDDIR:-}" "$top/build-check/gcc" "$top/build" "$top"; do
        [ -x "$dir/tests/helpers/vm-session" ] || continue
        [ -n "${GUESTUTILS_APPLIANCE:-}" ] || [ ! -d "$dir/appliance/out" ] ||
            export GUESTUTILS_APPLIANCE=$dir/appliance/out
        # shellcheck disable=SC2154 # scratch is common.sh's
        "$dir/tests/helpers/vm-session" run "$@" >"$scratch/said" && return
        cat "$scratch/said" >&2
        die "the appliance could not make ${1##*/}"
    done
    echo "${0##*/}: tests/helpers/vm-session is not built" >&2
    exit 77
}
