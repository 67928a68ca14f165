#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Somebody sets a toggle, a pattern, and asks with a pattern: each is answered with what happened."""
from stage import Stage, check, finish

with Stage() as stage:
    file = stage.profile("two", "buses: { main: , phones: }\n")
    headroom = stage.run("--profile", "two")

    def run(*words):
        return stage.headroom(*words, "--port", headroom.port)

    toggled = run("set", "bypass/toggle", "1")
    check("a toggle", toggled.returncode == 0 and toggled.stdout == "bypass on\n")
    all_set = run("set", "bus/*/limiter/ceiling", "-6")
    check("a pattern", all_set.returncode == 0 and all_set.stdout ==
          "bus/main/limiter/ceiling -6.0 dBTP\nbus/phones/limiter/ceiling -6.0 dBTP\n")
    asked = run("get", "bus/*/limiter/c*")
    check("a question", asked.returncode == 0 and asked.stdout == all_set.stdout)
    asked = run("get", "--json", "meter/bus/*/output/true_peak")
    check("meters", asked.returncode == 0 and "meter/bus/phones/output/true_peak" in asked.stdout)
    stepped = run("set", "bus/main/limiter/ceiling/inc", "-1 dB")
    check("a step", stepped.returncode == 0 and stepped.stdout == "bus/main/limiter/ceiling -7.0 dBTP\n")
    reset = run("set", "bus/*/limiter/ceiling/reset", "1")
    check("a reset", reset.returncode == 0 and "bus/phones/limiter/ceiling -1.0 dBTP" in reset.stdout)
    none = run("set", "bus/*/limiter/cieling", "-6")
    check("a pattern of nothing", none.returncode == 1 and "matches nothing" in none.stderr)
    both = run("set", "bus/main/limiter/ceiling=-9", "bus/main/limiter/mode=best")
    check("one that is wrong sets none", both.returncode == 1 and
          headroom.get("bus/main/limiter/ceiling") == -1.0)
finish()
