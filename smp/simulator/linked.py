"""A device behind its link, sans-I/O: what a client could touch.

Everything happens at the moment it is due, in order, however late somebody looks: the same seed
and the same writes give the same course of events on a busy machine and on a made-up clock.
"""

from __future__ import annotations

from smp.simulator.device import SimulatedDevice
from smp.simulator.happenings import Output, PortGone, Sent
from smp.simulator.link import Link, Quality
from smp.simulator.traits import Profile
from smp.simulator.worker import Peer


def quality_of(profile: Profile, text: str = "") -> Quality:
    """The link that a profile describes, changed by what `text` says.

    Raises `LinkTextError`, an `AddressError`.
    """
    usual = Quality.parse(profile.link, Quality(baud=profile.baud or 0))
    return Quality.parse(text, usual)


class LinkedDevice:
    """`quality` None: the link that the device's profile describes."""

    def __init__(self, device: SimulatedDevice, quality: Quality | None = None) -> None:
        self.device = device
        self.quality = quality_of(device.profile) if quality is None else quality
        if device.profile.framing.is_stream:
            device.line_rate = self.quality.baud / 10
        self.link = Link(self.quality, is_stream=device.profile.framing.is_stream)
        self._outputs: list[Output] = []

    def write(self, data: bytes, now: float, peer: Peer = None) -> None:
        """The client sends: bytes of a stream, or one message. Into a vanished port: nothing."""
        self.handle_timer(now)
        if not self.device.is_gone and data:
            self.link.requests.send(data, now, peer)
            self.handle_timer(now)

    def power_on(self, now: float) -> None:
        self.handle_timer(now)
        self.device.power_on(now)
        self.handle_timer(now)

    def power_off(self, now: float) -> None:
        self.handle_timer(now)
        self.device.power_off(now)
        self._collect()

    def reset_button(self, now: float) -> None:
        self.handle_timer(now)
        self.device.reset_button(now)
        self.handle_timer(now)

    def backlog(self, now: float) -> float:
        """Bytes from the client that the line has not carried yet."""
        return self.link.requests.backlog(now)

    def drain(self) -> list[Output]:
        """What reached the client since the last call: `at` is when it did."""
        outputs, self._outputs = self._outputs, []
        return outputs

    def next_timer(self) -> float | None:
        timers = (self.device.next_timer(), self.link.next_timer())
        return min((timer for timer in timers if timer is not None), default=None)

    def handle_timer(self, now: float) -> None:
        while (when := self.next_timer()) is not None and when <= now:
            for at, data, peer in self.link.requests.receive(when):
                self.device.receive(data, at, peer)
            self.device.handle_timer(when)
            self._collect()
            for at, data, peer in self.link.answers.receive(when):
                self._outputs.append(Sent(at, data, peer))

    def _collect(self) -> None:
        for output in self.device.drain():
            if isinstance(output, Sent):
                self.link.answers.send(output.data, output.at, output.peer)
                continue
            if isinstance(output, PortGone):
                self.link.clear()
            self._outputs.append(output)
