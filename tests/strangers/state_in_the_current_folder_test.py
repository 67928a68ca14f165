#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""XDG folders that are not absolute are ignored, and without HOME the account's home is taken: state
never lands in the folder that one happens to be in."""
from stage import Stage, check, finish, until

with Stage() as stage:
    here = stage.folder / "here"
    here.mkdir()
    environment = stage.environment | {"XDG_CONFIG_HOME": "conf", "XDG_STATE_HOME": "state"}
    made = stage.headroom("profile", "new", "mine", env=environment, cwd=here)
    check("the profile is below ~/.config", made.returncode == 0 and
          (stage.home / ".config/headroom/profiles/mine.yaml").is_file())
    headroom = stage.run(env=environment, cwd=here)
    headroom.ask("/headroom/bus/main/limiter/ceiling", -2.0)
    check("state is below ~/.local/state",
          until(lambda: (stage.home / ".local/state/headroom/overlay").is_file(), 5))
    headroom.finish()
    without_home = {name: value for name, value in environment.items() if name != "HOME"}
    listed = stage.headroom("profile", "list", env=without_home, cwd=here)
    check("without HOME it goes on", listed.returncode == 0)
    check("nothing is left here", not list(here.iterdir()))
finish()
