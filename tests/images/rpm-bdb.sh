#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# rpm-bdb.img: a very small guest with rpm's database as a Berkeley DB, written
# by the last rpm of Debian that could, bullseye's, in a folder of its own.
# What is installed, by that rpm, is in rpm-bdb.list.

# shellcheck source-path=SCRIPTDIR source=common.sh
. "$(dirname "$0")/common.sh"
# shellcheck source=linux.sh
. "$(dirname "$0")/linux.sh"
# shellcheck source=rpms.sh
. "$(dirname "$0")/rpms.sh"
# shellcheck source=debian-sources.sh
. "$(dirname "$0")/debian-sources.sh"
need python3 mke2fs fakeroot sfdisk rpmbuild

# Payloads are not looked at, but the headers name their compression.
rpm_packages "$scratch/rpm"
# There is no shell in there, for nothing is set up.
cat >"$scratch/customize" <<EOS
#!/bin/bash
set -e
. "$(dirname "$(realpath "$0")")/rpms.sh"
rpm=(chroot "\$1" rpm -D '_db_backend bdb' --dbpath /var/lib/rpm)
cp "$scratch"/rpm/RPMS/*/*.rpm "\$1/tmp"
mapfile -t files < <(cd "\$1" && printf '/%s\n' tmp/*.rpm)
"\${rpm[@]}" -i --justdb --nodeps --nosignature --ignorearch "\${files[@]}"
rpm_list "\${rpm[@]}" >"$scratch/list"
cp "\$1/var/lib/rpm/Packages" "$scratch/Packages"
EOS
chmod +x "$scratch/customize"
new_debian bullseye "$scratch/root.tar" --variant=extract --include=rpm \
    --extract-hook="$scratch/customize"
cp "$scratch/list" rpm-bdb.list
[ "$(wc -l <rpm-bdb.list)" = 63 ] || die 'rpm did not install all'

tree=$scratch/tree
mkdir "$tree"
linux_tree "$tree" fedora 32 rpm-bdb <<<'/dev/sda1 / ext4 defaults 0 1'
mkdir -p "$tree/var/lib/rpm"
cp "$scratch/Packages" "$tree/var/lib/rpm"
make_ext ext4 "$scratch/root.img" 30 "$tree" -L rpm-bdb -U "$(uuid 1)"
new_disk rpm-bdb.img 32 <<<'start=1MiB, type=83'
put "$scratch/root.img" rpm-bdb.img 1
