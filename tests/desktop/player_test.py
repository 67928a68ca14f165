# SPDX-License-Identifier: GPL-3.0-or-later
"""player_test.py HEADROOM PLAYER: one player of Debian on a PipeWire desktop, from its start to
headroom's end: routed as said, heard once, nothing raw, on the right sink and sides."""
import json
import signal
import sys

from desktop import PROCESSED_DB, RAW_DB, START_S, Desktop
from players import PLAYERS
from stage import check, end, finish

name = sys.argv[2]
player = PLAYERS[name]
ONCE_PROCESSED_DB = PROCESSED_DB + 0.5

with Desktop() as desktop:
    speakers, headphones = desktop.SINKS

    def heard(what, sink, wanted_db, seconds=6):
        said, good = desktop.hears(sink, wanted_db, seconds)
        check(f"{name}: {what}: {said}", good)

    def application():
        """What headroom calls the player."""
        listed = json.loads(desktop.headroom("route", "list", "--json").stdout)
        return [entry["name"] for entry in listed]

    playing = desktop.play(player)
    heard("raw before headroom", speakers, RAW_DB, START_S)

    headroom = desktop.run("--profile", "desktop", port=None)
    heard("processed once headroom runs", speakers, PROCESSED_DB)
    end(playing)
    heard("silence when it has ended", speakers, None)

    desktop.ears[speakers].catch_up()
    playing = desktop.play(player)
    start = desktop.ears[speakers].listen(4)
    check(f"{name}: nothing raw at its start: {start}", max(start.peak) < ONCE_PROCESSED_DB)
    heard("processed after its start", speakers, PROCESSED_DB)

    names = application()
    check(f"{name}: it is one application: {names}", len(names) == 1)
    for each in names:
        desktop.headroom("route", "set", each, "bypass")
    heard("raw once its route is bypass", speakers, RAW_DB)
    for each in names:
        desktop.headroom("route", "unset", each)
    heard("processed again", speakers, PROCESSED_DB)

    if player.chooses_device:
        end(playing)
        playing = desktop.play(player, headphones)
        heard("heard on the sink that it has chosen", headphones, RAW_DB)
        heard("and there alone", speakers, None)
        listed = desktop.headroom("route", "list").stdout
        check(f"{name}: which is told: {listed}", headphones in listed)
        end(playing)
        playing = desktop.play(player)
        heard("and the next time without one, processed", speakers, PROCESSED_DB)

    headroom.process.send_signal(signal.SIGKILL)
    headroom.process.wait()
    # Nobody links a JACK client to another sink when its own has gone.
    if player.is_jack:
        restored = desktop.headroom("restore").stdout
        check(f"{name}: restore links it: {restored}", "speakers:playback_FR" in restored)
    heard("raw after headroom was killed", speakers, RAW_DB)
    headroom = desktop.run("--profile", "desktop", port=None)
    heard("processed when it is back", speakers, PROCESSED_DB)

    check(f"{name}: headroom ends", headroom.finish() == 0)
    heard("raw after headroom has ended", speakers, RAW_DB)
    end(playing)
finish()
