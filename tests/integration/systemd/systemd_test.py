#!/usr/bin/python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""systemd_test.py HEADROOM UNIT: systemd --user runs the unit beside a real jackd, as an ordinary
user, in namespaces and a control group of its own. If the kernel allows no control group, only the
unit is verified."""
import contextlib
import json
import os
import resource
import shutil
import signal
import subprocess
import sys
import tempfile
from pathlib import Path

sys.path.append(str(Path(__file__).parents[2] / "support"))
import checks
from checks import check, running

DEADLINE_S = 60
USER = 1  # daemon
QUIET = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
MOST_EXPOSED = 30  # 3.0 of 10


def until(wanted):
    return checks.until(wanted, DEADLINE_S)


def output(*command):
    return subprocess.run(command, check=False, timeout=DEADLINE_S, stdin=subprocess.DEVNULL,
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)


def systemctl(*words):
    return output("systemctl", "--user", *words)


def fact(name):
    return systemctl("show", "--value", "-p", name, "headroom").stdout.strip()


def goes_to(port):
    """Whether the application plays to that port and to no other."""
    def linked():
        lines = output("jack_lsp", "-c", "tone:output1").stdout.splitlines()
        return [line.strip() for line in lines if line.startswith("   ")] == [port]
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

    sandbox(fact("MainPID"))
    check("what is changed is kept", output("headroom", "set", "bus/main/limiter/ceiling", "-3")
          .returncode == 0 and until(lambda: list(Path.home().glob(".local/state/headroom/*"))))

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


def on_pipewire(log):
    """The same sandbox where most people will have it."""
    bus = "unix:path=/run/user/test-bus"
    os.environ["DBUS_SESSION_BUS_ADDRESS"] = bus
    systemctl("set-environment", "DBUS_SESSION_BUS_ADDRESS=" + bus)
    with running("dbus-daemon", "--session", "--nofork", "--nopidfile", "--address=" + bus, **QUIET):
        until(Path("/run/user/test-bus").exists)
        with running("pipewire", **QUIET), running("wireplumber", **QUIET), \
                running("pipewire-pulse", **QUIET):
            until(lambda: output("pactl", "load-module", "module-null-sink",
                                 "sink_name=speakers").returncode == 0)
            check("it starts on PipeWire", systemctl("start", "headroom").returncode == 0)
            check("and has the sink", until(lambda: "Headroom" in output(
                "pactl", "list", "sinks").stdout))
            status = json.loads(output("headroom", "status", "--json").stdout)
            check("and plays through it", status["server"].startswith("PipeWire"))
            check("and stops", systemctl("stop", "headroom").returncode == 0
                  and fact("Result") == "success")
            if checks.have_failed():
                print(log.read_text(encoding="utf-8"))


def may_be_realtime():
    return resource.getrlimit(resource.RLIMIT_RTPRIO)[1] > 0


def sandbox(pid):
    """What the service may and may not do, as the kernel tells."""
    facts = dict(line.split(":", 1) for line in
                 Path(f"/proc/{pid}/status").read_text(encoding="utf-8").splitlines())
    check("no new privileges", facts["NoNewPrivs"].strip() == "1")
    check("system calls are filtered", facts["Seccomp"].strip() == "2")
    mounts = [line.split() for line in
              Path(f"/proc/{pid}/mounts").read_text(encoding="utf-8").splitlines()]
    options = {mount[1]: mount[3].split(",") for mount in mounts}
    check("the system is read-only", "ro" in options["/"])
    home = os.environ["HOME"]
    for folder in (".config/headroom", ".local/state/headroom"):
        check(f"{folder} may be written", "rw" in options.get(f"{home}/{folder}", []))
    if not may_be_realtime():
        return
    policies = {os.sched_getscheduler(int(task.name)) & ~os.SCHED_RESET_ON_FORK
                for task in Path(f"/proc/{pid}/task").iterdir()}
    check("its audio is in real time", os.SCHED_FIFO in policies)


def as_root(headroom, unit, *groups):
    """In the namespaces, as their first process: makes a machine that systemd runs, for a user."""
    prepare = "mount -t tmpfs tmpfs /run && mount -t tmpfs tmpfs /dev/shm && ip link set lo up"
    subprocess.run(["sh", "-c", prepare], check=True)
    for group in groups:  # the root of all that systemd sees, as the namespace says
        subprocess.run(["mount", "--bind", group, Path(group).parent], check=True)
    for folder in ("systemd/system", "systemd/unit-root", "systemd/seats", "systemd/sessions",
                   "systemd/users", "systemd/machines", "user", "home", "bin"):
        Path("/run", folder).mkdir(parents=True, exist_ok=True)
    for folder in ("/run/user", "/run/home"):
        os.chown(folder, USER, USER)
    shutil.copy(headroom, "/run/bin/headroom")  # the user may not see the folder that it is in
    shutil.copy(unit, "/run/bin")
    for module in (__file__, checks.__file__):
        shutil.copy(module, "/run/bin")
    with contextlib.suppress(ValueError):  # which some containers do not grant to root
        resource.setrlimit(resource.RLIMIT_RTPRIO, (20, 20))
    environment = {"HOME": "/run/home", "XDG_RUNTIME_DIR": "/run/user", "LC_ALL": "C.UTF-8",
                   "PYTHONUNBUFFERED": "1", "PATH": "/run/bin:/usr/bin:/bin:/usr/sbin:/sbin"}
    done = subprocess.run(
        ["setpriv", f"--reuid={USER}", f"--regid={USER}", "--clear-groups", "/usr/bin/python3",
         f"/run/bin/{Path(__file__).name}", Path(unit).name], check=False, env=environment,
        cwd="/run/home")
    check("all of it as a user", done.returncode == 0)


def as_user(unit):
    home = os.environ["HOME"]
    units = Path(home, ".config/systemd/user")
    (units / "headroom.service.d").mkdir(parents=True)
    units.joinpath("headroom.service").write_text(
        Path("/run/bin", unit).read_text(encoding="utf-8"), encoding="utf-8")
    for socket in ("pipewire", "pipewire-pulse"):  # which the test starts itself
        units.joinpath(socket + ".socket").symlink_to("/dev/null")
    log = Path(home, "log")
    log.touch()
    # Less patience than people want, and a file for a journal.
    (units / "headroom.service.d/test.conf").write_text(
        "[Service]\nWatchdogSec=3\nTimeoutAbortSec=1\nRestartSec=1\nLimitCORE=0\n"
        f"StandardError=append:{log}\n"
        f"Environment=JOURNAL_STREAM={log.stat().st_dev}:{log.stat().st_ino}\n"
        # Whatever the user's limits are, the sandbox lets a thread choose how it is scheduled.
        "ExecStartPre=/usr/bin/chrt --batch 0 true\n", encoding="utf-8")
    with running("/lib/systemd/systemd", "--user", "--log-target=null"):
        if not until(lambda: systemctl("is-system-running").stdout.strip()
                     in ("running", "degraded")):
            check("systemd runs", False)
            return
        systemctl("set-environment", "PATH=" + os.environ["PATH"])
        how = ["-R", "-P", "10"] if may_be_realtime() else ["-r"]
        with running("jackd", *how, "-d", "dummy", "-r", "48000", "-p", "1024", **QUIET):
            until(lambda: "system:playback_1" in output("jack_lsp").stdout)
            with running("jack_simple_client", "tone", **QUIET):
                check("the application plays", goes_to("system:playback_1"))
                try:
                    scenario(log)
                finally:
                    if checks.have_failed():
                        print(systemctl("status", "headroom").stdout,
                              log.read_text(encoding="utf-8"))
        on_pipewire(log)


def control_groups():
    """New ones below our own, in the hierarchies that systemd uses; none if the kernel has none."""
    wanted = {"name=systemd": ["/sys/fs/cgroup/systemd"],
              "": ["/sys/fs/cgroup/unified", "/sys/fs/cgroup"]}
    found = []
    for line in Path("/proc/self/cgroup").read_text(encoding="utf-8").splitlines():
        _, controllers, path = line.split(":", 2)
        roots = [root for root in wanted.get(controllers, []) if Path(root, "cgroup.procs").exists()]
        found += [Path(root + path, f"headroom-test-{os.getpid()}") for root in roots[:1]]
    return found


def main(headroom, unit):
    folder = tempfile.mkdtemp()
    environment = os.environ | {"PATH": f"{Path(headroom).parent}:{os.environ['PATH']}",
                                "XDG_RUNTIME_DIR": folder}
    verified = subprocess.run(["systemd-analyze", "verify", "--user", "--man=no", unit], check=False,
                              stderr=subprocess.PIPE, text=True, env=environment)
    check("the unit is well formed", verified.returncode == 0 and "headroom" not in verified.stderr)
    exposure = subprocess.run(["systemd-analyze", "security", "--user", "--offline=yes",
                               f"--threshold={MOST_EXPOSED}", unit], check=False, env=environment,
                              stdout=subprocess.PIPE, text=True)
    check("the unit is hardened: " + exposure.stdout.splitlines()[-1], exposure.returncode == 0)
    shutil.rmtree(folder)
    groups = control_groups()
    try:
        for group in groups:
            group.mkdir()
            for file in (group, *group.glob("cgroup.[pst][rhu]*")):
                os.chown(file, USER, USER)
    except OSError as error:
        groups = []
        print(error)
    if not groups:
        print("no control group for a systemd of our own: the unit was not run")
        return
    def enter():
        for group in groups:
            group.joinpath("cgroup.procs").write_text("0", encoding="utf-8")
    try:
        done = subprocess.run(
            ["unshare", "--mount", "--pid", "--ipc", "--net", "--cgroup", "--fork", "--mount-proc",
             sys.executable, __file__, headroom, unit, *groups], check=False, preexec_fn=enter)
        check("all of it", done.returncode == 0)
    finally:
        for group in groups:
            for folder, _, _ in os.walk(group, topdown=False):
                with contextlib.suppress(OSError):
                    shutil.rmtree(folder)


if __name__ == "__main__":
    given = sys.argv[1:]
    if len(given) == 1:
        as_user(*given)
    elif len(given) > 2:
        as_root(*given)
    else:
        main(*given)
    checks.finish()
