#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""SIGHUP means "read the profile again" in every state of the program, and never ends it: before it is
ready, while it reads, with a broken profile, after the profile has gone, while it ends."""
import signal
import subprocess
import time

from stage import PROGRAM, Stage, check, finish, until


def handles_hangup(process):
    """It has got as far as to take signals; before, nobody can."""
    with open(f"/proc/{process.pid}/status", encoding="utf-8") as about:
        lines = dict(line.split(":\t", 1) for line in about if ":\t" in line)
    bit = 1 << (signal.SIGHUP - 1)
    return any(int(lines[name], 16) & bit for name in ("SigBlk", "SigIgn", "SigCgt"))


with Stage() as stage:
    file = stage.profile("mine", "buses: { main: { limiter: { ceiling: -2 } } }\n")
    early = stage.start(PROGRAM, "run", "--profile", "mine", "--no-announce", "--osc-port", 0,
                        stderr=subprocess.STDOUT, stdout=subprocess.DEVNULL)
    check("it takes signals", until(lambda: handles_hangup(early), 10))
    deadline = time.monotonic() + 3
    while time.monotonic() < deadline and early.poll() is None:
        early.send_signal(signal.SIGHUP)
        time.sleep(0.005)
    check("before it is ready", early.poll() is None)
    early.send_signal(signal.SIGTERM)
    check("and it ends", until(lambda: early.poll() is not None, 10) and early.returncode == 0)

    headroom = stage.run("--profile", "mine")
    for n in range(200):
        headroom.process.send_signal(signal.SIGHUP)
        if n % 20 == 0:
            file.write_text(f"buses: {{ main: {{ limiter: {{ ceiling: -{2 + n // 20} }} }} }}\n",
                            encoding="utf-8")
    check("during a reload", until(lambda: headroom.get("bus/main/limiter/ceiling") == -11.0, 5))
    file.write_text("buses: [", encoding="utf-8")
    headroom.process.send_signal(signal.SIGHUP)
    check("with a broken profile", until(lambda: "the running profile stays" in headroom.read(), 5)
          and headroom.get("bus/main/limiter/ceiling") == -11.0)
    file.unlink()
    headroom.process.send_signal(signal.SIGHUP)
    check("without the file", headroom.get("bus/main/limiter/ceiling") == -11.0)
    headroom.process.send_signal(signal.SIGTERM)
    for _ in range(100):
        if headroom.poll() is None:
            headroom.process.send_signal(signal.SIGHUP)
    check("while it ends", until(lambda: headroom.poll() is not None, 10) and headroom.poll() == 0)
finish()
