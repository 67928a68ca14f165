#!/usr/bin/python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""discovery_test.py ANNOUNCE_TOOL HEADROOM: a real avahi-daemon on a private bus, in a network and a mount
namespace of their own, so that nothing leaves this test and no privileges are needed."""
import contextlib
import os
import pathlib
import re
import subprocess
import sys
import tempfile
import time

sys.path.insert(0, str(pathlib.Path(__file__).parents[2] / "support"))
import checks
from checks import check, running

DEADLINE_S = 30

BUS = """<!DOCTYPE busconfig PUBLIC "-//freedesktop//DTD D-Bus Bus Configuration 1.0//EN"
 "http://www.freedesktop.org/standards/dbus/1.0/busconfig.dtd">
<busconfig><type>session</type><listen>unix:path={bus}</listen><auth>EXTERNAL</auth>
<policy context="default"><allow send_destination="*" eavesdrop="true"/>
<allow eavesdrop="true"/><allow own="*"/><allow user="*"/></policy>
</busconfig>
"""
AVAHI = """[server]
use-ipv6=no
allow-interfaces=lo
[wide-area]
enable-wide-area=no
[publish]
publish-workstation=no
[rlimits]
"""


def until(wanted):
    return checks.until(wanted, DEADLINE_S)


def daemon(folder):
    # An ordinary user has no /usr/sbin in PATH.
    return running("/usr/sbin/avahi-daemon", "--no-drop-root", "--no-chroot", "--no-rlimits", "-f",
                   str(folder / "avahi.conf"), stderr=subprocess.DEVNULL)


def announced():
    """(type, name, port) of every service that Avahi has resolved."""
    browse = subprocess.run(["avahi-browse", "-a", "-p", "-t", "-r"], stdout=subprocess.PIPE,
                            stderr=subprocess.DEVNULL, text=True, check=False, timeout=DEADLINE_S)
    fields = [line.split(";") for line in browse.stdout.splitlines()]
    plain = lambda text: re.sub(r"\\(\d{3})", lambda code: chr(int(code[1])), text)
    return {(f[4], plain(f[3]), int(f[8])) for f in fields if f[0] == "=" and f[1] == "lo"}


@contextlib.contextmanager
def announcing(tool, *arguments):
    with subprocess.Popen([tool, *arguments], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                          text=True) as process:
        yield process, process.stdout.readline().strip()
        check(f"{arguments[0]} goes on until it is told to end", process.poll() is None)
        process.stdin.close()
        check("and then ends", process.wait(DEADLINE_S) == 0)


def program(headroom, folder, wanted, *switches):
    """What a running headroom announces, with these switches."""
    home = {name: str(folder) for name in ("XDG_STATE_HOME", "XDG_CONFIG_HOME")}
    with running(headroom, "run", "--osc-port", "9150", *switches, env={**os.environ, **home},
                 stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True) as process:
        said = []
        while not said or (said[-1] and "OSC on" not in said[-1]):
            said.append(process.stderr.readline())
        types = lambda: {kind for kind, _, port in announced() if port == 9150}
        check(f"headroom run {' '.join(switches)} announces {wanted}",
              until(lambda: types() == wanted))
        time.sleep(1)
        check("and nothing else later", types() == wanted)


def inside(tool, headroom, folder):
    """In the namespaces."""
    subprocess.run(["ip", "link", "set", "lo", "up"], check=True)
    bus = folder / "bus"
    with announcing(tool, "alone", "9140") as (_, said):
        check(f"without a system bus: {said}", said == "nobody to tell")
    (folder / "bus.conf").write_text(BUS.format(bus=bus), encoding="ascii")
    (folder / "avahi.conf").write_text(AVAHI, encoding="ascii")
    with running("dbus-daemon", f"--config-file={folder}/bus.conf", "--nofork", "--nopidfile",
                 stderr=subprocess.DEVNULL):
        check("a private bus", until(bus.exists))
        both = {("_osc._udp", "headroom here", 9140), ("_oscjson._tcp", "headroom here", 9140)}
        with announcing(tool, "headroom here", "9140") as (_, said):
            check("without a daemon it waits", said == "announcing")
            with daemon(folder):
                check("when the daemon comes, it is told", until(lambda: announced() == both))
                with announcing(tool, "headroom here", "9141", "osc"):
                    second = {("_osc._udp", "headroom here #2", 9141)}
                    check("a second one has another name, and no OSCQuery where there is none",
                          until(lambda: announced() == both | second))
                check("who ends is gone", until(lambda: announced() == both))
            with daemon(folder):
                check("after a restart of the daemon all is as before",
                      until(lambda: announced() == both))
        with daemon(folder):
            program(headroom, folder, {"_osc._udp", "_oscjson._tcp"})
            program(headroom, folder, {"_osc._udp"}, "--no-query")
            program(headroom, folder, set(), "--no-announce")
    checks.finish()


def main():
    tool, headroom = sys.argv[1:3]
    if len(sys.argv) > 3:
        inside(tool, headroom, pathlib.Path(sys.argv[3]))
    with tempfile.TemporaryDirectory() as name:
        # The daemon wants its own user; here that is the one who runs the test.
        pathlib.Path(name, "passwd").write_text("root:x:0:0::/:/bin/sh\navahi:x:0:0::/:/bin/sh\n",
                                                encoding="ascii")
        pathlib.Path(name, "group").write_text("root:x:0:\navahi:x:0:\n", encoding="ascii")
        prepare = (f"mount -t tmpfs tmpfs /run && mkdir /run/avahi-daemon && "
                   f"mount --bind {name}/passwd /etc/passwd && "
                   f"mount --bind {name}/group /etc/group && "
                   f"exec {sys.executable} {__file__} {tool} {headroom} {name}")
        sys.exit(subprocess.run(
            ["unshare", "--map-root-user", "--mount", "--net", "sh", "-c", prepare], check=False,
            env={**os.environ, "DBUS_SYSTEM_BUS_ADDRESS": f"unix:path={name}/bus"}).returncode)


if __name__ == "__main__":
    main()
