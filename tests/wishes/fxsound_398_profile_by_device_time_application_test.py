#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""FxSound 398: the profile follows the device, the time of day and what plays, and comes back."""
import time

from stage import Stage, check, end, finish, until


def now_and_later():
    """A part of the day that this moment is in."""
    hour = time.localtime().tm_hour
    return f"{hour:02}:00-{(hour + 2) % 24:02}:00"


with Stage() as stage:
    stage.jack_server()
    stage.profile("calls", "when: { application: \"tone*\" }\n")
    stage.profile("here", f"when: {{ sink: \"Sys*\", time: {now_and_later()}, application: other }}\n")
    headroom = stage.run()

    def in_use():
        return headroom.ask("/headroom/profile")[0]

    check("nothing holds: the default", in_use() == "default")
    player = stage.application("tone")
    check("an application switches its profile on", until(lambda: in_use() == "calls", 5))
    told = stage.headroom("profile", "why", "--port", headroom.port).stdout
    check("why says so", told == 'calls: switched on by its conditions: application "tone" is like '
                                 '"tone*"\n')
    stage.profile("here", f"when: {{ sink: \"*system*\", time: {now_and_later()} }}\n")
    check("device and time together come first", until(lambda: in_use() == "here", 5))
    check("it names them", 'sink "system"' in headroom.ask("/headroom/profile/why")[1])
    stage.profile("here", "description: Never by itself.\n")
    check("and gives way", until(lambda: in_use() == "calls", 5))
    stage.headroom("profile", "use", "night", "--port", headroom.port)
    other = stage.application("other")
    check("what I choose stays", in_use() == "night")
    end(other)
    end(player)
    until(lambda: not stage.links("tone:output1"), 5)
    check("also when the application has ended", in_use() == "night")
    stage.application("tone")
    check("until an application comes anew", until(lambda: in_use() == "calls", 5))
    headroom.finish()
    headroom = stage.run("--profile", "music")
    until(lambda: "tone" in str(headroom.ask("/headroom/route")), 5)
    check("a profile named with --profile stays", in_use() == "music")
finish()
