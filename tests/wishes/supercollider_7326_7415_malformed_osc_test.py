# SPDX-License-Identifier: GPL-3.0-or-later
"""A bare packet over TCP, without its length, ended sclang; a message in an array ended scsynth.
Whatever is malformed is answered with an error, and everything else goes on."""
import struct

from stage import Stage, check, finish, framed, message

CEILING = "/headroom/bus/main/limiter/ceiling"


def padded(text):
    return text + b"\0" * (4 - len(text) % 4)


MALFORMED = {
    "an array around the address": padded(b"[/s_new") + padded(b",siii") + padded(b"x") + bytes(12),
    "an array that does not end": padded(CEILING.encode()) + padded(b",[f") + bytes(4),
    "an array that does not begin": padded(CEILING.encode()) + padded(b",f]") + bytes(4),
    "arrays within arrays": padded(CEILING.encode()) + padded(b"," + b"[" * 900),
    "arguments that are missing": padded(CEILING.encode()) + padded(b",ffff") + bytes(4),
    "tags without a comma": padded(CEILING.encode()) + padded(b"f") + bytes(4),
    "an unknown tag": padded(CEILING.encode()) + padded(b",q") + bytes(4),
    "a blob longer than the packet": padded(CEILING.encode()) + padded(b",b") + b"\x7f\xff\xff\xff",
    "a blob of a negative size": padded(CEILING.encode()) + padded(b",b") + b"\xff\xff\xff\xff",
    "an address without an end": b"/headroom/byp",
    "a bundle that is cut": b"#bundle\0" + bytes(8) + struct.pack(">i", 64) + bytes(8),
    "nothing but zeros": bytes(16),
}

with Stage() as stage:
    headroom = stage.run()
    for name, packet in MALFORMED.items():
        headroom.send(packet)
        answers = headroom.heard(0.2)
        check(f"{name} is answered with one error",
              [address for address, _ in answers] == ["/headroom/error"])
        with headroom.tcp() as peer:
            peer.sendall(framed(packet))
            check(f"{name}, over TCP too", b"/headroom/error" in peer.recv(4096))
    with headroom.tcp() as peer:
        peer.settimeout(15)
        peer.sendall(message(CEILING, -7.0))  # bare: its first four letters are a length
        check("a bare packet over TCP is answered", b"/headroom/error" in peer.recv(4096))
    check("nothing was set", headroom.ask(CEILING) == [-1.0])
finish()
