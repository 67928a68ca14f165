# SPDX-License-Identifier: GPL-3.0-or-later
"""What a listener would say of a scene: checks of what came out against what went in.

Gain is output less input, in loudness over the same time. A check is its kind, its limit for each
intent, and the times that it is about. The kinds:

  onset      a phrase after a pause: gain of its first 200 ms less that of its next 1.2 s, against the
             same phrase without a pause; dB either way
  swallowed  the same without a comparison; dB
  move       range of the gain over 3 s windows of steady programme; dB
  rise       gain in a pause less gain before it; dB
  hiss       gain of what is no programme; dB
  hole       gain before an event less gain after it; dB
  contained  loudness of an event over the programme before it; LU
  impact     the same from its first moment on, at least the limit: effects keep some
  blast      loudness over the target; LU
  spread     difference of loudness of segments, "natural" less that of the input; LU
  keep       share of the difference between loud and quiet that is left, at least the limit
  level      distance from the target; LU
  raised     loudness of a quiet source over the target, at least the limit; LU
  back       cut that is left long after a loud programme; dB
  step       change of the gain over a pause of the same programme; dB
  image      difference of the gains of channels in 9 of 10 steps of 10 ms; dB
  peak       true peak over the ceiling, 0.1 in every scene; dB
"""
import numpy as np
import scipy.signal

import sounds

TICKS = 100  # a second
AT_LEAST = ("impact", "keep", "raised")
EITHER_WAY = ("onset", "level", "step")


class Sound:
    """Mean squares in steps of 10 ms, weighted and plain."""

    def __init__(self, audio):
        weights = np.ones(audio.shape[1])
        if audio.shape[1] == 6:
            weights[3:] = (0.0, 1.41, 1.41)
        step = sounds.RATE // TICKS
        self.count = len(audio) // step
        mean = lambda x: x[:self.count * step].reshape(self.count, step, -1).mean(axis=1)
        self.power = mean(sounds.k_weighted(audio) ** 2) @ weights
        self.channels = mean(audio ** 2)

    def part(self, start, end):
        return slice(max(0, round(start * TICKS)), min(self.count, round(end * TICKS)))

    def plain(self, start, end):
        return sounds.lufs(self.power[self.part(start, end)].mean())

    def active(self, start, end):
        """Which steps are programme: within 10 LU of the mean."""
        power = self.power[self.part(start, end)]
        blocks = np.convolve(power, np.ones(40) / 40, "same")
        return blocks > 0.1 * blocks.mean()

    def gated(self, start, end, active=None):
        active = self.active(start, end) if active is None else active
        return sounds.lufs(self.power[self.part(start, end)][active].mean())


class Pair:
    """A scene before and after the chain."""

    def __init__(self, before, after, target):
        self.before, self.after, self.target = before, after, target

    def gain(self, start, end):
        return self.after.plain(start, end) - self.before.plain(start, end)

    def programme_gain(self, start, end):
        active = self.before.active(start, end)
        return self.after.gated(start, end, active) - self.before.gated(start, end, active)

    def over(self, start, end, before):
        return self.after.plain(start, end) - self.after.gated(*before)

    def onset(self, start, length, like):
        end = min(1.4, length)
        shape = lambda at: self.gain(at, at + 0.2) - self.gain(at + 0.2, at + end)
        return shape(start) - shape(like)

    def swallowed(self, start, later):
        return self.gain(*later) - self.gain(start, start + 0.2)

    def move(self, start, end):
        gains = [self.programme_gain(at, at + 3.0) for at in np.arange(start, end - 2.9, 1.0)]
        return max(gains) - min(gains)

    def rise(self, start, end, since):
        return self.gain(start, end) - self.programme_gain(*since)

    def hiss(self, start, end):
        return self.gain(start, end)

    def hole(self, start, end, before):
        return self.programme_gain(*before) - self.programme_gain(start, end)

    contained = impact = over

    def blast(self, start, end):
        return self.after.plain(start, end) - self.target

    def spread(self, segments, natural=False):
        if natural:
            levels = [self.programme_gain(*segment) for segment in segments]
        else:
            levels = [self.after.gated(*s, self.before.active(*s)) for s in segments]
        return max(levels) - min(levels)

    def keep(self, loud, quiet):
        contrast = lambda sound: sound.gated(*loud) - sound.gated(*quiet)
        return contrast(self.after) / contrast(self.before)

    def level(self, start, end):
        return self.after.gated(start, end) - self.target

    def raised(self, start, end):
        return self.after.gated(start, end, self.before.active(start, end)) - self.target

    def back(self, start, end):
        return -self.programme_gain(start, end)

    def step(self, before, after):
        return self.programme_gain(*after) - self.programme_gain(*before)

    def image(self, start, end):
        part = self.before.part(start, end)
        before = self.before.channels[part]
        gains = 10 * np.log10((self.after.channels[part] + 1e-15) / (before + 1e-15))
        heard = before > 1e-6  # well over the noise
        gains = np.where(heard, gains, np.nan)[heard.sum(axis=1) >= 2]
        return np.percentile(np.nanmax(gains, axis=1) - np.nanmin(gains, axis=1), 90)


def true_peak_db(audio):
    """Eight times oversampled around the highest samples."""
    block, margin = 4096, 64
    peak = 0.0
    for channel in audio.T:
        padded = np.pad(channel, margin)
        highest = np.maximum.reduceat(np.abs(channel), np.arange(0, len(channel), block))
        peak = max(peak, highest.max())
        for index in np.argsort(highest)[-20:]:
            part = padded[index * block:(index + 1) * block + 2 * margin]
            fine = scipy.signal.resample_poly(part, 8, 1, window=("kaiser", 8.0))
            peak = max(peak, np.abs(fine[4 * margin:-4 * margin]).max())
    return 20 * np.log10(peak + 1e-12)


def limit_for(limit, intent):
    """A limit is a figure, or one for each intent and "else". None: nothing is expected."""
    return limit.get(intent, limit.get("else")) if isinstance(limit, dict) else limit


def aligned(before, after):
    """Takes a constant delay of the output up to half a second out."""
    loudest = int(np.argmax(np.abs(before).sum(axis=1)))
    first = max(0, min(loudest, len(before) - 5 * sounds.RATE))
    part = lambda x: np.diff(x[first:first + 5 * sounds.RATE].sum(axis=1))
    cross = scipy.signal.correlate(part(after), part(before), method="fft")
    middle, reach = len(part(before)) - 1, sounds.RATE // 2
    delay = int(np.argmax(cross[middle:middle + reach]))
    out = np.zeros_like(before)
    rest = after[delay:delay + len(before)]
    out[:len(rest)] = rest
    return out


def judged(scene, after, intent, target, ceiling):
    """Rows of (kind, when, value, limit, holds) of the checks that the intent has limits for."""
    pair = Pair(Sound(scene.audio), Sound(after), target)
    rows = []
    for kind, limit, what in scene.checks:
        limit = limit_for(limit, intent)
        if limit is None:
            continue
        value = float(getattr(pair, kind)(**what))
        holds = value >= limit if kind in AT_LEAST else \
            (abs(value) if kind in EITHER_WAY else value) <= limit
        when = what.get("start", what.get("segments", what.get("after", [0]))[-1]
                        if "start" not in what else 0)
        rows.append((kind, when, value, limit, holds))
    over = true_peak_db(after) - ceiling
    rows.append(("peak", 0.0, over, 0.1, over <= 0.1))
    return rows
