"""Drives one `transfer.Upload` over a connection, from events, without a task per chunk."""

from __future__ import annotations

import asyncio
import functools
import logging
from collections.abc import Awaitable, Callable

from smp.commands.os import Echo
from smp.connection import CallEnd, Connection
from smp.errors import DeviceError, LinkError, MalformedPacket, NoAnswer, SmpError
from smp.packet import encode_body
from smp.session import Answered, AnsweredLate, Call, FellSilent
from smp.timing import Patience
from smp.transfer.upload import Chunk, Upload, UploadState

log = logging.getLogger(__name__)

_PROBES = Patience((1.0, 2.0, 4.0, 8.0, 16.0), adaptive=False)
_PROOF = 1.0
"""Seconds that a device in doubt has for an echo at least."""
_GRACE = 1.0
"""Seconds after which an unanswered first chunk is looked into."""


class UploadRun:
    """See the module. `probe` finds a lost first chunk in seconds; see `_find_loss`.

    `before_anew` is awaited before the first part is sent to a server that has forgotten the
    upload: it may be another one, and what it raises ends the run. `on_progress` hears of every
    answer and of every silence (`Upload.unanswered`).
    """

    def __init__(
        self,
        connection: Connection,
        upload: Upload,
        *,
        probe: bool,
        before_anew: Callable[[], Awaitable[None]] | None = None,
        on_progress: Callable[[Upload], None] | None = None,
    ) -> None:
        self._connection = connection
        self._upload = upload
        self._on_progress = on_progress
        self._calls: dict[Chunk, Call] = {}
        self._former: dict[Call, None] = {}
        self._done: asyncio.Future[None] | None = None
        self._may_probe = probe
        self._before_anew = before_anew
        self._proof: asyncio.Task[None] | None = None
        self._watch: asyncio.Task[None] | None = None

    async def go_on(self) -> None:
        """Run until the upload is over or in doubt. Raises the `LinkError` that ended the link."""
        if self._upload.is_over:
            return
        self._done = asyncio.get_running_loop().create_future()
        self._connection.add_feeder(self)
        try:
            await self._done
        finally:
            self._stop()

    @property
    def resume_at(self) -> float | None:
        return self._upload.resume_at

    def ended(self, error: LinkError) -> None:
        self._finish(error)

    def feed(self) -> None:
        if self._done is None or self._done.done() or self._proof is not None:
            return
        for chunk in self._upload.chunks(self._connection.now):
            request = chunk.request
            call = Call(
                request.group,
                request.command,
                request.op,
                encode_body(request.body()),
                self._upload.patience(chunk),
                measured=False,
            )
            self._calls[chunk] = call
            if chunk.is_first:
                self._stop_watching()
                self._watch = asyncio.get_running_loop().create_task(self._begin(chunk, call))
            else:
                self._connection.submit(call, functools.partial(self._hear, chunk))

    def _hear(self, chunk: Chunk, event: CallEnd) -> None:
        upload = self._upload
        if isinstance(event, FellSilent):
            upload.silent(chunk, self._connection.now)
            self._connection.transport.met_silence(chunk.room)
            if upload.doubts_link and self._proof is None:
                self._proof = asyncio.get_running_loop().create_task(self._prove())
        elif isinstance(event, Answered | AnsweredLate):
            self._take_answer(event, chunk)
        else:
            self._finish(event)
            return
        self._go_on()

    def _go_on(self) -> None:
        self._withdraw_retired()
        if self._upload.is_over or self._upload.state is UploadState.DOUBTFUL:
            self._finish(None)
        self._tell()

    def _tell(self) -> None:
        if self._on_progress is not None:
            try:
                self._on_progress(self._upload)
            except Exception as error:  # noqa: BLE001 -- the caller's own, given back to the caller
                self._finish(error)

    def _take_answer(self, event: Answered | AnsweredLate, chunk: Chunk) -> None:
        now = self._connection.now
        current = isinstance(event, Answered)
        if current:
            self._calls.pop(chunk, None)
        else:
            self._former.pop(event.call, None)
        self._connection.withdraw(event.call)
        try:
            answer = chunk.request.answer(event.packet.body())
        except DeviceError as error:
            if current:
                self._upload.refused(chunk, error, now)
        except MalformedPacket as error:
            log.info("%s: %s", self._connection.transport.name, error.what)
            if current:
                self._upload.unreadable(chunk, error)
        else:
            if isinstance(event, Answered):
                self._upload.answered(chunk, answer, event.round_trip)
            else:
                self._upload.answered_late(chunk, answer)

    def _withdraw_retired(self) -> None:
        for chunk in self._upload.take_retired():
            call = self._calls.pop(chunk, None)
            if call is not None:
                self._former[call] = None
                self._connection.withdraw(call, listen=True)

    def _finish(self, error: Exception | None) -> None:
        if self._done is None or self._done.done():
            return
        if error is None:
            self._done.set_result(None)
        else:
            self._done.set_exception(error)

    def _stop(self) -> None:
        self._stop_watching()
        if self._proof is not None:
            self._proof.cancel()
            self._proof = None
        self._connection.remove_feeder(self)
        for call in [*self._calls.values(), *self._former]:
            self._connection.withdraw(call)
        self._calls.clear()
        self._former.clear()

    # -- silence ----------------------------------------------------------------------------

    async def _prove(self) -> None:
        """Is the device silent, or only silent to this part of the upload?

        Nothing more of the upload is sent meanwhile: what is answered now was asked after it.
        """
        wait = max(_PROOF, 2 * self._upload.rtt.rto)
        try:
            await self._connection.ask(Echo(""), patience=Patience((wait,), adaptive=False))
        except NoAnswer:
            self._upload.answers_nothing()
        except SmpError:
            return  # the link has ended, and `ended` says so
        else:
            self._upload.answers_otherwise(self._connection.now)
        self._proof = None
        if self._upload.is_over:
            self._finish(None)
        self._connection.pump()

    # -- the first chunk --------------------------------------------------------------------

    def _stop_watching(self) -> None:
        if self._watch is not None:
            self._watch.cancel()
            self._watch = None

    async def _begin(self, chunk: Chunk, call: Call) -> None:
        """Send the first chunk, after what has to come before it, and watch over it."""
        connection = self._connection
        try:
            if self._upload.counters.restarts and self._before_anew is not None:
                await self._before_anew()
            if self._upload.opening is not None:
                await connection.ask(self._upload.opening)
        except DeviceError:
            pass  # nothing was open
        except SmpError as error:
            self._finish(error)
            return
        try:
            connection.submit(call, functools.partial(self._hear, chunk))
        except LinkError as error:
            self._finish(error)
            return
        if self._may_probe:
            await self._find_loss(chunk)

    async def _find_loss(self, chunk: Chunk) -> None:
        """Tell a lost first chunk from one that rightly takes 40 seconds.

        Servers answer in order: an echo that is answered before the chunk proves it lost.
        """
        await asyncio.sleep(_GRACE)
        if chunk not in self._calls:
            return
        try:
            await self._connection.ask(Echo(""), patience=_PROBES, urgent=True)
        except SmpError:
            return
        if chunk in self._calls:
            self._watch = None
            self._upload.lost(chunk)
            self._connection.transport.met_silence(chunk.room)
            self._go_on()
            self._connection.pump()
