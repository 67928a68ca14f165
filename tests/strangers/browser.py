# SPDX-License-Identifier: GPL-3.0-or-later
"""A client of OSCQuery by hand."""
import base64
import json
import os
import socket
import struct
import time


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
