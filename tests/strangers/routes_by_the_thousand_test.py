# SPDX-License-Identifier: GPL-3.0-or-later
"""A peer sets the routes of thousands of applications; another asks. All rules were made anew for
each of them, and nobody was answered for minutes."""
# ctest: RUN_SERIAL TRUE
from stage import Stage, bundle, check, finish, message

ROUTES, AT_ONCE = 6000, 16

with Stage() as stage:
    headroom = stage.run()
    worst = 0
    for first in range(0, ROUTES, AT_ONCE):
        headroom.send(bundle(*[message("/headroom/route", f"app{first + i:06}" + "x" * 40, "bypass")
                               for i in range(AT_ONCE)]))
        if first % 256 == 0:
            headroom.heard(0.001)
            worst = max(worst, headroom.round_trip_s())
    print(f"worst {worst * 1e3:.1f} ms")
    check("answered meanwhile", worst < 0.5)
    check("answered after", headroom.round_trip_s() < 0.5)
finish()
