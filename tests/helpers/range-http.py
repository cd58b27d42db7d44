#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""An HTTP server for one folder, on a port of its own choice, that serves parts of files.

usage: range-http.py FOLDER PORT_FILE [USER:PASSWORD]

The port is written to PORT_FILE; each request, with what it was authorised by, to stdout.
"""
import base64
import http.server
import os
import re
import sys


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def send(self, status, headers, body=b""):
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)

    def do_GET(self):
        if WANTED and self.headers.get("Authorization") != WANTED:
            self.send(401, {"WWW-Authenticate": 'Basic realm="disks"', "Content-Length": "0"})
            return
        path = os.path.join(sys.argv[1], self.path.lstrip("/").split("?")[0])
        if not os.path.isfile(path):
            self.send(404, {"Content-Length": "0"})
            return
        size = os.path.getsize(path)
        part = re.match(r"bytes=(\d+)-(\d*)$", self.headers.get("Range", ""))
        first = int(part[1]) if part else 0
        last = min(int(part[2]), size - 1) if part and part[2] else size - 1
        body = b""
        if self.command == "GET":
            with open(path, "rb") as f:
                f.seek(first)
                body = f.read(last + 1 - first)
        self.send(206 if part else 200,
                  {"Accept-Ranges": "bytes", "Content-Length": str(last + 1 - first),
                   "Content-Range": "bytes %d-%d/%d" % (first, last, size)}, body)

    do_HEAD = do_GET

    def log_message(self, *words):
        print(self.command, self.path, self.headers.get("Range"), flush=True)


WANTED = ""
if len(sys.argv) > 3:
    WANTED = "Basic " + base64.b64encode(sys.argv[3].encode()).decode()
server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
with open(sys.argv[2] + ".new", "w") as f:
    f.write(str(server.server_address[1]))
os.rename(sys.argv[2] + ".new", sys.argv[2])
server.serve_forever()
