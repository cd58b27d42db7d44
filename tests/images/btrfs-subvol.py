#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Add subvolumes to a btrfs image that is not mounted.

usage: btrfs-subvol.py IMAGE NAME=FOLDER...

The image is to be fresh from mkfs.btrfs with 64 KiB nodes, single metadata
and no free space tree, so that each tree is one leaf.  A subvolume becomes
one leaf too, with the content of its files inline: it has room for about 100
small files, each below one sector.  All is owned by root but what lies in
home/user or user, which is owned by 1000:1000.
"""
import os
import stat
import struct
import sys

NODE = 65536
HEADER = struct.Struct("<32s16sQQ16sQQIB")
ITEM = struct.Struct("<QBQII")
DISK_KEY = struct.Struct("<QBQ")
SUPERS = (65536, 64 << 20)

INODE_ITEM, INODE_REF, DIR_ITEM, DIR_INDEX = 1, 12, 84, 96
EXTENT_DATA, ROOT_ITEM, ROOT_BACKREF, ROOT_REF = 108, 132, 144, 156
METADATA_ITEM, TREE_BLOCK_REF, BLOCK_GROUP_ITEM = 169, 176, 192
CHUNK_ITEM = 228
EXTENT_TREE, FS_TREE, FIRST_FREE = 2, 5, 256
METADATA = 4


def make_table():
    table = []
    for value in range(256):
        for _ in range(8):
            value = value >> 1 ^ (0x82F63B78 if value & 1 else 0)
        table.append(value)
    return table


TABLE = make_table()


def crc32c(data, seed=0xFFFFFFFF):
    """The bare CRC-32C, not inverted at the end."""
    for byte in data:
        seed = TABLE[(seed ^ byte) & 255] ^ seed >> 8
    return seed


def checksum(block):
    """Set the checksum of a node or a super block."""
    crc = crc32c(block[32:]) ^ 0xFFFFFFFF
    block[:32] = crc.to_bytes(4, "little").ljust(32, b"\0")


class Image:
    """The file, addressed as btrfs does: logically."""

    def __init__(self, path):
        self.file = open(path, "r+b")
        self.file.seek(SUPERS[0])
        self.super = bytearray(self.file.read(4096))
        (self.generation, self.root, self.chunk_root) = struct.unpack_from(
            "<QQQ", self.super, 72)
        if struct.unpack_from("<I", self.super, 148)[0] != NODE:
            sys.exit("btrfs-subvol.py: nodes are not 64 KiB")
        # The super block has the chunks that the chunk tree is in.
        size = struct.unpack_from("<I", self.super, 160)[0]
        self.chunks = []
        array = self.super[811:811 + size]
        while array:
            start = DISK_KEY.unpack_from(array)[2]
            self.add_chunk(start, array[17:])
            array = array[17 + 48 + 32 * struct.unpack_from(
                "<H", array, 17 + 44)[0]:]
        self.metadata = None
        for key, data in Leaf(self, self.chunk_root).items.items():
            if key[1] == CHUNK_ITEM:
                self.add_chunk(key[2], data)

    def add_chunk(self, start, data):
        length, _, _, kind = struct.unpack_from("<QQQQ", data)
        disk = struct.unpack_from("<Q", data, 48 + 8)[0]
        self.chunks.append((start, length, disk))
        if kind & METADATA:
            self.metadata = (start, length)

    def seek(self, logical):
        for start, length, disk in self.chunks:
            if start <= logical < start + length:
                self.file.seek(disk + logical - start)
                return
        sys.exit(f"btrfs-subvol.py: {logical} is in no chunk")

    def write_supers(self, more):
        used = struct.unpack_from("<Q", self.super, 120)[0] + more
        struct.pack_into("<Q", self.super, 120, used)
        for place in SUPERS:
            self.file.seek(place)
            if len(self.file.read(4096)) == 4096:
                struct.pack_into("<Q", self.super, 48, place)
                checksum(self.super)
                self.file.seek(place)
                self.file.write(self.super)


class Leaf:
    """A leaf's items: a dictionary of key to data."""

    def __init__(self, image, logical):
        self.image, self.logical, self.items = image, logical, {}
        image.seek(logical)
        block = image.file.read(NODE)
        self.header = list(HEADER.unpack_from(block))
        if self.header[8]:
            sys.exit("btrfs-subvol.py: a tree is more than one leaf")
        for i in range(self.header[7]):
            objectid, kind, offset, start, size = ITEM.unpack_from(
                block, HEADER.size + i * ITEM.size)
            start += HEADER.size
            self.items[objectid, kind, offset] = block[start:start + size]

    def copy(self, logical, owner):
        """An empty leaf of another tree."""
        new = object.__new__(Leaf)
        new.image, new.logical, new.items = self.image, logical, {}
        new.header = list(self.header)
        new.header[2], new.header[6] = logical, owner
        new.header[5] = self.image.generation
        return new

    def add(self, objectid, kind, offset, data):
        if (objectid, kind, offset) in self.items:
            sys.exit("btrfs-subvol.py: two items with one key")
        self.items[objectid, kind, offset] = data

    def write(self):
        block, end = bytearray(NODE), NODE
        self.header[7] = len(self.items)
        HEADER.pack_into(block, 0, *self.header)
        for i, key in enumerate(sorted(self.items)):
            data = self.items[key]
            end -= len(data)
            place = HEADER.size + i * ITEM.size
            if place + ITEM.size > end:
                sys.exit("btrfs-subvol.py: too much for one leaf")
            block[end:end + len(data)] = data
            ITEM.pack_into(block, place, *key, end - HEADER.size, len(data))
        checksum(block)
        self.image.seek(self.logical)
        self.image.file.write(block)

    def add_entry(self, parent, index, name, target, kind):
        """A name in a folder; the target is a key."""
        data = DISK_KEY.pack(*target)
        data += struct.pack("<QHHB", self.image.generation, 0, len(name), kind)
        data += name
        self.add(parent, DIR_ITEM, crc32c(name, 0xFFFFFFFE), data)
        self.add(parent, DIR_INDEX, index, data)


class Subvolume:
    """The leaf of a subvolume, filled from a folder."""

    def __init__(self, leaf, folder):
        self.leaf, self.top, self.last = leaf, folder, FIRST_FREE
        leaf.add(FIRST_FREE, INODE_REF, FIRST_FREE,
                 struct.pack("<QH", 0, 2) + b"..")
        self.fill(os.fsencode(folder), FIRST_FREE)

    def owner(self, path):
        inner = os.fsdecode(os.path.relpath(path, os.fsencode(self.top)))
        if (inner + "/").startswith(("home/user/", "user/")):
            return 1000, 1000
        return 0, 42 if inner == "etc/shadow" else 0

    def inode(self, number, path, size):
        info = os.lstat(path)
        generation = self.leaf.image.generation
        when = struct.pack("<QI", int(info.st_mtime), 0)
        folder = stat.S_ISDIR(info.st_mode)
        self.leaf.add(number, INODE_ITEM, 0, struct.pack(
            "<QQQQQIIIIQQQ32x", generation, generation, size,
            0 if folder else size, 0, 1, *self.owner(path), info.st_mode,
            0, 0, 0) + when * 4)

    def inline(self, number, data):
        if len(data) >= 4096:
            sys.exit("btrfs-subvol.py: a file is too large to be inline")
        if data:
            self.leaf.add(number, EXTENT_DATA, 0, struct.pack(
                "<QQBBHB", self.leaf.image.generation, len(data), 0, 0, 0, 0)
                + data)

    def fill(self, folder, number):
        size = 0
        for index, name in enumerate(sorted(os.listdir(folder)), 2):
            path = os.path.join(folder, name)
            self.last += 1
            child = self.last
            size += 2 * len(name)
            self.leaf.add(child, INODE_REF, number,
                          struct.pack("<QH", index, len(name)) + name)
            if os.path.islink(path):
                kind, data = 7, os.readlink(path)
            elif os.path.isdir(path):
                kind, data = 2, None
                self.fill(path, child)
            else:
                kind = 1
                with open(path, "rb") as source:
                    data = source.read()
            self.leaf.add_entry(number, index, name, (child, INODE_ITEM, 0),
                                kind)
            if data is not None:
                self.inode(child, path, len(data))
                self.inline(child, data)
        self.inode(number, folder, size)


def find_free(image, extents):
    """The address of a node's worth of metadata that is not in use."""
    start, length = image.metadata
    used = {key[0] for key in extents.items if key[1] == METADATA_ITEM}
    for logical in range(start, start + length, NODE):
        if logical not in used:
            return logical
    sys.exit("btrfs-subvol.py: no room for another node")


def main():
    image = Image(sys.argv[1])
    roots = Leaf(image, image.root)

    def tree(number):
        item = roots.items[number, ROOT_ITEM, 0]
        return Leaf(image, struct.unpack_from("<Q", item, 176)[0])

    extents, files = tree(EXTENT_TREE), tree(FS_TREE)
    group = (image.metadata[0], BLOCK_GROUP_ITEM, image.metadata[1])
    index = max([key[2] for key in files.items
                 if key[:2] == (FIRST_FREE, DIR_INDEX)], default=1)
    for number, arg in enumerate(sys.argv[2:], FIRST_FREE):
        name, _, folder = arg.partition("=")
        name = name.encode()
        index += 1
        logical = find_free(image, extents)
        leaf = files.copy(logical, number)
        Subvolume(leaf, folder)
        leaf.write()

        # The node is in use.
        extents.add(logical, METADATA_ITEM, 0, struct.pack(
            "<QQQBQ", 1, image.generation, 2, TREE_BLOCK_REF, number))
        used, *rest = struct.unpack("<QQQ", extents.items[group])
        extents.items[group] = struct.pack("<QQQ", used + NODE, *rest)

        # The tree that it is, on the pattern of the file system's first.
        item = bytearray(roots.items[FS_TREE, ROOT_ITEM, 0])
        struct.pack_into("<QQQQQ", item, 160, image.generation, FIRST_FREE,
                         logical, 0, NODE)
        struct.pack_into("<Q16s", item, 239, image.generation,
                         number.to_bytes(16, "big"))
        roots.add(number, ROOT_ITEM, 0, bytes(item))

        # Its name in the top folder.
        ref = struct.pack("<QQH", FIRST_FREE, index, len(name)) + name
        roots.add(FS_TREE, ROOT_REF, number, ref)
        roots.add(number, ROOT_BACKREF, FS_TREE, ref)
        files.add_entry(FIRST_FREE, index, name,
                        (number, ROOT_ITEM, 0xFFFFFFFFFFFFFFFF), 2)
        top = bytearray(files.items[FIRST_FREE, INODE_ITEM, 0])
        size = struct.unpack_from("<Q", top, 16)[0] + 2 * len(name)
        struct.pack_into("<Q", top, 16, size)
        files.items[FIRST_FREE, INODE_ITEM, 0] = bytes(top)
    for leaf in (files, extents, roots):
        leaf.write()
    image.write_supers(NODE * len(sys.argv[2:]))


main()
