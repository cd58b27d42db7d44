#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# dirty-journal.img: a phony Linux guest (linux.sh; host journal.example.org)
# on a whole disk, ext4, switched off before its journal was written back:
# /journal.txt reads "old" from the disk alone and "new" once the journal has
# been replayed.

# shellcheck source-path=SCRIPTDIR source=common.sh
. "$(dirname "$0")/common.sh"
# shellcheck source-path=SCRIPTDIR source=linux.sh
. "$(dirname "$0")/linux.sh"
need debugfs dumpe2fs

tree=$scratch/tree
linux_tree "$tree" debian 12 journal.example.org <<EOS
UUID=$(uuid 2) / ext4 defaults 0 1
EOS
echo old >"$tree/journal.txt"
img=dirty-journal.img
make_ext ext4 "$img" 32 "$tree" -b 4096 -L journal -U "$(uuid 2)"

block=$(debugfs -R 'blocks /journal.txt' "$img" 2>/dev/null | tr -d ' ')
truncate -s 4096 "$scratch/block"
echo new | dd of="$scratch/block" conv=notrunc status=none
in_image "$img" <<EOS
journal_open
journal_write -b $block $scratch/block
journal_close
EOS
dumpe2fs -h "$img" 2>/dev/null | grep -q needs_recovery ||
    die "the journal of $img is clean"
