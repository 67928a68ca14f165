# SPDX-License-Identifier: GPL-3.0-or-later
"""mpv 8418, jellyfin-androidtv 1434: at night a loud film keeps its dialogue."""
import subprocess
import sys
from pathlib import Path

TESTS, PROGRAM = Path(__file__).parents[1], Path(sys.argv[1])
# Debian's own Python has what the judge computes with.
sys.exit(subprocess.run(["/usr/bin/python3", TESTS / "scenes/scenes_test.py", PROGRAM,
                         TESTS / "support/music/fetch.sh", PROGRAM.parent / "music",
                         "night/night-film"], check=False).returncode)
