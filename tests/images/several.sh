#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Disks whose number of guests is not one.
#   two-roots.img   GPT: sda1 a phony debian 12, host debian.example.org;
#                   sda2 a phony fedora 38, host fedora.example.org;
#                   sda3 data, no system
#   medium.img      GPT: sda1 the same debian; sda2 a live medium, Debian 12.1
#   no-os.img       GPT: sda1 ext4 with data.txt, "only data"; sda2 vfat with
#                   the same
#   no-fs.img       GPT: sda1 empty

# shellcheck source-path=SCRIPTDIR source=common.sh
. "$(dirname "$0")/common.sh"
# shellcheck source-path=SCRIPTDIR source=linux.sh
. "$(dirname "$0")/linux.sh"
need sfdisk mkfs.vfat mcopy

mkdir "$scratch/data"
echo 'only data' >"$scratch/data/data.txt"
make_ext ext4 "$scratch/data.img" 16 "$scratch/data" -L data -U "$(uuid 3)"

linux_tree "$scratch/debian" debian 12 debian.example.org <<EOS
UUID=$(uuid 1) / ext4 defaults 0 1
EOS
linux_tree "$scratch/fedora" fedora 38 fedora.example.org <<EOS
UUID=$(uuid 2) / ext4 defaults 0 1
EOS
make_ext ext4 "$scratch/debian.img" 32 "$scratch/debian" -U "$(uuid 1)"
make_ext ext4 "$scratch/fedora.img" 32 "$scratch/fedora" -U "$(uuid 2)"
new_disk two-roots.img 96 <<EOS
label: gpt
label-id: $(uuid 10)
start=1MiB, size=32MiB, type=L, uuid=$(uuid 11)
start=33MiB, size=32MiB, type=L, uuid=$(uuid 12)
start=65MiB, size=16MiB, type=L, uuid=$(uuid 13)
EOS
put "$scratch/debian.img" two-roots.img 1
put "$scratch/fedora.img" two-roots.img 33
put "$scratch/data.img" two-roots.img 65

mkdir -p "$scratch/medium"/{live,.disk}
echo 'not a file system' >"$scratch/medium/live/filesystem.squashfs"
echo 'Debian GNU/Linux 12.1.0 "Bookworm" - Official amd64' >"$scratch/medium/.disk/info"
make_ext ext4 "$scratch/medium.img" 16 "$scratch/medium" -U "$(uuid 4)"
new_disk medium.img 64 <<EOS
label: gpt
label-id: $(uuid 10)
start=1MiB, size=32MiB, type=L, uuid=$(uuid 11)
start=33MiB, size=16MiB, type=L, uuid=$(uuid 12)
EOS
put "$scratch/debian.img" medium.img 1
put "$scratch/medium.img" medium.img 33

new_file "$scratch/vfat.img" 16
mkfs.vfat --invariant -i 20210304 "$scratch/vfat.img" >/dev/null
mcopy -m -i "$scratch/vfat.img" "$scratch/data/data.txt" ::/
new_disk no-os.img 48 <<EOS
label: gpt
label-id: $(uuid 10)
start=1MiB, size=16MiB, type=L, uuid=$(uuid 11)
start=17MiB, size=16MiB, type=U, uuid=$(uuid 12)
EOS
put "$scratch/data.img" no-os.img 1
put "$scratch/vfat.img" no-os.img 17

new_disk no-fs.img 16 <<EOS
label: gpt
label-id: $(uuid 10)
start=1MiB, size=8MiB, type=L, uuid=$(uuid 11)
EOS
