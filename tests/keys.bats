#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck disable=SC2016,SC2154,SC2153
# What is encrypted, and the keys that open it.

load lib/common
load lib/images

setup_file()
{
	image luks1.img LUKS1
	image luks2.img LUKS2
	image luks-argon2id.img ARGON
	image luks-lvm.img LUKS_LVM
	image lvm-luks.img LVM_LUKS
	image luks-data.img DATA
	image luks-damaged.img DAMAGED
	image luks-huge.img HUGE
	image bitlocker.img BITLOCKER
	image windows-bitlocker.img WINDOWS
	image_file luks2.img luks2.key KEY_FILE
	export LUKS1 LUKS2 ARGON LUKS_LVM LVM_LUKS DATA DAMAGED HUGE BITLOCKER WINDOWS KEY_FILE
	warm_cache
}

UUID1=00000001-1111-4222-8333-444444444444
UUID2=00000002-1111-4222-8333-444444444444

# alone COMMAND...: as capture, in a session without a terminal, whoever runs the tests.
alone()
{
	capture setsid -w "$@"
}

# opens HOST OPTION...: the host name is that, and there are no words.
opens()
{
	alone guest-cat "${@:2}" /etc/hostname
	if [ "$status" != 0 ] || [ "$out" != "$1.example.org" ] || [ -n "$err" ]; then
		printf 'status %s: %s\n%s\n' "$status" "$out" "$err" >&2
		return 1
	fi
}

# lacks FILE WORD: the word is not in it.
lacks()
{
	if grep -F -e "$2" "$1" >&2; then
		return 1
	fi
}

@test "LUKS1 on a whole disk" {
	opens luks1 -a "$LUKS1" --key "/dev/sda:key:secret of: luks1"
}

@test "LUKS2 on a partition" {
	opens luks2 -a "$LUKS2" --key "/dev/sda2:key:secret of: luks2"
}

@test "LUKS2 with argon2id" {
	opens luks-argon2id -a "$ARGON" --key "all:key:secret of: luks-argon2id"
}

@test "LVM on LUKS" {
	opens luks-lvm -a "$LUKS_LVM" --key "/dev/sda1:key:secret of: luks-lvm"
}

@test "LUKS on LVM, by each of the volume's names" {
	local name
	for name in /dev/vg/root /dev/mapper/vg-root; do
		opens lvm-luks -a "$LVM_LUKS" --key "$name:key:secret of: lvm-luks"
	done
}

@test "a key can be for a UUID, for all, or for a disk by another name" {
	local id
	for id in "$UUID2" "${UUID2^^}" "UUID=$UUID2" "/dev/disk/by-uuid/$UUID2" all /dev/vda2 \
		/dev/hda2 /dev/xvda2 /dev/nvme0n1p2; do
		opens luks2 -a "$LUKS2" --key "$id:key:secret of: luks2"
	done
}

@test "a key that is for something else is not tried" {
	for id in /dev/sda1 /dev/sdb2 "$UUID1" /dev/mapper/vg-root; do
		alone guest-cat -x -a "$LUKS2" --key "$id:key:secret of: luks2" /etc/hostname
		[ "$status" = 1 ]
		[[ $err != *unlock* ]]
		[[ $err == *"'/dev/sda2' (LUKS, UUID $UUID2) is encrypted and locked"*"--key /dev/sda2:file:PATH"* ]]
	done
}

@test "a key in a file is binary, and a newline at its end may be too much" {
	opens luks2 -a "$LUKS2" --key "/dev/sda2:file:$KEY_FILE"
	echo "secret of: luks2" >"a:key"
	opens luks2 -a "$LUKS2" --key "/dev/sda2:file:a:key"
	truncate -s -1 a:key
	opens luks2 -a "$LUKS2" --key "/dev/sda2:file:a:key"
	printf 'secret of: luks2\n\n' >a:key
	alone guest-cat -a "$LUKS2" --key "/dev/sda2:file:a:key" /etc/hostname
	[ "$status" = 1 ]
}

@test "a key from a descriptor" {
	opens luks2 -a "$LUKS2" --key all:fd:7 7<"$KEY_FILE"
	opens luks2 -a "$LUKS2" --key all:fd:0 < <(printf 'secret of: luks2')
	alone guest-cat -a "$LUKS2" --key all:fd:97 /etc/hostname
	[ "$status" = 2 ]
	[[ $err == *"selector 'all:...' of --key: N is not an open descriptor"* ]]
}

@test "a key from a command" {
	opens luks2 -a "$LUKS2" --key "all:command:printf 'secret of: %s\n' luks2"
	opens luks2 -a "$LUKS2" --key "all:command:cat '$KEY_FILE'"
	alone guest-cat -a "$LUKS2" --key "all:command:printf 'secret of: luks2'; exit 3" /etc/hostname
	says_once 1 "the command of --key all:command ended with status 3"
	alone guest-cat -a "$LUKS2" --key "all:command:kill -9 \$\$" /etc/hostname
	says_once 1 "was killed by signal 9"
}

@test "a command runs once, and only if its key is needed" {
	alone guest-cat -a "$LUKS1" -a "$LUKS2" -m "/dev/mapper/luks-$UUID2" /etc/hostname \
		--key "all:command:echo ran >>log; echo wrong" --key "all:key:secret of: luks1" \
		--key "all:key:secret of: luks2"
	[ "$out" = luks2.example.org ]
	[ "$(cat log)" = ran ]
	rm log
	opens names -a "$(image names.img; echo "$image")" --key "all:command:echo ran >>log"
	[ ! -e log ]
}

@test "clevis is understood, and refused with the reason" {
	alone guest-cat -a "$LUKS1" --key all:clevis /etc/hostname
	says_once 1 "all:clevis: clevis asks a server, and the appliance has no network"
	opens luks1 -a "$LUKS1" --key all:clevis --key "all:key:secret of: luks1"
	alone guest-cat -a "$LUKS1" --key all:clevis:x /etc/hostname
	[ "$status" = 2 ]
	[[ $err == *"too many fields"* ]]
}

@test "selectors that are none are bad usage, and never shown whole" {
	local selector
	while IFS='|' read -r selector words; do
		alone guest-cat -a "$LUKS1" --key "$selector" /etc/hostname
		[ "$status" = 2 ]
		[[ $err == *"$words"* ]]
		[[ $err != *hunter2* ]]
	done <<-'EOS'
		|missing ID
		:key:hunter2|missing ID
		hunter2|missing TYPE
		all|selector 'all' of --key: missing TYPE
		all::hunter2|missing TYPE
		all:hunter2|invalid TYPE
		all:key|missing KEY_STRING
		all:file|missing FILENAME
		all:file:|missing FILENAME
		all:command:|missing COMMAND
		all:fd:hunter2|N is not an open descriptor
		hunter2:hunter2:x|selector of --key: invalid TYPE
	EOS
}

@test "several keys are tried in their order, and -v tells which fits" {
	alone guest-cat -v -x -a "$LUKS2" --key all:key:one --key all:key:two \
		--key "$UUID2:file:$KEY_FILE" --key all:key:three /etc/hostname
	[ "$out" = luks2.example.org ]
	grep -q "opened /dev/sda2 (LUKS) as /dev/mapper/luks-$UUID2 with $UUID2:file:$KEY_FILE" err
	# each on both slots, and the third fits the second
	[ "$(grep -c 'trace: unlock_slot device=' err)" = 6 ]
	alone guest-cat -v -a "$LUKS2" --key "all:key:secret of: luks2" /etc/hostname
	grep -q 'opened .* with all:key$' err
	lacks err secret
}

@test "no key fits: an error, and not a word of the key" {
	alone guest-cat -v -x -a "$LUKS2" --key all:key:hunter2 --key all:key:hunter22 /etc/hostname
	[ "$status" = 1 ]
	grep -q "could not find key to open LUKS encrypted '/dev/sda2': no key given fits; give another with --key" err
	lacks err hunter2
	lacks out hunter2
	alone guest-cat --json -a "$LUKS2" --key all:key:hunter2 /etc/hostname
	[ "$err_lines" = 1 ]
	[[ $err == *'"errno":"ENOKEY"'* ]]
}

@test "a key file that is not there, or too large" {
	alone guest-cat -a "$LUKS2" --key all:file:nosuch /etc/hostname
	says_once 1 "cannot read the key from 'nosuch': No such file"
	truncate -s 2M large
	alone guest-cat -a "$LUKS2" --key all:file:large /etc/hostname
	says_once 1 "the key from 'large' is longer than"
	within 60 setsid -w guest-cat -a "$LUKS2" --key all:file:/dev/zero /etc/hostname 2>err ||
		[ $? = 1 ]
	opens luks2 -a "$LUKS2" --key all:file:nosuch --key "all:file:$KEY_FILE"
}

@test "lines of the standard input, one a device" {
	opens luks2 -a "$LUKS2" --keys-from-stdin <<<"secret of: luks2"
	alone guest-cat -a "$LUKS1" -a "$LUKS2" --keys-from-stdin -m "/dev/mapper/luks-$UUID2" \
		/etc/hostname < <(printf 'secret of: luks1\nsecret of: luks2')
	[ "$out" = luks2.example.org ]
	alone guest-cat -a "$LUKS2" --keys-from-stdin /etc/hostname <<<"wrong"
	says_once 1 "could not find key to open LUKS encrypted '/dev/sda2'"
	alone guest-cat -a "$LUKS2" --keys-from-stdin /etc/hostname </dev/null
	says_once 1 "could not read key from user: end of input"
	# not a byte more than is needed
	{
		setsid -w guest-cat -a "$LUKS2" --keys-from-stdin /etc/hostname
		cat
	} < <(printf 'secret of: luks2\nrest\n') >out
	[ "$(cat out)" = $'luks2.example.org\nrest' ]
}

@test "a person is asked on the terminal, and what is typed is not shown" {
	requires python3
	capture "$TOP_SRCDIR/tests/helpers/answer.py" "secret of: luks2" -- \
		guest-cat -a "$LUKS2" /etc/hostname
	[ "$status" = 0 ]
	[ "$out" = $'Enter key or passphrase ("/dev/sda2"): \nluks2.example.org' ]
	capture "$TOP_SRCDIR/tests/helpers/answer.py" "secret of: luks2" -- \
		guest-cat --echo-keys -a "$LUKS2" /etc/hostname
	[ "$out" = $'Enter key or passphrase ("/dev/sda2"): secret of: luks2\nluks2.example.org' ]
	# also when the standard streams lead elsewhere
	capture "$TOP_SRCDIR/tests/helpers/answer.py" "secret of: luks2" -- \
		sh -c 'guest-cat -a "$LUKS2" /etc/hostname </dev/null >name 2>&1'
	[ "$status" = 0 ]
	[ "$(cat name)" = luks2.example.org ]
}

@test "a person may mistype, leave it locked, or give up" {
	requires python3
	local answer=$TOP_SRCDIR/tests/helpers/answer.py
	capture "$answer" wrong "secret of: luks2" -- guest-cat -a "$LUKS2" /etc/hostname
	[ "$status" = 0 ]
	[[ $out == *"the key does not open '/dev/sda2'"*luks2.example.org ]]
	capture "$answer" wrong worse worst -- guest-cat -a "$LUKS2" /etc/hostname
	[ "$status" = 1 ]
	[[ $out == *"could not find key to open LUKS encrypted '/dev/sda2': no key that was typed fits"* ]]
	capture "$answer" "" -- guest-cat -a "$DATA" /etc/hostname
	[ "$status" = 0 ]
	[[ $out == *"is encrypted and locked"*luks-data.example.org ]]
	capture "$answer" ^D -- guest-cat -a "$LUKS2" /etc/hostname
	[ "$status" = 1 ]
	[[ $out == *"could not read key from user: end of input"* ]]
	capture "$answer" ^C -- guest-cat -a "$LUKS2" /etc/hostname
	[ "$status" = 130 ]
	lacks out secret
}

@test "without a key and a terminal: what is locked, and what helps" {
	alone guest-cat -a "$LUKS1" /etc/hostname
	says_once 1 "'/dev/sda' \(LUKS, UUID $UUID1\) is encrypted and locked: give the key with --key /dev/sda:file:PATH"
}

@test "a system that is not locked is found, with a warning of what is" {
	alone guest-cat -a "$DATA" /etc/hostname
	[ "$status" = 0 ]
	[ "$out" = luks-data.example.org ]
	[ "$err_lines" = 1 ]
	[[ $err == *"warning: '/dev/sda2' (LUKS, UUID $UUID2) is encrypted and locked"* ]]
}

@test "two disks with the same UUID" {
	alone guest-cat -a "$LUKS2" -a "$LUKS2" --key "all:file:$KEY_FILE" \
		-m "/dev/mapper/luks-$UUID2-2" -m /dev/sdb1:/mnt /etc/hostname
	[ "$status" = 0 ]
	[ "$out" = luks2.example.org ]
}

@test "-m reaches what is in an encrypted device" {
	opens luks2 -a "$LUKS2" --key "all:file:$KEY_FILE" -m "/dev/mapper/luks-$UUID2"
	opens luks-lvm -a "$LUKS_LVM" --key "all:key:secret of: luks-lvm" -m /dev/vg/root
	alone guest-cat -a "$LUKS_LVM" -m /dev/vg/root /etc/hostname
	[ "$status" = 1 ]
	[[ $err == *"no device '/dev/vg/root'"*"is encrypted and locked: give the key with --key /dev/sda1"* ]]
	alone guest-cat -a "$LUKS2" -m /dev/sda2 /etc/hostname
	[ "$status" = 1 ]
	[[ $err == *"'/dev/sda2' is encrypted (LUKS)"* ]]
	# what is not needed is not opened
	alone guest-cat -x -a "$DATA" -m /dev/sda1 --key all:key:wrong /etc/hostname
	[ "$out" = luks-data.example.org ]
	[[ $err != *unlock* ]]
}

@test "a damaged header is a warning, and a header that is made up is one" {
	alone guest-cat -a "$DAMAGED" --key all:key:x /etc/hostname
	[ "$status" = 0 ]
	[ "$out" = luks-data.example.org ]
	[ "$err_lines" = 1 ]
	[[ $err == *"warning: the LUKS header on '/dev/sda2' is damaged"* ]]
	alone guest-cat -a "$BITLOCKER" --key all:key:x /etc/hostname
	[ "$status" = 0 ]
	[ "$err_lines" = 1 ]
	[[ $err == *"warning: the BitLocker header on '/dev/sda2' is damaged"* ]]
}

@test "BitLocker is recognised" {
	alone guest-cat -a "$BITLOCKER" /etc/hostname
	[ "$status" = 0 ]
	[[ $err == *"warning: '/dev/sda2' (BitLocker) is encrypted and locked: give the key with --key /dev/sda2:file:PATH"* ]]
}

# Each try is a million times SHA-256, in an appliance that may be emulated: few of them, and not again
# where only the tools are others.
slow_keys()
{
	[ -z "${ASAN_OPTIONS:-}" ] || skip "all of it is the appliance's work"
}

@test "BitLocker opens by its passphrase and its recovery key, and what is written is there" {
	slow_keys
	image_copy windows-bitlocker.img
	printf 'secret of: windows-bitlocker' >key
	alone guest-edit -a "$image" --key /dev/sda1:file:key \
		-e 's/localhost/elsewhere/' 'C:\Windows\System32\drivers\etc\hosts'
	[ "$status" = 0 ]
	alone guest-cat -a "$image" \
		--key /dev/sda1:key:000011-111111-222222-333333-444444-555555-666666-000077 \
		'C:\Windows\System32\drivers\etc\hosts'
	[ "$status" = 0 ]
	[[ $out == *127.0.0.1*elsewhere* ]]
}

@test "BitLocker stays closed to other keys" {
	slow_keys
	# As a recovery key, and as a passphrase.
	alone guest-cat -a "$WINDOWS" \
		--key all:key:000011-111111-222222-333333-444444-555555-666666-000066 /etc/hosts
	[ "$status" = 1 ]
	[[ $err == *"could not find key to open BitLocker encrypted '/dev/sda1': "* ]]
}

@test "a system in BitLocker is described" {
	slow_keys
	alone guest-inspect --json --key 'all:key:secret of: windows-bitlocker' "$WINDOWS"
	[ "$status" = 0 ]
	[ "$(jq -c '.operatingsystems[] | [.hostname, .osinfo, .drive_mappings]' <<<"$out")" = \
		'["WIN-LOCKED","win11",[{"name":"C","device":"/dev/mapper/cryptsda1"}]]' ]
}

@test "a slot that asks for more memory than there is" {
	alone guest-cat -a "$HUGE" --key "all:key:secret of: luks-argon2id" /etc/hostname
	says_once 1 "key slot 0 of '/dev/sda' takes 65536 MiB of memory.*luksConvertKey"
}

@test "what is written into an encrypted device is there afterwards" {
	requires cryptsetup
	truncate -s 12M disk.img
	printf swordfish | cryptsetup luksFormat -q --type luks2 --luks2-metadata-size 16k \
		--luks2-keyslots-size 1m --pbkdf pbkdf2 --pbkdf-force-iterations 1000 \
		--uuid "$UUID1" --key-file - disk.img 2>/dev/null
	within 120 "$TOP_BUILDDIR/tests/helpers/vm-session" run disk.img <<-EOS
		unlock /dev/sda swordfish
		mkfs.ext4 -q /dev/mapper/luks-$UUID1
	EOS
	alone guest-ls -a disk.img --key all:key:swordfish -m "/dev/mapper/luks-$UUID1" /
	[ "$out" = lost+found ]
}

@test "the image is as it was" {
	local sum
	image_copy luks2.img
	sum=$(sha256sum <"$image")
	opens luks2 -a "$image" --key "all:file:$KEY_FILE"
	[ "$(sha256sum <"$image")" = "$sum" ]
}

# spy: what is seen of the tool and of qemu by the command of a key, when another was tried
# before. It prints the right one.
spy()
{
	cat >spy <<-'EOS'
		tool=$PPID
		qemu=$(cat "/proc/$tool/task/$tool/children" | tr ' ' '\n' | while read -r child; do
			case $(readlink "/proc/$child/exe") in */qemu-system-*) echo "$child" ;; esac
		done)
		{
			echo "qemu $qemu"
			cat "/proc/$tool/cmdline" "/proc/$qemu/cmdline" "/proc/$$/environ"
			cat "/proc/$tool/environ" "/proc/$qemu/environ"
		} 2>/dev/null | tr '\0' '\n' >seen
		grep 'core file' "/proc/$qemu/limits" >limits
		"$TOP_SRCDIR/tests/helpers/find-in-memory.py" "$tool" hunter2hunter2 >found 2>&1
		"$TOP_SRCDIR/tests/helpers/find-in-memory.py" "$tool" all:command >control 2>&1
		stat -c %u "/proc/$tool/mem" >owner
		printf 'secret of: luks2'
	EOS
}

@test "a key is in no argument, environment or core file" {
	requires python3
	spy
	opens luks2 -a "$LUKS2" --key all:key:hunter2hunter2 --key "all:command:. ./spy"
	grep -qE '^qemu [0-9]+$' seen
	grep -qx guest-cat seen
	grep -q "$(basename "$LUKS2")" seen
	lacks seen hunter2
	grep -q 'all:key:xxxxxxxxxxxxxx$' seen
	grep -qE ' [01] +[01] ' limits
	# other processes of the same user cannot look into it
	[ "$(cat owner)" = 0 ]
	if [ "$(id -u)" = 0 ]; then
		[ -s control ]
		[ ! -s found ]
	fi
}

@test "a key is in no core file of one who is not root" {
	user_setup
	user_image luks2.img
	cp "$KEY_FILE" "$user_dir/key"
	chmod 644 "$user_dir/key"
	mkdir -p "$user_dir/cache"
	[ "$(id -u)" != 0 ] || chown "${AS_UID:-65534}" "$user_dir/cache"
	chmod 700 "$user_dir/cache"
	export GUESTUTILS_CACHE=$user_dir/cache
	capture as_user setsid -w env "PATH=$PATH" guest-cat -a "$image" \
		--key "all:command:stat -c %u /proc/\$PPID/mem >$user_dir/owner; cat $user_dir/key" \
		--key all:key:x /etc/hostname
	[ "$out" = luks2.example.org ]
	[ "$(cat "$user_dir/owner")" = 0 ]
}
