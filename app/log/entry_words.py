"""Entries of a device's own logs as lines; today Apache Mynewt keeps such logs."""

from __future__ import annotations

from collections.abc import Mapping

from app.facts.log import LogLevel
from smp.commands.logs import LogEntry
from smp.errors import MalformedPacket
from smp.packet import decode_body
from smp.text import Text, outside

_MICROSECONDS = 1_000_000
_LEVELS = (("WARN", LogLevel.WARNING), ("ERR", LogLevel.ERROR), ("CRIT", LogLevel.ERROR))


def entry_words(entry: LogEntry, levels: Mapping[int, str], modules: Mapping[int, str]) -> Text:
    """Seconds of the device's clock, level, module, message; what is neither text nor a CBOR map
    as hex. `levels`, `modules`: their names, as far as the device tells them."""
    return outside(
        f"{entry.stamp / _MICROSECONDS:12.6f} {levels.get(entry.level, str(entry.level)):8} "
        f"{modules.get(entry.module, str(entry.module)):10} {_message(entry)}"
    )


def _message(entry: LogEntry) -> str:
    if isinstance(entry.message, str):
        return entry.message
    if entry.kind == "cbor":
        try:
            told = decode_body(entry.message)
        except MalformedPacket:
            told = {}
        if told:
            return ", ".join(f"{name} {value}" for name, value in told.items())
    return entry.message.hex(" ")


def entry_level(entry: LogEntry, levels: Mapping[int, str]) -> LogLevel:
    """How bad the device thinks it is, by the name that it tells."""
    name = levels.get(entry.level, "").upper()
    return next((level for start, level in _LEVELS if name.startswith(start)), LogLevel.INFO)


def not_sent(index: int) -> Text:
    """In the place of an entry."""
    return Text("Entry {index} is too large to be sent", index=index)
