#!/usr/bin/python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""query_clients.py OSC_TEST_SERVER: talks to headroom's OSCQuery server with python3-websockets,
urllib, Node and plain sockets, while OSC goes on over UDP and TCP on the same port."""
import asyncio
import contextlib
import json
import os
import pathlib
import socket
import struct
import subprocess
import sys
import time
import urllib.error
import urllib.request

import websockets

sys.path.insert(0, str(pathlib.Path(__file__).parents[2] / "support"))
from checks import check, finish

DEADLINE_S = 20
CEILING = "/headroom/bus/main/limiter/ceiling"


def padded(data):
    return data + b"\0" * (4 - len(data) % 4)


def message(address, value=None):
    if value is None:
        return padded(address.encode()) + padded(b",")
    return padded(address.encode()) + padded(b",f") + struct.pack(">f", value)


def get(port, path, headers=None, method="GET", host="127.0.0.1"):
    """Status and JSON."""
    request = urllib.request.Request(f"http://{host}:{port}{path}", headers=headers or {},
                                     method=method)
    try:
        with urllib.request.urlopen(request, timeout=DEADLINE_S) as answer:
            body = answer.read()
            return answer.status, json.loads(body) if body else None
    except urllib.error.HTTPError as error:
        return error.code, None


def osc(port, packet, answers=1):
    """Asks over UDP; the packets that come back."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as udp:
        udp.settimeout(DEADLINE_S)
        udp.sendto(packet, ("127.0.0.1", port))
        return [udp.recv(2048) for _ in range(answers)]


def receives(stream, wanted):
    """Whether the bytes come."""
    got = b""
    while wanted not in got:
        part = stream.recv(4096)
        if not part:
            return False
        got += part
    return True


def leaves(node):
    if "TYPE" in node:
        yield node
    for child in node.get("CONTENTS", {}).values():
        yield from leaves(child)


def http(port):
    status, host = get(port, "/?HOST_INFO")
    check("HTTP and OSC have the same port", status == 200 and host["OSC_PORT"] == port and
          host["WS_PORT"] == port and host["OSC_IP"] == "127.0.0.1")
    status, host = get(port, "/?HOST_INFO", host="[::1]")
    check("IPv6 too", status == 200 and host["OSC_IP"] == "::1")
    start = time.monotonic()
    status, tree = get(port, "/")
    nodes = {node["FULL_PATH"]: node for node in leaves(tree)}
    check(f"the whole tree: {len(nodes)} addresses in {1000 * (time.monotonic() - start):.0f} ms",
          len(nodes) > 150 and not any("CONTENTS" in node for node in nodes.values()))
    silent = [a for a, n in list(nodes.items())[::9] if n["ACCESS"] & 1 and n["TYPE"] == "f" and
              osc(port, message(a)) != [message(a, n["VALUE"][0])]]
    check(f"values agree with OSC {silent[:3]}", not silent)
    check("an attribute", get(port, CEILING + "?VALUE") == (200, {"VALUE": [-1.0]}))
    for path, code in (("/nothing", 404), (CEILING + "?COLOUR", 400), ("/headroom?VALUE", 204)):
        check(f"{path}: {code}", get(port, path)[0] == code)
    check("POST: 405", get(port, "/", method="POST")[0] == 405)
    check("a page from elsewhere: 403",
          get(port, "/", {"Origin": "http://example.com"})[0] == 403)
    check("a page under a name pointed here: 403", get(port, "/", {"Host": "example.com"})[0] == 403)
    check("a page from here", get(port, "/?HOST_INFO", {"Origin": f"http://localhost:{port}"})[0] == 200)
    check("another page of this machine: 403",
          get(port, "/", {"Origin": "http://localhost:8000"})[0] == 403)
    with socket.create_connection(("127.0.0.1", port), timeout=DEADLINE_S) as slow:
        for byte in f"GET {CEILING}?VALUE HTTP/1.1\r\nHost: localhost\r\n\r\n".encode():
            slow.sendall(bytes([byte]))
        check("a request byte by byte", receives(slow, b'"VALUE":[-1.0]'))
        slow.sendall(f"GET {CEILING}?TYPE HTTP/1.1\r\nHost: localhost\r\n\r\n".encode())
        check("a second one on the same connection", receives(slow, b'"TYPE":"f"'))


def osc_over_tcp(port):
    packet = message(CEILING)
    with socket.create_connection(("127.0.0.1", port), timeout=DEADLINE_S) as length:
        length.sendall(struct.pack(">I", len(packet)) + packet)
        check("OSC behind its length", receives(length, CEILING.encode()))
    with socket.create_connection(("127.0.0.1", port), timeout=DEADLINE_S) as slip:
        slip.sendall(b"\xc0" + packet + b"\xc0")
        check("OSC in SLIP", receives(slip, CEILING.encode()))
    with socket.create_connection(("127.0.0.1", port), timeout=DEADLINE_S) as neither:
        neither.sendall(b"HELO headroom\r\n\r\n")
        check("neither OSC nor HTTP ends", neither.recv(4096)[:4] in (b"", b"HTTP"))


def socket_to(port, **options):
    return websockets.connect(f"ws://127.0.0.1:{port}/", max_size=2 ** 20, **options)


def command(word, address):
    return json.dumps({"COMMAND": word, "DATA": address})


async def next_of(client, deadline_s=DEADLINE_S):
    try:
        return await asyncio.wait_for(client.recv(), deadline_s)
    except asyncio.TimeoutError:
        return None


async def until(client, wanted):
    """Whether the packet comes."""
    end = time.monotonic() + DEADLINE_S
    while time.monotonic() < end:
        if await next_of(client, end - time.monotonic()) == wanted:
            return True
    return False


async def listening(port):
    async with socket_to(port) as client:
        await client.send(command("LISTEN", CEILING))
        check("LISTEN tells the value", await next_of(client) == message(CEILING, -1.0))
        osc(port, message(CEILING, -3.0))
        check("then every change", await next_of(client) == message(CEILING, -3.0))
        await client.send(command("LISTEN", CEILING + "/norm"))
        check("in every form", await next_of(client) == message(CEILING + "/norm", 0.85))
        await client.send(command("IGNORE", CEILING))
        await client.send(message(CEILING, -4.0))
        check("a packet over the WebSocket is confirmed",
              await next_of(client) == message(CEILING, -4.0))
        check("IGNORE ends it", await next_of(client) == message(CEILING + "/norm", 0.8) and
              await next_of(client, 0.3) is None)
        await client.send(message("/headroom/nothing", 1.0))
        check("an error is answered", b"no such address" in (await next_of(client) or b""))
        for nonsense in ("{", "[]", command("LISTEN", "/nothing"), command("START", CEILING),
                         b"", b"\xff" * 40, b"#bundle\0" * 100):
            await client.send(nonsense)
        await client.send(message(CEILING))
        check("nonsense does no harm", await until(client, message(CEILING, -4.0)))
        await client.send("[" * 100000)
        with contextlib.suppress(websockets.ConnectionClosed):
            while await next_of(client) is not None:
                pass
        check("what is too long ends the connection", client.close_code is not None)
    for origin in ("http://example.com", "null"):
        try:
            async with socket_to(port, origin=origin):
                check(f"a page of {origin} is refused", False)
        except websockets.InvalidHandshake:
            check(f"a page of {origin} is refused", True)


def memory_kib(pid):
    status = pathlib.Path(f"/proc/{pid}/status").read_text(encoding="ascii")
    return int(status.split("VmRSS:")[1].split()[0])


async def stalled(port, pid):
    """A client that listens and does not read costs a bounded amount of memory and no one else a
    value."""
    texts = [node["FULL_PATH"] for node in leaves(get(port, "/headroom/bus")[1])
             if node["FULL_PATH"].endswith("/text")]
    with socket.socket() as mute:
        mute.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        mute.connect(("127.0.0.1", port))
        mute.sendall(b"GET / HTTP/1.1\r\nHost: localhost\r\nUpgrade: websocket\r\n"
                     b"Connection: Upgrade\r\nSec-WebSocket-Version: 13\r\n"
                     b"Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n\r\n")
        check("a stalled client connects", b"101" in mute.recv(64))
        for address in texts:
            data = command("LISTEN", address).encode()
            mute.sendall(b"\x81" + bytes([0x80 | len(data)] if len(data) < 126 else
                                         [0xfe, len(data) >> 8, len(data) & 255]) +
                         b"\0\0\0\0" + data)
        before = memory_kib(pid)
        async with socket_to(port) as good:
            await good.send(command("LISTEN", CEILING))
            end = time.monotonic() + 2
            rounds = 0
            while time.monotonic() < end:
                rounds += 1
                for address in texts:
                    osc(port, message(address.removesuffix("/text") + "/norm",
                                      rounds % 100 / 100))
                osc(port, message(CEILING, -(rounds % 20)))
                await asyncio.sleep(0)
            osc(port, message(CEILING, -12.5))
            check(f"the others miss nothing ({rounds * len(texts)} changes)",
                  await until(good, message(CEILING, -12.5)))
        grown = memory_kib(pid) - before
        check(f"the server grew by {grown} KiB", grown < 4096)


async def crowd(port):
    """More than the bound: those heard longest ago give way, and all is well when they have gone."""
    async with contextlib.AsyncExitStack() as stack:
        inside = [await stack.enter_async_context(socket_to(port, open_timeout=DEADLINE_S))
                  for _ in range(80)]
        check("80 of 80 get in", len(inside) == 80)
        for gone in inside[:16]:
            with contextlib.suppress(asyncio.TimeoutError):
                await asyncio.wait_for(gone.wait_closed(), DEADLINE_S)
        open_ones = [peer.state.name == "OPEN" for peer in inside]
        check("the first 16 gave way", open_ones == [False] * 16 + [True] * 64)
        check("OSC is not disturbed", osc(port, message(CEILING)) != [])
    end = time.monotonic() + DEADLINE_S
    while time.monotonic() < end:
        with contextlib.suppress(OSError):
            if get(port, CEILING + "?VALUE")[0] == 200:
                break
    check("then there is room again", get(port, CEILING + "?VALUE")[0] == 200)


def node(port):
    ran = subprocess.run(["node", pathlib.Path(__file__).with_name("client.js"), str(port),
                          CEILING], env={**os.environ, "NODE_PATH": "/usr/share/nodejs"},
                         stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False)
    check("Node " + ran.stdout, ran.returncode == 0)


def main():
    with subprocess.Popen([sys.argv[1]], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                          text=True) as server:
        port = int(server.stdout.readline())
        http(port)
        osc_over_tcp(port)
        asyncio.run(listening(port))
        asyncio.run(stalled(port, server.pid))
        asyncio.run(crowd(port))
        node(port)
        check("the server did not end by itself", server.poll() is None)
        server.stdin.close()
        check("and ends when it should", server.wait(DEADLINE_S) == 0)
    finish()


if __name__ == "__main__":
    main()
