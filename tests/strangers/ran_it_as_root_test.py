# SPDX-License-Identifier: GPL-3.0-or-later
"""As root, as `sudo headroom run` does: it says that it is the wrong user. As anybody else it does
not."""
import os

from stage import Stage, check, finish, until

with Stage() as stage:
    headroom = stage.run()
    if os.geteuid() == 0:
        check("it says that it runs as root", until(lambda: "runs as root" in headroom.read(), 5))
    else:
        check("it says nothing of root", "as root" not in headroom.read())
    check("it works all the same", headroom.ask("/headroom/alive"))
finish()
