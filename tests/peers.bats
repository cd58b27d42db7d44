#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
# The same output as the tools whose place ours take, byte for byte, where these are installed.
# Where ours differ on purpose (the manuals' DIFFERENCES), that is not compared here.

# shellcheck disable=SC2016,SC2154 # image and image_file set variables, as does run
bats_require_minimum_version 1.5.0
load lib/common
load lib/images
load lib/domains

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

# same PEER OURS ARGUMENT...: both print the same. The peer is asked again if not: its kernel
# finds its disks side by side, and now and then gives the first two each other's names.
same()
{
	local peer=$1 ours=$2 try
	shift 2
	"$ours" "$@" >"$BATS_TEST_TMPDIR/ours"
	for try in 1 2 3; do
		"$peer" "$@" >"$BATS_TEST_TMPDIR/peer"
		! cmp -s "$BATS_TEST_TMPDIR/peer" "$BATS_TEST_TMPDIR/ours" || return 0
		echo "try $try: $peer and $ours differ"
	done
	diff "$BATS_TEST_TMPDIR/peer" "$BATS_TEST_TMPDIR/ours"
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

# comparable_virt_inspector, comparable_guest_inspect ARGUMENT...: their output, made comparable
comparable_virt_inspector()
{
	virt-inspector "$@" | comparable
}

comparable_guest_inspect()
{
	guest-inspect "$@" | comparable
}

# same_xml ARGUMENT...: the XML is the same, and as the schema says.
same_xml()
{
	same comparable_virt_inspector comparable_guest_inspect "$@"
	xmllint --noout --relaxng "$TOP_SRCDIR/tests/inspect.rng" "$BATS_TEST_TMPDIR/ours"
}

@test "guest-edit writes what virt-edit does, and keeps what it keeps" {
	requires_peer virt-edit
	local tool expr='s/^#?([a-z]+)/\u$1/ if $lineno != 2; tr/0-4/5-9/'
	for tool in virt-edit guest-edit; do
		image_copy fs-ext4.img
		debugfs -w -f - "$image" >/dev/null 2>&1 <<-'END'
			sif /numbers.txt mode 0100640
			sif /numbers.txt uid 10
			sif /numbers.txt gid 42
			ea_set /numbers.txt user.note kept
			ea_set /numbers.txt security.selinux label
		END
		"$tool" -a "$image" -m /dev/sda -b .old -e "$expr" /numbers.txt
		debugfs -R "cat /numbers.txt" "$image" >"$tool.now" 2>/dev/null
		debugfs -R "cat /numbers.txt.old" "$image" >"$tool.old" 2>/dev/null
		{
			debugfs -R "stat /numbers.txt" "$image" | grep -oE '(Mode|User|Group|Links|Size): +[^ ]+'
			debugfs -R "ea_list /numbers.txt" "$image" | sort
		} >"$tool.rest" 2>/dev/null
	done
	[ -s virt-edit.now ]
	cmp virt-edit.now guest-edit.now
	cmp virt-edit.old guest-edit.old
	diff virt-edit.rest guest-edit.rest
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

@test "guest-inspect draws the logo that is in letters as virt-inspector does" {
	requires_peer virt-inspector
	requires xmllint
	requires pbmtext
	image cirros.img
	same_xml -a "$image"
	grep -q '<icon>' "$BATS_TEST_TMPDIR/ours"
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

@test "guest-df shows the domains of libvirt as virt-df does" {
	requires_peer virt-df
	requires_domains
	local raw
	image debian.raw raw
	image lvm.img
	domain web 5 "$(disk vda "$image" raw)"
	domain old 5 "$(disk vda "$raw" raw)"
	same virt-df guest-df -c "$uri"
	same virt-df guest-df --uuid --csv -c "$uri"
	same virt-cat guest-cat -c "$uri" -d old /etc/passwd
}

@test "guest-alignment-scan prints what virt-alignment-scan does" {
	requires_peer virt-alignment-scan
	image mbr-logical.img
	same virt-alignment-scan guest-alignment-scan -a "$image"
	truncate -s 64M poor.img
	printf '%s,1000\n' 2048 4104 8200 | sfdisk -q --force poor.img
	virt-alignment-scan -a poor.img >peer || [ "$?" = 2 ]
	guest-alignment-scan -a poor.img >ours || [ "$?" = 2 ]
	diff peer ours
}

# what_is_on FILE: its table, without what is random, and what is in it.
what_is_on()
{
	sfdisk -d "$1" 2>/dev/null | sed -e '/^label-id/d' -e '/^device/d' -e 's/^[^ ]* : //' \
		-e '/lba/d' -e 's/type=[^,]*, uuid=[^,]*/GPT/'
	guest-filesystems --all -l -a "$1"
}

@test "guest-format makes what virt-format does" {
	requires_peer virt-format
	local options tool
	for options in --filesystem=ext4 --partition=gpt '--lvm --filesystem=ext2'; do
		for tool in virt-format guest-format; do
			rm -f disk.img
			truncate -s 300M disk.img
			# shellcheck disable=SC2086
			"$tool" --format=raw -a disk.img $options
			what_is_on disk.img >"$tool"
		done
		diff virt-format guest-format
	done
}

@test "guest-log prints what virt-log does of a journal and of a text" {
	requires_peer virt-log
	image peer-logs.img
	TZ=Asia/Kolkata same virt-log guest-log -a "$image"
	image phony-linux.img
	same virt-log guest-log -a "$image"
}

@test "guest-tail begins as virt-tail does" {
	requires_peer virt-tail
	image phony-linux.img
	guest-tail --no-follow -a "$image" /var/log/syslog >ours
	# It goes on for ever.
	timeout -s INT 120 virt-tail -a "$image" /var/log/syslog >peer 3>&- &
	for _ in {1..240}; do
		! cmp -s peer ours || break
		sleep 0.5
	done
	kill "$!"
	cmp peer ours
}

# same_tables IN SIZE OPTION...: guest-resize makes the partition table that virt-resize makes, but for
# names: the peer calls a partition without one "primary".
same_tables()
{
	local in=$1 tool
	for tool in virt-resize guest-resize; do
		rm -f new.img
		truncate -s "$2" new.img
		"$tool" -q --format raw --output-format raw "${@:3}" "$in" new.img
		sfdisk -d new.img | sed -E '/^first-lba|^last-lba|^label-id/d; s/, (uuid|name)=[^,]*//g' >"$tool"
	done
	diff virt-resize guest-resize
}

@test "guest-resize makes the tables that virt-resize makes, of a GPT" {
	requires_peer virt-resize
	image phony-linux.img
	same_tables "$image" 200M --resize sda2=+20M
	same_tables "$image" 200M --resize sda1=+50% --delete sda3
	same_tables "$image" 300M --align-first always --alignment 2048 --expand /dev/sda1 --no-extra-partition
}

@test "guest-resize makes the tables that virt-resize makes, with LVM, and of an MBR" {
	requires_peer virt-resize
	image lvm.img
	same_tables "$image" 300M --expand sda2 --lv-expand /dev/vg/root
	truncate -s 100M in.img
	sfdisk -q in.img <<-'END'
		label: dos
		start=63, size=40000, type=7, bootable
		start=40063, size=60000, type=83
		start=102400, size=60000, type=82
	END
	same_tables in.img 200M --resize sda2=50M
	same_tables in.img 200M --ignore sda3 --expand sda1
}

@test "guest-resize makes the tables that virt-resize makes, of what becomes smaller" {
	requires_peer virt-resize
	# A file system that has left room behind it, without which the peer makes nothing smaller.
	truncate -s 40M part.img
	mke2fs -q -t ext4 part.img 20M
	truncate -s 100M in.img
	sfdisk -q in.img <<-'END'
		label: gpt
		start=2048, size=40M
		size=30M
	END
	dd if=part.img of=in.img bs=1M seek=1 conv=notrunc status=none
	same_tables in.img 65M --shrink sda1
	same_tables in.img 100M --resize sda1=75%
	same_tables in.img 100M --resize-force sda2=-40% --expand sda1
}
