# SPDX-License-Identifier: GPL-3.0-or-later
"""matrix.py HEADROOM: every player through player_test.py, as a table of what held."""
import os
import re
import subprocess
import sys
from pathlib import Path

from players import PLAYERS

here = Path(__file__).parent
system = subprocess.run(["pipewire", "--version"], check=True, stdout=subprocess.PIPE,
                        text=True).stdout
version = "1.4" if "HEADROOM_PIPEWIRE_ROOT" in os.environ else re.findall(r"\d+\.[\d.]+", system)[-1]
print(f"PipeWire {version}:\n\n| player | held | missed |\n| --- | --- | --- |")
for name in PLAYERS:
    said = subprocess.run(
        [here.parent / "support/alone", sys.executable, here / "player_test.py", sys.argv[1], name],
        check=False, stdout=subprocess.PIPE, text=True).stdout
    checks = re.findall(r"^(ok|FAIL) +(.*)", said, re.M)
    missed = "; ".join(what.split(": ")[1] for outcome, what in checks if outcome == "FAIL")
    print(f"| {name} | {sum(o == 'ok' for o, _ in checks)}/{len(checks)} | {missed} |", flush=True)
