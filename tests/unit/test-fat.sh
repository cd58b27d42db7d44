#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# A FAT that grows: of 12, 16 and 32 bits, of several sizes of sectors and clusters, by a little and by much,
# nearly full too, and from 16 to 32 bits. fsck.fat finds nothing, mtools find what was there, label and serial
# number stay, and it is as large as there is room for. What is refused leaves it as it was.

set -eu
export LC_ALL=C MTOOLS_SKIP_CHECK=1

grow=$PWD/tests/helpers/fat-grow
[ -x "$grow" ] || { echo "no $grow"; exit 77; }
PATH=$PATH:/usr/sbin:/sbin
for tool in mkfs.fat fsck.fat mcopy mformat; do
	command -v $tool >/dev/null || { echo "no $tool"; exit 77; }
done
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"

fail()
{
	echo "FAIL: $test: $*" >&2
	exit 1
}

# number AT BYTES FILE: the number that is there.
number()
{
	od -An -t "u$2" -j "$1" -N "$2" "$3" | tr -d ' '
}

# volume SIZE OPTION...: the file volume is a FAT, with folders and files in it.
volume()
{
	rm -f volume
	truncate -s "$1" volume
	shift
	mkfs.fat -i 1234abcd -n 'EFI SYS' "$@" volume >words 2>&1 || fail "mkfs.fat: $(cat words)"
	mcopy -s -i volume tree/* :: || fail 'mcopy'
}

# grown BITS: it is, to all that the file has, and nothing is lost.
grown()
{
	local sector sectors table data clusters
	fsck.fat -n volume >words 2>&1 || fail "fsck.fat: $(cat words)"
	[ "$(wc -l <words)" = 2 ] || fail "fsck.fat: $(cat words)"
	fsck.fat -nv volume | grep -q "^ *$1 bits per entry\|FATs, $1 bit entries" || fail "it has other entries than of $1 bits"
	rm -rf there
	mkdir there
	mcopy -s -i volume '::*' there || fail 'mcopy of what is there'
	diff -r tree there || fail 'other files'
	[ "$(mlabel -s -i volume :: | tr -d '\n')" = ' Volume label is EFI SYS    ' ] || fail "its label: $(mlabel -s -i volume ::)"
	if [ "$1" = 32 ]; then
		[ "$(number 67 4 volume)" = $((0x1234abcd)) ] || fail 'its serial number'
		cmp -n 90 volume <(tail -c +$((6 * $(number 11 2 volume) + 1)) volume) || fail "the boot sector's copy"
	else
		[ "$(number 39 4 volume)" = $((0x1234abcd)) ] || fail 'its serial number'
	fi
	sector=$(number 11 2 volume)
	sectors=$(number 19 2 volume)
	[ "$sectors" != 0 ] || sectors=$(number 32 4 volume)
	[ "$sectors" = $(($(stat -c %s volume) / sector)) ] || fail 'its sectors'
	# The tables have entries for all clusters, and few more.
	table=$(number 22 2 volume)
	[ "$table" != 0 ] || table=$(number 36 4 volume)
	data=$(($(number 14 2 volume) + $(number 16 1 volume) * table + $(number 17 2 volume) * 32 / sector))
	clusters=$(((sectors - data) / $(number 13 1 volume)))
	if [ $((table * sector * 8 / $1)) -lt $((clusters + 2)) ] || [ $(((table - 2) * sector * 8 / $1)) -gt $((clusters * 65 / 64)) ]; then
		fail "tables of $table sectors for $clusters clusters"
	fi
	# A file more can be made.
	mcopy -i volume data ::more || fail 'a file more'
	fsck.fat -n volume >words || fail "afterwards: $(cat words)"
	mcopy -i volume ::more - | cmp - data || fail 'the file more'
	mdel -i volume ::more
}

# refused WORDS: it says so, and changes nothing.
refused()
{
	local status=0
	cp --sparse=always volume before
	"$grow" volume >max 2>words || status=$?
	[ "$status" = 1 ] || fail "status $status: $(cat words)"
	grep -q "$1" words || fail "it says: $(cat words)"
	cmp volume before || fail 'it was changed'
}

head -c 300000 /dev/urandom >data
mkdir -p 'tree/EFI/a folder with a long name' tree/EFI/BOOT
head -c 100000 /dev/urandom >tree/EFI/BOOT/BOOTX64.EFI
head -c 5000 /dev/urandom >'tree/EFI/a folder with a long name/a file with a longer name.txt'
: >tree/empty
for n in $(seq 1 90); do
	echo "$n" >"tree/EFI/a folder with a long name/file number $n"
done

# bits, size before and after, options of mkfs.fat
while read -r bits to before after options; do
	test="$bits bits, $before to $after, $options"
	# shellcheck disable=SC2086 # words
	volume "$before" -F "$bits" $options
	truncate -s "$after" volume
	"$grow" volume >max || fail "its status"
	[ "$(cut -d' ' -f2 max)" -ge "$(stat -c %s volume)" ] || fail "it grew beyond what it can: $(cat max)"
	grown "$to"
done <<-'END'
	12 12 4M 8M -s 8
	12 12 2M 15M -s 8 -r 112
	12 12 4M 15M -s 8 -f 1 -S 1024
	16 16 20M 21M -s 1
	16 16 20M 30M -s 1
	16 16 20M 100M -s 4
	16 16 20M 100M -s 4 -f 1
	16 16 200M 500M -s 16
	16 16 64M 200M -s 2 -S 4096
	16 32 20M 40M -s 1
	16 32 100M 512M -s 4
	16 32 100M 512M -s 4 -r 1024
	16 32 124M 10G -s 4
	16 32 100M 512M -s 4 -M 0xf0
	12 12 4M 8M -s 8 -M 0xf0
	16 32 100M 3G -s 4 -f 1 -R 4
	16 32 100M 2G -s 1 -S 4096
	32 32 34M 40M -s 1
	32 32 34M 2G -s 1
	32 32 100M 512M -s 1
	32 32 300M 300M -s 8
	32 32 300M 314572801 -s 8
	32 32 300M 64G -s 8
	32 32 512M 3G -s 1 -S 4096
	32 32 300M 1G -s 8 -f 1
	32 32 300M 1G -s 8 -R 40 -b 6
END

# All that is possible, cluster by cluster: where the tables grow by a sector, they take what comes.
test='each size'
for bits in 12 16 32; do
	volume 34M -F 32 -s 1
	[ $bits != 16 ] || volume 4M -F 16 -s 1
	[ $bits != 12 ] || volume 1M -F 12 -s 1
	cp --sparse=always volume first
	size=$(stat -c %s first)
	for more in $(seq 1 40) 255 256 257 383 384; do
		cp --sparse=always first volume
		truncate -s $((size + more * 512)) volume
		"$grow" volume >max || fail "$bits bits, $more sectors"
		fsck.fat -n volume >words || fail "$bits bits, $more sectors: $(cat words)"
		mcopy -i volume ::EFI/BOOT/BOOTX64.EFI - | cmp - tree/EFI/BOOT/BOOTX64.EFI || fail "$bits bits, $more sectors: a file"
	done
done

test='a full one'
for options in '-F 16 -s 4' '-F 32 -s 1'; do
	# shellcheck disable=SC2086 # words
	volume 40M $options
	head -c 38M /dev/urandom >much
	n=38000000
	until head -c $n much | mcopy -i volume - ::much 2>/dev/null; do
		mdel -i volume ::much 2>/dev/null || :
		n=$((n - 400000))
	done
	truncate -s 600M volume
	"$grow" volume >max || fail 'its status'
	mcopy -i volume ::much - | cmp - <(head -c $n much) || fail 'its other data'
	mdel -i volume ::much
	grown 32
done

test='again and again'
volume 100M -F 16 -s 4
for size in 110M 120M 200M 201M 700M 5G; do
	truncate -s $size volume
	"$grow" volume >max || fail "to $size"
	[ $size = 110M ] || [ $size = 120M ] || grown 32
done

test='FAT16 with upper halves of numbers that it does not use'
volume 100M -F 16 -s 4
at=$(grep -obUa 'BOOTX64 EFI' volume | head -n 1 | cut -d: -f1)
printf '\7\1' | dd of=volume bs=1 seek=$((at + 20)) conv=notrunc status=none
at=$(grep -obUa 'EFI        ' volume | head -n 1 | cut -d: -f1)
printf '\7\1' | dd of=volume bs=1 seek=$((at + 20)) conv=notrunc status=none
truncate -s 512M volume
"$grow" volume >max || fail 'its status'
grown 32

# A loader of the boot sector would not know it.
test='FAT16 with a loader'
volume 100M -F 16 -s 4
printf '\372\063\300loads NTLDR' >code
head -c 448 /dev/zero | dd of=volume bs=1 seek=62 conv=notrunc status=none
dd if=code of=volume bs=1 seek=62 conv=notrunc status=none
truncate -s 120M volume
"$grow" volume >max || fail 'its status'
grown 16
most=$(cut -d' ' -f2 max)
if [ "$most" -lt $((65524 * 2048)) ] || [ "$most" -gt $((65530 * 2048 + 300000)) ]; then
	fail "it can come to $most"
fi
dd if=volume bs=1 skip=62 count=14 status=none | cmp - code || fail 'its loader'

test='FAT16 of mformat, whose program reads nothing of it'
rm -f volume
truncate -s 100M volume
mformat -i volume -c 4 -T 204800 -h 16 -s 63 -N 1234abcd -v 'EFI SYS' :: || fail 'mformat'
mcopy -s -i volume tree/* :: || fail 'mcopy'
truncate -s 512M volume
"$grow" volume >max || fail 'its status'
grown 32

test='syslinux'
for bits in 16 32; do
	volume 40M -F "$bits" -s $((bits == 16 ? 2 : 1))
	printf 'SYSLINUX' | dd of=volume bs=1 seek=3 conv=notrunc status=none
	truncate -s 80M volume
	refused 'syslinux starts from it'
done

test='no FAT'
volume 40M -F 32 -s 1
printf '\3' | dd of=volume bs=1 seek=13 conv=notrunc status=none
refused 'damaged'
volume 40M -F 32 -s 1
printf '\377\377\377\17' | dd of=volume bs=1 seek=44 conv=notrunc status=none
refused 'damaged'
volume 40M -F 16 -s 2
printf '\0\0' | dd of=volume bs=1 seek=17 conv=notrunc status=none
refused 'damaged'

# Chains and folders that go round, and numbers of no cluster: it ends, and nothing is read that is not there.
test='a damaged one'
for seed in $(seq 1 60); do
	RANDOM=$seed
	volume 40M -F 16 -s 2
	table=$((512 * $(number 14 2 volume)))
	for n in 1 2 3 4 5 6; do
		noise=$((RANDOM % 2000))
		printf '%b' "\\x$(printf %02x $((RANDOM % 256)))\\x$(printf %02x $((RANDOM % 16)))" |
			dd of=volume bs=1 seek=$((table + noise)) conv=notrunc status=none
	done
	truncate -s 200M volume
	"$grow" volume >max 2>&1 || fail "$seed: $(cat max)"
	fsck.fat -n volume >words || [ $? = 1 ] || fail "$seed: $(cat words)"
done
echo 'PASS'
