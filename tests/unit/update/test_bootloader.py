"""By what a bootloader that answers is told from the application: it refuses what that answered."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from smp.client import Client
from smp.commands.image import ImageEntry, ImageState
from smp.errors import DeviceError, MalformedPacket, SmpError
from smp.packet import Packet
from smp.survey import DeviceFacts
from smp.text import Coded
from smp.update.bootloader import Bootloader, is_bootloaders
from tests.helpers.clock import Clock
from tests.helpers.memory_link import MemoryTransport
from tests.helpers.planning import OLD, device, entry, make_plan
from tests.helpers.updating import new_image

SYSTEM, BOOTLOADER_INFO = (0, 7), (0, 8)
APPLICATION = ImageState((entry(),))
BARE = ImageState((ImageEntry(0, 0, "1.3.0", OLD),), has_flags=False)
ZEPHYR = replace(device(), kernel="Zephyr", bootloader="MCUboot")
NAMES_ITS_BOOTLOADER = replace(ZEPHYR, kernel=None)
TELLS_NOTHING = replace(ZEPHYR, kernel=None, bootloader=None)


class Answering:
    """A device that answers these questions, refuses others, and keeps silent if told to."""

    def __init__(self, *answered: tuple[int, int]) -> None:
        self.answered, self.silent = set(answered), False
        self.link = MemoryTransport()
        self.link.server.on_request = self._answer
        self.bootloader = Bootloader(Client(self.link), 12.0)

    async def connect(self) -> Bootloader:
        await self.bootloader._client.connect()
        return self.bootloader

    def _answer(self, packet: Packet) -> dict[str, Any] | str | None:
        what = (packet.group, packet.command)
        if what not in (SYSTEM, BOOTLOADER_INFO):
            return None
        if self.silent:
            return "silence"
        told = {"output": "Zephyr"} if what == SYSTEM else {"bootloader": "MCUboot"}
        return told if what in self.answered else {"rc": 8}


@pytest.mark.parametrize(
    ("facts", "answered", "is_it"),
    [
        (ZEPHYR, (SYSTEM, BOOTLOADER_INFO), False),
        (ZEPHYR, (BOOTLOADER_INFO,), True),
        (NAMES_ITS_BOOTLOADER, (SYSTEM, BOOTLOADER_INFO), False),
        (NAMES_ITS_BOOTLOADER, (SYSTEM,), True),
        (TELLS_NOTHING, (), False),
        (replace(ZEPHYR, in_recovery=True), (), False),
    ],
)
async def test_it_refuses_what_the_application_answered(
    clock: Clock, facts: DeviceFacts, answered: tuple[tuple[int, int], ...], is_it: bool
) -> None:
    device = Answering(*answered)
    bootloader = await device.connect()
    assert not await bootloader.answers_now(), "nothing is known yet"
    bootloader.know(facts)
    assert await bootloader.answers_now() is is_it
    assert await bootloader.answers(APPLICATION, APPLICATION) is is_it
    assert await bootloader.answers(APPLICATION, BARE)
    device.silent = True
    assert not await bootloader.answers_now(), "silence is no refusal"


@pytest.mark.parametrize(("answered", "is_known"), [((SYSTEM,), True), ((), False)])
async def test_other_firmware_is_asked_what_it_answers(
    clock: Clock, answered: tuple[tuple[int, int], ...], is_known: bool
) -> None:
    device = Answering(*answered)
    bootloader = await device.connect()
    bootloader.know(ZEPHYR)
    await bootloader.know_anew()
    device.answered.clear()
    assert await bootloader.answers_now() is is_known


def test_a_list_without_flags_is_no_applications() -> None:
    assert is_bootloaders(APPLICATION, BARE)
    assert not is_bootloaders(APPLICATION, APPLICATION)
    assert not is_bootloaders(BARE, BARE)


# -- a device that does not tell its images -------------------------------------------------------


@pytest.mark.parametrize(
    ("problem", "why"),
    [
        (
            DeviceError(8, request="its images"),
            "This firmware does not have that command ({detail})",
        ),
        (
            MalformedPacket(Coded("odd", "The list is odd")),
            "The device sent something this program cannot understand (The list is odd)",
        ),
    ],
)
def test_why_a_device_does_not_tell_its_images_is_passed_on(problem: SmpError, why: str) -> None:
    plan = make_plan(replace(device(), state=None, state_problem=problem), new_image())
    assert plan.obstacle is not None
    assert plan.obstacle.what.code == "images-not-told"
    assert plan.obstacle.why == why.format(detail=problem.detail)
    assert plan.obstacle.next_step == problem.next_step
