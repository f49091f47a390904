"""Drives an `Upload` over a `Session` against a model server, on made-up time, without asyncio.

This is what `smp.transfer.drive.UploadRun` does on an event loop, in the fewest lines that do it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

from smp.errors import DeviceError, MalformedPacket
from smp.packet import Packet, encode_body
from smp.session import Answered, AnsweredLate, Call, FellSilent, Session, SessionEvent
from smp.transfer.upload import Chunk, Upload, UploadState
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
        self.session.limit = upload.window.bound
        self.sent: list[Packet] = []
        self.most_in_flight = 0
        self.doubts = 0
        self.settle: Callable[[], bool] = lambda: self.server.slot == upload_data(upload)
        """What the image list says when the end is in doubt."""
        self.before_each_send: Callable[[Packet], None] = lambda packet: None
        self._started = self.timeline.time()
        self._calls: dict[Chunk, Call] = {}
        self._chunks: dict[Call, Chunk] = {}

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
        assert not self._calls, f"over, and still in flight: {self.describe()}"
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
        for chunk in self.upload.chunks(now):
            request = chunk.request
            call = Call(
                request.group,
                request.command,
                request.op,
                encode_body(request.body()),
                self.upload.patience(chunk),
                measured=False,
            )
            self._calls[chunk] = call
            self._chunks[call] = chunk
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
            if isinstance(event, FellSilent):
                self.upload.silent(self._chunks[event.call], now)
            elif isinstance(event, Answered | AnsweredLate):
                self._take(event, self._chunks[event.call], now)
            self._withdraw()

    def _take(self, event: Answered | AnsweredLate, chunk: Chunk, now: float) -> None:
        current = isinstance(event, Answered)
        if current:
            self._calls.pop(chunk, None)
        try:
            answer = chunk.request.answer(event.packet.body())
        except DeviceError as error:
            if current:
                self.upload.refused(chunk, error, now)
        except MalformedPacket:
            if current:
                self.upload.silent(chunk, now)
        else:
            if isinstance(event, Answered):
                self.upload.answered(chunk, answer, event.round_trip)
            else:
                self.upload.answered_late(chunk, answer)

    def _withdraw(self) -> None:
        for chunk in self.upload.take_retired():
            call = self._calls.pop(chunk, None)
            if call is not None:
                self.session.withdraw(call, self.timeline.time())


def upload_data(upload: Upload) -> bytes:
    """The file that is being uploaded."""
    return upload._payload.data
