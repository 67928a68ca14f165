# SPDX-License-Identifier: GPL-3.0-or-later
"""A TCP peer that never reads fills its own stream with errors and notices, and reloads the profile in
the same read: its connection ended while its bytes were being read, and the program with it."""
import contextlib
import socket

from stage import Stage, check, finish, framed, message

with Stage() as stage:
    headroom = stage.run()
    for attempt in range(3):
        with socket.socket() as peer:
            peer.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 2048)
            peer.connect(("127.0.0.1", headroom.port))
            peer.sendall(framed(message("/headroom/subscribe", "/headroom/bypass")))
            one = (framed(message("/headroom/profile", "/" + "a" * 1000 + "/x"))
                   + framed(message("/headroom/profile/reload")))
            peer.settimeout(3)
            with contextlib.suppress(OSError):
                peer.sendall(one * 1500)
        check(f"it runs after attempt {attempt + 1}",
              headroom.poll() is None and headroom.ask("/headroom/alive", seconds=10))
finish()
