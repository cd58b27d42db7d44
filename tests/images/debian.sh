#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# debian.qcow2, debian.raw: a real Debian 12 without a kernel on a GPT disk.
# With 11 or 13: debian-11.qcow2 or debian-13.qcow2, of that release, with less
# in it. What dpkg-query says is installed is in NAME.list.
#   sda1  EFI system partition (vfat)    /boot/efi
#   sda2  ext4, label "rootfs"           /
#   sda3  swap
# Packages come from where this machine's apt gets bookworm from, if it does.

# Run by a user, mmdebstrap becomes another one, who has to get at its folders and at what
# it runs. Those of bats are closed to others.
export TMPDIR=/tmp
# shellcheck source-path=SCRIPTDIR source=common.sh
. "$(dirname "$0")/common.sh"
chmod 711 "$scratch"
# shellcheck source-path=SCRIPTDIR source=debian-sources.sh
. "$(dirname "$0")/debian-sources.sh"
need python3 mmdebstrap apt-get tar fakeroot mke2fs debugfs mkfs.vfat mcopy mkswap \
    sfdisk qemu-img

name=debian-${1:?}
case $1 in
11) suite=bullseye ;;
13) suite=trixie ;;
*) suite=bookworm name=debian ;;
esac
packages=systemd-sysv,openssh-server,cron,logrotate,rsyslog,sudo,ifupdown
packages+=,iproute2,iputils-ping,ca-certificates,nano,less,netbase,tzdata
[ "$name" = debian ] || packages=systemd-sysv,netbase,tzdata

# dpkg_list FILE: what dpkg-query printed, as list-applications prints it.
dpkg_list()
{
    python3 - "$1" <<'EOS' | sort
import re
import sys

with open(sys.argv[1], "rb") as file:
    records = file.read().decode().split("\2")[:-1]
for status, name, version, arch, source, url, text in (r.split("\1") for r in records):
    if status != "installed":
        continue
    epoch, version, release = re.fullmatch(r"(?:(\d+):)?([^-]*)(?:-(.*))?", version).groups("")
    summary, _, text = text.partition("\n")
    lines = "\\n".join(line[1:].replace("\\", r"\\") for line in text.split("\n"))
    print("deb", name, "", epoch or 0, version, release, arch, "", "", url,
          source.split(" ")[0], summary, lines, "", sep="\t")
EOS
}

# What mmdebstrap runs in the new system as its last step.
cat >"$scratch/customize" <<EOS
#!/bin/sh
set -e
# machine-id, for one, is not to be written to, even by its owner.
rm -f "\$1"/etc/hostname "\$1"/etc/machine-id "\$1"/etc/hosts
rm -f "\$1"/etc/fstab "\$1"/etc/resolv.conf
rm -f "\$1"/etc/apt/sources.list "\$1"/etc/apt/sources.list.d/*
echo guest.example.org >"\$1/etc/hostname"
echo 0123456789abcdef0123456789abcdef >"\$1/etc/machine-id"
cat >"\$1/etc/hosts" <<EOH
127.0.0.1	localhost
127.0.1.1	guest.example.org guest
EOH
cat >"\$1/etc/fstab" <<EOH
# <file system> <mount point> <type> <options> <dump> <pass>
UUID=$(uuid 2) / ext4 errors=remount-ro 0 1
UUID=2021-0304 /boot/efi vfat umask=0077 0 1
UUID=$(uuid 3) none swap sw 0 0
EOH
cat >"\$1/etc/apt/sources.list" <<EOH
deb http://deb.debian.org/debian $suite main
deb http://deb.debian.org/debian $suite-updates main
deb http://security.debian.org/debian-security $suite-security main
EOH
mkdir -p "\$1/boot/efi"
one=\$(printf '\\001')
two=\$(printf '\\002')
fields="\\\${db:Status-Status}\$one\\\${Package}\$one\\\${Version}\$one"
fields="\$fields\\\${Architecture}\$one\\\${Source}\$one\\\${Homepage}\$one"
fields="\$fields\\\${Description}\$two"
chroot "\$1" dpkg-query -W -f "\$fields" >"$scratch/dpkg-query"
chroot "\$1" useradd -m -c "A. Lice" -s /bin/bash alice
echo "hello from alice" >"\$1/home/alice/hello.txt"
chroot "\$1" chown alice:alice /home/alice/hello.txt
i=0
while [ \$i -lt 2000 ]; do
    i=\$((i + 1))
    echo "Mar  4 05:06:07 guest daemon[\$i]: message number \$i"
done >"\$1/var/log/daemon.log"
EOS
chmod +x "$scratch/customize"
: >"$scratch/dpkg-query"
chmod 666 "$scratch/dpkg-query"

new_debian "$suite" "$scratch/root.tar" --variant=minbase \
    --include="$packages" --customize-hook="$scratch/customize"
dpkg_list "$scratch/dpkg-query" >"$name.list"

# Unpack and repack in one fakeroot session, where owners, modes and devices
# are what the tar file says.  fakeroot loses the mode of a file that is given
# an extended attribute, so the one such file is dealt with afterwards.
new_file "$scratch/root.img" 800
cat >"$scratch/repack" <<EOS
set -e
mkdir "$scratch/root"
tar -C "$scratch/root" --numeric-owner -xpf "$scratch/root.tar"
[ ! -e "$scratch/root/bin/ping" ] || chmod 755 "$scratch/root/bin/ping"
mke2fs -q -F -t ext4 -L rootfs -U $(uuid 2) -d "$scratch/root" \\
    -E hash_seed=$(uuid 99) "$scratch/root.img"
EOS
fakeroot sh "$scratch/repack"
rm -rf "$scratch/root.tar" "$scratch/root"

# cap_net_raw=ep, as setcap writes it
if [ "$name" = debian ]; then
truncate -s 20 "$scratch/capability"
printf '\001\000\000\002\000\040' |
    dd of="$scratch/capability" conv=notrunc status=none
in_image "$scratch/root.img" <<EOS
ea_set -f $scratch/capability /usr/bin/ping security.capability
EOS
fi

new_file "$scratch/efi.img" 64
mkfs.vfat --invariant -i 20210304 -n EFI "$scratch/efi.img" >/dev/null
printf 'not a real boot loader\n' >"$scratch/bootx64.efi"
mmd -i "$scratch/efi.img" ::/EFI ::/EFI/BOOT
mcopy -i "$scratch/efi.img" "$scratch/bootx64.efi" ::/EFI/BOOT/BOOTX64.EFI

new_file "$scratch/swap.img" 32
mkswap -q -U "$(uuid 3)" "$scratch/swap.img"

new_file "$name.raw" 1024
sfdisk -q "$name.raw" <<EOS
label: gpt
label-id: $(uuid 10)
start=1MiB, size=64MiB, type=U, uuid=$(uuid 11)
start=65MiB, size=800MiB, type=L, uuid=$(uuid 12)
start=865MiB, size=32MiB, type=S, uuid=$(uuid 13)
EOS
put "$scratch/efi.img" "$name.raw" 1
put "$scratch/root.img" "$name.raw" 65
put "$scratch/swap.img" "$name.raw" 865
qemu-img convert -q -O qcow2 "$name.raw" "$name.qcow2"
[ "$name" = debian ] || rm "$name.raw"
