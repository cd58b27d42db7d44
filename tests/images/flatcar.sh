#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# A phony Flatcar: no fstab, /usr on one of two partitions of which one is for the next update.
#   flatcar.img   GPT: sda1 /usr of version 1.9.0; sda2 /usr of 1.10.0; sda3 the root, host
#                 flatcar.example.org

# shellcheck source-path=SCRIPTDIR source=common.sh
. "$(dirname "$0")/common.sh"
need sfdisk

for version in 1.9.0 1.10.0; do
    usr=$scratch/usr-$version
    mkdir -p "$usr"/{bin,lib,sbin,local,share/coreos}
    printf 'ID=flatcar\nID_LIKE=coreos\nVERSION_ID=%s\nPRETTY_NAME="Phony Flatcar %s"\n' \
        "$version" "$version" >"$usr/lib/os-release"
    printf '#!/bin/sh\n' >"$usr/bin/true"
    make_ext ext4 "$scratch/$version.img" 16 "$usr" -L "USR-$version"
done
root=$scratch/root
mkdir -p "$root"/{etc/flatcar,root,home,usr,var/log}
ln -s usr/bin "$root/bin"
echo GROUP=stable >"$root/etc/flatcar/update.conf"
echo flatcar.example.org >"$root/etc/hostname"
ln -s ../usr/lib/os-release "$root/etc/os-release"
make_ext ext4 "$scratch/root.img" 16 "$root" -L ROOT
new_disk flatcar.img 64 <<EOS
label: gpt
start=1MiB, size=16MiB, type=5DFBF5F4-2848-4BAC-AA5E-0D9A20B745A6
start=17MiB, size=16MiB, type=5DFBF5F4-2848-4BAC-AA5E-0D9A20B745A6
start=33MiB, size=16MiB, type=L
EOS
put "$scratch/1.9.0.img" flatcar.img 1
put "$scratch/1.10.0.img" flatcar.img 17
put "$scratch/root.img" flatcar.img 33
