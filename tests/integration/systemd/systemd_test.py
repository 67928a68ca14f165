#!/usr/bin/python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""systemd_test.py HEADROOM UNIT: systemd --user runs the unit beside a real jackd, in namespaces and
a control group of its own. Where the kernel allows no control group, only the unit is verified."""
import contextlib
import json
import os
import signal
import subprocess
import sys
import tempfile
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[2] / "support"))
import checks
from checks import check, running

DEADLINE_S = 60


def until(wanted):
    return checks.until(wanted, DEADLINE_S)


def output(*command):
    return subprocess.run(command, check=False, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                          text=True)


def systemctl(*words):
    return output("systemctl", "--user", *words)


def fact(name):
    return systemctl("show", "--value", "-p", name, "headroom").stdout.strip()


def goes_to(port):
    """Whether the application plays to that port and to no other."""
    def linked():
        lines = output("jack_lsp", "-c", "tone:output1").stdout.splitlines()
        return [line.strip() for line in lines[1:]] == [port]
    return until(linked)


def scenario(log):
    def logged(text):
        return until(lambda: text in log.read_text(encoding="utf-8"))

    check("start returns when it is ready", systemctl("start", "headroom").returncode == 0)
    check("it is active", fact("ActiveState") == "active")
    check("it answers", json.loads(output("headroom", "status", "--json").stdout)["server"] == "JACK2")
    check("an application goes through it", goes_to("headroom:main_in_1"))
    check("what it says has a priority", logged("<6>headroom: OSC on 127.0.0.1:9140"))

    alive = fact("WatchdogTimestampMonotonic")
    check("it says that it lives", until(lambda: fact("WatchdogTimestampMonotonic") != alive))

    check("reload is done", systemctl("reload", "headroom").returncode == 0)
    check("reload reads the profile again", logged("profile default read again"))

    second = output("headroom", "run")
    check("a second one says that there is one", second.returncode == 1
          and "another headroom" in second.stdout)
    check("which does not disturb the first", goes_to("headroom:main_in_1"))

    first = fact("MainPID")
    os.kill(int(first), signal.SIGKILL)
    check("after kill -9 the application is given back", goes_to("system:playback_1"))
    check("and the next one takes it", goes_to("headroom:main_in_1"))
    check("which systemd has started", fact("NRestarts") == "1" and fact("MainPID") != first)

    os.kill(int(fact("MainPID")), signal.SIGSTOP)
    check("one that hangs is replaced", until(lambda: fact("NRestarts") == "2"))
    check("which takes the application", goes_to("headroom:main_in_1"))

    check("stop succeeds", systemctl("stop", "headroom").returncode == 0
          and fact("Result") == "success")
    check("stop gives the application back", goes_to("system:playback_1"))


def inside(headroom, unit, home):
    """In the namespaces, as their first process."""
    prepare = "mount -t tmpfs tmpfs /run && mount -t tmpfs tmpfs /dev/shm && ip link set lo up"
    subprocess.run(["sh", "-c", prepare], check=True)
    # Tells systemd that the machine runs it.
    for folder in ("/run/systemd/system", "/run/user"):
        Path(folder).mkdir(parents=True)
    os.environ.clear()
    os.environ.update(HOME=home, XDG_RUNTIME_DIR="/run/user", LC_ALL="C.UTF-8",
                      PATH=f"{Path(headroom).parent}:/usr/bin:/bin:/usr/sbin:/sbin")
    units = Path(home, ".config/systemd/user")
    (units / "headroom.service.d").mkdir(parents=True)
    units.joinpath("headroom.service").write_text(Path(unit).read_text(encoding="utf-8"),
                                                  encoding="utf-8")
    log = Path(home, "log")
    log.touch()
    # Less patience than people want, and a file for a journal.
    (units / "headroom.service.d/test.conf").write_text(
        "[Service]\nWatchdogSec=3\nTimeoutAbortSec=1\nRestartSec=1\nLimitCORE=0\n"
        f"StandardError=append:{log}\n"
        f"Environment=JOURNAL_STREAM={log.stat().st_dev}:{log.stat().st_ino}\n", encoding="utf-8")
    with running("/lib/systemd/systemd", "--user", "--log-target=null"), \
            running("jackd", "-r", "-d", "dummy", "-r", "48000", "-p", "1024",
                    stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL):
        if not until(lambda: systemctl("is-system-running").stdout.strip()
                     in ("running", "degraded")):
            check("systemd runs", False)
            return
        systemctl("set-environment", "PATH=" + os.environ["PATH"])
        until(lambda: "system:playback_1" in output("jack_lsp").stdout)
        with running("jack_simple_client", "tone", stdout=subprocess.DEVNULL,
                     stderr=subprocess.DEVNULL):
            check("the application plays", goes_to("system:playback_1"))
            try:
                scenario(log)
            finally:
                if checks.have_failed():
                    print(systemctl("status", "headroom").stdout, log.read_text(encoding="utf-8"))


def control_group():
    """A new one below our own, where systemd looks for it; nothing where the kernel has none."""
    for line in Path("/proc/self/cgroup").read_text(encoding="utf-8").splitlines():
        _, controllers, path = line.split(":", 2)
        root = {"name=systemd": "/sys/fs/cgroup/systemd", "": "/sys/fs/cgroup"}.get(controllers)
        if root and Path(root, "cgroup.procs").exists():
            return Path(root + path, f"headroom-test-{os.getpid()}")
    return None


def main(headroom, unit):
    home = tempfile.mkdtemp()
    environment = os.environ | {"PATH": f"{Path(headroom).parent}:{os.environ['PATH']}",
                                "XDG_RUNTIME_DIR": home}
    verified = subprocess.run(["systemd-analyze", "verify", "--user", "--man=no", unit], check=False,
                              stderr=subprocess.PIPE, text=True, env=environment)
    check("the unit is well formed", verified.returncode == 0 and "headroom" not in verified.stderr)
    group = control_group()
    try:
        group.mkdir()
    except (AttributeError, OSError) as error:
        print(f"no control group for a systemd of our own ({error}): the unit was not run")
        return
    enter = lambda: group.joinpath("cgroup.procs").write_text("0", encoding="utf-8")
    try:
        done = subprocess.run(
            ["unshare", "--mount", "--pid", "--ipc", "--net", "--cgroup", "--fork", "--mount-proc",
             sys.executable, __file__, headroom, unit, home], check=False, preexec_fn=enter)
        check("all of it", done.returncode == 0)
    finally:
        for folder, _, _ in os.walk(group, topdown=False):
            with contextlib.suppress(OSError):
                os.rmdir(folder)
        subprocess.run(["rm", "-rf", home], check=False)


if __name__ == "__main__":
    (inside if len(sys.argv) == 4 else main)(*sys.argv[1:])
    checks.finish()
