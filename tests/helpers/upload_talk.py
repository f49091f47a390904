"""An upload driven clause by clause: a server that does what the test says."""

from __future__ import annotations

import hashlib

from smp.commands.image import UploadAnswer
from smp.errors import (
    DeviceError,
)
from smp.timing import RttEstimator
from smp.transfer.chunks import ImagePayload
from smp.transfer.congestion import Window
from smp.transfer.flight import Chunk
from smp.transfer.packet_size import SizeSearch
from smp.transfer.upload import Upload
from tests.helpers.model_server import firmware

SIZES = (380, 182, 89)
RTT = 0.05


class Talk:
    """An upload, and a server that does what the test says."""

    def __init__(
        self,
        size: int = 10_000,
        *,
        sizes: tuple[int, ...] = (380,),
        window: int = 3,
        start: int = 0,
        at_most: int | None = None,
        experiment: bool = False,
    ) -> None:
        self.data = firmware(size)
        self.upload = Upload(
            ImagePayload(self.data, hashlib.sha256(self.data).digest()),
            sizes=SizeSearch(sizes, start),
            window=Window(1, hope=window, eager=True) if experiment else Window(window),
            rtt=RttEstimator(0.05, initial=2.0),
            at_most=at_most,
        )
        self.now = 100.0

    def send(self) -> list[Chunk]:
        return self.upload.chunks(self.now)

    def answer(self, chunk: Chunk, offset: int, match: bool | None = None) -> None:
        self.upload.answered(chunk, UploadAnswer(offset, match), RTT)

    def accept(self, chunk: Chunk) -> None:
        """As a server does that wanted exactly this chunk."""
        self.answer(chunk, chunk.offset + chunk.length)

    def silence(self, chunk: Chunk) -> None:
        """Nothing came for as long as the upload wanted to wait."""
        self.now += self.upload.patience(chunk).wait(0, 0.0)
        self.upload.silent(chunk, self.now)

    def refuse(self, chunk: Chunk, code: int, group: int | None = None) -> None:
        self.upload.refused(chunk, DeviceError(code, group=group), self.now)

    def prove(self, *, heard: bool) -> None:
        """The device was asked for an echo, and answered or not."""
        assert self.upload.doubts_link
        self.now += 0.1
        if heard:
            self.upload.answers_otherwise(self.now)
        else:
            self.upload.answers_nothing()

    def late(self, chunk: Chunk, offset: int) -> None:
        self.upload.answered_late(chunk, UploadAnswer(offset, None), RTT)

    def start(self) -> list[Chunk]:
        """The first chunk is accepted; what flies then."""
        (first,) = self.send()
        self.accept(first)
        return self.send()

    def finish(self) -> None:
        """A perfect server from here on, from the server's own offset."""
        flight = self.send()
        for _ in range(10_000):
            if self.upload.is_over:
                return
            assert flight, "nothing to send, and not over"
            chunk = flight.pop(0)
            self.answer(chunk, max(self.upload.acked, chunk.offset + chunk.length))
            flight = [c for c in flight if c not in self.upload.take_retired()]
            flight += self.send()
        raise AssertionError("it never ends")


def body(chunk: Chunk) -> dict[str, object]:
    return chunk.request.body()
