# SPDX-License-Identifier: GPL-3.0-or-later
"""The headroom of a host is asked for by the host's name."""
from stage import Stage, check, finish

with Stage() as stage:
    headroom = stage.run()
    for host in ("localhost", "127.0.0.1", "::1"):
        done = stage.headroom("get", "bypass", "--host", host, "--port", headroom.port)
        check(f"{host}: {done.stdout}{done.stderr}", done.returncode == 0 and "off" in done.stdout)
    done = stage.headroom("get", "bypass", "--host", "no-such-host.invalid", "--port", headroom.port)
    check(f"no such host: {done.stderr}", done.returncode != 0
          and "no-such-host.invalid" in done.stderr and "no host" in done.stderr)
    done = stage.headroom("layout", "touchosc", "--host", "localhost", "--port", headroom.port)
    check(f"a layout too: {done.stderr}", done.returncode == 0)
finish()
