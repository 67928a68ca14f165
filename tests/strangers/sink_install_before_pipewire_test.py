# SPDX-License-Identifier: GPL-3.0-or-later
"""`sink install` before PipeWire runs, and a doctor for a HOME that cannot be written."""
import json
import os
import re

from stage import Stage, check, finish

with Stage() as stage:
    drop_in = stage.home / ".config/pipewire/pipewire.conf.d/50-headroom-nullsink.conf"
    done = stage.headroom("sink", "install")
    check(f"it is written: {done.stdout}{done.stderr}", done.returncode == 0 and drop_in.exists())
    check("and says when it counts", "when it starts" in done.stdout and str(drop_in) in done.stdout)
    again = json.loads(stage.headroom("sink", "install", "--json").stdout)
    check("a second time changes nothing", not again["drop_in_changed"]
          and not again["pipewire_is_running"])
    done = stage.headroom("sink", "remove")
    check("it is taken back", done.returncode == 0 and not drop_in.exists())

    doctor = stage.headroom("doctor", env=stage.environment | {"XDG_STATE_HOME": "/proc/no/such"})
    remedy = re.search(r"state .*\n +-> (.*)", doctor.stdout)
    owned = re.search(r"chown \$\(id -u\) (\S+?);", remedy[1]) if remedy else None
    check(f"doctor's remedy names a folder that is there: {remedy and remedy[1]}",
          owned and os.path.isdir(owned[1]) and "mkdir -p /proc/no/such/headroom" in remedy[1])
finish()
