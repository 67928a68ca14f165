# SPDX-License-Identifier: GPL-3.0-or-later
"""Names of files that no terminal and no JSON can hold as they are."""
import json
import os

from stage import Stage, check, finish, write_sound

NAMES = (b"caf\xe9.wav", b"two\nlines.wav", b"\x1b[31mred.wav", b"back\\slash\xff.wav", "naïve.wav".encode())

with Stage() as stage:
    for name in NAMES:
        write_sound(os.path.join(os.fsencode(stage.home), name))
    names = [os.fsdecode(name) for name in NAMES]
    done = stage.headroom("measure", "--json", *names, "missing.wav")
    measured = json.loads(done.stdout or "[]")
    check("every file is measured", len(measured) == len(NAMES))
    check("one that is missing is told", done.returncode == 1 and "missing.wav" in done.stderr)
    shown = [(entry["file"], entry.get("file_escaped", False)) for entry in measured]
    check(f"names are escaped, and marked so: {shown}", shown == [
        ("caf\\xE9.wav", True), ("two\\x0Alines.wav", True), ("\\x1B[31mred.wav", True),
        ("back\\\\slash\\xFF.wav", True), ("naïve.wav", False)])
    table = stage.headroom("measure", *names).stdout
    check("a line each in the table", len(table.splitlines()) == 2 + len(NAMES))
    check("without control characters", "\x1b" not in table)
    for name in names:
        done = stage.headroom("render", "--json", "--report", "--plot", "p.svg", name, "out.wav")
        check(f"{name!r} is rendered", done.returncode == 0 and json.loads(done.stdout)["input"])
        (stage.home / "p.svg").read_text(encoding="utf-8")
    done = stage.headroom("render", "--json", "--to", "out", *names)
    check("and all together", len(json.loads(done.stdout or "[]")) == len(NAMES))
finish()
