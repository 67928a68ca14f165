# SPDX-License-Identifier: GPL-3.0-or-later
"""Scenes of other projects' users, and those that were hard."""
from scene import Scene, scene
from sounds import ding, explosion, noise


@scene
def line_noise(r):
    """EasyEffects 3681: what follows quiet programme is the noise of the line alone."""
    s = Scene(100)
    s.add(0, noise(100, -58, 20, -1))
    s.add(0.3, r.talk("demo-instruct", 30, -34))
    s.check("hiss", {"speech": 6, "else": 3}, start=80, end=99)
    return s


@scene
def frozen(r):
    """EasyEffects 550 and 563: the gain stands still in pauses, and moves on without a jump."""
    s = Scene(110)
    s.add(0, r.music("wanderer", 20, 30, -30))
    s.add(45, r.music("wanderer", 50, 20, -30))
    s.add(80, r.music("wanderer", 50, 29, -30))
    for start, before in ((45, (22, 29.5)), (80, (57, 64.5))):
        s.check("step", 1.5, before=before, after=(start + 0.1, start + 3))
        s.check("swallowed", 1.5, start=start, later=(start + 0.3, start + 1.5))
    s.check("move", {"speech": 6, "night": 6, "else": 3}, start=80, end=109)
    return s


@scene
def night_film(r):
    """mpv 8418, jellyfin-androidtv 1434: a loud film at night with dialogue that is understood."""
    s = Scene(75)
    s.add(0, noise(75, -52, 21, -5))
    s.add(0.5, r.talk("demo-instruct", 21.5, -30))
    s.add(22.2, explosion(-8, 1.5, 31))
    s.add(24, r.talk("conf-adminmenu-18", 12, -30, "man"))
    s.add(36.5, r.music("battle-epic", 40, 8, -12))
    s.add(45, r.talk("priv-callee-options", 29, -30))
    dialogue = (12, 22)
    s.check("contained", {"night": 6, "speech": 8, "else": None}, start=22.3, end=23.7,
            before=dialogue)
    s.check("contained", {"night": 6, "speech": 8, "else": None}, start=37, end=44.5,
            before=dialogue)
    s.check("hole", 2, start=24.5, end=28, before=dialogue)
    s.check("hole", {"music": 6, "else": 3}, start=46.5, end=50, before=dialogue)
    s.check("raised", {"night": -6, "speech": -6, "else": -16}, start=12, end=22)
    return s


@scene
def zapping(r):
    """Channels of very different level, every ten seconds."""
    s = Scene(50)
    levels = (-16, -33, -20, -38, -14)
    names = ("demo-instruct", "priv-callee-options", "basic-pbx-ivr-main", "conf-adminmenu-18",
             "demo-instruct")
    for i, (name, level) in enumerate(zip(names, levels)):
        s.add(10 * i + 0.2, r.talk(name, 9.5, level, "man" if i % 2 else "woman"))
    for i in range(1, 5):
        at = 10 * i
        s.check("spread", {"music": None, "film": 14, "else": 10},
                segments=((at + 0.3, at + 3), (at + 6, at + 9.5)))
    return s


@scene
def alarm(r):
    """An alarm of 3 s out of a long silence, then quiet music."""
    s = Scene(75)
    s.add(0, r.music("wanderer", 20, 15, -28))
    for i in range(6):
        s.add(45 + 0.5 * i, ding(-6, 0.5))
    s.add(48.2, r.music("wanderer", 35, 26, -32))
    s.check("hole", {"music": 6, "else": 4}, start=49.5, end=52, before=(60, 74))
    return s
