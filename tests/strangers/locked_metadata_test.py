# SPDX-License-Identifier: GPL-3.0-or-later
"""A program was killed while it had locked JACK's metadata: every client hangs in libjack. A library
before libjack hangs in the same function, as making such a lock takes many tries."""
import os
import subprocess
import time
from pathlib import Path

from stage import Stage, check, finish

HANGS = "#include <unistd.h>\nint jack_get_properties(void) { for (;;) pause(); }\n"

with Stage() as stage:
    library = stage.folder / "hangs.so"
    subprocess.run(["cc", "-shared", "-fPIC", "-x", "c", "-", "-o", library], input=HANGS, text=True,
                   check=True)
    store = Path(f"/dev/shm/jack_db-{os.getuid()}")
    made = not store.exists()
    store.mkdir(exist_ok=True)
    try:
        began = time.monotonic()
        doctor = stage.headroom("doctor", env=stage.environment | {"LD_PRELOAD": str(library)})
        took = time.monotonic() - began
        check(f"doctor ends: {took:.1f} s", took < 10 and doctor.returncode == 1)
        check(f"it names the store and the remedy: {doctor.stdout}",
              "BAD   metadata" in doctor.stdout and f"rm -r {store}" in doctor.stdout)
        well = stage.headroom("doctor")
        check("it says nothing of it otherwise", "metadata" not in well.stdout)
    finally:
        if made:
            store.rmdir() if not list(store.iterdir()) else None
finish()
