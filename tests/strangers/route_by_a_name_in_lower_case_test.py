#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""An application is routed by its name, in capitals or not; what it matches now is said, a name that
nobody has too, and a bad pattern is refused."""
from stage import Stage, check, finish, until

with Stage() as stage:
    headroom = stage.run()

    def run(*words):
        return stage.headroom("route", *words, "--port", headroom.port)

    check("the demo plays", until(lambda: "demo -> main" in run("list").stdout, 10))

    done = run("set", "DEMO", "Bypass")
    check(f"set says what it matches: {done.stdout}", done.returncode == 0 and done.stdout == "demo -> bypass\n")
    check("and it is so", until(lambda: "demo -> bypass" in run("list").stdout, 5))
    done = run("unset", "Demo")
    check("unset in other capitals", done.returncode == 0)
    check("and it is so", until(lambda: "demo -> main" in run("list").stdout, 5))
    done = run("set", "demmo", "bypass")
    check("an unknown name is said", done.returncode == 0 and "no application of that name" in
          done.stdout and "did you mean demo?" in done.stdout)
    for bad in ("[", "/(/", "/*/"):
        done = run("set", bad, "bypass")
        check(f"{bad} is refused", done.returncode == 1 and "pattern" in done.stderr)
    done = run("set", "demo", "phonse")
    check("an unknown bus too", done.returncode == 1 and "there is no bus" in done.stderr)
    listed = stage.headroom("overlay", "list", "--port", headroom.port)
    check("nothing bad is kept", listed.stdout == "route/demmo bypass\n")
finish()
