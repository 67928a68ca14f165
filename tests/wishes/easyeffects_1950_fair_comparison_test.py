# SPDX-License-Identifier: GPL-3.0-or-later
"""EasyEffects 1950: processed and bypassed are compared at one loudness, under one ceiling."""
import re
import subprocess
import sys
import tempfile
from pathlib import Path

TESTS, PROGRAM = Path(__file__).parents[1], Path(sys.argv[1])
MUSIC = PROGRAM.parent / "music"

# Debian's own Python has what the recordings are read with.
MAKE = """
import sys
sys.path.insert(0, sys.argv[1])
import numpy as np, soundfile
from sounds import RATE, Recordings
r = Recordings(sys.argv[2])
soundfile.write(sys.argv[3] + "/loud.wav", r.music("battle", 10, 30, -9), RATE, "FLOAT")
soundfile.write(sys.argv[3] + "/quiet.wav", r.talk("demo-instruct", 30, -33), RATE, "FLOAT")
soundfile.write(sys.argv[3] + "/mixed.wav", np.concatenate([
    r.music("wanderer", 20, 25, -14), r.talk("demo-instruct", 25, -24)]), RATE, "FLOAT")
"""

failed = 0


def check(what, holds):
    global failed
    print("ok  " if holds else "FAIL", what)
    failed += not holds


def measured(file, start_s=0):
    """Integrated loudness and true peak, as ffmpeg reads them."""
    done = subprocess.run(["ffmpeg", "-nostats", "-ss", str(start_s), "-i", file, "-af",
                           "ebur128=peak=true", "-f", "null", "-"], check=True, capture_output=True,
                          text=True)
    summary = done.stderr[done.stderr.rindex("Summary:"):]
    return [float(re.search(name + r":\s*(\S+) ", summary)[1]) for name in ("I", "Peak")]


def heard(file):
    """Loudness once the levelling has arrived, and true peak from the start."""
    return measured(file, 10)[0], measured(file)[1]


def rendered(folder, name, profile, *options):
    target = folder / "out.wav"
    subprocess.run([PROGRAM, "render", "--profile", profile, *options, folder / name, target],
                   check=True, stdout=subprocess.DEVNULL)
    return heard(target)


with tempfile.TemporaryDirectory() as place:
    folder = Path(place)
    for package in re.findall(r'"((?:asterisk|wesnoth)-[^"]+)"',
                              (TESTS / "scenes/sounds.py").read_text()):
        subprocess.run([TESTS / "support/music/fetch.sh", package, MUSIC], check=True)
    subprocess.run(["/usr/bin/python3", "-c", MAKE, TESTS / "scenes", MUSIC, folder], check=True)
    for profile, name, ceiling in (("default", "loud.wav", -1), ("default", "quiet.wav", -1),
                                   ("night", "mixed.wav", -9)):
        plain, _ = heard(folder / name)
        a, _ = rendered(folder, name, profile)
        b, peak = rendered(folder, name, profile, "--set", "bypass=on", "--set", "bypass/matched=on")
        check(f"{profile}, {name}: {plain} -> {a} LUFS, matched {b}", abs(a - b) <= 0.5)
        check("the two are told apart by their levels otherwise", abs(a - plain) > 3)
        check(f"its true peak is {peak} dBTP", peak <= ceiling)
sys.exit(failed > 0)
