"""What a device tells of itself, gathered in one go: the ground for a plan and for `info`.

Every question may be answered "not in this firmware"; what is not known is None.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TypeVar

from smp.client import Client
from smp.commands.base import Request
from smp.commands.image import ImageState, ReadState, SlotFacts, SlotInfo
from smp.commands.os import (
    BootloaderMode,
    BootloaderName,
    Echo,
    OsInfo,
    Parameters,
    ReadBootloaderMode,
    WriteParameters,
)
from smp.errors import DeviceError, MalformedPacket, SmpError, Unanswered
from smp.family import Family
from smp.timing import Patience

A = TypeVar("A")


@dataclass(frozen=True, slots=True)
class DeviceFacts:
    """A device at one moment."""

    name: str
    kind: str
    link: dict[str, str] = field(default_factory=dict)
    """As `Transport.describe` tells it."""
    smp_version: int = 2
    family: Family = Family.OTHER
    """Whose firmware answers."""
    line_unchecked: bool = False
    """Its port takes what was damaged on its way (a UART of Apache Mynewt)."""
    parameters: Parameters | None = None
    kernel: str | None = None
    kernel_version: str | None = None
    board: str | None = None
    bootloader: str | None = None
    mode: BootloaderMode | None = None
    """None: the firmware does not tell."""
    no_downgrade: bool = False
    state: ImageState | None = None
    """None: the firmware has no image management, or does not tell; see `state_problem`."""
    state_problem: SmpError | None = None
    """Why there is no image list although there is image management."""
    slots: tuple[SlotFacts, ...] = ()
    in_recovery: bool = False
    """MCUboot itself answers, not an application."""
    application_ran: bool = False
    """Its firmware loader answers, and the application that it lists ran just before."""

    def slot_size(self, image: int, slot: int) -> int | None:
        """Bytes of a slot, where known."""
        return next((s.size for s in self.slots if (s.image, s.slot) == (image, slot)), None)

    def largest_image(self, image: int) -> int | None:
        """The most bytes an image may have, where the firmware tells."""
        return next((s.largest_image for s in self.slots if s.image == image), None)

    @property
    def image_numbers(self) -> frozenset[int]:
        """The images it has, as far as it tells."""
        entries = self.state.entries if self.state is not None else ()
        listed = {entry.image for entry in entries}
        return frozenset(listed | ({slot.image for slot in self.slots} or {0}))

    @property
    def leaves_link_in_recovery(self) -> bool:
        """MCUboot's serial recovery answers at a serial port, be it reached through a server."""
        return self.kind in ("udp", "ble")

    def is_unlisted(self, image: int, slot: int) -> bool:
        """Something may run from there that the list leaves out: another core runs it from flash
        that the application cannot read."""
        state = self.state
        if state is None or not state.has_flags or self.in_recovery or slot != 0 or image == 0:
            return False
        return not any(entry.active or entry.slot == 0 for entry in state.of(image))

    @property
    def in_loader(self) -> bool:
        """The firmware loader answers, in slot 1; the application in slot 0 does not run."""
        if self.mode is not BootloaderMode.FIRMWARE_LOADER or self.state is None:
            return False
        return any(entry.active and entry.slot == 1 for entry in self.state.entries)

    @property
    def behind_loader(self) -> bool:
        """The application answers, and its updates are taken by a firmware loader that does not
        run now."""
        if self.mode is not BootloaderMode.FIRMWARE_LOADER or self.state_problem is not None:
            return False
        entries = self.state.entries if self.state is not None else ()
        return self.state is None or any(entry.active and entry.slot == 0 for entry in entries)

    @property
    def runs_from_only_slot(self) -> bool:
        """Its application answers, which cannot replace itself: MCUboot can, in its recovery."""
        if self.mode is not BootloaderMode.SINGLE_SLOT or self.in_recovery or self.state is None:
            return False
        others = [it.slot for it in self.state.entries] + [it.slot for it in self.slots]
        return self.state.active() is not None and not any(others)

    @property
    def can_roll_back(self) -> bool | None:
        """Whether the bootloader returns from a bad image by itself; None: not known."""
        if self.in_recovery:
            return False
        return None if self.mode is None else _ROLLS_BACK[self.mode]


_ROLLS_BACK: dict[BootloaderMode, bool | None] = {
    BootloaderMode.UNKNOWN: None,
    BootloaderMode.SINGLE_SLOT: False,
    BootloaderMode.SWAP_SCRATCH: True,
    BootloaderMode.OVERWRITE_ONLY: False,
    BootloaderMode.SWAP_MOVE: True,
    BootloaderMode.DIRECT_XIP: False,
    BootloaderMode.DIRECT_XIP_REVERT: True,
    BootloaderMode.RAM_LOAD: False,
    BootloaderMode.FIRMWARE_LOADER: False,
    BootloaderMode.SINGLE_SLOT_RAM_LOAD: False,
    BootloaderMode.SWAP_OFFSET: True,
}


async def survey(client: Client) -> DeviceFacts:
    """Ask everything. Raises `NoAnswer` or `LinkError`; refusals leave gaps."""
    kernel, version, board = await _ask_system(client)
    family = await client.recognise() if kernel is None else Family.OTHER
    name = await _ask(client, BootloaderName())
    mode = await _ask(client, ReadBootloaderMode()) if name is not None else None
    state, state_problem = await _ask_state(client)
    slots = await _ask(client, SlotInfo()) if state is not None else None
    is_nameless = kernel is None and name is None and not family.is_mynewt
    return DeviceFacts(
        name=client.transport.name,
        kind=client.transport.kind,
        link=client.transport.describe(),
        smp_version=1 if family.is_mynewt else client.version + 1,
        family=family,
        line_unchecked=family.is_mynewt and bool(client.transport.least_wait),
        parameters=client.parameters,
        kernel=kernel,
        kernel_version=version,
        board=board,
        bootloader=name,
        mode=mode.mode if mode else None,
        no_downgrade=mode.no_downgrade if mode else False,
        state=state,
        state_problem=state_problem,
        slots=slots or (),
        in_recovery=await _is_recovery(client, state) if is_nameless else False,
    )


async def _is_recovery(client: Client, state: ImageState | None) -> bool:
    """Of somebody who tells neither a system nor a bootloader: MCUboot's serial recovery. Mostly
    its list has no flags; it may be built to tell them, and lists nothing without a valid image.
    But it has no echo, or answers its buffer sizes as a change, too. Neither harms anybody."""
    if state is None:
        return False
    if state.entries and not state.has_flags:
        return True
    parameters = client.parameters
    if parameters is not None and parameters.buf_count > 1:
        return False
    try:
        await client.request(Echo(""))
        return parameters is not None and await _ask(client, WriteParameters()) is not None
    except (MalformedPacket, Unanswered):
        return False
    except DeviceError as error:
        if error.is_congestion or error.is_busy:
            raise
        return error.is_unsupported


async def read_again(
    client: Client, facts: DeviceFacts, *, patience: Patience | None = None
) -> DeviceFacts:
    """The same facts with the image state as it is now. Raises like `survey`.

    patience: of this look; None: that of the request, and silence is looked into.
    """
    state, problem = await _ask_state(client, patience)
    return replace(facts, state=state, state_problem=problem)


async def _ask_system(client: Client) -> tuple[str | None, str | None, str | None]:
    """The system's name, its version, and the board: with one question, as far as the answer can
    be taken apart. A name of two words, or firmware that knows one letter at a time, is asked for
    each of them."""
    try:
        words = (await client.request(OsInfo("svi"))).split(" ")
    except Unanswered:
        return None, None, None
    except MalformedPacket:
        words = []
    except DeviceError as error:
        if error.is_congestion or error.is_busy:
            raise
        if error.is_unsupported:
            return None, None, None
        words = []
    if len(words) == 3 and all(words):
        return words[0], words[1], words[2]
    kernel = await _ask(client, OsInfo("s"))
    if kernel is None:
        return None, None, None
    return kernel, await _ask(client, OsInfo("v")), await _ask(client, OsInfo("i"))


async def _ask_state(
    client: Client, patience: Patience | None = None
) -> tuple[ImageState | None, SmpError | None]:
    """The image list, or what the device says instead of it."""
    try:
        return await client.request(ReadState(), patience=patience), None
    except (MalformedPacket, Unanswered) as error:
        return None, error
    except DeviceError as error:
        if error.is_congestion or error.is_busy:
            raise
        return None, None if error.is_unsupported else error


async def _ask(client: Client, request: Request[A]) -> A | None:
    """The answer, or None where this firmware has none. Other refusals count as no answer too,
    except those that tell of trouble: they are raised."""
    try:
        return await client.request(request)
    except (MalformedPacket, Unanswered):
        return None
    except DeviceError as error:
        if error.is_congestion or error.is_busy:
            raise
        return None
