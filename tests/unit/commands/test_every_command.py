"""What holds for every command of every group, also for those that are added."""

from __future__ import annotations

import importlib
import inspect
from pathlib import Path
from typing import Any

import pytest

import smp
from app.log.packet_words import packet_words
from smp.commands.base import Command, Request
from smp.packet import Group, Op, Packet

FOLDER = Path(smp.__file__).parent / "commands"
MODULES = sorted(path.stem for path in FOLDER.glob("*.py") if path.stem not in ("__init__", "base"))
COMMANDS = [
    kind
    for name in MODULES
    for kind in vars(importlib.import_module(f"smp.commands.{name}")).values()
    if inspect.isclass(kind)
    and issubclass(kind, Request)
    and kind not in (Request, Command)
    and kind.__module__ == f"smp.commands.{name}"
]


@pytest.mark.parametrize("command", COMMANDS)
def test_it_says_what_it_is(command: type[Request[Any]]) -> None:
    assert command.op in (Op.READ, Op.WRITE)
    assert command.title, "it stands in 'The device refused ...'"
    assert command.group in set(Group) or command.group >= Group.FIRST_APPLICATION


@pytest.mark.parametrize("command", COMMANDS)
def test_the_log_has_words_for_it(command: type[Request[Any]]) -> None:
    packet = Packet(command.op, command.group, command.command, 7, b"\xa0")
    assert not packet_words(packet.to_bytes()).startswith("group ")
    assert " command " not in packet_words(packet.to_bytes())


@pytest.mark.parametrize("module", MODULES)
def test_its_group_is_public_and_has_tests(module: str) -> None:
    assert f"smp.commands.{module} " in str(smp.__doc__)
    assert (Path(__file__).parent / f"test_commands_{module}.py").exists()
