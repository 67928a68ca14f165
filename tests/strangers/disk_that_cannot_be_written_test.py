#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""What is changed while the disk cannot be written is kept when it can again, and both are told;
`profile new` on a full disk leaves nothing behind and fails."""
import resource
import signal

from stage import Stage, check, finish, until


def with_full_disk():
    signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (64, 64))


with Stage() as stage:
    made = stage.headroom("profile", "new", "mine", preexec_fn=with_full_disk)
    check("profile new fails", made.returncode == 1 and "cannot be written" in made.stderr)
    folder = stage.home / ".config/headroom/profiles"
    check("and leaves nothing", not folder.exists() or not list(folder.iterdir()))
    state = stage.home / ".local/state"
    headroom = stage.run()
    headroom.ask("/headroom/bus/main/limiter/ceiling", -2.0)
    check("kept while all is well", until(lambda: (state / "headroom/overlay").exists(), 5))
    (state / "headroom").rename(state / "aside")
    (state / "headroom").write_text("no folder", encoding="utf-8")
    headroom.ask("/headroom/bus/main/limiter/ceiling", -7.0)
    check("a failure is told", until(lambda: "cannot be saved" in headroom.read(), 5))
    told = stage.headroom("status", "--port", headroom.port)
    check("in status too", "cannot be saved" in told.stdout)
    (state / "headroom").unlink()
    (state / "aside").rename(state / "headroom")
    check("it is tried again", until(
        lambda: "limiter/ceiling\t-7" in (state / "headroom/overlay").read_text()
        if (state / "headroom/overlay").exists() else False, 15))
    check("and that is told", until(lambda: "kept again" in headroom.read(), 5))
    mode = (state / "headroom/overlay").stat().st_mode & 0o777
    check(f"for the owner alone: {mode:o}", mode == 0o600)
finish()
