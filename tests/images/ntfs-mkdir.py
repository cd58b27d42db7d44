#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Make folders and links in an NTFS image that is not mounted.

usage: ntfs-mkdir.py IMAGE <LIST

A line "d PATH" of the list is a folder; a line "l PATH" is a symbolic link,
"j PATH" a junction of Windows, and the line after it is the link's target.  A
folder comes before what is in it.
ntfscp(8) copies files but makes neither; the library that it is made of does.
"""
import ctypes
import stat
import struct
import sys

lib = ctypes.CDLL("libntfs-3g.so.89", use_errno=True)
pointer = ctypes.c_void_p
lib.ntfs_mount.restype = pointer
lib.ntfs_mount.argtypes = [ctypes.c_char_p, ctypes.c_ulong]
lib.ntfs_umount.argtypes = [pointer, ctypes.c_int]
lib.ntfs_pathname_to_inode.restype = pointer
lib.ntfs_pathname_to_inode.argtypes = [pointer, pointer, ctypes.c_char_p]
lib.ntfs_create.restype = pointer
lib.ntfs_create.argtypes = [pointer, ctypes.c_uint32, ctypes.c_char_p,
                            ctypes.c_uint8, ctypes.c_uint32]
lib.ntfs_create_symlink.restype = pointer
lib.ntfs_create_symlink.argtypes = [pointer, ctypes.c_uint32, ctypes.c_char_p,
                                    ctypes.c_uint8, ctypes.c_char_p,
                                    ctypes.c_int]
lib.ntfs_set_ntfs_reparse_data.argtypes = [pointer, ctypes.c_char_p,
                                           ctypes.c_size_t, ctypes.c_int]
lib.ntfs_inode_close.argtypes = [pointer]


def checked(result, what):
    """Stop at a null pointer."""
    if not result:
        sys.exit(f"ntfs-mkdir.py: {what}: errno {ctypes.get_errno()}")
    return result


def junction(folder, target):
    """Turn an empty folder into a junction to a path such as C:\\Users."""
    to = ("\\??\\" + target).encode("utf-16-le")
    shown = target.encode("utf-16-le")
    data = struct.pack("<HHHH", 0, len(to), len(to) + 2, len(shown))
    data += to + b"\0\0" + shown + b"\0\0"
    data = struct.pack("<IHH", 0xA0000003, len(data), 0) + data
    if lib.ntfs_set_ntfs_reparse_data(folder, data, len(data), 0):
        sys.exit(f"ntfs-mkdir.py: {target}: errno {ctypes.get_errno()}")


def main():
    volume = checked(lib.ntfs_mount(sys.argv[1].encode(), 0), sys.argv[1])
    lines = sys.stdin.buffer.read().decode().splitlines()
    while lines:
        line = lines.pop(0)
        folder, _, name = ("/" + line[2:]).rpartition("/")
        parent = checked(lib.ntfs_pathname_to_inode(
            volume, None, (folder or "/").encode()), folder)
        wide = name.encode("utf-16-le")
        if line[0] in "dj":
            made = lib.ntfs_create(parent, 0, wide, len(wide) // 2,
                                   stat.S_IFDIR)
            if line[0] == "j":
                junction(checked(made, line), lines.pop(0))
        else:
            target = lines.pop(0).encode("utf-16-le")
            made = lib.ntfs_create_symlink(parent, 0, wide, len(wide) // 2,
                                           target, len(target) // 2)
        lib.ntfs_inode_close(checked(made, line))
        lib.ntfs_inode_close(parent)
    if lib.ntfs_umount(volume, 0):
        sys.exit("ntfs-mkdir.py: cannot close the volume")


main()
