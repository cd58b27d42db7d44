#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck disable=SC2016,SC2154,SC2153
# Disks of other machines, which are servers on the loopback here.

bats_require_minimum_version 1.5.0
load lib/common
load lib/images

setup_file()
{
	image debian.raw RAW
	image debian.qcow2 QCOW2
	image fs-ext4.img EXT4
	export RAW QCOW2 EXT4
	warm_cache
}

setup()
{
	common_setup
	servers=()
}

teardown()
{
	local pid
	for pid in "${servers[@]}"; do
		kill "$pid" 2>/dev/null || :
	done
	common_teardown
}

# soon COMMAND...: it succeeds within ten seconds.
soon()
{
	for _ in {1..100}; do
		"$@" 2>/dev/null && return 0
		sleep 0.1
	done
	echo "not within ten seconds: $*"
	return 1
}

# nbd_server SOCKET FILE [OPTION...]
nbd_server()
{
	requires nbdkit
	nbdkit -f -U "$1" "${@:3}" file "$2" >nbdkit.log 2>&1 3>&- &
	servers+=($!)
	soon test -S "$1"
}

# http_server FOLDER [USER:PASSWORD]: its port is in $port, what it was asked in http.log.
http_server()
{
	requires python3
	"$TOP_SRCDIR/tests/helpers/range-http.py" "$1" "$PWD/port" "${@:2}" >http.log 2>&1 3>&- &
	servers+=($!)
	soon test -s port
	port=$(cat port)
}

# reads URI: the host name comes out, and no word beside it.
reads()
{
	capture guest-cat -a "$1" /etc/hostname
	if [ "$status" != 0 ] || [ "$out" != guest.example.org ] || [ -n "$err" ]; then
		printf 'status %s: %s\n%s\n' "$status" "$out" "$err"
		return 1
	fi
}

@test "nbd by a local socket, raw and qcow2" {
	nbd_server "$PWD/raw" "$RAW" -r
	nbd_server "$PWD/qcow2" "$QCOW2" -r
	reads "nbd+unix:///?socket=$PWD/raw"
	reads "nbd://?socket=$PWD/raw"
	reads "nbd:///?socket=$PWD/qcow2"
}

@test "nbd by a port and the name of an export" {
	requires nbdkit
	local port
	for port in 1{1,2,3,4,5}8{09,19,29}; do
		nbdkit -f -r -p "$port" -i 127.0.0.1 -e disks/one file "$RAW" >nbdkit.log 2>&1 3>&- &
		servers+=($!)
		soon nbdinfo --size "nbd://127.0.0.1:$port/disks/one" >/dev/null && break
	done
	reads "nbd://127.0.0.1:$port/disks/one"
	reads "nbd://localhost:$port/disks%2fone"
}

@test "several remote disks at once, more than have a slot" {
	local options=()
	nbd_server "$PWD/s" "$EXT4" -r
	for _ in {1..10}; do
		options+=(-a "nbd+unix:///?socket=$PWD/s")
	done
	capture guest-cat "${options[@]}" -m /dev/sdj /hello.txt
	[ "$status" = 0 ]
	guest-cat -a "$EXT4" -m /dev/sda /hello.txt | cmp - out
}

@test "what is written through nbd is there, and nothing else has changed" {
	cp --sparse=always "$RAW" disk.raw
	chmod u+w disk.raw
	nbd_server "$PWD/s" "$PWD/disk.raw"
	capture guest-edit -a "nbd+unix:///?socket=$PWD/s" -e 's/guest/remote/' /etc/hostname
	[ "$status" = 0 ]
	capture guest-cat -a disk.raw /etc/hostname
	[ "$out" = remote.example.org ]
	[ "$(cmp -l "$RAW" disk.raw | awk '{ n[int($1 / 4096)] } END { for (i in n) k++; print k < 40 }')" = 1 ]
}

@test "a reading tool cannot write, not even where the server would let it" {
	cp --sparse=always "$RAW" disk.raw
	chmod u+w disk.raw
	local sum
	sum=$(sha256sum <disk.raw)
	nbd_server "$PWD/s" "$PWD/disk.raw"
	reads "nbd+unix:///?socket=$PWD/s"
	[ "$(sha256sum <disk.raw)" = "$sum" ]
}

@test "http, of a file and of an overlay whose base is beside it" {
	mkdir www
	ln -s "$QCOW2" www/base.qcow2
	(cd www && qemu-img create -q -f qcow2 -b base.qcow2 -F qcow2 top.qcow2)
	http_server www
	reads "http://127.0.0.1:$port/base.qcow2"
	reads "http://localhost:$port/top.qcow2"
	fails_with "'http://localhost:$port/top.qcow2' is a disk of 2 files, one on another machine" \
		guest-sparsify -q "http://localhost:$port/top.qcow2" out.qcow2
	[ ! -e out.qcow2 ]
	# It reads parts, not the whole.
	grep -q 'GET /base.qcow2 bytes=' http.log
	fails_with "http is for reading only" guest-edit -a "http://127.0.0.1:$port/base.qcow2" \
		-e 's/a/b/' /etc/hostname
	fails_with "cannot open 'http://127.0.0.1:$port/none.qcow2': .*404" \
		guest-cat -a "http://127.0.0.1:$port/none.qcow2" /etc/hostname
}

@test "a name in a remote image leads to no file of ours and to no other server" {
	mkdir www
	local name
	for name in "$QCOW2" /etc/passwd nbd://localhost/ ../../etc/passwd json:{}; do
		rm -f www/top.qcow2
		qemu-img create -q -u -f qcow2 -b "$name" -F raw www/top.qcow2 1G
		[ -n "${port:-}" ] || http_server www
		capture guest-cat -a "http://127.0.0.1:$port/top.qcow2" /etc/hostname
		[ "$status" = 1 ]
		[ -z "$out" ]
		case $name in
		../*) [[ $err == *"cannot open 'http://127.0.0.1:$port/../../etc/passwd'"* ]] ;;
		*) [[ $err == *"is not the name of a file beside it: that is not followed from a remote image"* ]] ;;
		esac
	done
}

@test "a password is in no argument, and in no message" {
	mkdir www
	ln -s "$RAW" www/disk.raw
	http_server www disks:hunter2hunter2
	local qemu=$BATS_TEST_TMPDIR/seen
	# The folder of a process has its arguments and its environment.
	cat >spy <<-'EOS'
		#!/bin/sh
		for p in /proc/[0-9]*; do
			case $(cat "$p/comm") in
			guest-cat | qemu-*) tr '\0' '\n' <"$p/cmdline"; tr '\0' '\n' <"$p/environ" ;;
			esac
		done 2>/dev/null >seen
		cat /dev/null
	EOS
	chmod +x spy
	image luks2.img
	capture guest-cat -v -a "http://disks:hunter2hunter2@127.0.0.1:$port/disk.raw" -a "$image" \
		--key 'all:command:./spy' --key all:key:x /etc/hostname
	grep -q '^http://disks:xxxxxxxxxxxxxx@127.0.0.1' "$qemu"
	grep -q qemu-storage-daemon "$qemu"
	run -1 grep -e hunter2 "$qemu" out err
	capture guest-cat -a "http://disks:hunter2hunter2@127.0.0.1:$port/disk.raw" /etc/hostname
	[ "$out" = guest.example.org ]
	capture guest-cat -a "http://disks:wrong-wrong@127.0.0.1:$port/disk.raw" /etc/hostname
	[ "$status" = 1 ]
	[[ $err == *"cannot open 'http://127.0.0.1:$port/disk.raw'"*401* ]]
	[[ $err != *wrong* ]]
}

@test "ssh: a file is read, and one that has to grow is written" {
	[ "$(id -u)" = 0 ] || skip "another user's home is needed: only root can be one"
	requires ssh-keygen
	[ -x /usr/sbin/sshd ] || skip "sshd is not installed"
	local port
	# One who is not in the list of users has the home that HOME says.
	AS_UID=54321
	user_setup
	mkdir -p "$user_dir/.ssh" "$user_dir/cache" /run/sshd
	ssh-keygen -q -t ed25519 -N '' -f host_key
	ssh-keygen -q -t ed25519 -N '' -f "$user_dir/.ssh/id_ed25519"
	cp "$user_dir/.ssh/id_ed25519.pub" keys
	port=$((20000 + RANDOM % 10000))
	printf '%s\n' "Port $port" "ListenAddress 127.0.0.1" "HostKey $PWD/host_key" \
		"AuthorizedKeysFile $PWD/keys" "StrictModes no" "UsePAM no" "PidFile none" \
		"PermitRootLogin prohibit-password" "Subsystem sftp internal-sftp" >sshd_config
	/usr/sbin/sshd -D -e -f sshd_config >sshd.log 2>&1 3>&- &
	servers+=($!)
	soon grep -q listening sshd.log
	cp --sparse=always "$QCOW2" disk.qcow2
	chmod u+w disk.qcow2
	chown -R "$AS_UID" "$user_dir"
	chmod 700 "$user_dir" "$user_dir/.ssh" "$user_dir/cache"
	local uri="ssh://root@localhost:$port$PWD/disk.qcow2"
	local as=(as_user env "PATH=$PATH" "HOME=$user_dir" "GUESTUTILS_CACHE=$user_dir/cache")

	capture "${as[@]}" guest-cat -a "$uri" /etc/hostname
	[ "$status" = 1 ]
	[[ $err == *"host key"* ]]
	echo "[localhost]:$port $(cat host_key.pub)" >"$user_dir/.ssh/known_hosts"
	capture "${as[@]}" guest-cat -a "$uri" /etc/hostname
	[ "$out" = guest.example.org ]
	# New clusters, beyond the end of the file.
	capture "${as[@]}" guest-edit -a "$uri" --create -e '$_ = "x" x 70000' /root/new </dev/null
	capture "${as[@]}" guest-edit -a "$uri" -e 's/guest/remote/' /etc/hostname
	[ "$status" = 0 ]
	[ -z "$err" ]
	qemu-img check -q disk.qcow2
	capture guest-cat -a disk.qcow2 /etc/hostname
	[ "$out" = remote.example.org ]
	capture guest-cat -a "ssh://root:pw@localhost:$port$PWD/disk.qcow2" /etc/hostname
	[[ $err == *"a password is not taken"* ]]
}

@test "what is wrong with a URI is said, without the password" {
	local uri words
	while IFS='|' read -r uri words; do
		capture guest-cat -a "$uri" /etc/hostname
		if [ "$status" != 1 ] || [[ $err != *"$words"* ]] || [[ $err == *hunter2* ]]; then
			echo "$uri: $err"
			return 1
		fi
	done <<-'EOS'
		foo://host/x|unknown protocol 'foo'; known are: file, ftp, ftps, http, https, iscsi, nbd, nbd+unix, rbd, ssh
		nbd://user:hunter2@host/x|'nbd://***@host/x': nbd takes no user
		nbd://host/x?socket=/s|cannot have both a server name and a socket query parameter
		nbd:///x|a host is missing, or ?socket=PATH
		nbd://host:port/x|'port' is no port
		nbd://[::1/x|an address that starts with [ ends with ]
		http:///x|a host is missing
		http://u:hunter2@/x|'http://***@/x': a host is missing
		ssh://host|the path is missing
		ssh://host/%zz|a % in a URI is followed by two hexadecimal digits
		rbd://host/pool/image|the port of the monitor is missing
		rbd:///image|a disk of Ceph is named by pool/image
		iscsi://host/iqn.2026-01.org.example/lun|after the host come the target's name, a slash, and a number (LUN)
		nbd+unix:///?socket=/nonexistent/socket|cannot open 'nbd+unix:///?socket=/nonexistent/socket'
		ssh://localhost:1/x|cannot open 'ssh://localhost:1/x': Failed to connect to 'localhost:1': Connection refused
	EOS
}

@test "nothing is left behind" {
	mkdir run
	chmod 700 run
	nbd_server "$PWD/s" "$RAW" -r
	XDG_RUNTIME_DIR=$PWD/run reads "nbd+unix:///?socket=$PWD/s"
	[ -z "$(ls -A run)" ]
	# What it started has the same environment.
	grep -slz "^XDG_RUNTIME_DIR=$PWD/run\$" /proc/[0-9]*/environ >left || :
	[ ! -s left ]
}
