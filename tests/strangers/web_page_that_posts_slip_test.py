# SPDX-License-Identifier: GPL-3.0-or-later
"""A web page posts SLIP in a request that needs no leave: with --no-query it was carried out."""
from stage import Stage, check, finish, message, slip

with Stage() as stage:
    for options in ((), ("--no-query",)):
        headroom = stage.run(*options)
        body = slip(message("/headroom/bus/main/limiter/ceiling", -7.0))
        for method in ("POST", "PUT", "get", "x", "{"):
            peer = headroom.tcp()
            peer.sendall(f"{method} / HTTP/1.1\r\nHost: 127.0.0.1:{headroom.port}\r\n"
                         f"Content-Length: {len(body)}\r\n\r\n".encode() + body)
            peer.settimeout(5)
            try:
                while peer.recv(1000):
                    pass
                ended = True
            except ConnectionResetError:
                ended = True
            except TimeoutError:
                ended = bool(not options and method in ("POST", "PUT"))  # kept for the next request
            check(f"{options} {method}: the connection ends", ended)
        check(f"{options}: nothing is set", headroom.get("bus/main/limiter/ceiling") == -1.0)
        headroom.finish()
finish()
