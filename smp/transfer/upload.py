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

from smp import codes
from smp.commands.base import Request
from smp.commands.image import UploadAnswer
from smp.errors import BeginningRefused, DeviceError, MalformedPacket, SmpError
from smp.machine import after
from smp.packet import HEADER_SIZE
from smp.timing import Patience, RttEstimator
from smp.transfer import failures
from smp.transfer.chunks import Payload
from smp.transfer.congestion import Window
from smp.transfer.cutting import Cutter
from smp.transfer.endurance import RESTARTS, Endurance, Hope, is_damage
from smp.transfer.flight import Chunk, Counters, Flight
from smp.transfer.offsets import Offsets
from smp.transfer.packet_size import SizeSearch
from smp.transfer.patience import FIRST_PATIENCE, part_patience
from smp.transfer.states import STEPS, UploadState, UploadStep


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
        self.match: bool | None = None
        """The server's hash check of what it wrote; None if it makes none."""
        self.counters = Counters()
        self.window = window
        self.rtt = rtt
        self.resume_at: float | None = None
        """Nothing is sent before this moment (the server was out of buffers)."""
        self._payload = payload
        self._cutter = Cutter(payload, at_most)
        self._closed = closed
        self._search = sizes
        sizes.go_on()
        self._at = Offsets(len(payload.data))
        self._flight = Flight()
        self._endurance = Endurance(sizes)
        self._is_checkable = True
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
    def total(self) -> int:
        """Bytes of the file."""
        return self._at.total

    @property
    def acked(self) -> int:
        """The server's own word on how far it is."""
        return self._at.acked

    @property
    def resumed_from(self) -> int:
        """Where the server went on with an upload that had been begun before."""
        return self._at.resumed_from

    @property
    def opening(self) -> Request[None] | None:
        """What has to be asked before a first chunk."""
        return None if self._closed and self.counters.sent <= 1 else self._payload.opening

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
            and not self._at.is_all_sent
            and len(self._flight) < self.window.size
        ):
            found.append(self._cut(self._at.next))
        return found

    def prepare(self) -> None:
        """Make the next part while the answer to the last one is waited for."""
        if self.state is UploadState.RUNNING and not self._at.is_all_sent:
            self._cutter.part(self._at.next, self.packet_size)

    def patience(self, chunk: Chunk) -> Patience:
        """How long to wait for this chunk's answer."""
        if chunk.is_first:
            return FIRST_PATIENCE
        return part_patience(
            self.rtt, self.window.size, soon=self.begins_at_once, stretch=self._search.stretch
        )

    def take_retired(self) -> list[Chunk]:
        """Chunks whose answers are no longer waited for; each is returned once."""
        return self._flight.take_retired()

    # -- what came ------------------------------------------------------------------------

    def answered(self, chunk: Chunk, answer: UploadAnswer, round_trip: float) -> None:
        """The server answered this transmission, `round_trip` seconds after it was sent."""
        if chunk not in self._flight or self.is_over:
            return
        self._flight.land(chunk)
        self.counters.answered += 1
        self._endurance.answered()
        if not chunk.is_first:
            self.rtt.sample(round_trip)
        if chunk.generation == self._at.generation:
            self._search.answered(chunk.room)
        self._believe(chunk, answer)

    def answered_late(self, chunk: Chunk, answer: UploadAnswer, round_trip: float) -> None:
        """An answer to a transmission that was given up: it can only tell of progress, and that
        giving up was wrong."""
        if self.state is not UploadState.RUNNING or chunk.is_first:
            return
        if not self._at.is_of_this_upload(chunk.generation):
            return
        self._endurance.heard()
        self.rtt.sample(round_trip)
        if chunk is self._missed:
            self._missed = None
            self.window.regret()
        self._search.held(chunk.room)
        if self._at.is_progress(answer.offset):
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
        self._flight.drop()
        shrunk = self._search.silent(self.unanswered)
        if not chunk.is_first:
            if not shrunk:
                self._trouble()
                self._missed = chunk
            self._at.go_back(self.acked)

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
        self._flight.drop()
        if not self._endurance.unreadable():
            self._fail(failures.unreadable(error))
            return
        self.counters.rewinds += 1
        if not chunk.is_first:
            self._trouble(mild=True)
            self._at.go_back(self.acked)

    def refused(self, chunk: Chunk, error: DeviceError, now: float) -> None:
        """The server answered with an error."""
        if chunk not in self._flight or self.is_over:
            return
        self._flight.drop()
        self.counters.refusals += 1
        pause = self._endurance.refused(error, is_first=chunk.is_first)
        if pause is not None:
            if is_damage(error):
                self._search.silent(0)
            elif error.is_congestion:
                self._trouble()
            self.resume_at = now + pause
            if not chunk.is_first:
                self._at.go_back(self.acked)
        elif not chunk.is_first and error.is_code(codes.IMAGE, codes.ImageError.OVERRUN):
            self._overrun(chunk, error)
        else:
            self._fail(BeginningRefused.of(error) if chunk.is_first else error)

    def settle(self, *, complete: bool) -> None:
        """End the doubt: the image state lists this file's image, or it does not."""
        if self.state is UploadState.DOUBTFUL:
            if complete:
                self._at.advance(self.total)
                self._become(UploadStep.COMPLETED)
            else:
                self._restart()

    # -- inside ---------------------------------------------------------------------------

    def _become(self, happened: UploadStep) -> None:
        """The only writer of the state. Raises `IllegalStep`."""
        self._state = after(STEPS, self._state, happened)

    def _cut(self, offset: int) -> Chunk:
        room = self.packet_size
        part = self._cutter.part(offset, room)
        end = offset + part.length
        chunk = Chunk(
            offset,
            part.length,
            part.request,
            part.body,
            room,
            self._at.generation,
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
        self.counters.resent_bytes += self._at.sent(offset, end)
        self._flight.add(chunk)
        return chunk

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
        if self.is_over or chunk.generation != self._at.generation:
            return
        if chunk.is_last:
            self._flight.ended_once = True
        if offset >= chunk.offset + chunk.length:
            self.window.answered()
        elif offset == 0 and before:
            self._lose_upload()
        elif offset > chunk.offset:
            self._cutter.cut_coarser()
            self._at.go_back(offset)
        else:
            self.counters.rewinds += 1
            self._trouble(mild=True)
            self._at.go_back(offset)
            self._stand_still()

    def _begin(self, chunk: Chunk, offset: int) -> None:
        """The first chunk was answered: go on where the server is."""
        if offset == 0:
            self._stand_still()
            return
        self._become(UploadStep.ACCEPTED)
        self._at.begin(offset, chunk.length)

    def _advance(self, answer: UploadAnswer) -> None:
        if self._at.advance(answer.offset):
            self._endurance.progressed()
        if self.acked == self.total:
            self.match = answer.match if self._is_checkable else None
            self._become(UploadStep.COMPLETED)
            self._flight.drop()

    def _lose_upload(self) -> None:
        """The server knows no upload any more: it restarted, or it has finished this one."""
        self._flight.drop()
        if self._flight.ended_once:
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
            self._at.go_back(self.acked)
        else:
            self._restart()

    def _trouble(self, *, mild: bool = False) -> None:
        self.window.troubled(mild=mild)
        self._missed = None

    def _restart(self) -> None:
        self.counters.restarts += 1
        if self.counters.restarts > RESTARTS:
            self._fail(failures.forgetful())
            return
        self._flight.drop()
        self._flight.ended_once = False
        self._become(UploadStep.BEGUN_ANEW)
        self._at.begin_anew()

    def _stand_still(self) -> None:
        if not self._endurance.stood_still():
            self._fail(failures.standing_still(self.acked))

    def _judge(self, hope: Hope) -> bool:
        """Fail unless there is hope. False: it has failed."""
        error = failures.of(hope, self.acked, self.total, self._payload.too_much)
        if error is not None:
            self._fail(error)
        return error is None

    def _fail(self, error: SmpError) -> None:
        self._become(UploadStep.GIVEN_UP)
        self.error = error
        self._flight.drop()
