#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""docs_test.py HEADROOM PAGE...: YAML in the pages is valid, commands and options exist, parameters
are in the registry, links lead somewhere."""
import json
import re
import shlex
import subprocess
import sys
import tempfile
from pathlib import Path

headroom, *pages = sys.argv[1:]
mistakes = []
helps = {}


def run(*words):
    return subprocess.run([headroom, *words], check=False, stdout=subprocess.PIPE,
                          stderr=subprocess.STDOUT, text=True)


def help_of(words):
    """The help of the command that the words begin with, and how many of them it is."""
    command = []
    for word in words:
        listed = helps[tuple(command)].split("Subcommands:")
        if len(listed) < 2 or not re.search(rf"^  {re.escape(word)} ", listed[1], re.MULTILINE):
            break
        command.append(word)
        if tuple(command) not in helps:
            helps[tuple(command)] = run(*command, "--help").stdout
    return command, helps[tuple(command)]


def check_command(page, line):
    words = shlex.split(line, comments=True)[1:]
    command, text = help_of(words)
    if words and not command and not words[0].startswith("-") and words[0].islower():
        mistakes.append(f"{page}: there is no command {words[0]}: {line}")
    for word in words:
        option = word.split("=")[0]
        if option.startswith("--") and option not in text and option not in helps[()]:
            mistakes.append(f"{page}: {' '.join(command)} has no {option}: {line}")


helps[()] = run("--help").stdout
registry = json.loads(run("params", "--json").stdout)
known = {entry["path"] for entry in registry["parameters"] + registry["meters"]}
stages = {path.split("/")[0] for path in known if "/" in path}
commands = profiles = 0
for page in map(Path, pages):
    text = page.read_text(encoding="utf-8")
    for block in re.findall(r"^```yaml\n(.*?)^```", text, re.MULTILINE | re.DOTALL):
        with tempfile.NamedTemporaryFile("w", suffix=".yaml") as file:
            file.write(block)
            file.flush()
            checked = run("check", file.name)
        profiles += 1
        if checked.returncode != 0:
            mistakes.append(f"{page}: {checked.stdout}")
    prose = re.sub(r"^```.*?^```", "", text, flags=re.MULTILINE | re.DOTALL)
    shown = re.findall(r"`(headroom [^`]*)`", prose)
    shown += re.findall(r"^    ((?:build/)?headroom .*)", prose, re.MULTILINE)
    for line in shown:
        commands += 1
        check_command(page, line)
    for path in re.findall(r"`(?:bus/main/)?([a-z_]+/[a-z_0-9]+)`", prose):
        if path.split("/")[0] in stages and path not in known:
            mistakes.append(f"{page}: there is no parameter {path}")
    for link in re.findall(r"\]\(([^):]+)\)", prose):
        if not (page.parent / link).exists():
            mistakes.append(f"{page}: {link} is not there")

print("\n".join(mistakes) or f"{commands} commands and {profiles} profiles in {len(pages)} pages")
sys.exit(1 if mistakes or not commands or not profiles else 0)
