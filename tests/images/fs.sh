#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# fs-TYPE.img: a file system on a whole disk, label "GUESTFS", with this tree
# in so far as the type can hold it:
#   hello.txt             "hello, world"
#   empty                 no bytes
#   numbers.txt           1 to 1000, a line each
#   long.txt              1 to 200000, a line each (1288895 bytes)
#   With Space.txt        "a name with a space"        (not in xfs)
#   café.txt              "a name in UTF-8"
#   dir/file.txt          "in dir"
#   dir/sub/deep.txt      "in dir/sub"
#   dir/sub/more/deeper.txt   "in dir/sub/more"
#   link -> hello.txt, dirlink -> dir, dir/up -> ../hello.txt,
#   absolute -> /dir/file.txt, dangling -> nowhere      (not in vfat)

# shellcheck source-path=SCRIPTDIR source=common.sh
. "$(dirname "$0")/common.sh"
here=$(cd "$(dirname "$0")" && pwd)

type=$1
img=fs-$type.img
tree=$scratch/tree

make_tree()
{
    mkdir -p "$tree/dir/sub/more"
    echo 'hello, world' >"$tree/hello.txt"
    : >"$tree/empty"
    seq 1000 >"$tree/numbers.txt"
    seq 200000 >"$tree/long.txt"
    echo 'a name with a space' >"$tree/With Space.txt"
    echo 'a name in UTF-8' >"$tree/"$'caf\303\251.txt'
    echo 'in dir' >"$tree/dir/file.txt"
    echo 'in dir/sub' >"$tree/dir/sub/deep.txt"
    echo 'in dir/sub/more' >"$tree/dir/sub/more/deeper.txt"
    ln -s hello.txt "$tree/link"
    ln -s dir "$tree/dirlink"
    ln -s ../hello.txt "$tree/dir/up"
    ln -s /dir/file.txt "$tree/absolute"
    ln -s nowhere "$tree/dangling"
    fix_times "$tree"
}

# proto FOLDER INDENT: a folder's content in mkfs.xfs's prototype language.
proto()
{
    local path
    for path in "$1"/*; do
        case $path in
        *' '*) continue ;;
        esac
        printf '%s%s ' "$2" "${path##*/}"
        if [ -L "$path" ]; then
            printf 'l--777 0 0 %s\n' "$(readlink "$path")"
        elif [ -d "$path" ]; then
            printf 'd--755 0 0\n'
            proto "$path" "$2 "
        else
            printf -- '---644 0 0 %s\n' "$path"
        fi
    done
    printf '%s$\n' "$2"
}

make_xfs()
{
    need mkfs.xfs
    {
        printf '/\n0 0\nd--755 0 0\n'
        proto "$tree" ''
    } >"$scratch/proto"
    new_file "$img" 300
    mkfs.xfs -q -f -L GUESTFS -m "uuid=$(uuid 1)" -p "$scratch/proto" "$img"
}

make_btrfs()
{
    need mkfs.btrfs fakeroot
    new_file "$img" 128
    fakeroot mkfs.btrfs -q -f -L GUESTFS -U "$(uuid 1)" -r "$tree" "$img" \
        >"$scratch/log" 2>&1 || die "mkfs.btrfs: $(cat "$scratch/log")"
}

make_vfat()
{
    need mkfs.vfat mcopy
    new_file "$img" 64
    mkfs.vfat --invariant -n GUESTFS -i 20210304 "$img" >/dev/null
    find "$tree" -type l -delete
    LC_ALL=C.UTF-8 mcopy -s -m -i "$img" "$tree"/* ::/
}

make_ntfs()
{
    local path
    need mkntfs ntfscp python3
    new_file "$img" 32
    mkntfs -q -Q -F -L GUESTFS -s 512 -p 0 -H 0 -S 0 "$img" >/dev/null 2>&1
    (cd "$tree" && find . -mindepth 1 \( -type d -printf 'd %P\n' \) -o \
        \( -type l -printf 'l %P\n%l\n' \)) >"$scratch/list"
    python3 "$here/ntfs-mkdir.py" "$img" <"$scratch/list"
    (cd "$tree" && find . -type f -printf '%P\n') | while read -r path; do
        LC_ALL=C.UTF-8 ntfscp -q "$img" "$tree/$path" "/$path"
    done
}

make_f2fs()
{
    need mkfs.f2fs sload.f2fs fakeroot
    new_file "$img" 64
    mkfs.f2fs -q -f -l GUESTFS -U "$(uuid 1)" "$img" >/dev/null
    fakeroot sload.f2fs -P -f "$tree" -t / "$img" >/dev/null
}

make_squashfs()
{
    need mksquashfs
    mksquashfs "$tree" "$img" -quiet -no-progress -all-root -noappend \
        >/dev/null
}

make_iso9660()
{
    need xorriso
    LC_ALL=C.UTF-8 xorriso -as mkisofs -quiet -r -J -V GUESTFS -o "$img" \
        "$tree" 2>"$scratch/log" || die "xorriso: $(cat "$scratch/log")"
}

make_erofs()
{
    need mkfs.erofs
    mkfs.erofs --all-root -T "$EPOCH" -U "$(uuid 1)" "$img" "$tree" >/dev/null
}

make_tree
case $type in
ext[234]) make_ext "$type" "$img" 32 "$tree" -L GUESTFS -U "$(uuid 1)" ;;
*) "make_$type" ;;
esac
