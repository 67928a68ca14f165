#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""tidy.py BUILD ROOT FOLDER...: clang-tidy over every source below these folders of ROOT that is
compiled, one process per core.

A source that was clean is looked at again only when it, a header of ours that it includes, its
compile command or the configuration changes: its fingerprint is kept below BUILD/tidy.
"""
import hashlib
import json
import os
import re
import shutil
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from functools import cache
from pathlib import Path

build, root = Path(sys.argv[1]).resolve(), Path(sys.argv[2]).resolve()
folders = [top / folder for top in (root, build) for folder in sys.argv[3:]]
tool = shutil.which("clang-tidy-14") or shutil.which("clang-tidy")
if not tool:
    sys.exit("clang-tidy is not installed")
known_clean = build / "tidy"
known_clean.mkdir(exist_ok=True)


def is_wanted(path):
    """Below the folders, or put together by CMake from what is."""
    return any(path.is_relative_to(folder) for folder in folders) and (
        not path.is_relative_to(build) or path.parent.name == "Unity")


@cache
def includes(path):
    names = re.findall(r'^\s*#\s*include\s*"([^"]+)"', path.read_text(encoding="utf-8"), re.M)
    return [root / name for name in names if (root / name).is_file()]


@cache
def read_with(path):
    """The source and what of ours it includes."""
    files, pending = set(), [path]
    while pending:
        file = pending.pop()
        if file not in files:
            files.add(file)
            pending += includes(file)
    return files


def size(path):
    return sum(file.stat().st_size for file in read_with(path))


def fingerprint(path, command):
    digest = hashlib.sha256(f"{tool} {command}".encode())
    for file in [root / ".clang-tidy", root / "tests/.clang-tidy", *sorted(read_with(path))]:
        digest.update(file.read_bytes())
    return digest.hexdigest()


def complaints(path, command):
    mark = known_clean / fingerprint(path, command)
    if mark.exists():
        return ""
    result = subprocess.run([tool, "-p", str(build), "--quiet", str(path)], text=True, check=False,
                            stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    if result.returncode == 0 and not result.stdout:
        mark.touch()
        return ""
    return result.stdout + result.stderr


database = json.loads((build / "compile_commands.json").read_text(encoding="utf-8"))
commands = {Path(entry["file"]): entry["command"] for entry in database}
# Biggest first, so that no core is left with the longest at the end.
files = sorted(filter(is_wanted, commands), key=size, reverse=True)
with ThreadPoolExecutor(os.cpu_count()) as pool:
    found = [text for text in pool.map(lambda path: complaints(path, commands[path]), files) if text]
print("\n".join(found) or f"{len(files)} files")
sys.exit(1 if found or not files else 0)
