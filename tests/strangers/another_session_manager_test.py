#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""A session manager runs, and somebody else on this machine with its port number, at another
address, asks the program to open a project: only the manager's own request counts."""
import re
import socket

from stage import PROGRAM, Stage, check, finish, message, messages, until

with Stage() as stage:
    def udp(address, port=0):
        out = stage.enter_context(socket.socket(socket.AF_INET, socket.SOCK_DGRAM))
        out.bind((address, port))
        out.settimeout(20)
        return out

    manager = udp("127.0.0.1")
    impostor = udp("127.0.0.2", manager.getsockname()[1])
    stage.environment["NSM_URL"] = f"osc.udp://127.0.0.1:{manager.getsockname()[1]}/"
    headroom = stage.start(PROGRAM, "run", "--no-announce", "--osc-port", 0)
    announcement, client = manager.recvfrom(65536)
    check("it announces itself", next(messages(announcement))[0] == "/nsm/server/announce")

    stolen, own = stage.folder / "stolen", stage.folder / "own"
    impostor.sendto(message("/nsm/client/open", str(stolen), "song", "headroom.nAAAA"), client)
    impostor.settimeout(2)
    try:
        heard = impostor.recv(65536)
    except TimeoutError:
        heard = b""
    check("the other one is not answered", heard == b"")
    check("nor obeyed", not stolen.exists())
    manager.sendto(message("/reply", "/nsm/server/announce", "hello", "manager", ":"), client)
    manager.sendto(message("/nsm/client/open", str(own), "song", "headroom.nBBBB"), client)
    check("the manager is obeyed", until(own.exists, 20))
    check("alone", not stolen.exists())
finish()
