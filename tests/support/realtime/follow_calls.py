#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Follows every call in the machine code of a program from the functions that the process thread
enters, and reports each one that leads out of headroom's own code to a function that is not known
to be real-time safe. Sees all code paths, executed or not; blind to calls through pointers, so the
functions that make such calls must be listed, and what they call must be among the roots.
"""
import argparse
import collections
import re
import subprocess
import sys

# Nothing here allocates, locks or enters the kernel.
SAFE = re.compile(
    r"(sin|cos|tan|tanh|exp|exp2|exp10|expm1|log|log2|log10|log1p|pow|sqrt|fabs|floor|ceil|round"
    r"|lround|lrint|fmod|fmin|fmax|cbrt|hypot|ldexp|frexp|modf|nearbyint|rint|trunc|sincos)f?"
    r"|mem(cpy|set|move|cmp)"
    r"|std::chrono::_V2::steady_clock::now\(\)"  # clock_gettime() in the vDSO
    # Ways to end the program, taken only when it is broken already.
    r"|std::terminate\(\)|__clang_call_terminate|__cxa_begin_catch|__stack_chk_fail|abort"
    r"|__assert_fail|std::__glibcxx_assert_fail\(.*"
)
OWN = re.compile(r"(\w+ )*((non-virtual|virtual) thunk to )?.*\b(headroom::|std::)")


def read_program(path):
    """Calls and jumps of each function, and how many indirect calls it makes, by mangled name."""
    listing = subprocess.run(
        ["objdump", "-d", "--no-show-raw-insn", path], capture_output=True, text=True, check=True
    ).stdout
    calls, indirect, name = collections.defaultdict(set), collections.Counter(), None
    for line in listing.splitlines():
        if header := re.match(r"[0-9a-f]+ <(.+)>:$", line):
            name = header[1]
            calls[name]
        elif name and (target := re.search(r"<([^<>+]+)(\+0x[0-9a-f]+)?>\s*$", line)):
            if target[1] != name:
                calls[name].add(target[1])
        elif name and re.search(r"\b(call|jmp)q?\s+\*|\b(blr|br)\s", line):
            indirect[name] += 1
    return calls, indirect


def demangled(names):
    names = sorted(names)
    plain = [re.sub(r"@.*", "", name) for name in names]
    out = subprocess.run(
        ["c++filt"], input="\n".join(plain), capture_output=True, text=True, check=True
    ).stdout.splitlines()
    return dict(zip(names, out))


def main():
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("program")
    arguments.add_argument("--root", action="append", required=True, help="regular expression")
    arguments.add_argument("--indirect", action="append", default=[], help="regular expression")
    options = arguments.parse_args()

    calls, indirect = read_program(options.program)
    names = demangled(set(calls) | {target for targets in calls.values() for target in targets})

    came_from, waiting, wrong = {}, [], False
    for root in options.root:
        found = [name for name in calls if "@" not in name and re.match(root, names[name])]
        if not found:
            print(f"no function matches the root {root}")
            wrong = True
        for name in found:
            came_from.setdefault(name, None)
        waiting += found

    def report(problem, name):
        print(f"not real-time safe: {problem}")
        while name is not None:
            print(f"    in {names[name]}")
            name = came_from[name]

    reached = set()
    while waiting:
        name = waiting.pop()
        if name in reached:
            continue
        reached.add(name)
        if indirect[name] and not any(re.match(allowed, names[name]) for allowed in options.indirect):
            report("a call through a pointer", name)
            wrong = True
        for target in sorted(calls[name]):
            if SAFE.fullmatch(names[target]):
                continue
            own = "@" not in target and target in calls and OWN.match(names[target])
            if not own and (target in calls or "@" in target):
                report(names[target], name)
                wrong = True
            elif own and target not in came_from:
                came_from[target] = name
                waiting.append(target)
    print(f"{len(reached)} functions followed")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
