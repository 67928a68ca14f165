# SPDX-License-Identifier: GPL-3.0-or-later
"""`headroom run` without a JACK server is killed and started again at once, while the server that it had
started takes its time to end: "headroom-1 server already active"."""
import os
import signal
import subprocess

from stage import Stage, check, finish

with Stage() as stage:
    headroom = stage.run()
    left_over = int(subprocess.run(["pgrep", "-P", str(headroom.process.pid), "-x", "jackd"],
                                   check=True, stdout=subprocess.PIPE).stdout)
    os.kill(left_over, signal.SIGSTOP)
    headroom.process.kill()
    headroom.process.wait()
    try:
        again = stage.run()
        check("it runs again", again.ask("/headroom/alive"))
        check("and ends well", again.finish() == 0)
    except RuntimeError as error:
        check(f"it runs again: {error}", False)
    os.kill(left_over, signal.SIGKILL)
finish()
