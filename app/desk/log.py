"""The desk's log: what devices and the program tell, kept until it is shown."""

from __future__ import annotations

import time
from collections.abc import Callable

from app.controllers.device import DeviceController
from app.facts.log import LogLevel, LogLine
from app.log.device_log import DeviceLog
from smp.connection import Watcher


class DeskLog:
    """Belongs to a `Desk`. `on_change` is told of every line."""

    def __init__(self, on_change: Callable[[], None]) -> None:
        self._on_change = on_change
        self._lines: list[LogLine] = []
        self._wants_packets = False

    def watcher_for(self, device: DeviceController) -> Watcher:
        """Writes down what is done with the device, and what happens on its link."""
        device.journal = DeviceLog(device.name, self.write, lambda: self._wants_packets)
        return device.journal

    def want_packets(self, wanted: bool) -> None:
        """Whether packets are written down from now on."""
        self._wants_packets = wanted

    def say(self, text: str, level: LogLevel = LogLevel.INFO) -> None:
        """Something that the program tells."""
        self.write(LogLine(time.time(), level, text))

    def write(self, line: LogLine) -> None:
        self._lines.append(line)
        self._on_change()

    def take(self) -> list[LogLine]:
        """The lines since the last call."""
        lines, self._lines = self._lines, []
        return lines
