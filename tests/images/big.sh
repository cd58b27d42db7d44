#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# big.img: a phony Linux guest (linux.sh; host big.example.org) on a whole disk
# of 608 MiB, ext4, with /big/file: 512 MiB that do not compress.
# big.sha256: its checksum, for sha256sum -c.

# shellcheck source-path=SCRIPTDIR source=common.sh
. "$(dirname "$0")/common.sh"
# shellcheck source-path=SCRIPTDIR source=linux.sh
. "$(dirname "$0")/linux.sh"
need openssl

tree=$scratch/tree
linux_tree "$tree" debian 12 big.example.org <<EOS
UUID=$(uuid 2) / ext4 defaults 0 1
EOS
mkdir "$tree/big"
head -c 512M /dev/zero |
    openssl enc -aes-128-ctr -K 00112233445566778899aabbccddeeff -iv 00 \
        -nosalt 2>/dev/null >"$tree/big/file"
(cd "$tree" && sha256sum big/file) >big.sha256
make_ext ext4 big.img 608 "$tree" -L big -U "$(uuid 2)"
