"""SMP packets as one line of words, for the log. Texts in them are shown as Python writes them."""

from __future__ import annotations

from smp.errors import MalformedPacket
from smp.packet import Body, Op, Packet
from smp.plain import plain

_GROUPS = {
    0: "os",
    1: "image",
    2: "statistics",
    3: "settings",
    4: "log",
    5: "crash",
    7: "run",
    8: "files",
    9: "shell",
    10: "enumeration",
    63: "zephyr",
}
_COMMANDS = {
    (0, 0): "echo",
    (0, 1): "console echo",
    (0, 2): "tasks",
    (0, 3): "memory pools",
    (0, 4): "date and time",
    (0, 5): "reset",
    (0, 6): "parameters",
    (0, 7): "system info",
    (0, 8): "bootloader info",
    (1, 0): "state",
    (1, 1): "upload",
    (1, 3): "core dump stored",
    (1, 4): "core dump",
    (1, 5): "erase",
    (1, 6): "slots",
    (2, 0): "show",
    (2, 1): "list",
    (3, 0): "value",
    (3, 1): "delete",
    (3, 2): "commit",
    (3, 3): "load or save",
    (4, 0): "show",
    (4, 1): "clear",
    (4, 3): "modules",
    (4, 4): "levels",
    (4, 5): "list",
    (5, 0): "now",
    (7, 0): "test",
    (7, 1): "list",
    (8, 0): "file",
    (8, 1): "status",
    (8, 2): "hash",
    (8, 4): "close",
    (9, 0): "run",
}
_LONGEST_VALUE = 48
_LONGEST_LINE = 400


def packet_words(data: bytes) -> str:
    """ "image upload #17 write off=3520 data=352 B"; never raises."""
    try:
        packet = Packet.from_bytes(data)
    except MalformedPacket as error:
        return f"{len(data)} B: {error.what}"
    group = _GROUPS.get(packet.group, f"group {packet.group}")
    command = _COMMANDS.get((packet.group, packet.command), f"command {packet.command}")
    try:
        op = Op(packet.op).name.lower().replace("_", " ")
    except ValueError:
        op = f"op {packet.op}"
    head = f"{group} {command} #{packet.sequence} {op}"
    try:
        body = packet.body()
    except MalformedPacket as error:
        return f"{head}, {error.what}"
    return plain(f"{head} {_values(body)}", _LONGEST_LINE)


def _values(body: Body) -> str:
    return " ".join(f"{key}={_value(value)}" for key, value in body.items())


def _value(value: object) -> str:
    match value:
        case bytes():
            return value.hex() if len(value) <= 8 else f"{len(value)} B"
        case str():
            return repr(value if len(value) <= _LONGEST_VALUE else value[:_LONGEST_VALUE] + "…")
        case dict():
            return "{" + _values(value) + "}"
        case list():
            return "[" + ", ".join(_value(item) for item in value) + "]"
        case _:
            return str(value)
