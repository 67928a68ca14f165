#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""A service without a window gets its profile from `headroom profile use`, once and for all."""
from stage import Stage, check, finish

with Stage() as stage:
    headroom = stage.run()
    done = stage.headroom("profile", "use", "speech", "--port", headroom.port)
    check("it is told", done.returncode == 0 and "after a restart too" in done.stdout)
    headroom.finish()
    headroom = stage.run()
    check("the next start has it", headroom.ask("/headroom/profile")[0] == "speech")
    told = stage.headroom("status", "--port", headroom.port).stdout
    check("status says which and why", "profile speech" in told and "profile_reason chosen" in told)
finish()
