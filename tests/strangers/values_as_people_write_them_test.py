#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Values and paths are written as people write them: units, a Unicode minus, a decimal comma, words
in capitals, a path by its end."""
from stage import Stage, check, finish

with Stage() as stage:
    headroom = stage.run()

    def after(*words):
        done = stage.headroom(*words, "--port", headroom.port)
        return (done.stdout if done.returncode == 0 else done.stderr).strip()

    for path, value, expected in (
            ("limiter/ceiling", "-3", "bus/main/limiter/ceiling -3.0 dBTP"),
            ("ceiling", "-2 dB", "bus/main/limiter/ceiling -2.0 dBTP"),
            ("bus/main/limiter/ceiling", "\u22121,5 dBTP", "bus/main/limiter/ceiling -1.5 dBTP"),
            ("limiter/release", "0.1s", "bus/main/limiter/release 100.0 ms"),
            ("equaliser/bell_1/frequency", "1 kHz", "bus/main/equaliser/bell_1/frequency 1000 Hz"),
            ("compressor/ratio", "4:1", "bus/main/compressor/ratio 4.00:1"),
            ("agc/on", "OFF", "bus/main/agc/on off"),
            ("agc/on", "yes", "bus/main/agc/on on"),
            ("limiter/mode", "Low", "bus/main/limiter/mode low")):
        got = after("set", path, value)
        check(f"set {path} {value}: {got}", got == expected)
    for path, value, part in (
            ("limiter/ceiling", "nan", "expected a number from -20.0 to 0.0 dBTP, such as -1.0 dBTP"),
            ("limiter/ceiling", "inf", "expected a number"),
            ("limiter/ceiling", "3 ms", "its unit is"),
            ("limiter/mode", "qualty", "did you mean quality?"),
            ("limiter/celing", "-3", "did you mean limiter/ceiling?"),
            ("threshold", "-3", "may mean bus/main/gate/threshold and bus/main/compressor/threshold")):
        got = after("set", path, value)
        check(f"set {path} {value}: {got}", part in got)
    check("get by its end", after("get", "ceiling") == "bus/main/limiter/ceiling -1.5 dBTP")
    check("reset by its end", after("reset", "ceiling") == "bus/main/limiter/ceiling -1.0 dBTP")
    check("bypass in capitals", after("bypass", "ON") == "bypass on")
    check("OSC text", headroom.ask("/headroom/bus/main/limiter/ceiling", "\u22122,5 dB") == [-2.5])
    stage.profile("words", "buses: { main: { agc: { on: No }, limiter: { ceiling: '-1,5 dB', "
                           "release: 0.1 s, mode: Quality } } }\n")
    checked = stage.headroom("check", "words")
    check(f"a profile too: {checked.stderr}", checked.returncode == 0)
finish()
