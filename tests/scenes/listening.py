# SPDX-License-Identifier: GPL-3.0-or-later
"""Music, games, and what comes out of silence."""
import numpy as np

from scene import BLAST, Scene, scene
from sounds import ding, faded, noise, ramped, room, seconds, shot


@scene
def ding_quiet_music(r):
    s = Scene(46)
    s.add(0, r.music("elvish-theme", 5, 46, -32))
    for at, length in ((18, 0.3), (26, 0.6), (36, 0.6)):
        s.add(at, ding(-8, length))
        before, end = (at - 4, at - 0.2), at + length
        s.check("hole", 2, start=end + 0.3, end=end + 1.3, before=before)
        s.check("hole", 1, start=end + 1.3, end=end + 3.3, before=before)
        s.check("contained", {"speech": 12, "night": 10, "film": 16, "music": 22, "else": 14},
                start=at + 0.05, end=at + 0.3, before=before)
    return s


@scene
def album(r):
    """Records of different decades, a second between them."""
    s = Scene(104)
    tracks = (("battle", 10, -10), ("wanderer", 20, -18), ("frantic", 30, -12),
              ("love_theme", 20, -20))
    for i, (name, start, level) in enumerate(tracks):
        s.add(26 * i, r.music(name, start, 25, level))
    s.check("spread", {"music": 4, "else": 3}, segments=[(26 * i + 6, 26 * i + 25) for i in range(4)])
    for at in (26, 52, 78):
        s.check("spread", {"music": 6, "film": 6, "else": 4},
                segments=((at + 1, at + 3), (at + 10, at + 24)), natural=True)
    return s


@scene
def classical(r):
    s = Scene(92)
    s.add(0, room(92, -68, 8))
    s.add(0, r.music("sad", 5, 30, -38))
    loud = r.music("legends_of_the_north", 30, 30, -15)
    s.add(30, ramped(loud, 0, 6, 20) / 10)
    s.add(60.5, r.music("sad", 20, 31, -38))
    s.check("keep", {"music": 0.6, "film": 0.4, "speech": None, "night": 0.15, "else": 0.25},
            loud=(38, 59), quiet=(10, 29))
    s.check("hole", {"speech": 6, "else": 8}, start=62, end=66, before=(12, 29))
    s.check("hole", {"music": 6, "film": 5, "else": 3}, start=72, end=80, before=(12, 29))
    s.check("move", {"music": 3, "film": 4, "else": 5}, start=40, end=58)
    return s


@scene
def fade_out(r):
    """60 dB in 40 s, and the next track."""
    s = Scene(94)
    s.add(0, ramped(r.music("northerners", 10, 62, -15), 20, 60, -60)[:seconds(60)])
    s.add(63, r.music("battle", 20, 30, -15))
    s.check("rise", 4, start=34, end=40, since=(14, 20))
    s.check("rise", 6, start=45, end=50, since=(14, 20))
    s.check("spread", 3, segments=((63.1, 65), (75, 92)), natural=True)
    return s


@scene
def game_shots(r):
    s = Scene(60)
    s.add(0, noise(60, -42, 9, -2))
    s.add(0, r.music("silvan_sanctuary", 10, 60, -40))
    before = (14, 19.8)
    for i in range(3):
        s.add(20 + 4 * i, shot(-6, 50 + i))
        s.check("hole", 2, start=20.8 + 4 * i, end=22.8 + 4 * i, before=before)
    for i in range(20):
        s.add(36 + 0.15 * i, shot(-8, 60 + i))
    s.check("hole", 4, start=40, end=42, before=before)
    s.check("hole", {"music": 4, "else": 2}, start=43, end=47, before=before)
    s.check("contained", {"speech": 14, "night": 12, "film": 20, "music": 28, "else": 18},
            start=36.3, end=39, before=before)
    return s


@scene
def silence_blast(r):
    s = Scene(70)
    s.add(0.3, r.talk("priv-callee-options", 24, -24))
    s.add(45, faded(np.clip(2 * noise(2, -6, 12, -1), -1, 1), 0.002))
    s.add(49, r.talk("basic-pbx-ivr-main", 20, -24))
    s.check("blast", {"night": 8, "film": 12, "music": 14, "else": 10}, start=45.15, end=47)
    s.check("hole", 2, start=49.3, end=51.3, before=(14, 24))
    return s


@scene
def start_blast(r):
    s = Scene(16)
    s.add(0, np.clip(1.6 * r.music("frantic", 20, 16, -6), -1, 1))
    s.check("blast", BLAST, start=0.15, end=1)
    s.check("level", {"music": 3, "else": 2}, start=8, end=16)
    return s


@scene
def jump_up(r):
    s = Scene(60)
    s.add(0, r.music("love_theme", 10, 25, -52))
    s.add(25, r.music("battle", 20, 35, -12))
    s.check("blast", BLAST, start=25.3, end=27)
    s.check("level", {"music": 3, "film": 4, "else": 2.5}, start=35, end=60)
    s.check("swallowed", {"night": 8, "else": 6}, start=25, later=(26.5, 28))
    return s


@scene
def jump_down(r):
    s = Scene(75)
    s.add(0, r.music("battle", 20, 25, -12))
    s.add(25, r.music("love_theme", 10, 50, -52))
    s.check("back", 1, start=45, end=50)
    s.check("back", 1, start=60, end=74)
    return s


@scene
def start_loud(r):
    s = Scene(40)
    s.add(0, r.music("frantic", 15, 40, -8))
    s.check("spread", {"film": 6, "music": 8, "else": 5}, segments=((0.3, 2), (20, 39)), natural=True)
    s.check("level", {"music": 3, "else": 2}, start=12, end=39)
    return s


@scene
def seeks(r):
    s = Scene(88)
    at, gaps = 0.0, (0.5, 2, 6, 3)
    for i, gap in enumerate(gaps):
        end = s.add(at, r.music("the_city_falls", 10 + 25 * i, 18, -22))
        if i:
            s.check("swallowed", 1.5, start=at, later=(at + 0.3, at + 1.5))
            s.check("step", 1.5, before=(at - 8, at - gaps[i - 1] - 0.5), after=(at + 0.1, at + 3))
        at = end + gap
    return s.cut(at)


@scene
def quiet_source(r):
    s = Scene(60)
    s.add(0, room(60, -72, 14))
    s.add(0.3, r.talk("demo-instruct", 59, -40))
    s.check("raised", {"speech": -8, "night": -8, "film": -13, "music": -18, "else": -14}, start=15,
            end=59)
    s.check("move", {"music": 3, "else": 4}, start=25, end=59)
    return s


@scene
def hiss_then_music(r):
    s = Scene(85)
    s.add(0, noise(61, -58, 15, -1))
    s.add(60, r.music("wanderer", 20, 25, -20))
    s.check("hiss", {"speech": 4, "night": 6, "else": 3}, start=20, end=59)
    s.check("swallowed", 1.5, start=60, later=(60.5, 62))
    return s


@scene
def other_source(r):
    s = Scene(150)
    s.add(0.3, r.talk("demo-instruct", 30, -36))
    s.add(120.5, r.music("battle", 20, 29, -14))
    s.check("blast", BLAST | {"music": 10}, start=120.7, end=122)
    s.check("spread", {"film": 6, "music": 6, "else": 4}, segments=((121, 123), (135, 149)),
            natural=True)
    return s


@scene
def steady(r):
    s = Scene(50)
    s.add(0, r.music("frantic", 10, 50, -18))
    s.check("move", 1.5, start=8, end=50)
    s.check("level", 1.5, start=10, end=50)
    return s
