# SPDX-License-Identifier: GPL-3.0-or-later
"""The program in the insert hangs, and the server waits with headroom for it: the player plays
straight on at once, and is with headroom again when the program has been killed."""
import signal
import time

from stage import Stage, check, finish, until

with Stage() as stage:
    stage.jack_server()
    stage.profile("loop", "buses: { main: { insert: { ports: on } } }\n"
                          "rules:\n"
                          "  - { match: { client: fx }, route: ignore }\n"
                          "  - { match: { client: '*' }, route: main }\n")
    headroom = stage.run("--profile", "loop")
    stage.application()
    fx = stage.jack_player("fx", 2, 2)
    # The return first: then JACK2 calls headroom after the program.
    for i in (1, 2):
        check("the return is linked", fx.do(f"link fx:out_{i} headroom:main_return_{i}"))
    for i in (1, 2):
        check("the send is linked", fx.do(f"link headroom:main_send_{i} fx:in_{i}"))

    def goes_to(prefix):
        links = stage.links("tone:output1")
        return links and all(link.startswith(prefix) for link in links)

    def callbacks():
        status = stage.headroom("status", "--port", headroom.port).stdout
        return int(status.split("callbacks ")[1].split()[0])

    def is_called():
        before = callbacks()  # counted anew whenever headroom connects
        time.sleep(0.3)
        return callbacks() > before

    check("the player is with headroom", until(lambda: goes_to("headroom:"), 20))
    fx.process.send_signal(signal.SIGSTOP)
    check("it plays straight on", until(lambda: goes_to("system:"), 20))
    time.sleep(8)
    check("OSC is answered meanwhile", headroom.round_trip_s() < 1)
    fx.process.kill()
    fx.process.wait()
    check("it is with headroom again", until(lambda: goes_to("headroom:"), 30))
    check("which is called", until(is_called, 10))
    check("and not linked to the program", not stage.links("headroom:main_send_1"))
    check("nothing is wrong any more", until(lambda: headroom.get("status/notice") in (None, ""), 5))
    check("headroom ends", headroom.finish() == 0)
    check("the player plays straight on", until(lambda: goes_to("system:"), 10))
finish()
