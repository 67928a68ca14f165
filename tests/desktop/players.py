# SPDX-License-Identifier: GPL-3.0-or-later
"""Players of Debian, each by each of the ways in which it can play."""
from dataclasses import dataclass
from typing import Callable


@dataclass
class Player:
    command: Callable[[str, str], list]  # of a file, and a device or None
    chooses_device: bool = True
    is_jack: bool = False                # a JACK client, which PipeWire does not move


def mpv(output, prefix=()):
    def command(file, device):
        chosen = [f"--audio-device={output}/{device}"] if device else []
        return [*prefix, "mpv", "--no-config", "--no-video", f"--ao={output}", *chosen, str(file)]
    return command


def gst(sink, device_property, prefix=()):
    def command(file, device):
        chosen = [f"{device_property}={device}"] if device else []
        return [*prefix, "gst-launch-1.0", "filesrc", f"location={file}", "!", "wavparse", "!",
                "audioconvert", "!", "audioresample", "!", sink, *chosen]
    return command


def through(program, *options):
    """A player that is told nothing but what to play."""
    return lambda file, device: [program, *options, str(file)]


PLAYERS = {
    "mpv-pipewire": Player(mpv("pipewire")),
    "mpv-pulse": Player(mpv("pulse")),
    "mpv-alsa": Player(mpv("alsa"), chooses_device=False),
    "mpv-jack": Player(mpv("jack", ["pw-jack"]), chooses_device=False, is_jack=True),
    "gst-pulsesink": Player(gst("pulsesink", "device")),
    "gst-pipewiresink": Player(gst("pipewiresink", "target-object")),
    "gst-alsasink": Player(gst("alsasink", "device"), chooses_device=False),
    "gst-jackaudiosink": Player(gst("jackaudiosink", "", ["pw-jack"]), chooses_device=False,
                                is_jack=True),
    "ffplay": Player(through("ffplay", "-nodisp", "-loglevel", "quiet"), chooses_device=False),
    "chromium": Player(through("chromium", "--headless=new", "--no-sandbox", "--disable-gpu",
                               "--autoplay-policy=no-user-gesture-required"), chooses_device=False),
    "ecasound-jack": Player(lambda file, device: ["pw-jack", "ecasound", "-q", "-i", str(file),
                                                  "-o", "jack,system"], chooses_device=False,
                            is_jack=True),
    "pw-cat": Player(lambda file, device: ["pw-cat", "-p", *(["--target", device] if device else []),
                                           str(file)]),
    "paplay": Player(lambda file, device: ["paplay", *([f"--device={device}"] if device else []),
                                           str(file)]),
}
