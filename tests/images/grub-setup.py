#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Put GRUB on a disk image as grub-bios-setup puts it on a disk.

usage: grub-setup.py DISK BOOT.IMG CORE.IMG SECTOR

BOOT.IMG goes to the first sector, around the partition table that is there.
CORE.IMG goes to SECTOR and after it: 1 is the gap before the first partition
of an MBR disk; else it is where a BIOS boot partition starts.
"""
import sys

SECTOR = 512
BPB = slice(0x03, 0x5A)         # boot.img leaves both to what was there
TABLE = slice(0x1B8, 0x1FE)
CORE_SECTOR = 0x5C              # in boot.img: where the core begins, 64 bits
DRIVE_CHECK = 0x66              # a jump; no hard disk needs what it skips
LIST = SECTOR - 12              # in the core's first sector: where the rest is
LOAD_SEGMENT = 0x820            # and where in memory it is to go


def main():
    disk_name, boot_name, core_name, sector = sys.argv[1:]
    sector = int(sector)
    with open(boot_name, "rb") as file:
        boot = bytearray(file.read())
    with open(core_name, "rb") as file:
        core = bytearray(file.read())
    if len(boot) != SECTOR or boot[-2:] != b"\x55\xaa":
        sys.exit(f"grub-setup.py: {boot_name} is no boot sector")
    core += bytes(-len(core) % SECTOR)
    with open(disk_name, "r+b") as disk:
        old = disk.read(SECTOR)
        boot[BPB], boot[TABLE] = old[BPB], old[TABLE]
        boot[CORE_SECTOR:CORE_SECTOR + 8] = sector.to_bytes(8, "little")
        boot[DRIVE_CHECK:DRIVE_CHECK + 2] = b"\x90\x90"
        rest = len(core) // SECTOR - 1
        core[LIST:SECTOR] = ((sector + 1).to_bytes(8, "little")
                             + rest.to_bytes(2, "little")
                             + LOAD_SEGMENT.to_bytes(2, "little"))
        disk.seek(0)
        disk.write(boot)
        disk.seek(sector * SECTOR)
        if any(disk.read(len(core))):
            sys.exit(f"grub-setup.py: {disk_name}: the core's place is taken")
        disk.seek(sector * SECTOR)
        disk.write(core)


main()
