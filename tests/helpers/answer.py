#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Run a command on a terminal of its own, as a person who answers its questions.

usage: answer.py ANSWER... -- COMMAND...

Each time the command has printed "): " on the terminal, the next answer is typed, with the
Enter key behind it; an answer "^D" is the end of the input, "^C" an interrupt. What appeared on
the terminal goes to the standard output; the exit status is the command's, 128 and more for a
signal. The command's own stdout is the terminal, too, and so is its stderr.
"""
import os
import pty
import sys

split = sys.argv.index("--")
answers = [{"^D": b"\4", "^C": b"\3"}.get(a, os.fsencode(a) + b"\n") for a in sys.argv[1:split]]
pid, terminal = pty.fork()
if pid == 0:
    os.execvp(sys.argv[split + 1], sys.argv[split + 1:])
seen = b""
start = 0
while True:
    try:
        data = os.read(terminal, 4096)
    except OSError:
        break
    if not data:
        break
    seen += data
    while answers and (at := seen.find(b"): ", start)) >= 0:
        start = at + 3
        os.write(terminal, answers.pop(0))
sys.stdout.buffer.write(seen.replace(b"\r\n", b"\n"))
status = os.waitpid(pid, 0)[1]
sys.exit(os.WEXITSTATUS(status) if os.WIFEXITED(status) else 128 + os.WTERMSIG(status))
