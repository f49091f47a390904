"""A small model of an SMP server: its manners with uploads, buffers and restarts, nothing else.

It is written from the specification alone and shares only the packet codec with the engine, so
that both can be wrong only in different ways. Time comes from a scheduler; requests are handled
one at a time and in order, out of one pool of buffers.
"""

from __future__ import annotations

import hashlib
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import cbor2

from smp.packet import Op, Packet
from tests.helpers.timeline import Scheduler

MAGIC = bytes.fromhex("3db8f396")
IMAGE, OS = 1, 0
V1_OF = {9: 6, 20: 3, 21: 3, 22: 3, 24: 3, 27: 6}


def firmware(size: int, seed: int = 0) -> bytes:
    """`size` bytes that begin like an image and repeat nowhere within 64 kB."""
    blocks = b"".join(
        hashlib.sha256(f"{seed}/{n}".encode()).digest() for n in range(size // 32 + 1)
    )
    return (MAGIC + blocks)[:size]


@dataclass
class Manners:
    """How the server was built. The default is Zephyr with its default buffers."""

    buf_size: int = 384
    buf_count: int = 4
    packet_limit: int | None = 380
    """Larger packets meet silence."""
    tells_parameters: bool = True
    work: float = 0.002
    """Seconds for one request."""
    write: float = 0.0
    """Seconds on top for a chunk that is written."""
    erase: float = 0.0
    """Seconds on top for a first chunk that erases."""
    recovery: bool = False
    """MCUboot's own server: no resume, whole flash units only, errors as `rc`."""
    unit: int = 1
    image_check: bool = False
    slot_size: int = 1 << 20
    versions: tuple[int, ...] = (0, 1)
    """Header versions it understands; requests in others meet silence."""
    too_old: bool = False
    """Version 1 is answered rc 12."""


@dataclass
class _Upload:
    total: int
    sha: bytes
    data: bytearray = field(default_factory=bytearray)


class ModelServer:
    """See the module. `send` gets each answer packet when it leaves the device."""

    def __init__(
        self, scheduler: Scheduler, send: Callable[[bytes], None], manners: Manners | None = None
    ) -> None:
        self.manners = manners or Manners()
        self.slot: bytes | None = None
        """What the last finished upload left."""
        self.received = 0
        self.executed = 0
        self.refused = 0
        self.dropped = 0
        self.first_chunks = 0
        self.restarts = 0
        self.resets = 0
        self.most_used = 0
        self.on_request: Callable[[Packet], dict[str, Any] | str | None] | None = None
        """May answer instead of the server: a map, "silence", or None to leave it to the server."""
        self.silent = False
        self._scheduler = scheduler
        self._send = send
        self._upload: _Upload | None = None
        self._queue: deque[Packet] = deque()
        self.erases: Callable[[dict[str, Any]], bool] = self._begins
        """Whether this upload request makes the device erase before it answers."""
        self._used = 0
        self._busy = False
        self._dark_until = float("-inf")
        self._life = 0

    # -- power ----------------------------------------------------------------------------

    def restart(self, dark: float = 0.5) -> None:
        """The upload is forgotten, requests at hand are lost, nothing is heard for a while."""
        self.restarts += 1
        self._life += 1
        self._upload = None
        self._queue.clear()
        self._used = 0
        self._busy = False
        self._dark_until = self._scheduler.time() + dark

    def forget(self) -> None:
        """Another client began an upload, or a write failed."""
        self._upload = None

    @property
    def expected(self) -> int:
        return len(self._upload.data) if self._upload else 0

    # -- the pool -------------------------------------------------------------------------

    def receive(self, data: bytes) -> None:
        """A packet arrived from the line."""
        limit = self.manners.packet_limit
        if self.silent or self._scheduler.time() < self._dark_until or len(data) < 8:
            return
        if limit is not None and len(data) > limit:
            self.dropped += 1
            return
        packet = Packet.from_bytes(data)
        if packet.version not in self.manners.versions or packet.op not in (Op.READ, Op.WRITE):
            return
        self.received += 1
        # Recovery has one frame buffer, and line buffers that hold one more short request.
        if self._used >= max(self.manners.buf_count, 2):
            self.dropped += 1
            return
        self._take(1)
        self._queue.append(packet)
        # What arrives together fills the pool before the first of it is looked at.
        life = self._life
        self._scheduler.call_at(self._scheduler.time(), lambda: self._look(life))

    def _look(self, life: int) -> None:
        if life == self._life and self._queue and not self._busy:
            self._begin()

    def _take(self, buffers: int) -> None:
        self._used += buffers
        self.most_used = max(self.most_used, self._used)

    def _begin(self) -> None:
        packet = self._queue.popleft()
        self._busy = True
        has_answer_buffer = self.manners.buf_count < 2 or self._used < self.manners.buf_count
        if has_answer_buffer and self.manners.buf_count >= 2:
            self._take(1)
        seconds = self.manners.work
        if (packet.group, packet.command, packet.op) == (IMAGE, 1, Op.WRITE):
            body = packet.body()
            seconds += self.manners.write * (body.get("off") == self.expected)
            seconds += self.manners.erase * self.erases(body)
        life = self._life
        self._scheduler.call_at(
            self._scheduler.time() + seconds, lambda: self._finish(packet, has_answer_buffer, life)
        )

    def _finish(self, packet: Packet, has_answer_buffer: bool, life: int) -> None:
        if life != self._life:
            return
        self._busy = False
        if has_answer_buffer:
            self.executed += 1
            answer = self._answer(packet)
            self._used -= 2 if self.manners.buf_count >= 2 else 1
        else:
            self.refused += 1
            answer = {"rc": 2}
            self._used -= 1
        if answer is not None:
            self._send(self.encode(packet, answer))
        self._look(life)

    @staticmethod
    def encode(request: Packet, answer: dict[str, Any]) -> bytes:
        """As servers do: an indefinite map, the request's version, capped at 1."""
        items = b"".join(cbor2.dumps(key) + cbor2.dumps(value) for key, value in answer.items())
        return Packet(
            Op(request.op).answer,
            request.group,
            request.command,
            request.sequence,
            b"\xbf" + items + b"\xff",
            min(request.version, 1),
        ).to_bytes()

    # -- commands ---------------------------------------------------------------------------

    def _answer(self, packet: Packet) -> dict[str, Any] | None:
        if self.manners.too_old and packet.version == 0:
            return {"rc": 12}
        if self.on_request is not None:
            own = self.on_request(packet)
            if own == "silence":
                return None
            if isinstance(own, dict):
                return own
        body = packet.body()
        what = (packet.group, packet.command, packet.op)
        if what in ((OS, 0, Op.READ), (OS, 0, Op.WRITE)):
            return {"r": body.get("d", "")}
        if what == (OS, 5, Op.WRITE):
            self.resets += 1
            return {}
        if what == (OS, 6, Op.READ) and self.manners.tells_parameters:
            return {"buf_size": self.manners.buf_size, "buf_count": self.manners.buf_count}
        if what == (IMAGE, 0, Op.READ):
            return {"images": self._list(), "splitStatus": 0}
        if what == (IMAGE, 1, Op.WRITE):
            return self._recover(body) if self.manners.recovery else self._take_chunk(packet, body)
        return {"rc": 8}

    def _list(self) -> list[dict[str, Any]]:
        images: list[dict[str, Any]] = [
            {"slot": 0, "version": "1.0.0", "hash": bytes(32), "active": True, "confirmed": True}
        ]
        if self.slot is not None:
            digest = hashlib.sha256(self.slot).digest()
            images.append({"slot": 1, "version": "2.0.0", "hash": digest})
        return images

    def _error(self, packet: Packet, code: int) -> dict[str, Any]:
        if packet.version == 0:
            return {"rc": V1_OF.get(code, 1)}
        return {"err": {"group": IMAGE, "rc": code}}

    # -- uploads ----------------------------------------------------------------------------

    def _begins(self, body: dict[str, Any]) -> bool:
        return body.get("off") == 0 and not self._resumes(body)

    def _resumes(self, body: dict[str, Any]) -> bool:
        sha = body.get("sha")
        return bool(sha) and self._upload is not None and self._upload.sha == sha

    def _take_chunk(self, packet: Packet, body: dict[str, Any]) -> dict[str, Any]:
        """groups.md, group 1, upload: rules 1 to 10."""
        offset, data = body.get("off"), body.get("data", b"")
        if offset is None:
            return self._error(packet, 20)
        if offset == 0 and (answer := self._begin_upload(packet, body)) is not None:
            return answer
        upload = self._upload
        if upload is None:
            return {"off": 0}
        if offset != len(upload.data):
            return {"off": len(upload.data)}
        if offset + len(data) > upload.total:
            self._upload = None
            return self._error(packet, 31)
        upload.data += data
        answer = {"off": len(upload.data)}
        if len(upload.data) == upload.total:
            self.slot = bytes(upload.data)
            self._upload = None
            if self.manners.image_check:
                answer["match"] = hashlib.sha256(self.slot).digest() == upload.sha
        return answer

    def _begin_upload(self, packet: Packet, body: dict[str, Any]) -> dict[str, Any] | None:
        """Rules 1 to 6: the answer to a first chunk that is not written, or None."""
        data, sha = body.get("data", b""), body.get("sha", b"")
        refusals = {
            22: len(data) < 32,
            21: "len" not in body,
            23: not data.startswith(MAGIC),
            24: len(sha) > 32,
        }
        for code, applies in refusals.items():
            if applies:
                return self._error(packet, code)
        if self._resumes(body):
            return {"off": self.expected}
        if body["len"] > self.manners.slot_size:
            return self._error(packet, 30)
        is_there = self.slot is not None and hashlib.sha256(self.slot).digest() == sha
        if self.manners.image_check and is_there:
            return {"off": body["len"], "match": True}
        self.first_chunks += 1
        self.slot = None
        self._upload = _Upload(body["len"], sha)
        return None

    def _recover(self, body: dict[str, Any]) -> dict[str, Any]:
        """mcuboot.md section 9: whole units, no resume, `rc` in every answer."""
        offset, data = body.get("off"), body.get("data", b"")
        if offset is None:
            return {"rc": 3}
        if offset == 0:
            total = body.get("len")
            if total is None or total > self.manners.slot_size:
                return {"rc": 3}
            self.first_chunks += 1
            self.slot = None
            self._upload = _Upload(total, b"")
        upload = self._upload
        if upload is None:
            return {"rc": 0, "off": 0}
        if offset != len(upload.data):
            return {"rc": 0, "off": len(upload.data)}
        if offset + len(data) > upload.total:
            return {"rc": 3}
        if offset + len(data) < upload.total:
            data = data[: len(data) // self.manners.unit * self.manners.unit]
        upload.data += data
        if len(upload.data) == upload.total:
            self.slot = bytes(upload.data)
        return {"rc": 0, "off": len(upload.data)}
