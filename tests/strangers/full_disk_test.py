# SPDX-License-Identifier: GPL-3.0-or-later
"""The disk with HOME is full: a change while it runs, `profile new`, `render`, a layout."""
import os
import subprocess
import sys

from stage import PROGRAM, Stage, check, finish, until, write_sound

SIZE = 2 << 20

if "inside" not in sys.argv:  # mounting needs a namespace of its own
    os.execvp("unshare", ["unshare", "--user", "--map-root-user", "--mount", sys.executable,
                          __file__, PROGRAM, "inside"])

with Stage() as stage:
    subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={SIZE}", "tmpfs", stage.home], check=True)
    stage.callback(subprocess.run, ["umount", "-l", stage.home], check=True)
    sound = stage.folder / "in.wav"
    write_sound(sound, seconds=2)
    stage.jack_server()
    headroom = stage.run()
    filler = stage.home / "filler"

    with open(filler, "wb", buffering=0) as file:
        try:
            while file.write(bytes(4096)):
                pass
        except OSError:
            pass
    headroom.ask("/headroom/bus/main/limiter/ceiling", -7.0)
    check("a change that cannot be saved is reported",
          until(lambda: "cannot be saved" in headroom.read(), 5))
    check("and applies", "-7" in stage.headroom("get", "bus/main/limiter/ceiling", "--port",
                                                headroom.port).stdout)
    for words, left in (("profile new mine", ".config/headroom/profiles/mine.yaml"),
                        (f"render {sound} out.wav", "out.wav"),
                        (f"render {sound} out.flac", "out.flac"),
                        (f"render {sound} {stage.folder}/out.wav --plot out.svg", "out.svg"),
                        ("layout touchosc --profile night", "headroom.tosc")):
        done = stage.headroom(*words.split())
        check(f"{words} fails: {done.stdout}{done.stderr}", done.returncode == 1
              and ("No space left" in done.stderr or "cannot" in done.stderr))
        check("and leaves nothing", not (stage.home / left).exists())
    filler.unlink()
    check("when there is room again, the change is saved", until(
        lambda: "limiter/ceiling\t-7" in (stage.home / ".local/state/headroom/overlay").read_text()
        if (stage.home / ".local/state/headroom/overlay").exists() else False, 20))
    headroom.finish()
finish()
