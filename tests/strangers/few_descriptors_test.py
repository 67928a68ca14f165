# SPDX-License-Identifier: GPL-3.0-or-later
"""`ulimit -n` of every size: the program says what it lacks and ends, or works; it never dies of it."""
import os
import subprocess
import sys

from stage import PROGRAM, Stage, check, finish, write_sound

if "inside" not in sys.argv:  # what ends inside libjack may leave its store of metadata locked
    os.execvp("unshare", ["unshare", "--user", "--map-root-user", "--mount", sys.executable,
                          __file__, PROGRAM, "inside"])
subprocess.run(["mount", "-t", "tmpfs", "tmpfs", "/dev/shm"], check=True)

with Stage() as stage:
    stage.jack_server()
    write_sound(stage.home / "in.wav")
    for command in ("run --seconds 0.2 --osc-port 0 --no-announce", "render in.wav out.wav",
                    "profile list", "doctor"):
        codes = {}
        for limit in (3, 7, 15, 28, 40, 64):
            process = stage.start("sh", "-c", f'ulimit -n {limit}; exec "$@"', "sh", PROGRAM,
                                  *command.split())
            try:
                _, said = process.communicate(timeout=20)
            except Exception:  # a hang is a failure as well
                process.kill()
                said = b"hangs"
            codes[limit] = process.returncode
            good = process.returncode in (0, 1) or process.returncode == 127  # the loader's
            if not good or (process.returncode == 1 and command != "doctor" and not said.strip()):
                check(f"{command} with {limit}: {process.returncode} {said[-200:]}", False)
        check(f"{command}: {codes}", codes[64] in (0, 1))
finish()
