#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# A phony Fedora with all that "details" are told of: boot loaders, kernels, SELinux.
#   details.img   GPT: sda1 EFI system partition, sda2 /boot (ext4), sda3 / (ext4)
#
# Kernels: 6.6.9-200.fc39.x86_64, whose initramfs (microcode, then zstd) has virtio_blk;
# 6.5.6-300.fc39.x86_64, whose initramfs (gzip) has no such driver.

# shellcheck source-path=SCRIPTDIR source=common.sh
. "$(dirname "$0")/common.sh"
# shellcheck source-path=SCRIPTDIR source=linux.sh
. "$(dirname "$0")/linux.sh"
need sfdisk mkfs.vfat mmd mcopy cpio zstd gzip

# bzimage VERSION: the start of a kernel: its set-up header points to the version at 0x3380.
bzimage()
{
    {
        printf 'MZ%0512d' 0 | tr 0 '\0'
        printf 'HdrS\017\002%06d\200\061' 0 | tr 0 '\0'
        printf '%012656d' 0 | tr 0 '\0'
        printf '%s (build@host) #1 SMP PREEMPT_DYNAMIC\0' "$1"
    }
}

# archive FOLDER: as dracut packs one.
archive()
{
    fix_times "$1"
    (cd "$1" && find . | sort | cpio --quiet -o -H newc -R 0:0 --reproducible)
}

# initramfs VERSION PACKER [MODULE]
initramfs()
{
    local tree=$scratch/initramfs-$1 kernel=usr/lib/modules/$1/kernel
    mkdir -p "$tree/usr/bin" "$tree/$kernel/fs" "$tree/$kernel/drivers/block"
    printf '#!/bin/sh\n' >"$tree/init"
    head -c 100000 /dev/zero >"$tree/$kernel/fs/ext4.ko"
    [ -z "${3:-}" ] || echo ELF >"$tree/$kernel/drivers/block/$3"
    archive "$tree" | "$2" -c
}

linux_tree "$scratch/root" fedora 39 details.example.org <<EOS
UUID=$(uuid 3) / ext4 defaults 0 0
UUID=$(uuid 2) /boot ext4 defaults 0 0
UUID=2021-0304 /boot/efi vfat umask=0077 0 0
EOS
mkdir -p "$scratch/root/etc/selinux" "$scratch/root/var/log/journal/0123"
printf '# SELINUX= mode\nSELINUX=enforcing\nSELINUXTYPE=targeted\n' \
    >"$scratch/root/etc/selinux/config"
printf '/bin/bash\n/opt/own-shell\n/sbin/nologin\n' >"$scratch/root/etc/shells"
cat >>"$scratch/root/etc/passwd" <<EOS
own:x:1001:1001::/home/own:/opt/own-shell
no:x:1002:1002::/home/no:/sbin/nologin
nobody:x:65534:65534::/:/bin/sh
EOS
echo LPKSHHRH >"$scratch/root/var/log/journal/0123/system.journal"

boot=$scratch/boot
new=6.6.9-200.fc39.x86_64 old=6.5.6-300.fc39.x86_64
mkdir -p "$boot/efi" "$boot/grub2" "$boot/loader/entries"
for version in "$new" "$old"; do
    bzimage "$version" >"$boot/vmlinuz-$version"
    cat >"$boot/loader/entries/0123-$version.conf" <<EOS
title Phony ($version)
version $version
linux /vmlinuz-$version
initrd /initramfs-$version.img \$tuned_initrd
options root=UUID=$(uuid 3) ro rhgb quiet enforcing=0
EOS
done
mkdir -p "$scratch/early/kernel/x86/microcode"
head -c 50000 /dev/zero >"$scratch/early/kernel/x86/microcode/GenuineIntel.bin"
{ archive "$scratch/early"; initramfs "$new" zstd virtio_blk.ko.xz; } >"$boot/initramfs-$new.img"
initramfs "$old" gzip >"$boot/initramfs-$old.img"
echo 'set timeout=5' >"$boot/grub2/grub.cfg"

new_file "$scratch/efi.img" 32
mkfs.vfat --invariant -i 20210304 -n EFI "$scratch/efi.img" >/dev/null
printf 'not a real program\n' >"$scratch/program"
mmd -i "$scratch/efi.img" ::/EFI ::/EFI/BOOT ::/EFI/fedora
for file in BOOT/BOOTX64.EFI fedora/grubx64.efi fedora/shimx64.efi fedora/mmx64.efi; do
    mcopy -i "$scratch/efi.img" "$scratch/program" "::/EFI/$file"
done

rm -rf "$scratch/root/boot"
mkdir "$scratch/root/boot"
make_ext ext4 "$scratch/boot.img" 16 "$boot" -L boot -U "$(uuid 2)"
make_ext ext4 "$scratch/root.img" 32 "$scratch/root" -L root -U "$(uuid 3)"
new_disk details.img 96 <<EOS
label: gpt
start=1MiB, size=32MiB, type=U
start=33MiB, size=16MiB, type=L
start=49MiB, size=32MiB, type=L
EOS
put "$scratch/efi.img" details.img 1
put "$scratch/boot.img" details.img 33
put "$scratch/root.img" details.img 49
