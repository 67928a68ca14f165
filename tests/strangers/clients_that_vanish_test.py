# SPDX-License-Identifier: GPL-3.0-or-later
"""64 TCP clients ask and vanish without a word, as a tablet that falls asleep. They held all places,
and every later TCP, HTTP and WebSocket client was turned away until the restart."""
import socket

from stage import Stage, check, finish, framed, message

TCP_REPAIR = 19

with Stage() as stage:
    headroom = stage.run()

    def ask():
        try:
            with headroom.tcp() as peer:
                peer.sendall(framed(message("/headroom/alive")))
                return bool(peer.recv(100))
        except OSError:
            return False

    def web():
        try:
            with headroom.tcp() as peer:
                peer.sendall(b"GET /?HOST_INFO HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n")
                return peer.recv(100).startswith(b"HTTP/1.1 200")
        except OSError:
            return False

    vanished = []
    for _ in range(64):
        peer = headroom.tcp()
        peer.sendall(framed(message("/headroom/alive")))
        peer.recv(100)
        vanished.append(peer)
    for peer in vanished:
        try:
            peer.setsockopt(socket.IPPROTO_TCP, TCP_REPAIR, 1)  # no FIN when it is closed
        except PermissionError:
            continue  # it is as silent as long as it is open
        peer.close()
    check("a TCP client is answered", ask())
    check("a web client is answered", web())
    check("and again", ask() and web())
    for _ in range(64):
        peer = headroom.tcp()
        peer.sendall(b"GET / HTTP/1.1\r\n")  # and no more
        vanished.append(peer)
    check("web clients that say half hold no places", web() and ask())
finish()
