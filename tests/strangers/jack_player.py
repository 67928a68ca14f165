#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""A JACK client of any shape: jack_player.py NAME OUTPUTS INPUTS, driven by lines on stdin:
"link FROM TO", "stop", "start". Answers each, and its start, with "ok" or "no"."""
import ctypes
import sys

JACK = ctypes.CDLL("libjack.so.0")
JACK.jack_client_open.restype = ctypes.c_void_p
JACK.jack_port_register.restype = ctypes.c_void_p
AUDIO, INPUT, OUTPUT, NO_START = b"32 bit float mono audio", 1, 2, 1

name, outputs, inputs = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
client = ctypes.c_void_p(JACK.jack_client_open(name.encode(), NO_START, None))
answers = ["no", "ok"]
# JACK2 waits for clients without a process callback. This one returns 0 for every period of a power
# of two, and needs no interpreter in the process thread.
JACK.jack_set_process_callback(client, ctypes.CDLL("libc.so.6").iswdigit, None)
for count, prefix, flag in ((outputs, "out", OUTPUT), (inputs, "in", INPUT)):
    for i in range(1, count + 1):
        JACK.jack_port_register(client, f"{prefix}_{i}".encode(), AUDIO, ctypes.c_ulong(flag),
                                ctypes.c_ulong(0))
print(answers[JACK.jack_activate(client) == 0], flush=True)
for line in sys.stdin:
    words = line.split()
    if words[0] == "link":
        status = JACK.jack_connect(client, words[1].encode(), words[2].encode())
    else:
        status = (JACK.jack_deactivate if words[0] == "stop" else JACK.jack_activate)(client)
    print(answers[status in (0, 17)], flush=True)
