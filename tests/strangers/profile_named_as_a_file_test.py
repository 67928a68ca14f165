#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""A profile is named as its file is, or not at all, and a rule has a * without quotes: each is told
what to write."""
from stage import Stage, check, finish

with Stage() as stage:
    stage.profile("mine", "description: Mine.\n")
    for words in (("check", "mine.yaml"), ("run", "--profile", "mine.yaml")):
        done = stage.headroom(*words)
        check(f"{words}: {done.stderr}", done.returncode == 1 and "did you mean mine?" in done.stderr)
    done = stage.headroom("profile", "new", "")
    check("a name is needed", done.returncode == 2)
    check("nothing is made", not (stage.home / ".config/headroom/profiles/.yaml").exists())
    for line in ("client: *", "client: *fox", "client: &x"):
        stage.profile("star", f"rules:\n  - match: {{ {line} }}\n    route: main\n")
        done = stage.headroom("check", "star")
        check(f"{line}: {done.stderr}", "put quotes around" in done.stderr and
              "star.yaml:2:" in done.stderr)
finish()
