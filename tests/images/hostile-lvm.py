#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Write a volume group that means harm into a new disk image.

usage: hostile-lvm.py FILE KIND

self: 40 volumes, each of which is the whole disk, with the group on it
many: 3000 volumes of 4 KiB
huge: metadata of 5 MiB
cycle: the second physical volume lies in a volume of the first, and the first
    of the volumes on that second one is the second one itself
"""
import pathlib
import sys
import types

# The functions of lvm.py, which is a program: all but its last line.
lvm = types.SimpleNamespace()
source = pathlib.Path(__file__).with_name("lvm.py").read_text()
exec(source.rsplit("\nmain()", 1)[0], lvm.__dict__)

MIB = 1 << 20
SIZE = 16 * MIB
MDA_START, MDA_SIZE = 4096, 6 * MIB - 4096
EXTENT = 8              # sectors


def volume(number, name, extents, stripe, first=0):
    return (f'{name} {{\nid = "{lvm.dashed(lvm.make_id("LV", number))}"\n'
            f'status = ["READ", "WRITE", "VISIBLE"]\nflags = []\n'
            f"segment_count = 1\nsegment1 {{\nstart_extent = 0\n"
            f'extent_count = {extents}\ntype = "striped"\nstripe_count = 1\n'
            f'stripes = ["{stripe}", {first}]\n}}\n}}\n')


def physical(number, start, count):
    return (f'pv{number} {{\nid = "'
            f'{lvm.dashed(lvm.make_id("PV", number))}"\n'
            f'status = ["ALLOCATABLE"]\nflags = []\npe_start = {start}\n'
            f"pe_count = {count}\n}}\n")


def group(name, physicals, volumes, comment=""):
    return (f'{name} {{\nid = "{lvm.dashed(lvm.make_id("VG", 0))}"\n'
            f'seqno = 1\nstatus = ["RESIZEABLE", "READ", "WRITE"]\n'
            f"flags = []\nextent_size = {EXTENT}\nphysical_volumes {{\n"
            f"{physicals}}}\nlogical_volumes {{\n{volumes}}}\n}}\n"
            f'description = "{comment}"\n\0').encode()


def write(disk, at, number, text):
    """A physical volume that begins at a place of the disk."""
    body = lvm.u32(32) + b"LVM2 001" + lvm.make_id("PV", number).encode()
    body += lvm.u64(SIZE) + lvm.u64(MIB) + lvm.u64(0) + lvm.u64(0) * 2
    body += lvm.u64(MDA_START) + lvm.u64(MDA_SIZE) + lvm.u64(0) * 2
    body = body.ljust(512 - 20, b"\0")
    disk.seek(at + 512)
    disk.write(b"LABELONE" + lvm.u64(1) + lvm.u32(lvm.crc(body)) + body)
    body = lvm.MDA_MAGIC + lvm.u32(1) + lvm.u64(MDA_START)
    body += lvm.u64(MDA_SIZE) + lvm.u64(512) + lvm.u64(len(text))
    body += lvm.u32(lvm.crc(text)) + lvm.u32(0)
    body = body.ljust(512 - 4, b"\0")
    disk.seek(at + MDA_START)
    disk.write(lvm.u32(lvm.crc(body)) + body + text)


def main():
    extents = SIZE // 512 // EXTENT
    comment, physicals = "", physical(0, 0, extents)
    second = 8 * MIB
    if sys.argv[2] == "self":
        volumes = "".join(volume(n, f"v{n}", extents, "pv0")
                          for n in range(40))
    elif sys.argv[2] == "many":
        volumes = "".join(volume(n, f"v{n}", 1, "pv0", 1500)
                          for n in range(3000))
    elif sys.argv[2] == "huge":
        volumes, comment = volume(0, "v0", 1, "pv0"), "x" * (5 * MIB)
    else:
        physicals += physical(1, 0, extents // 2)
        volumes = volume(0, "v0", extents // 2, "pv0", extents // 2)
        volumes += volume(1, "v1", extents // 2, "pv1")
    text = group("hostile", physicals, volumes, comment)
    with open(sys.argv[1], "wb") as disk:
        disk.truncate(SIZE)
        write(disk, 0, 0, text)
        if sys.argv[2] == "cycle":
            write(disk, second, 1, text)


main()
