#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Phony guests that mean harm to who inspects them: whole disks of ext4.
#   hostile-size.img      /usr/lib/os-release is 1 GiB of a hole, as are /etc/hostname, the
#                         package database and /etc/passwd
#   hostile-fstab.img     /etc/fstab has 100,000 lines
#   hostile-devices.img   fstab says that sdb is a proc, and has a name that crypttab leads
#                         to in a circle
#   hostile-links.img     os-release, fstab, hostname, passwd are links to /dev/zero, out of
#                         the root, in a circle, and to a fifo
#   hostile-strings.img   control characters, escape sequences and what is no UTF-8 in all
#                         names that a system has; host: one line of these
#   hostile-database.img  package databases of random bytes

# shellcheck source-path=SCRIPTDIR source=common.sh
. "$(dirname "$0")/common.sh"
# shellcheck source-path=SCRIPTDIR source=linux.sh
. "$(dirname "$0")/linux.sh"

# noise BYTES: the same bytes each time.
noise()
{
    head -c "$1" /dev/zero | openssl enc -aes-128-ctr -K 00 -iv 00 2>/dev/null
}
need openssl

for name in size fstab devices links strings database; do
    linux_tree "$scratch/$name" debian 12 "hostile-$name.example.org" <<EOS
LABEL=root / ext4 defaults 0 1
EOS
done

tree=$scratch/size
for file in usr/lib/os-release etc/hostname var/lib/dpkg/status etc/passwd; do
    truncate -s 1G "$tree/$file"
done

tree=$scratch/devices
mkdir "$tree/circle" "$tree/kernel"
printf '%s ext4 defaults 0 2\n' '/dev/mapper/a-b /circle' >>"$tree/etc/fstab"
printf '%s proc defaults 0 2\n' '/dev/sdb /kernel' >>"$tree/etc/fstab"
printf '%s none luks\n' 'a-b /dev/mapper/c-d' 'c-d /dev/mapper/a-b' >"$tree/etc/crypttab"

tree=$scratch/fstab
seq 100000 | sed 's,.*,UUID=00000000-0000-4000-8000-& /m& ext4 defaults 0 2,' \
    >>"$tree/etc/fstab"

tree=$scratch/links
ln -sfn /dev/zero "$tree/etc/os-release"
ln -sfn ../../../../../../etc/passwd "$tree/usr/lib/os-release"
ln -sfn fstab "$tree/etc/fstab"
rm "$tree/etc/hostname" "$tree/etc/passwd"
mkfifo "$tree/etc/hostname"
ln -s /proc/self/mem "$tree/etc/passwd"
mkdir -p "$tree/var/lib/rpm"
ln -s /dev/zero "$tree/var/lib/rpm/rpmdb.sqlite"

tree=$scratch/strings
bad=$'a\e[31mred\a\r\b\x7f\xff\xc0\x80\xe2\x80\xaeb\t<&"\x27]]>'
cat >"$tree/usr/lib/os-release" <<EOS
ID=debian
PRETTY_NAME='$bad'
NAME="$bad"
VERSION_ID="12$bad"
BUILD_ID="$bad"
EOS
echo "$bad" >"$tree/etc/hostname"
echo "$bad" >"$tree/etc/debian_version"
cat >"$tree/var/lib/dpkg/status" <<EOS
Package: bad
Status: install ok installed
Version: 1:2-3$bad
Architecture: $bad
Homepage: $bad
Description: $bad
 $bad

EOS
echo "root:x:0:0:$bad:$bad:/bin/$bad/sh" >"$tree/etc/passwd"

tree=$scratch/database
mkdir -p "$tree"/var/lib/{rpm,dpkg} "$tree/lib/apk/db" "$tree/var/lib/pacman/local/x-1-1"
for file in var/lib/rpm/{Packages,Packages.db,rpmdb.sqlite} var/lib/dpkg/status \
    lib/apk/db/installed var/lib/pacman/local/x-1-1/desc; do
    noise 1000000 >"$tree/$file"
done

for name in size fstab devices links strings database; do
    make_ext ext4 "hostile-$name.img" 48 "$scratch/$name" -L root -U "$(uuid 1)"
done
