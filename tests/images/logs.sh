#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# logs.img: a phony Linux guest (linux.sh; host logs.example.org) on a whole disk, ext4, with
# journals of two machines (logs.py): one whose 400 entries are in an archived file and in an
# unclean one, and one with odd entries; beside them files that are no journals.
# peer-logs.img ("peer"): one with journals that the peer can read, too.
# many-logs.img ("many"): one with a journal of 1,000,000 entries.

# shellcheck source-path=SCRIPTDIR source=common.sh
. "$(dirname "$0")/common.sh"
# shellcheck source-path=SCRIPTDIR source=linux.sh
. "$(dirname "$0")/linux.sh"
PATH=$PATH:/lib/systemd:/usr/lib/systemd
need debugfs python3 systemd-journal-remote
here=$(cd "$(dirname "$0")" && pwd)

# journal FILE ARGUMENT...: a journal of what logs.py says.
journal()
{
    local file=$1
    shift
    mkdir -p "${file%/*}"
    python3 "$here/logs.py" "$@" >"$scratch/export"
    systemd-journal-remote --split-mode=none -o "$scratch/made.journal" "$scratch/export" \
        2>"$scratch/said" || die "$(cat "$scratch/said")"
    # What was rotated lies beside it, as made@....journal.
    local part
    for part in "$scratch"/made@*.journal; do
        [ ! -e "$part" ] || mv "$part" "${file%/*}/system${part#"$scratch/made"}"
    done
    mv "$scratch/made.journal" "$file"
}

tree=$scratch/tree
linux_tree "$tree" debian 12 logs.example.org <<EOS
UUID=$(uuid 3) / ext4 defaults 0 1
EOS
top=$tree/var/log/journal
first=11111111111111111111111111111111
second=22222222222222222222222222222222
if [ "${1:-}" = many ]; then
    journal "$top/$first/system.journal" "$first" 1 1000000
    make_ext ext4 many-logs.img 1536 "$tree" -b 4096 -U "$(uuid 3)"
    exit
fi
if [ "${1:-}" = peer ]; then
    journal "$top/$first/system.journal" "$first" 1 100
    journal "$top/$second/system.journal" --even "$second"
    make_ext ext4 peer-logs.img 64 "$tree" -b 4096 -U "$(uuid 3)"
    exit
fi
journal "$top/$first/system@0005bcbd5f5f0000-0000000000000000.journal~" "$first" 1 400
# As a machine leaves it that was switched off: the state, byte 16, is "online".
printf '\1' | dd of="$top/$first/system@0005bcbd5f5f0000-0000000000000000.journal~" \
    bs=1 seek=16 conv=notrunc status=none
journal "$top/$second/system.journal" --odd "$second"
: >"$top/$second/user-1000.journal"
echo 'no journal' >"$top/$second/README"
ln -s /etc "$top/33333333333333333333333333333333"
make_ext ext4 logs.img 128 "$tree" -b 4096 -U "$(uuid 3)"
