#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Settings live where XDG_CONFIG_HOME and XDG_STATE_HOME say, and nowhere else in the home folder."""
from stage import Stage, check, finish, until

with Stage() as stage:
    config, state = stage.folder / "config", stage.folder / "state"
    stage.environment |= {"XDG_CONFIG_HOME": str(config), "XDG_STATE_HOME": str(state)}
    made = stage.headroom("profile", "new", "mine", "--from", "night")
    check("a profile is made there", made.returncode == 0 and
          (config / "headroom/profiles/mine.yaml").is_file())
    headroom = stage.run("--profile", "mine")
    headroom.ask("/headroom/bus/main/limiter/ceiling", -2.0)
    check("changes are kept there", until(lambda: (state / "headroom/overlay").is_file(), 5))
    check("for the owner alone", (state / "headroom").stat().st_mode & 0o777 == 0o700)
    headroom.finish()
    check("nothing else is in the home folder", not (stage.home / ".config").exists() and
          not (stage.home / ".local/state").exists())
finish()
