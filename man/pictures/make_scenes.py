#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""make_scenes.py BEFORE AFTER FETCH FOLDER: draws five scenes of tests/scenes beside this file, each as
two programs process it. FETCH and FOLDER are those of scenes_test.py. Needs rsvg-convert, ffmpeg and
Debian's own Python."""
import subprocess
import sys
import tempfile
from pathlib import Path

import soundfile

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parents[1] / "tests" / "scenes"))
import listening  # noqa: F401,E402 (its scenes)
import talk  # noqa: F401,E402
from scene import SCENES  # noqa: E402
from sounds import RATE, Recordings  # noqa: E402

PICTURES = (("pauses-long-48", "default"), ("film-explosion", "default"), ("game-shots", "default"),
            ("fade-out", "night"), ("silence-blast", "default"))
BESIDE = ("[0][1]hstack,split[a][b];[a]palettegen=max_colors=24:reserve_transparent=0[p];"
          "[b][p]paletteuse=dither=none")
# Of the plot, without the peaks.
WIDTH, TOP, HEIGHT = 1200, 306, 584


def drawn(program, profile, sound, title, picture):
    """Loudness and gain as `render --plot` draws them."""
    plot = picture.with_suffix(".svg")
    subprocess.run([program, "render", "--profile", profile, "--plot", plot, sound,
                    picture.with_suffix(".out.wav")], check=True, stdout=subprocess.DEVNULL)
    first, rest = plot.read_text().split(">", 1)
    first = first.split(" width=")[0] + (f" width='{WIDTH}' height='{HEIGHT}' "
                                         f"viewBox='0 {TOP} {WIDTH} {HEIGHT}' "
                                         "font-family='sans-serif' font-size='18'")
    end = f"<text x='{WIDTH // 2}' y='326' font-weight='bold' text-anchor='middle'>{title}</text></svg>"
    rest = rest.replace("<rect width='100%'", f"<rect y='{TOP}' width='100%'", 1)
    plot.write_text(first + ">" + rest.replace("</svg>", end))
    subprocess.run(["rsvg-convert", "-w", "560", plot, "-o", picture], check=True)


def main():
    *programs, fetch, folder = sys.argv[1:]
    for package in Recordings.PACKAGES:
        subprocess.run([fetch, package, folder], check=True)
    recordings = Recordings(folder)
    for name, profile in PICTURES:
        with tempfile.TemporaryDirectory() as work:
            sound = Path(work, f"{name}.wav")
            soundfile.write(sound, SCENES[name](recordings).audio, RATE, subtype="FLOAT")
            parts = [Path(work, f"{title}.png") for title in ("before", "after")]
            for program, part in zip(programs, parts):
                drawn(program, profile, sound, f"{name}, {profile}: {part.stem}", part)
            subprocess.run(["ffmpeg", "-v", "error", "-y", "-i", parts[0], "-i", parts[1],
                            "-filter_complex", BESIDE, "-update", "1", HERE / f"{name}.png"], check=True)


if __name__ == "__main__":
    main()
