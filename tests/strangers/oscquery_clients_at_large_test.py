# SPDX-License-Identifier: GPL-3.0-or-later
"""Chataigne and the reference web client over OSCQuery: on ::1 WS_IP was no part of a URL, values came
as bundles that they do not read or were hidden behind CONTENTS, the subprotocol "osc" got no answer."""
import base64
import json
import os
import socket
import struct
import time

from stage import Stage, check, finish, message

CEILING = "/headroom/bus/main/limiter/ceiling"
TRIM = "/headroom/bus/main/limiter/release"


class Page:
    """An HTTP or WebSocket client."""

    def __init__(self, port, host="127.0.0.1"):
        self.host = f"[{host}]" if ":" in host else host
        self.socket = socket.create_connection((host, port), 5)
        self.data = b""

    def get(self, path, headers=""):
        self.socket.sendall(f"GET {path} HTTP/1.1\r\nHost: {self.host}\r\n{headers}\r\n".encode())
        while b"\r\n\r\n" not in self.data:
            more = self.socket.recv(65536)
            if not more:
                return ""
            self.data += more
        head, self.data = self.data.split(b"\r\n\r\n", 1)
        return head.decode()

    def json(self, path):
        head = self.get(path).lower()
        size = int(head.split("content-length: ")[1].split("\r\n")[0])
        while len(self.data) < size:
            self.data += self.socket.recv(65536)
        return json.loads(self.data[:size])

    def upgrade(self, protocol):
        key = base64.b64encode(os.urandom(16)).decode()
        return self.get("/", "Upgrade: websocket\r\nConnection: Upgrade\r\n"
                             f"Sec-WebSocket-Key: {key}\r\nSec-WebSocket-Version: 13\r\n"
                             f"Sec-WebSocket-Protocol: {protocol}\r\n")

    def send_text(self, text):
        payload = text.encode()
        self.socket.sendall(bytes([0x81, 0x80 | len(payload)]) + bytes(4) + payload)

    def frames(self, seconds=1):
        """The payloads of the frames that come within that time."""
        deadline = time.monotonic() + seconds
        while (left := deadline - time.monotonic()) > 0:
            self.socket.settimeout(left)
            try:
                self.data += self.socket.recv(65536)
            except TimeoutError:
                break
        out, data = [], self.data
        while len(data) >= 2:
            size, start = data[1] & 127, 2
            if size == 126:
                size, start = struct.unpack(">H", data[2:4])[0], 4
            out.append(data[start:start + size])
            data = data[start + size:]
        return out


with Stage() as stage:
    headroom = stage.run()
    if socket.has_ipv6:
        check("WS_IP on ::1 fits a URL",
              Page(headroom.port, "::1").json("/?HOST_INFO")["WS_IP"] == "[::1]")
    node = Page(headroom.port).json(CEILING)
    check("a value is no container", "VALUE" in node and "CONTENTS" not in node)
    check("its forms are answered", "VALUE" in Page(headroom.port).json(CEILING + "/norm"))
    page = Page(headroom.port)
    head = page.upgrade("osc")
    check("the subprotocol osc is answered", " 101 " in head.split("\r\n")[0]
          and "sec-websocket-protocol: osc" in head.lower())
    for address in (CEILING, TRIM):
        page.send_text(json.dumps({"COMMAND": "LISTEN", "DATA": address}))
    frames = page.frames()
    check("one message a frame", len(frames) == 2
          and not any(frame.startswith(b"#bundle") for frame in frames))
    headroom.send(message(CEILING, -3.0))
    check("a change comes", any(frame.startswith(CEILING.encode()) for frame in page.frames()[2:]))
finish()
