#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Phony Linux guests (the tree: linux.sh) on encrypted devices. The passphrase is "secret
# of: HOST", and the host's name is that of the image. Trying a key is made cheap but for
# luks-argon2id.img.
#   luks1.img          the whole disk is LUKS1: ext4
#   luks2.img          GPT: sda1 /boot, sda2 LUKS2: ext4; in slot 1 the key of luks2.key,
#                      which has a NUL and newlines in it and at its end; crypttab
#   luks-argon2id.img  the whole disk is LUKS2, the cost of a slot as by default but with
#                      64 MiB: ext4
#   luks-lvm.img       GPT: sda1 LUKS2, in it the volume group vg: root and swap
#   lvm-luks.img       volume group vg on the disk, in root LUKS2: ext4
#   luks-data.img      GPT: sda1 ext4 root; sda2 LUKS2 (that of luks2.img), not in fstab
#   luks-damaged.img   the same with nothing but the first bytes of the header in sda2
#   luks-huge.img      luks-argon2id.img with a slot that asks for 64 GiB of memory
#   bitlocker.img      GPT: sda1 ext4 root; sda2 what looks like BitLocker, and is nothing

# shellcheck source-path=SCRIPTDIR source=common.sh
. "$(dirname "$0")/common.sh"
# shellcheck source-path=SCRIPTDIR source=in-appliance.sh
. "$(dirname "$0")/in-appliance.sh"
# shellcheck source-path=SCRIPTDIR source=linux.sh
. "$(dirname "$0")/linux.sh"
need cryptsetup python3 sfdisk mkswap
here=$(cd "$(dirname "$0")" && pwd)
small="--luks2-metadata-size 16k --luks2-keyslots-size 1m"
cheap="--pbkdf pbkdf2 --pbkdf-force-iterations 1000"

# passphrase HOST: to the standard output
passphrase()
{
    printf 'secret of: %s' "$1"
}

# content HOST MIB ROOT CRYPTTAB [LINE]: $scratch/HOST.fs is its root, which its fstab, of one
# more LINE, knows by the name ROOT.
content()
{
    rm -rf "$scratch/tree"
    linux_tree "$scratch/tree" debian 12 "$1.example.org" <<EOS
$3 / ext4 errors=remount-ro 0 1
${5:-}
EOS
    # A sector of LUKS2 is one of 4096 bytes on most disks: no block can be smaller.
    echo "$4" >"$scratch/tree/etc/crypttab"
    make_ext ext4 "$scratch/$1.fs" "$2" "$scratch/tree" -b 4096 -L root
}

# locked HOST MIB N OPTIONS...: $scratch/HOST.luks is empty, with the UUID number N; the
# disks and commands that are to fill it are added to what the appliance is given.
disks=()
commands=
locked()
{
    local host=$1 mib=$2 n=$3 a b c
    shift 3
    new_file "$scratch/$host.luks" "$mib"
    # shellcheck disable=SC2086 # options
    passphrase "$host" | cryptsetup luksFormat -q --uuid "$(uuid "$n")" --key-file - "$@" \
        "$scratch/$host.luks" 2>"$scratch/log" || { cat "$scratch/log" >&2; exit 1; }
    new_file "$scratch/$host.key" 1
    passphrase "$host" | dd of="$scratch/$host.key" conv=notrunc status=none
    a=$(device ${#disks[@]}) b=$(device $((${#disks[@]} + 1))) c=$(device $((${#disks[@]} + 2)))
    disks+=("$scratch/$host.luks" "$scratch/$host.key" "$scratch/$host.fs")
    commands+="cryptsetup open --key-file $b --keyfile-size $(passphrase "$host" | wc -c) $a c
copy $c /dev/mapper/c
cryptsetup close c
"
}

device()
{
    printf '/dev/sd%b' "\\x$(printf %x $((97 + $1)))"
}

# two_parts FILE MIB MIB: a disk with two partitions
two_parts()
{
    new_disk "$1" $((2 + $2 + $3)) <<EOS
label: gpt
label-id: $(uuid 10)
start=1MiB, size=${2}MiB, type=L, uuid=$(uuid 11)
start=$((1 + $2))MiB, size=${3}MiB, type=L, uuid=$(uuid 12)
EOS
}

content luks1 24 /dev/mapper/root "root UUID=$(uuid 1) none luks"
# shellcheck disable=SC2086 # options
locked luks1 27 1 --type luks1 $cheap
content luks2 24 /dev/mapper/sda2_crypt "sda2_crypt UUID=$(uuid 2) none luks" \
    "UUID=$(uuid 21) /boot ext2 defaults 0 2"
# shellcheck disable=SC2086
locked luks2 26 2 --type luks2 $small $cheap
content luks-argon2id 24 /dev/mapper/root "root UUID=$(uuid 3) none luks"
# shellcheck disable=SC2086
locked luks-argon2id 26 3 --type luks2 $small --pbkdf argon2id --pbkdf-memory 65536 \
    --pbkdf-parallel 4 --pbkdf-force-iterations 4
content lvm-luks 24 /dev/mapper/root "root /dev/mapper/vg-root none luks"
# shellcheck disable=SC2086
locked lvm-luks 28 4 --type luks2 $small $cheap

content luks-lvm 24 /dev/mapper/vg-root "sda1_crypt UUID=$(uuid 5) none luks"
make_swap "$scratch/swap.img" 4 6
mv "$scratch/luks-lvm.fs" "$scratch/luks-lvm.root"
new_file "$scratch/luks-lvm.fs" 33
python3 "$here/lvm.py" vg pv="$scratch/luks-lvm.fs:0:33" \
    lv=root:"$scratch/luks-lvm.root":6 lv=swap:"$scratch/swap.img":1
# shellcheck disable=SC2086
locked luks-lvm 35 5 --type luks2 $small $cheap

in_appliance "${disks[@]}" <<<"$commands"

cp --sparse=always "$scratch/luks1.luks" luks1.img
cp --sparse=always "$scratch/luks-argon2id.luks" luks-argon2id.img

printf 'bin\0ary\nkey\n\n' >luks2.key
# shellcheck disable=SC2086
passphrase luks2 | cryptsetup luksAddKey -q --key-file - $cheap "$scratch/luks2.luks" luks2.key
two_parts luks2.img 8 26
make_ext ext2 "$scratch/boot.fs" 8 "$scratch/tree/boot" -U "$(uuid 21)"
put "$scratch/boot.fs" luks2.img 1
put "$scratch/luks2.luks" luks2.img 9

two_parts luks-lvm.img 35 1
put "$scratch/luks-lvm.luks" luks-lvm.img 1

new_file lvm-luks.img 30
python3 "$here/lvm.py" vg pv=lvm-luks.img:0:30 lv=root:"$scratch/lvm-luks.luks":7

linux_tree "$scratch/plain" debian 12 luks-data.example.org <<EOS
LABEL=plain / ext4 errors=remount-ro 0 1
EOS
make_ext ext4 "$scratch/plain.fs" 24 "$scratch/plain" -L plain
for name in luks-data luks-damaged bitlocker; do
    two_parts "$name.img" 24 26
    put "$scratch/plain.fs" "$name.img" 1
done
put "$scratch/luks2.luks" luks-data.img 25
dd if="$scratch/luks2.luks" of=luks-damaged.img bs=256 count=1 \
    seek=$((25 * 4096)) conv=notrunc status=none
python3 "$here/luks-craft.py" bitlocker bitlocker.img $((25 << 20))
cp --sparse=always luks-argon2id.img luks-huge.img
python3 "$here/luks-craft.py" memory luks-huge.img 67108864
