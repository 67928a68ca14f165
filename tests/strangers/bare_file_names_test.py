# SPDX-License-Identifier: GPL-3.0-or-later
"""Sound files by their bare names, in the folder one is in; then one in a folder that is not there."""
from stage import Stage, check, finish, write_sound

with Stage() as stage:
    write_sound(stage.home / "in.wav")
    for out in ("out.flac", "out.wav", "./other.wav"):
        done = stage.headroom("render", "in.wav", out)
        check(f"render in.wav {out}: {done.stderr}", done.returncode == 0 and (stage.home / out).exists())
    done = stage.headroom("render", "in.wav", "again.wav", "--plot", "picture.svg")
    check("a picture by its bare name", done.returncode == 0 and (stage.home / "picture.svg").exists())
    for missing in ("no/such/out.wav", stage.home / "absent/out.flac"):
        done = stage.headroom("render", "in.wav", missing)
        check(f"{missing}: the folder that is missing is named: {done.stderr}", done.returncode == 1
              and "there is no folder" in done.stderr and "mkdir" in done.stderr)
        check("and is not made", not (stage.home / missing).parent.exists())
    done = stage.headroom("render", "--to", "new", "in.wav")
    check("--to makes its folder", done.returncode == 0 and (stage.home / "new/in.wav").exists())
finish()
