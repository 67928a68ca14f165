# SPDX-License-Identifier: GPL-3.0-or-later
"""A mode that is due and another one in between: what is told of the latency is what is in force."""
import json
import time

from stage import Stage, bundle, check, finish, message, until

LATENCY_FRAMES = {0: 72, 1: 264, 2: 480}
MODE = "/headroom/bus/main/limiter/mode"


def told(stage, headroom):
    """The latency by status."""
    status = stage.headroom("status", "--json", "--port", headroom.port).stdout
    return int(json.loads(status)["latency_frames"])


with Stage() as stage:
    headroom = stage.run()
    for due, meanwhile in ((2, 0), (0, 2), (2, 1)):
        at = int((time.time() + 0.09 + 2208988800) * 2**32)
        headroom.send(bundle(message(MODE, due), time=at))
        time.sleep(0.03)
        headroom.send(message(MODE, meanwhile))
        until(lambda: headroom.get("bus/main/limiter/mode") == due, 5)
        time.sleep(0.3)
        check(f"mode {due} is in force", headroom.get("bus/main/limiter/mode") == due)
        right = until(lambda: told(stage, headroom) == LATENCY_FRAMES[due], 2)
        check(f"status tells its latency, not {told(stage, headroom)}", right)
finish()
