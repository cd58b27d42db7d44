#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# ntfsgrow: volumes of several sizes of clusters grow by a little and by much, full ones too; ntfsresize(8),
# which compares every file's clusters with $Bitmap, is content, what was in them is there, and all
# numbers that say how large they are agree; also where the description of $Bitmap has outgrown its record.
# What it does not do is told by --check too, and leaves the volume as it was.

set -eu
export LC_ALL=C

grow=$PWD/daemon/ntfsgrow
[ -x "$grow" ] || { echo "no $grow"; exit 77; }
PATH=$PATH:/usr/sbin:/sbin
for tool in mkntfs ntfsresize ntfsinfo ntfscp ntfscat python3; do
	command -v $tool >/dev/null || { echo "no $tool"; exit 77; }
done
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"

fail()
{
	echo "FAIL: $*" >&2
	exit 1
}

# volume CLUSTER SIZE: the file volume is one, with a file in it.
volume()
{
	rm -f volume
	truncate -s "$2" volume
	mkntfs -q -Q -F -c "$1" volume >words 2>&1 || fail "mkntfs: $(cat words)"
	ntfscp -q volume data /data
}

# fill: until no cluster is free.
fill()
{
	local n=0
	head -c $(($(stat -c %s volume) * 3 / 4)) /dev/zero | tr '\0' x >much
	ntfscp -q volume much /much 2>/dev/null || :
	while [ "$(free)" != 0 ] && [ $((n += 1)) -lt 100 ]; do
		head -c $(($(free) * $(number 'Cluster Size'))) /dev/zero >rest
		ntfscp -q volume rest "/rest$n" 2>/dev/null || :
	done
	[ "$(free)" = 0 ] || fail "$(free) clusters are free: it is not full"
}

# number WORDS: of what ntfsinfo says.
number()
{
	ntfsinfo -fm volume 2>/dev/null | sed -n "s/.*$1: *\([0-9]*\).*/\1/p"
}

free()
{
	number 'Free Clusters'
}

# le64 FILE AT: the number that is there.
le64()
{
	od -An -t u8 -j "$2" -N 8 "$1" | tr -d ' '
}

# grown CLUSTER: it is, to all that volume has.
grown()
{
	local size sectors
	size=$(stat -c %s volume)
	sectors=$((size / 512 - 1))
	# That is the one thing that ntfsresize does not know.
	if ! ntfsresize -f -f -i volume >words 2>&1 && ! grep -q 'Highly fragmented' words; then
		fail "$test: ntfsresize -i: $(cat words)"
	fi
	[ "$(number 'Volume Size in Clusters')" = $((sectors * 512 / $1)) ] || fail "$test: its clusters"
	[ "$(le64 volume 40)" = "$sectors" ] || fail "$test: its sectors"
	cmp <(head -c 512 volume) <(tail -c 512 volume) || fail "$test: the boot sector's copy"
	ntfscat -f volume /data 2>/dev/null | cmp - data || fail "$test: its data"
	ntfsinfo -fm volume 2>/dev/null | grep -q 'Volume Flags:.*DIRTY' || fail "$test: it is not marked"
	# Bits beyond the end are set, and the hole of $BadClus is as large as the volume.
	ntfscat -f -i 6 volume >bits 2>/dev/null
	# shellcheck disable=SC2017 # whole words of 64 bits
	[ "$(stat -c %s bits)" = $(((sectors * 512 / $1 + 63) / 64 * 8)) ] || fail "$test: the size of \$Bitmap"
	if [ $((sectors * 512 / $1 % 64)) = 63 ]; then
		[ "$(tail -c 1 bits | od -An -t u1 | tr -d ' ')" -ge 128 ] || fail "$test: the bits beyond its end"
	fi
	ntfsinfo -f -v -i 8 volume 2>/dev/null | grep -q "Data size:.* $((sectors * 512 / $1 * $1)) " || fail "$test: \$BadClus"
}

# untouched WORDS OPTION...: it says so, and changes nothing.
untouched()
{
	local status=0 says=$1
	shift
	cp --sparse=always volume before
	"$grow" "$@" volume 2>words || status=$?
	[ "$status" = 1 ] || fail "$test: status $status: $(cat words)"
	grep -q "$says" words || fail "$test: it says: $(cat words)"
	cmp volume before || fail "$test: it was changed"
}

head -c 300000 /dev/urandom >data

# From, to: within the last cluster of $Bitmap, beyond it, just by one cluster, by none, by much.
for cluster in 512 4096 65536; do
	for sizes in '20M 21M' '20M 300M' '129M 3G' '128M 128M' '134217728 134283776' '100M 40G' '33333248 77777408'; do
		test="clusters of $cluster, $sizes"
		volume $cluster "${sizes% *}"
		used=$(($(number 'Volume Size in Clusters') - $(free)))
		truncate -s "${sizes#* }" volume
		"$grow" volume || fail "$test"
		grown $cluster
		more=$(($(number 'Volume Size in Clusters') - $(free) - used))
		if [ $more -lt 0 ] || [ $more -gt $(($(stat -c %s volume) / cluster / cluster / 8 + 1)) ]; then
			fail "$test: $more clusters more are used"
		fi
	done
done

# Full, and $Bitmap has no room left in its cluster.
test='a full one'
volume 4096 $((128 * 1048576 + 512))
[ "$(number 'Volume Size in Clusters')" = 32768 ] || fail "$test: its clusters"
fill
truncate -s 20G volume
"$grow" volume || fail "$test"
grown 4096
ntfscat -f volume /much 2>/dev/null | cmp - much || fail "$test: its other data"

test='one with more on it than it says'
volume 4096 20M
tail -c 4096 data | dd of=volume bs=1M seek=20 status=none conv=notrunc
head -c 50M /dev/zero | tr '\0' y | dd of=volume bs=1M seek=20 status=none conv=notrunc
truncate -s 3G volume
"$grow" volume || fail "$test"
grown 4096

# Each growth is a run more of $Bitmap, for the cluster behind the last of these is taken.
test='one that grew often'
volume 512 20M
used=$(($(number 'Volume Size in Clusters') - $(free)))
n=0
while [ $((n += 1)) -le 240 ]; do
	truncate -s $((20 + n * 4))M volume
	"$grow" --check volume || fail "$test: --check, $n"
	"$grow" volume || fail "$test: $n"
done
ntfsinfo -f -v -i 6 volume 2>/dev/null | grep -q 'ATTRIBUTE_LIST' || fail "$test: one record is enough for it"
grown 512
more=$(($(number 'Volume Size in Clusters') - $(free) - used))
if [ $more -lt 480 ] || [ $more -gt 500 ]; then
	fail "$test: $more clusters more are used, of which its bitmap has 480"
fi
# Marked, and by that program mended.
ntfsfix -d volume >words 2>&1 || fail "$test: ntfsfix: $(cat words)"
ntfscp -q volume data /more || fail "$test: cannot write to it"
ntfscat volume /more | cmp - data || fail "$test: what is written"

test='an image that was cut'
volume 4096 20M
truncate -s 19M volume
untouched 'more clusters than there is room for'
test='no NTFS'
truncate -s 0 volume
truncate -s 20M volume
untouched 'cannot open it as NTFS'
untouched 'cannot open it as NTFS' --check

# at RECORD MATCH: where in the volume that is in that record.
at()
{
	local record=$(($(le64 volume 48) * 4096 + $1 * 1024))
	echo $((record + $(dd if=volume bs=1 skip=$record count=1024 status=none | grep -obUaP "$2" | head -n 1 | cut -d: -f1)))
}

test='a damaged record'
for record in 6 8; do
	volume 4096 20M
	printf '\377\377' | dd of=volume bs=1 seek=$(($(le64 volume 48) * 4096 + record * 1024 + 4)) conv=notrunc status=none
	truncate -s 300M volume
	untouched '.' # libntfs does not read some of them
	untouched '.' --check
done

test='a hibernated one'
volume 4096 20M
(printf hibr; head -c 8188 /dev/zero) >hiberfil
ntfscp -q volume hiberfil /hiberfil.sys
truncate -s 300M volume
untouched "hibernated.*'shutdown /s /t 0'"
untouched "hibernated.*'shutdown /s /t 0'" --check
untouched "hibernated.*'shutdown /s /t 0'" --force
untouched "hibernated.*'shutdown /s /t 0'" --check --force

# A restart page that says that a client is at work.
log_in_use()
{
	python3 - <<-'END'
		import struct
		f = open("volume", "r+b")
		f.seek(48)
		record = struct.unpack("<Q", f.read(8))[0] * 4096 + 2 * 1024
		f.seek(record)
		m = f.read(1024)
		at = struct.unpack_from("<H", m, 20)[0]
		while struct.unpack_from("<I", m, at)[0] != 0x80:
		    at += struct.unpack_from("<I", m, at + 4)[0]
		runs = at + struct.unpack_from("<H", m, at + 32)[0]
		n, k = m[runs] & 15, m[runs] >> 4
		lcn = int.from_bytes(m[runs + 1 + n:runs + 1 + n + k], "little")
		size = struct.unpack_from("<Q", m, at + 48)[0]
		page = bytearray(4096)
		# RSTR; update sequence at 30, of 9 words; sizes of pages; the area at 48; version 1.1
		struct.pack_into("<4sHHQIIHhH", page, 0, b"RSTR", 30, 9, 0, 4096, 4096, 48, 1, 1)
		# The area: lsn, clients, none free, the first in use, flags, bits, its length, where clients are, the file's size
		struct.pack_into("<QHHHHIHHQIHH", page, 48, 1000, 1, 0xffff, 0, 0, 67 - (size - 1).bit_length(), 224, 64, size, 0, 48, 64)
		struct.pack_into("<QQHHH", page, 112, 900, 1000, 0xffff, 0xffff, 0)
		struct.pack_into("<I", page, 112 + 28, 8)
		page[144:152] = "NTFS".encode("utf-16le")
		for i in range(8):
		    page[32 + 2 * i:34 + 2 * i] = page[510 + 512 * i:512 + 512 * i]
		    page[510 + 512 * i:512 + 512 * i] = b"\1\0"
		page[30:32] = b"\1\0"
		f.seek(lcn * 4096)
		f.write(page + page)
	END
}

test='one with a log in use'
volume 4096 20M
log_in_use
truncate -s 300M volume
untouched "log.*'chkdsk /f'"
untouched "log.*'chkdsk /f'" --check
"$grow" --check --force volume || fail "$test: --check --force"
"$grow" --force volume || fail "$test: --force"
grown 4096

test='not all of the bitmap is initialized'
volume 4096 20M
"$grow" --check volume || fail "$test: --check before"
printf '\010\0\0\0\0\0\0\0' | dd of=volume bs=1 seek=$(($(at 6 '\x80\0\0\0\x48\0\0\0\x01') + 56)) conv=notrunc status=none
truncate -s 300M volume
untouched 'chkdsk /f'
untouched 'chkdsk /f' --check

test='sizes that contradict each other'
volume 4096 20M
printf '\0\0\0\0\1\0\0\0' | dd of=volume bs=1 seek=$(($(at 8 '\x80\0\0\0.\0\0\0\x01\x04') + 40)) conv=notrunc status=none
truncate -s 300M volume
untouched 'laid out cannot be read.*chkdsk /f'
untouched 'laid out cannot be read.*chkdsk /f' --check
echo 'PASS'
