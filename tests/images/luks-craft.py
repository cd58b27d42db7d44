#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Headers of encrypted devices that their own programs would not write.

usage: luks-craft.py bitlocker FILE OFFSET   the signatures of BitLocker, and no more
       luks-craft.py memory FILE KIB         every slot of a LUKS2 asks for that much
"""
import hashlib
import json
import struct
import sys

BINARY = 4096           # the binary header of LUKS2, before its JSON
CHECKSUM = 448          # where it has its checksum, of 64 bytes


def bitlocker(file, offset):
    boot = bytearray(512)
    boot[0:11] = b"\xeb\x58\x90-FVE-FS-"
    boot[160:176] = bytes.fromhex("3bd66749292ed84a8399f6a339e3d001")
    struct.pack_into("<QQQ", boot, 176, 65536, 131072, 196608)
    boot[510:512] = b"\x55\xaa"
    with open(file, "r+b") as f:
        f.seek(offset)
        f.write(boot)
        for at in (65536, 131072, 196608):
            f.seek(offset + at)
            f.write(b"-FVE-FS-" + struct.pack("<HH", 64, 2))


def memory(file, kib):
    with open(file, "r+b") as f:
        size = struct.unpack_from(">Q", f.read(BINARY), 8)[0]
        for at in (0, size):
            f.seek(at)
            area = bytearray(f.read(size))
            text = json.loads(area[BINARY:].split(b"\0")[0])
            for slot in text["keyslots"].values():
                slot["kdf"]["memory"] = kib
            text = json.dumps(text).encode()
            area[BINARY:] = text.ljust(size - BINARY, b"\0")
            area[CHECKSUM:CHECKSUM + 64] = bytes(64)
            area[CHECKSUM:CHECKSUM + 32] = hashlib.sha256(area).digest()
            f.seek(at)
            f.write(area)


if sys.argv[1] == "bitlocker":
    bitlocker(sys.argv[2], int(sys.argv[3]))
else:
    memory(sys.argv[2], int(sys.argv[3]))
