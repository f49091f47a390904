"""What the Bluetooth group of the list says, from what is wrong and which adapters there are."""

from __future__ import annotations

from dataclasses import dataclass

import pytest

from app.presenters.bluetooth import SYSTEM, bluetooth_group
from smp.bluetooth import words
from smp.errors import LinkError


@dataclass(frozen=True)
class Adapter:
    name: str
    address: str = "00:1A:7D:DA:71:13"
    powered: bool = True


ONE = (Adapter("hci0"),)
TWO = (Adapter("hci0"), Adapter("hci1", "00:1A:7D:DA:71:14", powered=False))


@pytest.mark.parametrize("problem", [words.no_adapter(""), words.no_bus("")])
def test_computer_without_a_radio_is_told_in_one_line(problem: LinkError) -> None:
    group = bluetooth_group(problem, (), "", rests_for_update=False)
    assert group.note == problem.what
    assert problem.next_step in group.hint, "who wants one finds out how"
    assert problem.command in group.hint


@pytest.mark.parametrize(
    "problem",
    [
        words.switched_off(""),
        words.service_stopped(""),
        words.denied(""),
        words.no_adapter("", "hci1"),
    ],
)
def test_what_can_be_mended_comes_with_its_next_step(problem: LinkError) -> None:
    group = bluetooth_group(problem, ONE, "", rests_for_update=False)
    typed = f" In a terminal: {problem.command}" if problem.command else ""
    assert group.note == f"{problem.what}. {problem.next_step}.{typed}"
    assert group.hint == f"{problem}{typed}"
    assert problem.why.rstrip(".") in group.hint


def test_rest_for_an_update_is_told_beside_the_name() -> None:
    group = bluetooth_group(None, ONE, "", rests_for_update=True)
    assert (group.aside, group.note) == ("Paused during the update", "")
    assert "speed" in group.hint
    broken = bluetooth_group(words.switched_off(""), ONE, "", rests_for_update=True)
    assert (broken.aside, bool(broken.note)) == ("", True), "first what is wrong"
    quiet = bluetooth_group(None, ONE, "", rests_for_update=False)
    assert (quiet.aside, quiet.note, quiet.hint) == ("", "", "")


def test_adapter_is_a_choice_only_where_there_are_several() -> None:
    assert bluetooth_group(None, (), "", rests_for_update=False).choice is None
    assert bluetooth_group(None, ONE, "", rests_for_update=False).choice is None
    assert bluetooth_group(None, ONE, "hci0", rests_for_update=False).choice is None
    choice = bluetooth_group(None, TWO, "", rests_for_update=False).choice
    assert choice is not None
    assert choice.chosen == SYSTEM
    assert [option.words for option in choice.options] == [
        "As the system chooses",
        "hci0 · 00:1A:7D:DA:71:13",
        "hci1 · 00:1A:7D:DA:71:14, switched off",
    ]


def test_remembered_adapter_that_is_gone_can_be_left() -> None:
    choice = bluetooth_group(None, ONE, "hci1", rests_for_update=False).choice
    assert choice is not None
    assert [(o.words, o.enabled) for o in choice.options][-1] == ("hci1, not there", False)
    assert choice.chosen == choice.options[-1].key
