# SPDX-License-Identifier: GPL-3.0-or-later
"""Completion in a shell that was not prepared for it, and of names with spaces."""
import shutil
import subprocess

from stage import PROGRAM, Stage, check, finish


def output(stage, *command):
    return subprocess.run(command, env=stage.environment, cwd=stage.home, check=False, text=True,
                          stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                          stderr=subprocess.STDOUT, timeout=20)


with Stage() as stage:
    words = lambda *given: stage.headroom("completion", "words", "--", *given).stdout.split()
    check("values of --backend", words("run", "--backend", "") == ["auto", "direct", "null-sink",
                                                                   "smart-filter"])
    check("values of --at-end", words("run", "--at-end", "m") == ["mute"])

    fake = stage.home / "headroom"
    fake.write_text("#!/bin/sh\nprintf '%s\\n' 'My Player' 'mpd*'; echo \"$@\" >asked\n", encoding="utf-8")
    fake.chmod(0o755)
    script = (f"source <({PROGRAM} completion bash); COMP_WORDS=(./headroom route set {{}}); "
              "COMP_CWORD=3; _headroom; printf '%s\\n' \"${COMPREPLY[@]}\"")
    done = output(stage, "bash", "--norc", "-c", script.replace("{}", "'My\\ P'"))
    check(f"bash: spaces and stars are escaped: {done.stdout}",
          done.stdout.splitlines() == ["My\\ Player", "mpd\\*"])
    check("and what was typed is not", (stage.home / "asked").read_text(encoding="utf-8").strip()
          == "completion words -- route set My P")
    done = output(stage, "bash", "--norc", "-c", script.replace("{}", "'\"My P'"))
    check("bash: not in quotes", done.stdout.splitlines()[0] == "My Player")
    if shutil.which("zsh"):
        done = output(stage, "zsh", "-f", "-c", f"source <({PROGRAM} completion zsh); whence -w _headroom")
        check(f"zsh before compinit: {done.stdout}", done.stdout.strip() == "_headroom: function")
finish()
