# SPDX-License-Identifier: GPL-3.0-or-later
"""A mistake in the profile is saved while the live block is drawn: the message stays, whole, and
leaves no stale lines of the block."""
import time

from screen import Screen
from stage import PROGRAM, Stage, check, finish, until

GOOD = "buses: { main: { limiter: { ceiling: -2 } } }\n"
MISTAKE = "buses: { main: { limiter: { mode: sparkling_and_quite_long_a_word_for_a_mode } } }\n"
MESSAGE = "expected one of low normal quality"

with Stage() as stage:
    stage.jack_server()
    file = stage.profile("mine", GOOD)
    for columns in (80, 60):
        file.write_text(GOOD, encoding="utf-8")
        terminal = stage.terminal(PROGRAM, "run", "--no-announce", "--osc-port", "0", "--profile",
                                  "mine", rows=30, columns=columns)
        check(f"{columns} columns: the block", terminal.shows("LUFS"))
        file.write_text(MISTAKE, encoding="utf-8")
        seen = until(lambda: MESSAGE in
                     " ".join(Screen(terminal.read(), 30, columns).text().split()), 10)
        time.sleep(1)  # ten frames of the block
        screen = Screen(terminal.read(), 30, columns)
        check("the message is whole", seen and MESSAGE in " ".join(screen.text().split()))
        blocks = sum("LUFS" in line for line in screen.lines())
        check(f"one block is on the screen: {blocks}", blocks == 1)
        terminal.process.terminate()
        terminal.ends(5)
        if blocks != 1 or not seen:
            print("\n".join(screen.lines()))
finish()
