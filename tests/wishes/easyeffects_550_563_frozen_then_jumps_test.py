# SPDX-License-Identifier: GPL-3.0-or-later
"""EasyEffects 550, 563: the gain stands still in a pause and goes on from there without a jump."""
import subprocess
import sys
from pathlib import Path

TESTS, PROGRAM = Path(__file__).parents[1], Path(sys.argv[1])
# Debian's own Python has what the judge computes with.
sys.exit(subprocess.run(["/usr/bin/python3", TESTS / "scenes/scenes_test.py", PROGRAM,
                         TESTS / "support/music/fetch.sh", PROGRAM.parent / "music",
                         "default/frozen", "music/frozen"], check=False).returncode)
