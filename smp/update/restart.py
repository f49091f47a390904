"""Following a device through its restart.

The old firmware still answers for about 250 ms after the reset answer. Then the link drops (USB,
Bluetooth) or falls silent (UART, UDP); MCUboot swaps for seconds to minutes; the device comes back,
perhaps under another port name. So: keep quiet first, and while a bootloader prints, because
bytes that a booting UART receives can block it; then ask once a second.

The device counts as restarted once it was seen gone or heard booting, or its image list has
changed, or it has answered for `settle` seconds with no sign of a restart.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
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
from smp.identity import is_another
from smp.timing import Patience
from smp.update.boot_log import BootLog


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
    watch: float = 10.0
    """How long new firmware is watched before it is called good; longer if it took longer to
    boot."""
    first_answer: float = 25.0
    """How long a device that is silent at the beginning may be restarting."""
    reconnect: float = 30.0
    """How long to try to get a link back that dropped during the upload."""


class NeverBack(SmpError):
    """The device did not list its images within the limit; `error` is what came last."""

    def __init__(self, seconds: float, error: SmpError | None) -> None:
        self.answers = isinstance(error, DeviceError | MalformedPacket | Unanswered)
        """It is back, but does not tell what it runs."""
        super().__init__(
            "The device came back and does not list its images"
            if self.answers
            else "The device did not come back",
            why=error.why
            if self.answers and error is not None
            else f"It did not answer for {seconds:.0f} s after the restart",
            detail=str(error) if error else "",
        )


@dataclass(frozen=True, slots=True)
class Return:
    """How a device came back."""

    seconds: float
    was_gone: bool
    """It was seen silent or unplugged in between, or heard booting."""
    state: ImageState


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
) -> Return:
    """Wait until the device has restarted and lists its images. Raises `NeverBack`.

    `before` is the image list from before the reset: while it is unchanged and an image waits in
    it, the device has not restarted, whatever it answers. `LinkForbidden` is raised at once:
    waiting does not help there. `log` watches the client. `asked` false: the request for the
    restart was not answered and may be lost; a device that is there as before is not waited for
    long then. `sent`: hashes by which the new image may be listed. `OtherDevice` is raised where
    another device stays at the same place.
    """
    loop = asyncio.get_running_loop()
    start = loop.time()
    was_gone = False
    others = 0
    looks = 0
    last: SmpError | None = None
    waiting = any(entry.pending for entry in before.entries)
    await asyncio.sleep(pace.quiet)
    if client.is_connected and log.in_bootloader:
        was_gone = True
        on_silent(loop.time() - start)
        await _let_it_boot(pace, log)
    while (elapsed := loop.time() - start) < limit:
        if not client.is_connected and not was_gone:
            was_gone = True
            on_silent(elapsed)
        try:
            state = await _look(client, pace, looks)
        except LinkForbidden:
            raise
        except (NoAnswer, LinkError, MalformedPacket, DeviceError, Unanswered) as error:
            last = error
            looks += 1
            if not was_gone:
                was_gone = True
                on_silent(elapsed)
        else:
            if is_another(client.transport, before, state, sent=sent, lenient=others > 0):
                others += 1
                last = OtherDevice(client.transport.name)
                client.transport.disown()
                await client.disconnect()
                if others >= _OTHERS and not client.transport.has_moved:
                    raise last
                await asyncio.sleep(pace.poll)
                continue
            client.transport.adopt()
            restarted = was_gone or log.seen_boot
            patience = _patience(pace, log, waiting=waiting, restarted=restarted, asked=asked)
            if state != before or elapsed >= patience:
                return Return(loop.time() - start, restarted, state)
        await asyncio.sleep(pace.poll)
    raise NeverBack(limit, last)


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


async def _look(client: Client, pace: Pace, before: int) -> ImageState:
    """One look at the device, connecting again if the link is gone.

    before: looks that failed; patience grows with them, for firmware that answers slowly.
    """
    if not client.is_connected:
        await client.connect()
    else:
        wait = max(pace.poll * min(1 + before // 4, _SLOWEST), 4 * client.round_trip)
        patience = Patience((wait,), adaptive=False)
        await client.ask_parameters(patience)
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
_SLOWEST = 5
_LISTING = Patience((3.0, 8.0), adaptive=False)
