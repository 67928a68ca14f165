# SPDX-License-Identifier: GPL-3.0-or-later
"""Speech: in rooms, in films, in calls."""
import numpy as np

from scene import BREAK, EVENT, RISE, SPREAD, Scene, scene
from sounds import RATE, ding, explosion, keys, noise, ramped, room, shot

PHRASES = ("vm-opts", "queue-periodic-announce", "vm-review", "demo-enterkeywords", "vm-newuser",
           "vm-forwardoptions", "dir-usingkeypad", "confbridge-lock-extended")


def pauses(r, floor_lufs, pauses_s, level_lufs=-22.0):
    """Speech without a pause for half a minute, then phrases of it after pauses."""
    talk = [r.phrase(p, level_lufs) for p in PHRASES]
    lengths = [len(p) / RATE for p in talk]
    total = 0.3 * 6 + sum(lengths[:6]) + sum(pauses_s) + sum(lengths[2:2 + len(pauses_s)]) + 1.5
    s = Scene(total)
    if floor_lufs is not None:
        s.add(0, room(total, floor_lufs, 1))
    at, first = 0.3, []
    for phrase in talk[:6]:
        first.append(at)
        at = s.add(at, phrase) + 0.3
    s.check("move", {"music": 3, "else": 4}, start=first[2], end=at)
    for i, pause in enumerate(pauses_s):
        start = at + pause - 0.3
        s.check("onset", 1.5, start=start, length=lengths[2 + i], like=first[2 + i])
        if floor_lufs is not None and pause >= 3:
            s.check("rise", RISE, start=start - pause + 0.7, end=start - 0.2,
                    since=(start - pause - 3, start - pause - 0.2))
        at = s.add(start, talk[2 + i]) + 0.3
    return s


@scene
def pauses_short_65(r):
    return pauses(r, -65, (1, 1.5, 2, 2.5))


@scene
def pauses_short_52(r):
    return pauses(r, -52, (1, 1.5, 2, 2.5))


@scene
def pauses_digital(r):
    return pauses(r, None, (1, 3, 6, 9))


@scene
def pauses_long_60(r):
    return pauses(r, -60, (3, 5, 8, 10))


@scene
def pauses_long_48(r):
    return pauses(r, -48, (3, 5, 8, 10))


@scene
def pauses_quiet_talk(r):
    return pauses(r, -62, (2, 4, 6, 8), -32)


@scene
def two_speakers(r):
    """One near and one far from the microphone, 10 dB apart."""
    s = Scene(62)
    s.add(0, room(62, -62, 2))
    far = ("confbridge-lock-extended", "vm-record-prepend", "agent-alreadyon",
           "dictate/enter_filename")
    at, turns = 0.3, []
    for i in range(9):
        phrase = r.phrase(PHRASES[i // 2 % 4], -20) if i % 2 == 0 else \
            r.phrase(far[i // 2 % 4], -30, "man")
        end = s.add(at, phrase)
        turns.append((at, end))
        at = end + 0.35
    s.check("spread", {"speech": 4, "night": 5, "film": 8, "music": None, "else": 6},
            segments=turns[3:])
    return s.cut(at + 0.5)


@scene
def film_explosion(r):
    s = Scene(50)
    s.add(0, noise(50, -52, 3, -5))
    s.add(0.5, r.talk("demo-instruct", 21.5, -30))
    s.add(22.2, explosion(-8, 1.5, 30))
    s.add(23.9, r.talk("conf-adminmenu-18", 24, -30, "man"))
    before = (12, 22)
    s.check("hole", 2, start=24.4, end=25.9, before=before)
    s.check("hole", 2, start=26, end=30, before=before)
    s.check("contained", EVENT, start=22.3, end=23.7, before=before)
    s.check("impact", {"speech": None, "night": None, "film": 5, "music": 8, "else": 3},
            start=22.2, end=23.7, before=before)
    return s


@scene
def film_action(r):
    s = Scene(62)
    s.add(0, noise(62, -52, 4, -5))
    s.add(0.5, r.talk("demo-instruct", 21.5, -30))
    s.add(22.2, r.music("battle-epic", 40, 8, -13))
    for i in range(6):
        s.add(22.5 + 1.2 * i, shot(-9, 40 + i))
    s.add(30.7, r.talk("priv-callee-options", 30, -30))
    before = (12, 22)
    s.check("hole", {"music": 6, "else": 4}, start=31.7, end=33.7, before=before)
    s.check("hole", {"music": 5, "else": 2}, start=34, end=38, before=before)
    s.check("contained", EVENT, start=22.7, end=30.2, before=before)
    return s


@scene
def ding_speech(r):
    s = Scene(46)
    s.add(0, room(46, -62, 5))
    s.add(0.3, r.talk("demo-instruct", 45, -24))
    for at in (20, 32):
        s.add(at, ding(-8, 0.5))
        s.check("hole", 2, start=at + 0.9, end=at + 2.4, before=(at - 6, at - 0.2))
    return s


@scene
def ad_break(r):
    s = Scene(90)
    s.add(0, noise(30, -50, 6, -5))
    s.add(0.3, r.talk("demo-instruct", 29.5, -27))
    s.add(30, r.music("frantic", 20, 20, -20.5))
    s.add(30.2, r.talk("basic-pbx-ivr-main", 19.5, -19))
    s.add(50, noise(40, -50, 7, -5))
    s.add(50.3, r.talk("priv-callee-options", 39.5, -27))
    s.check("spread", SPREAD, segments=((15, 30), (33, 50), (58, 89)))
    s.check("spread", BREAK, segments=((15, 30), (30.3, 32)))
    s.check("spread", BREAK, segments=((15, 30), (52, 56)))
    return s


@scene
def podcast(r):
    s = Scene(74)
    s.add(0, ramped(r.music("knalgan_theme", 5, 16, -14), 8, 9, -22))
    s.add(0, room(74, -66, 10))
    s.add(9, r.talk("demo-instruct", 50, -24))
    s.add(60, r.music("knalgan_theme", 30, 13.5, -14))
    s.check("spread", SPREAD, segments=((2, 8), (22, 59), (63, 73)))
    s.check("spread", {"music": None, "film": 8, "else": 6}, segments=((10, 13), (30, 59)),
            natural=True)
    return s


@scene
def call_keys(r):
    s = Scene(76)
    s.add(0, room(76, -60, 11))
    at, first = 0.3, []
    for name in PHRASES[:6]:
        first.append(at)
        at = s.add(at, r.phrase(name, -26)) + 0.3
    for i, pause in enumerate((4, 6, 8)):
        s.add(at, keys(pause - 0.5, -40, 70 + i))
        s.check("rise", RISE, start=at + 0.7, end=at + pause - 0.5, since=(first[4], at - 0.4))
        phrase = r.phrase(PHRASES[2 + i], -26)
        s.check("onset", 1.5, start=at + pause, length=len(phrase) / RATE, like=first[2 + i])
        at = s.add(at + pause, phrase) + 0.3
    return s.cut(at + 0.5)


@scene
def start_quiet(r):
    s = Scene(40)
    s.add(0, room(40, -66, 13))
    s.add(0.1, r.talk("demo-instruct", 39.5, -34))
    s.check("spread", {"music": None, "film": 7, "else": 5}, segments=((1, 4), (20, 39)),
            natural=True)
    return s


@scene
def surround(r):
    """5.1: dialogue in the middle, an explosion all around."""
    s = Scene(46, 6)
    front, centre, low, back = (0, 1), (2,), (3,), (4, 5)
    s.add(0, noise(46, -54, 16, -5), front)
    s.add(0, noise(46, -57, 17, -5), back)
    s.add(0.5, r.talk("demo-instruct", 19.5, -26)[:, :1] * 10 ** (3 / 20), centre)
    s.add(20.5, explosion(-12, 1.5, 80), front)
    s.add(20.5, explosion(-14, 1.5, 81), back)
    s.add(20.5, explosion(-20, 1.5, 82)[:, :1], low)
    s.add(22.3, r.talk("conf-adminmenu-18", 23, -26, "man")[:, :1] * 10 ** (3 / 20), centre)
    s.check("hole", 2, start=22.8, end=24.3, before=(10, 20))
    s.check("contained", EVENT, start=20.6, end=22, before=(10, 20))
    s.check("image", 0.2, start=1, end=45)
    return s


@scene
def stereo_image(r):
    s = Scene(30)
    s.add(0, room(30, -58, 18))
    s.add(0.3, r.talk("demo-instruct", 29, -24) * np.array([1, 0.3]))
    s.add(4, r.talk("conf-adminmenu-18", 22, -28, "man") * np.array([0.25, 1]))
    s.add(15, shot(-8, 90) * np.array([1, 0.1]))
    s.check("image", 0.2, start=1, end=29)
    return s
