"""The desk's log: what devices and the program tell, kept until it is shown."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable

from app.controllers.device import DeviceController
from app.facts.log import LogLevel, LogLine
from smp.text import Text

log = logging.getLogger(__name__)


class DeskLog:
    """Belongs to a `Desk`, and reads the log of every device. `on_change` is told of each line."""

    def __init__(self, on_change: Callable[[], None]) -> None:
        self._on_change = on_change
        self._lines: list[LogLine] = []
        self._wants_packets = False

    def read(self, device: DeviceController) -> None:
        """Show what is done with the device, too, and what happens on its link."""
        device.journal.readers.add(self)

    @property
    def wants_packets(self) -> bool:
        """Packets are shown."""
        return self._wants_packets

    def want_packets(self, wanted: bool) -> None:
        """Whether packets are shown from now on."""
        self._wants_packets = wanted

    def say(self, text: Text, level: LogLevel = LogLevel.INFO) -> None:
        """Something that the program tells."""
        self.write(LogLine(time.time(), level, text))

    def write(self, line: LogLine) -> None:
        """A line of whatever log. The log file has it, too, unless it is a packet."""
        if line.level is not LogLevel.PACKET:
            log.info("%s  %s", line.source, line.text)
        self._lines.append(line)
        self._on_change()

    def take(self) -> list[LogLine]:
        """The lines since the last call."""
        lines, self._lines = self._lines, []
        return lines
