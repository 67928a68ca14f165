#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""A peer asks for a file of the owner's as if it were a profile: no byte of it comes back."""
from stage import Stage, check, finish

SECRET = "-----BEGIN A PRIVATE KEY-----"

with Stage() as stage:
    secret = stage.home / "id"
    secret.write_text(SECRET + "\n", encoding="utf-8")
    (stage.home / "x.yaml").write_text(SECRET + "\n", encoding="utf-8")
    headroom = stage.run()
    for name in (str(secret), "./x.yaml", "x.yaml", "../home/id", "~/id"):
        answer = headroom.ask("/headroom/profile", name)
        check(f"{name} is answered", answer)
        check(f"{name} is no profile", "BEGIN" not in str(answer) and "PRIVATE" not in str(answer))
    check("the profile that runs stays", headroom.ask("/headroom/profile")[0] == "default")
    check("and it ends well", headroom.finish() == 0)
finish()
