"""A limit, no product: what a server and a link bear from a client that thinks of nothing else.

Requests are encoded beforehand, a fixed number of them is kept in flight, an answer that names
another offset rewinds to it, and what stays unanswered for about two round trips is sent again.
No event loop, no threads. As the engine, a process of its own: a `Job` in, an `Outcome` out.
"""

from __future__ import annotations

import hashlib
import struct
import time
from collections.abc import Callable

import cbor2

from smp.address import Address
from tests.bench.real.job import ECHO, FILE, Job, Outcome, Watch, add
from tests.bench.real.wires import Wire, wire_to

_MULTIPLE = 16
_UDP_PACKET = 1472
_PATIENCE = 0.5
_SHORTEST = 0.02
_ERASING = 3.0
_GIVES_UP = 30
_WRITE, _READ = 2, 0

Make = Callable[[int, int], bytes]
"""The body of a chunk request for an offset and a length of data."""


class Uploads:
    """One upload after the other over a wire. Raises `TimeoutError` for a server that is silent."""

    def __init__(self, wire: Wire, packet: int, window: int, events: dict[str, int]) -> None:
        self._wire, self._window, self._events = wire, window, events
        self.largest = packet
        """Bytes of a request, header included."""
        self._sequence = 0
        self._smoothed = _PATIENCE / 2
        self._deviation = 0.0
        self._silences = 0

    def prepare(self, group: int, command: int, make: Make, total: int) -> Upload:
        """Everything is encoded here, for the case that nothing goes wrong."""
        return Upload(self, group, command, make, total)

    def packet(self, operation: int, group: int, command: int, body: bytes, sequence: int) -> bytes:
        head = struct.pack(">BBHHBB", 8 | operation, 0, len(body), group, sequence, command)
        return self._wire.encode(head + body)

    def next_sequence(self) -> int:
        self._sequence = (self._sequence + 1) % 256
        return self._sequence

    def ask(self, operation: int, group: int, command: int, body: bytes) -> dict[str, object]:
        """One request, again until it is answered."""
        while True:
            sequence = self.next_sequence()
            self._wire.send(self.packet(operation, group, command, body, sequence))
            sent = time.monotonic()
            until = sent + self.patience
            while (left := until - time.monotonic()) > 0:
                for number, answer in self._answers(left):
                    if number == sequence:
                        self.measured(time.monotonic() - sent)
                        return answer
            self.silent()

    def _answers(self, timeout: float) -> list[tuple[int, dict[str, object]]]:
        return [(packet[6], cbor2.loads(packet[8:])) for packet in self._wire.receive(timeout)]

    @property
    def patience(self) -> float:
        wait = max(_SHORTEST, 2 * self._smoothed, self._smoothed + 4 * self._deviation)
        return min(wait * (1 << max(0, self._silences - 1)), 2.0)

    def measured(self, round_trip: float) -> None:
        self._silences = 0
        self._deviation += (abs(round_trip - self._smoothed) - self._deviation) / 4
        self._smoothed += (round_trip - self._smoothed) / 8

    def silent(self) -> None:
        add(self._events, "timeouts")
        self._silences += 1
        if self._silences > _GIVES_UP:
            raise TimeoutError("the server is silent")

    def run(self, upload: Upload) -> int:
        flight: dict[int, tuple[int, int, float]] = {}
        acked = ahead = 0
        while acked < upload.total:
            while ahead < upload.total and len(flight) < (self._window if acked else 1):
                sequence, length, encoded = upload.transmission(ahead)
                self._wire.send(encoded)
                flight[sequence] = (ahead, ahead + length, time.monotonic())
                ahead += length
            now = time.monotonic()
            oldest = min(sent for _, _, sent in flight.values())
            wait = max(self.patience, _ERASING if upload.erases and not acked else 0.0)
            if now >= oldest + wait:
                self.silent()
                ahead = acked
                flight.clear()
                continue
            for number, answer in self._answers(oldest + wait - now):
                chunk = flight.pop(number, None)
                if chunk is None:
                    add(self._events, "stray")
                    continue
                offset = upload.offset_in(answer)
                if offset is None:
                    add(self._events, "refused")
                    self.silent()
                    offset = acked
                if not acked and offset not in (chunk[1], upload.total):
                    return self._begin_again(upload)
                self.measured(time.monotonic() - chunk[2])
                if offset == chunk[1]:
                    acked = offset
                else:
                    add(self._events, "rewinds")
                    acked = ahead = offset
                    flight.clear()
        return acked

    def _begin_again(self, upload: Upload) -> int:
        """The first part arrived twice, and the server counted it twice."""
        add(self._events, "restarts")
        upload.reopen()
        return self.run(upload)


class Upload:
    def __init__(self, uploads: Uploads, group: int, command: int, make: Make, total: int) -> None:
        self.total = total
        self.erases = group == 1
        self._uploads, self._group, self._command, self._make = uploads, group, command, make
        self._ready: dict[int, tuple[int, int, bytes]] = {}
        at = 0
        while at < total:
            self._ready[at] = self._encode(at)
            at += self._ready[at][1]

    def transmission(self, offset: int) -> tuple[int, int, bytes]:
        """Sequence number, bytes of data, and what is sent: ready the first time."""
        return self._ready.pop(offset, None) or self._encode(offset)

    def offset_in(self, answer: dict[str, object]) -> int | None:
        for name in ("off", "len"):  # a refused offset of a file comes with the file's length
            if isinstance(offset := answer.get(name), int):
                return offset
        return None

    def reopen(self) -> None:
        if self._group == 8:
            self._uploads.ask(_WRITE, 8, 4, cbor2.dumps({}))

    def _encode(self, offset: int) -> tuple[int, int, bytes]:
        length = self._fitting(offset)
        sequence = self._uploads.next_sequence()
        body = self._make(offset, length)
        packet = self._uploads.packet(_WRITE, self._group, self._command, body, sequence)
        return sequence, length, packet

    def _fitting(self, offset: int) -> int:
        left = self.total - offset
        free = self._uploads.largest - 8 - len(self._make(offset, 0))
        free -= 0 if free < 24 else 1 if free < 257 else 2
        return left if free >= left else free // _MULTIPLE * _MULTIPLE


def _file_chunks(data: bytes) -> Make:
    def make(offset: int, length: int) -> bytes:
        body = {"off": offset, "name": FILE, "data": data[offset : offset + length]}
        return cbor2.dumps(body if offset else {**body, "len": len(data)})

    return make


def _image_chunks(data: bytes) -> Make:
    first = {"len": len(data), "image": 0, "sha": hashlib.sha256(data).digest()}

    def make(offset: int, length: int) -> bytes:
        body = {"off": offset, "data": data[offset : offset + length]}
        return cbor2.dumps(body if offset else {**body, **first})

    return make


def _run(job: Job, outcome: Outcome) -> None:
    address = Address.parse(job.address)
    uploads = Uploads(wire_to(address), 0, job.window or 1, outcome.events)
    told = uploads.ask(_READ, 0, 6, cbor2.dumps({})).get("buf_size")
    assert isinstance(told, int)
    largest = min(told, _UDP_PACKET) if address.scheme == "udp" else told - 4
    uploads.largest = job.packet or largest
    outcome.events.clear()
    if job.kind == "echo":
        body = cbor2.dumps({"d": ECHO})
        watch = Watch()
        for _ in range(job.rounds):
            uploads.ask(_WRITE, 0, 0, body)
            outcome.done += 1
    else:
        make, group, command = (_file_chunks, 8, 0) if job.kind == "file" else (_image_chunks, 1, 1)
        ready = [uploads.prepare(group, command, make(it), len(it)) for it in job.pieces()]
        watch = Watch()
        for upload in ready:
            outcome.done += uploads.run(upload)
    watch.stop(outcome)


def main() -> None:
    outcome = Outcome()
    try:
        _run(Job.given(), outcome)
    except (OSError, RecursionError) as error:
        outcome.error = f"{type(error).__name__}: {error}"
    outcome.tell()


if __name__ == "__main__":
    main()
