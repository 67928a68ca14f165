#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Pages in a browser ask for values and for a WebSocket: the program's own pages may, others need
the token, and a name that was pointed at this machine opens nothing. A refusal says why."""
import re
import socket

from stage import Stage, check, finish

UPGRADE = ("Upgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\n"
           "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n")


def is_whole(answer):
    head, end, body = answer.partition("\r\n\r\n")
    length = re.search(r"content-length: *(\d+)", head, re.IGNORECASE)
    return end and len(body) >= int(length[1] if length else 0)


with Stage() as stage:
    headroom = stage.run()
    port, own = headroom.port, socket.gethostname()

    def answer(host, origin=None, more="", query="", version="1.1"):
        """Status and body of a request; the same for a page's GET and its WebSocket."""
        found = set()
        for upgrade in ("", UPGRADE) if version == "1.1" else ("",):
            with socket.create_connection(("127.0.0.1", port), 5) as peer:
                lines = f"GET /{query} HTTP/{version}\r\n"
                lines += f"Host: {host}\r\n" if host else ""
                lines += f"Origin: {origin}\r\n" if origin else ""
                peer.sendall((lines + more + upgrade + "\r\n").encode())
                peer.settimeout(5)
                data = ""
                while not is_whole(data) and (part := peer.recv(65536)):
                    data += part.decode(errors="replace")
            status = data.split(" ")[1] if " " in data else "none"
            found.add("let in" if status in ("200", "101") else status)
            body = data.partition("\r\n\r\n")[2]
            if status == "403" and len(body) < 20:
                found.add("without a reason")
        return " and ".join(sorted(found))

    for host in (f"127.0.0.1:{port}", f"localhost:{port}", f"LOCALHOST:{port}", f"[::1]:{port}",
                 f"{own}:{port}", f"{own.upper()}.local:{port}", own, "127.0.0.1"):
        check(f"a program, Host {host}", answer(host) == "let in")
        if host.endswith(f":{port}"):
            check(f"its own page, {host}", answer(host, f"http://{host}") == "let in")
    check("HTTP/1.0 without a Host", answer(None, version="1.0") == "let in")
    for host in (f"rebind.local:{port}", "example.com", f"x{own}:{port}", f"127.0.0.1.example.com:{port}"):
        check(f"a name pointed here, {host}", answer(host) == "403")
        check(f"and its page, {host}", answer(host, f"http://{host}") == "403")
    here = f"127.0.0.1:{port}"
    for origin in ("http://localhost:8000", f"http://localhost:{port + 1}", "http://localhost",
                   f"https://localhost:{port}", "http://example.com", "null", "file://",
                   f"http://10.1.2.3:{port}", f"http://localhost:{port}.example.com"):
        check(f"a page from {origin}", answer(here, origin) == "403")

    token = stage.headroom("token").stdout.strip()
    check("a token of 128 bits", len(token) == 32)
    file = stage.runtime / "headroom/token"
    check("in a file of the user's own", file.stat().st_mode & 0o777 == 0o600
          and file.parent.stat().st_mode & 0o777 == 0o700)
    for origin in ("http://example.com", "null"):
        check(f"a page from {origin} with the token", answer(here, origin, query=f"?token={token}")
              == "let in")
        check("or in its header", answer(here, origin, f"Authorization: Bearer {token}\r\n")
              == "let in")
    check("under any name", answer("studio.example.com", query=f"?token={token}") == "let in")
    check("a wrong one", answer(here, "null", query=f"?token={'0' * 32}") == "403")
    new = stage.headroom("token", "--new").stdout.strip()
    check("a new token", len(new) == 32 and new != token)
    check("opens", answer(here, "null", query=f"?token={new}") == "let in")
    check("and the old one does not", answer(here, "null", query=f"?token={token}") == "403")
    check("and it ends well", headroom.finish() == 0)
finish()
