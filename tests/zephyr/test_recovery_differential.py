"""MCUboot's own serial recovery and the simulated one, asked the same: answers byte for byte.

Run with FLASHDESK_ZEPHYR_SERVERS=DIR; skipped with the reason without it. The differences:

- a bootloader that loads to RAM looks at the copy there, and takes its list's hash from the slot:
  the emulated board lists an image that was written over, with what stands there now;
- its flash is RAM that is all zeros when it is erased;
- a raw line is sent whole packets only, one after the other: what a stalled one leaves behind, and
  what is lost while it works, depends on the clock of the emulator.
"""

from __future__ import annotations

import socket
import time
from collections.abc import Iterable
from contextlib import closing
from pathlib import Path

import pytest

from smp.framing import ConsoleFraming, PacketReceived, console_lines
from smp.packet import HEADER_SIZE, Header
from smp.simulator import Bench, DeviceState, Framing, Mode, SimulatedDevice, profile
from tests.zephyr import servers
from tests.zephyr.recovery_requests import Requests, header
from tests.zephyr.test_real_servers import needs

SLOT_SIZE = 524_288
PATIENCE, SILENCE = 5.0, 0.5
ANY = -2
PROBE = header(0, 0, 6, 1, 255) + b"\xa0"
_ENTER = header(2, 0, 5, 12, 254) + b"\xa1iboot_mode\x01"
TARGET = "mps2_an385"


class Real:
    """The server behind its socket, in its recovery."""

    def __init__(self, plug: socket.socket, *, raw: bool) -> None:
        self._plug = plug
        self._raw = raw
        self._framing = ConsoleFraming()
        self._held = b""

    def enter(self) -> None:
        """From the application."""
        self.send(self.framed(_ENTER))
        deadline = time.monotonic() + 20
        while time.monotonic() < deadline:
            time.sleep(1.0)
            self.send(self.framed(header(0, 0, 7, 1, 253) + b"\xa0"))
            answers = [it[8:] for it in self._read(1.0) if it[6] == 253]
            if b"\xbfbrc\x08\xff" in answers:
                return
        raise AssertionError("the server does not restart into its recovery")

    def framed(self, packet: bytes) -> bytes:
        return packet if self._raw else b"".join(console_lines(packet))

    def send(self, data: bytes) -> None:
        self._plug.sendall(data)

    def answers(self) -> list[bytes]:
        """All that came before the answer to a question that is always answered."""
        # While it works it has room for eight bytes of a raw line.
        found = self._read(SILENCE, until=ANY) if self._raw else []
        self.send(self.framed(PROBE))
        return found + self._read(PATIENCE, until=255)

    def _read(self, seconds: float, until: int = -1) -> list[bytes]:
        found: list[bytes] = []
        deadline = time.monotonic() + seconds
        while (left := deadline - time.monotonic()) > 0:
            self._plug.settimeout(left)
            try:
                data = self._plug.recv(65536)
            except TimeoutError:
                break
            for packet in self._packets(data):
                if Header.from_bytes(packet).sequence == until:
                    return found
                found.append(packet)
                if until == ANY:
                    return found
        assert until < 0, "the server does not answer any more"
        return found

    def _packets(self, data: bytes) -> list[bytes]:
        if not self._raw:
            frames = self._framing.receive(data, time.monotonic())
            return [it.data for it in frames if isinstance(it, PacketReceived)]
        made, self._held = split(self._held + data)
        return made


def split(data: bytes) -> tuple[list[bytes], bytes]:
    """Packets that stand one behind the other, and what is left."""
    found = []
    while len(data) >= HEADER_SIZE:
        size = HEADER_SIZE + Header.from_bytes(data).length
        if len(data) < size:
            break
        found.append(data[:size])
        data = data[size:]
    return found, data


class Simulated:
    """The same board, simulated."""

    def __init__(self, image: bytes, *, raw: bool) -> None:
        chosen = profile(
            "recovery",
            mode=Mode.RAM_LOAD,
            slot_size=SLOT_SIZE,
            recovery_pin=True,
            speed=1000.0,
            baud=None,
            image_size=1000,
        )
        framing = Framing.RAW if raw else Framing.CONSOLE
        device = SimulatedDevice(chosen.reached_by(framing))
        device.install(image)
        self._bench = Bench(device=device)
        self._raw = raw
        assert device.state is DeviceState.RECOVERY

    def send(self, data: bytes) -> None:
        self._bench.output.clear()
        self._bench.write(data)

    def answers(self) -> list[bytes]:
        self._bench.advance(1.0)
        found = self._answers()
        self.send(PROBE if self._raw else b"".join(console_lines(PROBE)))
        self._bench.advance(1.0)
        assert self._answers(), "the simulated one does not answer any more"
        return found

    def _answers(self) -> list[bytes]:
        output = bytes(self._bench.output)
        if self._raw:
            return split(output)[0]
        frames = ConsoleFraming().receive(output, 0.0)
        return [it.data for it in frames if isinstance(it, PacketReceived)]


def without_ram(answers: list[bytes]) -> list[bytes]:
    """Without the image whose copy in RAM was looked at, and the length that counts it."""
    found = []
    for answer in answers:
        at = answer.find(b"\xbfdslot\x00")
        listed = answer[4:8] + answer[8:at] + answer[answer.rfind(b"\xff\xff\xff") + 1 :]
        found.append(answer if b"images" not in answer else listed if at >= 0 else answer[4:])
    return found


def compare(config: str, folder: Path, sent: Iterable[bytes], *, raw: bool, framed: bool) -> int:
    """How many were answered."""
    image = servers.signed_image(TARGET, config).read_bytes()
    answered = 0
    with (
        servers.serve(TARGET, config, folder=folder) as address,
        closing(socket.create_connection((address.target, address.port or 0))) as plug,
    ):
        real, simulated = Real(plug, raw=raw), Simulated(image, raw=raw)
        real.enter()
        for number, data in enumerate(sent):
            for it in (real, simulated):
                it.send(data if framed else real.framed(data))
            try:
                told, ours = real.answers(), simulated.answers()
            except AssertionError as error:
                raise AssertionError(f"number {number}: {data.hex()}") from error
            told, ours = without_ram(told), without_ram(ours)
            assert ours == told, f"number {number}: {data.hex()}"
            answered += bool(told)
    return answered


@pytest.mark.parametrize(
    ("config", "raw"),
    [
        pytest.param("serial_recovery", False, marks=needs(TARGET, "serial_recovery")),
        pytest.param("serial_recovery_raw", True, marks=needs(TARGET, "serial_recovery_raw")),
    ],
)
def test_recoveries_answer_alike(tmp_path: Path, config: str, raw: bool) -> None:
    image = servers.signed_image(TARGET, config).read_bytes()
    made = Requests(seed=7, image=image, slot_size=SLOT_SIZE).packets(400)
    sent = [it for it in made if not raw or _is_whole(it)]
    assert compare(config, tmp_path, sent, raw=raw, framed=False) > 200


@needs(TARGET, "serial_recovery")
def test_recoveries_read_lines_alike(tmp_path: Path) -> None:
    config = "serial_recovery"
    image = servers.signed_image(TARGET, config).read_bytes()
    sent = Requests(seed=11, image=image, slot_size=SLOT_SIZE).frames(400)
    assert compare(config, tmp_path, sent, raw=False, framed=True) > 100


def _is_whole(packet: bytes) -> bool:
    """As long as its header says, and a request: else the raw line gets out of step."""
    if len(packet) < 8:
        return False
    head = Header.from_bytes(packet)
    return head.op in (0, 2) and head.length == len(packet) - 8
