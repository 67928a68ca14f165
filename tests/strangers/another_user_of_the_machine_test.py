#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Another user of the machine asks and sets, over UDP, TCP, HTTP and WebSocket: he gets neither a
value nor his way, but hears why, until the owner's profile lets everyone in."""
import os
import select
import socket
import time

from stage import Stage, check, finish, framed, message, messages, until
import second_user

CEILING = "/headroom/bus/main/limiter/ceiling"
SENTENCE = "this headroom belongs to"


def udp(host, port, packet):
    """All messages that answer the packet."""
    with socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET,
                       socket.SOCK_DGRAM) as peer:
        peer.connect((host, port))
        peer.send(packet)
        out = []
        while select.select([peer], [], [], 0.5)[0]:
            out += messages(peer.recv(65536))
        return out


def stream(host, port, data):
    """All bytes that answer."""
    with socket.create_connection((host, port), 5) as peer:
        peer.sendall(data)
        out = b""
        while select.select([peer], [], [], 0.5)[0] and (more := peer.recv(65536)):
            out += more
        return out


def vanishing(port, packet, times):
    """Sends, and closes its socket at once, as `oscsend` does."""
    for _ in range(times):
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as peer:
            peer.sendto(packet, ("127.0.0.1", port))


HTTP = b"GET /headroom/bus HTTP/1.1\r\nHost: localhost\r\n\r\n"
WEBSOCKET = (b"GET / HTTP/1.1\r\nHost: localhost\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
             b"Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n")

if second_user.is_possible():
    with Stage() as stage:
        profile = stage.profile("mine", "description: mine\n")
        headroom = stage.run("--profile", "mine")
        port = headroom.port
        was = headroom.get("bus/main/limiter/ceiling")

        has_ipv6 = os.path.exists("/proc/net/if_inet6")
        for host in ("127.0.0.1", "::1") if has_ipv6 else ("127.0.0.1",):
            for packet in (message(CEILING), message(CEILING, -7.0), message("/headroom/subscribe"),
                           message("/headroom/profile", "night"), message("/headroom/bypass/toggle")):
                answers = second_user.call(udp, host, port, packet)
                check(f"UDP, {host}: refused, and told why",
                      len(answers) == 1 and answers[0][0] == "/headroom/error"
                      and SENTENCE in answers[0][1][2])
            answer = second_user.call(stream, host, port, framed(message(CEILING, -7.0)))
            check(f"TCP, {host}: refused, and told why", SENTENCE.encode() in answer)
        for name, request in (("HTTP", HTTP), ("WebSocket", WEBSOCKET)):
            answer = second_user.call(stream, "127.0.0.1", port, request)
            check(f"{name}: 403, and told why",
                  answer.split()[1:2] == [b"403"] and SENTENCE.encode() in answer)
            check(f"{name}: 200 or 101 for the owner",
                  stream("127.0.0.1", port, request)[9:12] in (b"200", b"101"))
        check("nothing was set", headroom.get("bus/main/limiter/ceiling") == was)

        second_user.call(vanishing, port, message(CEILING, -8.0), 500)
        time.sleep(0.3)
        check("nor by who sends and vanishes, 500 times",
              headroom.get("bus/main/limiter/ceiling") == was)

        profile.write_text("osc: { local: everyone }\n", encoding="utf-8")
        opened = until(lambda: second_user.call(udp, "127.0.0.1", port, message(CEILING, -6.0))
                       == [(CEILING, [-6.0])], 10)
        check("everyone may, once the profile says so", opened)
        check("and it is done", headroom.get("bus/main/limiter/ceiling") == -6.0)
        check("and it ends well", headroom.finish() == 0)
finish()
