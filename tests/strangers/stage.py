# SPDX-License-Identifier: GPL-3.0-or-later
"""A machine as a stranger meets it: a fresh HOME, no settings, the program, OSC by hand.

    with Stage() as stage:
        headroom = stage.run()
        check("it answers", headroom.ask("/headroom/alive"))
    finish()
"""
import array
import contextlib
import fcntl
import math
import os
import re
import select
import shutil
import socket
import struct
import subprocess
import sys
import tempfile
import termios
import time
import wave
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1] / "support"))
from checks import check, finish, have_failed, until  # noqa: F401 (for the tests)
from raw_osc import bundle, framed, message, messages, padded, slip  # noqa: F401

PROGRAM = sys.argv[1]
START_S = 30


class Stage(contextlib.ExitStack):
    """A HOME of its own, and nothing of the machine's sessions: neither a JACK server nor PipeWire
    is found, so `headroom run` starts a server of its own."""

    def __init__(self):
        super().__init__()
        self.folder = Path(self.enter_context(tempfile.TemporaryDirectory()))
        self.home, self.runtime = self.folder / "home", self.folder / "run"
        self.home.mkdir()
        self.runtime.mkdir(mode=0o700)
        self.environment = {"HOME": str(self.home), "XDG_RUNTIME_DIR": str(self.runtime),
                            "PATH": f"{Path(PROGRAM).parent}:{os.environ['PATH']}",
                            "LC_ALL": "C.UTF-8", "TERM": "xterm"}
        for name in ("LSAN_OPTIONS", "ASAN_OPTIONS", "UBSAN_OPTIONS", "TSAN_OPTIONS"):
            if name in os.environ:
                self.environment[name] = os.environ[name]

    def start(self, *command, **options):
        """A program that is ended with the stage."""
        options = {"stdin": subprocess.DEVNULL, "stdout": subprocess.PIPE,
                   "stderr": subprocess.PIPE, "env": self.environment, "cwd": self.home} | options
        process = subprocess.Popen([str(word) for word in command], **options)
        self.callback(end, process)
        return process

    def run(self, *options, **how):
        """`headroom run` on a free port, once it listens."""
        return Headroom(self, options, **how)

    def headroom(self, *words, timeout=30, **options):
        """What `headroom WORDS` came to: returncode, stdout, stderr."""
        options = {"env": self.environment, "cwd": self.home, "stdin": subprocess.DEVNULL,
                   "text": True} | options
        return subprocess.run([PROGRAM, *map(str, words)], check=False, timeout=timeout,
                              stdout=subprocess.PIPE, stderr=subprocess.PIPE, **options)

    def terminal(self, *command, rows=24, columns=80, **options):
        """A program in a terminal of its own, whose session it leads."""
        return Terminal(self, command, rows, columns, options)

    def jack_server(self):
        """A JACK server with a dummy driver, which everything that starts from now on finds."""
        name = f"stranger-{os.getpid()}"
        self.environment |= {"JACK_DEFAULT_SERVER": name, "JACK_NO_AUDIO_RESERVATION": "1"}
        server = self.start("jackd", "-n", name, "-r", "-d", "dummy", "-r", "48000", "-p", "512",
                            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        until(lambda: "system:playback_1" in self.links("system:playback_1", whole=True), START_S)
        return server

    def pipewire_session(self):
        """PipeWire with WirePlumber and one sink, "speakers", in place of JACK2."""
        bus = f"unix:path={self.runtime}/bus"
        self.session = {}
        self.environment |= pipewire_beside_the_system(self.home) | {"DBUS_SESSION_BUS_ADDRESS": bus, "PIPEWIRE_REMOTE": "pipewire-0",
                             "PIPEWIRE_RUNTIME_DIR": str(self.runtime),
                             "JACK_DEFAULT_SERVER": f"none-{os.getpid()}"}
        quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
        for command, socket_name in (
                (("dbus-daemon", "--session", "--nofork", "--nopidfile", f"--address={bus}"), "bus"),
                (("pipewire",), "pipewire-0"), (("wireplumber",), "pipewire-0")):
            self.session[command[0]] = self.start(*command, **quiet)
            until(lambda name=socket_name: (self.runtime / name).is_socket(), START_S)
        subprocess.run(["pw-cli", "create-node", "adapter",
                        "{ factory.name=support.null-audio-sink node.name=speakers"
                        " media.class=Audio/Sink object.linger=true audio.position=[FL FR] }"],
                       check=True, env=self.environment, timeout=START_S, **quiet)
        until(lambda: "speakers" in subprocess.run(
            ["pw-jack", "jack_lsp"], check=False, env=self.environment, stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL, text=True, timeout=START_S).stdout, START_S)

    def application(self, name="tone"):
        """A JACK client that plays to the speakers, as jack_simple_client does."""
        process = self.start("jack_simple_client", name, stdout=subprocess.DEVNULL,
                             stderr=subprocess.DEVNULL)
        until(lambda: self.links(f"{name}:output1"), START_S)
        return process

    def jack_player(self, name, outputs=2, inputs=0, to=()):
        """A JACK client of that shape that links its outputs, in order, to these ports."""
        player = JackPlayer(self, name, outputs, inputs)
        for i, port in enumerate(to, 1):
            player.do(f"link {name}:out_{i} {port}")
        return player

    def links(self, port, whole=False):
        """The ports that this one is connected to."""
        try:
            lines = subprocess.run(["jack_lsp", "-c", port], check=False, env=self.environment,
                                   stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True,
                                   timeout=10).stdout.splitlines()
        except subprocess.TimeoutExpired:
            return []
        return lines if whole else [line.strip() for line in lines if line.startswith(" ")]

    def profile(self, name, text):
        """A profile of the user's own; returns its file."""
        file = self.home / ".config/headroom/profiles" / f"{name}.yaml"
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, encoding="utf-8")
        return file


def pipewire_beside_the_system(home):
    """What has programs use the PipeWire that `./dev test --pipewire-new` unpacks; nothing if the
    system's is meant. Its configuration is put where the user's own is, so that drop-ins hold."""
    if "HEADROOM_PIPEWIRE_ROOT" not in os.environ:
        return {}
    root = Path(os.environ["HEADROOM_PIPEWIRE_ROOT"])
    libraries = next(root.glob("usr/lib/*/pipewire-0.3")).parent
    configuration = home / ".config/pipewire"
    configuration.mkdir(parents=True)
    for file in root.glob("usr/share/pipewire/*.conf"):
        shutil.copy(file, configuration)
    wireplumber = str(root / "usr/share/wireplumber")
    return {"PATH": f"{Path(PROGRAM).parent}:{root / 'usr/bin'}:{os.environ['PATH']}",
            "LD_LIBRARY_PATH": str(libraries),
            "PIPEWIRE_MODULE_DIR": str(libraries / "pipewire-0.3"),
            "SPA_PLUGIN_DIR": str(libraries / "spa-0.2"),
            "WIREPLUMBER_MODULE_DIR": str(libraries / "wireplumber-0.5"),
            "WIREPLUMBER_CONFIG_DIR": wireplumber, "WIREPLUMBER_DATA_DIR": wireplumber}


class JackPlayer:
    """A client that does what it is told (jack_player.py)."""

    def __init__(self, stage, name, outputs, inputs):
        self.process = stage.start(sys.executable, Path(__file__).with_name("jack_player.py"), name,
                                   outputs, inputs, stdin=subprocess.PIPE, text=True, bufsize=1)
        check(f"{name} works", self.process.stdout.readline() == "ok\n")

    def do(self, words):
        self.process.stdin.write(words + "\n")
        return self.process.stdout.readline() == "ok\n"


def write_sound(file, seconds=1.0, rate_hz=48000):
    """A stereo tone of -12 dBFS."""
    samples = array.array("h")
    for i in range(int(seconds * rate_hz)):
        samples.extend(2 * [int(8230 * math.sin(2 * math.pi * 997 * i / rate_hz))])
    with wave.open(open(file, "wb"), "wb") as out:
        out.setparams((2, 2, rate_hz, 0, "NONE", ""))
        out.writeframes(samples.tobytes())


def end(process):
    """Ends it the friendly way, then the other."""
    if process.poll() is None:
        process.terminate()
        try:
            process.wait(10)
        except subprocess.TimeoutExpired:
            process.kill()
    process.wait()
    for stream in (process.stdin, process.stdout, process.stderr):
        if stream:
            stream.close()


class Terminal:
    """What a person sees and types. The text is as it comes, control sequences included."""

    def __init__(self, stage, command, rows, columns, options):
        self.master, terminal = os.openpty()
        fcntl.ioctl(self.master, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))
        stage.callback(self.close)
        self.text = ""
        options = {"stdin": terminal, "stdout": terminal, "stderr": terminal} | options
        self.process = stage.start(*command, start_new_session=True,
                                   preexec_fn=lambda: fcntl.ioctl(0, termios.TIOCSCTTY, 0),
                                   **options)
        os.close(terminal)

    def read(self):
        """All that was written, so far."""
        while self.master >= 0 and select.select([self.master], [], [], 0)[0]:
            try:
                self.text += os.read(self.master, 65536).decode(errors="replace")
            except OSError:
                break
        return self.text

    def shows(self, wanted, seconds=START_S):
        return until(lambda: re.search(wanted, self.read()), seconds)

    def press(self, keys):
        os.write(self.master, keys.encode())

    def close(self):
        """As the window is closed."""
        if self.master >= 0:
            os.close(self.master)
        self.master = -1

    def ends(self, seconds):
        """How long the program still takes; None when it goes on."""
        before = time.monotonic()
        try:
            self.process.wait(seconds)
        except subprocess.TimeoutExpired:
            return None
        return time.monotonic() - before


class Headroom:
    """The running program and a peer of it on 127.0.0.1. port: None leaves it to the program."""

    def __init__(self, stage, options, port=0, ready=r"OSC on 127\.0\.0\.1:(\d+)", **how):
        self.stage = stage
        self.said = ""
        at = [] if port is None else ["--osc-port", port]
        self.process = stage.start(PROGRAM, "run", "--no-announce", *at, *options, **how)
        found = until(lambda: self.poll() is not None or re.search(ready, self.read()), START_S)
        match = re.search(ready, self.said)
        if not found or not match:
            raise RuntimeError("headroom does not run: " + self.said)
        self.port = int(match[1])
        self.socket = stage.enter_context(socket.socket(socket.AF_INET, socket.SOCK_DGRAM))
        self.socket.connect(("127.0.0.1", self.port))

    def read(self):
        """All that it has said on stderr."""
        stream = self.process.stderr
        while stream and select.select([stream], [], [], 0)[0]:
            data = os.read(stream.fileno(), 65536)
            if not data:
                break
            self.said += data.decode(errors="replace")
        return self.said

    def poll(self):
        return self.process.poll()

    def send(self, packet):
        self.socket.send(packet)

    def heard(self, seconds=0.3):
        """Every message that comes within that time."""
        out, deadline = [], time.monotonic() + seconds
        while (left := deadline - time.monotonic()) > 0:
            if select.select([self.socket], [], [], left)[0]:
                with contextlib.suppress(ConnectionRefusedError):
                    out += messages(self.socket.recv(65536))
        return out

    def ask(self, address, *arguments, seconds=5):
        """The arguments of the first answer: on that address, or an error's. None without one."""
        self.send(message(address, *arguments))
        deadline = time.monotonic() + seconds
        while (left := deadline - time.monotonic()) > 0:
            if not select.select([self.socket], [], [], left)[0]:
                break
            try:
                packet = self.socket.recv(65536)
            except ConnectionRefusedError:
                return None
            for heard, what in messages(packet):
                if heard in (address, "/headroom/error"):
                    return what
        return None

    def get(self, path):
        answer = self.ask("/headroom/" + path)
        return answer[0] if answer else None

    def round_trip_s(self):
        """How long a question waits for its answer; infinite without one."""
        before = time.monotonic()
        return time.monotonic() - before if self.ask("/headroom/alive", seconds=10) else float("inf")

    def tcp(self):
        return self.stage.enter_context(socket.create_connection(("127.0.0.1", self.port), 5))

    def finish(self, signal_number=15, seconds=10):
        """The exit status after a signal; None where it does not end in time."""
        self.process.send_signal(signal_number)
        try:
            return self.process.wait(seconds)
        except subprocess.TimeoutExpired:
            return None
