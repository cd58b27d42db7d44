#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# A phony system whose fstab binds folders to folders, and leaves some lines to others.
#   binds.img   GPT: sda1 the root, host binds.example.org; sda2 data, bound in parts;
#               sda3 swap

# shellcheck source-path=SCRIPTDIR source=common.sh
. "$(dirname "$0")/common.sh"
# shellcheck source-path=SCRIPTDIR source=linux.sh
. "$(dirname "$0")/linux.sh"
need sfdisk mkswap

linux_tree "$scratch/root" debian 12 binds.example.org <<EOS
LABEL=root / ext4 defaults 0 1
LABEL=data /data ext4 defaults 0 2
/data/srv /srv none bind 0 0
/data/../../data/srv /opt none defaults,rbind 0 0
/nowhere /mnt none bind 0 0
LABEL=data /left ext4 noauto 0 0
/dev/sda3 none swap sw 0 0
EOS
mkdir -p "$scratch/root"/{data,srv,opt,mnt,left} "$scratch/data/srv"
echo 'bound' >"$scratch/data/srv/file.txt"
make_ext ext4 "$scratch/root.img" 32 "$scratch/root" -L root -U "$(uuid 1)"
make_ext ext4 "$scratch/data.img" 16 "$scratch/data" -L data -U "$(uuid 2)"
make_swap "$scratch/swap.img" 8 3
new_disk binds.img 64 <<EOS
label: gpt
start=1MiB, size=32MiB, type=L
start=33MiB, size=16MiB, type=L
start=49MiB, size=8MiB, type=S
EOS
put "$scratch/root.img" binds.img 1
put "$scratch/data.img" binds.img 33
put "$scratch/swap.img" binds.img 49
