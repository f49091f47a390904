"""The parts of an upload as calls of a session, sans-I/O: which answer tells the upload what.

The upload thinks in chunks, the session in calls. A call is *current* while the upload waits for
its answer, and *former* from when it gave it up until a late answer comes.

    for chunk, call in pipeline.feed(now): submit the call
    chunk = pipeline.handle(event, now)    at each Answered, AnsweredLate, FellSilent of its calls
    withdraw whatever is in pipeline.take_retired(), but go on listening for late answers
    at the end: forget whatever is in pipeline.end()
"""

from __future__ import annotations

import logging
from typing import assert_never

from smp.errors import DeviceError, MalformedPacket
from smp.session import Answered, AnsweredLate, Call, FellSilent
from smp.transfer.flight import Chunk
from smp.transfer.upload import Upload

log = logging.getLogger(__name__)


class Pipeline:
    """See the module. `name` is that of the link, for the log."""

    def __init__(self, upload: Upload, name: str) -> None:
        self.upload = upload
        self._name = name
        self._current: dict[Chunk, Call] = {}
        self._chunks: dict[Call, Chunk] = {}

    def feed(self, now: float) -> list[tuple[Chunk, Call]]:
        """What to send now, as calls that want to be submitted in this order."""
        calls = []
        for chunk in self.upload.chunks(now):
            request = chunk.request
            call = Call(
                request.group,
                request.command,
                request.op,
                chunk.body,
                self.upload.patience(chunk),
                measured=False,
            )
            self._current[chunk] = call
            self._chunks[call] = chunk
            calls.append((chunk, call))
        return calls

    def handle(self, event: Answered | AnsweredLate | FellSilent, now: float) -> Chunk:
        """Something happened to one of the calls. Returns the chunk that it carries."""
        match event:
            case FellSilent(call):
                chunk = self._chunks[call]
                self.upload.silent(chunk, now)
            case Answered(call):
                chunk = self._chunks.pop(call)
                self._current.pop(chunk, None)
                self._answered(chunk, event, now)
            case AnsweredLate(call):
                chunk = self._chunks.pop(call)
                self._answered_late(chunk, event)
            case _:
                assert_never(event)
        return chunk

    @property
    def waiting(self) -> Chunk | None:
        """One whose answer has not come, and has not been given up."""
        return next(iter(self._current), None)

    def is_owed(self, chunk: Chunk) -> bool:
        """Its answer has not come, even if it has been given up."""
        return any(it is chunk for it in self._chunks.values())

    def waits_for(self, chunk: Chunk) -> bool:
        """Its answer has not come, and has not been given up."""
        return chunk in self._current

    def take_retired(self) -> list[Call]:
        """Calls that nobody waits for any more; a late answer to one may still tell something."""
        calls = []
        for chunk in self.upload.take_retired():
            call = self._current.pop(chunk, None)
            if call is not None:
                calls.append(call)
        return calls

    def end(self) -> list[Call]:
        """Whatever is left, current and former: nothing is told of it any more."""
        calls = list(self._chunks)
        self._current.clear()
        self._chunks.clear()
        return calls

    def _answered(self, chunk: Chunk, event: Answered, now: float) -> None:
        try:
            answer = chunk.request.answer(event.packet.body())
        except DeviceError as error:
            self.upload.refused(chunk, error, now)
        except MalformedPacket as error:
            log.info("%s: %s", self._name, error.what)
            self.upload.unreadable(chunk, error)
        else:
            self.upload.answered(chunk, answer, event.round_trip)

    def _answered_late(self, chunk: Chunk, event: AnsweredLate) -> None:
        try:
            answer = chunk.request.answer(event.packet.body())
        except DeviceError:
            pass  # what it refused has been sent again, or will be
        except MalformedPacket as error:
            log.info("%s: %s", self._name, error.what)
        else:
            self.upload.answered_late(chunk, answer, event.round_trip)
