#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""The profile that was chosen last at run time holds after a restart and is on disk at once, unless
--profile says otherwise; status says which it is and why."""
from stage import Stage, check, finish, until


def status(stage, headroom):
    done = stage.headroom("status", "--port", headroom.port)
    return dict(line.split(" ", 1) for line in done.stdout.splitlines() if " " in line)


with Stage() as stage:
    headroom = stage.run()
    check("the default first", "default" in status(stage, headroom).get("profile_reason", ""))
    used = stage.headroom("profile", "use", "night", "--port", headroom.port)
    check("use says so", used.returncode == 0 and "night is in use" in used.stdout)
    ceiling = headroom.get("bus/main/limiter/ceiling")
    check("it ends", headroom.finish() == 0)
    headroom = stage.run()
    check("night after a restart", headroom.ask("/headroom/profile")[0] == "night")
    check("with its ceiling", headroom.get("bus/main/limiter/ceiling") == ceiling != -1.0)
    check("and says why", "chosen" in status(stage, headroom).get("profile_reason", ""))
    stage.headroom("profile", "use", "music", "--port", headroom.port)
    overlay = stage.home / ".local/state/headroom/overlay"
    check("kept at once", until(lambda: overlay.exists() and "music" in overlay.read_text(), 5))
    headroom.finish()
    headroom = stage.run("--profile", "speech")
    check("--profile comes first", headroom.ask("/headroom/profile")[0] == "speech")
    check("and says so", "--profile" in status(stage, headroom).get("profile_reason", ""))
    headroom.finish()
    file = stage.profile("mine", "description: Mine.\n")
    headroom = stage.run()
    check("music after that", headroom.ask("/headroom/profile")[0] == "music")
    stage.headroom("profile", "use", "mine", "--port", headroom.port)
    headroom.finish()
    file.unlink()
    headroom = stage.run()
    check("one that is gone is said", "mine" in headroom.read() and
          headroom.ask("/headroom/profile")[0] == "default")
finish()
