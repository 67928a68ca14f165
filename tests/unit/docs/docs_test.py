#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""docs_test.py HEADROOM PAGE...: YAML in the pages is valid, commands and options exist, parameters
are in the registry, links lead somewhere; and every --help has examples that are right."""
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


def subcommands(text):
    """Of a command with that help."""
    listed = re.search(r"^Subcommands:\n((?:  .*\n)*)", text, re.MULTILINE)
    return re.findall(r"^  ([a-z-]+) ", listed[1], re.MULTILINE) if listed else []


def help_of(words):
    """The command that the words begin with, and its help."""
    command = []
    for word in words:
        if word not in subcommands(helps[tuple(command)]):
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

def check_examples(command):
    """Every help has examples, and they are right."""
    words, text = help_of(command)
    examples = re.findall(r"^  (headroom .*)", text.split("Example")[-1], re.MULTILINE)
    if "Example" not in text or not (examples or "systemd unit" in text):
        mistakes.append(f"headroom {' '.join(command)} --help has no example")
    for line in examples:
        check_command("--help", line.split("    ")[0])
    for sub in subcommands(text):
        check_examples([*command, sub])


for name in subcommands(helps[()]):
    check_examples([name])

print("\n".join(mistakes) or f"{commands} commands and {profiles} profiles in {len(pages)} pages")
sys.exit(1 if mistakes or not commands or not profiles else 0)
