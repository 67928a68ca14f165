#!/usr/bin/python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Writes seeds for the fuzz targets: packets in the shapes that real controllers send, the shipped
profiles and maps, headers of sound files.

  make_seeds.py FOLDER    fills a folder for each fuzz_NAME.cpp
"""
import io
import pathlib
import struct
import sys
import wave


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
    message("/headroom/history", "si", "main", 3),
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


SOURCES = pathlib.Path(__file__).parents[2]
YAML = [file.read_bytes() for folder in ("profiles", "controllers")
        for file in sorted((SOURCES / "presets" / folder).glob("*.yaml"))]
RULES = [b"""buses: { main: {}, chat: { channels: mono, sink: "headset*" } }
rules:
  - { match: { client: ["Fire*", "/^mpv(-[0-9]+)?$/"], not: { media: Music } }, route: main, strip: on }
  - { match: { channels: "3+" }, route: bypass, sink: "hdmi*" }
osc: { allow: [192.168.1.0/24], peers: [{ address: 10.0.0.2, port: 9000 }] }
midi: { bindings: [ { control: cc 7, target: bus/main/agc/target, range: [-30, -10] } ] }
"""]
STATE = [b'"bus/main/limiter/ceiling": "-3"\n"route/Firefox": "bypass"\n"midi/cc 1/7": "bypass"\n',
         b"restore\nmpv\tmpv:out_1\tsystem:playback_1\nmpv\n", b"mute\nmpv\tmpv:out_1"]
MIDI = [bytes(m) for m in ((0xB0, 7, 64), (0x90, 60, 127), (0xE0, 0, 64), (0xB0, 99, 1),
                           (0xF0, 0, 0, 0x66, 0x14, 0x12, 0, 65, 0xF7), (0xC0, 1), (0xF8,))]
QUERIES = [b"/headroom?VALUE", b"/?HOST_INFO", b"/headroom/bus/main/limiter/ceiling?RANGE", b"/",
           b'{"COMMAND": "LISTEN", "DATA": "/headroom/bus/main/limiter/ceiling"}',
           b'{"COMMAND": "IGNORE", "DATA": "/headroom/bypass"}']
SESSION = [message("/reply", "ssss", "/nsm/server/announce", "welcome", "Manager", ":server_control:"),
           message("/error", "sis", "/nsm/server/announce", -1, "no"),
           message("/nsm/client/open", "sss", "/home/x/session/h", "Song", "nABCD"),
           message("/nsm/client/save"), message("/nsm/client/session_is_loaded")]
CONTROL = [message("/headroom/profile", "s", "night"), message("/headroom/profile/list"),
           message("/headroom/profile/reload"), message("/headroom/overlay/clear"),
           message("/headroom/route/mpv", "s", "bypass"), message("/headroom/route/mpv"),
           message("/headroom/midi/learn", "s", CEILING), message("/headroom/midi/forget", "s", CEILING),
           message("/headroom/midi/list"), message("/headroom/overlay")]


def sounds():
    """Short files with whole headers, behind the byte that chooses the extension."""
    wav = io.BytesIO()
    with wave.open(wav, "wb") as out:
        out.setnchannels(2)
        out.setsampwidth(2)
        out.setframerate(48000)
        out.writeframes(bytes(range(64)) * 4)
    body = wav.getvalue()
    extensible = struct.pack("<HHIIHHHHI", 0xFFFE, 6, 48000, 576000, 12, 16, 22, 16, 0x3F) + \
        bytes.fromhex("0100000000001000800000aa00389b71")
    aiff = b"COMM" + struct.pack(">IhIh", 18, 2, 8, 16) + bytes.fromhex("400ebb80000000000000") + \
        b"SSND" + struct.pack(">III", 40, 0, 0) + bytes(32)
    return [b"\0" + body, b"\0" + b"RIFF\xff\xff\xff\xffWAVE" + body[12:],
            b"\0" + b"RIFF" + struct.pack("<I", 60) + b"WAVEfmt " + struct.pack("<I", 40) + extensible +
            b"data" + struct.pack("<I", 24) + bytes(24),
            b"\4" + b"FORM" + struct.pack(">I", 4 + len(aiff)) + b"AIFF" + aiff,
            b"\1fLaC\0\0\0\x22" + bytes.fromhex("10001000000000000000bb8002f000000008") + bytes(16),
            b"\2OggS\0\2" + bytes(20) + b"\1\x1e\1vorbis" + bytes(23),
            b"\2OggS\0\2" + bytes(20) + b"\1\x13OpusHead\1\2" + bytes(9),
            b"\3\xff\xfb\x90\x00" + bytes(413) + b"\xff\xfb\x90\x00" + bytes(413)]


def main():
    root = pathlib.Path(sys.argv[1])
    parts = lambda packets: [struct.pack(">H", len(p)) + p for p in packets]  # noqa: E731
    framed, control, turns = parts(PACKETS), parts(CONTROL), parts(MIDI)
    sets = {
        "packet": PACKETS,
        "pattern": [p.encode() for p in PATTERNS],
        "dispatcher": framed + [b"".join(framed[i::7]) for i in range(7)],
        "stream": [struct.pack(">I", len(p)) + p for p in PACKETS[:12]] +
                  [b"\xc0" + p.replace(b"\xdb", b"\xdb\xdd").replace(b"\xc0", b"\xdb\xdc") +
                   b"\xc0" for p in PACKETS],
    }
    sets |= {
        "profile": YAML + RULES,
        "state": STATE + YAML[:3],
        "automation": [b"0.5 limiter/ceiling -3\n12s agc/target -20 # quieter\n600000f bypass on\n"],
        "audio": sounds(),
        "session_manager": parts(SESSION) + [b"".join(parts(SESSION))],
        "query": parts(QUERIES) + [b"".join(parts(QUERIES))],
        "program": [bytes([i]) + b"".join(group) for i in range(3)
                    for group in (framed[::3], control, turns, control + turns + framed[::5])],
    }
    for name, seeds in sets.items():
        folder = root / name
        folder.mkdir(parents=True, exist_ok=True)
        for i, seed in enumerate(seeds):
            (folder / f"seed{i:02}").write_bytes(seed)


main()
