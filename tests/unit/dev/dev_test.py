#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""dev_test.py DEV: the one script in a folder of its own, with stand-ins for what it calls, which
write down what they were called with."""
import os
import shutil
import subprocess
import sys
import tempfile
import unittest
from pathlib import Path

DEV = sys.argv.pop()

STAND_INS = {
    "dpkg-query": 'case $4 in cmake) ;; *) echo -n installed ;; esac',
    "apt-get": '''
if [[ $* == *"install"* && $(grep -c "^apt-get.* install" calls) -le $LOCKED ]]; then
    echo "E: Could not get lock /var/lib/dpkg/lock-frontend. It is held by process 1 (apt)" >&2
    exit 100
fi
[[ ! ${BROKEN:-} ]] || { echo "E: Unable to locate package" >&2; exit 100; }''',
    "sudo": 'exec "$@"',
    "runuser": '[[ $4 != test ]] || exec "${@:4}"',
    "cmake": "", "chown": "", "id": "echo 65534", "stat": "echo 0",
}


def count(calls, command):
    """How often it was called, by way of sudo or not."""
    return sum(line.startswith(command) for line in calls.splitlines())


class DevTest(unittest.TestCase):
    def setUp(self):
        scratch = tempfile.TemporaryDirectory()
        self.addCleanup(scratch.cleanup)
        self.folder = Path(scratch.name)
        shutil.copy(DEV, self.folder / "dev")
        (self.folder / "bin").mkdir()
        for name, body in STAND_INS.items():
            file = self.folder / "bin" / name
            file.write_text(f'#!/bin/bash\necho "{name} $*" >>calls\n{body}\n', encoding="utf-8")
            file.chmod(0o755)

    def dev(self, *words, before=(), **environment):
        environment = {"PATH": f"{self.folder}/bin:/usr/sbin:/usr/bin:/sbin:/bin", "LOCKED": "0",
                       "HEADROOM_APT_PAUSE": "0"} | environment
        done = subprocess.run([*before, "./dev", *words], cwd=self.folder, env=environment,
                              check=False, text=True, stdout=subprocess.PIPE,
                              stderr=subprocess.STDOUT)
        calls = self.folder / "calls"
        return done, calls.read_text(encoding="utf-8") if calls.exists() else ""

    def test_apt_is_waited_for(self):
        done, calls = self.dev("build", LOCKED="3")
        self.assertEqual(done.returncode, 0, done.stdout)
        self.assertEqual(done.stdout.count("waiting for another program"), 1, done.stdout)
        self.assertEqual(count(calls, "apt-get -o DPkg::Lock::Timeout=5 install"), 4, calls)

    def test_other_failures_of_apt_are_told_at_once(self):
        done, calls = self.dev("build", BROKEN="1")
        self.assertNotEqual(done.returncode, 0)
        self.assertIn("Unable to locate package", done.stdout)
        self.assertEqual(count(calls, "apt-get"), 1)

    def test_only_the_installation_is_roots(self):
        as_root = () if os.geteuid() == 0 else ("unshare", "-Ur")
        done, calls = self.dev("run", "--seconds", "1", before=as_root, SUDO_USER="nobody")
        self.assertEqual(done.returncode, 0, done.stdout)
        self.assertIn("going on as nobody", done.stdout)
        before, _, after = calls.partition("runuser -u nobody")
        self.assertIn("apt-get -o DPkg::Lock::Timeout=5 install", before)
        self.assertIn("chown -R nobody: build", after)
        self.assertIn(f"{self.folder}/dev run --seconds 1", after)
        self.assertNotIn("cmake --", after.replace("apt-get", ""))

    def test_root_without_sudo_goes_on(self):
        as_root = () if os.geteuid() == 0 else ("unshare", "-Ur")
        done, calls = self.dev("build", before=as_root)
        self.assertEqual(done.returncode, 0, done.stdout)
        self.assertIn("cmake --build build --target headroom", calls)
        self.assertNotIn("runuser", calls)


if __name__ == "__main__":
    unittest.main()
