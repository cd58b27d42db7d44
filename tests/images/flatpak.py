# SPDX-License-Identifier: GPL-2.0-or-later
"""flatpak.py FOLDER: an installation with an app and a runtime, as flatpak lays them out."""
import os
import struct
import sys


def offsets(parts, ends, total):
    """The parts, and after them the ends in offsets as wide as the whole asks for."""
    for width in 1, 2, 4:
        if total + width * len(ends) < 1 << 8 * width:
            return parts + b"".join(end.to_bytes(width, "little") for end in ends)


def text(s):
    return s.encode() + b"\0"


def pad8(b):
    return b + b"\0" * (-len(b) % 8)


def entry(key, value):
    """{sv} of strings, or of a number."""
    head = text(key)
    if isinstance(value, int):
        body = pad8(head) + struct.pack("<i", value) + b"\0i"
    else:
        body = pad8(head) + text(value) + b"\0s"
    return offsets(body, [len(head)], len(body))


def array(elements, aligned):
    body, ends = b"", []
    for e in elements:
        body = (pad8(body) if aligned else body) + e
        ends.append(len(body))
    return offsets(body, ends, len(body)) if ends else b""


def deploy(origin, commit, paths, size, facts):
    """A value of the type (ssasta{sv})."""
    body, ends = b"", []
    for member in text(origin), text(commit), array([text(p) for p in paths], False):
        body += member
        ends.append(len(body))
    body = pad8(body) + struct.pack(">Q", size)
    body += array([entry(k, v) for k, v in facts], True)
    return offsets(body, ends[::-1], len(body))


def install(top, kind, name, branch, facts):
    commit = "0123456789abcdef" * 4
    base = os.path.join(top, kind, name, "x86_64", branch)
    os.makedirs(os.path.join(base, commit, "files"))
    os.symlink(commit, os.path.join(base, "active"))
    os.symlink("x86_64/" + branch, os.path.join(top, kind, name, "current"))
    with open(os.path.join(base, commit, "deploy"), "wb") as file:
        file.write(deploy("flathub", commit, [] if kind == "app" else ["/de", "/fr"], 4096, facts))


long = "a licence that goes on and on " * 20
install(sys.argv[1], "app", "org.example.App", "stable", [
    ("deploy-version", 4), ("timestamp", 1700000000), ("appdata-license", long),
    ("appdata-name", "An App – of sorts"), ("appdata-summary", "Does nothing"),
    ("appdata-version", "3.1.4")])
install(sys.argv[1], "runtime", "org.example.Platform", "23.08", [("deploy-version", 4)])
os.makedirs(os.path.join(sys.argv[1], "app", "org.example.Gone", "x86_64", "stable"))
