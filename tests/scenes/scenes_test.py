#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""scenes_test.py HEADROOM FETCH FOLDER [--whole] [--other] [--table] [PROFILE/SCENE...]

Plays scenes through `headroom render` and judges what comes out. Without --whole: some that are
short, or in which something was wrong once. --other takes other voices and tracks at other levels;
nothing was set by those. --table prints all figures.
"""
import argparse
import concurrent.futures
import subprocess
import sys
import tempfile
from pathlib import Path

import soundfile

import judge
import listening  # noqa: F401 (its scenes)
import talk  # noqa: F401
import wishes  # noqa: F401
from scene import SCENES
from sounds import RATE, Recordings

# Intent, target and ceiling.
PROFILES = {"default": ("else", -18, -1), "speech": ("speech", -18, -1), "night": ("night", -26, -9),
            "movie": ("film", -23, -2), "music": ("music", -18, -1)}

SHORT = ("default/pauses-digital", "default/film-explosion", "default/ding-quiet-music",
         "default/start-blast", "default/stereo-image", "default/surround", "default/jump-down",
         "music/ding-speech", "movie/film-action", "speech/call-keys")


class OtherRecordings(Recordings):
    """The same kinds of sound from others: voices change places, tracks and levels move on."""

    PROMPTS = {"vm-opts": "vm-rec-temp", "vm-review": "vm-torerecord", "vm-newuser": "vm-intro",
               "demo-instruct": "conf-adminmenu-18", "conf-adminmenu-18": "demo-instruct",
               "priv-callee-options": "demo-congrats",
               "basic-pbx-ivr-main": "priv-callee-options"}
    TRACKS = {"battle": "vengeful", "frantic": "loyalists", "wanderer": "traveling_minstrels",
              "love_theme": "legends_of_the_north", "elvish-theme": "wanderer", "northerners": "knalgan_theme",
              "knalgan_theme": "northerners", "the_city_falls": "underground", "sad": "love_theme",
              "legends_of_the_north": "siege_of_laurelmor", "battle-epic": "casualties_of_war",
              "silvan_sanctuary": "casualties_of_war"}

    def phrase(self, name, level_lufs, voice="woman"):
        other = "man" if voice == "woman" else "woman"
        return super().phrase(self.PROMPTS.get(name, name), level_lufs - 1.5, other)

    def music(self, name, start_s, length_s, level_lufs):
        return super().music(self.TRACKS[name], start_s + 7, length_s, level_lufs - 1.5)


# By the limits of "else", as they come for such use.
PEERS = {"dynaudnorm": "dynaudnorm=p=0.891", "speechnorm": "speechnorm=p=0.891",
         "loudnorm": "loudnorm=I=-18:TP=-1:LRA=7",
         "compand": "compand=attacks=0.1:decays=1.5:points=-80/-80|-50/-38|-30/-22|-18/-18|0/-12,"
                    "alimiter=limit=0.891:level=0"}


def rendered(program, profile, audio):
    """What comes out of the chain, or of a filter of ffmpeg."""
    with tempfile.TemporaryDirectory() as folder:
        source, target = Path(folder, "in.wav"), Path(folder, "out.wav")
        soundfile.write(source, audio, RATE, subtype="FLOAT")
        command = [program, "render", "--profile", profile, source, target]
        if profile in PEERS:
            command = ["ffmpeg", "-v", "error", "-i", source, "-af", PEERS[profile], "-ar",
                       str(RATE), "-c:a", "pcm_f32le", target]
        subprocess.run(command, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        return soundfile.read(target, always_2d=True)[0]


def judged(program, recordings, name, profiles):
    scene = SCENES[name](recordings)
    return {profile: judge.judged(scene, judge.aligned(scene.audio,
                                                       rendered(program, profile, scene.audio)),
                                  *PROFILES.get(profile, PROFILES["default"]))
            for profile in profiles}


def print_kinds(results):
    """A table of how many checks of each kind hold, for each profile or peer."""
    columns = list(results)
    kinds = sorted({row[0] for rows in results.values() for row in rows})
    print("| checks | " + " | ".join(columns) + " |")
    print("| --- |" + " --- |" * len(columns))
    for kind in kinds + ["all"]:
        cells = []
        for rows in results.values():
            of_kind = [row for row in rows if kind in (row[0], "all")]
            cells.append(f"{sum(row[4] for row in of_kind)}/{len(of_kind)}" if of_kind else "-")
        print(f"| {kind} | " + " | ".join(cells) + " |")


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("program")
    parser.add_argument("fetch")
    parser.add_argument("folder")
    parser.add_argument("--whole", action="store_true")
    parser.add_argument("--other", action="store_true")
    parser.add_argument("--peers", action="store_true", help="the filters of ffmpeg too")
    parser.add_argument("--table", action="store_true", help="all figures")
    parser.add_argument("only", nargs="*")
    options = parser.parse_intermixed_args()
    for package in Recordings.PACKAGES:
        subprocess.run([options.fetch, package, options.folder], check=True)
    recordings = (OtherRecordings if options.other else Recordings)(options.folder)
    columns = [*PROFILES, *(PEERS if options.peers else ())]
    every = [f"{column}/{name}" for name in SCENES for column in columns]
    wanted = {}
    for word in options.only or (every if options.whole else SHORT):
        column, name = word.split("/")
        wanted.setdefault(name, []).append(column)
    results = {column: [] for column in columns}
    with concurrent.futures.ProcessPoolExecutor(2) as pool:
        runs = {name: pool.submit(judged, options.program, recordings, name, wanted[name])
                for name in wanted}
        for name, run in runs.items():
            for column, rows in run.result().items():
                results[column] += rows
                for kind, when, value, limit, holds in rows:
                    if options.table or not (holds or options.whole):
                        print(f"{column:10} {name:18} {kind:10} {when!s:>12} {value:6.2f} of {limit}"
                              + ("" if holds else "  !"), flush=True)
    print_kinds({column: rows for column, rows in results.items() if rows})
    return 0 if options.whole or all(row[4] for rows in results.values() for row in rows) else 1


if __name__ == "__main__":
    sys.exit(main())
