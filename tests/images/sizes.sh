#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# sizes.img: a phony Linux guest (linux.sh; host sizes.example.org) on a whole
# disk, ext4, and in /sizes files of sizes at which something changes:
#   empty  one (1 byte)  block (4096)  slot-minus1  slot (2 MiB)  slot-plus1
#   16m-minus1  16m (16 MiB)  16m-plus1
#   hole (8 MiB, no block allocated)   swiss (4 MiB, every second block a hole)
#   fragmented (1 MiB in pieces of one block)   no-newline ("no newline")
#   hole-1t: 1 TiB of hole, then "end" and a newline
# sizes.sha256: their checksums, but that of hole-1t, for sha256sum -c.

# shellcheck source-path=SCRIPTDIR source=common.sh
. "$(dirname "$0")/common.sh"
# shellcheck source-path=SCRIPTDIR source=linux.sh
. "$(dirname "$0")/linux.sh"
need openssl debugfs
mib=$((1024 * 1024))

tree=$scratch/tree
linux_tree "$tree" debian 12 sizes.example.org <<EOS
UUID=$(uuid 2) / ext4 defaults 0 1
EOS
mkdir "$tree/sizes"

# file NAME BYTES: pseudo-random content, another one for each name.
file()
{
    local key
    key=$(printf '%s' "$1" | md5sum | cut -d' ' -f1)
    head -c "$2" /dev/zero |
        openssl enc -aes-128-ctr -K "$key" -iv 00 -nosalt 2>/dev/null \
            >"$tree/sizes/$1"
}

file empty 0
file one 1
file block 4096
file slot-minus1 $((2 * mib - 1))
file slot $((2 * mib))
file slot-plus1 $((2 * mib + 1))
file 16m-minus1 $((16 * mib - 1))
file 16m $((16 * mib))
file 16m-plus1 $((16 * mib + 1))
printf 'no newline' >"$tree/sizes/no-newline"
truncate -s 8M "$tree/sizes/hole"
truncate -s 4M "$tree/sizes/swiss"
for ((i = 0; i < 1024; i += 2)); do
    printf '%-4095s\n' "block $i"
done >"$scratch/blocks"
python3 - "$scratch/blocks" "$tree/sizes/swiss" <<'EOS'
import sys
with open(sys.argv[1], "rb") as blocks, open(sys.argv[2], "r+b") as swiss:
    for i in range(0, 1024, 2):
        swiss.seek(i * 4096)
        swiss.write(blocks.read(4096))
EOS
truncate -s 1T "$tree/sizes/hole-1t"
echo end >>"$tree/sizes/hole-1t"

# For "fragmented": a group full of small files, of which every second goes.
mkdir "$tree/small"
for ((i = 0; i < 600; i++)); do
    echo "small $i" >"$tree/small/$i"
done

make_ext ext4 sizes.img 128 "$tree" -b 4096 -L sizes -U "$(uuid 2)" \
    -O ^inline_data
file fragmented $mib
{
    for ((i = 0; i < 600; i += 2)); do
        echo "rm /small/$i"
    done
    echo "cd /sizes"
    echo "write $tree/sizes/fragmented fragmented"
    echo "set_inode_field fragmented mtime @$EPOCH"
} | in_image sizes.img

(cd "$tree" && find sizes -type f ! -name hole-1t | sort | xargs sha256sum) \
    >sizes.sha256
