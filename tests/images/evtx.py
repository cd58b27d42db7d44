#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Logs of Windows, as Windows writes them, as far as their readers see.

usage: evtx.py FILE CHANNEL COUNT [FIRST]

COUNT events of one a minute from 2021-03-04 05:06:07 UTC on, numbers from FIRST (1) on. Every fifth is
written without a template; with more than fit into eight chunks, the ring goes round.

The format is that of [MS-EVEN6] and of libevtx's "Windows XML Event Log (EVTX) format".
"""
import struct
import sys
import uuid
import zlib

CHUNK = 65536
CHUNKS_MAX = 8
START = 11644473600 + 1614834367        # seconds of Windows' time

NULL, STRING, ANSI, INT8, UINT8, INT16, UINT16, INT32, UINT32, INT64, UINT64, FLOAT, DOUBLE, BOOL, \
    BINARY, GUID, SIZE, FILETIME, SYSTEMTIME, SID, HEX32, HEX64 = range(22)
BINXML, ARRAY = 0x21, 0x80

NAMESPACE = "http://schemas.microsoft.com/win/2004/08/events/event"
ALWAYS = 0xffff                         # depends on no value
SYSTEM_SID = bytes.fromhex("010100000000000512000000")


class Place:
    """Of a template: what goes there is value number INDEX."""

    def __init__(self, index, kind, optional=True):
        self.index, self.kind, self.optional = index, kind, optional


class Chunk:
    def __init__(self):
        self.data = bytearray(512)
        self.names = {}
        self.templates = {}
        self.first = self.last = None

    def name(self, out, base, text):
        """Its offset, and itself where it is new; out begins at base of the chunk."""
        if text in self.names:
            out += struct.pack("<I", self.names[text])
            return
        at = base + len(out) + 4
        self.names[text] = at
        hashed = 0
        for c in text:
            hashed = (hashed * 65599 + ord(c)) & 0xffffffff
        out += struct.pack("<IIHH", at, 0, hashed & 0xffff, len(text))
        out += text.encode("utf-16-le") + b"\0\0"

    def text(self, out, what):
        if isinstance(what, Place):
            out += struct.pack("<BHB", 0x0e if what.optional else 0x0d, what.index, what.kind)
        else:
            code = what.encode("utf-16-le")
            out += struct.pack("<BBH", 0x05, STRING, len(code) // 2) + code

    def element(self, out, base, node):
        name, attributes, content = node[:3]
        depends = node[3] if len(node) > 3 else ALWAYS
        out += struct.pack("<BHI", 0x41 if attributes else 0x01, depends, 0)
        size_at = len(out) - 4
        self.name(out, base, name)
        if attributes:
            out += b"\0\0\0\0"
            list_at = len(out)
            for i, (key, value) in enumerate(attributes):
                out.append(0x46 if i + 1 < len(attributes) else 0x06)
                self.name(out, base, key)
                self.text(out, value)
            struct.pack_into("<I", out, list_at - 4, len(out) - list_at)
        if content is None:
            out.append(0x03)
        else:
            out.append(0x02)
            for part in content:
                if isinstance(part, tuple):
                    self.element(out, base, part)
                else:
                    self.text(out, part)
            out.append(0x04)
        struct.pack_into("<I", out, size_at, len(out) - size_at - 4)

    def fragment(self, base, node):
        out = bytearray(b"\x0f\x01\x01\0")
        self.element(out, base, node)
        return out + b"\0"

    def instance(self, base, number, node, values):
        """A template's use; the template is there where it is new."""
        out = bytearray(b"\x0f\x01\x01\0")
        known = number in self.templates
        at = self.templates.get(number, base + len(out) + 10)
        out += struct.pack("<BBII", 0x0c, 1, number, at)
        if not known:
            self.templates[number] = at
            body = self.fragment(at + 24, node)
            out += struct.pack("<I16sI", 0, uuid.UUID(int=number).bytes_le, len(body)) + body
        out += struct.pack("<I", len(values))
        for kind, value in values:
            out += struct.pack("<HBB", len(value), kind, 0)
        values_at = base + len(out)
        for _, value in values:
            if callable(value):
                raise TypeError
            out += value
        return out + b"\0", values_at

    def add(self, number, build):
        """False where it does not fit."""
        saved = len(self.data), dict(self.names), dict(self.templates)
        base = len(self.data) + 24
        body = build(self, base)
        size = (24 + len(body) + 4 + 7) // 8 * 8
        if len(self.data) + size > CHUNK:
            del self.data[saved[0]:]
            self.names, self.templates = saved[1:]
            return False
        self.last_at = len(self.data)
        self.data += struct.pack("<4sIQQ", b"**\0\0", size, number, time_of(number)) + body
        self.data += bytes(size - 24 - len(body) - 4) + struct.pack("<I", size)
        self.first = self.first or number
        self.last = number
        return True

    def bytes(self):
        data = self.data
        end = len(data)
        struct.pack_into("<8sQQQQIIII", data, 0, b"ElfChnk\0", self.first, self.last, self.first,
                         self.last, 128, self.last_at, end, zlib.crc32(data[512:end]))
        data += bytes(CHUNK - end)
        struct.pack_into("<I", data, 124, zlib.crc32(data[:120] + data[128:512]))
        return bytes(data)


def time_of(number):
    return (START + 60 * number) * 10000000 + 1234567


def wide(text):
    return text.encode("utf-16-le")


def system(places):
    """Event/System, with places of values or with texts."""
    return ("System", [], [
        ("Provider", [("Name", places["provider"]), ("Guid", places["guid"])], None),
        ("EventID", [("Qualifiers", places["qualifiers"])], [places["id"]]),
        ("Version", [], [places["version"]]),
        ("Level", [], [places["level"]]),
        ("Task", [], [places["task"]]),
        ("Keywords", [], [places["keywords"]]),
        ("TimeCreated", [("SystemTime", places["time"])], None),
        ("EventRecordID", [], [places["record"]]),
        ("Execution", [("ProcessID", places["process"]), ("ThreadID", places["thread"])], None),
        ("Channel", [], [CHANNEL]),
        ("Computer", [], ["WIN-PHONY"]),
        ("Security", [("UserID", places["user"])], None),
    ])


FIELDS = [("provider", STRING), ("guid", GUID), ("qualifiers", UINT16), ("id", UINT16),
          ("version", UINT8), ("level", UINT8), ("task", UINT16), ("keywords", HEX64),
          ("time", FILETIME), ("record", UINT64), ("process", UINT32), ("thread", UINT32),
          ("user", SID)]


def outer():
    places = {name: Place(i, kind) for i, (name, kind) in enumerate(FIELDS)}
    return ("Event", [("xmlns", NAMESPACE)],
            [system(places), Place(len(FIELDS), BINXML)])


KINDS = [
    ("Text", STRING, wide("Grüße & <Küsse> \U0001f600")),
    ("Old", ANSI, b"old text\0"),
    ("I8", INT8, struct.pack("<b", -8)), ("U8", UINT8, b"\x08"),
    ("I16", INT16, struct.pack("<h", -1616)), ("U16", UINT16, struct.pack("<H", 1616)),
    ("I32", INT32, struct.pack("<i", -323232)), ("U32", UINT32, struct.pack("<I", 323232)),
    ("I64", INT64, struct.pack("<q", -64 << 40)), ("U64", UINT64, struct.pack("<Q", 64 << 40)),
    ("Yes", BOOL, struct.pack("<I", 1)), ("Binary", BINARY, b"\x01\x02\xfe"),
    ("Guid", GUID, uuid.UUID("01234567-89ab-cdef-0123-456789abcdef").bytes_le),
    ("Hex32", HEX32, struct.pack("<I", 0xc0de)), ("Hex64", HEX64, struct.pack("<Q", 0xc0dec0de)),
    ("When", FILETIME, struct.pack("<Q", time_of(0))), ("Who", SID, SYSTEM_SID),
    ("Nothing", NULL, b""),
]


def event_data(number):
    """The template's number, the template, the values."""
    if number % 7 == 0:
        node = ("EventData", [], [("Data", [("Name", name)], [Place(i, kind)])
                                  for i, (name, kind, _) in enumerate(KINDS)])
        return 3, node, [(kind, value) for _, kind, value in KINDS]
    node = ("EventData", [], [("Data", [("Name", "param1")], [Place(0, STRING)]),
                              ("Data", [("Name", "param2")], [Place(1, STRING)])])
    service = ["Windows Update", "Print Spooler", "DHCP-Client"][number % 3]
    state = "running" if number % 2 else "stopped"
    return 2, node, [(STRING, wide(service)), (STRING, wide(state) + b"\0\0")]


def by_template(number):
    def build(chunk, base):
        level = [4, 4, 3, 2, 4, 1, 5, 0][number % 8]
        head = [(STRING, wide("Service Control Manager")),
                (GUID, uuid.UUID("555908d1-a6d7-4695-8e1e-26931d2012f4").bytes_le),
                (UINT16, struct.pack("<H", 16384)), (UINT16, struct.pack("<H", 7036 + number % 5)),
                (UINT8, b"\0"), (UINT8, bytes([level])), (UINT16, b"\0\0"),
                (HEX64, struct.pack("<Q", 1 << 63)), (FILETIME, struct.pack("<Q", time_of(number))),
                (UINT64, struct.pack("<Q", number)), (UINT32, struct.pack("<I", 600 + number % 9)),
                (UINT32, struct.pack("<I", 4)),
                (SID, SYSTEM_SID) if number % 3 else (NULL, b"")]
        # The data is a value itself, whose places are in the chunk: made for where it will lie.
        rest, node, values = event_data(number)
        trial = Chunk()
        trial.names, trial.templates = dict(chunk.names), dict(chunk.templates)
        size = len(trial.instance(0, 1, outer(), head + [(BINXML, b"")])[0]) - 1
        first = chunk.instance(base, 1, outer(), head + [(BINXML, b"")])[0]
        assert len(first) - 1 == size
        inner = chunk.instance(base + size, rest, node, values)[0]
        # Its length stands in the last of the rows before the values.
        rows = len(first) - 1 - sum(len(v) for _, v in head) - 4
        struct.pack_into("<H", first, rows, len(inner))
        return first[:-1] + inner + b"\0"
    return build


def plain(number):
    def build(chunk, base):
        texts = {name: "" for name, _ in FIELDS}
        texts.update(provider="EventLog", guid="{0}", id=str(6000 + number), level="4", version="0",
                     qualifiers="0", task="0", keywords="0x80000000000000",
                     time="2021-03-04T05:06:07.0000000Z", record=str(number), process="0", thread="0",
                     user="S-1-5-18")
        node = ("Event", [("xmlns", NAMESPACE)],
                [system(texts), ("UserData", [], [("Told", [], [("By", [], ["hand"]),
                                                               ("Twice", [], ["a&b"])])])])
        return chunk.fragment(base, node)
    return build


def main(file, count, first):
    ring = [None] * CHUNKS_MAX
    at = 0
    chunk = Chunk()
    for number in range(first, first + count):
        build = plain(number) if number % 5 == 0 else by_template(number)
        if not chunk.add(number, build):
            ring[at % CHUNKS_MAX] = chunk
            at += 1
            chunk = Chunk()
            assert chunk.add(number, build)
    ring[at % CHUNKS_MAX] = chunk
    used = [c for c in ring if c]
    oldest = min(range(len(used)), key=lambda i: used[i].first)
    head = bytearray(4096)
    struct.pack_into("<8sQQQIHHHH", head, 0, b"ElfFile\0", oldest, at % CHUNKS_MAX, first + count, 128,
                     1, 3, 4096, len(used))
    struct.pack_into("<I", head, 124, zlib.crc32(head[:120]))
    with open(file, "wb") as out:
        out.write(head)
        for c in used:
            out.write(c.bytes())


CHANNEL = sys.argv[2]
main(sys.argv[1], int(sys.argv[3]), int(sys.argv[4]) if len(sys.argv) > 4 else 1)
