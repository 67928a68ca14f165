# SPDX-License-Identifier: GPL-3.0-or-later
"""Keys that stop or kill a program in a terminal: Ctrl-Z, Ctrl-\\, and Ctrl-C on `midi learn`."""
import signal
import time

from stage import PROGRAM, Stage, check, finish, until

RUN = (PROGRAM, "run", "--no-announce", "--osc-port", "0")


def is_stopped(process):
    with open(f"/proc/{process.pid}/stat", encoding="utf-8") as stat:
        return stat.read().rpartition(")")[2].split()[0] == "T"


with Stage() as stage:
    stage.jack_server()
    stage.application()
    terminal = stage.terminal(*RUN)
    taken = lambda: stage.links("tone:output1") == ["headroom:main_in_1"]
    check("headroom takes the application", until(taken, 20))
    terminal.press("\x1a")
    check("Ctrl-Z is refused, and it says why", terminal.shows("Ctrl-Z is refused", 3))
    check("it goes on", not is_stopped(terminal.process) and until(taken, 5))
    terminal.press("\x1c")
    took = terminal.ends(3)
    check(f"Ctrl-\\ ends it as Ctrl-C does: {took}, {terminal.process.returncode}",
          took is not None and terminal.process.returncode == 0)
    check("the application is given back", stage.links("tone:output1") == ["system:playback_1"])

    headroom = stage.run()
    for wanted in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        learning = stage.start(PROGRAM, "midi", "learn", "--port", headroom.port,
                               "bus/main/limiter/ceiling")
        until(lambda: headroom.ask("/headroom/midi/learn")[0], 10)
        learning.send_signal(wanted)
        learning.wait(3)
        time.sleep(0.1)
        check(f"{wanted.name} on midi learn: nothing is learned any more",
              headroom.ask("/headroom/midi/learn")[0] == "" and learning.returncode == 1)
finish()
