# SPDX-License-Identifier: GPL-3.0-or-later
"""A headless PipeWire desktop with two sinks, real players, and an ear at each sink.

The players play a tone of -6 dBFS, another one on each side. The profile's limiter holds -20 dBTP
and does nothing else, so what is heard tells by its level whether it is raw, processed, or there
twice, and by its frequency whether the sides are right."""
import array
import math
import os
import subprocess
import sys
import wave
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1] / "strangers"))
from stage import START_S, Stage, check, until

RATE_HZ = 48000
LEFT_HZ, RIGHT_HZ = 440, 660
RAW_DB, PROCESSED_DB, SILENT_DB = -6.0, -20.0, -60.0
TOLERANCE_DB = 0.5     # of a player's own volume and resampling
LISTEN_S = 0.25
FRAME_BYTES = 8        # two samples of 32 bits
PROFILE = """
buses:
  main: { agc: { on: off }, compressor: { on: off }, limiter: { ceiling: -20 dBTP } }
rules:
  - match: { client: "ear-*" }
    route: ignore
  - match: { client: "*" }
    route: main
"""


def write_tones(file, seconds=120):
    second = array.array("h")
    for i in range(RATE_HZ):
        for frequency_hz in (LEFT_HZ, RIGHT_HZ):
            second.append(round(32767 * 10 ** (RAW_DB / 20) *
                                math.sin(2 * math.pi * frequency_hz * i / RATE_HZ)))
    with wave.open(str(file), "wb") as out:
        out.setparams((2, 2, RATE_HZ, 0, "NONE", ""))
        out.writeframes(second.tobytes() * seconds)


def level_db(samples, frequency_hz):
    """Of a sine of that frequency, its peak; -120 for none."""
    turn = 2 * math.pi * frequency_hz / RATE_HZ
    real = sum(x * math.cos(turn * i) for i, x in enumerate(samples))
    imaginary = sum(x * math.sin(turn * i) for i, x in enumerate(samples))
    return 20 * math.log10(max(1e-6, 2 * math.hypot(real, imaginary) / len(samples)))


class Heard:
    """What a sink was sent for LISTEN_S: for each side the level of its own tone, of the other
    side's, and the highest sample, in dB."""

    def __init__(self, samples):
        sides = samples[0::2], samples[1::2]
        self.own = [level_db(side, hz) for side, hz in zip(sides, (LEFT_HZ, RIGHT_HZ))]
        self.other = [level_db(side, hz) for side, hz in zip(sides, (RIGHT_HZ, LEFT_HZ))]
        self.peak = [20 * math.log10(max(1e-6, *map(abs, side))) for side in sides]

    def is_at(self, wanted_db):
        """Both tones at this level, each on its side alone."""
        return (all(abs(level - wanted_db) < TOLERANCE_DB for level in self.own) and
                all(level < wanted_db - 30 for level in self.other))

    def is_silent(self):
        return max(self.peak) < SILENT_DB

    def __str__(self):
        return " / ".join(f"{own:.1f} dB (other side {other:.0f}, peak {peak:.1f})"
                          for own, other, peak in zip(self.own, self.other, self.peak))


class Ear:
    """Hears all that a sink is sent, from its monitor."""

    def __init__(self, desktop, sink):
        name = f"ear-{sink}"
        # A JACK client, which nothing moves.
        self.process = desktop.start(
            "pw-jack", "gst-launch-1.0", "-q", "jackaudiosrc", "name=ear", "connect=none",
            f"client-name={name}", "!", f"audio/x-raw,format=F32LE,channels=2,rate={RATE_HZ}", "!", "fdsink",
            stderr=subprocess.DEVNULL)
        for i, side in enumerate(("FL", "FR"), 1):
            until(lambda i=i, side=side: not desktop.tool(
                "pw-link", f"{sink}:monitor_{side}", f"{name}:in_ear_{i}"), START_S)
        self.read(0.05)

    def read(self, seconds):
        samples = array.array("f")
        samples.frombytes(self.process.stdout.read(int(seconds * RATE_HZ) * FRAME_BYTES))
        return samples

    def catch_up(self):
        """Drops what was sent until now, in whole frames."""
        dropped = 0
        os.set_blocking(self.process.stdout.fileno(), False)
        while data := self.process.stdout.read(1 << 20):
            dropped += len(data)
        os.set_blocking(self.process.stdout.fileno(), True)
        self.process.stdout.read(-dropped % FRAME_BYTES)

    def listen(self, seconds):
        return Heard(self.read(seconds))

    def hear(self):
        self.catch_up()
        return self.listen(LISTEN_S)


class Desktop(Stage):
    SINKS = ("speakers", "headphones")

    def __init__(self):
        super().__init__()
        self.tones = self.folder / "tones.wav"
        write_tones(self.tones)
        self.profile("desktop", PROFILE)
        self.environment["PULSE_SERVER"] = f"unix:{self.runtime}/pulse/native"
        self.start_pipewire()

    def quietly(self, *command):
        return self.start(*command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)

    def tool(self, *command):
        """What a program of the desktop says."""
        return subprocess.run(command, check=False, env=self.environment, stdout=subprocess.PIPE,
                              stderr=subprocess.STDOUT, text=True, timeout=START_S).stdout

    def start_pipewire(self):
        self.pipewire_session()
        self.quietly("pipewire-pulse")
        until((self.runtime / "pulse/native").is_socket, START_S)
        for sink in self.SINKS[1:]:
            self.tool("pactl", "load-module", "module-null-sink", f"sink_name={sink}")
        sinks = self.tool("pactl", "list", "short", "sinks")
        check(f"the sinks are there: {sinks}", all(sink in sinks for sink in self.SINKS))
        self.tool("pactl", "set-default-sink", self.SINKS[0])
        self.ears = {sink: Ear(self, sink) for sink in self.SINKS}

    def play(self, player, device=None):
        """A player that has just been told to play the tones."""
        return self.quietly(*player.command(self.tones, device))

    def hears(self, sink, wanted_db, seconds=6):
        """What is heard at last; at that level, or None for silence."""
        heard = None

        def holds():
            nonlocal heard
            heard = self.ears[sink].hear()
            return heard.is_silent() if wanted_db is None else heard.is_at(wanted_db)
        until(holds, seconds)
        return heard, heard.is_silent() if wanted_db is None else heard.is_at(wanted_db)
