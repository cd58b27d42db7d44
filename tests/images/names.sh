#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# names.img: a phony Linux guest (linux.sh; host names.example.org) on a whole
# disk, ext4, and besides it:
#   /names/*      difficult names; a file's content is its name as bash's %q
#                 prints it.  names.list has these, one a line.
#   /links/*      symbolic links, see below
#   /special/     fifo, socket, null (c 1:3), zero (c 1:5), loop0 (b 7:0)
#   /modes/       setuid 4755, setgid 2755, sticky/ 1777, sgid-dir/ 2775,
#                 none 0000, all 0777, owned (12345:54321), big-id
#                 (3000000000:4000000000), hard-a = hard-b (one file),
#                 old (mtime 1960-01-02), future (mtime 2040-01-01)
#   /attrs/file   with the extended attribute user.comment="a comment"
#   /many/        5000 empty files, entry-0001 to entry-5000
#   /deep/        30 levels of folders with names of 200 bytes (d...d), in the
#                 last one bottom.txt: a path longer than PATH_MAX
#   /tree/        a/b/c/d/e, and in each a file.txt

# shellcheck source-path=SCRIPTDIR source=common.sh
. "$(dirname "$0")/common.sh"
# shellcheck source-path=SCRIPTDIR source=linux.sh
. "$(dirname "$0")/linux.sh"
need python3 fakeroot mke2fs debugfs

tree=$scratch/tree
linux_tree "$tree" debian 12 names.example.org <<EOS
UUID=$(uuid 2) / ext4 defaults 0 1
EOS
mkdir -p "$tree"/{names,links,special,modes,attrs,many,deep,tree/a/b/c/d/e}

# repeat TEXT COUNT
repeat()
{
    local out=
    while [ "${#out}" -lt $((${#1} * $2)) ]; do
        out+=$1
    done
    printf '%s' "$out"
}

# shellcheck disable=SC1003,SC2016
names=(
    'with space' ' leading' 'trailing ' '  ' $'new\nline' $'ends with\n'
    $'tab\there' $'return\rhere' $'bell\ahere' $'delete\177here'
    $'\033[31mred\033[0m' $'\033]0;title\a'
    $'gr\303\266\303\237e' $'\346\227\245\346\234\254\350\252\236'
    $'e\314\201 combining' $'right\342\200\256left' $'\360\237\220\247'
    $'bad\377utf8' $'cut\303' $'overlong\300\257slash' $'c1\302\233here'
    '-dash' '--help' '-' '...' '.hidden' '.. ' 'back\slash' '\n' '\'
    "single'quote" 'double"quote' "'" '"' '`id`' '$(id)' '$HOME' '*' '?' '[a]'
    '~' '#' 'a;b' 'a&b' 'a|b' 'a<b' 'a>b' 'a=b' 'a:b' 'a,b' '%s%n%d' '{a,b}'
    '!' 'C:\file' 'ends.' 'plain'
    "$(repeat n 255)" "$(repeat $'\346\227\245' 85)"
)
for name in "${names[@]}"; do
    printf '%q\n' "$name" >"$tree/names/$name"
done
cat "$tree"/names/* >/dev/null # all of them can be read here
printf '%q\n' "${names[@]}" | sort >names.list

link()
{
    ln -s -- "$1" "$tree/links/$2"
}
link /etc/hostname absolute
link ../etc/hostname relative
link ../../../../../../etc/hostname out
link /../../etc/hostname out-absolute
link nowhere dangling
link /nowhere/at/all dangling-absolute
link b a
link a b
link self self
link /home/user dir
link ../.. up
link /etc/hostname/x through-file
link /proc/self/root/etc/hostname proc-root
link "$(repeat ./ 450)../etc/hostname" long
link $'\033[31mtarget' escape
link /etc/hostname chain-0
for i in $(seq 50); do
    link "chain-$((i - 1))" "chain-$i"
done

cd "$tree/modes"
for name in setuid setgid none all owned big-id hard-a old future; do
    echo "$name" >"$name"
done
chmod 4755 setuid
chmod 2755 setgid
chmod 0777 all
ln hard-a hard-b
mkdir sticky sgid-dir
chmod 1777 sticky
chmod 2775 sgid-dir
echo 'has an attribute' >"$tree/attrs/file"
(cd "$tree/many" && seq -f 'entry-%04g' 5000 | xargs touch)
(
    cd "$tree/tree"
    for name in a b c d e; do
        cd "$name"
        echo "in $name" >file.txt
    done
)
(
    name=$(repeat d 200)
    cd "$tree/deep"
    for ((i = 0; i < 30; i++)); do
        mkdir "$name"
        cd "./$name"
    done
    echo 'the bottom' >bottom.txt
)
cd "$OLDPWD"

# Times, then what needs a root that is not one: devices, owners, no access.
find "$tree" -depth -execdir touch -h -d "@$EPOCH" {} +
touch -d '1960-01-02 00:00:00' "$tree/modes/old"
touch -d '2040-01-01 00:00:00' "$tree/modes/future"
cat >"$scratch/populate" <<'EOS'
set -e
cd "$1"
mkfifo special/fifo
mknod special/null c 1 3
mknod special/zero c 1 5
mknod special/loop0 b 7 0
python3 -c 'import os, stat
os.mknod("special/socket", stat.S_IFSOCK | 0o755)'
touch -d "@$SOURCE_DATE_EPOCH" special/* special
chown -R 1000:1000 home/user
chown 0:42 etc/shadow
chown 12345:54321 modes/owned
chown 3000000000:4000000000 modes/big-id
mke2fs -q -F -t ext4 -b 4096 -L names -U "$3" -E "hash_seed=$4" -N 8192 \
    -d . "$2"
EOS
new_file names.img 96
fakeroot sh "$scratch/populate" "$tree" "$PWD/names.img" "$(uuid 2)" \
    "$(uuid 99)"
in_image names.img <<'EOS'
set_inode_field /modes/none mode 0100000
set_inode_field /modes/future mtime_extra 1
ea_set /attrs/file user.comment "a comment"
EOS
