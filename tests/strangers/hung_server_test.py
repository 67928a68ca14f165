# SPDX-License-Identifier: GPL-3.0-or-later
"""jackd hangs (kill -STOP), and headroom is asked to end."""
import signal
import time

from stage import Stage, check, finish, until


def ends_within(process, seconds):
    deadline = time.monotonic() + seconds
    while process.poll() is None and time.monotonic() < deadline:
        time.sleep(0.02)
    return process.poll() is not None


with Stage() as stage:
    server = stage.jack_server()
    stage.application()
    for how in ("one SIGTERM", "two SIGTERM", "SIGQUIT"):
        headroom = stage.run()
        check("headroom takes the application",
              until(lambda: stage.links("tone:output1") == ["headroom:main_in_1"], 10))
        server.send_signal(signal.SIGSTOP)
        time.sleep(0.3)
        headroom.process.send_signal(signal.SIGQUIT if how == "SIGQUIT" else signal.SIGTERM)
        if how == "two SIGTERM":
            time.sleep(0.1)
            headroom.process.send_signal(signal.SIGTERM)
        check(f"{how} ends it", ends_within(headroom.process, 1 if how == "two SIGTERM" else 3))
        server.send_signal(signal.SIGCONT)
        if headroom.poll() is None:
            headroom.process.kill()
        restored = stage.headroom("restore")
        check(f"what it left is on disk, restore gives it back: {restored.stdout}{restored.stderr}",
              until(lambda: stage.links("tone:output1") == ["system:playback_1"], 10))
finish()
