#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Encrypts a volume as BitLocker does, as far as a reader sees it: AES-XTS, of 128 bits.

usage: bitlk.py PLAIN VOLUME PASSPHRASE RECOVERY <HEX

PLAIN is a file system, VOLUME becomes it and 6 MiB more, of which the metadata and the first
sectors of the file system take some. Either of PASSPHRASE and RECOVERY, eight groups of six
digits, opens it. HEX, 64 bytes, is what would be random: the key that encrypts the keys, and
that of the volume.

The format is that of cryptsetup's documentation of BITLK and of libbde's "BitLocker Drive
Encryption (BDE) format". AES is openssl's: one run of ECB on many blocks makes all of XTS.
"""
import hashlib
import struct
import subprocess
import sys

MIB = 1 << 20
SECTOR = 512
HEADER_SIZE = 16 * SECTOR       # of the file system's start that lies elsewhere
METADATA = 65536                # of each copy
ROUNDS = 1 << 20

NORMAL = bytes.fromhex("3bd66749292ed84a8399f6a339e3d001")
VOLUME_ID = bytes(range(16))
TIME = 132592787670000000       # 2021-03-04, in Windows' units

# entry types and values
VMK, FVEK, DESCRIPTION, HEADER = 2, 3, 7, 15
KEY, STRING, STRETCH, CCM, PROTECTOR, OFFSETS = 1, 2, 3, 5, 8, 15
BY_RECOVERY, BY_PASSPHRASE = 0x0800, 0x2000
XTS_128 = 0x8004


def ecb(key, data):
    name = "-aes-%d-ecb" % (8 * len(key))
    return subprocess.run(["openssl", "enc", name, "-nopad", "-K", key.hex()], input=data,
                          stdout=subprocess.PIPE, check=True).stdout


def xor(a, b):
    n = len(a)
    return (int.from_bytes(a, "little") ^ int.from_bytes(b[:n], "little")).to_bytes(n, "little")


def ccm(key, nonce, plain):
    """AES-CCM with a tag of 16 bytes and no further data: tag and cipher text."""
    counters = b"".join(b"\2" + nonce + struct.pack(">I", i)[1:] for i in range(len(plain) // 16 + 2))
    stream = ecb(key, counters)
    blocks = struct.pack(">B12sI", 0x3a, nonce, len(plain))[:13] + struct.pack(">I", len(plain))[1:]
    blocks += plain + bytes(-len(plain) % 16)
    mac = bytes(16)
    for at in range(0, len(blocks), 16):
        mac = ecb(key, xor(mac, blocks[at:at + 16]))
    return xor(mac, stream) + xor(plain, stream[16:])


def xts(key, first, data):
    """Sectors from that number on."""
    count = len(data) // SECTOR
    starts = ecb(key[16:], b"".join(struct.pack("<QQ", first + i, 0) for i in range(count)))
    tweaks = bytearray()
    for at in range(0, len(starts), 16):
        t = int.from_bytes(starts[at:at + 16], "little")
        for _ in range(SECTOR // 16):
            tweaks += t.to_bytes(16, "little")
            t = (t << 1 ^ (0x87 if t >> 127 else 0)) & (1 << 128) - 1
    return xor(ecb(key[:16], xor(data, tweaks)), tweaks)


def stretch(digest, salt):
    last = bytes(32)
    for i in range(ROUNDS):
        last = hashlib.sha256(last + digest + salt + struct.pack("<Q", i)).digest()
    return last


def entry(kind, value, data):
    return struct.pack("<HHHH", 8 + len(data), kind, value, 1) + data


def sealed(kind, with_key, number, key):
    """An entry with a key in it, encrypted with another."""
    nonce = struct.pack("<QI", TIME, number)
    plain = struct.pack("<HHHHI", 12 + len(key), 0, KEY, 1, 0x2003) + key
    return entry(kind, CCM, nonce + ccm(with_key, nonce, plain))


def protector(number, kind, name, digest, vmk):
    salt = bytes([0x40 + number] * 16)
    inner = entry(0, STRING, (name + "\0").encode("utf-16-le"))
    inner += entry(0, STRETCH, struct.pack("<I", 0x1000) + salt)
    inner += sealed(0, stretch(digest, salt), number, vmk)
    return entry(VMK, PROTECTOR, bytes([number] * 16) + struct.pack("<QHH", TIME, 0, kind) + inner)


def digest_of_passphrase(text):
    return hashlib.sha256(hashlib.sha256(text.encode("utf-16-le")).digest()).digest()


def digest_of_recovery(text):
    groups = [int(group) for group in text.split("-")]
    assert len(groups) == 8 and all(g % 11 == 0 and g < 720896 for g in groups)
    return hashlib.sha256(struct.pack("<8H", *[g // 11 for g in groups])).digest()


def metadata(size, copies, header_at, entries):
    inner = struct.pack("<IIII16sIHHQ", 48 + len(entries), 1, 48, 48 + len(entries), VOLUME_ID, 9,
                        XTS_128, 0, TIME) + entries
    outer = struct.pack("<8sHHHHQII3QQ", b"-FVE-FS-", (64 + len(inner) + 15) // 16, 2, 4, 4, size,
                        0, HEADER_SIZE // SECTOR, *copies, header_at)
    return outer + inner


def main(plain_file, volume, passphrase, recovery):
    secret = bytes.fromhex(sys.stdin.read())
    vmk, key = secret[:32], secret[32:]
    with open(plain_file, "rb") as f:
        plain = f.read()
    end = len(plain)
    size = end + 6 * MIB
    header_at = end + MIB
    copies = [end + n * MIB for n in (2, 3, 4)]
    entries = entry(DESCRIPTION, STRING, "a volume of tests\0".encode("utf-16-le"))
    entries += protector(1, BY_PASSPHRASE, "passphrase", digest_of_passphrase(passphrase), vmk)
    entries += protector(2, BY_RECOVERY, "recovery", digest_of_recovery(recovery), vmk)
    entries += sealed(FVEK, vmk, 3, key)
    entries += entry(HEADER, OFFSETS, struct.pack("<QQ", header_at, HEADER_SIZE))
    block = metadata(size, copies, header_at, entries)

    boot = bytearray(SECTOR)
    boot[0:11] = b"\xeb\x58\x90-FVE-FS-"
    boot[11:13] = struct.pack("<H", SECTOR)
    boot[160:176] = NORMAL
    boot[176:200] = struct.pack("<3Q", *copies)
    boot[510:512] = b"\x55\xaa"
    with open(volume, "wb") as f:
        f.truncate(size)
        f.write(boot)
        f.seek(HEADER_SIZE)
        f.write(xts(key, HEADER_SIZE // SECTOR, plain[HEADER_SIZE:]))
        f.seek(header_at)
        f.write(xts(key, header_at // SECTOR, plain[:HEADER_SIZE]))
        for at in copies:
            f.seek(at)
            f.write(block)


main(*sys.argv[1:])
