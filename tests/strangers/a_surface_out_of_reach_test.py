#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""A profile names a surface and an address that this machine cannot reach: it runs all the same and
says so, and `headroom check` says it before."""
from stage import Stage, check, finish

# No machine is there: a documentation address over a family that may not be there at all.
PROFILE = """\
osc:
  listen: 192.0.2.1
  peers:
    - { address: "2001:db8::30", port: 8000, pattern: /headroom/bus/main, form: norm }
    - { address: 127.0.0.1, port: 8000, pattern: /headroom/bus/main, form: norm }
"""

with Stage() as stage:
    stage.profile("mine", PROFILE)
    checked = stage.headroom("check", "mine")
    check("the profile is valid", checked.returncode == 0)
    headroom = stage.run("--profile", "mine")
    check("it runs", headroom.get("profile") == "mine")
    check("and says which address it has not", "192.0.2.1" in headroom.read())
    if "2001:db8::30" in headroom.read():  # a machine on IPv6 may believe that it gets there
        check("check says it too", "2001:db8::30" in checked.stderr)
    check("and it ends well", headroom.finish() == 0)
finish()
