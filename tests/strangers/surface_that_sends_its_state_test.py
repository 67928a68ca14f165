#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""A surface sends all that it shows when it connects: what holds already is confirmed and not
recorded, so that the next profile is in force; what lies over it is said."""
from stage import Stage, check, finish

with Stage() as stage:
    headroom = stage.run()
    for path in ("limiter/ceiling", "agc/target", "compressor/threshold"):
        value = headroom.get(f"bus/main/{path}")
        check(f"{path} is confirmed", headroom.ask(f"/headroom/bus/main/{path}", value) == [value])
    check("nothing is recorded",
          stage.headroom("overlay", "list", "--port", headroom.port).stdout == "")
    headroom.ask("/headroom/bus/main/agc/target", -30.0)
    used = stage.headroom("profile", "use", "night", "--port", headroom.port)
    check("use says what lies over it", "bus/main/agc/target -30" in used.stdout)
    check("so does the notice", "1 setting changed at run time lies over it" in headroom.read())
    check("the rest is the profile's", headroom.get("bus/main/limiter/ceiling") != -1.0)
finish()
