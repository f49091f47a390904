"""Doing an update: check, upload, mark, restart, verify, confirm, verdict.

    update = Update(client, image, Mode.CONFIRM, on_event=print)
    verdict = await update.run()

It never raises for what a device or link does: that is the verdict's business. `cancel` may be
called at any moment; the verdict then says in what state the device is left. The client is given
back connected where that is possible.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable

from smp.client import Client
from smp.commands.image import ImageEntry, ImageState
from smp.errors import (
    DeviceError,
    LinkForbidden,
    LinkLost,
    MalformedPacket,
    NoAnswer,
    SmpError,
    TransferError,
    Unanswered,
)
from smp.image import McubootImage, SignatureCheck
from smp.survey import DeviceFacts, read_again, survey
from smp.transfer.upload import Upload
from smp.update import abandoned, beside, endings, other_image
from smp.update.beginning import Beginning
from smp.update.case import SWAPS
from smp.update.deeds import Deeds
from smp.update.events import (
    Cancelling,
    Finished,
    PlanMade,
    Restarting,
    StateRead,
    Step,
    StepFailed,
    StepFinished,
    StepStarted,
    UpdateEvent,
    UploadBegan,
    Waiting,
)
from smp.update.experience import NONE, Experience
from smp.update.leaving import LIMIT, Leaving, Left
from smp.update.names import Names
from smp.update.overwriting import NOTHING_TAKEN, Taken
from smp.update.persistence import Persistence
from smp.update.plan import Action, Mode, Plan, Remedy, make_plan
from smp.update.restart import NeverBack, Pace, Return
from smp.update.restarting import Restarter
from smp.update.seen import Memory
from smp.update.upload_news import UploadNews
from smp.update.verdict import Ending, Running, Verdict
from smp.update.watch import Watch

log = logging.getLogger(__name__)

_STARTING = 5.0
"""Seconds for which a device's first image list may still be on its way."""


class Update:
    """One update of one device. See the module.

    `number`: image number. `signature`: the file checked against the key the user trusts.
    `consent`: the user agrees to what `Plan.consent` says, or is asked then; without it nothing is
    done. `remedy`: what to do first if an obstacle offers it. `facts`: a survey made before, to
    save asking everything again. `watch`: seconds for which new firmware is watched before it is
    called good, None for the pace's own. `memory`: what files told that were seen before.
    """

    def __init__(
        self,
        client: Client,
        image: McubootImage,
        mode: Mode = Mode.CONFIRM,
        *,
        number: int = 0,
        signature: SignatureCheck | None = None,
        consent: bool | Callable[[Plan], Awaitable[bool]] = False,
        remedy: Remedy | None = None,
        facts: DeviceFacts | None = None,
        pace: Pace | None = None,
        watch: float | None = None,
        memory: Memory = lambda digest: None,
        experience: Callable[[DeviceFacts], Experience] = lambda facts: NONE,
        on_event: Callable[[UpdateEvent], None] = lambda event: None,
    ) -> None:
        self._client = client
        self._image = image
        self._mode = mode
        self._experience = experience
        self._number = number
        self._signature = signature
        self._consent = consent
        self._remedy = remedy
        self._facts = facts
        self._pace = pace or Pace()
        self._watch_seconds = self._pace.watch if watch is None else watch
        self._memory = memory
        self._on_event = on_event
        self._hurry = asyncio.Event()
        self._loop = asyncio.get_running_loop()
        self._started = 0.0
        self._step: Step | None = None
        self._plan: Plan | None = None
        self._was: Running | None = None
        self._task: asyncio.Task[Verdict] | None = None
        self._cancelled = False
        self._was_sent = False
        """What the device has of this file was sent by this run."""
        self._is_cleared = False
        """What an obstacle offers was begun: the device is not as it was."""
        self._marked: ImageState | None = None
        """The image list in which the new image was marked for the restart."""
        self._entry: ImageEntry | None = None
        """The new image's entry when it was seen running last."""
        self._latest: ImageState | None = None
        """The newest image list; None if there is none since the last restart."""
        self._deeds = Deeds()
        self._taken = NOTHING_TAKEN
        self._link = Persistence(client, self._pace, self._tell)
        self._link.sent = image.hashes
        self._restarter = Restarter(client, self._link, self._pace, self._tell)
        self._news = UploadNews(self._tell, self._loop.time)

    async def run(self) -> Verdict:
        """To the end. A cancelled caller cancels the update and still gets no half-open link."""
        self._started = self._loop.time()
        self._task = self._loop.create_task(self._guarded())
        try:
            verdict = await asyncio.shield(self._task)
        except asyncio.CancelledError:
            self.cancel()
            await self._task
            raise
        self._tell(Finished(verdict))
        return verdict

    def cancel(self) -> None:
        """Stop as soon as it is safe; `run` returns a verdict that says what state is left.

        Called once more, it does not wait for the device's word on that.
        """
        if self._task is None or self._task.done():
            return
        if self._cancelled:
            self._hurry.set()
        else:
            self._cancelled = True
            self._task.cancel()

    @property
    def facts(self) -> DeviceFacts | None:
        """What the device told of itself; None before it did."""
        return self._facts

    @property
    def seconds(self) -> float:
        return self._loop.time() - self._started

    # -- the steps --------------------------------------------------------------------------

    async def _guarded(self) -> Verdict:
        try:
            verdict = await self._do()
        except asyncio.CancelledError:
            if not self._cancelled:
                raise
            verdict = await self._leave()
        except SmpError as error:
            verdict = endings.broken(
                error,
                self._step,
                self._plan,
                self._was,
                taken=self._taken,
                marked=self._marked,
                running=self._entry,
            )
        if not verdict.is_good and self._step is not None:
            self._tell(StepFailed(self._step))
        others = beside.remarks(self._facts, self._number, self._restarter.passages, self._latest)
        remarks = [*self._deeds.remarks, *self._link.remarks, *others]
        return endings.timed(verdict, self.seconds, remarks)

    async def _do(self) -> Verdict:
        plan = await self._check()
        if self._is_offered(plan):
            starts_more = self._remedy is Remedy.RESTART and beside.consent(plan.beside)
            if starts_more and not await self._has_consent(plan):
                return endings.no_consent(plan, self._was)
            await self._clear_the_way(plan)
            plan = await self._check()
        permitted = await self._permit(plan)
        if isinstance(permitted, Verdict):
            return permitted
        plan = permitted
        self._finish(Step.CHECK)
        if plan.action is Action.CLEAR and (left := await self._clear(plan)) is not None:
            return left
        if plan.action in (Action.NOTHING, Action.CLEAR):
            return await self._stays(plan)
        if plan.action is Action.UPLOAD:
            await self._upload(plan)
        else:
            self._finish(Step.UPLOAD, skipped=True)
        if plan.action is Action.CONFIRM:
            self._finish(Step.RESTART, skipped=True)
            self._start(Step.VERIFY)
            state = await self._read_state()
        else:
            back = await self._put_in_place(plan)
            if isinstance(back, Verdict):
                return back
            state = back.state
            self._watch_seconds = max(self._watch_seconds, self._restarter.boot_took(plan, back))
        return await self._prove(plan, state)

    async def _permit(self, plan: Plan) -> Plan | Verdict:
        """The plan to go on with, if nothing forbids it and what has to be agreed to is."""
        if plan.obstacle is not None:
            return endings.forbidden(plan.obstacle, self._was)
        if not plan.consent:
            return plan
        if not await self._has_consent(plan):
            return endings.no_consent(plan, self._was)
        if isinstance(self._consent, bool):
            return plan
        # A person took a while: what was agreed to must still be what is there.
        now = await self._check()
        if now.obstacle is not None:
            return endings.forbidden(now.obstacle, self._was)
        return now if now.consent in ("", plan.consent) else endings.no_consent(now, self._was)

    async def _put_in_place(self, plan: Plan) -> Return | Verdict:
        """Mark it, restart, judge. What this run did not send is suspect first: a listed hash is
        no check of what lies in flash. It is sent once, then judged again."""
        back = await self._try_it(plan)
        if isinstance(back, Verdict) and not self._was_sent and _may_be_the_copy(back):
            log.info("%s: the copy on the device was not started; sending it", back.ending.value)
            await self._upload(plan)
            back = await self._try_it(plan)
        return back

    async def _try_it(self, plan: Plan) -> Return | Verdict:
        self._start(Step.RESTART)
        marked = await self._mark(plan)
        if marked is None:
            await self._upload(plan)
            self._start(Step.RESTART)
            marked = await self._mark(plan)
        if marked is None:
            return endings.not_marked(plan, self._was)
        self._marked = marked
        try:
            if self._running(marked) is not None:
                # It has restarted by itself since it was marked; once more would undo a test.
                self._finish(Step.RESTART)
                self._start(Step.VERIFY)
                return Return(0.0, True, marked)
            back = await self._restarter.restart(plan, marked)
        except (NeverBack, LinkForbidden) as error:
            return endings.never_back(error, plan, self._was)
        self._tell(StateRead(back.state))
        self._finish(Step.RESTART)
        self._start(Step.VERIFY)
        await self._compare_names(back.state)
        wrong = other_image.wrong_image(
            plan, self._image, marked, back, self._restarter, self._facts, self._was
        )
        return back if wrong is None else wrong

    async def _compare_names(self, state: ImageState) -> None:
        """Raises `OtherDevice` if what answers calls itself as the device and its file cannot."""
        if self._facts is None or not state.has_flags:
            return
        before = Names.of(self._facts)
        now = await Names.ask(self._client, before)
        is_new = self._running(state) is not None
        doubt = before.doubt(now, self._client.transport.name, is_new=is_new)
        if doubt:
            self._link.remark(doubt)

    async def _check(self) -> Plan:
        self._start(Step.CHECK)
        self._facts = await self._first_survey()
        if self._facts.state is not None:
            self._link.check(self._facts.state)
        self._link.known = self._facts.state
        if self._facts.state is not None:
            self._tell(StateRead(self._facts.state))
        plan = make_plan(
            self._facts,
            self._image,
            self._mode,
            number=self._number,
            signature=self._signature,
            rate=self._client.limits.likely_rate,
            memory=self._memory,
            experience=self._experience(self._facts),
        )
        self._plan = plan
        self._was = Running.of(plan.before)
        self._tell(PlanMade(plan))
        return plan

    async def _first_survey(self) -> DeviceFacts:
        """A link that drops gets a second chance; a silent device may be in the middle of a
        restart, perhaps of an update that was killed."""
        began = self._loop.time()
        second_chance = True
        while True:
            ready_by = began + _STARTING
            try:
                facts = await self._survey()
                if self._loop.time() >= ready_by or not _may_be_starting(facts):
                    return facts
                await asyncio.sleep(self._pace.poll)
            except DeviceError:
                if self._loop.time() >= ready_by:
                    raise
                await asyncio.sleep(self._pace.poll)
            except LinkLost:
                if not second_chance:
                    raise
                second_chance = False
            except NoAnswer:
                left = self._pace.first_answer - (self._loop.time() - began)
                if left <= 0:
                    raise
                self._tell(Waiting(left))
                await asyncio.sleep(self._pace.poll)

    async def _survey(self) -> DeviceFacts:
        if not self._client.is_connected:
            await self._client.connect()
        if self._facts is None:
            return await survey(self._client)
        facts = await read_again(self._client, self._facts)
        before, now = self._facts.state, facts.state
        if now is not None and (before is None or before.has_flags != now.has_flags):
            return await survey(self._client)  # the bootloader answers, or does not any more
        return facts

    async def _has_consent(self, plan: Plan) -> bool:
        if isinstance(self._consent, bool):
            return self._consent
        return await self._consent(plan)

    def _is_offered(self, plan: Plan) -> bool:
        """Whether the remedy that is agreed to is of use here."""
        if plan.obstacle is not None:
            return self._remedy in plan.obstacle.remedies
        state = self._facts.state if self._facts is not None else None
        waits = state is not None and self._is_challenged(state)
        return waits and self._remedy is Remedy.RESTART and plan.action is Action.UPLOAD

    async def _clear_the_way(self, plan: Plan) -> None:
        """An image on test is in the way: keep it, or return to the old one. Or one that waits:
        start it."""
        assert self._facts is not None
        assert self._facts.state is not None
        self._is_cleared = True
        if self._remedy is Remedy.CONFIRM_RUNNING:
            await self._link.persist(self._confirm)
            self._deeds.note(f"{self._was.version if self._was else 'the image'} was confirmed")
            return
        await self._restart_first(plan, self._facts.state)

    async def _restart_first(self, plan: Plan, state: ImageState) -> None:
        """Restart it before the upload."""
        asks = self._restarter.asks
        what = "asked to restart"
        try:
            back = await self._restarter.once(plan, state)
            if self._restarter.has_restarted(back) or back.state != state:
                what = "restarted"
            self._was = Running.of(back.state.active(plan.image))
        finally:
            if self._restarter.asks > asks:
                self._deeds.note(f"the device was {what}")

    async def _clear(self, plan: Plan) -> Verdict | None:
        """Our image runs for good, but another one waits for the next restart. None: no more."""
        self._start(Step.CONFIRM)
        self._entry = plan.before
        before = self._facts.state if self._facts is not None else None
        waited = [e for e in before.of(plan.image) if e.pending] if before is not None else []
        for clear in (self._empty_other_slot, self._confirm):
            try:
                await self._link.persist(clear)
            except (DeviceError, Unanswered, MalformedPacket) as error:
                log.info("what waits could not be removed: %s", error)
            state = await self._read_state()
            self._deeds.note_removed(waited, state)
            if not self._is_challenged(state):
                break
        else:
            return endings.other_image_waits(plan, state, self._was, self._was)
        self._finish(Step.CONFIRM)
        return None

    async def _stays(self, plan: Plan) -> Verdict:
        """The image runs already, and nothing is sent. That it holds is watched all the same: it
        may restart again and again."""
        self._finish(Step.UPLOAD, skipped=True)
        self._finish(Step.RESTART, skipped=True)
        self._start(Step.VERIFY)
        held = await self._hold(plan, await self._read_state())
        if isinstance(held, Verdict):
            return held
        state, entry = held
        if self._is_challenged(state):
            return endings.other_image_waits(plan, state, self._was, Running.of(entry))
        if plan.action is Action.NOTHING:
            self._finish(Step.CONFIRM, skipped=True)
        return endings.already_running(plan, entry, self._watch_seconds, self._was)

    async def _upload(self, plan: Plan) -> None:
        """Upload, through as many connections as it takes."""
        self._start(Step.UPLOAD)
        self._taken = Taken(0, len(plan.data))
        self._tell(UploadBegan(len(plan.data)))
        self._news.begin()
        beginning = Beginning(
            self._client,
            self._link,
            plan,
            self._facts,
            lambda state: self._restart_first(plan, state),
            self._deeds.note,
        )
        upload = await beginning.upload(lambda: self._link.persist(lambda: self._send(plan)))
        state = await self._read_state()
        listed = state.by_hash(self._image.hash, plan.image)
        has_hashes = any(entry.hash is not None for entry in state.of(plan.image))
        if upload.match is False or (listed is None and has_hashes and state.has_flags):
            raise endings.DamagedUpload(is_listed=listed is not None)
        if not state.of(plan.image):
            raise TransferError(
                "The device took the upload and lists no image at all",
                why="Nobody can tell what became of it",
                next_step="Restart the device and start the update again; if it lists none then, "
                "its firmware cannot be updated this way",
            )
        self._was_sent = True
        self._marked = None
        self._finish(Step.UPLOAD)

    async def _send(self, plan: Plan) -> Upload:
        return await self._client.upload(
            plan.data,
            image=plan.image,
            digest=self._image.hash,
            recognise=self._link.recognise,
            on_progress=self._progressed,
        )

    async def _mark(self, plan: Plan) -> ImageState | None:
        """Mark the image for the next restart. The image list the device restarts from.

        None: it has to be uploaded again. A slot whose trailer was damaged by a power cut cannot
        be marked, and some firmware erases it then.
        """
        if plan.action is Action.RESTART and not self._was_sent:
            state = await self._read_state()
            entry = state.by_hash(self._image.hash, plan.image)
            if entry is None or entry.pending or entry.active or entry.confirmed:
                return state
        mark = self._client.mark_permanent if plan.is_permanent else self._client.mark_for_test
        try:
            state = await self._link.persist(lambda: mark(self._image.hash))
        except (DeviceError, Unanswered, MalformedPacket) as error:
            unsupported = isinstance(error, DeviceError) and error.is_unsupported
            mode = self._facts.mode if self._facts is not None else None
            if unsupported and mode not in SWAPS:
                # Direct-XIP, RAM load, firmware loader, recovery: the bootloader chooses itself.
                return await self._read_state()
            state = await self._read_state()
            entry = state.by_hash(self._image.hash, plan.image)
            waits = entry is not None and (entry.pending or entry.active)
            if not waits and (self._was_sent or unsupported):
                raise
        self._tell(StateRead(state))
        entry = state.by_hash(self._image.hash, plan.image)
        return state if entry is not None and (entry.pending or entry.active) else None

    async def _prove(self, plan: Plan, state: ImageState) -> Verdict:
        """The new image is active. Watch it, then keep it if that is wanted."""
        held = await self._hold(plan, state)
        if isinstance(held, Verdict):
            return held
        state, entry = held
        if self._mode is Mode.TEST or entry.confirmed:
            if self._mode is not Mode.TEST and self._is_challenged(state):
                return endings.other_image_waits(plan, state, self._was, Running.of(entry))
            self._finish(Step.CONFIRM, skipped=True)
            return endings.proven(plan, entry, self._was)
        self._start(Step.CONFIRM)
        state = await self._keep()
        self._tell(StateRead(state))
        now = self._entry = self._running(state)
        if now is None:
            return self._fell_back(plan, state)
        entry = now
        if not entry.confirmed:
            return other_image.not_confirmed(plan, entry, self._was)
        if self._is_challenged(state):
            return endings.other_image_waits(plan, state, self._was, Running.of(entry))
        self._finish(Step.CONFIRM)
        return endings.proven(plan, entry, self._was)

    async def _hold(self, plan: Plan, state: ImageState) -> tuple[ImageState, ImageEntry] | Verdict:
        """Watch the image that runs; the list and its entry afterwards."""
        self._entry = entry = self._running(state)
        if entry is None:
            return self._fell_back(plan, state)
        watched = await self._watch(plan).run(state)
        state = watched.state
        self._tell(StateRead(state))
        self._entry = entry = self._running(state)
        if entry is None:
            return self._fell_back(plan, state)
        if watched.fall is not None:
            return other_image.not_held(plan, entry, watched.fall, self._was)
        self._finish(Step.VERIFY)
        return state, entry

    def _fell_back(self, plan: Plan, state: ImageState) -> Verdict:
        """It ran, and does not any more."""
        active = self._active(state)
        if active is None:
            return other_image.no_active(plan, self._image, state, self._was, ran=True)
        return other_image.rolled_back(plan, active, self._was)

    def _watch(self, plan: Plan) -> Watch:
        return Watch(
            self._client,
            self._watch_seconds,
            every=self._pace.poll,
            reverts=plan.can_roll_back,
            running=self._running,
            follow=lambda before: self._restarter.follow(plan, before),
            list_images=lambda: self._link.list_images(self._number),
            tell=self._tell,
        )

    def _is_challenged(self, state: ImageState) -> bool:
        """Another image waits for the next restart: this one will not stay."""
        return any(
            entry.pending and not self._image.goes_by(entry.hash)
            for entry in state.of(self._number)
        )

    # -- cancelled ------------------------------------------------------------------------

    async def _leave(self) -> Verdict:
        """Leave the device bootable and find out what state that is."""
        plan = self._plan
        if plan is None or (self._step in (None, Step.CHECK) and not self._is_cleared):
            return abandoned.before(self._was)
        self._tell(Cancelling(LIMIT))
        left = Left(
            plan,
            self._image,
            self._step,
            is_marked=self._marked is not None,
            restarts=self._restarter.is_under_way,
            taken=self._taken,
        )
        mode = self._facts.mode if self._facts is not None else None
        leaving = Leaving(self._client, self._link, mode, left, self._deeds.note)
        await leaving.leave(self._hurry)
        self._latest = left.state
        return abandoned.cancelled(left, self._was)

    def _tell(self, event: UpdateEvent) -> None:
        """Whoever listens must not stop what is half done on a device."""
        if isinstance(event, StateRead):
            self._latest = event.state
        elif isinstance(event, Restarting):
            self._latest = None
        try:
            self._on_event(event)
        except Exception:
            log.exception("telling of %s failed", type(event).__name__)

    # -- small things ---------------------------------------------------------------------

    async def _confirm(self) -> ImageState:
        """Keep the running image. Without its hash, servers take the application's, image 0."""
        if self._number == 0:
            return await self._client.confirm(None)
        active = (await self._client.image_state()).active(self._number)
        return await self._client.confirm(active.hash if active is not None else self._image.hash)

    async def _keep(self) -> ImageState:
        """Confirm it. What was not answered, or not readably, may have been done all the same."""
        try:
            return await self._link.persist(self._confirm)
        except (DeviceError, Unanswered, MalformedPacket):
            state = await self._read_state()
            entry = self._running(state)
            if entry is None or not entry.confirmed:
                raise
            return state

    async def _empty_other_slot(self) -> None:
        """Erase what waits for the next restart in a slot of this image."""
        state = await self._client.image_state()
        self._link.check(state, before_erasing=True)
        for entry in state.of(self._number):
            if entry.pending and not entry.active:
                await self._client.erase(entry.absolute_slot)

    def _active(self, state: ImageState) -> ImageEntry | None:
        return state.active(self._number)

    def _running(self, state: ImageState) -> ImageEntry | None:
        """The entry of this file's image, if it is the one that runs. Raises `OtherDevice`."""
        self._link.check(state)
        active = state.active(self._number)
        return active if active is not None and self._image.goes_by(active.hash) else None

    async def _read_state(self) -> ImageState:
        state = await self._link.list_images(self._number)
        self._link.check(state)
        self._tell(StateRead(state))
        return state

    def _progressed(self, upload: Upload) -> None:
        self._link.note_progress(upload.acked)
        self._taken = Taken(max(self._taken.bytes, upload.acked), self._taken.total)
        self._news.look(upload)

    def _start(self, step: Step) -> None:
        self._step = step
        self._tell(StepStarted(step))

    def _finish(self, step: Step, *, skipped: bool = False) -> None:
        self._tell(StepFinished(step, skipped))


def _may_be_the_copy(verdict: Verdict) -> bool:
    """Whether the bootloader may have refused what lay in the slot, not the file itself."""
    refused = (Ending.REFUSED_AT_BOOT, Ending.ROLLED_BACK_OR_REFUSED)
    return verdict.ending in refused and verdict.running is not None


def _may_be_starting(facts: DeviceFacts) -> bool:
    """Firmware that has just started may refuse its image list, or leave out what runs."""
    if facts.state is None:
        return not isinstance(facts.state_problem, Unanswered)
    return facts.state.has_flags and not any(entry.active for entry in facts.state.entries)
