# SPDX-License-Identifier: GPL-3.0-or-later
"""Another user of the machine, for tests by root.

    import second_user
    if second_user.is_possible():
        answer = second_user.call(function, argument)
"""
import encodings.idna  # noqa: F401 (what the other user may not be able to read by then)
import os
import pickle

NOBODY = 65534


def is_possible():
    """Whether there are two users: only root can be another. An ordinary user's test says that it
    does what is possible with one."""
    if os.geteuid() == 0:
        return True
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
