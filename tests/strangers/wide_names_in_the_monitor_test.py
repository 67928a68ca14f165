# SPDX-License-Identifier: GPL-3.0-or-later
"""An application has a Chinese name: the columns of the monitor stay straight."""
from screen import Screen
from stage import PROGRAM, Stage, check, finish, until

NAMES = ("plain", "\u97f3\u697d\u64ad\u653e\u5668", "caf\u00e9")

with Stage() as stage:
    stage.jack_server()
    headroom = stage.run()
    for name in NAMES:
        stage.application(name)
    terminal = stage.terminal(PROGRAM, "monitor", "--port", headroom.port)

    def columns():
        screen = Screen(terminal.read())
        return {name: screen.column_of(row, "main")
                for name in NAMES for row in range(screen.rows)
                if screen.column_of(row, name) >= 0 and screen.column_of(row, "main") >= 0}

    until(lambda: len(columns()) == len(NAMES), 20)
    check(f"all routes stand in one column: {columns()}",
          len(columns()) == len(NAMES) and len(set(columns().values())) == 1)
    if len(columns()) != len(NAMES) or len(set(columns().values())) != 1:
        print("\n".join(Screen(terminal.read()).lines()))
finish()
