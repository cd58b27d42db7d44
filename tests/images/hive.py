#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Write an empty hive of the Windows registry, for hivexregedit to fill.

usage: hive.py FILE

A hive is a header of 4 KiB and bins of cells.  This one has one bin, with the
root key and its security, which all keys that are added later share.
"""
import struct
import sys

NONE = 0xFFFFFFFF
# 2021-03-04 05:06:07 UTC, in steps of 100 ns since 1601
TIME = (1614834367 + 11644473600) * 10000000


def cell(data):
    """A cell in use: its size, negative, then its data, to a multiple of 8."""
    size = (len(data) + 4 + 7) // 8 * 8
    return struct.pack("<i", -size) + data.ljust(size - 4, b"\0")


def header(bins):
    """The first 4 KiB; its checksum is what all words before it make by xor."""
    head = struct.pack("<4sIIQIIIIII", b"regf", 1, 1, TIME, 1, 3, 0, 1, 32,
                       bins)
    head += struct.pack("<I", 1)
    head = head.ljust(508, b"\0")
    total = 0
    for word in struct.unpack("<127I", head):
        total ^= word
    return (head + struct.pack("<I", total)).ljust(4096, b"\0")


def main():
    name = b"$$$PROTO.HIV"
    # The root key is at 32, the place that the header names; its security is
    # behind it.
    key_size = (4 + 76 + len(name) + 7) // 8 * 8
    security = 32 + key_size
    key = struct.pack("<2sHQIIIIIIIIIIIIIIIHH", b"nk", 0x2C, TIME, 0, NONE, 0,
                      0, NONE, NONE, 0, NONE, security, NONE, 0, 0, 0, 0, 0,
                      len(name), 0) + name
    # A descriptor with no owner and no lists.
    descriptor = struct.pack("<BBHIIII", 1, 0, 0x8000, 0, 0, 0, 0)
    shared = struct.pack("<2sHIIII", b"sk", 0, security, security, 1,
                         len(descriptor)) + descriptor
    data = cell(key) + cell(shared)
    free = 4096 - 32 - len(data)
    data += struct.pack("<i", free) + bytes(free - 4)
    start = struct.pack("<4sIIIIQI", b"hbin", 0, 4096, 0, 0, TIME, 0)
    with open(sys.argv[1], "wb") as out:
        out.write(header(4096) + start + data)


main()
