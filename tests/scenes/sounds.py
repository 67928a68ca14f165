# SPDX-License-Identifier: GPL-3.0-or-later
"""What scenes are made of: voices and music of Debian packages, noise and effects from formulas.

Audio is an array of frames x channels at 48 kHz. Levels are LUFS (ITU-R BS.1770).
"""
import subprocess
from pathlib import Path

import numpy as np
import scipy.ndimage
import scipy.signal

RATE = 48000


def seconds(count):
    return int(round(count * RATE))


def k_weighted(audio, rate=RATE):
    """The two filters of BS.1770, by the bilinear transform of their analogue prototypes."""
    def section(frequency, quality, high, band, low):
        k = np.tan(np.pi * frequency / rate)
        a = np.array([1 + k / quality + k * k, 2 * (k * k - 1), 1 - k / quality + k * k])
        b = np.array([high + band * k / quality + low * k * k, 2 * (low * k * k - high),
                      high - band * k / quality + low * k * k])
        return b / a[0], a / a[0]

    gain = 10 ** (3.999843853973347 / 20)
    b, a = section(1681.974450955533, 0.7071752369554196, gain, gain ** 0.4996667741545416, 1)
    audio = scipy.signal.lfilter(b, a, audio, axis=0)
    _, a = section(38.13547087602444, 0.5003270373238773, 1, 0, 0)
    return scipy.signal.lfilter([1.0, -2.0, 1.0], a, audio, axis=0)


def lufs(power):
    return 10 * np.log10(np.maximum(power, 1e-15)) - 0.691


def integrated_lufs(audio):
    """With both gates; all channels weigh 1."""
    power = np.sum(k_weighted(audio) ** 2, axis=1)
    count = len(power) // 4800
    if count < 4:
        return lufs(power.mean())
    blocks = np.convolve(power[:count * 4800].reshape(count, -1).mean(axis=1), np.ones(4) / 4, "valid")
    blocks = blocks[lufs(blocks) > -70]
    return lufs(blocks[blocks > 0.1 * blocks.mean()].mean()) if len(blocks) else -120.0


def at(audio, level_lufs):
    """The audio at that integrated loudness."""
    return audio * 10 ** ((level_lufs - integrated_lufs(audio)) / 20)


def at_mean(audio, level_lufs):
    """The audio at that loudness without gates: for effects."""
    power = np.sum(k_weighted(audio) ** 2, axis=1).mean()
    return audio * 10 ** ((level_lufs - lufs(power)) / 20)


def faded(audio, fade_s=0.01):
    n = min(seconds(fade_s), len(audio) // 2)
    ramp = (0.5 - 0.5 * np.cos(np.pi * np.arange(n) / n))[:, None]
    audio = audio.copy()
    audio[:n] *= ramp
    audio[len(audio) - n:] *= ramp[::-1]
    return audio


def ramped(audio, start_s, end_s, change_db):
    """A straight line in dB from start to end, the change from there on."""
    t = np.arange(len(audio)) / RATE
    gain_db = change_db * np.clip((t - start_s) / (end_s - start_s), 0, 1)
    return audio * 10 ** (gain_db / 20)[:, None]


class Recordings:
    """Voices and music out of packages that fetch.sh has unpacked into a folder."""

    VOICES = {"woman": ("asterisk-core-sounds-en-g722", "en_US_f_Allison"),
              "man": ("asterisk-core-sounds-it-g722", "it_IT_m_Carlo")}
    MUSIC = "wesnoth-1.16-music"
    PACKAGES = [package for package, _ in VOICES.values()] + [MUSIC]

    def __init__(self, folder):
        self.folder = Path(folder)

    def decoded(self, file, *options):
        command = ["ffmpeg", "-v", "error", *options, "-i", file, "-f", "f32le", "-ac", "2", "-ar",
                   str(RATE), "-"]
        raw = subprocess.run(list(map(str, command)), check=True, stdout=subprocess.PIPE).stdout
        return np.frombuffer(raw, "<f4").reshape(-1, 2).astype(float)

    def phrase(self, name, level_lufs, voice="woman"):
        """A prompt without the silence around it."""
        package, speaker = self.VOICES[voice]
        audio = self.decoded(self.folder / package / "usr/share/asterisk/sounds" / speaker /
                             f"{name}.g722")
        level = scipy.ndimage.uniform_filter1d(np.abs(audio[:, 0]), 480)
        loud = np.flatnonzero(level > 0.03 * level.max())
        part = audio[max(0, loud[0] - seconds(0.01)):loud[-1] + seconds(0.05)]
        return faded(at(part, level_lufs), 0.005)

    def talk(self, name, length_s, level_lufs, voice="woman"):
        """A prompt, again and again, cut."""
        audio = once = self.phrase(name, level_lufs, voice)
        while len(audio) < seconds(length_s):
            audio = np.concatenate([audio, np.zeros((seconds(1 / 3), 2)), once])
        return faded(at(audio[:seconds(length_s)], level_lufs), 0.02)

    def music(self, name, start_s, length_s, level_lufs):
        file = self.folder / self.MUSIC / f"usr/share/games/wesnoth/1.16/data/core/music/{name}.ogg"
        return faded(at(self.decoded(file, "-ss", start_s, "-t", length_s), level_lufs), 0.02)


def noise(length_s, level_lufs, seed, tilt=-3.0):
    """Steady noise, stereo, with a slope in dB an octave. Repeats after 11 s."""
    period = 1 << 19
    spectrum = np.fft.rfft(np.random.default_rng(seed).standard_normal((period, 2)), axis=0)
    frequency = np.fft.rfftfreq(period, 1 / RATE)
    shape = (np.maximum(frequency, 40.0) / 1000.0) ** (tilt / 6.0206) * (frequency >= 20.0)
    once = np.fft.irfft(spectrum * shape[:, None], period, axis=0)
    return np.resize(at_mean(once, level_lufs), (seconds(length_s), 2))


def room(length_s, level_lufs, seed):
    return noise(length_s, level_lufs, seed, -4.0)


def ding(level_lufs, length_s=0.6):
    t = np.arange(seconds(length_s)) / RATE
    partials = ((880, 1.0, 6), (1320, 0.7, 8), (2640, 0.3, 14))
    tone = sum(a * np.sin(2 * np.pi * f * t) * np.exp(-t * d) for f, a, d in partials)
    return at_mean(faded(np.column_stack([tone, tone]), 0.002), level_lufs)


def explosion(level_lufs, length_s, seed):
    t = np.arange(seconds(length_s)) / RATE
    body = noise(length_s, -20, seed, -9.0) + 0.4 * noise(length_s, -20, seed + 1)
    shape = np.minimum(t / 0.004, 1.0) * np.exp(-1.2 * t / length_s)
    return at_mean(faded(body * shape[:, None], 0.002), level_lufs)


def shot(level_lufs, seed, length_s=0.25):
    t = np.arange(seconds(length_s)) / RATE
    burst = np.random.default_rng(seed).standard_normal((len(t), 2))
    return at_mean(faded(burst * np.exp(-t / 0.04)[:, None], 0.001), level_lufs)


def keys(length_s, level_lufs, seed):
    """Somebody types near the microphone, six keys a second."""
    random = np.random.default_rng(seed)
    out = np.zeros((seconds(length_s), 2))
    band = scipy.signal.butter(2, [1500, 7000], "bandpass", fs=RATE, output="sos")
    decay = np.exp(-np.arange(seconds(0.03)) / seconds(0.004))
    at_s = 0.1
    while at_s < length_s - 0.1:
        key = scipy.signal.sosfilt(band, random.standard_normal(len(decay)) * decay)
        first = seconds(at_s)
        out[first:first + len(key)] += (key * random.uniform(0.5, 1.0))[:, None]
        at_s += random.exponential(1 / 6) + 0.04
    return at_mean(out, level_lufs)
