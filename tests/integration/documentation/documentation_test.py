# SPDX-License-Identifier: GPL-3.0-or-later
"""documentation_test.py HEADROOM README MAN: each command of the README, of the manual and of every
--help is run as it is printed, in an empty folder and a fresh HOME, beside a JACK server, or beside
PipeWire if the text is about PipeWire."""
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[2] / "strangers"))
from stage import Stage, check, finish, until, write_sound

PROGRAM, README, MAN = sys.argv[1:4]
LONG_S = 60

# The commands that cannot be run as they are, each with what stands in for it and why.
SUBSTITUTES = {
    "jackd -d alsa &": ("jackd -r -d dummy &", "a machine for tests has no sound card"),
    "headroom run --listen 192.168.1.10 --allow 192.168.1.0/24":
        ("headroom run --listen 127.0.0.2 --allow 127.0.0.0/8", "the address is the reader's"),
}
# Left to others, by the beginning of the line: what runs them.
ELSEWHERE = {
    "./dev": ".ci and tests/package: they install packages",
    "sudo ": "installs packages",
    "cmake --install": "tests/integration/install",
    "systemctl": "tests/integration/systemd",
}
# What cannot be done without a person or their devices: how the command ends then.
ENDS_OTHERWISE = {
    "headroom midi save": "nothing was learned yet",
    "headroom strip": "strip",  # the application has none, and the message says how it gets one
    "headroom route test": "",
    # In a user namespace the real-time rights of the machine do not count.
    "headroom doctor": "this user may not use real-time priority",
}
# These go on until they are ended.
LONG = re.compile(r"headroom (run|monitor|midi learn)\b")


def help_examples(words=()):
    """The examples of this command and all below it, which may share them."""
    text = subprocess.run([PROGRAM, *words, "--help"], check=True, stdout=subprocess.PIPE,
                          text=True).stdout
    for line in re.findall(r"^  (\S.*)", re.split(r"Examples?[^\n]*:\n", text)[-1], re.MULTILINE):
        if re.match(r"(headroom|mkdir) ", line):
            yield f"{words[0]} --help", re.split(r"\s{3,}", line)[0]
    listed = re.search(r"^Subcommands:\n((?:  .*\n)*)", text, re.MULTILINE)
    for name in re.findall(r"^  ([a-z-]+) ", listed[1] if listed else "", re.MULTILINE):
        if name != "help":
            yield from help_examples((*words, name))


def readme_examples():
    text = re.sub(r"^```.*?^```", "", Path(README).read_text(encoding="utf-8"),
                  flags=re.MULTILINE | re.DOTALL)
    for heading, section in re.findall(r"^## (.*)\n((?:(?!## ).*\n)*)", text, re.MULTILINE):
        for line in re.findall(r"^    (\S.*)", section, re.MULTILINE):
            if not line.startswith("headroom 0.") and re.match(
                    r"(build/)?headroom |oscsend |jackd |\./dev|cmake|systemctl", line):
                yield f"README, {heading}", re.sub(r"\s+#.*", "", line)


def manual_examples():
    for page in sorted(Path(MAN).glob("*.in")):
        for line in re.findall(r"^\.Dl (?:\$ )?(.*)", page.read_text(encoding="utf-8"), re.MULTILINE):
            if re.match(r"(headroom|oscsend|systemctl) ", line):
                yield page.name, line.replace("\\e", "\\").replace("\\-", "-")


def examples():
    """Each with the page that shows it, once a page."""
    return list(dict.fromkeys([*readme_examples(), *manual_examples(), *help_examples()]))


class Folder:
    """An empty folder with the files that a command names, and nothing else."""

    def __init__(self, stage):
        self.stage = stage
        self.path = stage.folder / "work"
        self.path.mkdir()
        (self.path / "build").mkdir()
        (self.path / "build/headroom").symlink_to(PROGRAM)
        self.environment = stage.environment | {"PATH": f"{self.path}/build:{os.environ['PATH']}"}
        for name in ("in.wav", "album/one.flac", "Podcasts/one.wav"):
            sound = (stage.home if name.startswith("Podcasts") else self.path) / name
            sound.parent.mkdir(exist_ok=True)
            write_sound(sound.with_suffix(".wav"))
            if name.endswith(".flac"):
                self.render(sound.with_suffix(".wav"), sound)
        for name in ("song.flac", "film.flac"):
            self.render(self.path / "in.wav", self.path / name)
        night = subprocess.run([PROGRAM, "profile", "show", "night"], check=True,
                               stdout=subprocess.PIPE).stdout
        for name in ("mine.yaml", "my-profile.yaml"):
            (self.path / name).write_bytes(night)

    def render(self, source, target):
        subprocess.run([PROGRAM, "render", source, target], check=True, stdout=subprocess.DEVNULL,
                       env=self.environment)

    def shell(self, line, **options):
        return subprocess.Popen(["bash", "-c", line], cwd=self.path, env=self.environment,
                                stdin=subprocess.DEVNULL, text=True, **options)


def is_long(line):
    return LONG.search(line) and "--seconds" not in line


def run_long(folder, stage, line):
    """Started in a terminal, and ended as a person does."""
    terminal = stage.terminal("bash", "-c", "exec " + line, cwd=folder.path, env=folder.environment)
    wanted = {"run": "LUFS   true peak", "monitor": "q quit", "midi learn": "move the control"}
    sign = "true_peak" if "monitor --json" in line else wanted[LONG.search(line)[1]]
    shown = terminal.shows(sign, 20)
    terminal.press("q" if line == "headroom monitor" else "\x03")
    took = terminal.ends(5)
    return bool(shown) and took is not None, terminal.read()[-300:]


def run_short(folder, line):
    process = folder.shell(line, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    try:
        text = process.communicate(timeout=LONG_S)[0]
    except subprocess.TimeoutExpired:
        process.kill()
        return False, "does not end"
    for beginning, expected in ENDS_OTHERWISE.items():
        if line.startswith(beginning) and process.returncode == 1:
            return expected in text, text
    return process.returncode == 0, text


def needs_a_running_one(line):
    return not re.match(r"(headroom )?(run|render|measure|mkdir|completion|params|check|doctor)\b",
                        line.removeprefix("headroom "))


def needs_pipewire(place, line):
    return "PipeWire" in place or line.startswith("headroom sink ")


def run_all(shown, start_server):
    """Runs the examples beside a server that start_server starts on the stage."""
    with Stage() as stage:
        start_server(stage)
        folder = Folder(stage)
        background = None
        page = None
        for place, printed in shown:
            if page != place:
                page = place
                for name in (".config", ".local", ".zfunc"):
                    shutil.rmtree(stage.home / name, ignore_errors=True)
            line = printed.replace("build/headroom", "headroom")
            if reason := next((why for start, why in ELSEWHERE.items() if line.startswith(start)),
                              None):
                print(f"other {place}: {printed} ({reason})")
                continue
            line, _ = SUBSTITUTES.get(line, (line, ""))
            if line.startswith("jackd"):
                done = folder.shell("jackd -n shown -r -d dummy & sleep 1; kill -0 $! && kill $!",
                                    stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
                check(f"{place}: {printed}", done.wait(20) == 0)
                continue
            takes_port = re.match(r"headroom run\b", line)
            if takes_port and background:
                background.terminate()
                background.wait(10)
                background = None
            elif not takes_port and background is None:
                background = folder.shell("exec headroom run --no-announce", stdout=subprocess.DEVNULL,
                                          stderr=subprocess.DEVNULL)
                stage.callback(background.terminate)
                until(lambda: run_short(folder, "headroom get bypass")[0], 30)
            good, text = (run_long(folder, stage, line) if is_long(line) else run_short(folder, line))
            check(f"{place}: {printed}", good)
            if not good:
                print("      " + text.strip().replace("\n", "\n      ")[-600:])


def main():
    subprocess.run(["ip", "link", "set", "lo", "up"], check=False)
    everything = examples()
    pipewire = [each for each in everything if needs_pipewire(*each)]
    check("some examples are about PipeWire", len(pipewire) > 4)
    run_all(pipewire, Stage.pipewire_session)
    run_all([each for each in everything if each not in pipewire], Stage.jack_server)
    finish()


main()
