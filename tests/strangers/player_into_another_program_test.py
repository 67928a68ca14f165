#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Somebody plays into an effect, which plays to the speakers: the player is left to the effect, and
only the effect is taken into the bus. One that connects itself again 3 s later is not heard twice."""
import time

from stage import Stage, check, finish, until

SINK = ["system:playback_1", "system:playback_2"]

with Stage() as stage:
    stage.jack_server()
    headroom = stage.run()
    stage.jack_player("fx", 2, 2, to=SINK)
    stage.jack_player("player", 2, to=["fx:in_1", "fx:in_2"])
    again = stage.jack_player("again", 2, to=SINK)

    def listed():
        return stage.headroom("route", "list", "--port", headroom.port).stdout

    def as_it_should_be():
        now = listed()
        links = {line.strip() for line in now.splitlines() if line.startswith(" ") and " -> " in line}
        return links == {f"{name}:out_{i} -> headroom:main_in_{i}"
                         for name in ("fx", "again") for i in (1, 2)} | {
            f"player:out_{i} -> fx:in_{i}" for i in (1, 2)}

    check("the effect is in the bus, the player is not", until(as_it_should_be, 20))
    check("it is told", "plays to fx, which no bus feeds; left as it is" in listed())
    time.sleep(3)
    check("one connects itself again", again.do("link again:out_1 system:playback_1"))
    check("that is told", until(lambda: "headroom route set again bypass" in listed(), 20))
    check("and nobody is heard twice", until(as_it_should_be, 20))
finish()
