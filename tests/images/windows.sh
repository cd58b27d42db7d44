#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Phony Windows guests: real registry hives, on NTFS, without any program that
# would run but for the header of cmd.exe.
#
# windows-mbr  Windows 11 (whose registry says 10), hostname WIN-PHONY, on an
#              MBR disk with the signature 0x20210304:
#              sda1  "System Reserved" (bootmgr, Boot)
#              sda2  C:, with \Windows in mixed case
#              sda3  D:, with data only
#              E: is a CD drive, F: a disk that is not there.
# windows-gpt  Windows Server 2022 on a GPT disk: sda1 EFI system, sda2 reserved
#              by Microsoft, sda3 C:, with logs of which two lie beside the image.
# windows-bitlocker  Windows 11 on a GPT disk: sda1 C:, in BitLocker, which opens by the
#              passphrase "secret of: windows-bitlocker" or the recovery key below.

# shellcheck source-path=SCRIPTDIR source=common.sh
. "$(dirname "$0")/common.sh"
here=$(cd "$(dirname "$0")" && pwd)
recovery=000011-111111-222222-333333-444444-555555-666666-000077
need sfdisk mkntfs ntfscp python3 hivexregedit

# hive FILE KEY <TEXT: a hive from text as regedit has it. Every "[..]" is a
# path below KEY; the keys above it are made where they are missing.
hive()
{
    python3 "$here/hive.py" "$1"
    awk -v top="HKEY_LOCAL_MACHINE\\\\$2" '
        function need(path,    i, n, part, sum) {
            n = split(path, part, /\\/)
            sum = top
            for (i = 1; i < n; i++) {
                sum = sum "\\" part[i]
                if (!(tolower(sum) in made))
                    printf "\n[%s]\n\n", sum
                made[tolower(sum)] = 1
            }
            made[tolower(sum "\\" part[n])] = 1
            printf "\n[%s]\n", sum "\\" part[n]
        }
        /^\[/ { need(substr($0, 2, length($0) - 2)); next }
        { print }' >"$scratch/reg"
    hivexregedit --merge --prefix "HKEY_LOCAL_MACHINE\\$2" "$1" "$scratch/reg"
}

# text WORDS: a value of text in UTF-16, for what is not ASCII.
text()
{
    local hex
    hex=$(printf '%s\0' "$1" | iconv -f UTF-8 -t UTF-16LE | od -An -v -tx1 | tr -d '\n')
    hex=${hex# }
    printf 'hex(1):%s' "${hex// /,}"
}

# exe FILE MACHINE MAGIC: the header of a console program for a processor.
exe()
{
    python3 - "$@" <<'EOS'
import struct
import sys
head = b"MZ".ljust(60, b"\0") + struct.pack("<I", 128)
pe = struct.pack("<4sHHIIIHH", b"PE\0\0", int(sys.argv[2], 16), 0, 0, 0, 0,
                 240, 0x22)
optional = struct.pack("<H", int(sys.argv[3], 16)).ljust(68, b"\0")
optional += struct.pack("<H", 3)
with open(sys.argv[1], "wb") as out:
    out.write((head.ljust(128, b"\0") + pe + optional).ljust(1024, b"\0"))
EOS
}

# software FILE: the hive SOFTWARE of $product and so on.
software()
{
    hive "$1" SOFTWARE <<EOS
[Microsoft\\Windows NT\\CurrentVersion]
"ProductName"="$product"
"InstallationType"="$variant"
"EditionID"="Professional"
"CurrentVersion"="6.3"
"CurrentMajorVersionNumber"=dword:0000000a
"CurrentMinorVersionNumber"=dword:00000000
"CurrentBuildNumber"="$build"
"CurrentBuild"="$build"
"SystemRoot"="C:\\\\Windows"

[Microsoft\\Windows Defender]

[Microsoft\\Windows\\CurrentVersion\\Group Policy\\History\\{31B2F340-016D-11D2-945F-00C04FB984F9}]

[Microsoft\\Windows\\CurrentVersion\\Uninstall\\7-Zip]
"DisplayName"="7-Zip 23.01 (x64)"
"DisplayVersion"="23.01"
"InstallLocation"="C:\\\\Program Files\\\\7-Zip\\\\"
"Publisher"="Igor Pavlov"
"URLInfoAbout"="https://www.7-zip.org/"

[Microsoft\\Windows\\CurrentVersion\\Uninstall\\{90160000-008C-0000-1000-0000000FF1CE}]
"DisplayName"=$(text 'Büro für Größen')
"DisplayVersion"="16.0.4266.1001"
"Publisher"=$(text 'Çelik & Öz GmbH')
"Comments"="words about it"

[Microsoft\\Windows\\CurrentVersion\\Uninstall\\KB5000001]
"DisplayVersion"="1"

[WOW6432Node\\Microsoft\\Windows\\CurrentVersion\\Uninstall\\Phony Norton]
"DisplayName"="Norton Phony Security"
"DisplayVersion"="22.1"
EOS
}

# system FILE <TEXT: the hive SYSTEM, with what is below MountedDevices.
system()
{
    {
        cat <<EOS
[Select]
"Current"=dword:00000002
"Default"=dword:00000002

[ControlSet001\\Services\\Tcpip\\Parameters]
"Hostname"="WRONG"

[ControlSet002\\Services\\Tcpip\\Parameters]
"Hostname"="$hostname"

[MountedDevices]
EOS
        cat
    } >"$scratch/system"
    hive "$1" SYSTEM <"$scratch/system"
}

# mbr_value SECTOR: the bytes of a drive on the disk 0x20210304.
mbr_value()
{
    python3 -c 'import struct, sys
b = struct.pack("<IQ", 0x20210304, int(sys.argv[1]) * 512)
print("hex(3):" + ",".join("%02x" % x for x in b))' "$1"
}

# gpt_value GUID: the bytes of a drive by its partition's GUID.
gpt_value()
{
    python3 -c 'import sys, uuid
b = b"DMIO:ID:" + uuid.UUID(sys.argv[1]).bytes_le
print("hex(3):" + ",".join("%02x" % x for x in b))' "$1"
}

# volume FILE MIB LABEL TREE START: NTFS with a tree in it and the junctions of
# the list TREE.junctions, that knows where on the disk it starts, in sectors.
volume()
{
    local path
    new_file "$1" "$2"
    mkntfs -q -Q -F -L "$3" -s 512 -p "$5" -H 255 -S 63 "$1" >/dev/null 2>&1
    (cd "$4" && find . -mindepth 1 \( -type d -printf 'd %P\n' \) -o \
        \( -type l -printf 'l %P\n%l\n' \)) >"$scratch/list"
    [ ! -f "$4.junctions" ] || cat "$4.junctions" >>"$scratch/list"
    python3 "$here/ntfs-mkdir.py" "$1" <"$scratch/list"
    (cd "$4" && find . -type f -printf '%P\n') | while read -r path; do
        LC_ALL=C.UTF-8 ntfscp -q "$1" "$4/$path" "/$path"
    done
}

# windows_tree TREE: C:, but the hive SYSTEM.
windows_tree()
{
    local config=$1/Windows/System32/config
    mkdir -p "$config" "$1/Windows/System32/drivers/etc" "$1/Program Files" \
        "$1/Users/J"$'\303\234'"rg"
    exe "$1/Windows/System32/cmd.exe" "$machine" "$magic"
    printf '127.0.0.1 localhost\r\n' >"$1/Windows/System32/drivers/etc/hosts"
    printf 'from the user\r\n' >"$1/Users/J"$'\303\234'"rg/ReadMe.TXT"
    printf 'upper\r\n' >"$1/Users/CASE.txt"
    printf 'lower\r\n' >"$1/Users/case.txt"
    # shellcheck disable=SC1003
    printf '%s\n' 'j Documents and Settings' 'C:\Users' 'j Elsewhere' 'D:\Data' \
        >"$1.junctions"
    software "$config/SOFTWARE"
}

windows_mbr()
{
    local tree=$scratch/c
    product='Windows 10 Pro' variant=Client build=22631 hostname=WIN-PHONY
    machine=8664 magic=20b
    windows_tree "$tree"
    system "$tree/Windows/System32/config/SYSTEM" <<EOS
"\\\\DosDevices\\\\C:"=$(mbr_value 12288)
"\\\\DosDevices\\\\D:"=$(mbr_value 77824)
"\\\\DosDevices\\\\E:"=hex(3):5c,00,3f,00,3f,00,5c,00,53,00,43,00,53,00,49,00,23,00
"\\\\DosDevices\\\\F:"=$(mbr_value 999999)
"\\\\??\\\\Volume{11111111-2222-3333-4444-555555555555}"=$(mbr_value 2048)
EOS
    mkdir -p "$scratch/reserved/Boot" "$scratch/d/Data/Sub Folder"
    echo bootmgr >"$scratch/reserved/bootmgr"
    printf 'on the other drive\r\n' >"$scratch/d/Data/Sub Folder/File.txt"
    volume "$scratch/sda1" 5 'System Reserved' "$scratch/reserved" 2048
    volume "$scratch/sda2" 32 '' "$tree" 12288
    volume "$scratch/sda3" 8 Data "$scratch/d" 77824
    new_disk windows-mbr.img 48 <<'EOS'
label: dos
label-id: 0x20210304
start=2048, size=5MiB, type=7, bootable
start=12288, size=32MiB, type=7
start=77824, size=8MiB, type=7
EOS
    put "$scratch/sda1" windows-mbr.img 1
    put "$scratch/sda2" windows-mbr.img 6
    put "$scratch/sda3" windows-mbr.img 38
}

windows_gpt()
{
    local tree=$scratch/c logs=$scratch/c/Windows/System32/winevt/Logs
    need mkfs.vfat mmd
    product='Windows Server 2022 Standard' variant=Server build=20348
    hostname=WIN-SERVER machine=8664 magic=20b
    windows_tree "$tree"
    system "$tree/Windows/System32/config/SYSTEM" <<EOS
"\\\\DosDevices\\\\C:"=$(gpt_value "$(uuid 23)")
EOS
    mkdir -p "$logs"
    python3 "$here/evtx.py" "$logs/System.evtx" System 3000
    python3 "$here/evtx.py" "$logs/Application.evtx" Application 40
    python3 "$here/evtx.py" "$logs/Phony-Provider%4Operational.evtx" Phony-Provider/Operational 3
    cp "$logs/System.evtx" "$logs/Application.evtx" .
    new_file "$scratch/sda1" 4
    mkfs.vfat --invariant -n SYSTEM -i 20210304 "$scratch/sda1" >/dev/null
    mmd -i "$scratch/sda1" ::/EFI ::/EFI/Microsoft
    volume "$scratch/sda3" 32 '' "$tree" 12288
    new_disk windows-gpt.img 48 <<EOS
label: gpt
label-id: $(uuid 20)
start=1MiB, size=4MiB, type=U, uuid=$(uuid 21)
start=5MiB, size=1MiB, type=E3C9E316-0B5C-4DB8-817D-F92DF00215AE, uuid=$(uuid 22)
start=6MiB, size=32MiB, type=EBD0A0A2-B9E5-4433-87C0-68B6B72699C7, uuid=$(uuid 23)
EOS
    put "$scratch/sda1" windows-gpt.img 1
    put "$scratch/sda3" windows-gpt.img 6
}

windows_bitlocker()
{
    local tree=$scratch/c
    product='Windows 11 Pro' variant=Client build=26100 hostname=WIN-LOCKED
    machine=8664 magic=20b
    windows_tree "$tree"
    system "$tree/Windows/System32/config/SYSTEM" <<EOS
"\\\\DosDevices\\\\C:"=$(gpt_value "$(uuid 23)")
EOS
    volume "$scratch/plain" 24 '' "$tree" 2048
    printf '%s%s' "$(sha256sum <<<keys)" "$(sha256sum <<<volume)" | tr -d ' -' |
        python3 "$here/bitlk.py" "$scratch/plain" "$scratch/sda1" \
            'secret of: windows-bitlocker' "$recovery"
    new_disk windows-bitlocker.img 32 <<EOS
label: gpt
label-id: $(uuid 20)
start=1MiB, size=30MiB, type=EBD0A0A2-B9E5-4433-87C0-68B6B72699C7, uuid=$(uuid 23)
EOS
    put "$scratch/sda1" windows-bitlocker.img 1
}

case $1 in
mbr) windows_mbr ;;
bitlocker) windows_bitlocker ;;
gpt) windows_gpt ;;
*) die "no layout '$1'" ;;
esac
