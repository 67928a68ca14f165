#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Where people write a decimal comma, -1,5 is -1,5: on the command line, in a profile, over OSC, in an
automation file, whatever the locale."""
from stage import Stage, check, finish, write_sound

with Stage() as stage:
    for locale in ("C.UTF-8", "de_DE.UTF-8"):
        environment = stage.environment | {"LC_ALL": locale}
        headroom = stage.run(env=environment)

        def run(*words, where=environment):
            return stage.headroom(*words, env=where)

        done = run("set", "bus/main/limiter/ceiling", "-1,5", "--port", headroom.port)
        check(f"{locale}: command line", done.stdout == "bus/main/limiter/ceiling -1.5 dBTP\n")
        check(f"{locale}: OSC", headroom.ask("/headroom/bus/main/agc/max_boost", "3,25 dB") == [3.25])
        stage.profile("comma", "buses: { main: { limiter: { ceiling: '-2,5' } } }\n")
        done = run("profile", "use", "comma", "--port", headroom.port)
        run("overlay", "clear", "--all", "--port", headroom.port)
        check(f"{locale}: profile", headroom.get("bus/main/limiter/ceiling") == -2.5)
        done = run("set", "bus/main/equaliser/bell_1/frequency", "1,000", "--port", headroom.port)
        check(f"{locale}: thousands are not guessed", done.returncode == 1 and "thousands" in
              done.stderr)
        headroom.finish()
        write_sound(stage.home / "in.wav", 0.2)
        (stage.home / "moves").write_text("0,1 limiter/ceiling -1,5 dB\n", encoding="utf-8")
        done = run("render", "in.wav", f"{locale}.wav", "--set", "agc/target=-20,5", "--automation",
                   "moves")
        check(f"{locale}: render {done.stderr}", done.returncode == 0)
finish()
