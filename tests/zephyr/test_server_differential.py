"""Zephyr's server and the simulated one, asked the same: answers key by key.

Run with FLASHDESK_ZEPHYR_SERVERS=DIR; skipped with the reason without it. Groups that only one of
them has are not asked: statistics, files, shell and enumeration, which the simulator has not.
"""

from __future__ import annotations

import socket
import time
from abc import ABC, abstractmethod
from collections.abc import Iterable, Iterator
from contextlib import closing, contextmanager
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any

import cbor2
import pytest

from smp.framing import ConsoleFraming, PacketReceived, console_lines
from smp.image import McubootImage
from smp.packet import Header
from smp.simulator import Bench, Loader, Mode, Profile, SimulatedDevice, build_image, profile
from smp.simulator.os_group import SystemFacts
from tests.zephyr import servers
from tests.zephyr.recovery_requests import header
from tests.zephyr.server_requests import IMAGE, OS, SETTINGS, STRANGE, ServerRequests, chunks, marks
from tests.zephyr.test_real_servers import needs

M0, M0_SLOT = "qemu_cortex_m0", 106_496
SWAPS = {"mode": Mode.SWAP_OFFSET, "slot_size": M0_SLOT, "block_size": 1024}
SENT_WITH: tuple[dict[str, object], ...] = ({}, {"sha": bytes(32)}, {"image": 0, "upgrade": True})
PATIENCE, TRIES = 1.0, 10
PROBE = header(0, 0, 6, 1, 255) + b"\xa0"
LETTERS = {
    "s": "kernel",
    "n": "node",
    "r": "release",
    "v": "version",
    "b": "build_date",
    "m": "machine",
    "p": "processor",
    "i": "board",
    "o": "system",
}

THREADS = {"0/2 read tasks/*": "other threads run in another firmware"}
STORAGE = {
    "3/3 write err: {'group': 3, 'rc': 8} and ours 'nothing'": "it has nothing to save settings to",
    "3/3 write rc: 1 and ours 'nothing'": "the same, as of old",
}
UDP = THREADS | STORAGE
"""Differences that stay: the command, the key and what both said, as a pattern; and the reason."""


class Real(ABC):
    """The server behind its link, one packet at a time."""

    def __init__(self, plug: socket.socket) -> None:
        self._plug = plug

    def answers(self, packet: bytes, expected: int) -> list[bytes]:
        """All that comes before the answer to a question that is always answered. `expected`:
        how many that might be; more are heard, too."""
        self._send(packet)
        found: list[bytes] = []
        while len(found) < expected and (answer := self._read(PATIENCE)):
            found.append(answer)
        for _ in range(TRIES):
            self._send(PROBE)
            while answer := self._read(PATIENCE):
                if Header.from_bytes(answer).sequence == 255:
                    return found
                found.append(answer)
        raise AssertionError("the server does not answer any more")

    def heard(self, packet: bytes) -> list[bytes]:
        """The one answer, if there is one."""
        self._send(packet)
        answer = self._read(PATIENCE)
        return [answer] if answer else []

    def facts(self) -> SystemFacts:
        told: dict[str, str] = {}
        for letter, name in LETTERS.items():
            body = cbor2.dumps({"format": letter})
            (answer,) = self.answers(header(0, 0, 7, len(body), 1) + body, 1)
            told[name] = cbor2.loads(answer[8:])["output"]
        return SystemFacts(**told)

    @abstractmethod
    def _send(self, packet: bytes) -> None: ...

    @abstractmethod
    def _read(self, seconds: float) -> bytes | None: ...


class RealUdp(Real):
    def _send(self, packet: bytes) -> None:
        self._plug.send(packet)

    def _read(self, seconds: float) -> bytes | None:
        self._plug.settimeout(seconds)
        try:
            return self._plug.recv(4096)
        except TimeoutError:
            return None


class RealConsole(Real):
    def __init__(self, plug: socket.socket) -> None:
        super().__init__(plug)
        self._framing = ConsoleFraming()
        self._waiting: list[bytes] = []

    def wait(self, *, logs: bool) -> None:
        """Until the firmware is up: before, it is the bootloader that would get what is sent.
        logs: it prints on this line."""
        if not logs:
            assert any(self._is_up() for _ in range(20)), "the server does not start"
            return
        self._plug.settimeout(20)
        seen = b""
        while b"build time" not in seen:
            seen += self._plug.recv(4096)

    def _is_up(self) -> bool:
        self._send(PROBE)
        return self._read(PATIENCE) is not None

    def _send(self, packet: bytes) -> None:
        self._plug.sendall(b"".join(console_lines(packet)))

    def _read(self, seconds: float) -> bytes | None:
        deadline = time.monotonic() + seconds
        while not self._waiting and (left := deadline - time.monotonic()) > 0:
            self._plug.settimeout(left)
            try:
                data = self._plug.recv(65536)
            except TimeoutError:
                break
            frames = self._framing.receive(data, time.monotonic())
            self._waiting += [it.data for it in frames if isinstance(it, PacketReceived)]
        return self._waiting.pop(0) if self._waiting else None


class Simulated:
    def __init__(self, chosen: Profile, image: bytes | None = None) -> None:
        device = SimulatedDevice(chosen)
        if image is not None:
            device.install(image)
        self._bench = Bench(device=device)

    def answers(self, packet: bytes) -> list[bytes]:
        self._bench.packets.clear()
        self._bench.send(packet)
        self._bench.advance(5.0)
        return list(self._bench.packets)


def differences(real: list[bytes], ours: list[bytes]) -> Iterator[str]:
    """Each as the command, the key, and what both said."""
    for told, made in zip(real, ours, strict=False):
        head, our_head = Header.from_bytes(told), Header.from_bytes(made)
        name = f"{head.group}/{head.command} {'read' if head.op == 1 else 'write'}"
        if told[:2] + told[4:8] != made[:2] + made[4:8]:
            yield f"{name} header: {head} and ours {our_head}"
        its, mine = cbor2.loads(told[8:]), cbor2.loads(made[8:])
        found = list(_in_values(its, mine, ""))
        yield from (f"{name} {it}" for it in found)
        if not found and told[8:] != made[8:]:
            yield f"{name} encoding: {told[8:].hex()} and ours {made[8:].hex()}"
        if found:
            return
    if len(real) != len(ours):
        yield f"answers: {[it.hex() for it in real]} and ours {[it.hex() for it in ours]}"


def _in_values(its: object, mine: object, path: str) -> Iterator[str]:
    if isinstance(its, list) and isinstance(mine, list):
        its, mine = dict(enumerate(its)), dict(enumerate(mine))
    if isinstance(its, dict) and isinstance(mine, dict):
        for key in [*its, *(it for it in mine if it not in its)]:
            yield from _in_values(
                its.get(key, "nothing"), mine.get(key, "nothing"), f"{path}{key}/"
            )
    elif its != mine or type(its) is not type(mine):
        yield f"{path.removesuffix('/')}: {its!r} and ours {mine!r}"


def compare(
    real: Real, simulated: Simulated, sent: Iterable[bytes], reasons: dict[str, str]
) -> int:
    """How many were answered."""
    answered = 0
    used: set[str] = set()
    found: list[str] = []
    for number, packet in enumerate(sent):
        ours = simulated.answers(packet)
        told = real.answers(packet, len(ours))
        answered += bool(told)
        for it in differences(told, ours):
            known = [pattern for pattern in reasons if fnmatchcase(it, pattern)]
            used |= set(known)
            if not known:
                found.append(f"number {number}, {packet.hex()}: {it}")
    assert not found, "\n".join(found)
    assert used == set(reasons), "reasons that nothing needs any more"
    return answered


@contextmanager
def systems(folder: Path) -> Iterator[tuple[Real, Simulated]]:
    """A firmware that manages no images, and the same simulated."""
    with (
        servers.serve("native_sim", "udp", folder=folder) as address,
        closing(socket.socket(type=socket.SOCK_DGRAM)) as plug,
    ):
        plug.connect((address.target, address.port or 0))
        real = RealUdp(plug)
        chosen = profile(
            "udp",
            facts=real.facts(),
            link="",
            mode=Mode.FIRMWARE_LOADER,
            loader=Loader(on_request=False),
            has_bootloader_info=False,
            has_clock=False,
            has_pools=False,
        )
        yield real, Simulated(chosen)


@needs("native_sim", "udp")
def test_servers_answer_alike(tmp_path: Path) -> None:
    """The system, settings, and what is nowhere."""
    sent = ServerRequests(3, OS + SETTINGS + STRANGE, largest=2048).packets(4000)
    with systems(tmp_path) as (real, simulated):
        assert compare(real, simulated, sent, UDP) > 3000


@needs("native_sim", "udp")
@pytest.mark.parametrize(
    "payload",
    [
        *("", "a0", "bfff", "80", "a165666f72636501", "a165666f726365f5"),
        *(f"a169626f6f745f6d6f6465{value}" for value in ("00", "6161", "18ff", "190100")),
    ],
)
def test_restarts_are_answered_alike(tmp_path: Path, payload: str) -> None:
    """Each to a server of its own, which may be gone afterwards."""
    body = bytes.fromhex(payload)
    packet = header(2, 0, 5, len(body), 7) + body
    with systems(tmp_path) as (real, simulated):
        ours = simulated.answers(packet)
        assert len(ours) == 1
        assert list(differences(real.heard(packet), ours)) == []


@contextmanager
def image_managements(
    target: str, config: str, folder: Path, **changes: Any
) -> Iterator[tuple[Real, Simulated]]:
    """A board on a console, and the same simulated, both with the image that it came with."""
    with (
        servers.serve(target, config, folder=folder) as address,
        closing(socket.create_connection((address.target, address.port or 0))) as plug,
    ):
        real = RealConsole(plug)
        real.wait(logs=target == M0)
        chosen = profile(
            "fast",
            facts=real.facts(),
            image_size=1000,
            tells_max_size=False,
            has_bootloader_info=False,
            has_clock=False,
            has_pools=False,
            **changes,
        )
        yield real, Simulated(chosen, servers.signed_image(target, config).read_bytes())


@needs(M0, "serial")
def test_image_managements_answer_alike(tmp_path: Path) -> None:
    """Under MCUboot that swaps using an offset."""
    image = servers.signed_image(M0, "serial").read_bytes()
    made = ServerRequests(5, OS + IMAGE + STRANGE, largest=180, image=image, slot_size=M0_SLOT)
    with image_managements(M0, "serial", tmp_path, **SWAPS) as (real, simulated):
        assert compare(real, simulated, made.packets(600), THREADS) > 400


@needs(M0, "serial")
def test_marks_are_answered_alike(tmp_path: Path) -> None:
    """An image that was sent is tested, confirmed, erased, and sent again over what waits."""
    running = McubootImage.from_bytes(servers.signed_image(M0, "serial").read_bytes())
    image = build_image("1.2.3+4", 1500)
    asked = marks(running.hash, McubootImage.from_bytes(image).hash)
    made = ServerRequests(9, asked, largest=180)
    sent: list[bytes] = []
    for count in range(8):
        sent += [*chunks(image, 100, SENT_WITH[count % 3]), *made.packets(40)]
    with image_managements(M0, "serial", tmp_path, **SWAPS) as (real, simulated):
        assert compare(real, simulated, sent, {}) > 400


@needs("mps2_an385", "serial_recovery")
def test_image_managements_without_marks_answer_alike(tmp_path: Path) -> None:
    """Under MCUboot that loads to RAM."""
    target, config = "mps2_an385", "serial_recovery"
    image = servers.signed_image(target, config).read_bytes()
    size = 512 * 1024
    made = ServerRequests(13, OS + IMAGE, largest=180, image=image, slot_size=size)
    mode = {"mode": Mode.RAM_LOAD, "slot_size": size}
    with image_managements(target, config, tmp_path, **mode) as (real, simulated):
        assert compare(real, simulated, made.packets(400), THREADS) > 250
