#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# many-deb.img, many-rpm.img: very small guests with 10,000 packages.

# shellcheck source-path=SCRIPTDIR source=common.sh
. "$(dirname "$0")/common.sh"
# shellcheck source=linux.sh
. "$(dirname "$0")/linux.sh"
need python3 mke2fs fakeroot sfdisk

kind=${1:?}
tree=$scratch/tree
mkdir "$tree"
case $kind in
deb)
    linux_tree "$tree" debian 12 many-deb <<<'/dev/sda1 / ext4 defaults 0 1'
    db=$tree/var/lib/dpkg/status
    ;;
rpm)
    linux_tree "$tree" fedora 40 many-rpm <<<'/dev/sda1 / ext4 defaults 0 1'
    mkdir -p "$tree/var/lib/rpm"
    db=$tree/var/lib/rpm/rpmdb.sqlite
    ;;
esac
python3 "$(dirname "$0")/many.py" "$kind" 10000 "$db"
make_ext ext4 "$scratch/root.img" 78 "$tree" -L "many-$kind" -U "$(uuid 1)"
new_disk "many-$kind.img" 80 <<<'start=1MiB, type=83'
put "$scratch/root.img" "many-$kind.img" 1
