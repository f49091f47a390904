"""An upload as offsets in flight, sans-I/O.

The server's `off` is the truth; our own arithmetic only predicts it. Chunk 1 goes alone, the
server may erase for seconds. Then chunks fly ahead as far as the window allows. A chunk that is
lost shows in the next answer (an `off` that is lower than predicted) or in silence: sending goes
on from the server's `off`, in a new generation, so that answers to what was already in flight do
not trigger it again. Servers answer in order: an answer also retires what was sent before.

    while not upload.is_over:
        for chunk in upload.chunks(now): send it with upload.patience(chunk)
        answered / answered_late / silent / refused / unreadable(chunk, ...),
        or wait until upload.resume_at
        where upload.doubts_link: ask for an echo before the next chunk, then
        answers_otherwise(now) or answers_nothing()
        withdraw from the session whatever is in upload.take_retired()

Sources: Zephyr subsys/mgmt/mcumgr/grp/img_mgmt; mcu-tools/mcuboot boot_serial.c.
"""

from __future__ import annotations

from collections import deque
from typing import assert_never

from smp import codes
from smp.commands.base import Request
from smp.commands.image import UploadAnswer
from smp.errors import BeginningRefused, DeviceError, MalformedPacket, SmpError
from smp.machine import after
from smp.packet import HEADER_SIZE, encode_body
from smp.timing import FIRST_CHUNK, Patience, RttEstimator
from smp.transfer import failures
from smp.transfer.chunks import MULTIPLE, DataRooms, Payload, chunk_length
from smp.transfer.congestion import Window
from smp.transfer.endurance import RESTARTS, Endurance, Hope, is_damage
from smp.transfer.flight import Chunk, Counters, Part
from smp.transfer.packet_size import SizeSearch
from smp.transfer.states import STEPS, UploadState, UploadStep

_EARLY = 1.0
_EARLY_SOON = 0.3
_LARGEST_MULTIPLE = 512


class Upload:
    """See the module. `sizes`, `window` and `rtt` go on where the upload before it left off.

    closed: no file is open on the server, so that the opening may be spared the first time.
    """

    def __init__(
        self,
        payload: Payload,
        *,
        sizes: SizeSearch,
        window: Window,
        rtt: RttEstimator,
        at_most: int | None = None,
        closed: bool = False,
    ) -> None:
        self._state = UploadState.STARTING
        self.error: SmpError | None = None
        self.total = len(payload.data)
        self.acked = 0
        """The server's own word on how far it is."""
        self.resumed_from = 0
        """Where the server went on with an upload that had been begun before."""
        self.match: bool | None = None
        """The server's hash check of what it wrote; None if it makes none."""
        self.counters = Counters()
        self.window = window
        self.rtt = rtt
        self.resume_at: float | None = None
        """Nothing is sent before this moment (the server was out of buffers)."""
        self._payload = payload
        self._rooms = DataRooms(payload)
        self._ahead: Part | None = None
        self._closed = closed
        self._search = sizes
        sizes.go_on()
        self._at_most = at_most
        self._multiple = MULTIPLE
        self._next = 0
        self._furthest = 0
        self._generation = 0
        self._flight: deque[Chunk] = deque()
        self._retired: list[Chunk] = []
        self._endurance = Endurance(sizes)
        self._best = 0
        self._begun_in = 0
        """Generation of the last beginning: older answers tell of an upload that is gone."""
        self._is_checkable = True
        self._ended_once = False
        self._missed: Chunk | None = None
        """The last one that was given up, which halved the window."""

    # -- what to do -----------------------------------------------------------------------

    @property
    def state(self) -> UploadState:
        return self._state

    @property
    def is_over(self) -> bool:
        return self.state in (UploadState.FINISHED, UploadState.FAILED)

    @property
    def opening(self) -> Request[None] | None:
        """What has to be asked before a first chunk."""
        return None if self._closed and self.counters.sent <= 1 else self._payload.opening

    @property
    def is_clean(self) -> bool:
        """Every part was sent once and answered as predicted."""
        troubles = self.counters.silences + self.counters.rewinds + self.counters.refusals
        return not (troubles or self.counters.restarts)

    @property
    def begins_at_once(self) -> bool:
        """See `Payload`."""
        return self._payload.begins_at_once

    @property
    def in_flight(self) -> int:
        return len(self._flight)

    @property
    def unanswered(self) -> int:
        """How often the device has been waited for in vain since its last answer."""
        return self._endurance.silences

    @property
    def packet_size(self) -> int:
        """The packet size in use now, header included."""
        return self._search.size

    @property
    def doubts_link(self) -> bool:
        """It is time to ask for something else: is the device silent, or silent to this part?"""
        return not self.is_over and self.unanswered >= (self.state is UploadState.RUNNING) + 1

    def chunks(self, now: float) -> list[Chunk]:
        """What to send now. It counts as in flight from here on."""
        if self.resume_at is not None:
            if now < self.resume_at:
                return []
            self.resume_at = None
        if self.state is UploadState.STARTING:
            return [] if self._flight else [self._cut(0)]
        found: list[Chunk] = []
        while (
            self.state is UploadState.RUNNING
            and self._next < self.total
            and len(self._flight) < self.window.size
        ):
            found.append(self._cut(self._next))
        return found

    def prepare(self) -> None:
        """Make the next part while the answer to the last one is waited for."""
        if self.state is UploadState.RUNNING and self._next < self.total:
            self._ready(self._next)

    def patience(self, chunk: Chunk) -> Patience:
        """How long to wait for this chunk's answer."""
        if chunk.is_first:
            return Patience((FIRST_CHUNK,), adaptive=False)
        # The first answers come sooner than those of a full window: they say little yet.
        early = self.rtt.samples <= self.window.size
        least = _EARLY_SOON if self.begins_at_once else _EARLY
        wait = max(self.rtt.rto, least) if early else self.rtt.rto
        return Patience((wait * self._search.stretch,), adaptive=False)

    def take_retired(self) -> list[Chunk]:
        """Chunks whose answers are no longer waited for; each is returned once."""
        retired, self._retired = self._retired, []
        return retired

    # -- what came ------------------------------------------------------------------------

    def answered(self, chunk: Chunk, answer: UploadAnswer, round_trip: float) -> None:
        """The server answered this transmission, `round_trip` seconds after it was sent."""
        if chunk not in self._flight or self.is_over:
            return
        while self._flight[0] is not chunk:
            self._retired.append(self._flight.popleft())
        self._flight.popleft()
        self.counters.answered += 1
        self._endurance.answered()
        if not chunk.is_first:
            self.rtt.sample(round_trip)
        if chunk.generation == self._generation:
            self._search.answered(chunk.room)
        self._believe(chunk, answer)

    def answered_late(self, chunk: Chunk, answer: UploadAnswer, round_trip: float) -> None:
        """An answer to a transmission that was given up: it can only tell of progress, and that
        giving up was wrong."""
        if self.state is not UploadState.RUNNING or chunk.is_first:
            return
        if chunk.generation < self._begun_in:
            return
        self._endurance.heard()
        self.rtt.sample(round_trip)
        if chunk is self._missed:
            self._missed = None
            self.window.regret()
        self._search.held(chunk.room)
        if self.acked < answer.offset <= self._furthest:
            self._advance(answer)

    def silent(self, chunk: Chunk, now: float) -> None:
        """No answer to this transmission came in time."""
        if chunk not in self._flight or self.is_over:
            return
        self.rtt.back_off()
        if self._judge(self._endurance.silent(now, is_first=chunk.is_first)):
            self.lost(chunk)

    def lost(self, chunk: Chunk) -> None:
        """This transmission, or its answer, is known to be lost: a later one was answered."""
        if chunk not in self._flight or self.is_over:
            return
        self.counters.silences += 1
        if chunk.is_first and not self._judge(self._endurance.lost_first()):
            return
        self._drop_flight()
        shrunk = self._search.silent(self.unanswered)
        if not chunk.is_first:
            if not shrunk:
                self._trouble()
                self._missed = chunk
            self._rewind(self.acked)

    def answers_otherwise(self, now: float) -> None:
        """The device answered something that was asked after the part it is silent to."""
        if self.unanswered and not self.is_over:
            self.rtt.ease_off()
            is_first = self.state is UploadState.STARTING
            self._judge(self._endurance.answers_otherwise(now, is_first=is_first))

    def answers_nothing(self) -> None:
        """The device did not answer that either: it, or the link, is the silent one."""
        self._endurance.answers_nothing()

    def unreadable(self, chunk: Chunk, error: MalformedPacket) -> None:
        """The server answered this transmission with something that cannot be read."""
        if chunk not in self._flight or self.is_over:
            return
        self._drop_flight()
        if not self._endurance.unreadable():
            self._fail(failures.unreadable(error))
            return
        self.counters.rewinds += 1
        if not chunk.is_first:
            self._trouble(mild=True)
            self._rewind(self.acked)

    def refused(self, chunk: Chunk, error: DeviceError, now: float) -> None:
        """The server answered with an error."""
        if chunk not in self._flight or self.is_over:
            return
        self._drop_flight()
        self.counters.refusals += 1
        pause = self._endurance.refused(error, is_first=chunk.is_first)
        if pause is not None:
            if is_damage(error):
                self._search.silent(0)
            elif error.is_congestion:
                self._trouble()
            self.resume_at = now + pause
            if not chunk.is_first:
                self._rewind(self.acked)
        elif not chunk.is_first and error.is_code(codes.IMAGE, codes.ImageError.OVERRUN):
            self._overrun(chunk, error)
        else:
            self._fail(BeginningRefused.of(error) if chunk.is_first else error)

    def settle(self, *, complete: bool) -> None:
        """End the doubt: the image state lists this file's image, or it does not."""
        if self.state is UploadState.DOUBTFUL:
            if complete:
                self.acked = self.total
                self._become(UploadStep.COMPLETED)
            else:
                self._restart()

    # -- inside ---------------------------------------------------------------------------

    def _become(self, happened: UploadStep) -> None:
        """The only writer of the state. Raises `IllegalStep`."""
        self._state = after(STEPS, self._state, happened)

    def _cut(self, offset: int) -> Chunk:
        part = self._ready(offset)
        room = self.packet_size
        length = part.length
        end = offset + length
        chunk = Chunk(
            offset,
            length,
            part.request,
            part.body,
            room,
            self._generation,
            is_first=self.state is UploadState.STARTING,
            is_last=end == self.total,
        )
        if chunk.is_first:
            self._is_checkable = getattr(chunk.request, "sha", None) == getattr(
                self._payload, "sha", None
            )
        if chunk.is_last:
            chunk.room = min(room, self._search.least(HEADER_SIZE + len(part.body)))
        self.counters.sent += 1
        self.counters.resent_bytes += max(0, min(end, self._furthest) - offset)
        self._furthest = max(self._furthest, end)
        self._next = end
        self._flight.append(chunk)
        return chunk

    def _ready(self, offset: int) -> Part:
        """The part at this offset, made anew unless it was made before."""
        room = self.packet_size
        cut_for = offset, room, self._multiple
        if self._ahead is None or self._ahead.cut_for != cut_for:
            length = chunk_length(
                self._payload,
                offset,
                room,
                multiple=self._multiple,
                at_most=self._at_most,
                rooms=self._rooms,
            )
            data = self._payload.data[offset : offset + length]
            request = self._payload.request(offset, data, room)
            self._ahead = Part(cut_for, length, request, encode_body(request.body()))
        return self._ahead

    def _believe(self, chunk: Chunk, answer: UploadAnswer) -> None:
        offset = answer.offset
        before = self.acked
        if offset > self.total:
            self._fail(failures.beyond(offset, self.total))
            return
        if chunk.is_first and offset < self.total:
            self._begin(chunk, offset)
            return
        if offset > before or offset == self.total:
            self._advance(answer)
        if self.is_over or chunk.generation != self._generation:
            return
        if chunk.is_last:
            self._ended_once = True
        if offset >= chunk.offset + chunk.length:
            self.window.answered()
        elif offset == 0 and before:
            self._lose_upload()
        elif offset > chunk.offset:
            self._multiple = min(self._multiple * 2, _LARGEST_MULTIPLE)
            self._rewind(offset)
        else:
            self.counters.rewinds += 1
            self._trouble(mild=True)
            self._rewind(offset)
            self._stand_still()

    def _begin(self, chunk: Chunk, offset: int) -> None:
        """The first chunk was answered: go on where the server is."""
        if offset == 0:
            self._stand_still()
            return
        self._become(UploadStep.ACCEPTED)
        if offset > chunk.length:
            self.resumed_from = offset
        self.acked = self._next = offset
        self._furthest = max(self._furthest, offset)

    def _advance(self, answer: UploadAnswer) -> None:
        self.acked = answer.offset
        self._next = max(self._next, self.acked)
        if self.acked > self._best:
            self._best = self.acked
            self._endurance.progressed()
        if self.acked == self.total:
            self.match = answer.match if self._is_checkable else None
            self._become(UploadStep.COMPLETED)
            self._drop_flight()

    def _lose_upload(self) -> None:
        """The server knows no upload any more: it restarted, or it has finished this one."""
        self._drop_flight()
        if self._ended_once:
            self._become(UploadStep.FORGOTTEN)
        else:
            self._restart()

    def _overrun(self, chunk: Chunk, error: DeviceError) -> None:
        """The server counts differently and has dropped the upload, or it is full."""
        if not self._endurance.overrun(chunk.offset, chunk.room):
            too_much = self._payload.too_much
            self._fail(failures.full(chunk.offset, self.total, too_much, error))
        elif error.group is None:
            # The code may mean anything. What has dropped the upload says so at the next chunk.
            self._rewind(self.acked)
        else:
            self._restart()

    def _trouble(self, *, mild: bool = False) -> None:
        self.window.troubled(mild=mild)
        self._missed = None

    def _rewind(self, offset: int) -> None:
        self._generation += 1
        self.acked = self._next = offset

    def _restart(self) -> None:
        self.counters.restarts += 1
        if self.counters.restarts > RESTARTS:
            self._fail(failures.forgetful())
            return
        self._drop_flight()
        self._ended_once = False
        self.acked = self._best = 0
        self._become(UploadStep.BEGUN_ANEW)
        self._rewind(0)
        self._begun_in = self._generation

    def _stand_still(self) -> None:
        if not self._endurance.stood_still():
            self._fail(failures.standing_still(self.acked))

    def _drop_flight(self) -> None:
        if any(chunk.is_last for chunk in self._flight):
            self._ended_once = True
        self._retired.extend(self._flight)
        self._flight.clear()

    def _judge(self, hope: Hope) -> bool:
        """Fail unless there is hope. False: it has failed."""
        match hope:
            case Hope.GO_ON:
                return True
            case Hope.GONE:
                self._fail(failures.gone(self.acked, self.total))
            case Hope.IGNORED:
                self._fail(failures.ignored(self.acked, self.total, self._payload.too_much))
            case _:
                assert_never(hope)
        return False

    def _fail(self, error: SmpError) -> None:
        self._become(UploadStep.GIVEN_UP)
        self.error = error
        self._drop_flight()
