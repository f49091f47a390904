"""Errors: whatever goes wrong, whoever is told of it gets a next step."""

from __future__ import annotations

import ast
import importlib
import pkgutil
from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

import smp
from smp.errors import BeginningRefused, DeviceError, LinkNotFound, SmpError
from smp.simulator import SimulatorHost
from smp.simulator.loopback import LoopbackTransport
from smp.text import Coded, Text, outside
from smp.update.endings import broken
from smp.update.events import Step
from smp.update.restart import NeverBack
from tests.helpers.clock import Clock
from tests.helpers.sink import RecordingSink
from tests.helpers.updating import small
from tests.unit.test_house import ELSEWHERE, modules


def _kinds(of: type[SmpError]) -> Iterator[type[SmpError]]:
    yield of
    for kind in of.__subclasses__():
        yield from _kinds(kind)


def _all_kinds() -> list[type[SmpError]]:
    for module in pkgutil.walk_packages(smp.__path__, "smp."):
        if not module.name.endswith("__main__") and module.name not in ELSEWHERE:
            importlib.import_module(module.name)
    return sorted(set(_kinds(SmpError)), key=lambda kind: kind.__name__)


KINDS = _all_kinds()

st.register_type_strategy(Text, st.text().map(outside))
st.register_type_strategy(
    Coded, st.text().map(lambda words: Coded("made-up", "{words}", words=words))
)


def _errors(kind: type[SmpError]) -> st.SearchStrategy[SmpError]:
    if kind is NeverBack:
        return st.builds(NeverBack, st.floats(0, 100), st.none() | st.builds(SmpError))
    if kind is BeginningRefused:
        return st.builds(DeviceError).map(BeginningRefused.of)
    return st.builds(kind)


def test_there_are_kinds() -> None:
    assert len(KINDS) > 20


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.__name__)
@given(data=st.data())
def test_every_error_has_a_next_step(kind: type[SmpError], data: st.DataObject) -> None:
    error = data.draw(_errors(kind))
    assert error.next_step.strip()
    for step in (None, *Step):
        verdict = broken.broken(error, broken.Reached(step))
        assert verdict.next_step.strip(), step


@given(code=st.integers(), group=st.none() | st.integers(0, 70), words=st.text())
def test_every_code_has_a_next_step(code: int, group: int | None, words: str) -> None:
    error = DeviceError(code, group=group, reason=words, request=words)
    assert error.next_step.strip()
    assert error.why.strip()


@given(step=st.text())
def test_a_step_that_is_given_is_the_one_that_is_told(step: str) -> None:
    told = Text("{step}", step=step)
    error = SmpError(Coded("failed", "It failed"), next_step=told)
    assert error.next_step == (told if told.strip() else SmpError.usual_step)


def test_no_error_is_made_with_an_empty_step() -> None:
    """Nor is one taken away afterwards."""
    for folder in ("smp", "app"):
        for path, tree in modules(folder):
            for node in ast.walk(tree):
                if isinstance(node, ast.keyword) and node.arg == "next_step":
                    assert not _is_empty(node.value), f"{path}:{node.value.lineno}"
                if isinstance(node, ast.Assign) and _is_empty(node.value):
                    names = [getattr(target, "attr", "") for target in node.targets]
                    assert "next_step" not in names, f"{path}:{node.lineno}"


async def test_a_simulated_device_that_is_off_is_told_with_a_next_step(clock: Clock) -> None:
    host = SimulatorHost(small("usb"))
    host.start()
    host.power_off()
    with pytest.raises(LinkNotFound) as caught:
        await LoopbackTransport(host).open(RecordingSink())
    assert "connect to it again" in caught.value.next_step
    host.close()


def _is_empty(node: ast.expr) -> bool:
    return isinstance(node, ast.Constant) and node.value == ""
