# SPDX-License-Identifier: GPL-3.0-or-later
"""OSC by hand: what a microcontroller would write and read."""
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
        if isinstance(argument, float):
            tags, data = tags + "f", data + struct.pack(">f", argument)
        elif isinstance(argument, int):
            tags, data = tags + "i", data + struct.pack(">i", argument)
        else:
            tags, data = tags + "s", data + padded(argument)
    return padded(address) + padded(tags) + data


def text_at(data, at):
    end = data.index(b"\0", at)
    return data[at:end].decode(), at + len(padded(data[at:end].decode()))


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
