# SPDX-License-Identifier: GPL-3.0-or-later
"""The window is closed while headroom runs in it; a service and nohup have no window."""
import signal
import subprocess

from stage import PROGRAM, Stage, check, finish, until

RUN = (PROGRAM, "run", "--no-announce", "--osc-port", "0")

with Stage() as stage:
    stage.jack_server()
    stage.application()
    terminal = stage.terminal(*RUN)
    check("headroom takes the application",
          terminal.shows("tone -> main") and until(lambda: stage.links("tone:output1") ==
                                                   ["headroom:main_in_1"], 10))
    terminal.close()
    took = terminal.ends(3)
    check(f"it ends with its terminal: {took}", took is not None)
    check("and gives the application back", stage.links("tone:output1") == ["system:playback_1"])

    # Both streams elsewhere: the terminal is still what it was started in.
    terminal = stage.terminal(*RUN, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    until(lambda: stage.links("tone:output1") == ["headroom:main_in_1"], 10)
    terminal.close()
    check("without output on it too", terminal.ends(3) is not None)

    headroom = stage.run(start_new_session=True)
    headroom.process.send_signal(signal.SIGHUP)
    check("without a terminal SIGHUP reads the profile again",
          until(lambda: "read again" in headroom.read(), 5) and headroom.poll() is None)
    headroom.process.terminate()
    headroom.process.wait(5)

    terminal = stage.terminal("nohup", *RUN)
    until(lambda: stage.links("tone:output1") == ["headroom:main_in_1"], 10)
    terminal.close()
    check("nohup outlives its terminal", terminal.ends(1) is None)
finish()
