"""A linked device on a made-up clock, with a plain client: for tests and experiments.

    bench = Bench("fast")
    bench.ask(0, 0, {"d": "hi"})            -> {"r": "hi"}
    bench.advance(2.0)

The client sends a request, waits for what answers it, and does nothing else: no retries.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, assert_never

from smp.bluetooth.writes import pieces
from smp.errors import NoAnswer
from smp.framing import ConsoleFraming, PacketReceived, RawFraming, console_lines
from smp.packet import HEADER_SIZE, Body, Header, Op, Packet, Version, decode_body, encode_body
from smp.simulator.device import SimulatedDevice
from smp.simulator.happenings import DeviceState, PortBack, PortGone, Sent
from smp.simulator.linked import LinkedDevice, quality_of
from smp.simulator.profiles import profile
from smp.simulator.traits import Framing, Profile
from smp.text import Coded

_FRAMINGS: Mapping[Framing, Callable[[], ConsoleFraming | RawFraming | None]] = {
    Framing.CONSOLE: ConsoleFraming,
    Framing.RAW: RawFraming,
    Framing.UDP: lambda: None,
    Framing.BLE: lambda: None,
}


class Bench:
    """`what` is a profile or its name, `changes` change its fields, `link` its link.

    `device` is one that was made already. It is switched on and up unless `on` is False.
    """

    def __init__(
        self,
        what: Profile | str = "fast",
        *,
        link: str = "",
        on: bool = True,
        device: SimulatedDevice | None = None,
        seed: int = 0,
        **changes: Any,
    ) -> None:
        chosen = profile(what, **changes) if isinstance(what, str) else what
        self.device = device or SimulatedDevice(chosen, seed=seed)
        self.linked = LinkedDevice(self.device, quality_of(self.device.profile, link))
        self.now = 100.0
        self.packets: list[bytes] = []
        """Whole packets from the device that nobody has taken yet."""
        self.output = bytearray()
        """All bytes that came out of a stream, messages one after the other."""
        self.gone = 0
        """How often the port vanished."""
        self._sequence = 0
        self._framing = _FRAMINGS[self.device.profile.framing]()
        self._pieces = b""
        if on:
            self.power_on()

    # -- time and power ---------------------------------------------------------------

    def advance(self, seconds: float) -> None:
        """Let that much time pass, event by event."""
        self.run_until(lambda: False, seconds)

    def run_until(self, condition: Callable[[], bool], seconds: float) -> bool:
        """Let time pass until the condition holds, `seconds` at most. Did it?"""
        end = self.now + seconds
        while not condition():
            timer = self.linked.next_timer()
            if timer is None or timer > end:
                self.now = end
                break
            self.now = max(self.now, timer)
            self.linked.handle_timer(self.now)
            self._take()
        return condition()

    def power_on(self) -> None:
        """Switch on, and wait until the firmware is up, hangs, or there is none."""
        self.linked.power_on(self.now)
        self.wait_for_boot()

    def wait_for_boot(self, seconds: float = 600.0) -> None:
        self.run_until(lambda: self.device.state is not DeviceState.BOOTING, seconds)
        self._take()

    def power_off(self) -> None:
        self.linked.power_off(self.now)
        self._take()

    def reset(self) -> None:
        """Press the button, and wait until the firmware is up again."""
        self.linked.reset_button(self.now)
        self.wait_for_boot()

    # -- bytes and packets ------------------------------------------------------------

    def write(self, data: bytes) -> None:
        self.linked.write(data, self.now)
        self._take()

    def send(self, packet: bytes) -> None:
        """Put one packet on the link as its framing wants it."""
        framing = self.device.profile.framing
        match framing:
            case Framing.CONSOLE:
                for line in console_lines(packet):
                    self.write(line)
            case Framing.BLE:
                for piece in pieces(packet, self.device.profile.ble_mtu - 3):
                    self.write(piece)
            case Framing.RAW | Framing.UDP:
                self.write(packet)
            case _:
                assert_never(framing)

    def exchange(self, packet: bytes, seconds: float = 60.0) -> bytes | None:
        """Send a packet and wait for the next one that comes. None: silence."""
        self.packets.clear()
        self.send(packet)
        self.run_until(lambda: bool(self.packets), seconds)
        return self.packets.pop(0) if self.packets else None

    def ask(
        self,
        group: int,
        command: int,
        body: Mapping[str, object] | None = None,
        *,
        op: Op = Op.READ,
        version: Version = Version.V2,
        seconds: float = 60.0,
    ) -> Body:
        """One request and the map that answers it. Raises `NoAnswer`."""
        self._sequence = (self._sequence + 1) % 256
        request = Packet(op, group, command, self._sequence, encode_body(body or {}), version)
        self.packets.clear()
        self.send(request.to_bytes())
        found: list[Packet] = []

        def answered() -> bool:
            packets = [Packet.from_bytes(packet) for packet in self.packets]
            found[:] = [packet for packet in packets if packet.sequence == self._sequence]
            return bool(found)

        if not self.run_until(answered, seconds):
            raise NoAnswer(
                Coded("simulated-silent", "The simulated device does not answer"),
                detail=f"group {group}, command {command}",
            )
        return decode_body(found[0].payload)

    def upload(self, data: bytes, chunk: int = 128, **first: object) -> Body:
        """Send a file chunk by chunk, one at a time; the last answer."""
        offset = 0
        answer: Body = {}
        while offset < len(data):
            body: dict[str, object] = {"off": offset, "data": data[offset : offset + chunk]}
            if offset == 0:
                body |= {"len": len(data), **first}
            answer = self.ask(1, 1, body, op=Op.WRITE)
            if "off" not in answer or answer["off"] <= offset:
                return answer
            offset = answer["off"]
        return answer

    def forget(self) -> None:
        """The client hangs up and comes back: nothing half sent or half received is left."""
        self.device.disconnected()
        self.packets.clear()
        self._pieces = b""

    def images(self) -> list[Body]:
        """The image state."""
        return list(self.ask(1, 0)["images"])

    def _take(self) -> None:
        for output in self.linked.drain():
            if isinstance(output, Sent):
                self.output += output.data
                self._unframe(output.data)
            elif isinstance(output, PortGone):
                self.gone += 1
                self._pieces = b""
            else:
                assert isinstance(output, PortBack)

    def _unframe(self, data: bytes) -> None:
        if self._framing is not None:
            frames = self._framing.receive(data, self.now)
            self.packets += [frame.data for frame in frames if isinstance(frame, PacketReceived)]
            return
        self._pieces += data
        while len(self._pieces) >= HEADER_SIZE:
            size = HEADER_SIZE + Header.from_bytes(self._pieces).length
            if len(self._pieces) < size:
                break
            self.packets.append(self._pieces[:size])
            self._pieces = self._pieces[size:]
