# SPDX-License-Identifier: GPL-3.0-or-later
"""chaos_test.py HEADROOM PEAK_WATCH: strangers of every kind at once, in an order of chance, for
HEADROOM_CHAOS_SECONDS (20). Afterwards memory, descriptors and threads are what they were, no sample
was over the ceiling, and nobody is stranded. HEADROOM_CHAOS_SEED repeats an order."""
import contextlib
import os
import pty
import random
import re
import shutil
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))
from stage import PROGRAM, Stage, bundle, check, end, finish, framed, message, slip, until

SECONDS = float(os.environ.get("HEADROOM_CHAOS_SECONDS", "20"))
SEED = os.environ.get("HEADROOM_CHAOS_SEED", str(time.time_ns()))
CROWD = 12           # applications that come and go together
CEILING_DB = -1.0    # no edit of the profile goes over it
MEMORY_KB = 24576    # that the allocator may keep
SERVER = f"chaos-{os.getpid()}"
PROFILE = "buses:\n  main:\n    limiter: { ceiling: %.1f }\n"
ADDRESSES = ("bus/main/limiter/ceiling", "bus/main/agc/target", "bus/main/compressor/ratio",
             "bus/main/limiter/mode", "bypass", "route/tone", "profile", "profile/list", "status",
             "subscribe", "list", "overlay", "no/such/thing")


class Chaos:
    def __init__(self, stage):
        self.stage, self.chance = stage, random.Random(SEED)
        self.highest = 0.0
        self.applications, self.held = [], []
        stage.environment["JACK_DEFAULT_SERVER"] = SERVER
        self.profile = stage.profile("chaos", PROFILE % -3)
        self.jackd = self.watch = None
        self.start_server()
        # Nobody reads what it shows, and a full pipe would be its failure at the end.
        self.headroom = stage.run("--profile", "chaos", stdout=subprocess.DEVNULL)

    def spawn(self, *command, **options):
        quiet = {"stdin": subprocess.DEVNULL, "stdout": subprocess.DEVNULL,
                 "stderr": subprocess.DEVNULL, "env": self.stage.environment}
        return subprocess.Popen(command, **(quiet | options))

    def start_server(self):
        """A program that was killed inside libjack may have left JACK2's metadata locked, for all
        later servers too; then it is removed, as `headroom doctor` says."""
        for _ in range(2):
            self.jackd = self.spawn("jackd", "-n", SERVER, "-r", "-d", "dummy", "-r", "48000",
                                    "-p", "512")
            if until(lambda: "system:playback_1" in self.ports(), 20):
                break
            self.jackd.kill()
            self.jackd.wait()
            shutil.rmtree(f"/dev/shm/jack_db-{os.getuid()}", ignore_errors=True)
            print("JACK's metadata was locked by a program that had been killed")
        self.watch = self.spawn(sys.argv[2], "headroom", stdout=subprocess.PIPE)

    def ports(self, *options):
        try:
            return subprocess.run(["jack_lsp", *options], check=False, timeout=10,
                                  env=self.stage.environment, stdout=subprocess.PIPE,
                                  stderr=subprocess.DEVNULL, text=True).stdout
        except subprocess.TimeoutExpired:
            return ""

    def count_peak(self):
        self.watch.terminate()
        with contextlib.suppress(subprocess.TimeoutExpired, ValueError):
            self.highest = max(self.highest, float(self.watch.communicate(timeout=10)[0]))
        end(self.watch)

    # What strangers do

    def random_packets(self):
        for _ in range(200):
            self.headroom.send(self.chance.randbytes(self.chance.randrange(1, 600)))

    def random_settings(self):
        for _ in range(100):
            address = "/headroom/" + self.chance.choice(ADDRESSES)
            value = self.chance.choice([-3.0, 1e30, float("nan"), 7, "quality", "ünïcode", True])
            packet = message(address, value)
            # The ceiling is what is measured.
            if "ceiling" not in address or value == -3.0:
                self.headroom.send(bundle(packet, message("/headroom/bypass", False)))
        self.headroom.send(message("/headroom/profile", "chaos"))

    def connections(self):
        for kind in (framed, slip, bytes):
            with contextlib.suppress(OSError), \
                    socket.create_connection(("127.0.0.1", self.headroom.port), 5) as peer:
                peer.sendall(kind(message("/headroom/alive")) * 20)
                peer.sendall(self.chance.randbytes(500))
        with contextlib.suppress(OSError), \
                socket.create_connection(("127.0.0.1", self.headroom.port), 5) as peer:
            peer.sendall(b"GET /?HOST_INFO HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n")
            peer.settimeout(5)
            peer.recv(100)

    def edited_profile(self):
        good = PROFILE % self.chance.uniform(-6, CEILING_DB)
        for text in ("buses: [", "\xff\xfe", "buses: { main: { limiter: { ceiling: 99 } } }", "", good):
            self.profile.write_text(text, encoding="latin-1")
            time.sleep(0.05)

    def crowd_of_applications(self):
        crowd = [self.spawn("jack_simple_client", f"crowd-{i}") for i in range(CROWD)]
        until(lambda: self.ports().count("crowd-") >= 2 * CROWD, 10)
        for process in crowd:
            process.send_signal(self.chance.choice((signal.SIGKILL, signal.SIGTERM)))
            process.wait()

    def stopped_server(self):
        self.jackd.send_signal(signal.SIGSTOP)
        time.sleep(self.chance.uniform(0.1, 2))
        self.jackd.send_signal(signal.SIGCONT)

    def lost_server(self):
        self.count_peak()
        self.jackd.send_signal(self.chance.choice((signal.SIGKILL, signal.SIGTERM)))
        self.jackd.wait()
        for process in self.applications:
            end(process)
        self.start_server()
        self.play()
        check("applications go through it again", self.played_to("headroom:"))

    def closed_terminal(self):
        child, terminal = pty.fork()
        if child == 0:
            os.execve(PROGRAM, [PROGRAM, "monitor", "--port", str(self.headroom.port)],
                      self.stage.environment)
        time.sleep(0.5)
        os.close(terminal)
        if not until(lambda: os.waitpid(child, os.WNOHANG)[0], 5):
            os.kill(child, signal.SIGKILL)
            os.waitpid(child, 0)
            check("a monitor whose terminal is closed ends", False)

    def full_disk(self):
        state = self.stage.home / ".local/state/headroom"
        if os.geteuid() == 0 and subprocess.run(
                ["mount", "-t", "tmpfs", "-o", "size=8k", "tmpfs", state], check=False,
                stderr=subprocess.DEVNULL).returncode == 0:
            with contextlib.suppress(OSError):
                (state / "full").write_bytes(b"x" * 65536)
            self.random_settings()
            time.sleep(1.5)
            subprocess.run(["umount", "-l", state], check=True)
        else:
            state.chmod(0o500)
            self.random_settings()
            time.sleep(1.5)
            state.chmod(0o700)

    ACTIONS = (random_packets, random_settings, connections, edited_profile, crowd_of_applications,
               stopped_server, lost_server, closed_terminal, full_disk)

    # What must hold

    def play(self):
        self.applications = [self.spawn("jack_simple_client", f"tone-{i}") for i in range(2)]

    def usage(self):
        """Memory, descriptors and threads at rest."""
        time.sleep(3)
        process = Path(f"/proc/{self.headroom.process.pid}")
        status = process.joinpath("status").read_text(encoding="utf-8")
        return {"kB": int(re.search(r"VmRSS:\s+(\d+)", status)[1]),
                "threads": int(re.search(r"Threads:\s+(\d+)", status)[1]),
                "descriptors": len(list(process.joinpath("fd").iterdir()))}

    def played_to(self, wanted):
        def holds():
            blocks = re.split(r"\n(?=\S)", self.ports("-c"))
            links = [block.split()[1:] for block in blocks if re.match(r"tone-\d:output", block)]
            return len(links) >= 2 and all(
                link and all(port.startswith(wanted) for port in link) for link in links)
        return until(holds, 20)

    def round(self, actions):
        for action in actions:
            action(self)
            self.headroom.read()
            check(f"it runs after {action.__name__}", self.headroom.poll() is None)
            if self.headroom.poll() is not None:
                print(f"it ended with {self.headroom.poll()}: {self.headroom.read()[-8000:]}")
                finish()


with Stage() as stage:
    print(f"seed {SEED}, {SECONDS:.0f} s")
    chaos = Chaos(stage)
    chaos.play()
    try:
        chaos.round(chaos.ACTIONS)  # once, before it is measured what there is
        before = chaos.usage()
        deadline = time.monotonic() + SECONDS
        while time.monotonic() < deadline:
            chaos.round([chaos.chance.choice(chaos.ACTIONS)])
        check("it answers", until(lambda: chaos.headroom.ask("/headroom/alive", seconds=1), 10))
        check("applications go through it", chaos.played_to("headroom:"))
        after = chaos.usage()
        print("before", before, "after", after)
        check("threads are what they were", after["threads"] <= before["threads"])
        check("descriptors are what they were", after["descriptors"] <= before["descriptors"] + 2)
        check("memory is what it was", after["kB"] <= before["kB"] + MEMORY_KB)
        chaos.count_peak()
        check(f"no sample was over the ceiling: {chaos.highest:.4f}",
              0 < chaos.highest <= 10 ** (CEILING_DB / 20) + 1e-4)
        check("it ends", chaos.headroom.finish() == 0)
        check("nobody is stranded", chaos.played_to("system:playback"))
    finally:
        for process in chaos.applications:
            end(process)
        end(chaos.watch)
        chaos.jackd.kill()
        chaos.jackd.wait()
finish()
