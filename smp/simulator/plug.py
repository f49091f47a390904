"""The device's end of the link: what leaves it, and whether its port is there.

A port on USB vanishes when the device restarts, and comes back when something serves it again.
"""

from __future__ import annotations

from smp.simulator.happenings import Output, PortBack, PortGone, Sent
from smp.simulator.traits import Framing, Profile
from smp.simulator.worker import Peer


class Plug:
    """See the module."""

    def __init__(self, profile: Profile) -> None:
        self.is_gone = profile.vanishes
        """The port has vanished and is not back yet."""
        self.name = "port0"
        self.product = profile.product
        """What USB calls what serves the port."""
        self._profile = profile
        self._outputs: list[Output] = []

    def drain(self) -> list[Output]:
        """What came out since the last call, in order of time."""
        outputs, self._outputs = self._outputs, []
        return outputs

    def send(self, data: bytes, peer: Peer, now: float) -> None:
        if not self.is_gone:
            self._outputs.append(Sent(now, data, peer))

    def print(self, text: bytes, now: float) -> None:
        if self._profile.framing is Framing.CONSOLE:
            self.send(text, None, now)

    def vanish(self, now: float) -> None:
        """Nobody serves it any more, where that is seen."""
        if self._profile.vanishes and not self.is_gone:
            self.is_gone = True
            self._outputs.append(PortGone(now))

    def appear(self, product: int, now: float, *, is_first: bool) -> None:
        """It is there again, if it was gone. is_first: since it left the factory."""
        if not self.is_gone:
            return
        self.is_gone = False
        self.product = product
        if self._profile.renames and not is_first:
            self.name = "port1" if self.name == "port0" else "port0"
        self._outputs.append(PortBack(now, self.name, product))
