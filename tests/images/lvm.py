#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Write LVM2 physical volumes into disk images, without a device mapper.

usage: lvm.py VG PV... LV...

PV is pv=FILE:START:SIZE, LV is lv=NAME:CONTENT:EXTENTS, both in MiB and in
extents of 4 MiB.  The logical volumes are laid one after the other over the
physical volumes in the order given, and filled from their CONTENT files.
"""
import sys
import zlib

MIB = 1 << 20
EXTENT = 4 * MIB
PE_START = MIB          # where a physical volume's first extent begins
MDA_START = 4096        # its metadata area lies between the label and there
MDA_SIZE = PE_START - MDA_START
MDA_MAGIC = b"\x20LVM2\x20x[5A%r0N*>"
WHEN = 1614834367


def crc(data):
    """LVM's CRC-32: its own start value, and no inversion."""
    return ~zlib.crc32(data, ~0xF597A6CF & 0xFFFFFFFF) & 0xFFFFFFFF


def u32(value):
    return value.to_bytes(4, "little")


def u64(value):
    return value.to_bytes(8, "little")


def make_id(kind, number):
    """A fixed identifier of 32 characters."""
    return (kind + str(number)).ljust(32, "x")


def dashed(ident):
    """The identifier as the metadata text spells it, 6-4-4-4-4-4-6."""
    cuts = [0, 6, 10, 14, 18, 22, 26, 32]
    return "-".join(ident[a:b] for a, b in zip(cuts, cuts[1:]))


class Physical:
    def __init__(self, number, spec):
        self.name = f"pv{number}"
        self.ident = make_id("PV", number)
        self.file, start, size = spec.rsplit(":", 2)
        self.start, self.size = int(start) * MIB, int(size) * MIB
        self.extents = (self.size - PE_START) // EXTENT
        self.used = 0

    def text(self):
        return (f'{self.name} {{\nid = "{dashed(self.ident)}"\n'
                f'device = "/dev/phony"\nstatus = ["ALLOCATABLE"]\n'
                f"flags = []\ndev_size = {self.size // 512}\n"
                f"pe_start = {PE_START // 512}\n"
                f"pe_count = {self.extents}\n}}\n")

    def header(self):
        """The label, which is sector 1."""
        body = u32(32) + b"LVM2 001" + self.ident.encode() + u64(self.size)
        body += u64(PE_START) + u64(0) + u64(0) * 2     # data areas
        body += u64(MDA_START) + u64(MDA_SIZE) + u64(0) * 2  # metadata areas
        body += u32(2) + u32(1) + u64(0) * 2            # extension: in use
        body = body.ljust(512 - 20, b"\0")
        return b"LABELONE" + u64(1) + u32(crc(body)) + body

    def write(self, text):
        body = MDA_MAGIC + u32(1) + u64(MDA_START) + u64(MDA_SIZE)
        body += u64(512) + u64(len(text)) + u32(crc(text)) + u32(0)
        body = body.ljust(512 - 4, b"\0")
        with open(self.file, "r+b") as disk:
            disk.seek(self.start + 512)
            disk.write(self.header())
            disk.seek(self.start + MDA_START)
            disk.write(u32(crc(body)) + body + text)


class Logical:
    def __init__(self, number, spec):
        self.ident = make_id("LV", number)
        self.name, self.content, extents = spec.rsplit(":", 2)
        self.extents = int(extents)
        self.segments = []      # of (physical volume, first extent, count)

    def allocate(self, volumes):
        left = self.extents
        for volume in volumes:
            count = min(left, volume.extents - volume.used)
            if count:
                self.segments.append((volume, volume.used, count))
                volume.used += count
                left -= count
        if left:
            sys.exit(f"lvm.py: no room for {self.name}")

    def text(self):
        out = (f'{self.name} {{\nid = "{dashed(self.ident)}"\n'
               f'status = ["READ", "WRITE", "VISIBLE"]\nflags = []\n'
               f'creation_time = {WHEN}\ncreation_host = "phony"\n'
               f"segment_count = {len(self.segments)}\n")
        start = 0
        for i, (volume, first, count) in enumerate(self.segments, 1):
            out += (f"segment{i} {{\nstart_extent = {start}\n"
                    f'extent_count = {count}\ntype = "striped"\n'
                    f"stripe_count = 1\n"
                    f'stripes = ["{volume.name}", {first}]\n}}\n')
            start += count
        return out + "}\n"

    def fill(self):
        with open(self.content, "rb") as source:
            for volume, first, count in self.segments:
                with open(volume.file, "r+b") as disk:
                    for i in range(count):
                        data = source.read(EXTENT)
                        if data.strip(b"\0"):
                            disk.seek(volume.start + PE_START
                                      + (first + i) * EXTENT)
                            disk.write(data)
            if source.read(1):
                sys.exit(f"lvm.py: {self.content} is too large")


def main():
    group, volumes, logicals = sys.argv[1], [], []
    for arg in sys.argv[2:]:
        kind, _, spec = arg.partition("=")
        if kind == "pv":
            volumes.append(Physical(len(volumes), spec))
        else:
            logicals.append(Logical(len(logicals), spec))
    for logical in logicals:
        logical.allocate(volumes)
    text = (f'{group} {{\nid = "{dashed(make_id("VG", 0))}"\nseqno = 1\n'
            f'format = "lvm2"\nstatus = ["RESIZEABLE", "READ", "WRITE"]\n'
            f"flags = []\nextent_size = {EXTENT // 512}\nmax_lv = 0\n"
            f"max_pv = 0\nmetadata_copies = 0\nphysical_volumes {{\n"
            + "".join(v.text() for v in volumes)
            + "}\nlogical_volumes {\n"
            + "".join(v.text() for v in logicals)
            + '}\n}\ncontents = "Text Format Volume Group"\nversion = 1\n'
            f'description = ""\ncreation_host = "phony"\n'
            f"creation_time = {WHEN}\n\0")
    for volume in volumes:
        volume.write(text.encode())
    for logical in logicals:
        logical.fill()


main()
