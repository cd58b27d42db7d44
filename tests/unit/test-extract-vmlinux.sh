#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
#
# extract-vmlinux: the kernel comes out of a bzImage as it went in, whatever packed
# it, and damaged images end in one line and no output. The kernel is a made-up ELF
# of 10 MB (more than one block of lz4), the bzImage its header around it.

set -eu
export LC_ALL=C

extract=${EXTRACT_VMLINUX:-./appliance/extract-vmlinux}
[ -x "$extract" ] || { echo "no $extract"; exit 77; }
for tool in xz lz4 zstd gzip; do
	command -v $tool >/dev/null || { echo "no $tool"; exit 77; }
done
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT

# le16 N..., le32 N..., le64 N...: little endian bytes.
le()
{
	size=$1
	shift
	for n; do
		i=0
		while [ $i -lt "$size" ]; do
			# shellcheck disable=SC2059 # the format is the byte
			printf "\\$(printf %03o $((n >> (8 * i) & 255)))"
			i=$((i + 1))
		done
	done
}

le16() { le 2 "$@"; }
le32() { le 4 "$@"; }
le64() { le 8 "$@"; }

# elf NOTE_TYPE: an x86_64 ELF with one segment, a note of "Xen", and much after it.
elf()
{
	printf '\177ELF\2\1\1\0\0\0\0\0\0\0\0\0'
	le16 2 62
	le32 1
	le64 0 64 0
	le32 0
	le16 64 56 1 0 0 0
	le32 4 4 # PT_NOTE, readable
	le64 120 0 0 24 24 4
	le32 4 8 "$1"
	printf 'Xen\0'
	le64 4096
	seq 1400000
}

zeros()
{
	head -c "$1" /dev/zero
}

# bzimage PAYLOAD [LENGTH] [VERSION]: with one setup sector, and the payload 16 bytes in.
bzimage()
{
	zeros 497
	printf '\1'
	zeros 16
	printf 'HdrS'
	le16 "${3:-$((0x20f))}"
	zeros 64
	le32 16 "${2:-$(wc -c <"$1")}"
	zeros 448
	cat "$1"
	zeros 100
}

failures=0

fail()
{
	echo "FAIL: $*"
	failures=$((failures + 1))
}

# comes_out NAME COMMAND...: packed by the command, and back.
comes_out()
{
	name=$1
	shift
	"$@" <"$dir/vmlinux" >"$dir/payload"
	case $name in
	gzip | none) ;; # ends with its size already, or has none
	*) le32 "$(wc -c <"$dir/vmlinux")" >>"$dir/payload" ;;
	esac
	bzimage "$dir/payload" >"$dir/bzimage.$name"
	rm -f "$dir/out"
	"$extract" "$dir/bzimage.$name" "$dir/out" || fail "$name: it says it cannot"
	cmp "$dir/vmlinux" "$dir/out" || fail "$name: something else came out"
}

# refuses WORDS IMAGE: fails with a line that has the words, and writes nothing.
refuses()
{
	rm -f "$dir/out"
	if "$extract" "$2" "$dir/out" 2>"$dir/said"; then
		fail "$1: was taken"
	fi
	grep -q "$1" "$dir/said" || fail "$1: it said $(cat "$dir/said")"
	[ "$(wc -l <"$dir/said")" = 1 ] || fail "$1: more than one line"
	[ ! -e "$dir/out" ] || fail "$1: left an output"
}

elf 18 >"$dir/vmlinux"
comes_out xz xz -1 --check=crc32
comes_out lzma xz -1 --format=lzma
comes_out lz4 lz4 -l -1
comes_out zstd zstd -q -1
comes_out gzip gzip -1
comes_out none cat

cp "$dir/bzimage.gzip" "$dir/good"
refuses "not a bzImage" "$dir/vmlinux"
refuses "No such file" "$dir/nothing"
head -c 600 "$dir/good" >"$dir/bad"
refuses "goes past the end" "$dir/bad"
bzimage "$dir/payload" "" $((0x207)) >"$dir/bad"
refuses "older than 2.08" "$dir/bad"
for n in 4294967295 2147483648 7 0; do
	bzimage "$dir/payload" $n >"$dir/bad"
	refuses "goes past the end" "$dir/bad"
done
printf 'what is this, please' >"$dir/payload"
bzimage "$dir/payload" >"$dir/bad"
refuses "unknown compression" "$dir/bad"

for name in xz lzma lz4 zstd gzip; do
	size=$(wc -c <"$dir/bzimage.$name")
	{
		head -c 50000 "$dir/bzimage.$name"
		zeros 1000
		tail -c $((size - 51000)) "$dir/bzimage.$name"
	} >"$dir/bad"
	refuses "cannot take the kernel out" "$dir/bad"
	head -c 20000 "$dir/bzimage.$name" | tail -c +1041 >"$dir/payload"
	le32 "$(wc -c <"$dir/vmlinux")" >>"$dir/payload"
	bzimage "$dir/payload" >"$dir/bad"
	refuses "cannot take the kernel out" "$dir/bad"
done
for n in 0 4294967295; do
	{ zstd -q -1 <"$dir/vmlinux"; le32 $n; } >"$dir/payload"
	bzimage "$dir/payload" >"$dir/bad"
	refuses "says that it unpacks to" "$dir/bad"
done
elf 17 >"$dir/payload"
bzimage "$dir/payload" >"$dir/bad"
refuses "has no PVH entry" "$dir/bad"
head -c 100 "$dir/vmlinux" >"$dir/payload"
bzimage "$dir/payload" >"$dir/bad"
refuses "go past its end" "$dir/bad"

[ $failures = 0 ] && echo "all came out as they went in"
exit $((failures > 0))
