# SPDX-License-Identifier: GPL-3.0-or-later
"""Commands, options and values that are nearly right."""
from stage import Stage, check, finish

MISTYPED = {
    "statsu": 'there is no command "statsu", did you mean status?',
    "profile nw": 'there is no command "profile nw", did you mean new?',
    "profile": "profile needs a command: list, use,",
    "": "headroom needs a command: run,",
    "run --profil night": "run has no option --profil, did you mean --profile?",
    "measure --jsn x.wav": "measure has no option --jsn, did you mean --json?",
    "help rnu": 'there is no command "rnu", did you mean run?',
    "run --seconds -1": '"-1" is not a time in seconds from 0.001 to 31536000',
    "run --seconds 0": '"0" is not a time in seconds',
    "run --seconds nan": '"nan" is not a time in seconds',
    "run --seconds inf": '"inf" is not a time in seconds',
    "run --seconds 1e10": '"1e10" is not a time in seconds',
    "monitor --json --interval nan": '"nan" is not a time in seconds',
    "run --at-end foo": '"foo" is none of restore and mute',
    "run --backend jack": '"jack" is none of auto, direct, null-sink and smart-filter',
    "run --at-end mtue": "did you mean mute?",
}

with Stage() as stage:
    for words, expected in MISTYPED.items():
        done = stage.headroom(*words.split())
        check(f"headroom {words}: {done.stderr.strip()}", done.returncode == 2
              and expected in done.stderr and len(done.stderr) < 400)
    for words in ("help", "help run", "help profile new", "help help"):
        done = stage.headroom(*words.split())
        check(f"headroom {words}", done.returncode == 0 and "Usage: headroom" in done.stdout
              and words.removeprefix("help").strip() in done.stdout)
finish()
