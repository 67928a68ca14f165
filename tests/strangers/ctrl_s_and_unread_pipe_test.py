# SPDX-License-Identifier: GPL-3.0-or-later
"""Nobody takes what headroom prints: Ctrl-S in the terminal, a pipe that is full."""
import fcntl
import os
import re
import subprocess
import time

from stage import PROGRAM, Stage, check, finish, until

RUN = (PROGRAM, "run", "--no-announce", "--osc-port", "0")

with Stage() as stage:
    terminal = stage.terminal(*RUN)
    check("it runs in a terminal", terminal.shows("demo -> main"))
    port = re.findall(r"OSC on 127\.0\.0\.1:(\d+)", terminal.read())[0]
    terminal.press("\x13")  # Ctrl-S
    time.sleep(1)
    done = stage.headroom("set", "--port", port, "bus/main/limiter/ceiling", "-7")
    check(f"after Ctrl-S it still does what it is asked: {done.stdout}{done.stderr}",
          done.returncode == 0)
    terminal.process.terminate()
    took = terminal.ends(3)
    check(f"and ends on SIGTERM: {took}", took is not None)

    for stream in ("stdout", "stderr"):
        read_end, write_end = os.pipe()
        os.set_blocking(write_end, False)
        fcntl.fcntl(write_end, fcntl.F_SETPIPE_SZ, 4096)
        if stream == "stdout":
            os.write(write_end, b"x" * 4096)
        os.set_blocking(write_end, True)
        process = stage.start(*RUN, **{stream: write_end})
        if stream == "stderr":
            os.set_blocking(write_end, False)
            until(lambda: b"OSC on" in os.read(read_end, 4096), 20)
            os.write(write_end, b"x" * 4096)
            os.set_blocking(write_end, True)
            process.send_signal(20)  # Ctrl-Z: has something to say
        else:
            until(lambda: b"OSC on" in os.read(process.stderr.fileno(), 4096), 20)
        time.sleep(1.5)
        process.terminate()
        try:
            process.wait(3)
        except subprocess.TimeoutExpired:
            pass
        check(f"an unread {stream} holds nothing up", process.poll() is not None)
        os.close(read_end)
        os.close(write_end)
finish()
