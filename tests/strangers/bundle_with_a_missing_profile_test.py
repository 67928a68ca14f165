# SPDX-License-Identifier: GPL-3.0-or-later
"""A bundle sets a value and names a profile, a route or an address to learn that is not there: the
value was set all the same. With the overlay cleared behind it the value stayed."""
from stage import Stage, bundle, check, finish, message

CEILING = "/headroom/bus/main/limiter/ceiling"

with Stage() as stage:
    headroom = stage.run()
    for bad in (message("/headroom/profile", "missing"), message("/headroom/route", "mpv", "nowhere"),
                message("/headroom/route/mpv", "nowhere"), message("/headroom/midi/learn", "nothing"),
                message("/headroom/midi/forget", "cc 99"),
                message("/headroom/overlay/clear", "bus/main/limiter/release")):
        headroom.send(bundle(message(CEILING, -6.0), bad))
        answers = headroom.heard()
        check("one error", [address for address, _ in answers] == ["/headroom/error"])
        check("nothing set", headroom.ask(CEILING) == [-1.0])
    headroom.send(bundle(message(CEILING, -5.0), message("/headroom/overlay/clear")))
    headroom.heard()
    check("cleared after it was set", headroom.ask(CEILING) == [-1.0])
    headroom.send(bundle(message(CEILING, -5.0),
                         message("/headroom/overlay/clear", "bus/main/limiter/ceiling")))
    headroom.heard()
    check("this one too", headroom.ask(CEILING) == [-1.0])
    headroom.send(bundle(message("/headroom/overlay/clear"), message(CEILING, -5.0)))
    headroom.heard()
    check("set after it was cleared", headroom.ask(CEILING) == [-5.0])
finish()
