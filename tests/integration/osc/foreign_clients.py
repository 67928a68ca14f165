#!/usr/bin/python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Talks to headroom's OSC server with programs that are not headroom's: oscsend, oscdump, python3-liblo
and plain sockets.

  foreign_clients.py --server build/.../osc_test_server    starts that server itself
  foreign_clients.py --host 127.0.0.1 --port 9140          talks to a running headroom
"""
import argparse
import contextlib
import pathlib
import random
import socket
import struct
import subprocess
import sys
import time

sys.path.insert(0, str(pathlib.Path(__file__).parents[2] / "support"))
from checks import check, finish, until
from python_liblo import liblo

DEADLINE_S = 20


class Surfer:
    """A python3-liblo client: sends and receives on one socket."""

    def __init__(self, host, port):
        self.to = liblo.Address(host, port)
        self.server = liblo.Server()
        self.got = []
        self.server.add_method(None, None, lambda path, args: self.got.append((path, args)))

    def send(self, path, *arguments):
        self.server.send(self.to, path, *arguments)

    def wait(self, wanted, deadline_s=DEADLINE_S):
        """The first message that `wanted` accepts, and every one before it is dropped."""
        end = time.monotonic() + deadline_s
        while time.monotonic() < end:
            while self.got:
                message = self.got.pop(0)
                if wanted(*message):
                    return message
            self.server.recv(50)
        return None

    def ask(self, path, *arguments):
        self.send(path, *arguments)
        return self.wait(lambda p, a: p == path or (p == "/headroom/error" and a[0] == path))


def near(message, value):
    return message is not None and abs(message[1][0] - value) < 1e-4


def oscsend(args, path, *arguments):
    subprocess.run(["oscsend", args.host, str(args.port), path, *arguments], check=True, timeout=20)


def pythons_liblo(args, ceiling):
    surfer = Surfer(args.host, args.port)
    check("python-liblo sets", near(surfer.ask(ceiling, ("f", -3.0)), -3.0))
    check("python-liblo asks", near(surfer.ask(ceiling), -3.0))
    for type_tag, value in (("i", -4), ("d", -4.0), ("h", -4), ("s", "-4"), ("S", "-4 dBTP")):
        surfer.ask(ceiling, ("f", -3.0))
        check(f"type {type_tag} sets", near(surfer.ask(ceiling, (type_tag, value)), -4.0))
    check("a clamped value is confirmed", near(surfer.ask(ceiling, ("f", 90.0)), 0.0))
    check("norm", near(surfer.ask(ceiling + "/norm", ("f", 0.5)), 0.5))
    text = surfer.ask(ceiling + "/text")
    check("text", text is not None and text[1] == ["-10.0 dBTP"])
    error = surfer.ask("/headroom/nothing", ("f", 1.0))
    check("an unknown address is an error", error is not None and error[0] == "/headroom/error"
          and error[1][1] == 2)

    surfer.send("/headroom/list")
    listed = []
    end = surfer.wait(lambda p, a: p == "/headroom/list/end" or
                      (p == "/headroom/list" and listed.append(a[0])))
    check("the list is complete", end is not None and end[1] == [len(listed)] and len(listed) > 20)
    silent = [address for address in listed if surfer.ask(address) is None]
    check("every address answers", not silent)
    undescribed = [a for a in listed if (surfer.ask("/headroom/info", a) or ("", [""]))[1][0] != a]
    check("every address is described", not undescribed)
    unset = []
    for address in (a for a in listed if "/meter/" not in a):
        norm = surfer.ask(address + "/norm")
        if norm is None or not near(surfer.ask(address + "/norm", ("f", norm[1][0])), norm[1][0]):
            unset.append(address)
    check(f"every parameter confirms a set {unset}", not unset)

    surfer.server.send(surfer.to, liblo.Bundle(liblo.Message(ceiling, ("f", -5.0)),
                                               liblo.Message("/headroom/nothing", 1)))
    error = surfer.wait(lambda p, a: p == "/headroom/error")
    check("a bundle with an error", error is not None and error[1][0] == "/headroom/nothing")
    check("changes nothing", near(surfer.ask(ceiling), -10.0))
    surfer.server.send(surfer.to, liblo.Bundle(liblo.Message(ceiling, ("f", -5.0)),
                                               liblo.Message(ceiling + "/text")))
    check("a good bundle is applied", surfer.wait(lambda p, a: a == ["-5.0 dBTP"]) is not None)

    surfer.send("/headroom/subscribe", ceiling)
    check("the state comes first", surfer.wait(lambda p, a: p == ceiling) is not None)
    check("then keep-alives", surfer.wait(lambda p, a: p == "/headroom/alive") is not None)
    oscsend(args, ceiling, "f", "-6.5")
    check("oscsend's change is told", surfer.wait(lambda p, a: p == ceiling and a == [-6.5])
          is not None)
    surfer.send("/headroom/subscribe", "/headroom/meter", 60)
    check("meters are told", surfer.wait(lambda p, a: p.startswith("/headroom/meter/"))
          is not None)
    surfer.send("/headroom/unsubscribe")


def landed(surfer):
    """What /headroom/landed told of the last second."""
    report = surfer.wait(lambda p, a: p == "/headroom/landed")
    return report[1] if report else [0.0] * 7


def later(seconds, *messages):
    return liblo.Bundle(liblo.time() + seconds, *messages)


def timed(args, ceiling):
    """Real time tags of liblo, which reads the machine's clock by itself."""
    surfer = Surfer(args.host, args.port)
    surfer.ask(ceiling, ("f", -3.0))
    sent = time.monotonic()
    surfer.server.send(surfer.to, later(0.5, liblo.Message(ceiling, ("f", -7.0))))
    check("before its time a bundle changes nothing", near(surfer.ask(ceiling), -3.0))
    confirmed = surfer.wait(lambda p, a: p == ceiling and near((p, a), -7.0))
    late_s = time.monotonic() - sent - 0.5
    check(f"a bundle of python-liblo holds at its time ({late_s * 1e3:.1f} ms)",
          confirmed is not None and -0.02 < late_s < 2.0)
    report = landed(surfer)
    check(f"its landing is told {report}", report[3:5] == [1, 0] and 300 < report[0] <= 500)
    surfer.server.send(surfer.to, later(-0.5, liblo.Message(ceiling, ("f", -8.0))))
    check("a late one holds at once", surfer.wait(lambda p, a: p == ceiling and a == [-8.0])
          is not None)
    report = landed(surfer)
    check(f"and is counted {report}", report[3:5] == [1, 1] and report[0] < -400)
    surfer.server.send(surfer.to, later(3600, liblo.Message(ceiling, ("f", -9.0))))
    error = surfer.wait(lambda p, a: p == "/headroom/error")
    check("one for the next hour is refused", error is not None and error[1][1] == 8)

    question = surfer.ask("/headroom/clock", ("t", liblo.time()))
    check("the clock is told", question is not None and len(question[1]) == 3)
    for stamp, value in ((5000, -4.0), (4000, -5.0)):
        surfer.server.send(surfer.to, liblo.Bundle(liblo.Message("/headroom/sent", ("i", stamp)),
                                                   liblo.Message(ceiling, ("f", value))))
    time.sleep(0.05)
    check("an older stamp loses", near(surfer.ask(ceiling), -4.0))


def oscsends_types(args, ceiling):
    surfer = Surfer(args.host, args.port)
    for types, value in (("f", "-2"), ("d", "-2"), ("i", "-2"), ("h", "-2"), ("s", "-2")):
        surfer.ask(ceiling, ("f", -3.0))
        oscsend(args, ceiling, types, value)
        check(f"oscsend {types}", near(surfer.ask(ceiling), -2.0))
    bypass = ceiling.replace("limiter/ceiling", "bypass")
    oscsend(args, bypass, "T")
    check("oscsend T", near(surfer.ask(bypass), 1))
    oscsend(args, bypass, "F")
    check("oscsend F", near(surfer.ask(bypass), 0))
    oscsend(args, bypass + "/toggle")
    check("oscsend without an argument toggles", near(surfer.ask(bypass), 1))
    oscsend(args, bypass, "F")


def tcp(args, ceiling):
    """liblo's own TCP, which puts a length before each packet, and SLIP by hand."""
    surfer = Surfer(args.host, args.port)
    liblo.send(liblo.Address(args.host, args.port, liblo.TCP), ceiling, ("f", -7.5))
    arrived = until(lambda: near(surfer.ask(ceiling), -7.5), DEADLINE_S)
    check("python-liblo sets over TCP", arrived)
    subprocess.run(["oscsend", f"osc.tcp://{args.host}:{args.port}/", ceiling, "f", "-8.5"],
                   check=True, timeout=20)
    arrived = until(lambda: near(surfer.ask(ceiling), -8.5), DEADLINE_S)
    check("oscsend sets over TCP", arrived)
    with socket.create_connection((args.host, args.port), timeout=DEADLINE_S) as plain:
        plain.sendall(b"\xc0/headroom/bypass\0\0\0\0,\0\0\0\xc0")
        plain.shutdown(socket.SHUT_WR)
        answer = b"".join(iter(lambda: plain.recv(4096), b""))
    check("SLIP is answered in SLIP", answer.startswith(b"\xc0/headroom/bypass\0") and
          answer.endswith(b"\xc0"))


def hostile(args, ceiling):
    """Random bytes, cut and damaged packets, and the pattern that stops liblo for 18 s."""
    randomly = random.Random(3)
    plain = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    good = ceiling.encode() + b"\0" * (4 - len(ceiling) % 4) + b",f\0\0" + struct.pack(">f", -1.0)
    bundle = b"#bundle\0" + struct.pack(">QI", 1, len(good)) + good
    for _ in range(3000):
        packet = bytearray(randomly.choice([good, bundle]))
        for _ in range(randomly.randrange(4)):
            packet[randomly.randrange(len(packet))] = randomly.randrange(256)
        plain.sendto(bytes(packet[:randomly.randrange(len(packet) + 1)]), (args.host, args.port))
    for packet in (b"/a ,b\0\0\0", b"/a\0\0,b\0\0", b"#bundle\0" * 180, b"", b"\0" * 1500,
                   b"/headroom/" + b"*a" * 50 + b"\0" * 2 + b"\0\0,\0\0\0", b"/" * 1500):
        plain.sendto(packet, (args.host, args.port))
    start = time.monotonic()
    surfer = Surfer(args.host, args.port)
    answer = None
    while answer is None and time.monotonic() - start < DEADLINE_S:
        surfer.send(ceiling)  # the flood may have filled the socket, so more than once
        answer = surfer.wait(lambda p, a: p == ceiling, 0.5)
    check("the server lives on", answer is not None)
    check("and is quick", time.monotonic() - start < 5)


def oscdumps_feedback(port, address):
    """What a static peer hears; the server was told of the port when it started."""
    with subprocess.Popen(["oscdump", "-L", str(port)], stdout=subprocess.PIPE,
                          text=True) as dump:
        yield
        lines = []
        end = time.monotonic() + DEADLINE_S
        while time.monotonic() < end and not any(address + " " in line for line in lines):
            lines.append(dump.stdout.readline())
        dump.terminate()
    check("oscdump shows what a static peer is told", any(address + " f " in l for l in lines))


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--server")
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int)
    parser.add_argument("--bus", default="main")
    args = parser.parse_args()
    ceiling = f"/headroom/bus/{args.bus}/limiter/ceiling"

    with contextlib.ExitStack() as stack:
        if args.server:
            with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as free:
                free.bind(("127.0.0.1", 0))
                dump_port = free.getsockname()[1]
            stack.enter_context(contextlib.contextmanager(oscdumps_feedback)(dump_port, ceiling))
            server = stack.enter_context(
                subprocess.Popen([args.server, str(dump_port)], stdin=subprocess.PIPE,
                                 stdout=subprocess.PIPE, text=True))
            stack.callback(server.stdin.close)
            args.port = int(server.stdout.readline())
        pythons_liblo(args, ceiling)
        timed(args, ceiling)
        oscsends_types(args, ceiling)
        tcp(args, ceiling)
        hostile(args, ceiling)
        if args.server:
            check("the server did not end by itself", server.poll() is None)
            oscsend(args, ceiling, "f", "-1.5")
    finish()


if __name__ == "__main__":
    main()
