#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
# Phony Windows guests with real registry hives on NTFS: paths as Windows has them, drives, what
# the registry says, and registries that mean harm.

# shellcheck disable=SC2154 # image sets a variable, as does run
bats_require_minimum_version 1.5.0
load lib/common
load lib/images
load lib/inspect

# inspect OPTION...: the XML of the image, in $xml.
inspect()
{
	inspected --no-icon -a "$image" "$@"
}

# take_out START MIB: the partition that starts there, in the file c.
take_out()
{
	dd if="$image" of=c bs=1M skip="$1" count="$2" status=none
}

# put_back START: c, changed, into the image.
put_back()
{
	dd if=c of="$image" bs=1M seek="$1" conv=notrunc status=none
}

@test "a Windows is found and its root mounted" {
	image windows-mbr.img
	run --separate-stderr guest-cat -a "$image" /Windows/System32/drivers/etc/hosts
	[ "$status" -eq 0 ]
	[ "$output" = $'127.0.0.1 localhost\r' ]
	[ -z "$stderr" ]
	image windows-gpt.img
	run --separate-stderr guest-ls -a "$image" /
	[ "$status" -eq 0 ]
	[ "$output" = $'Documents and Settings\nElsewhere\nProgram Files\nUsers\nWindows' ]
	[ -z "$stderr" ]
}

@test "paths of Windows, in any case and with either slash" {
	image windows-mbr.img
	for path in 'C:\Windows\System32\drivers\etc\hosts' 'c:/WINDOWS/system32/Drivers/ETC/Hosts' \
		'\windows\\system32/.\drivers\..\DRIVERS\etc\hosts' '/windows/system32/drivers/etc/hosts' \
		'\\?\C:\Windows\System32\drivers\etc\hosts' 'C:Windows\system32\drivers\etc\hosts'; do
		echo "$path"
		run --separate-stderr guest-cat -a "$image" "$path"
		[ "$status" -eq 0 ]
		[ "$output" = $'127.0.0.1 localhost\r' ]
		[ -z "$stderr" ]
	done
}

@test "names that differ in case only: the one that is spelled so" {
	image windows-mbr.img
	run --separate-stderr guest-cat -a "$image" 'C:\users\CASE.txt' 'c:\USERS\case.txt' \
		'c:\users\jürg\README.txt' 'C:\documents and settings\case.txt'
	[ "$status" -eq 0 ]
	[ "$output" = $'upper\r\nlower\r\nfrom the user\r\nlower\r' ]
}

@test "junctions are followed on their drive, and shown as Windows has them" {
	image windows-mbr.img
	run --separate-stderr guest-ls -a "$image" 'c:\documents and settings'
	[ "$status" -eq 0 ]
	[ "$output" = $'CASE.txt\nJÜrg\ncase.txt' ]
	run --separate-stderr guest-ls -l -a "$image" /
	[ "$status" -eq 0 ]
	[[ $output = *' Documents and Settings -> /Users'* ]]
	[[ $output = *' Elsewhere -> D:/Data'* ]]
	fails_with "'/Elsewhere' leads to 'D:/Data', which is not on this drive" \
		guest-ls -a "$image" 'C:\Elsewhere\Sub Folder'
}

@test "a drive letter stays for what follows, until the next" {
	image windows-mbr.img
	run --separate-stderr guest-cat -a "$image" 'd:\data\sub folder\FILE.TXT' '\Data\Sub Folder\file.txt' \
		'C:\Users\case.txt' '/Users/CASE.txt'
	[ "$status" -eq 0 ]
	[ "$output" = $'on the other drive\r\non the other drive\r\nlower\r\nupper\r' ]
	run --separate-stderr guest-ls -a "$image" 'D:'
	[ "$status" -eq 0 ]
	[ "$output" = Data ]
}

@test "drives and folders that are not there" {
	image windows-mbr.img
	fails_with "cannot read 'F:.x': drive 'F:' not found; there is: C: \(/dev/sda2\), D: \(/dev/sda3\)$" \
		guest-cat -a "$image" 'F:\x'
	fails_with "drive 'E:' not found" guest-cat -a "$image" 'e:\x'
	fails_with "there is no 'nothing' in '/Windows'" guest-cat -a "$image" 'C:\windows\nothing\x'
	fails_with "No such file" guest-cat -a "$image" 'C:\windows\nothing.txt'
	fails_with "does not start with a drive" guest-cat -a "$image" windows
	image phony-linux.img
	fails_with "starts with '/'" guest-cat -a "$image" 'C:\x'
}

@test "what the registry says, on an MBR disk" {
	image windows-mbr.img
	inspect
	asked 'count(//operatingsystem)' 1
	asked //root /dev/sda2
	asked //operatingsystem/name windows
	asked //arch x86_64
	asked //distro windows
	asked //product_name 'Windows 10 Pro'
	asked //product_variant Client
	asked //major_version 10
	asked //minor_version 0
	asked //windows_systemroot /Windows
	asked //windows_current_control_set ControlSet002
	asked 'count(//windows_group_policy)' 1
	asked //hostname WIN-PHONY
	asked //build_id 22631
	asked //osinfo win11
	asked 'count(//drive_mapping)' 2
	asked '//drive_mapping[@name="C"]' /dev/sda2
	asked '//drive_mapping[@name="D"]' /dev/sda3
	asked 'count(//application)' 4
	asked '//application[name="7-Zip"]/version' 23.01
	asked '//application[name="7-Zip"]/install_path' "C:\\Program Files\\7-Zip\\"
	asked '//application[publisher="Çelik & Öz GmbH"]/display_name' 'Büro für Größen'
	asked '//application[name="Phony Norton"]/class' antivirus
	asked '//application[name="WinDefend"]/display_name' 'Windows Defender'
}

@test "what the registry says, on a GPT disk" {
	image windows-gpt.img
	inspect
	asked 'count(//operatingsystem)' 1
	asked //root /dev/sda3
	asked //osinfo win2k22
	asked //hostname WIN-SERVER
	asked 'count(//drive_mapping)' 1
	asked '//drive_mapping[@name="C"]' /dev/sda3
}

@test "a registry of random bytes, or half of one, is a warning, and the rest is there" {
	requires ntfscp
	image_copy windows-mbr.img
	take_out 6 32
	head -c 100000 /dev/urandom >noise
	ntfscp -q c noise /Windows/System32/config/SOFTWARE
	put_back 6
	inspect
	[[ $stderr = *SOFTWARE* ]]
	asked //root /dev/sda2
	asked //hostname WIN-PHONY
	asked //arch x86_64
	asked 'count(//drive_mapping)' 2
	asked 'count(//application)' 0
	ntfscat c /Windows/System32/config/SYSTEM >whole
	head -c 5000 whole >half
	ntfscp -q c half /Windows/System32/config/SYSTEM
	put_back 6
	inspect
	[[ $stderr = *SOFTWARE* && $stderr = *SYSTEM* ]]
	asked //root /dev/sda2
	asked 'count(//drive_mapping)' 0
	# The drive that the system is on needs no registry.
	run --separate-stderr guest-cat -a "$image" 'c:\users\case.txt'
	[ "$status" -eq 0 ]
	[ "$output" = $'lower\r' ]
}

@test "two disks with one signature: the drives are those of the system's own disk" {
	image windows-mbr.img
	cp --sparse=always "$image" other.img
	chmod u+w other.img
	# The copy has no Windows, and is the first disk.
	dd if=/dev/zero of=other.img bs=1M seek=6 count=32 conv=notrunc status=none
	run --separate-stderr guest-inspect --xml --no-applications -a other.img -a "$image"
	# shellcheck disable=SC2034 # asked reads it
	xml=$output
	asked //root /dev/sdb2
	asked '//drive_mapping[@name="C"]' /dev/sdb2
	asked '//drive_mapping[@name="D"]' /dev/sdb3
	inspect -a other.img
	asked '//drive_mapping[@name="D"]' /dev/sda3
}
