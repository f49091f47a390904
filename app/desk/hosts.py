"""The devices that were added by hand, as they are remembered."""

from __future__ import annotations

from app.controllers.fleet import Fleet
from app.desk.log import DeskLog
from app.facts.log import LogLevel
from app.memory.settings import Settings
from smp.address import Address
from smp.errors import SmpError
from smp.text import Text, sentences


class HostDesk:
    """Belongs to a `Desk`. What nobody understands here is of another version, and stays."""

    def __init__(self, settings: Settings, fleet: Fleet, log: DeskLog) -> None:
        self._settings = settings
        self._fleet = fleet
        self._log = log
        self._odd: list[str] = []

    def start(self) -> None:
        """List those that are remembered."""
        for text in self._settings.hosts:
            try:
                self._fleet.add_host(Address.parse(text))
            except SmpError as error:
                left_out = Text("A remembered device is left out")
                self._log.say(sentences(left_out, error.text), LogLevel.WARNING)
                self._odd.append(text)

    def forget(self, key: str) -> None:
        """The device with this key."""
        self._fleet.forget(key)
        self.keep()

    def forget_address(self, text: str) -> None:
        """The one that is remembered so."""
        for key, device in list(self._fleet.devices.items()):
            if str(device.found.address) == text:
                self._fleet.forget(key)
        self._odd = [odd for odd in self._odd if odd != text]
        self.keep()

    def keep(self) -> None:
        """Remember those that are there."""
        self._settings.hosts = [*self._fleet.hosts, *self._odd]
