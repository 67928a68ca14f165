# SPDX-License-Identifier: GPL-3.0-or-later
"""Terminals that are small, or know nothing, and names that are wide."""
import signal

from stage import PROGRAM, Stage, check, finish

with Stage() as stage:
    headroom = stage.run()
    monitor = (PROGRAM, "monitor", "--port", headroom.port)
    terminal = stage.terminal(*monitor, rows=10, columns=40)
    check("at 40x10 there is room for an application", terminal.shows("demo"))
    terminal.press("q")
    check("q ends it", terminal.ends(5) is not None)

    terminal = stage.terminal(*monitor)
    check("the keys name the way back to the rules", terminal.shows("u rule"))
    terminal.press("?")
    check("its help is whole at 80x24", terminal.shows("20 dB high"))
    check("no line of it is cut", all(word in terminal.read() for word in
                                      ("target of the AGC", "last 30 seconds", "use the route of")))
    terminal.press("xq")
    terminal.ends(5)

    for name in ("dumb", "no-such-terminal"):
        terminal = stage.terminal(*monitor, env=stage.environment | {"TERM": name})
        check(f"TERM={name}: plain lines", terminal.shows(r"main: in .*demo -> main\r?\n", 20)
              and "\x1b" not in terminal.read())
        terminal.process.terminate()

    headroom.ask("/headroom/route/demo", "bypass")
    terminal = stage.terminal(*monitor)
    check("the application is bypassed", terminal.shows("bypass"))
    terminal.press("u")
    check("u gives it back to its rule",
          terminal.shows("zzz", 1) is None and headroom.ask("/headroom/route/demo")[0] == "main")
    terminal.press("q")

    run = (PROGRAM, "run", "--no-announce", "--osc-port", "0")
    terminal = stage.terminal(*run, env=stage.environment | {"TERM": "dumb"})
    check("run prints lines there", terminal.shows(r"main: in .*callback")
          and "\x1b" not in terminal.read())
    terminal.process.send_signal(signal.SIGTERM)
    check("and ends", terminal.ends(5) is not None)
    check("silence is -inf", "-120.0" not in terminal.read())
finish()
