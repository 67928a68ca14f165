# SPDX-License-Identifier: GPL-3.0-or-later
"""`sudo headroom run`: the sound of the desktop belongs to the user, and root cannot reach it."""
import subprocess

from stage import PROGRAM, Stage, check, finish

with Stage() as stage:
    as_root = ("unshare", "--map-root-user", PROGRAM)
    sudo = stage.environment | {"SUDO_USER": "alice", "SUDO_UID": "1000"}
    run = lambda *words, env: subprocess.run([*as_root, *words], env=env, check=False, text=True,
                                             stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                                             cwd=stage.home, timeout=30)
    done = run("run", "--osc-port", "0", "--no-announce", "--seconds", "5", env=sudo)
    check(f"no demo is played, and it says whose the sound is: {done.stderr}", done.returncode == 1
          and "belongs to alice" in done.stderr and "without sudo" in done.stderr)
    done = run("doctor", env=sudo)
    check("doctor says so too", done.returncode == 1 and "belongs to alice" in done.stdout)
    done = run("run", "--osc-port", "0", "--no-announce", "--seconds", "1", env=stage.environment)
    check(f"where root is alone it runs, and says that it need not be root: {done.stderr}",
          done.returncode == 0 and "runs as root" in done.stderr)
finish()
