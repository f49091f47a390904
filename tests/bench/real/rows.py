"""What is measured: servers, links, jobs, and how the probe is set for each."""

from __future__ import annotations

from dataclasses import dataclass

from smp.framing import console_wire_size
from smp.packet import HEADER_SIZE, encode_body
from smp.transfer.chunks import FilePayload, ImagePayload, chunk_length
from tests.bench.real.job import FILE
from tests.bench.real.lines import Quality

KIB = 1024
DIRECT = Quality()
UDP = ("native_sim", "udp")
PLAIN = ("native_sim", "serial")
BIGRX = ("native_sim", "serial_bigrx")
MPS2 = ("mps2_an385", "serial_recovery")

Probe = tuple[int, int | None]
"""Requests in flight, and the packet size in bytes where the largest one is too long."""


@dataclass(frozen=True)
class Row:
    """`total` bytes are sent (round trips made, for an echo), a file's in pieces of `size`.

    `packet`: bytes of the largest request the server takes, for the line's ceiling.
    """

    name: str
    what: str
    server: tuple[str, str]
    kind: str
    total: int
    packet: int
    quality: Quality = DIRECT
    probes: tuple[Probe, ...] = ((1, None),)
    size: int = 4 * KIB
    in_recovery: bool = False

    @property
    def goal(self) -> str:
        return _GOALS.get(self.name, "")

    @property
    def is_serial(self) -> bool:
        return self.server != UDP

    @property
    def rounds(self) -> int:
        return self.total if self.kind == "echo" else self.total // self.piece

    @property
    def piece(self) -> int:
        return self.total if self.kind == "image" else self.size

    @property
    def baud(self) -> int:
        """Of the line between, 0 for none."""
        return round(self.quality.rate * 10) if self.is_serial else 0

    @property
    def hurry(self) -> int:
        """A real UART tells of bytes within a ms. On a line with a baud, native_sim's is as quick:
        after 20 ms even a server with two line buffers would find more lines than those hold. Its
        UDP server, when idle, looks every 10 ms: whoever is next in time for that waits 10 ms each
        time, and who is not, none, so that two runs of one client differ by three."""
        is_direct_udp = not self.is_serial and self.quality.is_direct
        return 20 if self.server[0] == "native_sim" and (self.baud or is_direct_udp) else 1

    @property
    def ceiling(self) -> float:
        """Bytes of the contents per second that the line can carry, 0 for no limit."""
        if not self.quality.rate or self.kind == "echo":
            return 0.0
        return self.quality.rate * self.piece / self._wire_size()

    def _wire_size(self) -> int:
        """Bytes on the wire for one piece, in the largest packets."""
        size = console_wire_size if self.is_serial else int
        data, at, wire = bytes(self.piece), 0, 0
        payload = FilePayload(data, FILE) if self.kind == "file" else ImagePayload(data, bytes(32))
        while at < len(data):
            length = chunk_length(payload, at, self.packet, multiple=4)
            body = payload.request(at, data[at : at + length], self.packet).body()
            wire += size(HEADER_SIZE + len(encode_body(body)))
            at += length
        return wire


_GOALS = {
    "udp-file": "1.5 x smpclient",
    "bigrx-file": "2.7 x smpclient",
    "plain-file": "0.95 of the probe",
    "uart-plain": "95 % of the line",
    "uart-app": "98 % of the line",
    "uart-recovery": "98 % of the line, 97 % where the baud is not known",
    "1m-file": "90 % of the line",
    "30ms-serial": "31 % of the line",
    "30ms-udp": "35 % of the line",
    "loss1": "whole; 0.9 of the probe",
    "loss5": "whole; 0.9 of the probe",
    "dup3": "whole",
    "flips": "whole",
    "recovery-loss1": "whole",
    "recovery-loss5": "whole",
}
_SLOW = Quality(rate=11_520)
_FAST = Quality(rate=100_000)
_AIR = Quality(rate=100_000, delay=0.015)
_FAR = 0.010


def _serial_file(name: str, what: str, total: int, quality: Quality, *probes: Probe) -> Row:
    return Row(name, what, BIGRX, "file", total, 380, quality, probes)


def _udp_file(name: str, what: str, total: int, quality: Quality) -> Row:
    """Two fit into the two buffers where the second comes long after the first."""
    probes = ((1, None), (2, None)) if quality.rate else ((1, None),)
    return Row(name, what, UDP, "file", total, 1472, quality, probes)


def _image(name: str, what: str, total: int, quality: Quality) -> Row:
    return Row(name, what, MPS2, "image", total, 380, quality, ((3, None), (4, None)))


def _recovery(name: str, what: str, total: int, quality: Quality) -> Row:
    probes = ((2, None),)
    return Row(name, what, MPS2, "image", total, 1020, quality, probes, in_recovery=True)


ROWS = (
    Row("udp-echo", "UDP, direct, echo", UDP, "echo", 500, 1472),
    _udp_file("udp-file", "UDP, direct, 4 KiB files", 4096 * KIB, DIRECT),
    Row("bigrx-echo", "pty, large receive buffer, echo", BIGRX, "echo", 100, 380),
    _serial_file(
        "bigrx-file",
        "pty, large receive buffer, 4 KiB files",
        256 * KIB,
        DIRECT,
        (3, None),
    ),
    Row(
        "plain-file",
        "pty, two line buffers, 4 KiB files",
        PLAIN,
        "file",
        96 * KIB,
        380,
        probes=((1, 182),),
    ),
    _image("mps2-app", "pty, mps2 application, image", 96 * KIB, DIRECT),
    _recovery("mps2-recovery", "pty, mps2 recovery, image", 96 * KIB, DIRECT),
    Row(
        "uart-plain",
        "115200 baud, two line buffers, 4 KiB files",
        PLAIN,
        "file",
        64 * KIB,
        380,
        _SLOW,
        ((2, None), (3, None)),
    ),
    _image("uart-app", "115200 baud, mps2 application, image", 96 * KIB, _SLOW),
    _recovery("uart-recovery", "115200 baud, mps2 recovery, image", 96 * KIB, _SLOW),
    _serial_file(
        "1m-file",
        "1 Mbaud, large receive buffer, 4 KiB files",
        256 * KIB,
        _FAST,
        (3, None),
        (4, None),
    ),
    _serial_file(
        "30ms-serial",
        "30 ms round trip, 100 kB/s, serial, 4 KiB files",
        128 * KIB,
        _AIR,
        (3, None),
        (4, None),
    ),
    _udp_file("30ms-udp", "30 ms round trip, 100 kB/s, UDP, 4 KiB files", 192 * KIB, _AIR),
    _udp_file(
        "loss1", "20 ms, 1 % lost, UDP, 4 KiB files", 192 * KIB, Quality(delay=_FAR, loss=0.01)
    ),
    _udp_file(
        "loss5", "20 ms, 5 % lost, UDP, 4 KiB files", 96 * KIB, Quality(delay=_FAR, loss=0.05)
    ),
    _udp_file(
        "dup3",
        "20 ms, 3 % twice, UDP, 4 KiB files",
        192 * KIB,
        Quality(delay=_FAR, duplicates=0.03),
    ),
    _image(
        "flips",
        "115200 baud, bit flips 5e-5 a byte, mps2 application, image",
        96 * KIB,
        Quality(rate=11_520, flips=5e-5),
    ),
    _recovery(
        "recovery-loss1",
        "115200 baud, 1 % of the blocks of 64 bytes lost, mps2 recovery, image",
        96 * KIB,
        Quality(rate=11_520, loss=0.01),
    ),
    _recovery(
        "recovery-loss5",
        "115200 baud, 5 % of the blocks of 64 bytes lost, mps2 recovery, image",
        16 * KIB,
        Quality(rate=11_520, loss=0.05),
    ),
)
