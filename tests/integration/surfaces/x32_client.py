#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""x32_client.py HEADROOM_PORT OWN_PORT FADER... [--buttons BUTTON...]

A surface that speaks as remotes of the Behringer X32 do: faders from 0 to 1, buttons as 0 and 1,
questions without type tags, /xremote every ten seconds and no other subscription, everything from
one port. Headroom tells it of changes because its profile names it as a peer with the form norm.

Reads "fader N VALUE", "button N VALUE" and "ask N" from its input, and prints "fader N VALUE" and
"button N VALUE" whenever it is told to move a motor or to light a lamp.
"""
import argparse
import select
import sys
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[2] / "support"))
from raw_osc import bound, message, messages, question

XREMOTE_S = 10


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("headroom", type=int)
    parser.add_argument("port", type=int)
    parser.add_argument("faders", nargs="+")
    parser.add_argument("--buttons", nargs="*", default=[])
    args = parser.parse_args()
    addresses = [f"/headroom/{path}/norm" for path in args.faders + args.buttons]
    desk = bound(args.port)

    def send(packet):
        desk.sendto(packet, ("127.0.0.1", args.headroom))

    def obey(line):
        command, number, *value = line.split()
        at = int(number)
        if command == "fader":
            send(message(addresses[at], float(value[0])))
        elif command == "button":
            send(message(addresses[len(args.faders) + at], int(value[0])))
        else:
            send(question(addresses[at]))

    def show(address, arguments):
        if address not in addresses:
            return  # of no control of ours, an error, or a sign of life
        at = addresses.index(address)
        if at < len(args.faders):
            print(f"fader {at} {arguments[0]:.4f}", flush=True)
        else:
            print(f"button {at - len(args.faders)} {int(arguments[0] >= 0.5)}", flush=True)

    renewed = -XREMOTE_S
    while True:
        if time.monotonic() - renewed >= XREMOTE_S:
            send(question("/xremote"))
            renewed = time.monotonic()
        ready, _, _ = select.select([desk, sys.stdin], [], [], 1)
        if desk in ready:
            for heard in messages(desk.recv(2048)):
                show(*heard)
        if sys.stdin in ready:
            line = sys.stdin.readline()
            if not line:
                return
            obey(line)


if __name__ == "__main__":
    main()
