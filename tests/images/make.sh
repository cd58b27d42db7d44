#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Make a disk image for the tests, unless it is in the cache, and print its
# path.  No root needed, nothing is mounted.
#
#   make.sh NAME [CACHE]    an image of the table below
#   make.sh --all [CACHE]   all of them
#   make.sh --list          their names
#
# CACHE is $GUESTUTILS_TEST_CACHE, else ~/.cache/guestutils-tests.  An image is
# made again when one of the scripts that make it has changed.  The images are
# shared by all tests: write to a copy only.
#
# Exit status: 0 done, 1 failed, 77 something it needs is not to be had.

set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)

# The script, its argument ("-": none), the images; the lines with one script
# and argument are made together.  What is no image (checksums, a vmdk's data)
# lies beside them.
table='
debian.sh     -                 debian.qcow2 debian.raw
details.sh    -                 details.img
boot.sh       -                 boot-bios.qcow2 boot-gpt.qcow2 boot-efi.qcow2
boot.sh       -                 boot-lvm.qcow2
debian.sh     11                debian-11.qcow2
debian.sh     13                debian-13.qcow2
rpm-bdb.sh    -                 rpm-bdb.img
fs.sh         ext2              fs-ext2.img
fs.sh         ext3              fs-ext3.img
fs.sh         ext4              fs-ext4.img
fs.sh         xfs               fs-xfs.img
fs.sh         btrfs             fs-btrfs.img
fs.sh         vfat              fs-vfat.img
fs.sh         ntfs              fs-ntfs.img
fs.sh         f2fs              fs-f2fs.img
fs.sh         squashfs          fs-squashfs.img
fs.sh         iso9660           fs-iso9660.img
fs.sh         erofs             fs-erofs.img
partitions.sh phony-linux       phony-linux.img
partitions.sh mbr-logical       mbr-logical.img
partitions.sh mbr-logical-label mbr-logical-label.img
partitions.sh mbr-logical-sda   mbr-logical-sda.img
partitions.sh mbr-logical-vda   mbr-logical-vda.img
partitions.sh mbr-logical-mixed mbr-logical-mixed.img
partitions.sh mbr-partuuid      mbr-partuuid.img
partitions.sh gpt-partuuid      gpt-partuuid.img
partitions.sh gpt-partlabel     gpt-partlabel.img
partitions.sh gpt-nvme          gpt-nvme.img
partitions.sh gpt-missing       gpt-missing.img
partitions.sh whole-disk        whole-disk.img
several.sh    -                 two-roots.img medium.img no-os.img no-fs.img
windows.sh    mbr               windows-mbr.img
windows.sh    gpt               windows-gpt.img
windows.sh    bitlocker         windows-bitlocker.img
cirros.sh     -                 cirros.img
lvm.sh        one               lvm.img
lvm.sh        two               lvm-2disks-a.img lvm-2disks-b.img
lvm.sh        whole             lvm-whole.img
lvm-types.sh  types             lvm-types.img
lvm-types.sh  thin              lvm-thin.img
lvm-types.sh  other             lvm-thin-other.img
btrfs-disks.sh -               btrfs-disks-a.img btrfs-disks-b.img
md.sh         levels            md-levels.img
md.sh         raid1             md-raid1-a.img md-raid1-b.img
md.sh         raid5             md-raid5-a.img md-raid5-b.img md-raid5-c.img
md.sh         parted            md-parted-a.img md-parted-b.img
btrfs-subvol.sh btrfs-subvol   btrfs-subvol.img
btrfs-subvol.sh btrfs-subvolid btrfs-subvolid.img
btrfs-snapshots.sh -            btrfs-snapshots.img
ostree.sh     -                 ostree.img ostree-rollback.img
binds.sh      -                 binds.img
flatcar.sh    -                 flatcar.img
many.sh       deb               many-deb.img
many.sh       rpm               many-rpm.img
packages.sh   sqlite            rpm-sqlite.img
packages.sh   wal               rpm-wal.img
packages.sh   ndb               rpm-ndb.img
packages.sh   arch              arch.img
packages.sh   alpine            alpine.img
packages.sh   gentoo            gentoo.img
packages.sh   void              void.img
packages.sh   pardus            pardus.img
packages.sh   mixed             mixed.img
packages.sh   hostile           apps-hostile.img
luks.sh       -                 luks1.img luks2.img luks-argon2id.img luks-lvm.img
luks.sh       -                 lvm-luks.img luks-data.img luks-damaged.img
luks.sh       -                 luks-huge.img bitlocker.img
formats.sh    -                 base.raw base.qcow2 base-v2.qcow2
formats.sh    -                 base-compressed.qcow2 overlay.qcow2
formats.sh    -                 overlay-nofmt.qcow2 chain-1.qcow2 chain-2.qcow2
formats.sh    -                 chain-3.qcow2 base.vmdk base-stream.vmdk
formats.sh    -                 base-flat.vmdk base.vdi base.vhdx base.vpc
formats.sh    -                 base-fixed.vpc
names.sh      -                 names.img
sizes.sh      -                 sizes.img
big.sh        -                 big.img
journal.sh    -                 dirty-journal.img
logs.sh       -                 logs.img
logs.sh       peer              peer-logs.img
logs.sh       many              many-logs.img
hostile-guest.sh -              hostile-size.img hostile-fstab.img
hostile-guest.sh -              hostile-links.img hostile-strings.img
hostile-guest.sh -              hostile-database.img hostile-devices.img
hostile-storage.sh - hostile-lvm-self.img hostile-lvm-many.img
hostile-storage.sh - hostile-lvm-huge.img hostile-lvm-cycle.img signatures.img
hostile.sh    -                 empty.img random.img zero.img short.img
hostile.sh    -                 truncated.qcow2 header-only.qcow2
hostile.sh    -                 backing-passwd.qcow2 backing-missing.qcow2
hostile.sh    -                 backing-loop.qcow2 backing-json.qcow2
hostile.sh    -                 backing-nbd.qcow2 datafile-passwd.qcow2
hostile.sh    -                 extent-passwd.vmdk huge.qcow2 bad-gpt.img
'

die()
{
    printf 'make.sh: %s\n' "$*" >&2
    exit 1
}

default_cache()
{
    local dir=${HOME:-}/.cache/guestutils-tests
    if [ -n "${GUESTUTILS_TEST_CACHE:-}" ]; then
        echo "$GUESTUTILS_TEST_CACHE"
    elif [ -n "${HOME:-}" ] && mkdir -p "$dir" 2>/dev/null && [ -w "$dir" ]
    then
        echo "$dir"
    else
        dir=/tmp/guestutils-tests-$UID
        [ -d "$dir" ] || mkdir -m 700 "$dir"
        [ -O "$dir" ] || die "$dir belongs to somebody else"
        echo "$dir"
    fi
}

# key SCRIPT ARGUMENT: changes when what the script makes may change: with
# itself, the common functions and the files of this folder that it names.
key()
{
    local file
    {
        echo "$2"
        cat "$here/common.sh" "$here/$1"
        while read -r file; do
            case $file in
            common.sh | make.sh | packages | "$1") ;;
            *) cat "$here/$file" ;;
            esac
        done < <(cd "$here" && printf '%s\n' * | grep -owFf - "$1" | LC_ALL=C sort -u)
    } | sha256sum | cut -c1-12
}

# build SCRIPT ARGUMENT FOLDER: run the script in a new folder, which takes
# its final name when it is complete.
build()
{
    local unit=${3##*/} dir=$3 new
    unit=${unit%.*}
    (
        flock 9
        [ ! -d "$dir" ] || exit 0
        # What an interrupted run left behind, and versions out of use.
        find "$cache" -maxdepth 1 -type d -name ".$unit.*" -exec rm -rf {} +
        find "$cache" -maxdepth 1 -type d -name "$unit.*" -mtime +30 \
            -exec rm -rf {} +
        new=$(mktemp -d "$cache/.$unit.XXXXXX") || exit
        chmod 755 "$new"
        status=0
        (cd "$new" && "$here/$1" "$2") 9>&- >&2 || status=$?
        if [ "$status" != 0 ]; then
            rm -rf "$new"
            exit "$status"
        fi
        chmod a-w "$new"/*
        mv -T "$new" "$dir"
    ) 9>>"$cache/$unit.lock"
}

# make NAME: print the path of an image.
make()
{
    local script argument images unit dir
    while read -r script argument images; do
        case " $images " in
        *" $1 "*)
            unit=${script%.sh}
            [ "$argument" = - ] || unit+=-$argument
            dir=$cache/$unit.$(key "$script" "$argument")
            [ -d "$dir" ] || build "$script" "$argument" "$dir" || return
            [ -f "$dir/$1" ] || die "$script $argument did not make $1"
            ln -sfn "${dir##*/}/$1" "$cache/$1"
            echo "$dir/$1"
            return
            ;;
        esac
    done <<<"$table"
    die "no image is called '$1' (see --list)"
}

names()
{
    awk '{ for (i = 3; i <= NF; i++) print $i }' <<<"$table"
}

case ${1:-} in
'' | -h | --help)
    sed -n '3,/^$/s/^# \{0,1\}//p' "$0"
    exit
    ;;
--list)
    names
    exit
    ;;
esac

cache=${2:-}
[ -n "$cache" ] || cache=$(default_cache)
mkdir -p "$cache"
cache=$(cd "$cache" && pwd)

if [ "$1" != --all ]; then
    make "$1"
else
    # As many at once as there are processors. What failed counts for more than
    # what cannot be had.
    worst=0 running=0
    ended()
    {
        local status=0
        wait -n || status=$?
        running=$((running - 1))
        [ "$status" = 0 ] || [ "$worst" = 1 ] || worst=$status
    }
    for name in $(names); do
        [ "$running" -lt "$(nproc)" ] || ended
        make "$name" &
        running=$((running + 1))
    done
    while [ "$running" -gt 0 ]; do ended; done
    exit "$worst"
fi
