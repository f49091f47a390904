"""Following a device through its restart.

The old firmware still answers for about 250 ms after the reset answer. Then the link drops (USB,
Bluetooth) or falls silent (UART, UDP); MCUboot swaps for seconds to minutes; the device comes back,
perhaps under another port name. So: keep quiet first, and while a bootloader prints, because
bytes that a booting UART receives can block it; then ask once a second.

The device counts as restarted once it was seen gone or heard booting, or its image list has
changed, or it has answered for `settle` seconds with no sign of a restart. An error answer is an
answer, and one lost packet is no silence. A list that names no running image where one ran before
is not ready yet, for a while.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable
from dataclasses import dataclass

from smp.client import Client
from smp.commands.image import ImageState, ReadState
from smp.errors import (
    DeviceError,
    LinkError,
    LinkForbidden,
    MalformedPacket,
    NoAnswer,
    OtherDevice,
    SmpError,
    Unanswered,
)
from smp.identity import is_another, runs_on_test
from smp.text import Coded, Text
from smp.timing import Patience
from smp.update.boot_log import BootLog
from smp.update.bootloader import is_bootloaders
from smp.update.experience import WATCH


@dataclass(frozen=True, slots=True)
class Pace:
    """Seconds. The defaults suit real devices; tests shorten them."""

    quiet: float = 1.0
    """How long to keep quiet after the reset, and after a bootloader has started the firmware."""
    booting: float = 60.0
    """How long a bootloader that prints is left alone at most."""
    poll: float = 1.0
    """Between two looks whether the device is back."""
    settle: float = 4.0
    """A device that answers all the time counts as restarted after this."""
    limit: float = 60.0
    """How long to wait for it at least; the time for the swap comes on top, five-fold."""
    watch: float = WATCH
    """How long new firmware is watched before it is called good; longer if it took longer to
    boot."""
    listing: float = 15.0
    """How long a device that has just started may list its images incompletely, or refuse to."""
    bootloader: float = 12.0
    """How long to keep quiet after a restart in which the bootloader answered: one that waits for
    somebody to update it waits as long as it is spoken to."""
    first_answer: float = 25.0
    """How long a device that is silent at the beginning may be restarting."""
    reconnect: float = 30.0
    """How long to try to get a link back that dropped during the upload."""


class NeverBack(SmpError):
    """The device did not list its images within the limit; `error` is what came last."""

    def __init__(self, seconds: float, error: SmpError | None) -> None:
        self.answers = isinstance(error, DeviceError | MalformedPacket | Unanswered)
        """It is back, but does not tell what it runs."""
        known = self.answers or isinstance(error, OtherDevice)
        super().__init__(
            Coded("images-not-listed", "The device came back and does not list its images")
            if self.answers
            else Coded("device-not-back", "The device did not come back"),
            why=error.why
            if known and error is not None
            else Text("It did not answer for {seconds:.0f} s after the restart", seconds=seconds),
            next_step=Text("Switch the device off and on, then look at what it runs"),
            detail=str(error) if error else "",
        )


@dataclass(frozen=True, slots=True)
class Return:
    """How a device came back."""

    seconds: float
    was_gone: bool
    """It was silent, or its link was lost, in between, or it was heard booting."""
    state: ImageState
    is_elsewhere: bool = False
    """It came back at another address, and its images are all that says it is the same device."""


async def follow_restart(
    client: Client,
    before: ImageState,
    *,
    limit: float,
    pace: Pace,
    log: BootLog,
    on_silent: Callable[[float], None],
    asked: bool = True,
    sent: tuple[bytes, ...] = (),
    numbers: tuple[int, ...] = (0,),
    on_test: bool = False,
    quiet: float | None = None,
    unlisted: ImageState | None = None,
) -> Return:
    """Wait until the device has restarted and lists its images. Raises `NeverBack`.

    `before` is the image list from before the reset: while it is unchanged and an image waits in
    it, the device has not restarted, whatever it answers. `LinkForbidden` is raised at once:
    waiting does not help there. `log` watches the client. `asked` false: the request for the
    restart was not answered and may be lost; a device that is there as before is not waited for
    long then. `sent`: hashes by which the new images may be listed. `numbers`: of the images that
    are updated; a list that stays without a running one is returned when `Pace.listing` is over.
    `OtherDevice` is raised where another device stays at the same place. `unlisted`: what counts as
    the list of an application that has none.
    """
    follower = _Follower(
        client, before, pace, log, on_silent, asked, sent, numbers, on_test, unlisted
    )
    return await follower.follow(limit, pace.quiet if quiet is None else quiet)


class _Follower:
    """One restart."""

    def __init__(
        self,
        client: Client,
        before: ImageState,
        pace: Pace,
        log: BootLog,
        on_silent: Callable[[float], None],
        asked: bool,
        sent: tuple[bytes, ...],
        numbers: tuple[int, ...],
        on_test: bool,
        unlisted: ImageState | None,
    ) -> None:
        self._client = client
        self._before = before
        self._pace = pace
        self._log = log
        self._on_silent = on_silent
        self._asked = asked
        self._sent = sent
        self._numbers = numbers
        self._on_test = on_test
        self._unlisted = unlisted
        self._is_elsewhere = False
        self._loop = asyncio.get_running_loop()
        self._start = self._loop.time()
        self._was_gone = False
        self._others = 0
        self._failed = 0
        self._last: SmpError | None = None
        self._unready: tuple[float, ImageState] | None = None
        """Since when a list without a running image is answered, and the last of them."""

    @property
    def _elapsed(self) -> float:
        return self._loop.time() - self._start

    @property
    def _restarted(self) -> bool:
        return self._was_gone or self._log.seen_boot

    async def follow(self, limit: float, quiet: float) -> Return:
        await asyncio.sleep(quiet)
        if self._client.is_connected and self._log.in_bootloader:
            self._note_gone()
            await _let_it_boot(self._pace, self._log)
        while self._elapsed < limit:
            if not self._client.is_connected:
                self._note_gone()
            asked_at = self._elapsed
            state = await self._try()
            if state is not None and self._is_the_end(state, asked_at):
                return self._back(state)
            await asyncio.sleep(self._pace.poll)
        if self._unready is not None:
            return self._back(self._unready[1])
        raise NeverBack(limit, self._last)

    def _back(self, state: ImageState) -> Return:
        return Return(self._elapsed, self._restarted, state, self._is_elsewhere)

    def _note_gone(self) -> None:
        if not self._was_gone:
            self._was_gone = True
            self._on_silent(self._elapsed)

    async def _try(self) -> ImageState | None:
        """The device's list, if one is answered and it is this device."""
        try:
            state = await _look(self._client, self._pace, self._failed, is_sure=self._was_gone)
        except DeviceError as error:
            if self._unlisted is None or not error.is_unsupported:
                self._last = error
                self._failed += 1
                return None
            state = self._unlisted
        except LinkForbidden:
            raise
        except (NoAnswer, LinkError) as error:
            self._last, self._unready = error, None
            self._failed += 1
            self._note_gone()
            return None
        except (MalformedPacket, Unanswered) as error:
            self._last = error
            self._failed += 1
            return None
        transport = self._client.transport
        if self._is_another(state):
            await self._turn_away()
            return None
        if transport.has_moved and not runs_on_test(state, self._sent):
            self._is_elsewhere = True
        transport.adopt()
        return state

    def _is_another(self, state: ImageState) -> bool:
        """One at another address is believed at once if the new image runs there on test. Units
        of one product have the same images: else the old address has to stay silent for long, and
        where the image should be on test, nothing else will do."""
        transport = self._client.transport
        is_doubtful = transport.has_moved and not runs_on_test(state, self._sent)
        if is_doubtful and (self._on_test or not self._others):
            return True
        return is_another(transport, self._before, state, sent=self._sent)

    async def _turn_away(self) -> None:
        """Another device answers. Raises `OtherDevice` where it stays."""
        transport = self._client.transport
        self._others += 1
        self._last = error = OtherDevice(transport.name, has_moved=transport.has_moved)
        transport.disown()
        await self._client.disconnect()
        if self._others >= _OTHERS and not transport.has_moved:
            raise error

    def _is_the_end(self, state: ImageState, asked_at: float) -> bool:
        if is_bootloaders(self._before, state):
            self._was_gone = True
            return True
        if lacks_running(self._before, state, self._numbers):
            since = self._unready[0] if self._unready is not None else asked_at
            self._unready = since, state
            return asked_at - since >= self._pace.listing
        self._unready = None
        waiting = any(entry.pending for entry in self._before.entries)
        patience = _patience(
            self._pace, self._log, waiting=waiting, restarted=self._restarted, asked=self._asked
        )
        return state != self._before or asked_at >= patience


def lacks_running(before: ImageState, now: ImageState, numbers: Iterable[int]) -> bool:
    """It had a running image of one of these numbers and names none: that list is not ready yet,
    or not the application's."""
    return any(before.active(it) is not None and now.active(it) is None for it in numbers)


def _patience(pace: Pace, log: BootLog, *, waiting: bool, restarted: bool, asked: bool) -> float:
    """Seconds for which a device whose list is as before may still have to restart."""
    if waiting and not (log.seen_boot and not log.in_bootloader):
        return pace.settle * (_STUBBORN if asked else 1)
    return 0.0 if restarted else pace.settle


async def _let_it_boot(pace: Pace, log: BootLog) -> None:
    """Say nothing as long as a bootloader is at work."""
    try:
        async with asyncio.timeout(pace.booting):
            await log.left_bootloader.wait()
    except TimeoutError:
        return
    await asyncio.sleep(pace.quiet)


async def _look(client: Client, pace: Pace, before: int, *, is_sure: bool) -> ImageState:
    """One look at the device, connecting again if the link is gone.

    before: looks that failed; patience grows with them, for firmware that answers slowly. is_sure:
    it was seen gone; otherwise one lost packet must not look like that.
    """
    if not client.is_connected:
        await client.connect()
    else:
        wait = max(pace.poll * min(1 + before // 4, _SLOWEST), 4 * client.round_trip)
        waits = (wait,) if is_sure else (wait, wait / 2)
        if client.transport.least_wait:
            # What is starting holds one line, and resets itself at the second.
            waits = (_ONE_LINE,)
        await client.ask_parameters(Patience(waits, adaptive=False))
    try:
        return await client.request(ReadState(), patience=_LISTING)
    except NoAnswer as error:
        if not await client.answers():
            raise
        raise Unanswered(ReadState.title) from error


_OTHERS = 5
"""So many looks find another device at the same place before it is given up: somebody may put the
right one back."""
_STUBBORN = 4
_ONE_LINE = 20.0
_SLOWEST = 5
_LISTING = Patience((3.0, 8.0), adaptive=False)
