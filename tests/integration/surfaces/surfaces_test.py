#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""surfaces_test.py HEADROOM: an X32's remote and a monome grid, as peers of the real program."""
import contextlib
import os
import re
import select
import subprocess
import sys
import tempfile
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[2] / "support"))
from checks import check, finish
from raw_osc import bound, message, messages, port_of

DEADLINE_S = 30
HERE = Path(__file__).parent
CEILING, TARGET, BYPASS = "bus/main/limiter/ceiling", "bus/main/agc/target", "bus/main/bypass"


def free_port():
    with bound() as sock:
        return port_of(sock)


class Lines:
    """What a program prints, line by line and never longer awaited than the deadline."""

    def __init__(self, stream):
        self.fd, self.rest = stream.fileno(), ""

    def wait(self, pattern):
        end = time.monotonic() + DEADLINE_S
        while time.monotonic() < end:
            line, newline, rest = self.rest.partition("\n")
            if newline:
                self.rest = rest
                if match := re.search(pattern, line):
                    return match
                continue
            if select.select([self.fd], [], [], 0.2)[0]:
                data = os.read(self.fd, 65536).decode()
                if not data:
                    return None
                self.rest += data
        return None


def start(stack, command, **environment):
    process = stack.enter_context(subprocess.Popen(
        [str(word) for word in command], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
        stderr=subprocess.PIPE, env={**os.environ, **environment}))
    stack.callback(process.terminate)
    return process


class Headroom:
    def __init__(self, stack, program, folder, peer_ports):
        profile = folder / "surfaces.yaml"
        peers = "".join(f"    - {{ address: 127.0.0.1, port: {port}, pattern: /headroom/bus, form: norm }}\n"
                        for port in peer_ports)
        profile.write_text("osc:\n  peers:\n" + peers)
        process = start(stack, [program, "run", "--no-overlay", "--no-query", "--no-announce",
                                "--osc-port", 0, "--profile", profile], XDG_STATE_HOME=str(folder))
        said = Lines(process.stderr).wait(r"OSC on 127.0.0.1:(\d+)")
        if not said:
            sys.exit("headroom does not run")
        self.port = int(said[1])
        self.sock = bound()

    def value(self, path, *new):
        """Of a parameter in its own unit, after setting it where a new one is given."""
        self.sock.sendto(message("/headroom/" + path, *new), ("127.0.0.1", self.port))
        if not select.select([self.sock], [], [], DEADLINE_S)[0]:
            return None
        return next(messages(self.sock.recv(2048)))[1][0]

    def becomes(self, path, value):
        end = time.monotonic() + DEADLINE_S
        while time.monotonic() < end:
            if abs(self.value(path) - value) < 1e-3:
                return True
            time.sleep(0.02)
        return False


def x32(stack, headroom, port):
    remote = start(stack, [HERE / "x32_client.py", headroom.port, port, CEILING, TARGET,
                           "--buttons", BYPASS])
    told = Lines(remote.stdout)

    def do(line):
        remote.stdin.write(line.encode() + b"\n")
        remote.stdin.flush()

    do("ask 0")
    check("a question without type tags is answered", told.wait(r"^fader 0 0\.95"))
    do("fader 0 0.5")
    check("a fader sets from 0 to 1", headroom.becomes(CEILING, -10.0))
    check("and is confirmed", told.wait(r"^fader 0 0\.5000"))
    do("button 0 1")
    check("a button sets 1", headroom.becomes(BYPASS, 1))
    check("and its lamp lights", told.wait("^button 0 1"))
    do("button 0 0")
    check("a button sets 0", headroom.becomes(BYPASS, 0))
    headroom.value(CEILING, -20.0)
    check("a motor follows what others set", told.wait(r"^fader 0 0\.0000"))
    headroom.value(TARGET, -23.0)
    check("each its own", told.wait(r"^fader 1 "))


def monome(stack, headroom, port):
    """The grid, and the daemon that finds it."""
    daemon, grid = bound(), bound()
    stack.callback(daemon.close)
    stack.callback(grid.close)
    start(stack, [HERE / "monome_client.py", headroom.port, port, port_of(daemon), CEILING, TARGET])

    def hear(sock, wanted):
        end = time.monotonic() + DEADLINE_S
        while time.monotonic() < end:
            if select.select([sock], [], [], 0.2)[0]:
                for heard in messages(sock.recv(2048)):
                    if heard[0] == wanted[0] and heard[1][:len(wanted) - 1] == list(wanted[1:]):
                        return heard[1]
        return None

    client = ("127.0.0.1", hear(daemon, ("/serialosc/list", "127.0.0.1"))[1])
    daemon.sendto(message("/serialosc/device", "m0001", "monome 64", port_of(grid)), client)
    grid_client = ("127.0.0.1", hear(grid, ("/sys/port",))[0])
    check("the grid is told where to send", grid_client == client and hear(grid, ("/sys/host",)))
    prefix = hear(grid, ("/sys/prefix",))[0]
    hear(grid, ("/sys/info",))
    grid.sendto(message("/sys/size", 8, 8), grid_client)

    def lights(x, count):
        return hear(grid, (prefix + "/grid/led/col", x, 0, (0xff << (8 - count)) & 0xff))

    check("the columns show the values", hear(grid, (prefix + "/grid/led/col", 0)))
    grid.sendto(message(prefix + "/grid/key", 0, 7, 1), grid_client)
    grid.sendto(message(prefix + "/grid/key", 0, 7, 0), grid_client)
    check("the lowest key sets the least value", headroom.becomes(CEILING, -20.0))
    check("and one light stays", lights(0, 1))
    grid.sendto(message(prefix + "/grid/key", 0, 0, 1), grid_client)
    check("the highest key sets the most", headroom.becomes(CEILING, 0.0))
    check("and all light up", lights(0, 8))
    headroom.value(CEILING, -20.0 + 20.0 * 3 / 7)
    check("the lights follow what others set", lights(0, 4))


def main():
    with contextlib.ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        ports = free_port(), free_port()
        headroom = Headroom(stack, sys.argv[1], folder, ports)
        x32(stack, headroom, ports[0])
        monome(stack, headroom, ports[1])
    finish()


if __name__ == "__main__":
    main()
