# SPDX-License-Identifier: GPL-3.0-or-later
"""Another user of the machine, for tests: as root, or in a user namespace of one's own.

    import second_user
    if second_user.is_possible():
        answer = second_user.call(function, argument)
"""
import encodings.idna  # noqa: F401 (what the other user may not be able to read by then)
import os
import pickle
import subprocess
import sys

NOBODY = 65534
_TRIED = "HEADROOM_TEST_IN_USER_NAMESPACE"


def is_possible():
    """Whether there are two users. An ordinary user's test starts again in a namespace that has
    them, if the machine lets it; else it says that it does what is possible with one user."""
    if os.geteuid() == 0:
        return True
    namespace = ["unshare", "--user", "--map-root-user", "--map-auto"]
    if _TRIED not in os.environ and subprocess.run(
            [*namespace, "true"], check=False, stderr=subprocess.DEVNULL).returncode == 0:
        sys.stdout.flush()
        os.execvpe(namespace[0], [*namespace, sys.executable, *sys.argv],
                   os.environ | {_TRIED: "1"})
    print("note  there is only one user here: what a second one may do is not tested", flush=True)
    return False


def start(function, *arguments, user=NOBODY):
    """A process of that user that calls the function; returns its number and where its result
    comes from."""
    reader, writer = os.pipe()
    process = os.fork()
    if process != 0:
        os.close(writer)
        return process, reader
    status = 1
    try:
        os.close(reader)
        os.setgroups([])
        os.setgid(user)
        os.setuid(user)
        result = function(*arguments)
        with os.fdopen(writer, "wb") as stream:
            pickle.dump(result, stream)
        status = 0
    finally:
        os._exit(status)


def call(function, *arguments, user=NOBODY):
    """What the function returns when that user calls it."""
    process, reader = start(function, *arguments, user=user)
    with os.fdopen(reader, "rb") as stream:
        data = stream.read()
    os.waitpid(process, 0)
    return pickle.loads(data) if data else None
