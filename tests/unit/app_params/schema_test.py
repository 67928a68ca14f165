#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""schema_test.py HEADROOM PROFILE...: the schema takes what the program takes, and no mistake."""
import json
import subprocess
import sys
import tempfile

import jsonschema
import yaml

MISTAKES = [
    "bypas: on",
    "bypass: maybe",
    "description: [a]",
    "buses: {}",
    "when: {}",
    "when: { time: 22 }",
    "when: { time: 25:00-7:00 }",
    "when: { time: 7:60-8:00 }",
    "when: { sinks: a }",
    "when: { application: [] }",
    "buses: { a/b: {} }",
    "buses: { main: { bypass: { matched: on, on: perhaps } } }",
    "buses: { main: { bypass: { match: on } } }",
    "buses: { main: { listen: to me } }",
    "buses: { main: { agc: off } }",
    "buses: { main: { limiter: { cieling: -1 } } }",
    "buses: { main: { limiter: { ceiling: 1 } } }",
    "buses: { main: { limiter: { ceiling: -21 } } }",
    "buses: { main: { limiter: { ceiling: -1 ms } } }",
    "buses: { main: { limiter: { mode: fast } } }",
    "buses: { main: { channels: 6.1 } }",
    "buses: { main: { channels: [FL, FL] } }",
    "buses: { main: { order: [] } }",
    "buses: { main: { order: [agc, agc] } }",
    "buses: { main: { order: [agc, limiter] } }",
    "buses: { main: { compressor: { sidechain: [talk] } }, talk: }",
    "buses: { main: { insert: { ports: both } } }",
    "rules: main",
    "rules: [{ route: main }]",
    "rules: [{ match: {} }]",
    "rules: [{ match: { clint: a }, route: main }]",
    "rules: [{ match: { client: [] }, route: main }]",
    "rules: [{ match: { channels: 0 }, route: main }]",
    "rules: [{ match: { channels: 3-x }, route: main }]",
    "rules: [{ match: {}, route: main, exclusive: often }]",
    "rules: [{ match: {}, route: main, channels: { a: LEFT } }]",
    "rules: [{ connect: { from: a } }]",
    "midi: { bindings: [{ control: cc 1 }] }",
    "midi: { bindings: [{ control: cd 1, target: bypass }] }",
    "midi: { bindings: [{ control: cc 1, target: bypass, mode: flip }] }",
    "midi: { bindings: [{ control: cc 1, channel: 17, target: bypass }] }",
    "midi: { bindings: [{ control: cc 1, target: bypass, range: [1] }] }",
    "midi: { indicators: [{ source: bypass }] }",
    "midi: { labels: [{ lines: [strip/1/name], width: 7 }] }",
    "midi: { labels: [{ lines: [strip/1/name], width: 0, send: F0 00 text F7 }] }",
    "midi: { start: [xyz] }",
    "osc: { alow: 10.0.0.0/8 }",
    "osc: { peers: [{ port: 9000 }] }",
    "osc: { peers: [{ address: 10.0.0.1, port: 0 }] }",
    "osc: { peers: [{ address: 10.0.0.1, rate: 61 }] }",
    "osc: { peers: [{ address: 10.0.0.1, form: loud }] }",
    "osc: { peers: [{ address: 10.0.0.1, read_only: maybe }] }",
    "osc: { local: nobody }",
]

GOOD = [
    "bypass: off",
    "when: { sink: '*headphones*', time: 22:00-07:00, application: [zoom, 'teams*'] }",
    "when: { time: [9-9:30, 18:00 - 24:00] }",
    "buses: { main: { bypass: on } }",
    "buses: { main: { bypass: { on: yes, matched: on }, listen: difference } }",
    "buses: { main: , film: { channels: 5.1, agc: { target: -18 lufs, on: true } } }",
    "buses: { main: { channels: [FL, FR], limiter: { ceiling: -1.5dBTP, mode: low } } }",
    "buses: { main: { compressor: { ratio: '2.5:1', mix: 50 % } } }",
    "rules: [{ name: a, match: { client: [a, 'b*'], not: { port: c } }, route: main }]",
    "buses: { main: { order: [compressor, agc] } }",
    "buses: { main: { order: equaliser } }",
    "buses: { main: { limiter: { ceiling: '-1,5 dB', release: 0.1 s, soft: yes } } }",
    "buses: { main: { agc: { on: no }, equaliser: { bell_1: { frequency: 1.5 kHz } } } }",
    "rules: []",
    "rules: [{ match: { channels: [2, 3-6, 8+], binary: mpv, any: [{ media: Movie }],"
    " all: { pretty: 'x*' } }, route: [main], exclusive: on,"
    " channels: { a: FL, 'b*': none } }]",
    "rules: [{ match: { client: daw }, route: bypass, sink: 'usb*' }]",
    "rules: [{ name: mic, connect: { from: 'mic:capture_*', to: main } }]",
    "midi: { bindings: [{ control: cc 7, channel: 1, strips: 8, target: 'strip/*/trim',"
    " range: [-40 dB, 0], takeover: scale, curve: exponential, feedback: same, touch: note 1 }],"
    " indicators: [{ source: 'meter/strip/*/peak', strips: 8, send: pressure, range: [-60, 0],"
    " values: [0, 12], display: plain }], start: [F0 7D 01 F7],"
    " labels: [{ lines: ['strip/*/name', 'strip/*/trim'], strips: 8, step: 7, place: 0, width: 7,"
    " send: F0 00 place text F7 }] }",
    "midi: { bindings: [{ control: program 3, target: profile/night, mode: trigger },"
    " { control: note 4, target: route/firefox, route: bypass,"
    " feedback: { send: cc 1, channel: 2, values: [0, 127] } },"
    " { control: note 5, target: bypass, mode: trigger, value: on }] }",
    "osc: { listen: 10.0.0.1, allow: [10.0.0.0/8, '::1'], read_only: 10.0.0.7 }",
    "osc: { listen: 10.0.0.1, write: [10.0.0.0/8, '::1'], local: everyone }",
    "osc: { peers: [{ address: 10.0.0.1, port: 1, pattern: /headroom/bus, rate: 60, form: norm,"
    " read_only: on }, { address: 10.0.0.2, read_only: false }] }",
    "buses: { main: { compressor: { sidechain: talk, ratio: 4 } }, talk: }",
    "buses: { main: { compressor: { sidechain: } } }",
    "buses: { main: { compressor: { sidechain: ports }, insert: { ports: on, on: off } } }",
]


class Yaml12Loader(yaml.SafeLoader):
    """As editors read it: only true and false are booleans, not on, off, yes and no."""


Yaml12Loader.yaml_implicit_resolvers = {
    first: [(tag, regexp) for tag, regexp in resolvers
            if tag != "tag:yaml.org,2002:bool" or first in "tTfF"]
    for first, resolvers in yaml.SafeLoader.yaml_implicit_resolvers.items()}

headroom, *profiles = sys.argv[1:]
schema = json.loads(subprocess.check_output([headroom, "params", "--schema"]))
jsonschema.Draft7Validator.check_schema(schema)
validator = jsonschema.Draft7Validator(schema)


def accepted_by_program(text):
    with tempfile.NamedTemporaryFile(suffix=".yaml") as file:
        file.write(text.encode())
        file.flush()
        return subprocess.run([headroom, "check", file.name], stdout=subprocess.DEVNULL,
                              stderr=subprocess.DEVNULL, check=False).returncode == 0


failures = 0


def hold(text, expected, name):
    global failures
    by_schema = validator.is_valid(yaml.load(text, Loader=Yaml12Loader))
    by_program = accepted_by_program(text)
    if by_schema != expected or by_program != expected:
        failures += 1
        print(f"{name}: expected {expected}, schema says {by_schema}, program {by_program}")


for path in profiles:
    with open(path, encoding="utf-8") as file:
        hold(file.read(), True, path)
for text in GOOD:
    # Without rules the standard rules need the bus main, which all of these have.
    hold(text, True, text)
for text in MISTAKES:
    hold(text, False, text)
print(f"{len(profiles)} profiles, {len(GOOD)} more, {len(MISTAKES)} mistakes: {failures} failures")
sys.exit(failures != 0 or not profiles)
