#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""install_test.py CMAKE BUILD: installs to a folder of its own, and uses what is there."""
import gzip
import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path

cmake, build = sys.argv[1:]

EXPECTED = """
bin/headroom
lib/systemd/user/headroom.service
share/applications/headroom.desktop
share/bash-completion/completions/headroom
share/doc/headroom/README.md
share/doc/headroom/changelog.gz
share/doc/headroom/copyright
share/fish/vendor_completions.d/headroom.fish
share/headroom/profile.schema.json
share/headroom/profiles/default.yaml
share/headroom/profiles/night.yaml
share/icons/hicolor/scalable/apps/headroom.svg
share/man/man1/headroom.1.gz
share/man/man5/headroom-profile.5.gz
share/man/man7/headroom-osc.7.gz
share/pipewire/pipewire.conf.avail/50-headroom-nullsink.conf
share/zsh/site-functions/_headroom
include/headroom/osc/client/client.hpp
include/headroom/osc/wire/packet.hpp
""".split()
LIBRARY = """
cmake/headroom-osc-client/headroom-osc-client-config.cmake
cmake/headroom-osc-client/headroom-osc-client-targets.cmake
pkgconfig/headroom-osc-client.pc
libheadroom_osc_client.a
""".split()


def printed(*command, **options):
    return subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True, **options).stdout


with tempfile.TemporaryDirectory() as folder:
    root = Path(folder, "usr")
    printed(cmake, "--install", build, "--prefix", root)
    missing = [path for path in EXPECTED if not (root / path).is_file()]
    assert not missing, missing
    for path in LIBRARY:
        assert len(list(root.glob(f"lib*/**/{path}"))) == 1, path
    outside = [p for p in root.rglob("*") if p.parent == root
               and p.name not in {"bin", "include", "lib", "lib64", "share"}]
    assert not outside, outside

    environment = {"PATH": f"{root}/bin:{os.environ['PATH']}", "HOME": folder,
                   "XDG_DATA_DIRS": f"{root}/share"}
    assert printed("headroom", "--version", env=environment).startswith("headroom ")

    # A profile that only this place has is found there.
    (root / "share/headroom/profiles/house.yaml").write_text("description: Of the house.\n",
                                                            encoding="utf-8")
    assert "house" in printed("headroom", "profile", "list", env=environment)

    for page in root.glob("share/man/*/*.gz"):
        assert b".Dd " in gzip.decompress(page.read_bytes()), page
    json.loads((root / "share/headroom/profile.schema.json").read_text(encoding="utf-8"))

    # Each shell finds the completion by itself where it was installed.
    bash = """. "$0"; COMP_WORDS=(headroom profi); COMP_CWORD=1; _headroom; echo "${COMPREPLY[@]}" """
    assert printed("bash", "--norc", "-c", bash, root / "share/bash-completion/completions/headroom",
                   env=environment) == "profile\n"
    zsh = ("fpath=($0 $fpath); compadd() { shift; print -l -- $@ }; autoload -U _headroom; "
           "words=(headroom profi); CURRENT=2; _headroom")
    assert printed("zsh", "-f", "-c", zsh, root / "share/zsh/site-functions",
                   env=environment) == "profile\n"
    fish = printed("fish", "-c", 'complete -C "headroom profi"', env=environment)
    assert fish == "profile\n", fish

    # systemd looks for the programs that the unit names, and for the manual page.
    unit = root / "lib/systemd/user/headroom.service"
    verified = subprocess.run(["systemd-analyze", "verify", "--user", "--man=no", unit],
                              stderr=subprocess.PIPE, text=True, check=False,
                              env=environment | {"XDG_RUNTIME_DIR": folder})
    complaints = [line for line in verified.stderr.splitlines() if "headroom" in line]
    assert verified.returncode == 0 and not complaints, verified.stderr

