#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Players with 3, 4, 6 and 8 outputs start on JACK2 under the default profile: they are mixed down
into the bus; where the rule does not say so they stay at the sink as they were, with a notice."""
from stage import Stage, check, finish, until

SINK = ["system:playback_1", "system:playback_2"]
COUNTS = (3, 4, 6, 8)
BYPASSED = """
buses: { main: { channels: stereo } }
rules:
  - match: { client: "*" }
    route: main
"""

with Stage() as stage:
    stage.jack_server()
    headroom = stage.run()

    def listed():
        return stage.headroom("route", "list", "--port", headroom.port).stdout

    for count in COUNTS:
        stage.jack_player(f"film{count}", count, to=SINK)

    def all_in_the_bus():
        now = listed()
        return all(f"film{count}:out_{i} -> headroom:film{count}_{i}\n" in now
                   for count in COUNTS for i in range(1, count + 1)) and "system:" not in now
    check("all channels are in the bus, and nowhere else", until(all_in_the_bus, 30))
    headroom.finish()

    stage.profile("plain", BYPASSED)
    headroom = stage.run("--profile", "plain")

    def all_at_the_sink():
        now = listed()
        return all(f"film{count}:out_{i} -> system:playback_{i}\n" in now
                   for count in COUNTS for i in (1, 2)) and "-> headroom" not in now
    check("bypassed, they are heard as before", until(all_at_the_sink, 30))
    check("and told", "its 8 channels do not fit the 2 of bus main" in listed())
finish()
