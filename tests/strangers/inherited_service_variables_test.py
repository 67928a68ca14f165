# SPDX-License-Identifier: GPL-3.0-or-later
"""JOURNAL_STREAM and NOTIFY_SOCKET in the environment: of this program, or of a unit far above."""
import os
import socket

from stage import PROGRAM, Stage, check, finish, until

RUN = (PROGRAM, "run", "--no-announce", "--osc-port", "0")

with Stage() as stage:
    manager = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
    manager.bind(str(stage.folder / "notify"))
    manager.settimeout(20)
    service = {"NOTIFY_SOCKET": str(stage.folder / "notify"), "WATCHDOG_USEC": "200000",
               "SYSTEMD_EXEC_PID": "1", "JOURNAL_STREAM": "8:12345"}
    terminal = stage.terminal(*RUN, env=stage.environment | service)
    check("a terminal below a service has its display", terminal.shows("LUFS   true peak"))
    check("and no priorities", "<6>" not in terminal.read())
    terminal.process.terminate()
    terminal.process.wait(5)
    manager.setblocking(False)
    try:
        check(f"the service is told nothing: {manager.recv(100)}", False)
    except BlockingIOError:
        pass

    stage.jack_server()  # as a service headroom starts none
    log = stage.home / "log"
    with open(log, "wb") as stream:
        status = os.fstat(stream.fileno())
        own = {"NOTIFY_SOCKET": str(stage.folder / "notify"), "WATCHDOG_USEC": "200000",
               "JOURNAL_STREAM": f"{status.st_dev}:{status.st_ino}"}
        stage.start("sh", "-c", 'SYSTEMD_EXEC_PID=$$ exec "$@"', "sh", *RUN, stderr=stream,
                    env=stage.environment | own)
        manager.settimeout(20)
        check("the process of a unit says when it is ready", manager.recv(100) == b"READY=1")
        check("that it lives", manager.recv(100) == b"WATCHDOG=1")
        check("and how much each line matters",
              until(lambda: "<6>headroom: OSC on" in log.read_text(encoding="utf-8"), 5))
finish()
