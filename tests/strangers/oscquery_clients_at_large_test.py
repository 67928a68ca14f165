# SPDX-License-Identifier: GPL-3.0-or-later
"""Chataigne and the reference web client over OSCQuery: on ::1 WS_IP was no part of a URL, values came
as bundles that they do not read or were hidden behind CONTENTS, the subprotocol "osc" got no answer."""
import json
import socket

from browser import Page
from stage import Stage, check, finish, message

CEILING = "/headroom/bus/main/limiter/ceiling"
TRIM = "/headroom/bus/main/limiter/release"

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
