# SPDX-License-Identifier: GPL-3.0-or-later
"""EasyEffects 3681: a boost does not stay for the noise of a line that nothing else follows on."""
import subprocess
import sys
from pathlib import Path

TESTS, PROGRAM = Path(__file__).parents[1], Path(sys.argv[1])
# Debian's own Python has what the judge computes with.
sys.exit(subprocess.run(["/usr/bin/python3", TESTS / "scenes/scenes_test.py", PROGRAM,
                         TESTS / "support/music/fetch.sh", PROGRAM.parent / "music",
                         "default/line-noise", "speech/line-noise"], check=False).returncode)
