#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""An editor leaves a dangling .#mine.yaml in the profile folder, beside a folder and a file without
rights: profiles are listed all the same, with what is wrong."""
from stage import Stage, check, finish, message

with Stage() as stage:
    mine = stage.profile("mine", "description: Mine.\n")
    (mine.parent / ".#mine.yaml").symlink_to("anna@studio.4711:1234")
    (mine.parent / "gone.yml").symlink_to(mine.parent / "nowhere.yml")
    (mine.parent / "folder.yaml").mkdir()
    listed = stage.headroom("profile", "list")
    check("profiles are listed", listed.returncode == 0 and "mine               Mine." in listed.stdout)
    check("the lock is named", ".#mine" in listed.stdout)
    check("what cannot be read is named", "gone" in listed.stdout and "No such file" in listed.stdout)
    check("a folder too", "folder" in listed.stdout and "it is a folder" in listed.stdout)
    headroom = stage.run()
    names = []
    headroom.send(message("/headroom/profile/list"))
    for address, arguments in headroom.heard(1):
        if address == "/headroom/profile/list":
            names.append(arguments[0])
    check("the program lists them too", "mine" in names and "night" in names)
    check("and runs on", headroom.poll() is None and headroom.finish() == 0)
finish()
