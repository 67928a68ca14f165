#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""tidy.py BUILD ROOT: clang-tidy over every source that is compiled, one process per core."""
import json
import os
import shutil
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

build, root = Path(sys.argv[1]).resolve(), Path(sys.argv[2]).resolve()
tool = shutil.which("clang-tidy-14") or shutil.which("clang-tidy")
if not tool:
    sys.exit("clang-tidy is not installed")


def is_ours(path):
    return path.is_relative_to(root) and not path.is_relative_to(build)


def complaints(path):
    result = subprocess.run([tool, "-p", str(build), "--quiet", str(path)], text=True, check=False,
                            stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    return result.stdout if result.returncode == 0 else result.stdout + result.stderr


commands = json.loads((build / "compile_commands.json").read_text(encoding="utf-8"))
# Biggest first, so that no core is left with the longest at the end.
files = sorted({path for command in commands if is_ours(path := Path(command["file"]))},
               key=lambda path: -path.stat().st_size)
with ThreadPoolExecutor(os.cpu_count()) as pool:
    found = [text for text in pool.map(complaints, files) if text]
print("\n".join(found) or f"{len(files)} files")
sys.exit(1 if found or not files else 0)
