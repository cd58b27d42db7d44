#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck disable=SC2016,SC2154,SC2153
# Domains of libvirt: -d and -c.

bats_require_minimum_version 1.5.0
load lib/common
load lib/images
load lib/domains

setup_file()
{
	image debian.qcow2 QCOW2
	image debian.raw RAW
	image lvm-2disks-a.img A
	image lvm-2disks-b.img B
	export QCOW2 RAW A B
	warm_cache
}

setup()
{
	common_setup
	requires_domains
	run=
}

# Ends the libvirt of a test, which has written down who it is.
teardown()
{
	if [ -n "$run" ]; then
		kill "$(cat "$run/pid")" || :
		for _ in {1..100}; do
			[ -e "$run/pid" ] || break
			sleep 0.1
		done
		rm -rf "$run"
	fi
	common_teardown
}

@test "a domain by its name, by its UUID, and as an operand" {
	domain web 5 "<disk type='file' device='cdrom'><target dev='hdc'/><readonly/></disk>$(disk vda "$QCOW2")"
	local uuid=00000001-1111-4222-8333-444444444440
	capture guest-cat -c "$uri" -d web /etc/hostname
	[ "$out" = guest.example.org ]
	[ -z "$err" ]
	capture guest-cat --connect "$uri" --domain "$uuid" /etc/hostname
	[ "$out" = guest.example.org ]
	capture guest-cat -c "$uri" web /etc/hostname
	[ "$out" = guest.example.org ]
	fails_with "no libvirt domain called 'mail': Domain not found" guest-cat -c "$uri" -d mail /etc/hostname
	fails_with "cannot open 'mail': no such file; as a domain: no libvirt domain called 'mail'" \
		guest-cat -c "$uri" mail /etc/hostname
	local away='qemu+unix:///session?socket=/nonexistent'
	fails_with "^guest-cat: cannot connect to libvirt: Failed to connect" guest-cat -c "$away" -d web /etc/hostname
	fails_with "cannot open 'web': no such file; as a domain: cannot connect to libvirt: " \
		guest-cat -c "$away" web /etc/hostname
}

@test "all disks of a domain, in their order, with those of -a" {
	domain two 5 "$(disk vda "$A" raw)$(disk vdb "$B" raw)"
	guest-filesystems --all -l -a "$A" -a "$B" >want
	capture guest-filesystems --all -l -c "$uri" -d two
	cmp want out
	guest-filesystems --all -l -a "$RAW" -a "$A" -a "$B" >want
	capture guest-filesystems --all -l -c "$uri" -a "$RAW" -d two
	cmp want out
}

@test "a backing chain, and a CD with a medium, which is a disk as any other" {
	local chain iso
	image chain-3.qcow2 chain
	image fs-iso9660.img iso
	guest-filesystems --all -l -a "$chain" -a "$iso" >want
	grep -q '^/dev/sdb .* iso9660 ' want
	domain chain 5 "$(disk vda "$chain")<disk type='file' device='cdrom'><driver name='qemu' type='raw'/>
		<source file='$iso'/><target dev='hdc'/><readonly/></disk>"
	capture guest-filesystems --all -l -c "$uri" -d chain
	[ "$status" = 0 ]
	cmp want out
}

@test "the format is libvirt's, and nobody looks for another" {
	# A raw disk in which a guest has written the header of an overlay of a file of ours.
	truncate -s 1M evil.raw
	qemu-img create -q -f qcow2 -b /etc/passwd -F raw evil.raw 1M
	domain evil 5 "$(disk vda "$PWD/evil.raw" raw)"
	capture guest-filesystems --all -l -c "$uri" -d evil
	[ "$status" = 0 ]
	[[ $err == "" ]]
	[[ $out != *root* ]]
}

@test "a running domain is not written to, and read with a warning" {
	image_copy debian.qcow2
	domain live 1 "$(disk vda "$image")"
	local sum
	sum=$(sha256sum <"$image")
	fails_with "the domain 'live' is running: not opened for writing" \
		guest-edit -c "$uri" -d live -e 's/a/b/' /etc/hostname
	[ "$(sha256sum <"$image")" = "$sum" ]
	capture guest-cat -c "$uri" -d live /etc/hostname
	[ "$status" = 0 ]
	[ "$out" = guest.example.org ]
	[ "$err" = "guest-cat: warning: the domain 'live' is running: what is read is not a point in time" ]
}

@test "a domain that is off is written to, but not its read-only disks" {
	local a b
	image_copy debian.qcow2 a
	image_copy fs-ext4.img b
	domain off 5 "$(disk vda "$a")$(disk vdb "$b" raw '<readonly/>')"
	capture guest-edit -c "$uri" -d off -e 's/guest/changed/' /etc/hostname
	[ "$status" = 0 ]
	capture guest-cat -a "$a" /etc/hostname
	[ "$out" = changed.example.org ]
	local sum
	sum=$(sha256sum <"$b")
	capture guest-edit -c "$uri" -d off -m /dev/sdb -e 's/./x/' /hello.txt
	[ "$status" = 1 ]
	[ "$(sha256sum <"$b")" = "$sum" ]
}

@test "a disk that cannot be had is named, with the domain" {
	domain gone 5 "$(disk vda /nonexistent.qcow2)"
	fails_with "of the domain 'gone': cannot open '/nonexistent.qcow2'" \
		guest-cat -c "$uri" -d gone /etc/hostname
	domain odd 5 "<disk type='network' device='disk'><source protocol='gluster' name='v/x'>
		<host name='h'/></source><target dev='vda'/></disk>"
	fails_with "disk 'vda' of the domain 'odd': the protocol 'gluster' is not known" \
		guest-cat -c "$uri" -d odd /etc/hostname
	domain empty 5 ''
	fails_with "the domain 'empty' has no disks" guest-cat -c "$uri" -d empty /etc/hostname
}

@test "a network disk and a volume of a pool" {
	requires nbdkit
	nbdkit -f -r -U "$PWD/s" -e one file "$RAW" >/dev/null 2>&1 3>&- &
	local pid=$!
	domain net 5 "<disk type='network' device='disk'><driver name='qemu' type='raw'/>
		<source protocol='nbd' name='one'><host transport='unix' socket='$PWD/s'/></source>
		<target dev='vda'/></disk>"
	for _ in {1..50}; do
		[ ! -S s ] || break
		sleep 0.1
	done
	capture guest-cat -c "$uri" -d net /etc/hostname
	kill "$pid"
	[ "$out" = guest.example.org ]
	domain volume 5 "<disk type='volume' device='disk'><source pool='default' volume='none'/>
		<target dev='vda'/></disk>"
	fails_with "of the domain 'volume': .*[Ss]torage" guest-cat -c "$uri" -d volume /etc/hostname
}

@test "guest-df without a disk lists all domains, each by itself" {
	domain web 5 "$(disk vda "$QCOW2")"
	domain older 5 "$(disk vda "$RAW" raw)"
	domain none 5 ''
	capture guest-df -c "$uri"
	[ "$status" = 0 ]
	[ "$(awk 'NR > 1 { print $1 }' out)" = $'older:/dev/sda1\nolder:/dev/sda2\nweb:/dev/sda1\nweb:/dev/sda2' ]
	capture guest-df --uuid --csv -c "$uri" -d web
	[[ $out =~ ([0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}),/dev/sda1 ]]
	fails_with "no disk image, and so all domains of libvirt: .*Failed to connect" \
		guest-df -c "qemu+unix:///session?socket=/nonexistent"
}

@test "a real libvirt, whose domain is defined, started and saved" {
	requires virsh
	[ -x /usr/sbin/libvirtd ] || skip "libvirtd is not installed"
	user_setup
	user_image debian.qcow2
	[ "$(id -u)" != 0 ] || chown "${AS_UID:-65534}" "$image"
	chmod u+w "$image"
	if [ "$(id -u)" = 0 ]; then
		mkdir "$BATS_TEST_TMPDIR/domains"
		cp "$TOP_BUILDDIR/tools/domains/guestutils-domains" "$BATS_TEST_TMPDIR/domains"
	fi
	# The path of its socket has to be short.
	run=$(mktemp -d /tmp/libvirt.XXXXXX)
	[ "$(id -u)" != 0 ] || chown "${AS_UID:-65534}" "$run"
	local as=(as_user env "PATH=$PATH:/usr/sbin" "HOME=$run" "XDG_RUNTIME_DIR=$run"
		"XDG_CONFIG_HOME=$run/config" "XDG_CACHE_HOME=$run/kache" "GUESTUTILS_CACHE=$run/cache")
	"${as[@]}" mkdir -m 700 "$run/cache"
	"${as[@]}" libvirtd --pid-file "$run/pid" >libvirtd.log 2>&1 3>&- &
	for _ in {1..100}; do
		[ ! -S "$run/libvirt/libvirt-sock" ] || break
		sleep 0.1
	done
	cat >one.xml <<-EOS
		<domain type='qemu'><name>one</name><memory unit='MiB'>32</memory><vcpu>1</vcpu>
		<os><type arch='x86_64'>hvm</type></os><devices>
		<disk type='file' device='disk'><driver name='qemu' type='qcow2'/><source file='$image'/>
		<target dev='vda' bus='virtio'/></disk></devices></domain>
	EOS
	chmod a+r one.xml
	"${as[@]}" virsh -q -c qemu:///session define one.xml
	capture "${as[@]}" guest-cat -c qemu:///session -d one /etc/hostname
	[ "$out" = guest.example.org ]
	capture "${as[@]}" guest-edit -d one -c qemu:///session -e 's/guest/first/' /etc/hostname
	[ "$status" = 0 ]

	"${as[@]}" virsh -q -c qemu:///session start one
	capture "${as[@]}" guest-edit -c qemu:///session -d one -e 's/first/second/' /etc/hostname
	[ "$status" = 1 ]
	[[ $err == *"the domain 'one' is running: not opened for writing"* ]]
	# The same by its image: qemu's lock tells.
	capture "${as[@]}" guest-edit -a "$image" -e 's/first/second/' /etc/hostname
	[ "$status" = 1 ]
	[[ $err == *"in use by"* ]]
	capture "${as[@]}" guest-cat -c qemu:///session -d one /etc/hostname
	[ "$out" = first.example.org ]
	[ "$err_lines" = 1 ]

	"${as[@]}" virsh -q -c qemu:///session managedsave one
	capture "${as[@]}" guest-edit -c qemu:///session -d one -e 's/first/second/' /etc/hostname
	[ "$status" = 1 ]
	[[ $err == *"has a saved state"*"virsh managedsave-remove 'one'"* ]]
	"${as[@]}" virsh -q -c qemu:///session managedsave-remove one
	capture "${as[@]}" guest-edit -c qemu:///session -d one -e 's/first/second/' /etc/hostname
	[ "$status" = 0 ]
	capture "${as[@]}" guest-cat -c qemu:///session -d one /etc/hostname
	[ "$out" = second.example.org ]
}
