"""Telling Apache Mynewt by harmless questions: which are asked, and what answers mean."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from smp.commands.base import Request
from smp.commands.logs import ListLogs
from smp.commands.os import MemoryPools, OsInfo, Pool, ReadDateTime, Task, TaskStatistics
from smp.errors import DeviceError, NoAnswer, OddAnswer
from smp.family import Family
from smp.packet import Op
from smp.recognition import recognise
from smp.text import Coded

UNSUPPORTED = DeviceError(8)
SILENCE = NoAnswer(Coded("no-answer", "No answer from {name}", name="x"))
POOL = (Pool("msys_1", 292, 12, 9, 8),)
TASKS = (
    Task("idle", 255, 1, 0, 0, 0, 0),
    Task("main", 127, 1, 0, 0, 0, 0),
)
CLOCK = datetime(1970, 1, 1, 0, 0, 1, 520000, tzinfo=UTC)


class Server:
    """Answers by kind of request; what is not named is refused."""

    def __init__(self, answers: dict[type[Request[Any]], Any]) -> None:
        self.answers = answers
        self.asked: list[type[Request[Any]]] = []

    async def ask(self, request: Request[Any]) -> Any:
        assert request.op is Op.READ
        self.asked.append(type(request))
        answer = self.answers.get(type(request), UNSUPPORTED)
        if isinstance(answer, Exception):
            raise answer
        return answer


@pytest.mark.parametrize(
    "sign",
    [
        {MemoryPools: POOL},
        {TaskStatistics: TASKS},
        {ReadDateTime: CLOCK},
        {ListLogs: ("log",)},
        {MemoryPools: SILENCE, TaskStatistics: TASKS},
    ],
)
async def test_one_sign_is_enough(sign: dict[type[Request[Any]], Any]) -> None:
    server = Server(sign)
    assert await recognise(server.ask, UNSUPPORTED) is Family.MYNEWT
    assert server.asked[-1] is list(sign)[-1], "nothing more is asked then"


async def test_old_firmware_is_known_by_its_refusal() -> None:
    server = Server({})
    assert await recognise(server.ask, DeviceError(5)) is Family.OLD_MYNEWT
    assert not server.asked


@pytest.mark.parametrize(
    "answers",
    [
        {},
        {OsInfo: "Zephyr", MemoryPools: POOL},
        {MemoryPools: (Pool("0", 384, 4, 3, 3),)},
        {TaskStatistics: (Task("idle", 15, 0, 0, 0, 0, 0), Task("main", 0, 0, 0, 0, 0, 0))},
        {ReadDateTime: datetime(2026, 1, 1)},  # noqa: DTZ001
        {ReadDateTime: datetime(2026, 1, 1, tzinfo=UTC)},
    ],
)
async def test_what_others_answer_is_no_sign(answers: dict[type[Request[Any]], Any]) -> None:
    assert await recognise(Server(answers).ask, None) is Family.OTHER


async def test_who_names_its_system_is_asked_nothing_more() -> None:
    server = Server({OsInfo: "Zephyr"})
    await recognise(server.ask, UNSUPPORTED)
    assert server.asked == [OsInfo]


@pytest.mark.parametrize(
    "trouble", [SILENCE, OddAnswer(Coded("answer-lacks-tasks", "x")), DeviceError(2)]
)
async def test_trouble_leaves_it_unsure(trouble: Exception) -> None:
    assert await recognise(Server({TaskStatistics: trouble}).ask, None) is Family.UNSURE


def test_who_is_not_sure_is_careful() -> None:
    assert [family for family in Family if family.may_be_mynewt] == [
        Family.MYNEWT,
        Family.OLD_MYNEWT,
        Family.UNSURE,
    ]
    assert [family for family in Family if family.is_mynewt] == [
        Family.MYNEWT,
        Family.OLD_MYNEWT,
    ]
