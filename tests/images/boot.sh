#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# A real Debian 12 that boots by its own boot loader, on disks of 2 GiB:
#   boot-bios.qcow2  MBR, GRUB's core in the gap before sda1
#                    sda1 swap, sda2 / (ext4)
#   boot-gpt.qcow2   GPT, GRUB's core in a BIOS boot partition
#                    sda1 /boot (ext4), sda2 BIOS boot, sda3 / (ext4)
#   boot-efi.qcow2   GPT, GRUB as EFI/BOOT/BOOTX64.EFI and EFI/debian/grubx64.efi
#                    sda1 EFI system partition (vfat) /boot/efi, sda2 / (ext4)
#   boot-lvm.qcow2   MBR, GRUB's core in the gap, /boot in the logical volume root
#                    sda1 /srv (ext4), sda2 the physical volume of the group "vg", which has
#                    root (/, ext4) and swap, and nothing free
# The kernel is Debian's for clouds: it finds disks by virtio. The console is ttyS0. There,
# before the login prompt, each of them says (boot-sizes, below) what size things have.

# Run by a user, mmdebstrap becomes another one, as in the script for those that do not boot.
export TMPDIR=/tmp
# shellcheck source-path=SCRIPTDIR source=common.sh
. "$(dirname "$0")/common.sh"
chmod 711 "$scratch"
# shellcheck source-path=SCRIPTDIR source=debian-sources.sh
. "$(dirname "$0")/debian-sources.sh"
here=$(cd "$(dirname "$0")" && pwd)
need python3 fakeroot mke2fs mkfs.vfat mcopy mkswap sfdisk qemu-img

packages=systemd-sysv,udev,lvm2,initramfs-tools,linux-image-cloud-amd64
packages+=,grub-pc-bin,grub-efi-amd64-bin

# What would only take time: there is no network, one terminal, and no second day.
masked='apt-daily.timer apt-daily-upgrade.timer dpkg-db-backup.timer e2scrub_all.timer
e2scrub_reap.service fstrim.timer systemd-tmpfiles-clean.timer
getty@tty1.service getty-static.service systemd-logind.service systemd-update-utmp.service
systemd-update-utmp-runlevel.service systemd-user-sessions.service
lvm2-monitor.service blk-availability.service modprobe@.service kmod-static-nodes.service
proc-sys-fs-binfmt_misc.automount dev-hugepages.mount dev-mqueue.mount
sys-kernel-debug.mount sys-kernel-tracing.mount sys-kernel-config.mount
sys-fs-fuse-connections.mount'

cat >"$scratch/boot-sizes" <<'EOS'
#!/bin/sh
# Everything in bytes.
{
    echo "GUEST-ROOT-DEVICE=$(findmnt -no SOURCE /)"
    echo "GUEST-ROOT-BYTES=$(findmnt -bno SIZE /)"
    echo "GUEST-SWAP-BYTES=$(swapon --show=SIZE --bytes --noheadings)"
    echo "GUEST-MOUNTED=$(findmnt -rno TARGET --real | sort | tr '\n' ' ')"
    lsblk -bnro NAME,SIZE | sed 's/\(.*\) /GUEST-BYTES-\1=/'
} >/dev/ttyS0
EOS
cat >"$scratch/boot-sizes.service" <<'EOS'
[Unit]
Description=Say what size the disks have
After=local-fs.target swap.target
Before=serial-getty@ttyS0.service

[Service]
Type=oneshot
ExecStart=/usr/local/sbin/boot-sizes

[Install]
WantedBy=multi-user.target
EOS

# What mmdebstrap runs in the new system as its last step. An initramfs is not made before,
# without what is said here.
cat >"$scratch/customize" <<EOS
#!/bin/sh
set -e
# The backups, because not even its owner may read shadow-.
rm -f "\$1"/etc/hostname "\$1"/etc/resolv.conf "\$1"/etc/*-
echo guest >"\$1/etc/hostname"
cp "$scratch/boot-sizes" "\$1/usr/local/sbin"
chmod 755 "\$1/usr/local/sbin/boot-sizes"
cp "$scratch/boot-sizes.service" "\$1/etc/systemd/system"
ln -s ../boot-sizes.service "\$1/etc/systemd/system/multi-user.target.wants"
for unit in $(tr '\n' ' ' <<<"$masked"); do
    ln -sf /dev/null "\$1/etc/systemd/system/\$unit"
done
cat >"\$1/etc/initramfs-tools/conf.d/guest" <<EOC
MODULES=list
COMPRESS=gzip
RESUME=none
EOC
printf '%s\\n' virtio_pci virtio_blk ext4 dm_mod >>"\$1/etc/initramfs-tools/modules"
chroot "\$1" update-initramfs -c -k all >/dev/null
mkdir -p "\$1/boot/efi" "\$1/boot/grub/i386-pc" "\$1/cores"
cp "\$1"/usr/lib/grub/i386-pc/*.mod "\$1"/usr/lib/grub/i386-pc/*.lst "\$1/boot/grub/i386-pc"
while read -r name prefix modules; do
    chroot "\$1" grub-mkimage -O i386-pc -o "/cores/\$name.img" -p "\$prefix" \
        biosdisk ext2 \$modules </dev/null
done <<EOC
bios (,msdos2)/boot/grub part_msdos
gpt (,gpt1)/grub part_gpt
lvm (lvm/vg-root)/boot/grub part_msdos lvm
EOC
EOS
chmod +x "$scratch/customize"

export INITRD=No
without=()
for path in usr/share/doc usr/lib/udev/hwdb.d lib/modules/\*/kernel/net \
    lib/modules/\*/kernel/drivers/{net,infiniband,scsi,gpu,media,hid,usb} \
    lib/modules/\*/kernel/fs/{btrfs,xfs,ceph,nfs,nfsd,ocfs2,smb,f2fs,gfs2}; do
    without+=("--dpkgopt=path-exclude=/$path/*")
done
new_debian bookworm "$scratch/root.tar" --variant=minbase "${without[@]}" \
    --include="$packages" --customize-hook="$scratch/customize"

# As Debian 12 makes it, whatever this machine's defaults are.
features=none,has_journal,ext_attr,resize_inode,dir_index,filetype,extent,64bit,flex_bg
features+=,sparse_super,large_file,huge_file,dir_nlink,extra_isize,metadata_csum

# One tree becomes four systems: their fstab and GRUB's configuration differ.
cat >"$scratch/repack" <<EOS
set -e
cd "$scratch"
mkdir root empty
tar -C root --numeric-owner -xpf root.tar
rm root.tar
mv root/cores cores
# mmdebstrap takes it away at last, and without it the first boot is a longer one.
rm -f root/etc/machine-id
echo 0123456789abcdef0123456789abcdef >root/etc/machine-id
cp root/usr/lib/grub/i386-pc/boot.img root/usr/lib/grub/x86_64-efi/monolithic/grubx64.efi .
version=\$(ls root/lib/modules)

# ext FILE MIB UUID FOLDER
ext()
{
    truncate -s "\${2}M" "\$1"
    mke2fs -q -F -t ext4 -O "$features" -E hash_seed=$(uuid 99) -U "\$3" -d "\$4" "\$1"
}

# system ROOT UUID BOOT <FSTAB: /boot's files are on the file system UUID, their paths begin
# with BOOT there.
system()
{
    cat >root/etc/fstab
    cat >root/boot/grub/grub.cfg <<EOG
set timeout=0
search --no-floppy --fs-uuid --set=root \$2
menuentry 'Debian GNU/Linux' {
    linux \$3/vmlinuz-\$version root=\$1 ro console=ttyS0 quiet panic=-1
    initrd \$3/initrd.img-\$version
}
EOG
}

system UUID=$(uuid 12) $(uuid 12) /boot <<EOT
UUID=$(uuid 11) none swap sw 0 0
UUID=$(uuid 12) / ext4 errors=remount-ro 0 1
EOT
ext bios-root.img 1983 $(uuid 12) root

system UUID=$(uuid 32) $(uuid 32) /boot <<EOT
UUID=2021-0304 /boot/efi vfat umask=0077 0 1
UUID=$(uuid 32) / ext4 errors=remount-ro 0 1
EOT
ext efi-root.img 1982 $(uuid 32) root

system /dev/mapper/vg-root $(uuid 42) /boot <<EOT
UUID=$(uuid 41) /srv ext4 defaults 0 2
/dev/mapper/vg-root / ext4 errors=remount-ro 0 1
/dev/mapper/vg-swap none swap sw 0 0
EOT
ext lvm-srv.img 31 $(uuid 41) empty
ext lvm-root.img 1920 $(uuid 42) root

system UUID=$(uuid 23) $(uuid 21) '' <<EOT
UUID=$(uuid 21) /boot ext4 defaults 0 2
UUID=$(uuid 23) / ext4 errors=remount-ro 0 1
EOT
mv root/boot boot
mkdir root/boot
ext gpt-boot.img 100 $(uuid 21) boot
ext gpt-root.img 1945 $(uuid 23) root
EOS
fakeroot sh "$scratch/repack"

cd "$scratch"
rm -r root boot
result=$OLDPWD

# finish NAME: the disk NAME.raw becomes the image.
finish()
{
    qemu-img convert -q -O qcow2 "$1.raw" "$result/boot-$1.qcow2"
    rm "$1"*
}

new_disk bios.raw 2048 <<EOS
label: dos
label-id: 0x21030401
start=1MiB, size=64MiB, type=82
start=65MiB, size=1983MiB, type=83, bootable
EOS
make_swap bios-swap.img 64 11
put bios-swap.img bios.raw 1
put bios-root.img bios.raw 65
python3 "$here/grub-setup.py" bios.raw boot.img cores/bios.img 1
finish bios

new_disk gpt.raw 2048 <<EOS
label: gpt
label-id: $(uuid 20)
start=1MiB, size=100MiB, type=L, uuid=$(uuid 24)
start=101MiB, size=1MiB, type=21686148-6449-6E6F-744E-656564454649, uuid=$(uuid 25)
start=102MiB, size=1945MiB, type=L, uuid=$(uuid 26)
EOS
put gpt-boot.img gpt.raw 1
put gpt-root.img gpt.raw 102
python3 "$here/grub-setup.py" gpt.raw boot.img cores/gpt.img $((101 * 2048))
finish gpt

new_disk efi.raw 2048 <<EOS
label: gpt
label-id: $(uuid 30)
start=1MiB, size=64MiB, type=U, uuid=$(uuid 34)
start=65MiB, size=1982MiB, type=L, uuid=$(uuid 35)
EOS
# The name by which Debian's installer starts it, and the one that is tried without any setup.
# Wherever it lies, this GRUB looks for its configuration in EFI/debian.
cat >grub.cfg <<EOS
search.fs_uuid $(uuid 32) root
set prefix=(\$root)/boot/grub
configfile \$prefix/grub.cfg
EOS
new_file efi-esp.img 64
mkfs.vfat --invariant -i 20210304 -n EFI efi-esp.img >/dev/null
mmd -i efi-esp.img ::/EFI ::/EFI/BOOT ::/EFI/debian
mcopy -i efi-esp.img grubx64.efi ::/EFI/BOOT/BOOTX64.EFI
mcopy -i efi-esp.img grubx64.efi grub.cfg ::/EFI/debian
put efi-esp.img efi.raw 1
put efi-root.img efi.raw 65
finish efi

new_disk lvm.raw 2048 <<EOS
label: dos
label-id: 0x21030404
start=1MiB, size=31MiB, type=83
start=32MiB, size=2016MiB, type=8e, bootable
EOS
make_swap lvm-swap.img 92 43
put lvm-srv.img lvm.raw 1
python3 "$here/lvm.py" vg pv=lvm.raw:32:2016 lv=root:lvm-root.img:480 lv=swap:lvm-swap.img:23
python3 "$here/grub-setup.py" lvm.raw boot.img cores/lvm.img 1
finish lvm
