#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
# The same output as the tools whose place ours take, byte for byte, where these are installed.
# Where ours differ on purpose (the manuals' DIFFERENCES), that is not compared here.

# shellcheck disable=SC2154 # image and image_file set variables, as does run
bats_require_minimum_version 1.5.0
load lib/common
load lib/images

setup_file()
{
	export LIBGUESTFS_BACKEND=direct LIBGUESTFS_BACKEND_SETTINGS=force_tcg
	export LIBGUESTFS_CACHEDIR=$BATS_FILE_TMPDIR LIBGUESTFS_TMPDIR=$BATS_FILE_TMPDIR
	peer_kernel
}

# peer_kernel: the peers boot the host's kernel. Where it has none, as a container has, they get
# the one that our appliance was made of.
peer_kernel()
{
	local deb version
	if [ -n "${SUPERMIN_KERNEL:-}" ] || compgen -G '/boot/vmlinuz*' >/dev/null; then
		return 0
	fi
	for deb in "$TOP_BUILDDIR"/appliance/work/debs/linux-image-[0-9]*.deb; do
		dpkg-deb -x "$deb" "$BATS_FILE_TMPDIR/kernel" || return 0
	done
	version=$(ls "$BATS_FILE_TMPDIR/kernel/lib/modules")
	PATH=$PATH:/sbin:/usr/sbin depmod -b "$BATS_FILE_TMPDIR/kernel" "$version"
	export SUPERMIN_KERNEL=$BATS_FILE_TMPDIR/kernel/boot/vmlinuz-$version
	export SUPERMIN_MODULES=$BATS_FILE_TMPDIR/kernel/lib/modules/$version
}

# requires_peer COMMAND: skips the test where it is not installed, or has no kernel to boot.
requires_peer()
{
	requires "$1"
	[ -d /lib/modules ] || skip "$1 does not work without /lib/modules"
	[ -n "${SUPERMIN_KERNEL:-}" ] || compgen -G '/boot/vmlinuz*' >/dev/null ||
		skip "$1 has no kernel to boot"
}

# same PEER OURS ARGUMENT...: both print the same.
same()
{
	local peer=$1 ours=$2
	shift 2
	"$peer" "$@" >"$BATS_TEST_TMPDIR/peer"
	"$ours" "$@" >"$BATS_TEST_TMPDIR/ours"
	cmp "$BATS_TEST_TMPDIR/peer" "$BATS_TEST_TMPDIR/ours"
}

@test "guest-cat prints what virt-cat does" {
	requires_peer virt-cat
	image debian.qcow2
	same virt-cat guest-cat -a "$image" /etc/os-release /etc/passwd /usr/bin/perl
}

@test "guest-cat reads a dirty journal as virt-cat does" {
	requires_peer virt-cat
	image dirty-journal.img
	same virt-cat guest-cat -a "$image" -m /dev/sda /journal.txt
}

@test "guest-ls lists what virt-ls does" {
	requires_peer virt-ls
	image debian.qcow2
	same virt-ls guest-ls -a "$image" /etc /usr/bin
}

@test "guest-ls -R lists what virt-ls -R does" {
	requires_peer virt-ls
	image debian.qcow2
	same virt-ls guest-ls -R -a "$image" /etc
}

@test "guest-ls -lR with everything lists what virt-ls does" {
	requires_peer virt-ls
	image debian.qcow2
	same virt-ls guest-ls -lR --uids --time-t --checksum=sha256 -a "$image" /etc
	same virt-ls guest-ls -lR --csv --times -a "$image" /var
}

@test "guest-ls -lR finds the difficult names as virt-ls does" {
	requires_peer virt-ls
	image names.img
	same virt-ls guest-ls -lR -h -a "$image" -m /dev/sda /names /modes
}

# What may differ in XML, taken out of both:
# - what virt-inspector has since 1.50: build_id, windows_group_policy, class, XFS's version,
#   Windows Defender as an application, and Windows 11 told from 10 by its build;
# - it keeps the slash at the front of fstab's subvol=/NAME, for which there are two then.
comparable()
{
	sed -e '/<build_id>/d' -e '/<windows_group_policy\/>/d' -e '/<class>/d' \
		-e 's,<type version="[45]">,<type>,' -e 's,<osinfo>win11<,<osinfo>win10<,' \
		-e 's,\(btrfsvol:/dev/[^/"]*\)//,\1/,' |
	sed -e '/^ *<application>$/ { :more; N; /<\/application>$/!b more; /<name>WinDefend</d; }'
}

# same_xml ARGUMENT...: the XML is the same, and as the schema says.
same_xml()
{
	virt-inspector "$@" | comparable >peer
	guest-inspect "$@" | comparable >ours
	diff peer ours
	xmllint --noout --relaxng "$TOP_SRCDIR/tests/inspect.rng" ours
}

@test "guest-inspect prints what virt-inspector does, of a real Debian" {
	requires_peer virt-inspector
	requires xmllint
	image debian.qcow2
	same_xml -a "$image"
}

@test "guest-inspect prints what virt-inspector does, of other packages and of Windows" {
	requires_peer virt-inspector
	requires xmllint
	local name
	# Not those of an rpm guest without rpm's own files, which it cannot list, nor Alpine's, of
	# which it loses the last one.
	for name in arch.img windows-mbr.img; do
		image "$name"
		echo "$name"
		same_xml -a "$image"
	done
}

@test "guest-inspect prints what virt-inspector does, of other disks" {
	requires_peer virt-inspector
	requires xmllint
	local name
	for name in phony-linux.img lvm.img two-roots.img no-os.img alpine.img rpm-sqlite.img; do
		image "$name"
		echo "$name"
		same_xml --no-applications --no-icon -a "$image"
	done
}

@test "guest-inspect prints what virt-inspector does, of subvolumes" {
	requires_peer virt-inspector
	image btrfs-subvol.img
	# With one slash less the order is another.
	virt-inspector --no-applications --no-icon -a "$image" | comparable | sort >peer
	guest-inspect --no-applications --no-icon -a "$image" | comparable | sort >ours
	diff peer ours
}

@test "guest-inspect --xpath prints what virt-inspector --xpath does" {
	requires virt-inspector
	local query
	image debian.qcow2
	guest-inspect --no-icon -a "$image" >in
	for query in / //root '//mountpoint/@dev' '//name/text()' 'string(//hostname)' '//none' \
		'count(//application)' 'count(//application) > 9' '//application[name="dpkg"]'; do
		echo "$query"
		cmp <(virt-inspector --xpath "$query" <in) <(guest-inspect --xpath "$query" <in)
	done
}

@test "guest-filesystems lists what virt-filesystems does" {
	requires_peer virt-filesystems
	local name
	for name in debian.qcow2 mbr-logical.img btrfs-subvol.img; do
		image "$name"
		same virt-filesystems guest-filesystems --all --long --uuid -a "$image"
	done
	image lvm.img
	same virt-filesystems guest-filesystems -a "$image"
	same virt-filesystems guest-filesystems --all --long --uuid -h -a "$image"
	same virt-filesystems guest-filesystems --extra --lvs --parts --csv -l -a "$image"
}

@test "guest-filesystems lists file systems on whole disks as virt-filesystems does" {
	requires_peer virt-filesystems
	local a b c
	image fs-xfs.img a
	image fs-vfat.img b
	image no-fs.img c
	same virt-filesystems guest-filesystems --extra -l --uuids -a "$a" -a "$b" -a "$c"
	same virt-filesystems guest-filesystems --extra --blkdevs -l --no-title -a "$c" -a "$a"
}

@test "guest-df shows what virt-df does" {
	requires_peer virt-df
	local lvm
	image lvm.img lvm
	image debian.qcow2
	same virt-df guest-df -a "$image"
	same virt-df guest-df -h -a "$lvm" -a "$image"
	image btrfs-subvol.img
	same virt-df guest-df --csv -i -a "$lvm" -a "$image"
	cp --sparse=always "$lvm" 'a long name, as of an image that nobody has renamed.img'
	same virt-df guest-df -a './a long name, as of an image that nobody has renamed.img'
}
