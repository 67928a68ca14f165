# SPDX-License-Identifier: GPL-3.0-or-later
"""The JACK server goes on, but never calls headroom again, as libjack makes it if news of a client
that has ended comes late: the player plays straight on, and is with headroom again soon."""
import subprocess

from stage import Stage, check, finish, until

# The first process callback of the program is not called once the file is there.
LIBRARY = """
#define _GNU_SOURCE
#include <dlfcn.h>
#include <jack/jack.h>
#include <stdlib.h>
#include <unistd.h>
static JackProcessCallback real;
static int forgets(jack_nframes_t frames, void *self) {
    return access(getenv("FORGOTTEN"), F_OK) == 0 ? 0 : real(frames, self);
}
int jack_set_process_callback(jack_client_t *client, JackProcessCallback callback, void *self) {
    int (*set)(jack_client_t *, JackProcessCallback, void *) = dlsym(RTLD_NEXT, __func__);
    if (real)
        return set(client, callback, self);
    real = callback;
    return set(client, forgets, self);
}
"""

with Stage() as stage:
    stage.jack_server()
    library, forgotten = stage.folder / "forgets.so", stage.folder / "forgotten"
    subprocess.run(["cc", "-shared", "-fPIC", "-x", "c", "-", "-o", library], check=True, text=True,
                   input=LIBRARY)
    headroom = stage.run(env=stage.environment | {"LD_PRELOAD": str(library),
                                                  "FORGOTTEN": str(forgotten)})
    stage.application()

    def goes_to(prefix):
        links = stage.links("tone:output1")
        return links and all(link.startswith(prefix) for link in links)

    check("the player is with headroom", until(lambda: goes_to("headroom:"), 20))
    forgotten.touch()
    check("it plays straight on", until(lambda: goes_to("system:"), 20))
    check("it is told", "has not called" in headroom.get("status/notice"))
    check("the player is with headroom again", until(lambda: goes_to("headroom:"), 20))
    check("nothing is wrong any more", until(lambda: headroom.get("status/notice") == "", 10))
    check("headroom ends", headroom.finish() == 0)
    check("the player plays straight on", until(lambda: goes_to("system:"), 10))
finish()
