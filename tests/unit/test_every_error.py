"""Every error, obstacle, check and question has a test that provokes it, and an entry in the help.

tests/provoked.toml names the test for each code; that it does so is watched while it runs
(tests/helpers/provoked.py). The endings of updates and the numbers of devices are gone through
here.
"""

from __future__ import annotations

import ast
import asyncio
from collections.abc import Iterator
from dataclasses import replace
from functools import cache
from pathlib import Path

import pytest

from app.help_pages import Library
from app.lib.resources import resource
from app.presenters import places
from smp.client import Client
from smp.errors import DeviceError
from smp.packet import Op, Packet, encode_body
from smp.transport.base import Sink, Transport
from smp.update.verdict import Ending
from tests.help_pages.answers import GROUPS, numbers
from tests.help_pages.every_error import who_demands
from tests.help_pages.said import everything
from tests.helpers.clock import Clock
from tests.helpers.provoked import claimed, table

ROOT = Path(__file__).resolve().parents[2]
HELP = Library.read(resource("help"))


def test_every_code_is_provoked_by_a_test_or_says_why_none_can() -> None:
    provoked, not_here = set(table()["provoked"]), set(table()["not-here"])
    assert provoked | not_here == set(everything())
    assert not provoked & not_here
    assert all(len(why.split()) > 3 for why in table()["not-here"].values())


@pytest.mark.parametrize("code", everything())
def test_every_code_is_in_the_help(code: str) -> None:
    pages = [HELP.pages[name] for name in (places.ERRORS, places.CHECKS)]
    assert [page.section(code) is not None for page in pages].count(True) == 1


@pytest.mark.parametrize("test", claimed())
def test_a_test_that_is_named_is_there(test: str) -> None:
    """By its file and function; that it provokes what it is named for it says when it runs."""
    file, _, function = test.partition("::")
    assert function.partition("[")[0] in _functions(file)


@cache
def _functions(file: str) -> set[str]:
    """Those whose values are not made up: another run of them may provoke something else."""
    tree = ast.parse((ROOT / file).read_text("utf-8"))
    kinds = (ast.FunctionDef, ast.AsyncFunctionDef)
    return {
        node.name
        for node in ast.walk(tree)
        if isinstance(node, kinds)
        and not any("given(" in ast.unparse(d) for d in node.decorator_list)
    }


@pytest.mark.parametrize("ending", Ending)
def test_every_ending_is_demanded_by_a_test_and_in_the_help(ending: Ending) -> None:
    assert who_demands()[ending]
    assert HELP.pages[places.VERDICTS].section(ending.value) is not None


# -- a device's numbers ---------------------------------------------------------------------------


class _Refusing(Transport):
    """A device that answers every request with this error."""

    kind = "memory"
    name = "refusing"

    def __init__(self, body: dict[str, object]) -> None:
        self._body = encode_body(body)
        self._sink: Sink | None = None

    async def open(self, sink: Sink) -> None:
        self._sink = sink

    async def close(self) -> None:
        self._sink = None

    def send(self, packet: bytes) -> None:
        asked = Packet.from_bytes(packet)
        answer = replace(asked, op=Op(asked.op).answer, payload=self._body)
        asyncio.get_running_loop().call_soon(self._deliver, answer.to_bytes())

    def _deliver(self, answer: bytes) -> None:
        if self._sink is not None:
            self._sink.received(answer)


def _all_numbers() -> Iterator[tuple[int | None, int]]:
    return ((group, code) for group in GROUPS for code in numbers(group))


@pytest.mark.parametrize(("group", "code"), list(_all_numbers()))
async def test_every_number_of_a_device_is_said_and_in_the_help(
    clock: Clock, group: int | None, code: int
) -> None:
    told = {"rc": code} if group is None else {"err": {"group": group, "rc": code}}
    client = Client(_Refusing(told))
    async with client:
        with pytest.raises(DeviceError) as caught:
            await client.echo("hello")
    error = caught.value
    assert (error.code, error.group) == (code, group)
    assert error.why
    assert error.next_step
    page, anchor = HELP.found(places.of_error(error))
    assert (page, anchor) == (places.ANSWERS, places.answer_anchor(code, group))
