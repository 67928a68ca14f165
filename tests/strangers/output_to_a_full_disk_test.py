# SPDX-License-Identifier: GPL-3.0-or-later
"""What a command prints goes to a full disk, to a closed descriptor, or to a reader that has left."""
import subprocess

from stage import PROGRAM, Stage, check, finish, write_sound

with Stage() as stage:
    write_sound(stage.home / "in.wav")
    for words in ("params", "params --json", "params --schema", "profile list", "profile show night",
                  "check night", "check --json night", "completion bash", "measure in.wav",
                  "measure --json in.wav", "render in.wav out.wav", "--help", "help run", "--version",
                  "doctor", "doctor --json", "route test mpv --profile night"):
        command = [PROGRAM, *words.split()]
        options = {"env": stage.environment, "cwd": stage.home, "text": True, "check": False,
                   "stderr": subprocess.PIPE, "timeout": 20}
        with open("/dev/full", "w", encoding="utf-8") as full:
            done = subprocess.run(command, stdout=full, **options)
        check(f"{words} > /dev/full: {done.stderr.strip()}", done.returncode == 1
              and "cannot be written" in done.stderr)
        closed = subprocess.run(["sh", "-c", 'exec "$0" "$@" >&-', *command], **options)
        check(f"{words} >&-", closed.returncode == 1 and "cannot be written" in closed.stderr)
        left = subprocess.run(["sh", "-c", '("$@"; echo $? >code) | true', "sh", *command], **options)
        check(f"{words} | true: {left.stderr}", "cannot be written" not in left.stderr
              and (stage.home / "code").read_text(encoding="utf-8").strip() in ("0", "1"))
finish()
