# SPDX-License-Identifier: GPL-3.0-or-later
"""What tests in Python say, and how they wait and end."""
import contextlib
import subprocess
import sys
import time

_failures = 0


def check(what, good):
    global _failures
    print(("ok    " if good else "FAIL  ") + what, flush=True)
    _failures += not good


def have_failed():
    return _failures != 0


def finish():
    """Ends the test with what its checks came to."""
    sys.exit(have_failed())


def until(wanted, deadline_s):
    """What wanted() gives at last: something true, or at the deadline whatever it is."""
    deadline = time.monotonic() + deadline_s
    while not (good := wanted()) and time.monotonic() < deadline:
        time.sleep(0.05)
    return good


@contextlib.contextmanager
def running(*command, **options):
    """A program that is ended with the block."""
    with subprocess.Popen(command, stdin=subprocess.DEVNULL, **options) as process:
        try:
            yield process
        finally:
            process.terminate()
