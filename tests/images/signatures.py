#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Write files that have nothing but the signature of what Linux cannot use.

usage: signatures.py FOLDER
"""
import pathlib
import struct
import sys

MIB = 1 << 20


def words(data):
    return struct.unpack(f"<{len(data) // 4}I", data)


def apfs():
    """A container's superblock, with its Fletcher checksum in front."""
    body = struct.pack("<QQHHHH4sIQQQQ16s", 1, 2, 1, 0, 0, 0, b"NXSB", 4096,
                       512, 0, 0, 0, bytes(range(16))).ljust(4088, b"\0")
    low = high = 0
    for word in words(body):
        low += word
        high += low
    modulus = 2**32 - 1
    first = ~((low + high) % modulus) & modulus
    second = ~((low + first) % modulus) & modulus
    return struct.pack("<II", first, second) + body


def zfs():
    """Four uberblocks of a label are enough."""
    block = struct.pack("<QQQQQ", 0x00BAB10C, 5000, 4, 1, 0).ljust(1024, b"\0")
    return b"\0" * (128 << 10) + block * 8


def crc32c(data):
    """The cyclic redundancy check of Castagnoli."""
    crc = 0xFFFFFFFF
    for byte in data:
        crc ^= byte
        for _ in range(8):
            crc = crc >> 1 ^ (0x82F63B78 if crc & 1 else 0)
    return crc ^ 0xFFFFFFFF


def stratis():
    """The first copy of a superblock, with its check in front; UUIDs are words of 32 digits."""
    body = (b"!Stra0tis\x86\xff\x02^\x41rh" + struct.pack("<Q", 4096) + bytes(4)
            + b"01" * 16 + b"23" * 16).ljust(508, b"\0")
    return bytes(512) + struct.pack("<I", crc32c(body)) + body


contents = {
    "zfs": zfs(),
    "apfs": apfs(),
    "refs": b"\0\0\0ReFS\0",
    "bcachefs": b"\0" * (4096 + 24)
    + bytes.fromhex("c68573f64e1a45ca8265f57f48ba6d81"),
    "vdo": b"dmvdo001".ljust(4096, b"\0"),
    "stratis": stratis(),
    "swsuspend": b"\0" * 4086 + b"S1SUSPEND\0",
}
for name, data in contents.items():
    file = pathlib.Path(sys.argv[1]) / name
    size = 64 * MIB if name == "zfs" else MIB
    file.write_bytes(data.ljust(size, b"\0"))
