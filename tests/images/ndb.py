# SPDX-License-Identifier: GPL-2.0-or-later
"""ndb.py RPMDB.SQLITE PACKAGES.DB: the same headers in rpm's own format."""
import sqlite3
import struct
import sys
import zlib

rows = sqlite3.connect("file:%s?mode=ro" % sys.argv[1], uri=True).execute(
    "SELECT hnum, blob FROM Packages ORDER BY hnum").fetchall()
# A free slot stands between any two.
pages = (32 + 16 * 2 * len(rows) + 4095) // 4096
out = bytearray(pages * 4096)
struct.pack_into("<4s4I", out, 0, b"RpmP", 0, 1, pages, max(row[0] for row in rows) + 1)
slots = []
for number, blob in rows:
    at = len(out) // 16
    size = (16 + len(blob) + 12 + 15) // 16 * 16
    body = struct.pack("<4s3I", b"BlbS", number, 1, len(blob)) + blob
    body = body.ljust(size - 12, b"\0")
    out += body + struct.pack("<2I4s", zlib.adler32(body), len(blob), b"BlbE")
    slots += [(number, at, size // 16), (0, 0, 0)]
for i in range((pages * 4096 - 32) // 16):
    slot = slots[i] if i < len(slots) else (0, 0, 0)
    struct.pack_into("<4s3I", out, 32 + 16 * i, b"Slot", *slot)
with open(sys.argv[2], "wb") as file:
    file.write(out)
