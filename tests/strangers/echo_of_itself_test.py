# SPDX-License-Identifier: GPL-3.0-or-later
"""A peer has answers sent to headroom's own port, or to that of another headroom; two headrooms are
peers of each other. Each confirmation was taken for a set and confirmed, for ever."""
import time

from stage import Stage, check, finish, message

CEILING = "/headroom/bus/main/limiter/ceiling"


def datagrams():
    with open("/proc/net/snmp", encoding="ascii") as file:
        return int([line.split() for line in file if line.startswith("Udp:")][1][1])


def per_second():
    before = datagrams()
    time.sleep(1)
    return datagrams() - before


with Stage() as stage:
    one = stage.run()
    two = stage.run()
    quiet = per_second()
    one.send(message("/headroom/port", one.port))
    one.send(message(CEILING, -3.0))
    one.send(message(CEILING))
    check("no echo on its own port", per_second() < quiet + 200)
    one.send(message("/headroom/port", two.port))
    for _ in range(20):
        one.send(message(CEILING, -4.0))
        one.send(message(CEILING))
    check("no echo between two", per_second() < quiet + 200)
    check("the other one is as it was", two.get("bus/main/limiter/ceiling") == -1.0)

with Stage() as stage:
    ports = (19471, 19472)
    for own, other in (ports, ports[::-1]):
        stage.profile(f"p{own}", "osc: { peers: [ { address: 127.0.0.1, port: %d } ] }\n" % other)
    one, two = [stage.run("--profile", f"p{port}", port=port) for port in ports]
    undone = 0
    for i in range(40):
        value = -1.0 - i % 18
        one.ask(CEILING, value)
        time.sleep(0.02)
        undone += one.ask(CEILING) != [value]
    check("sets hold", undone == 0)
    check("peers of each other do not echo", per_second() < 2000)
finish()
