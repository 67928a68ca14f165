#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""coverage_test.py HEADROOM PAGE...: every command, option, parameter and meter is in the pages,
and every command of OSC in its own."""
import json
import pathlib
import re
import subprocess
import sys

headroom, *pages = sys.argv[1:]


def printed(*command):
    return subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True).stdout


def plain(page):
    """The page as text, without the backspaces that make letters bold."""
    return re.sub(".\x08", "", printed("mandoc", "-T", "ascii", page))


def names(help_text, pattern):
    return re.findall(pattern, help_text, re.MULTILINE)


missing = []
texts = {page.rsplit("/", 1)[-1]: plain(page) for page in pages}
commands = names(printed(headroom, "--help").split("Subcommands:")[1], r"^  ([a-z-]+) ")
for command in commands:
    options = names(printed(headroom, command, "--help"), r"^  (?:-\w,)?(--[a-z-]+)")
    for word in {command, *options} - {"--help"}:
        if word not in texts["headroom.1"]:
            missing.append(f"headroom.1: {command} {word}")

registry = json.loads(printed(headroom, "params", "--json"))
for entry in registry["parameters"] + registry["meters"]:
    for name, text in texts.items():
        if entry["path"] not in text:
            missing.append(f"{name}: {entry['path']}")

source = pathlib.Path(__file__).parents[3] / "osc" / "commands.cpp"
addresses = names(source.read_text(encoding="utf-8"), r'^ +\{"(/headroom/[a-z/]+)", &')
missing += [f"headroom-osc.7: {address}" for address in addresses
            if address not in texts["headroom-osc.7"]]

print("\n".join(missing) or f"{len(commands)} commands in {len(pages)} pages")
sys.exit(1 if missing or not commands or not addresses else 0)
