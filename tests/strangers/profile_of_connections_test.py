#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""A profile with one `match` rule and three `connect` rules was said to have one rule."""
from stage import Stage, check, finish

PROFILE = """
buses: { main: { channels: stereo } }
rules:
  - match: { client: "*" }
    route: main
  - connect: { from: synth, to: main }
  - connect: { from: "mic:capture_*", to: main }
  - connect: { from: main, to: recorder }
"""

with Stage() as stage:
    stage.profile("studio", PROFILE)
    checked = stage.headroom("check", "studio")
    check(f"four rules: {checked.stdout}{checked.stderr}", ", 4 rules" in checked.stdout)
finish()
