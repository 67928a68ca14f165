#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""make_monitor.py HEADROOM SOUND: draws monitor.svg beside this file, from a real monitor in tmux that
watches a real headroom with three applications, one of which plays SOUND. Needs jackd2 and tmux;
takes three quarters of a minute."""
import contextlib
import html
import os
import re
import subprocess
import sys
import tempfile
import time
from pathlib import Path

COLUMNS, ROWS = 96, 18
CHARACTER_PX, LINE_PX, MARGIN_PX = 8.4, 18, 14
COLOURS = {31: "#e06c75", 32: "#7bc98f", 33: "#e5c07b", 39: "#d7dae0"}
PAPER, INK = "#1b2027", COLOURS[39]
PROFILE = """
rules:
  - { name: browsers, match: { client: Firefox }, route: main, strip: on }
  - { name: music players, match: { client: mpd }, route: bypass }
  - { name: everything else, match: {}, route: main, strip: on }
"""


@contextlib.contextmanager
def running(*command, **options):
    with subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
                          stderr=subprocess.DEVNULL, **options) as process:
        try:
            yield process
        finally:
            process.terminate()


def tmux(*words):
    return subprocess.run(["tmux", "-u", "-L", "headroom-picture", "-f", "/dev/null", *words],
                          check=False, stdout=subprocess.PIPE, text=True).stdout


def captured(headroom, sound, folder):
    """The screen, with the escape sequences of its colours."""
    profile = Path(folder, "evening.yaml")
    profile.write_text(PROFILE, encoding="utf-8")
    os.environ.update(JACK_DEFAULT_SERVER="headroom-picture", XDG_STATE_HOME=folder,
                      LC_ALL="C.UTF-8", TERM="xterm-256color")
    port = "9141"
    with running("jackd", "-n", "headroom-picture", "-r", "-d", "dummy", "-p", "1024"):
        time.sleep(2)
        with running(headroom, "run", "--profile", str(profile), "--osc-port", port,
                     "--input", sound), \
                running("jack_metro", "-n", "Firefox", "-b", "100"), \
                running("jack_metro", "-n", "mpd", "-b", "120"):
            while subprocess.run([headroom, "get", "--port", port, "bypass"], check=False,
                                 stdout=subprocess.DEVNULL).returncode != 0:
                time.sleep(0.5)
            subprocess.run(["jack_connect", "Firefox:100_bpm", "system:playback_1"], check=False)
            subprocess.run(["jack_connect", "mpd:120_bpm", "system:playback_1"], check=False)
            for settings in (["Firefox", "trim=-3", "rider/on=on"], ["demo", "trim=5"]):
                subprocess.run([headroom, "strip", "set", "--port", port, *settings], check=False)
            tmux("new-session", "-d", "-x", str(COLUMNS), "-y", str(ROWS),
                 f"{headroom} monitor --port {port}")
            try:
                time.sleep(32)
                return tmux("capture-pane", "-p", "-e")
            finally:
                tmux("kill-server")


def spans(line):
    """Text with its colour, weight and reversal, from left to right."""
    colour, bold, dim, reverse = INK, False, False, False
    for code, text in re.findall(r"(?:\x1b\[([\d;]*)m)?([^\x1b]*)", line.replace("\x1b(B", "")):
        for number in map(int, filter(None, (code or "").split(";"))):
            if number == 0:
                colour, bold, dim, reverse = INK, False, False, False
            bold = (bold or number == 1) and number != 22
            dim = (dim or number == 2) and number != 22
            reverse = (reverse or number == 7) and number != 27
            colour = COLOURS.get(number, colour)
        if text:
            yield text, colour, bold, dim, reverse


def svg(screen):
    width = COLUMNS * CHARACTER_PX + 2 * MARGIN_PX
    lines = screen.rstrip("\n").split("\n")
    height = len(lines) * LINE_PX + 2 * MARGIN_PX
    out = [f'<svg xmlns="http://www.w3.org/2000/svg" width="{width:.0f}" height="{height:.0f}" '
           f'font-family="DejaVu Sans Mono, Menlo, Consolas, monospace" font-size="14">',
           f'<rect width="100%" height="100%" rx="8" fill="{PAPER}"/>']
    for row, line in enumerate(lines):
        x, y = MARGIN_PX, MARGIN_PX + row * LINE_PX
        for text, colour, bold, dim, reverse in spans(line):
            length = len(text) * CHARACTER_PX
            if reverse:
                out.append(f'<rect x="{x:.1f}" y="{y}" width="{length:.1f}" height="{LINE_PX}" '
                           f'fill="{colour}"/>')
            if text.strip():
                style = (' font-weight="bold"' if bold else "") + (' opacity="0.6"' if dim else "")
                out.append(f'<text x="{x:.1f}" y="{y + 14}" textLength="{length:.1f}" '
                           f'lengthAdjust="spacingAndGlyphs" xml:space="preserve" '
                           f'fill="{PAPER if reverse else colour}"{style}>{html.escape(text)}</text>')
            x += length
    return "\n".join(out + ["</svg>", ""])


def main(headroom, sound):
    with tempfile.TemporaryDirectory() as folder:
        screen = captured(headroom, sound, folder)
    Path(__file__).with_name("monitor.svg").write_text(svg(screen), encoding="utf-8")
    print(re.sub(r"\x1b\[[\d;]*m|\x1b\(B", "", screen))


if __name__ == "__main__":
    main(*(str(Path(word).resolve()) for word in sys.argv[1:3]))
