# SPDX-License-Identifier: GPL-3.0-or-later
"""A scene on which levelling is judged: what is heard, and what a listener may expect of it.

Limits are figures for every intent, or one each for speech, night, film, music and "else".
"""
import numpy as np

from sounds import RATE, seconds

SPREAD = {"speech": 3, "night": 4, "film": 6, "music": None, "else": 4}
EVENT = {"speech": 8, "night": 6, "film": 14, "music": 20, "else": 12}
RISE = {"speech": 6, "night": 6, "else": 3}
BREAK = {"music": None, "film": 8, "speech": 5, "else": 6}
BLAST = {"night": 6, "speech": 6, "film": 10, "music": 12, "else": 8}

SCENES = {}


def scene(function):
    """A scene of its own, by the function's name."""
    SCENES[function.__name__.replace("_", "-")] = function
    return function


class Scene:
    def __init__(self, length_s, channels=2):
        self.audio = np.zeros((seconds(length_s), channels))
        self.checks = []

    def add(self, start_s, audio, to=None):
        """Mixes in; `to` are the channels. Returns when it ends."""
        first = seconds(start_s)
        audio = audio[:len(self.audio) - first]
        for source, target in enumerate(to or range(audio.shape[1])):
            self.audio[first:first + len(audio), target] += audio[:, source]
        return start_s + len(audio) / RATE

    def check(self, kind, limit, **what):
        self.checks.append((kind, limit, what))

    def cut(self, end_s):
        self.audio = self.audio[:seconds(end_s)]
        return self
