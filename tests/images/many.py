# SPDX-License-Identifier: GPL-2.0-or-later
"""many.py deb|rpm COUNT FILE: a package database of the size that real ones have."""
import sqlite3
import struct
import sys

kind, count, name = sys.argv[1], int(sys.argv[2]), sys.argv[3]


def stanza(i):
    depends = ", ".join("libsomething%d (>= 1.%d~)" % (i * 7 % count, k) for k in range(12))
    conffiles = "".join("\n /etc/package-%d/part-%d.conf %032x" % (i, k, i * k) for k in range(3))
    return f"""Package: package-{i}
Status: install ok installed
Priority: optional
Section: misc
Installed-Size: {i}
Maintainer: Some Maintainers <some-maintainers@lists.example.org>
Architecture: amd64
Multi-Arch: same
Source: source-{i // 3} ({i}.0-1)
Version: 1:{i}.0-1+b1
Replaces: old-package-{i} (<< 1.0)
Depends: libc6 (>= 2.34), {depends}
Suggests: package-{i}-doc
Breaks: old-package-{i} (<< 1.0)
Conffiles:{conffiles}
Description: package number {i} of many
 This is the first of some lines that say what the package is good for, and
 there is a second one, which is as long as such lines commonly are.
 .
  * an item of a list
  * another item of a list, for package number {i}
Homepage: https://www.example.org/package-{i}

"""


def header(i):
    """An rpm header: tags as (tag, type, count, data); the lists of files are most of it."""
    files = 30
    text = lambda s: s.encode() + b"\0"
    strings = lambda v: b"".join(map(text, v))
    tags = [
        (100, 8, 1, text("C")),
        (1000, 6, 1, text("package-%d" % i)), (1001, 6, 1, text("%d.0" % i)),
        (1002, 6, 1, text("1.fc40")), (1003, 4, 1, struct.pack(">I", i % 3)),
        (1004, 9, 1, text("package number %d of many" % i)),
        (1005, 9, 1, text("Some lines that say what the package is good for,\n" * 5)),
        (1006, 4, 1, struct.pack(">I", 1700000000)), (1014, 6, 1, text("MIT")),
        (1020, 6, 1, text("https://www.example.org/package-%d" % i)),
        (1021, 6, 1, text("linux")), (1022, 6, 1, text("x86_64")),
        (1028, 4, files, struct.pack(">%dI" % files, *range(files))),
        (1035, 8, files, strings("%064x" % (i * k) for k in range(files))),
        (1044, 6, 1, text("source-%d-%d.0-1.src.rpm" % (i // 3, i))),
        (1117, 8, files, strings("file-number-%d" % k for k in range(files))),
    ]
    index, data = b"", b""
    for tag, type_, n, value in tags:
        if type_ == 4:
            data += b"\0" * (-len(data) % 4)
        index += struct.pack(">4I", tag, type_, len(data), n)
        data += value
    return struct.pack(">2I", len(tags), len(data)) + index + data


if kind == "deb":
    with open(name, "w") as file:
        for i in range(count):
            file.write(stanza(i))
else:
    db = sqlite3.connect(name)
    db.execute("CREATE TABLE 'Packages' (hnum INTEGER PRIMARY KEY AUTOINCREMENT,"
               "blob BLOB NOT NULL)")
    db.executemany("INSERT INTO Packages VALUES(?, ?)", ((i + 1, header(i)) for i in range(count)))
    db.commit()
