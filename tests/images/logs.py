#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Entries of a journal in its export format, for systemd-journal-remote.

logs.py MACHINE SEED COUNT: a made-up machine's entries, always the same; two boots.
logs.py --odd MACHINE: entries of which something is missing, odd, or binary.
logs.py --even MACHINE: of those, the ones that the peer prints as guest-log does.
"""
import sys

START = 1614834367  # 2021-03-04 05:06:07 UTC
UNITS = [("sshd", "ssh.service"), ("cron", "cron.service"), ("kernel", None), ("app", "app.service")]


def field(out, name, value):
    if isinstance(value, str):
        value = value.encode()
    if b"\n" in value or any(c < 32 and c != 9 for c in value):
        out.write(name.encode() + b"\n" + len(value).to_bytes(8, "little") + value + b"\n")
    else:
        out.write(name.encode() + b"=" + value + b"\n")


def entry(out, usec, mono, boot, fields):
    field(out, "__REALTIME_TIMESTAMP", str(usec))
    field(out, "__MONOTONIC_TIMESTAMP", str(mono))
    field(out, "_BOOT_ID", boot)
    for name, value in fields:
        field(out, name, value)
    out.write(b"\n")


def plain(out, machine, seed, count):
    for i in range(count):
        second = i >= count // 2
        boot = f"{seed}{2 if second else 1}" * 16
        usec = (START + (86400 if second else 0) + i) * 1000000 + seed * 1000 + i % 1000
        ident, unit = UNITS[i % len(UNITS)]
        fields = [("_MACHINE_ID", machine), ("_HOSTNAME", f"host{seed}"),
                  ("PRIORITY", str(i % 8)), ("SYSLOG_IDENTIFIER", ident),
                  ("MESSAGE", f"message {i} of {seed}" + (" long" * 400 if i % 50 == 7 else ""))]
        if unit:
            fields += [("_SYSTEMD_UNIT", unit), ("_PID", str(100 + i % 7)), ("_COMM", ident)]
        else:
            fields += [("_TRANSPORT", "kernel")]
        entry(out, usec, i * 1000000 + 5, boot, fields)


def odd(out, machine, peer):
    boot = "77" * 16
    rows = [
        [("MESSAGE", "a message alone")],
        [("_COMM", "comm"), ("_PID", "8"), ("MESSAGE", "no identifier, a command")],
        [("SYSLOG_IDENTIFIER", "two"), ("_COMM", "comm"), ("SYSLOG_PID", "9"), ("_PID", "10"),
         ("PRIORITY", "3"), ("MESSAGE", "two pids")],
        [("SYSLOG_IDENTIFIER", "spid"), ("SYSLOG_PID", "11"), ("MESSAGE", "a pid of syslog's")],
        [("SYSLOG_IDENTIFIER", "lines"), ("MESSAGE", "one\ntwo\n\nfour"), ("PRIORITY", "6")],
        [("SYSLOG_IDENTIFIER", "odd"), ("PRIORITY", "9"), ("MESSAGE", "priority 9")],
        [("SYSLOG_IDENTIFIER", "odd"), ("PRIORITY", "debug"), ("MESSAGE", "priority in words")],
        [("SYSLOG_IDENTIFIER", "empty"), ("MESSAGE", ""), ("_PID", "12")],
        [("_PID", "13"), ("MESSAGE", "a pid alone"), ("PRIORITY", "5")],
    ]
    rows += [
        [("SYSLOG_IDENTIFIER", "nomessage"), ("_PID", "7")],
        [("SYSLOG_IDENTIFIER", "odd"), ("PRIORITY", "-1"), ("_PID", "x"), ("MESSAGE", "no numbers")],
        [("SYSLOG_IDENTIFIER", ""), ("MESSAGE", "an empty identifier"), ("PRIORITY", "4")],
        [("SYSLOG_IDENTIFIER", "bytes"), ("MESSAGE", b"a\xff\x1b[31mred\x00nul"), ("PRIORITY", "0")],
        [("SYSLOG_IDENTIFIER", "big"), ("MESSAGE", "x" * 100000), ("PRIORITY", "7")],
    ] if not peer else []
    for i, fields in enumerate(rows):
        entry(out, (START + 200000 + i) * 1000000, i * 1000 + 1, boot,
              [("_MACHINE_ID", machine), ("_HOSTNAME", "odd")] + fields)


if sys.argv[1] in ("--odd", "--even"):
    odd(sys.stdout.buffer, sys.argv[2], sys.argv[1] == "--even")
else:
    plain(sys.stdout.buffer, sys.argv[1], int(sys.argv[2]), int(sys.argv[3]))
