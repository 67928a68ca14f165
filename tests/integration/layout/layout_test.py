#!/usr/bin/python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""layout_test.py HEADROOM OSC_TEST_SERVER: writes layouts of a running server and takes them apart.

Structure: well-formed, identifiers unique, frames inside their page and apart from each other. What
they say: every address is known to the server, every message they send is taken, and the script's
subscriptions bring a value for every address that a widget follows.
"""
import json
import pathlib
import re
import subprocess
import sys
import tempfile
import time
import xml.etree.ElementTree as ElementTree
import zlib

sys.path.insert(0, str(pathlib.Path(__file__).parents[2] / "support"))
from checks import check, finish
from python_liblo import liblo

DEADLINE_S = 30
HERE = pathlib.Path(__file__).parent


class Peer:
    """Sends and receives on one socket, and remembers every address and error."""

    def __init__(self, port):
        self.to = liblo.Address("127.0.0.1", port)
        self.server = liblo.Server()
        self.heard = {}  # the first arguments at each address
        self.newest = {}
        self.told = []
        self.errors = []
        self.server.add_method(None, None, self.take)

    def take(self, path, args):
        self.heard.setdefault(path, args)
        self.newest[path] = args
        self.told.append((path, args))
        if path == "/headroom/error":
            self.errors.append(args)
        if path == "/headroom/ack":
            self.send(path, "i", args)

    def send(self, path, tags="", values=()):
        convert = {"i": int, "f": float, "s": str}
        self.server.send(self.to, path, *((t, convert[t](v)) for t, v in zip(tags, values)))

    def wait(self, wanted):
        end = time.monotonic() + DEADLINE_S
        while not wanted() and time.monotonic() < end:
            self.server.recv(20)
        return wanted()


def headroom(program, *arguments):
    return subprocess.run([program, "layout", *arguments], stdout=subprocess.PIPE,
                          stderr=subprocess.PIPE, text=True, check=False)


def apart(frames):
    """Whether no two of the rectangles (x, y, width, height) overlap."""
    return not any(a[0] < b[0] + b[2] and b[0] < a[0] + a[2] and
                   a[1] < b[1] + b[3] and b[1] < a[1] + a[3]
                   for i, a in enumerate(frames) for b in frames[i + 1:])


def inside(frame, width, height):
    return (frame[0] >= 0 and frame[1] >= 0 and frame[2] > 0 and frame[3] > 0 and
            frame[0] + frame[2] <= width and frame[1] + frame[3] <= height)


# --- TouchOSC

PROPERTIES = {"BOX", "BUTTON", "LABEL", "TEXT", "FADER", "XY", "RADIAL", "ENCODER", "RADAR",
              "RADIO", "GROUP", "PAGER", "GRID"}


def properties(node):
    return {p.findtext("key"): p.find("value") for p in node.findall("properties/property")}


def frame(node):
    return tuple(int(properties(node)["frame"].findtext(key)) for key in "xywh")


def structure(node):
    """Complaints about a node and everything in it."""
    own = properties(node)
    _, _, width, height = frame(node)
    if node.get("type") not in PROPERTIES or "name" not in own or "color" not in own:
        yield f"{node.get('ID')}: type, name or colour"
    for p in node.findall("properties/property"):
        parts = {"r": list("xywh"), "c": list("rgba")}.get(p.get("type"), [])
        if p.get("type") not in "sbifrc" or [part.tag for part in p.find("value")] != parts:
            yield f"{node.get('ID')}: property {p.findtext('key')}"
    for value in node.findall("values/value"):
        if [e.tag for e in value] != ["key", "locked", "lockedDefaultCurrent", "default",
                                      "defaultPull"]:
            yield f"{node.get('ID')}: value"
    children = node.findall("children/node")
    if node.get("type") == "PAGER":
        bar = int(own["tabbarSize"].text)
        if any(frame(c) != (0, bar, width, height - bar) or "tabLabel" not in properties(c) or
               c.get("type") != "GROUP" for c in children) or not children:
            yield f"{node.get('ID')}: pages"
    elif not all(inside(frame(c), width, height) for c in children) or \
            not apart([frame(c) for c in children]):
        yield f"{node.get('ID')}: frames"
    for child in children:
        yield from structure(child)


def messages(root):
    """Of every control: type, address, whether it sends and receives, its argument's partial."""
    for node in root.iter("node"):
        for osc in node.findall("messages/osc"):
            path = osc.findall("path/partial")
            arguments = osc.findall("arguments/partial")
            good = (len(path) == 1 and path[0].findtext("type") == "CONSTANT" and
                    path[0].findtext("conversion") == "STRING" and len(arguments) == 1 and
                    osc.findtext("feedback") == "0" and osc.findtext("enabled") == "1" and
                    re.fullmatch("[01]+", osc.findtext("connections")) and
                    osc.findtext("triggers/trigger/condition") in ("ANY", "RISE", "FALL"))
            yield (node, path[0].findtext("value"), osc.findtext("send") == "1",
                   osc.findtext("receive") == "1", arguments[0], good)


class Script:
    """The script of a document, run by the stub."""

    def __init__(self, text, folder):
        file = folder / "script.lua"
        file.write_text(text, encoding="utf-8")
        self.lua = subprocess.Popen(["lua5.1", HERE / "touchosc_stub.lua", file], text=True,
                                    stdin=subprocess.PIPE, stdout=subprocess.PIPE)

    def run(self, command):
        self.lua.stdin.write(command + "\n")
        self.lua.stdin.flush()
        lines = []
        while (line := self.lua.stdout.readline().rstrip("\n")) not in (".", ""):
            path, _, rest = line.partition("\t")
            tags, *values = rest.split("\t")
            lines.append((path, tags, values))
        return lines

    def end(self):
        self.lua.stdin.close()
        self.lua.wait(DEADLINE_S)
        self.lua.stdout.close()


def positions(script, controls, folder):
    """The strips that may be anybody's."""
    wanted = {f"strip{i}{rest}" for i in range(1, 9) for rest in
              ("", "/trim/norm", "/trim/text", "/mute/norm", "/mute/text", "/solo/norm",
               "/solo/text", "/meter/peak/norm", "/meter/peak/text")}
    check(f"touchosc: positions {sorted(wanted ^ set(controls))[:3]}", wanted == set(controls))
    check("touchosc: positions wait for who comes", not script.run("told /headroom/strip/mpv/trim/norm f 0.5"))
    again = script.run("told /headroom/status/strips ss mpv Web_Browser")
    check("touchosc: who comes gets a position, and then everything is told again",
          "/headroom/subscribe" in {path for path, *_ in again})
    check("touchosc: only once", not script.run("told /headroom/status/strips ss mpv Web_Browser"))
    script.run("told /headroom/strip/Web_Browser/trim/norm f 0.25")
    script.run("told /headroom/strip/Web_Browser/trim/text s -45 dB")
    script.run("told /headroom/meter/strip/mpv/peak/norm f 0.75")
    shown = {name: script.run(f"show {name}")[0] for name in
             ("strip1", "strip2", "strip2/trim/norm", "strip2/trim/text", "strip1/meter/peak/norm",
              "strip3/trim/norm")}
    check(f"touchosc: positions show what they are told {shown}", shown == {
        "strip1": ("", "0", ["mpv"]), "strip2": ("", "0", ["Web_Browser"]),
        "strip2/trim/norm": ("Web_Browser", "0.25", [""]),
        "strip2/trim/text": ("Web_Browser", "0", ["-45 dB"]),
        "strip1/meter/peak/norm": ("mpv", "0.75", [""]), "strip3/trim/norm": ("", "0", [""])})
    script.run("told /headroom/status/strips s Web_Browser")
    check("touchosc: who goes gives his position up",
          script.run("show strip1/trim/norm")[0][0] == "Web_Browser" and
          script.run("show strip2/trim/norm")[0][0] == "")
    for rest in ("/trim/norm", "/mute/norm"):
        own = Script(properties(controls["strip1" + rest])["script"].text, folder)
        said = [own.run(c) for c in ("touch 1", "move 0.5", "tag mpv", "touch 0", "move 0.25",
                                     "touch 1", "move 0.75")]
        check(f"touchosc: a finger moves whose strip it is {said[-1]}",
              said[:-1] == [[]] * 6 and
              said[-1] == [("/headroom/strip/mpv" + rest, "f", ["0.75"])])
        own.end()


def touchosc(program, port, listed, strips, folder):
    file = folder / "headroom.tosc"
    ran = headroom(program, "touchosc", "--port", str(port), "--output", str(file))
    check(f"touchosc: written ({ran.stdout.strip()}{ran.stderr.strip()})", ran.returncode == 0)
    xml = zlib.decompress(file.read_bytes())
    print(f"      {len(xml)} bytes of XML in {file.stat().st_size}")
    lexml = ElementTree.fromstring(xml)
    check("touchosc: one root", lexml.tag == "lexml" and lexml.get("version") == "3" and
          [c.tag for c in lexml] == ["node"] and lexml[0].get("type") == "GROUP")
    root = lexml[0]
    nodes = list(root.iter("node"))
    for unique in (lambda n: n.get("ID"), lambda n: properties(n)["name"].text):
        check("touchosc: unique", len({unique(n) for n in nodes}) == len(nodes))
    complaints = list(structure(root))
    check(f"touchosc: structure {complaints[:5]}", not complaints)
    pages = [properties(n)["tabLabel"].text for n in root.find("children/node/children")]
    check(f"touchosc: a page for each bus {pages}", pages == ["main", "voice", "strips", "program"])

    said = list(messages(root))
    check("touchosc: messages are complete", all(good for *_, good in said))
    routes = {"/headroom/route/mpv", "/headroom/route/Web_Browser"}
    forms = {address + form for address in listed for form in ("/norm", "/text")}
    unknown = {a for _, a, *_ in said} - forms - routes
    check(f"touchosc: every address is known {sorted(unknown)[:3]}", not unknown)
    follows = {a for _, a, _, receives, *_ in said if receives}
    check("touchosc: every parameter and meter is there",
          {a.rsplit("/", 1)[0] for a in follows - routes} == set(listed))
    check("touchosc: the routes of applications are there", routes <= follows)
    meters = [n for n, a, sends, *_ in said if "/meter/" in a and sends]
    check("touchosc: meters do not send", not meters)

    script = Script(properties(root)["script"].text, folder)
    sent = script.run("init")
    check("touchosc: the script subscribes at once", len(sent) > 1)
    check("touchosc: and then waits", not script.run("update 4000"))
    check("touchosc: it subscribes again in time", script.run("update 5100") == sent)
    check("touchosc: an epoch is no restart", not script.run("told /headroom/alive i 7") +
          script.run("told /headroom/alive i 7"))
    check("touchosc: another one is", script.run("told /headroom/alive i 8") == sent)
    check("touchosc: it acknowledges", ("/headroom/ack", "i", ["0"]) in sent and
          script.run("told /headroom/ack i 77") == [("/headroom/ack", "i", ["77"])])
    anybodys = {properties(n)["name"].text: n for n in nodes
                if properties(n)["name"].text.startswith("strip")}
    if strips:
        check("touchosc: strips need no positions", not anybodys)
        check("touchosc: a column and a page for each strip",
              {f"/headroom/strip/{s}/{p}" for s in strips for p in
               ("trim/norm", "mute/norm", "solo/norm", "pan/norm")} <= {a for _, a, *_ in said} and
              {f"/headroom/meter/strip/{s}/peak/norm" for s in strips} <= {a for _, a, *_ in said})
    else:
        positions(script, anybodys, folder)
    script.end()

    peer = Peer(port)
    for message in sent:
        peer.send(*message)
    check("touchosc: the subscriptions bring everything that is followed",
          peer.wait(lambda: follows <= set(peer.heard)))
    check(f"touchosc: {sorted(follows - set(peer.heard))[:3]} {peer.errors[:3]}", not peer.errors)
    for node, address, sends, _, argument, _ in said:
        if sends and argument.findtext("type") == "CONSTANT":
            peer.newest.pop(address, None)
            peer.send(address, "s", [argument.findtext("value")])
            check(f"touchosc: {address} {argument.findtext('value')} is taken", peer.wait(
                lambda a=address, v=argument.findtext("value"): a in peer.newest and
                (peer.newest[a][0] == v or v == "unset")))
    peer.send("/headroom/unsubscribe")

    fader, address = next((n, a) for n, a, *_ in said if n.get("type") == "FADER" and
                          "script" in properties(n))
    script = Script(properties(fader)["script"].text, folder)
    answers = [script.run(command) for command in (f"receive {address}", "touch 1",
                                                   f"receive {address}", "receive /other")]
    check("touchosc: under a finger a fader does not listen",
          [a[0][0] for a in answers if a] == ["false", "true", "false"])
    script.end()


# --- Open Stage Control

def containers(container):
    yield container
    for tab in container.get("tabs", []):
        yield from containers(tab)


def open_stage_control(program, port, listed, strips, folder):
    file = folder / "headroom.json"
    ran = headroom(program, "open-stage-control", "--port", str(port), "--bus", "voice",
                   "--output", str(file))
    check("open stage control: written " + ran.stderr, ran.returncode == 0)
    session = json.loads(file.read_text(encoding="utf-8"))
    root = session["content"]
    check("open stage control: a session", session["createdWith"] == "Open Stage Control" and
          session["type"] == "session" and (root["type"], root["id"]) == ("root", "root"))
    everything = list(containers(root))
    check("open stage control: widgets or tabs, never both",
          all(("widgets" in c) != ("tabs" in c) for c in everything))
    widgets = [w for c in everything for w in c.get("widgets", [])]
    ids = [w["id"] for w in everything + widgets]
    check("open stage control: unique", len(set(ids)) == len(ids))
    complaints = []
    for container in everything:
        frames = [(w["left"], w["top"], w["width"], w["height"])
                  for w in container.get("widgets", [])]
        if not apart(frames) or not all(inside(f, 1024, 768) for f in frames):
            complaints.append(container["label"])
    check(f"open stage control: frames {complaints}", not complaints)
    check("open stage control: the bus that was asked for",
          [t["label"] for t in root["tabs"]] == ["voice", "strips", "program", "follow"])

    addresses = {w["address"] for w in widgets if w.get("address")}
    inputs = [w["id"] for w in widgets if w["type"] == "input"]
    anybodys = {a for a in addresses if "@" in a}
    if strips:
        check("open stage control: strips need no positions", not anybodys and not inputs)
    else:
        check("open stage control: positions take the name that is typed in",
              inputs == [f"strip_{i}" for i in range(1, 9)] and
              {re.sub("@{strip_[1-8]}", "mpv", a) for a in anybodys} ==
              {f"/headroom/{a}" for form in ("norm", "text") for a in
               (f"strip/mpv/trim/{form}", f"strip/mpv/mute/{form}", f"strip/mpv/solo/{form}",
                f"meter/strip/mpv/peak/{form}")} and
              len(anybodys) == 8 * len(inputs))
        addresses -= anybodys
    known = {a + form for a in listed for form in ("/norm", "/text")}
    unknown = addresses - known - {"/headroom/route/mpv", "/headroom/route/Web_Browser",
                                   "/headroom/subscribe"}
    check(f"open stage control: every address is known {sorted(unknown)[:3]}", not unknown)
    wanted = {a for a in listed if "/main/" not in a}
    check("open stage control: every parameter and meter is there",
          {a.rsplit("/", 1)[0] for a in addresses & known} == wanted)
    check("open stage control: faders are exact",
          all(w["decimals"] >= 4 for w in widgets if w["type"] == "fader"))
    check("open stage control: meters cannot be touched",
          all(w.get("interaction") is False for w in widgets
              if w["type"] == "fader" and "/meter/" in w["address"]))
    check("open stage control: switches show what holds",
          all(w["decoupled"] for w in widgets if w.get("mode") == "toggle"))

    peer = Peer(port)
    for w in widgets:
        if w.get("address") == "/headroom/subscribe":
            peer.send(w["address"], w["typeTags"], [*w["preArgs"], w["on"]])
    follows = addresses & known
    check("open stage control: the buttons bring everything that is followed",
          peer.wait(lambda: follows <= set(peer.heard)) and not peer.errors)
    peer.send("/headroom/unsubscribe")


def refusals(program, port, folder):
    out = str(folder / "never")
    for arguments, code, words in (
            (("touchosc", "--port", str(port), "--bus", "vocie", "--output", out), 1, "main"),
            (("touchosc", "--profile", "nothing", "--output", out), 1, "nothing"),
            (("touchosc", "--profile", "night", "--port", "1", "--output", out), 2, ""),
            (("lemur",), 2, "")):
        ran = headroom(program, *arguments)
        check(f"refused: {' '.join(arguments)}", ran.returncode == code and
              words in ran.stderr and not pathlib.Path(out).exists())
    ran = headroom(program, "touchosc", "--profile", "night", "--output", out)
    check("a profile needs no running program " + ran.stderr, ran.returncode == 0)


def layouts(program, server, strips, folder):
    with subprocess.Popen([server, "0", *strips], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                          text=True) as running:
        port = int(running.stdout.readline())
        asks = Peer(port)
        asks.send("/headroom/list")
        asks.wait(lambda: "/headroom/list/end" in asks.heard)
        listed = [args[0] for path, args in asks.told if path == "/headroom/list"]
        check("the server lists its addresses",
              asks.heard.get("/headroom/list/end") == [len(listed)] and len(listed) > 20)
        touchosc(program, port, listed, strips, folder)
        open_stage_control(program, port, listed, strips, folder)
        refusals(program, port, folder)
        running.stdin.close()


def main():
    program, server = sys.argv[1:]
    for strips in ([], ["mpv", "Web_Browser", *(f"app{i}" for i in range(9))]):
        with tempfile.TemporaryDirectory() as name:
            layouts(program, server, strips, pathlib.Path(name))
    finish()


if __name__ == "__main__":
    main()
