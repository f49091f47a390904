"""What the log says of one device: what the program does with it, its console, its packets.

A journal also keeps the lines of the latest update, for a report of it.
"""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Sequence
from typing import Protocol

from app.facts.log import LogLevel, LogLine
from app.log.packet_words import packet_words
from app.log.story import Story
from app.rows import Row, device_rows, slot_rows
from app.ways import in_window
from smp.connection import Watcher
from smp.errors import LinkError, SmpError
from smp.image import FirmwareFile
from smp.plain import console_line
from smp.signal import Listeners
from smp.survey import DeviceFacts
from smp.text import Text, listed, outside
from smp.update.events import UpdateEvent

CONSOLE = "│ "
"""Stands before what a device's console printed, so that it cannot pass for the program's words."""
_LONGEST = 2_000
_MOST_KEPT = 5_000
"""Lines of one update: a console that never stops talking must not fill the memory."""


class Reader(Protocol):
    """Who reads along."""

    @property
    def wants_packets(self) -> bool: ...

    def write(self, line: LogLine) -> None: ...


class DeviceLog(Watcher):
    """Watches one device. Packets are put into words only while a reader wants them."""

    def __init__(self, source: str = "") -> None:
        self.readers: Listeners[Reader] = Listeners(f"the log of {source}")
        """They get every line, but packets only if they want them."""
        self.lines: deque[LogLine] = deque(maxlen=_MOST_KEPT)
        """Without packets, since the latest update began or, before one, since the start."""
        self.facts: DeviceFacts | None = None
        """What the device told when it was connected last, before the latest update."""
        self.began_at: float | None = None
        """When the latest update began, and ended: seconds since the epoch."""
        self.ended_at: float | None = None
        self._source = source
        self._story = Story()
        self._rest = b""
        self._facts: DeviceFacts | None = None
        self._is_closed = False

    def close(self) -> None:
        """The latest update's report is complete: what follows is about another device, perhaps."""
        self._is_closed = True

    def say(self, text: Text, level: LogLevel = LogLevel.INFO) -> None:
        """Something that the program did or saw."""
        line = LogLine(time.time(), level, text, self._source)
        if not self._is_closed:
            self.lines.append(line)
        self.readers.each(lambda reader: reader.write(line))

    def warn(self, error: SmpError) -> None:
        """Something that failed: what, why, what to do, and the detail for experts."""
        said = error.text
        if error.detail:
            said = Text("{error} [{detail}]", error=error.text, detail=error.detail)
        if done_by := in_window(error):
            said = Text("{first} {second}", first=said, second=done_by)
        self.say(said, LogLevel.WARNING)

    def connected(self, facts: DeviceFacts) -> None:
        """It is connected and told what it is."""
        self._facts = facts
        if not self._is_closed:
            self.facts = facts
        held = slot_rows(facts)
        told = device_rows(facts)[: -len(held) or None]
        self.say(Text("Connected: {facts}", facts=_in_a_line(told)))
        if held:
            self.say(Text("It holds: {slots}", slots=_in_a_line(held)))

    def begin(self, file: FirmwareFile) -> None:
        """An update with this file begins."""
        self._story, self._is_closed, self.facts = Story(), False, self._facts
        self.lines.clear()
        self.began_at, self.ended_at = time.time(), None
        for text in self._story.opening(file):
            self.say(text)

    def event(self, event: UpdateEvent) -> None:
        """The update goes on."""
        for text, level in self._story.tell(event):
            self.say(text, level)
        if self._story.is_over and self.ended_at is None:
            self.ended_at = time.time()

    # -- as a watcher ------------------------------------------------------------------------

    def packet_sent(self, data: bytes) -> None:
        self._packet("→ ", data)

    def packet_received(self, data: bytes) -> None:
        self._packet("← ", data)

    def _packet(self, arrow: str, data: bytes) -> None:
        if not any(reader.wants_packets for reader in self.readers):
            return
        line = LogLine(
            time.time(), LogLevel.PACKET, outside(arrow + packet_words(data)), self._source
        )

        def pass_on(reader: Reader) -> None:
            if reader.wants_packets:
                reader.write(line)

        self.readers.each(pass_on)

    def text_received(self, data: bytes) -> None:
        *lines, self._rest = (self._rest + data).split(b"\n")
        if len(self._rest) > _LONGEST:
            lines, self._rest = [*lines, self._rest], b""
        for line in lines:
            if text := console_line(line):
                self.say(outside(CONSOLE + text))

    def link_lost(self, error: LinkError) -> None:
        self.warn(error)


def _in_a_line(rows: Sequence[Row]) -> Text:
    told = [Text("{label} {text}", label=label, text=text) for label, text in rows]
    return listed(told, Text("; "))
