# SPDX-License-Identifier: GPL-3.0-or-later
"""A script reads buses, sinks, order, sidechains, inserts and strips from `status --json`: they are
lists, of one item and of none too."""
import json

from stage import Stage, check, finish

LISTS = {"buses", "sinks", "order", "sidechains", "inserts", "strips"}

with Stage() as stage:
    stage.jack_server()
    for text, expected in (
            ("buses: { main: }", {"buses": ["main"], "sidechains": [], "inserts": [], "strips": []}),
            ("""buses:
  main: { compressor: { sidechain: voice }, insert: { ports: on } }
  voice: { order: [compressor, agc] }
""", {"buses": ["main", "voice"], "sidechains": ["main: voice"],
      "inserts": ["main: not connected"], "strips": []})):
        stage.profile("mine", text + "\nrules: []\n")
        headroom = stage.run("--profile", "mine")
        status = json.loads(stage.headroom("status", "--json", "--port", headroom.port).stdout)
        shown = {name: status[name] for name in LISTS}
        check(f"lists: {shown}", all(isinstance(each, list) for each in shown.values())
              and expected.items() <= shown.items())
        check("an order for each bus", [each.split(":")[0] for each in status["order"]]
              == expected["buses"])
        plain = stage.headroom("status", "--port", headroom.port).stdout.splitlines()
        check("people see commas", "buses " + ", ".join(expected["buses"]) in plain)
        headroom.finish()
finish()
