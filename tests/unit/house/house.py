#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""house.py CHECK ROOT: prints what breaks the rules of the house, one line each; 1 if any does."""
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

ROOMS = ["config", "jack_client", "osc", "tests", "man", "presets", ".ci"]
CPP = {".cpp", ".hpp", ".c", ".h"}
SCRIPTS = {".py", ".sh", ".cmake"}

MPL_ROOMS = ["jack_client/dsp", "osc/wire", "osc/client"]

# From the ground up: a room may include itself and what stands before it.
ORDER = ["config", "jack_client/dsp", "jack_client/graph", "jack_client/midi",
         "jack_client/engine", "jack_client/control", "jack_client/jack", "jack_client/pipewire",
         "osc/wire", "osc/client", "osc/nsm", "osc",
         "osc/query", "osc/layout", "jack_client/app", "tests"]
# These stand alone, so that they can be taken elsewhere under their own licence.
ALONE = {"jack_client/dsp": ["jack_client/dsp"],
         "osc/wire": ["osc/wire"],
         "osc/client": ["osc/client", "osc/wire"]}

# Who may include a library, by the beginning of the header's name.
LIBRARIES = {"jack/": ["jack_client/jack", "tests"],
             "pipewire/": ["jack_client/pipewire", "tests"],
             "spa/": ["jack_client/pipewire", "tests"],
             "lo/": ["osc/wire", "tests"],
             "yaml-cpp/": ["config"],
             "re2/": ["config"],
             "CLI/": ["jack_client/app", "tests"],
             "nlohmann/": ["jack_client/app", "jack_client/pipewire", "osc/query", "osc/layout", "tests"],
             "sndfile": ["jack_client/app", "tests"],
             "libwebsockets": ["osc/query"],
             "uv.h": ["jack_client/control", "osc/query"],
             "avahi-": ["osc/query"],
             "zlib": ["osc/layout"],
             "samplerate": ["jack_client/app", "tests"],
             "catch2/": ["tests"],
             "ebur128": ["tests"]}

LONGEST = 400
# Longer files, each with its reason.
LONG_FILES = {
    "tests/unit/osc/server_test.cpp": "every kind of packet against one server",
    "jack_client/engine/engine.cpp": "every call of the engine, for both of its worlds",
    "jack_client/app/profile_schema.cpp": "the keys of a profile, one after the other",
    "jack_client/graph/reconciler.cpp": "all that one look at the graph leads to",
    "jack_client/jack/jack_session.cpp": "the program's life on a server, from start to end",
}


def sources(root):
    """Every source file, by its path below root."""
    for name in sorted(os.listdir(root)):
        if name in ("CMakeLists.txt", "dev"):
            yield Path(name)
    for room in ROOMS:
        for folder, folders, files in os.walk(root / room):
            folders[:] = sorted(f for f in folders if f != "__pycache__")
            for name in sorted(files):
                path = Path(folder, name)
                is_script = os.access(path, os.X_OK) and path.suffix == ""
                if (path.suffix in CPP | SCRIPTS or name.endswith((".cpp.in", ".hpp.in"))
                        or name == "CMakeLists.txt" or is_script):
                    yield path.relative_to(root)


def cpp_sources(root):
    return [path for path in sources(root) if path.suffix in CPP]


def is_in(path, room):
    return path == room or str(path).startswith(room + "/")


def room_of(path):
    """The longest entry of ORDER that holds the path; None outside."""
    rooms = [room for room in ORDER if is_in(str(path), room)]
    return max(rooms, key=len, default=None)


def licences(root):
    for path in sources(root):
        allowed = ["GPL-3.0-or-later"]
        if any(is_in(str(path), room) for room in MPL_ROOMS):
            allowed = ["MPL-2.0"]
        elif is_in(str(path), "tests"):
            allowed.append("MPL-2.0")  # the tests of those rooms go with them
        lines = (root / path).read_text(encoding="utf-8").splitlines()[:2]
        if lines and lines[0].startswith("#!"):
            lines.pop(0)
        comment = "//" if path.suffix in CPP | {".in"} else "#"
        expected = [f"{comment} SPDX-License-Identifier: {licence}" for licence in allowed]
        if not lines or lines[0] not in expected:
            yield f"{path}:1: the first line must be \"{expected[0]}\""


def complaint_about(root, path, kind, header):
    """Why a source may not include a header; None where it may."""
    room = room_of(path)
    if kind == "<":
        for library, rooms in LIBRARIES.items():
            if header.startswith(library) and not any(is_in(str(path), r) for r in rooms):
                return f"only {' and '.join(rooms)} may include <{header}>"
        return None
    if not (root / header).is_file():
        return f"\"{header}\" must be written from the root of the repository"
    target = room_of(header)
    if room in ALONE and target not in ALONE[room]:
        return f"{room} stands alone and may not include \"{header}\""
    if room and target and ORDER.index(target) > ORDER.index(room):
        return f"\"{header}\" stands above {room}"
    return None


def includes(root):
    pattern = re.compile(r"\s*#\s*include\s*([<\"])([^>\"]+)[>\"]")
    for path in cpp_sources(root):
        for number, line in enumerate((root / path).read_text(encoding="utf-8").splitlines(), 1):
            if match := pattern.match(line):
                if complaint := complaint_about(root, path, *match.groups()):
                    yield f"{path}:{number}: {complaint}"


def lengths(root):
    for path in cpp_sources(root):
        length = len((root / path).read_text(encoding="utf-8").splitlines())
        if length > LONGEST and str(path) not in LONG_FILES:
            yield f"{path}: {length} lines; split it, or name it in house.py with the reason"
        if length <= LONGEST and str(path) in LONG_FILES:
            yield f"{path}: has {length} lines now; take it off the list in house.py"


def clang_format(root):
    tool = shutil.which("clang-format-14") or shutil.which("clang-format")
    if not tool:
        yield "clang-format is not installed"
        return
    result = subprocess.run([tool, "--dry-run", "-Werror", *map(str, cpp_sources(root))], cwd=root,
                            stderr=subprocess.PIPE, text=True, check=False)
    broken = {line.split(": error:")[0] for line in result.stderr.splitlines() if ": error:" in line}
    yield from sorted(f"{place}: run clang-format -i" for place in broken)
    if result.returncode and not broken:
        yield result.stderr


def test_names(root):
    """CMake cuts a name at a semicolon; Catch then finds no such test, and ctest calls that passed."""
    for path in cpp_sources(root):
        for number, line in enumerate((root / path).read_text(encoding="utf-8").splitlines(), 1):
            if re.match(r'TEST_CASE(_METHOD)?\(.*"[^"]*;', line):
                yield f"{path}:{number}: no semicolon in the name of a test"


CHECKS = {"licences": licences, "includes": includes, "lengths": lengths, "format": clang_format,
          "test_names": test_names}


def main():
    root = Path(sys.argv[2])
    seen = len(cpp_sources(root))
    found = list(CHECKS[sys.argv[1]](root))
    print("\n".join(found) or f"{seen} C++ files")
    return 1 if found or not seen else 0


if __name__ == "__main__":
    sys.exit(main())
