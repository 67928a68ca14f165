# SPDX-License-Identifier: GPL-3.0-or-later
"""The program has no descriptors left and clients wait to connect: the listener span at 60 % of a
processor."""
import os
import resource
import time

from stage import Stage, check, finish

CLIENTS, SECONDS = 80, 2


def cpu_s(pid):
    with open(f"/proc/{pid}/stat", encoding="ascii") as file:
        fields = file.read().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


with Stage() as stage:
    headroom = stage.run()
    open_now = len(os.listdir(f"/proc/{headroom.process.pid}/fd"))
    resource.prlimit(headroom.process.pid, resource.RLIMIT_NOFILE, (open_now + 4, open_now + 4))
    time.sleep(1)
    before = cpu_s(headroom.process.pid)
    time.sleep(SECONDS)
    idle = cpu_s(headroom.process.pid) - before
    clients = [headroom.tcp() for _ in range(CLIENTS)]
    before = cpu_s(headroom.process.pid)
    time.sleep(SECONDS)
    busy = cpu_s(headroom.process.pid) - before
    print(f"idle {idle / SECONDS:.0%}, with clients waiting {busy / SECONDS:.0%}")
    check("it does not spin", busy < idle + 0.15 * SECONDS)
    check("it answers", headroom.ask("/headroom/alive"))
finish()
