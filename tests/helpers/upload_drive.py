"""Drives an `Upload` over a `Session` against a model server, on made-up time, without asyncio.

What lies between the two is the product's own `Pipeline`. Nobody asks for an echo in a silence.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

from smp.packet import Packet
from smp.session import Answered, AnsweredLate, FellSilent, Session, SessionEvent
from smp.transfer.pipeline import Pipeline
from smp.transfer.states import UploadState
from smp.transfer.upload import Upload
from tests.helpers.model_server import Manners, ModelServer
from tests.helpers.network import Fate, Way, scripted
from tests.helpers.timeline import Timeline


class Drive:
    """One upload from its first chunk to its end."""

    def __init__(
        self,
        upload: Upload,
        manners: Manners | None = None,
        *,
        up: Iterator[Fate] | None = None,
        down: Iterator[Fate] | None = None,
        latency: float = 0.005,
        lateness: float = 5.0,
        bytes_per_second: float | None = None,
    ) -> None:
        self.upload = upload
        self.timeline = Timeline()
        self.to_server = Way(self.timeline, up or scripted([]), latency, lateness=lateness)
        self.to_client = Way(self.timeline, down or scripted([]), latency, lateness=lateness)
        self.server = ModelServer(self.timeline, self.to_client.carry, manners)
        self.to_server.deliver = self.server.receive
        self.to_client.deliver = self._receive
        self.to_server.bytes_per_second = rate = bytes_per_second
        self.session = Session(
            rto_floor=0.05, wire_time=(lambda size: size / rate) if rate else lambda size: 0.0
        )
        self.session.limit = upload.window.most
        self.sent: list[Packet] = []
        self.most_in_flight = 0
        self.doubts = 0
        self.settle: Callable[[], bool] = lambda: self.server.slot == upload_data(upload)
        """What the image list says when the end is in doubt."""
        self.before_each_send: Callable[[Packet], None] = lambda packet: None
        self._started = self.timeline.time()
        self._pipeline = Pipeline(upload, "the model server")

    @property
    def seconds(self) -> float:
        return self.timeline.time() - self._started

    def run(self, *, seconds: float = 3600.0, packets: int = 100_000) -> Upload:
        """Until the upload is over. Fails when it takes longer, or sends more, than it may."""
        self._feed()
        while not self.upload.is_over:
            wake = self._next_wake()
            moment = min((m for m in (wake, self.timeline.next) if m is not None), default=None)
            assert moment is not None, f"stuck: {self.describe()}"
            assert moment - self._started <= seconds, f"too long: {self.describe()}"
            assert len(self.sent) <= packets, f"too many packets: {self.describe()}"
            if not self.timeline.step(moment):
                now = self.timeline.time()
                self._handle(self.session.handle_timer(now))
                self._feed()
        assert not self.session.in_flight, f"over, and still in flight: {self.describe()}"
        return self.upload

    def describe(self) -> str:
        upload = self.upload
        return (
            f"{upload.state.name} at {upload.acked} of {upload.total}, "
            f"window {upload.window.size}, {upload.in_flight} in flight, "
            f"packets of {upload.packet_size}, {self.seconds:.1f} s, {len(self.sent)} sent, "
            f"server at {self.server.expected}, {upload.counters}"
        )

    # -- this side --------------------------------------------------------------------------

    def _next_wake(self) -> float | None:
        moments = (self.session.next_timer(), self.upload.resume_at)
        return min((moment for moment in moments if moment is not None), default=None)

    def _feed(self) -> None:
        now = self.timeline.time()
        if self.upload.state is UploadState.DOUBTFUL:
            self.doubts += 1
            self.upload.settle(complete=self.settle())
        for _chunk, call in self._pipeline.feed(now):
            self.session.submit(call, now)
        self._withdraw()
        self.most_in_flight = max(self.most_in_flight, self.session.in_flight)
        for data in self.session.packets_to_send():
            packet = Packet.from_bytes(data)
            self.sent.append(packet)
            self.before_each_send(packet)
            self.to_server.carry(data)

    def _receive(self, data: bytes) -> None:
        self._handle(self.session.receive(data, self.timeline.time()))
        self._feed()

    def _handle(self, events: list[SessionEvent]) -> None:
        now = self.timeline.time()
        for event in events:
            if isinstance(event, Answered | AnsweredLate | FellSilent):
                self._pipeline.handle(event, now)
                self._withdraw()

    def _withdraw(self) -> None:
        for call in self._pipeline.take_retired():
            self.session.withdraw(call, self.timeline.time())


def upload_data(upload: Upload) -> bytes:
    """The file that is being uploaded."""
    return upload._payload.data
