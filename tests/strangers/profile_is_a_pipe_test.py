#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""A profile, overlay or automation file is a pipe, a device or a socket: it is refused at once, the
program answers on and ends when it is asked to."""
import os
import socket

from stage import Stage, check, finish, write_sound

with Stage() as stage:
    pipe = stage.home / "pipe.yaml"
    os.mkfifo(pipe)
    held = socket.socket(socket.AF_UNIX)
    held.bind(str(stage.home / "socket.yaml"))
    for name in ("./pipe.yaml", "./socket.yaml", "/dev/zero", "/"):
        checked = stage.headroom("check", name, timeout=10)
        check(f"{name} is refused", checked.returncode == 1 and "it is a" in checked.stderr)
    state = stage.home / ".local/state/headroom"
    state.mkdir(parents=True)
    os.mkfifo(state / "overlay")
    headroom = stage.run()
    folder = stage.home / ".config/headroom/profiles"
    folder.mkdir(parents=True)
    os.mkfifo(folder / "mine.yaml")
    used = stage.headroom("profile", "use", "mine", "--port", headroom.port, timeout=10)
    check("use says what is wrong", used.returncode == 1 and "it is a pipe" in used.stderr)
    check("it answers on", headroom.round_trip_s() < 0.5)
    check("and ends", headroom.finish() == 0)
    write_sound(stage.home / "in.wav", 0.2)
    rendered = stage.headroom("render", "in.wav", "out.wav", "--automation", "pipe.yaml",
                              timeout=10)
    check("automation too", rendered.returncode == 1 and "it is a pipe" in rendered.stderr)
finish()
