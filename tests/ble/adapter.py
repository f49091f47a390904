"""The computer's Bluetooth adapters: controllers that the guest's kernel reaches over the wire."""

from __future__ import annotations

from tests.ble.air import Air, Radio
from tests.ble.wire import Wire

_VENDOR = 0xFF


class Adapter:
    """`hci0` and so on: the kernel gives the lowest number that is free."""

    def __init__(self, wire: Wire, air: Air, number: int, address: str) -> None:
        self.index: int | None = None
        """What the kernel calls it, once it has said so."""
        self.radio = Radio(f"hci{number}", air, address)
        self.radio.host = self
        self._wire = wire
        self._number = number
        wire.plug(number, self._on_frame)

    def on_packet(self, packet: bytes) -> None:
        """From the controller to the kernel; bumble's name for it."""
        self._wire.send(self._number, packet)

    def unplug(self) -> None:
        self._wire.unplug(self._number)
        self.radio.leave()

    def _on_frame(self, frame: bytes) -> None:
        if frame[0] == _VENDOR:
            self.index = int.from_bytes(frame[2:4], "little")
        else:
            self.radio.on_packet(frame)
