#!/usr/bin/python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Writes seeds for the fuzz targets: packets in the shapes that real controllers send.

  make_seeds.py FOLDER    fills FOLDER/packet, FOLDER/pattern, FOLDER/dispatcher, FOLDER/stream
"""
import pathlib
import struct
import sys


def padded(data):
    return data + b"\0" * (-len(data) % 4)


def string(text):
    return padded(text.encode() + b"\0")


def message(address, types=None, *values):
    out = string(address)
    if types is None:
        return out
    out += string("," + types)
    for tag, value in zip((t for t in types if t not in "TFNI"), values):
        if tag in "sS":
            out += string(value)
        elif tag == "b":
            out += struct.pack(">I", len(value)) + padded(value)
        else:
            out += struct.pack({"i": ">i", "f": ">f", "d": ">d", "h": ">q", "t": ">Q",
                                "c": ">I"}[tag], value)
    return out


def bundle(*elements, time=1):
    return b"#bundle\0" + struct.pack(">Q", time) + b"".join(
        struct.pack(">I", len(e)) + e for e in elements)


CEILING = "/headroom/bus/main/limiter/ceiling"
PACKETS = [
    # TouchOSC: floats, press and release of a button, strings, colours of labels, bundles.
    message("/1/fader1", "f", 0.5), message("/1/toggle1", "f", 1.0),
    message("/1/xy", "ff", 0.25, 0.75), message("/ping"), message("/1/label1", "s", "-3.0 dB"),
    bundle(message("/1/fader1", "f", 0.5), message("/1/fader1/z", "f", 1.0)),
    # Behringer X32: no type tags, integers for switches, blobs of meters, subscriptions.
    message("/xremote"), message("/info"), message("/ch/01/mix/fader", "f", 0.7498),
    message("/ch/01/mix/on", "i", 1), message("/meters", "si", "/meters/1", 40),
    message("/meters/1", "b", struct.pack("<I8f", 8, *[0.5] * 8)),
    message("/formatsubscribe", "ssiii", "/testme", "/ch/**/mix/on", 1, 32, 10),
    message("/node", "s", "ch/01/mix"),
    # Ardour: strip numbers before values, feedback masks, doubles and truth.
    message("/strip/fader", "if", 1, 0.78), message("/set_surface", "iiii", 8, 31, 8211, 1),
    message("/strip/list"), message("/select/send_gain", "id", 2, -6.0), message("/loop", "T"),
    message("/strip/mute", "iF", 3), message("/position/smpte", "s", "00:01:02:03"),
    message("/heartbeat", "N"), message("/trigger", "I"),
    message("/everything", "ifsbhdtcTFNI", 1, 2.0, "three", b"4444", 5, 6.0, 7, ord("8")),
    # headroom's own.
    bundle(message("/headroom/sent", "d", 12.5), message("/headroom/once", "i", 7),
           bundle(message(CEILING + "/inc", "f", -1.0), time=0xEC00000000000000)),
    message(CEILING, "f", -3.0), message(CEILING), message(CEILING + "/norm", "f", 0.5),
    message(CEILING + "/text", "s", "-1.0 dBTP"), message(CEILING + "/inc", "i", 1),
    message("/headroom/bypass/toggle", "f", 1.0), message("/headroom/bus/*/limiter/{ceiling,mode}"),
    message("/headroom/bus/main/limiter/mode", "s", "quality"),
    message("/headroom/subscribe", "sis", "/headroom/bus", 60, "text"),
    message("/headroom/subscribe", "s", "/headroom/meter"), message("/headroom/unsubscribe"),
    message("/headroom/alive"), message("/headroom/list", "s", "/headroom/bus"),
    message("/headroom/info", "s", CEILING), message("/headroom/get", "is", 7, CEILING),
    message("/headroom/status"), message("/headroom/route"), message("/headroom/route/*"),
    message("/headroom/meters/reset", "s", "main"), message("/headroom/port", "i", 9001),
    message("/headroom/error", "sis", "/a", 1, "b"),
    bundle(message(CEILING, "f", -2.0), message("/headroom/bypass", "T")),
    bundle(bundle(bundle(message(CEILING, "d", -2.0), time=3), time=2), message(CEILING)),
    bundle(message(CEILING, "f", -2.0), time=0xF000000000000000), bundle(),
]
PATTERNS = [
    "/headroom/bus/*/limiter/ceiling\n" + CEILING, "/a?c\n/abc", "/[a-c!]x\n/bx", "/[!a-c]x\n/dx",
    "/{one,two,}*\n/two", "/*a*a*a*a*a*a*a*b\n/aaaaaaaaaaaaaaaaaaaaaa",
    "/{a,aa}{a,aa}{a,aa}b\n/aaaaa", CEILING + "\n" + CEILING,
]


def main():
    root = pathlib.Path(sys.argv[1])
    framed = [struct.pack(">H", len(p)) + p for p in PACKETS]
    sets = {
        "packet": PACKETS,
        "pattern": [p.encode() for p in PATTERNS],
        "dispatcher": framed + [b"".join(framed[i::7]) for i in range(7)],
        "stream": [struct.pack(">I", len(p)) + p for p in PACKETS[:12]] +
                  [b"\xc0" + p.replace(b"\xdb", b"\xdb\xdd").replace(b"\xc0", b"\xdb\xdc") +
                   b"\xc0" for p in PACKETS],
    }
    for name, seeds in sets.items():
        folder = root / name
        folder.mkdir(parents=True, exist_ok=True)
        for i, seed in enumerate(seeds):
            (folder / f"seed{i:02}").write_bytes(seed)


main()
