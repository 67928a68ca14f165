#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""The overlay is a folder, or holds what is no value: the program starts, says what is not kept, and
lists what has no effect as such, without raw bytes."""
from stage import Stage, check, finish, until

with Stage() as stage:
    overlay = stage.home / ".local/state/headroom/overlay"
    overlay.mkdir(parents=True)
    (overlay / "keep").write_text("mine", encoding="utf-8")
    headroom = stage.run()
    headroom.ask("/headroom/bus/main/limiter/ceiling", -2.0)
    check("it says so", until(lambda: "cannot be saved" in headroom.read(), 5))
    headroom.finish()
    check("the folder stays", (overlay / "keep").is_file())
    (overlay / "keep").unlink()
    overlay.rmdir()
    overlay.write_bytes(b"bus/main/limiter/ceiling\tl\xffud%1B[2J\nbus/main/limiter/mode\tlow\n"
                        b"bus/rear/limiter/ceiling\t-3\n# end 3\n")
    headroom = stage.run()
    listed = stage.headroom("overlay", "list", "--port", headroom.port, text=False)
    check("no raw bytes", b"\xff" not in listed.stdout and b"\x1b" not in listed.stdout)
    check("what is no value", b"(not in effect: it is no value)" in listed.stdout)
    check("what has no bus", b"-3 (not in effect: the profile has no such bus)" in listed.stdout)
    check("what holds", b"bus/main/limiter/mode low\n" in listed.stdout)
finish()
