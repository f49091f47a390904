"""What the log says: packets, console text and events of devices, as lines."""

from __future__ import annotations

import time
from collections.abc import Callable

from app.controllers.packet_words import packet_words
from app.views.facts import LogLevel, LogLine
from smp.connection import Watcher
from smp.errors import LinkError
from smp.plain import console_line

Write = Callable[[LogLine], None]

_LONGEST = 2000


class Journal(Watcher):
    """Watches one device. Packets are put into words only while somebody wants them."""

    def __init__(self, source: str, write: Write, wants_packets: Callable[[], bool]) -> None:
        self._source = source
        self._write = write
        self._wants_packets = wants_packets
        self._rest = b""

    def say(self, text: str, level: LogLevel = LogLevel.INFO) -> None:
        self._write(LogLine(time.time(), level, text, self._source))

    def packet_sent(self, data: bytes) -> None:
        if self._wants_packets():
            self.say("→ " + packet_words(data), LogLevel.PACKET)

    def packet_received(self, data: bytes) -> None:
        if self._wants_packets():
            self.say("← " + packet_words(data), LogLevel.PACKET)

    def text_received(self, data: bytes) -> None:
        *lines, self._rest = (self._rest + data).split(b"\n")
        if len(self._rest) > _LONGEST:
            lines, self._rest = [*lines, self._rest], b""
        for line in lines:
            if text := console_line(line):
                self.say(text)

    def link_lost(self, error: LinkError) -> None:
        self.say(str(error), LogLevel.WARNING)
