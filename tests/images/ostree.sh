#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# A phony system in an ostree layout: the root of the file system is none of a system; the
# deployment that boots is.
#   ostree.img            MBR: sda1 /boot ext4 with the boot loader's entries; sda2 ext4 with
#                         two deployments of "phony": the newer boots, host ostree.example.org;
#                         /var is shared by both
#   ostree-rollback.img   the same with both to choose from, and the older one boots by the
#                         entries in /boot: host old.example.org

# shellcheck source-path=SCRIPTDIR source=common.sh
. "$(dirname "$0")/common.sh"
# shellcheck source-path=SCRIPTDIR source=linux.sh
. "$(dirname "$0")/linux.sh"
need sfdisk

top=$scratch/top
new=ostree/deploy/phony/deploy/aaaa000000000000000000000000000000000000000000000000000000000000.0
old=ostree/deploy/phony/deploy/bbbb000000000000000000000000000000000000000000000000000000000000.0
sum=cccc000000000000000000000000000000000000000000000000000000000000

mkdir -p "$top"/{boot,dev,proc,sys,run,tmp,sysroot} "$top/ostree/repo/objects" \
    "$top/ostree/deploy/phony"/{deploy,var/log} "$top/ostree/boot.1.1/phony/$sum"
for deployment in "$new:40:ostree.example.org" "$old:39:old.example.org"; do
    IFS=: read -r path version host <<<"$deployment"
    linux_tree "$top/$path" fedora "$version" "$host" <<EOS
LABEL=root / ext4 defaults 0 1
LABEL=boot /boot ext4 defaults 0 2
EOS
    rm -rf "${top:?}/$path"/{boot,var}
    mkdir "$top/$path"/{boot,var,sysroot}
done
echo 'shared by all deployments' >"$top/ostree/deploy/phony/var/log/shared.txt"
ln -s boot.1.1 "$top/ostree/boot.1"
ln -s "../../../${new#ostree/}" "$top/ostree/boot.1.1/phony/$sum/0"
echo '[core]' >"$top/ostree/repo/config"

boot=$scratch/boot
mkdir -p "$boot/loader.1/entries" "$boot/ostree/phony-$sum"
ln -s loader.1 "$boot/loader"
echo 'not a kernel' | tee "$boot/ostree/phony-$sum/vmlinuz-1.0" >/dev/null
cat >"$boot/loader/entries/ostree-1-phony.conf" <<EOS
title Phony 40
version 1
linux /ostree/phony-$sum/vmlinuz-1.0
options root=LABEL=root rw ostree=/ostree/boot.1/phony/$sum/0
EOS

# disk NAME
disk()
{
    make_ext ext4 "$scratch/boot.img" 16 "$boot" -L boot
    make_ext ext4 "$scratch/root.img" 32 "$top" -L root
    new_disk "$1" 64 <<EOS
label: dos
start=1MiB, size=16MiB, type=83, bootable
start=17MiB, size=32MiB, type=83
EOS
    put "$scratch/boot.img" "$1" 1
    put "$scratch/root.img" "$1" 17
}

disk ostree.img
ln -sfn "../../../${old#ostree/}" "$top/ostree/boot.1.1/phony/$sum/0"
ln -s "../../../${new#ostree/}" "$top/ostree/boot.1.1/phony/$sum/1"
sed -e 's/^version.*/version 2/' "$boot/loader/entries/ostree-1-phony.conf" \
    >"$boot/loader/entries/ostree-2-phony.conf"
sed -i -e 's,/0$,/1,' "$boot/loader/entries/ostree-1-phony.conf"
disk ostree-rollback.img
