# SPDX-License-Identifier: GPL-3.0-or-later
"""A machine without libpipewire: JACK2 is all that the program needs, and what needs PipeWire says
what is missing."""
from stage import Stage, check, finish

with Stage() as stage:
    hidden = stage.folder / "lib"
    hidden.mkdir()
    (hidden / "libpipewire-0.3.so.0").touch()
    stage.jack_server()
    without = stage.environment | {"LD_LIBRARY_PATH": str(hidden)}
    headroom = stage.run(env=without)
    check("it runs beside JACK2", headroom.get("status/backend") == "direct")
    check(f"and says nothing of PipeWire: {headroom.read()}", "ipe" not in headroom.said)
    check("and ends well", headroom.finish() == 0)

with Stage() as stage:
    stage.pipewire_session()
    without = stage.environment | {"LD_LIBRARY_PATH": str(hidden)}
    hidden.mkdir(parents=True)
    (hidden / "libpipewire-0.3.so.0").touch()
    for words in (["sink", "install"], ["sink", "remove"], ["doctor"]):
        done = stage.headroom(*words, env=without)
        said = done.stdout + done.stderr
        check(f"{words[0]} says what is missing: {said}", done.returncode == 1
              and "libpipewire-0.3.so.0" in said and "libpipewire-0.3-0" in said)
finish()
