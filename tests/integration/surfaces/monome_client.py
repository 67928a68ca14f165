#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""monome_client.py HEADROOM_PORT OWN_PORT SERIALOSC_PORT PATH...

Makes faders of the columns of a monome grid, one for each path such as bus/main/limiter/ceiling: a
key sets the value, the lights below it show the value. Speaks serialosc with the grid, by
https://monome.org/docs/serialosc/osc/, and plain OSC with headroom, whose profile names this port
as a peer with the form norm.
"""
import select
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[2] / "support"))
from raw_osc import bound, message, messages, port_of

PREFIX = "/faders"


def main():
    headroom, own_port, serialosc = map(int, sys.argv[1:4])
    addresses = [f"/headroom/{path}/norm" for path in sys.argv[4:]]
    surface, grid_side = bound(own_port), bound()
    grid, height = None, 8

    def to_grid(*words):
        grid_side.sendto(message(*words), ("127.0.0.1", grid))

    def meet(port):
        nonlocal grid
        grid = port
        to_grid("/sys/port", port_of(grid_side))
        to_grid("/sys/host", "127.0.0.1")
        to_grid("/sys/prefix", PREFIX)
        to_grid("/sys/info")
        for address in addresses:
            surface.sendto(message(address), ("127.0.0.1", headroom))

    def from_grid(address, arguments):
        nonlocal height
        if address == "/serialosc/device":
            meet(arguments[2])
        elif address == "/sys/size":
            height = arguments[1]
        elif address == PREFIX + "/grid/key":
            x, y, pressed = arguments
            if pressed and x < len(addresses):
                value = (height - 1 - y) / (height - 1)
                surface.sendto(message(addresses[x], value), ("127.0.0.1", headroom))

    def from_headroom(address, arguments):
        if grid is None or address not in addresses:
            return
        lit = 1 + round(arguments[0] * (height - 1))
        column = sum(1 << y for y in range(height - lit, height))
        to_grid(PREFIX + "/grid/led/col", addresses.index(address), 0, column)

    grid_side.sendto(message("/serialosc/list", "127.0.0.1", port_of(grid_side)),
                     ("127.0.0.1", serialosc))
    while True:
        ready, _, _ = select.select([surface, grid_side, sys.stdin], [], [])
        for side, take in ((grid_side, from_grid), (surface, from_headroom)):
            if side in ready:
                for heard in messages(side.recv(2048)):
                    take(*heard)
        if sys.stdin in ready and not sys.stdin.readline():
            return


if __name__ == "__main__":
    main()
