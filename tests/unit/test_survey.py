"""What is asked of a device to know it: the system with one question where that is enough."""

from __future__ import annotations

from typing import Any

import pytest

from smp.client import Client
from smp.packet import Packet
from smp.survey import survey
from tests.helpers.clock import Clock
from tests.helpers.memory_link import MemoryTransport

FACTS = {"s": "Zephyr", "v": "4.4.0", "i": "nrf52840dk/nrf52840"}
INVALID: dict[str, Any] = {"err": {"group": 0, "rc": 2}}
TOO_LONG: dict[str, Any] = {"rc": 7}
UNSUPPORTED: dict[str, Any] = {"rc": 8}


async def asked(
    facts: dict[str, str], *, together: dict[str, Any] | str | None = None
) -> tuple[list[str], tuple[str | None, ...]]:
    """The letters it was asked for, one entry a request, and what the survey made of it.

    together: the answer to several letters at once; None: as Zephyr, one word after the other.
    """
    transport = MemoryTransport()
    letters: list[str] = []

    def answer(packet: Packet) -> dict[str, Any] | str | None:
        if (packet.group, packet.command) != (0, 7):
            return None
        wanted = str(packet.body()["format"])
        if not letters or letters[-1] != wanted:
            letters.append(wanted)
        if len(wanted) > 1 and together is not None:
            return together
        if together == UNSUPPORTED:
            return together
        return {"output": " ".join(facts[letter] for letter in wanted)}

    transport.server.on_request = answer
    async with Client(transport) as client:
        found = await survey(client)
    return letters, (found.kernel, found.kernel_version, found.board)


async def test_the_system_is_asked_for_with_one_question(clock: Clock) -> None:
    assert await asked(FACTS) == (["svi"], tuple(FACTS.values()))


@pytest.mark.parametrize(
    "facts",
    [
        {**FACTS, "s": "Vendor OS"},
        {**FACTS, "v": "4.4.0 of today"},
        {**FACTS, "i": "board 7"},
        {**FACTS, "v": ""},
        {**FACTS, "s": "Vendor OS", "v": ""},
    ],
)
async def test_words_that_cannot_be_told_apart_are_asked_for_each(
    clock: Clock, facts: dict[str, str]
) -> None:
    letters, found = await asked(facts)
    assert letters == ["svi", "s", "v", "i"]
    assert found == tuple(facts.values())


@pytest.mark.parametrize(
    "together", [INVALID, TOO_LONG, {"output": "Zephyr"}, {"output": 5}, {"rc": 0}]
)
async def test_firmware_that_knows_one_letter_at_a_time_is_asked_for_each(
    clock: Clock, together: dict[str, Any]
) -> None:
    assert await asked(FACTS, together=together) == (["svi", "s", "v", "i"], tuple(FACTS.values()))


@pytest.mark.parametrize("together", [UNSUPPORTED, "silence"])
async def test_firmware_that_tells_nothing_is_asked_once(
    clock: Clock, together: dict[str, Any] | str
) -> None:
    assert await asked(FACTS, together=together) == (["svi"], (None, None, None))
