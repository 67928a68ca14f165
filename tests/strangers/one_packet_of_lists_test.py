# SPDX-License-Identifier: GPL-3.0-or-later
"""One peer sends packets full of lists, of profiles and of patterns as fast as it can; another asks.
One such packet alone held up everybody for half a second."""
# ctest: RUN_SERIAL TRUE
import socket
import threading
import time

from stage import Stage, bundle, check, finish, message

QUESTIONS = 200

with Stage() as stage:
    headroom = stage.run()
    is_over = threading.Event()

    def flood(packets):
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as peer:
            peer.connect(("127.0.0.1", headroom.port))
            while not is_over.is_set():
                for packet in packets:
                    peer.send(packet)

    def drain():
        while headroom.poll() is None:
            headroom.read()
            time.sleep(0.01)

    threading.Thread(target=drain, daemon=True).start()
    FLOODS = {
        "lists of profiles": [bundle(*[message("/headroom/profile/list")] * 40)],
        "lists of addresses": [bundle(*[message("/headroom/list")] * 60)],
        "patterns": [bundle(*[message(f"/headroom/*/*/*{i}*/*")] * 30) for i in range(200)],
        "other profiles": [bundle(message("/headroom/profile", name)) for name in ("night", "default")],
        "garbage": [b"#bundle\0" + bytes(64), b"/x\0\0,z\0\0", bytes(1000)],
    }
    for name, packets in FLOODS.items():
        is_over.clear()
        sender = threading.Thread(target=flood, args=(packets,))
        sender.start()
        time.sleep(0.2)
        trips = sorted(headroom.round_trip_s() for _ in range(QUESTIONS))
        is_over.set()
        sender.join()
        # A busy machine may hold up both; the median tells what is made to wait.
        print(f"{name}: median {trips[QUESTIONS // 2] * 1e3:.1f} ms, worst {trips[-1] * 1e3:.1f} ms")
        check(f"{name}: answered", trips[QUESTIONS // 2] < 0.02 and trips[-2] < 0.2)
        time.sleep(0.5)
finish()
