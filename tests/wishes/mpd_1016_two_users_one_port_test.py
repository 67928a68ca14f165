#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""MPD 1016: two users of one machine each want the service's usual port. The second one's headroom
takes a port of its own, says who has the usual one, and his commands find it."""
import os
import signal
import socket
import time

from stage import Stage, check, finish
import second_user

USUAL = 9140


def hold_the_usual_port():
    """What another user's headroom does with it, for as long as this test lasts."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as udp, socket.socket() as tcp:
        udp.bind(("127.0.0.1", USUAL))
        tcp.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        tcp.bind(("127.0.0.1", USUAL))
        tcp.listen()
        time.sleep(100)


with Stage() as stage:
    file = stage.runtime / "headroom/port"
    if second_user.is_possible():
        other, _ = second_user.start(hold_the_usual_port)
        time.sleep(0.5)
        doctor = stage.headroom("doctor")
        check("doctor names the other user", "the user nobody uses port 9140" in doctor.stdout)
        mine = stage.run(port=None)
        check("the second one's takes another port", mine.port != USUAL)
        check("and says who has the usual one", "the user nobody has" in mine.read())
        check("its commands find it", stage.headroom("get", "bus/main/limiter/ceiling").returncode == 0)
        check("and so does doctor", f"headroom uses port {mine.port}" in stage.headroom("doctor").stdout)
        given = stage.headroom("run", "--osc-port", USUAL, "--seconds", 1)
        check("who insists on the usual port hears who has it",
              given.returncode != 0 and "nobody" in given.stderr)
        check("it ends well", mine.finish() == 0)
        os.kill(other, signal.SIGKILL)
        os.waitpid(other, 0)

    mine = stage.run(port=None)
    check("a free usual port is taken", mine.port == USUAL)
    check("the file that tells it is the user's own", file.read_text() == f"{USUAL}\n"
          and file.stat().st_mode & 0o777 == 0o600 and file.parent.stat().st_mode & 0o777 == 0o700)
    again = stage.headroom("run", "--seconds", 1)
    check("a second one of the same user says so",
          again.returncode != 0 and "another headroom" in again.stderr)
    beside = stage.run(port=0)
    check("unless a port is given", beside.port not in (0, USUAL))
    check("the first one still has the file", file.read_text() == f"{USUAL}\n")
    check("the other one ends well", beside.finish() == 0)
    check("and leaves it", file.exists())
    check("it ends well", mine.finish() == 0)
    check("and takes the file away", not file.exists())

    file.write_text("9\n", encoding="utf-8")  # as a crash leaves it
    stale = stage.headroom("get", "bus/main/limiter/ceiling")
    check("misleads nobody", stale.returncode == 1)
    after = stage.run(port=0)
    check("and is replaced", file.read_text() == f"{after.port}\n")
    check("found", stage.headroom("get", "bus/main/limiter/ceiling").returncode == 0)
finish()
