#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Look for bytes in what a core file of a process would have: find-in-memory.py PID BYTES

Prints the mappings that have them, but for those that are left out of core files ("dd" among
the flags in /proc/PID/smaps). Needs the right to look into the process.
"""
import re
import sys

pid, wanted = sys.argv[1], sys.argv[2].encode()
mappings = []
with open(f"/proc/{pid}/smaps") as smaps:
    for line in smaps:
        head = re.match(r"([0-9a-f]+)-([0-9a-f]+) (r\S+) .{0,20}\S+\s+\d+\s*(.*)", line)
        if head:
            mappings.append([int(head[1], 16), int(head[2], 16), head[4], False])
        elif line.startswith("VmFlags:") and " dd" in line and mappings:
            mappings[-1][3] = True
read = 0
with open(f"/proc/{pid}/mem", "rb", buffering=0) as mem:
    for start, end, name, left_out in mappings:
        if left_out or name in ("[vvar]", "[vsyscall]"):
            continue
        try:
            mem.seek(start)
            data = mem.read(end - start)
        except OSError:
            continue
        read += len(data)
        if wanted in data:
            print(f"{start:x}-{end:x} {name}")
if not read:
    sys.exit("nothing could be read")
