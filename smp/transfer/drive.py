"""Drives one `transfer.Upload` over a connection, from events, without a task per chunk."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import assert_never

from smp.commands.os import Echo
from smp.connection import CallEnd, Connection
from smp.errors import LinkError, NoAnswer, SmpError
from smp.packet import Packet
from smp.session import Answered, AnsweredLate, Call, FellSilent
from smp.timing import FIRST_CHUNK, Patience
from smp.transfer.flight import Chunk
from smp.transfer.pipeline import Pipeline
from smp.transfer.states import UploadState
from smp.transfer.upload import Upload

_PROBES = Patience((1.0, 2.0, 4.0, 8.0, 16.0), adaptive=False)
_PROOF = 1.0
_LEAST_PROOF = 0.1
"""Seconds that a device in doubt has for an echo at least, and after which it is asked again."""
_GRACE = 1.0
"""Seconds after which an unanswered first chunk is looked into."""
_LEAST_GRACE = 0.1
_GENTLE_PROOF = 10.0
"""Seconds that an echo has behind a part for which a sector is erased."""
_GRACE_TRIPS = 1.5
"""The same where nothing is erased: seconds, and time-outs of the parts before."""


class UploadRun:
    """See the module. `probe` finds a lost first chunk in seconds; see `_find_loss`.

    `gentle`: for a server that erases flash before any part, and may bear no more than one
    request beside the one in work (Apache Mynewt): what is silent for long is looked into with one
    echo, and nothing is sent before that is answered or given up.
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
        gentle: bool = False,
        before_anew: Callable[[], Awaitable[None]] | None = None,
        on_progress: Callable[[Upload], None] | None = None,
    ) -> None:
        self._connection = connection
        self._upload = upload
        self._pipeline = Pipeline(upload, connection.transport.name)
        self._on_progress = on_progress
        self._done: asyncio.Future[None] | None = None
        self._may_probe = probe
        self._is_gentle = gentle
        self._asking: asyncio.Future[Packet] | None = None
        """The echo with which a silent part is looked into."""
        self._before_anew = before_anew
        self._proof: asyncio.Task[None] | None = None
        self._watch: asyncio.Task[None] | None = None

    async def go_on(self) -> None:
        """Run an upload that is not over until it is, or is in doubt. Raises the `LinkError` that
        ended the link."""
        self._done = asyncio.get_running_loop().create_future()
        lookout = asyncio.ensure_future(self._look_out()) if self._is_gentle else None
        self._connection.add_feeder(self)
        try:
            await self._done
        finally:
            if self._asking is not None:
                await asyncio.wait({self._asking}, timeout=_GRACE)
            if lookout is not None:
                lookout.cancel()
            self._stop()

    @property
    def resume_at(self) -> float | None:
        return self._upload.resume_at

    def ended(self, error: LinkError) -> None:
        self._finish(error)

    def feed(self) -> None:
        if self._done is None or self._done.done() or self._proof is not None:
            return
        if self._asking is not None:
            return
        due = self._pipeline.feed(self._connection.now)
        if not due:
            self._upload.prepare()
        for chunk, call in due:
            if chunk.is_first:
                self._stop_watching()
                self._watch = asyncio.get_running_loop().create_task(self._begin(chunk, call))
            else:
                self._connection.submit(call, self._hear)

    def _hear(self, event: CallEnd) -> None:
        match event:
            case LinkError():
                self._finish(event)
                return
            case Answered() | AnsweredLate():
                self._connection.withdraw(event.call)
                self._pipeline.handle(event, self._connection.now)
            case FellSilent():
                chunk = self._pipeline.handle(event, self._connection.now)
                self._connection.transport.met_silence(chunk.room)
                doubts = self._upload.doubts_link and not self._is_gentle
                if doubts and self._proof is None:
                    self._proof = asyncio.get_running_loop().create_task(self._prove())
            case _:
                assert_never(event)
        self._go_on()

    def _go_on(self) -> None:
        for call in self._pipeline.take_retired():
            self._connection.withdraw(call, listen=True)
        if self._upload.is_over or self._upload.state is UploadState.DOUBTFUL:
            self._finish(None)
        self._tell()

    def _tell(self) -> None:
        if self._on_progress is not None:
            try:
                self._on_progress(self._upload)
            except Exception as error:  # noqa: BLE001 -- the caller's own, given back to the caller
                self._finish(error)

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
        for call in self._pipeline.end():
            self._connection.withdraw(call)

    # -- silence ----------------------------------------------------------------------------

    async def _prove(self) -> None:
        """Is the device silent, or only silent to this part of the upload?

        Nothing more of the upload is sent meanwhile: what is answered now was asked after it.
        """
        usual = 2 * self._upload.rtt.rto
        waits = (min(max(usual, _LEAST_PROOF), _PROOF), max(_PROOF, usual))
        try:
            await self._connection.ask(Echo(""), patience=Patience(waits, adaptive=False))
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

    # -- one thing at a time --------------------------------------------------------------

    async def _look_out(self) -> None:
        """Look into each part that has been silent for a while, once."""
        before: Chunk | None = None
        while True:
            usual = 2 * (self._upload.rtt.smoothed or 0.0)
            under_way = self._connection.transport.send_time(self._upload.packet_size)
            await asyncio.sleep(max(_GRACE, usual) + under_way)
            chunk = self._pipeline.waiting
            if chunk is not None and chunk is before:
                await self._look_into(chunk)
                self._go_on()
                self._connection.pump()
            before = chunk

    async def _look_into(self, chunk: Chunk) -> None:
        """An echo that is answered before the part proves it lost."""
        wait = FIRST_CHUNK if chunk.is_first else _GENTLE_PROOF
        patience = Patience((wait,), adaptive=False)
        asking = self._asking = asyncio.ensure_future(
            self._connection.ask(Echo(""), patience=patience, urgent=True)
        )
        try:
            while not asking.done():
                is_owed = self._pipeline.is_owed(chunk)
                await asyncio.wait({asking}, timeout=_GRACE)
                if not is_owed:
                    break  # the part was answered long ago: the echo is lost
        finally:
            asking.cancel()
            self._asking = None
            await asyncio.wait({asking})
        if asking.cancelled():
            return
        error = asking.exception()
        if isinstance(error, NoAnswer):
            self._upload.answers_nothing()
        elif error is None and self._pipeline.waits_for(chunk):
            if chunk.is_first:
                self._upload.lost(chunk)
            else:
                self._upload.silent(chunk, self._connection.now)
                self._upload.answers_otherwise(self._connection.now)
            self._connection.transport.met_silence(chunk.room)

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
        except SmpError as error:
            self._finish(error)
            return
        try:
            connection.submit(call, self._hear)
        except LinkError as error:
            self._finish(error)
            return
        if self._may_probe:
            await self._find_loss(chunk)

    async def _find_loss(self, chunk: Chunk) -> None:
        """Tell a lost first chunk from one that rightly takes 40 seconds.

        Servers answer in order: an echo that is answered before the chunk proves it lost.
        """
        grace, probes = _GRACE, _PROBES
        if self._upload.begins_at_once:
            grace = min(max(_GRACE_TRIPS * self._upload.rtt.rto, _LEAST_GRACE), _GRACE)
            probes = Patience((grace, *_PROBES.waits), adaptive=False)
        await asyncio.sleep(grace)
        if not self._pipeline.waits_for(chunk):
            return
        try:
            await self._connection.ask(Echo(""), patience=probes, urgent=True)
        except SmpError:
            return
        if self._pipeline.waits_for(chunk):
            self._watch = None
            self._upload.lost(chunk)
            self._connection.transport.met_silence(chunk.room)
            self._go_on()
            self._connection.pump()
