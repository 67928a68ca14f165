# SPDX-License-Identifier: GPL-3.0-or-later
"""A browser of OSCQuery is open while applications come and go: nothing told it of new nodes. Bare OSC on
TCP, without a length or SLIP, got silence."""
import json

from browser import Page
from stage import Stage, check, end, finish, message, until


def tells(page, command, path):
    """Whether the browser is told of the node before long."""
    wanted = {"COMMAND": command, "DATA": path}
    return until(lambda: any(frame.startswith(b"{") and json.loads(frame) == wanted
                             for frame in page.frames(0.2)), 20)


with Stage() as stage:
    stage.jack_server()
    headroom = stage.run()
    extensions = Page(headroom.port).json("/?HOST_INFO")["EXTENSIONS"]
    check("HOST_INFO promises it", extensions.get("PATH_ADDED") and extensions.get("PATH_REMOVED"))
    page = Page(headroom.port)
    page.upgrade("oscquery")
    application = stage.application("tone")
    check("a new application is told", tells(page, "PATH_ADDED", "/headroom/route/tone"))
    node = Page(headroom.port).json("/headroom/route/tone")
    check("its node is there", node.get("VALUE") == ["main"])
    end(application)
    check("and that it has ended", tells(page, "PATH_REMOVED", "/headroom/route/tone"))

    peer = headroom.tcp()
    peer.sendall(message("/headroom/alive"))
    check("bare OSC on TCP is answered", b"/headroom/error" in peer.recv(1000))
finish()
