# SPDX-License-Identifier: GPL-3.0-or-later
"""OSC by hand: what a microcontroller, or somebody who means ill, would write and read."""
import socket
import struct


def padded(text):
    data = text.encode() + b"\0"
    return data + b"\0" * (-len(data) % 4)


def question(address):
    """An address and nothing else, not even type tags, as X32 remotes ask."""
    return padded(address)


def message(address, *arguments):
    tags, data = ",", b""
    for argument in arguments:
        if isinstance(argument, bool):
            tags += "T" if argument else "F"
        elif isinstance(argument, float):
            tags, data = tags + "f", data + struct.pack(">f", argument)
        elif isinstance(argument, int):
            tags, data = tags + "i", data + struct.pack(">i", argument)
        else:
            tags, data = tags + "s", data + padded(argument)
    return padded(address) + padded(tags) + data


def bundle(*packets, time=1):
    """time: an NTP time tag; 1 is at once."""
    return b"#bundle\0" + struct.pack(">Q", time) + b"".join(
        struct.pack(">i", len(packet)) + packet for packet in packets)


def framed(packet):
    """As it goes over TCP, with its length in front."""
    return struct.pack(">i", len(packet)) + packet


def slip(packet):
    """As it goes over TCP in the framing of OSC 1.1."""
    return b"\xc0" + packet.replace(b"\xdb", b"\xdb\xdd").replace(b"\xc0", b"\xdb\xdc") + b"\xc0"


def text_at(data, at):
    end = data.index(b"\0", at)
    return data[at:end].decode(errors="replace"), at + (end - at) // 4 * 4 + 4


def messages(data):
    """(address, arguments) of each message in a packet."""
    if data.startswith(b"#bundle\0"):
        at = 16
        while at < len(data):
            size, = struct.unpack_from(">i", data, at)
            yield from messages(data[at + 4:at + 4 + size])
            at += 4 + size
        return
    address, at = text_at(data, 0)
    tags, at = text_at(data, at)
    arguments = []
    for tag in tags[1:]:
        if tag == "s":
            value, at = text_at(data, at)
        elif tag in "fi":
            value, = struct.unpack_from(">" + tag, data, at)
            at += 4
        elif tag in "TF":
            value = tag == "T"
        elif tag in "ht":
            value, = struct.unpack_from(">Q" if tag == "t" else ">q", data, at)
            at += 8
        elif tag == "b":
            size, = struct.unpack_from(">i", data, at)
            value = data[at + 4:at + 4 + size]
            at += 4 + size + -size % 4
        else:
            raise ValueError(f"a surface does not read the type {tag}")
        arguments.append(value)
    yield address, arguments


def bound(port=0):
    out = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    out.bind(("127.0.0.1", port))
    out.setblocking(False)
    return out


def port_of(sock):
    return sock.getsockname()[1]
