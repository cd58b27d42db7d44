#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# debian.qcow2, debian.raw: a real Debian 12 without a kernel on a GPT disk.
#   sda1  EFI system partition (vfat)    /boot/efi
#   sda2  ext4, label "rootfs"           /
#   sda3  swap
# Packages come from where this machine's apt gets bookworm from, if it does.

# shellcheck source-path=SCRIPTDIR source=common.sh
. "$(dirname "$0")/common.sh"
need mmdebstrap apt-get tar fakeroot mke2fs debugfs mkfs.vfat mcopy mkswap \
    sfdisk qemu-img

packages=systemd-sysv,openssh-server,cron,logrotate,rsyslog,sudo,ifupdown
packages+=,iproute2,iputils-ping,ca-certificates,nano,less,netbase,tzdata

# The entries of this machine's apt sources that are Debian's bookworm, as
# they are written there: with their options, above all Signed-By.  They go to
# $scratch/apt.sources and $scratch/apt.list.
bookworm_sources()
{
    local entry uri suite file
    # shellcheck disable=SC2016
    apt-get indextargets \
        --format '$(SOURCESENTRY) $(REPO_URI) $(RELEASE)' \
        'Created-By: Packages' 'Origin: Debian' 'Component: main' \
        2>/dev/null | sort -u |
    while read -r entry uri suite; do
        case $suite in
        bookworm | bookworm-updates | bookworm-security) ;;
        *) continue ;;
        esac
        file=${entry%:*}
        case $file in
        *.sources)
            awk -v uri="${uri%/}" -v suite="$suite" '
                BEGIN { RS = ""; ORS = "\n\n" }
                index($0, uri) && $0 ~ ("[ \t]" suite "([ \t\n]|$)") {
                    gsub(/(^|\n)#[^\n]*/, "")
                    sub(/^\n+/, "")
                    print
                }' "$file" >>"$scratch/apt.all"
            ;;
        *)
            awk -v uri="${uri%/}" -v suite="$suite" '
                /^[ \t]*deb[ \t]/ && index($0, uri) &&
                $0 ~ ("[ \t]" suite "[ \t]")' "$file" >>"$scratch/apt.list.all"
            ;;
        esac
    done
    # A stanza or a line that names two suites was found twice.
    if [ -s "$scratch/apt.all" ]; then
        awk 'BEGIN { RS = ""; ORS = "\n\n" } !seen[$0]++' \
            "$scratch/apt.all" >"$scratch/apt.sources"
        printf '%s\n' "$scratch/apt.sources"
    fi
    if [ -s "$scratch/apt.list.all" ]; then
        awk '!seen[$0]++' "$scratch/apt.list.all" >"$scratch/apt.list"
        printf '%s\n' "$scratch/apt.list"
    fi
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
deb http://deb.debian.org/debian bookworm main
deb http://deb.debian.org/debian bookworm-updates main
deb http://security.debian.org/debian-security bookworm-security main
EOH
mkdir -p "\$1/boot/efi"
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

mapfile -t sources < <(bookworm_sources)

# The best way to get at a chroot that this user has.
if [ "$(id -u)" = 0 ]; then
    modes=root
else
    modes='unshare fakechroot'
fi
for mode in $modes; do
    if mmdebstrap --quiet --mode="$mode" --variant=minbase --format=tar \
        --include="$packages" --aptopt='Acquire::Languages "none"' \
        --dpkgopt='path-exclude=/usr/share/man/*' \
        --dpkgopt='path-exclude=/usr/share/locale/*' \
        --customize-hook="$scratch/customize" \
        bookworm "$scratch/root.tar" "${sources[@]}" \
        2>>"$scratch/log" </dev/null; then
        break
    fi
    rm -f "$scratch/root.tar"
done
if [ ! -s "$scratch/root.tar" ]; then
    cat "$scratch/log" >&2
    echo 'debian.sh: no Debian could be made: is there a network?' >&2
    exit 77
fi

# Unpack and repack in one fakeroot session, where owners, modes and devices
# are what the tar file says.  fakeroot loses the mode of a file that is given
# an extended attribute, so the one such file is dealt with afterwards.
new_file "$scratch/root.img" 800
cat >"$scratch/repack" <<EOS
set -e
mkdir "$scratch/root"
tar -C "$scratch/root" --numeric-owner -xpf "$scratch/root.tar"
chmod 755 "$scratch/root/bin/ping"
mke2fs -q -F -t ext4 -L rootfs -U $(uuid 2) -d "$scratch/root" \\
    -E hash_seed=$(uuid 99) "$scratch/root.img"
EOS
fakeroot sh "$scratch/repack"
rm -rf "$scratch/root.tar" "$scratch/root"

# cap_net_raw=ep, as setcap writes it
truncate -s 20 "$scratch/capability"
printf '\001\000\000\002\000\040' |
    dd of="$scratch/capability" conv=notrunc status=none
in_image "$scratch/root.img" <<EOS
ea_set -f $scratch/capability /usr/bin/ping security.capability
EOS

new_file "$scratch/efi.img" 64
mkfs.vfat --invariant -i 20210304 -n EFI "$scratch/efi.img" >/dev/null
printf 'not a real boot loader\n' >"$scratch/bootx64.efi"
mmd -i "$scratch/efi.img" ::/EFI ::/EFI/BOOT
mcopy -i "$scratch/efi.img" "$scratch/bootx64.efi" ::/EFI/BOOT/BOOTX64.EFI

new_file "$scratch/swap.img" 32
mkswap -q -U "$(uuid 3)" "$scratch/swap.img"

new_file debian.raw 1024
sfdisk -q debian.raw <<EOS
label: gpt
label-id: $(uuid 10)
start=1MiB, size=64MiB, type=U, uuid=$(uuid 11)
start=65MiB, size=800MiB, type=L, uuid=$(uuid 12)
start=865MiB, size=32MiB, type=S, uuid=$(uuid 13)
EOS
put "$scratch/efi.img" debian.raw 1
put "$scratch/root.img" debian.raw 65
put "$scratch/swap.img" debian.raw 865
qemu-img convert -q -O qcow2 debian.raw debian.qcow2
