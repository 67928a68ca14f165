# SPDX-License-Identifier: GPL-3.0-or-later
"""jackd hangs (kill -STOP), and the doctor is asked why nothing plays: it hung as well."""
import signal
import time

from stage import Stage, check, finish

with Stage() as stage:
    server = stage.jack_server()
    well = stage.headroom("doctor")
    check("beside one that runs it says so", "JACK2 runs" in well.stdout)
    server.send_signal(signal.SIGSTOP)
    before = time.monotonic()
    doctor = stage.headroom("doctor")
    took_s = time.monotonic() - before
    server.send_signal(signal.SIGCONT)
    check(f"it ends by itself ({took_s:.1f} s)", took_s < 20)
    line = next((line for line in doctor.stdout.splitlines() if "server" in line), "")
    check(f"and names it: {line}", "hangs" in doctor.stdout and doctor.returncode == 1)
finish()
