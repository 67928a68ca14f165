# SPDX-License-Identifier: GPL-3.0-or-later
"""The JACK server ends and is started again: stream_start_frame, by which one finds a frame of the stream
on the server's clock, was 4294907136."""
import time

from stage import Stage, check, end, finish, until

with Stage() as stage:
    server = stage.jack_server()
    headroom = stage.run()

    def start():
        return headroom.ask("/headroom/status/stream_start_frame")[0]

    check("the stream is younger than the server", until(lambda: start() > 0, 10))
    time.sleep(4)  # longer than headroom takes to find the next
    end(server)
    stage.jack_server()
    check("then it is older", until(lambda: start() < 0, 20) and start() > -60 * 48000)
    check("and it ends well", headroom.finish() == 0)
finish()
