"""Telling MCUboot's serial recovery from the application, and getting out of it.

A bootloader that waits for a while for somebody to update it stays there once it was spoken to, and
the first look after a restart may be such a word. So where it answers it is restarted once more and
left alone for longer than it waits.

Mostly its image list has no flags. It can be built to tell them (`BOOT_SERIAL_IMG_GRP_IMAGE_STATE`)
and lists nothing without a valid image; then it is known by refusing what the application answered.
"""

from __future__ import annotations

import asyncio
import logging
from typing import Any

from smp.client import Client
from smp.commands.base import Request
from smp.commands.image import ImageState
from smp.commands.os import BootloaderName, Echo, OsInfo, TaskStatistics
from smp.errors import DeviceError, NoAnswer, SmpError
from smp.survey import DeviceFacts
from smp.text import Coded, Text
from smp.timing import Patience

log = logging.getLogger(__name__)

_BRIEF = Patience((1.5, 1.5), adaptive=False)


def is_bootloaders(before: ImageState, now: ImageState) -> bool:
    """The application told flags of its images; who tells none now is its bootloader."""
    return any(entry.active for entry in before.entries) and not now.has_flags


class Bootloader:
    """Of one device."""

    def __init__(self, client: Client, quiet: float) -> None:
        """quiet: seconds for which it is left alone."""
        self._client = client
        self._quiet = quiet
        self._question: Request[Any] | None = None
        """What the application answered, and a bootloader has not."""
        self.is_target = False
        """The update is its own business: it was sent there, or found there."""

    def know(self, facts: DeviceFacts) -> None:
        """What the application tells."""
        self.is_target = facts.in_recovery
        if facts.in_recovery:
            # Who was found there has not told what its application answers; each has an echo.
            self._question = self._question or Echo("")
            return
        self._question = None
        if facts.kernel is not None:
            self._question = OsInfo("s")
        elif facts.bootloader is not None:
            self._question = BootloaderName()
        elif facts.family.is_mynewt:
            self._question = TaskStatistics()

    async def know_anew(self) -> None:
        """Other firmware runs: find out what it answers. Never raises."""
        question, self._question = self._question, None
        if question is not None and await self._refuses(question) is False:
            self._question = question

    async def took_over(self, before: ImageState, now: ImageState) -> bool:
        """It answers in the place of the application that is updated. Never raises."""
        return not self.is_target and await self.answers(before, now)

    def was_left(self, before: ImageState, now: ImageState, sent: tuple[bytes, ...]) -> bool:
        """It is updated, and an application answers in its place, not the one it was sent."""
        if not self.is_target or any(entry.active for entry in before.entries):
            return False
        return any(entry.active and entry.hash not in sent for entry in now.entries)

    async def answers(self, before: ImageState, now: ImageState) -> bool:
        """Whether `now` is its list, and `before` the application's. Never raises."""
        return is_bootloaders(before, now) or await self.answers_now()

    async def answers_now(self) -> bool:
        """It refuses what the application answered. Never raises."""
        return self._question is not None and await self._refuses(self._question) is True

    async def leave(self) -> bool:
        """Restart it. False: it does not let itself be restarted, or is gone."""
        try:
            await self._client.reset()
        except SmpError as error:
            log.info("the bootloader refuses the restart: %s", error)
            return False
        return True

    async def leave_alone(self) -> None:
        await asyncio.sleep(self._quiet)

    def error_of_leaving(self) -> NoAnswer:
        return NoAnswer(
            Coded(
                "recovery-left",
                "{device} has left its serial recovery",
                device=self._client.transport.name,
            ),
            why=Text(
                "Its application answers: it restarted, or its recovery ended because nobody spoke "
                "to it for a while"
            ),
            next_step=Text("Start the update again"),
            is_explained=True,
        )

    def error(self) -> NoAnswer:
        return NoAnswer(
            Coded(
                "bootloader-answers",
                "{device} has restarted, and its bootloader answers",
                device=self._client.transport.name,
            ),
            why=Text("It is in serial recovery: its application does not run"),
            next_step=Text(
                "Switch the device off and on, wait until its application runs, then start the "
                "update again"
            ),
            is_explained=True,
        )

    async def _refuses(self, question: Request[Any]) -> bool | None:
        """None: nobody knows."""
        try:
            await self._client.request(question, patience=_BRIEF)
        except DeviceError as error:
            return True if error.is_unsupported else None
        except SmpError:
            return None
        return False
