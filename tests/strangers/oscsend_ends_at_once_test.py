#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""The owner sets values from a program that ends right after it has sent, as `oscsend` does: each
counts."""
import os
import socket

from stage import Stage, check, finish, message, until


def send_and_end(packet, port):
    process = os.fork()
    if process == 0:
        peer = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        peer.sendto(packet, ("127.0.0.1", port))
        os._exit(0)
    os.waitpid(process, 0)


with Stage() as stage:
    headroom = stage.run()
    missed = 0
    for i in range(100):
        wanted = -1.0 - i / 16
        send_and_end(message("/headroom/bus/main/limiter/ceiling", wanted), headroom.port)
        missed += not until(lambda: headroom.get("bus/main/limiter/ceiling") == wanted, 2)
    check(f"each of 100 counts ({missed} missed)", missed == 0)
    check("and it ends well", headroom.finish() == 0)
finish()
