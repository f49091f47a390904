"""The rows of a device: each slot says whose it is, and an unlisted core is not called empty."""

from __future__ import annotations

import pytest

from app.rows import slot_rows
from smp.survey import DeviceFacts
from smp.update.facts_record import facts_json
from tests.helpers.planning import device, entry, recovery, slots

TWO = (*slots(1000, 1000), *slots(2000, 2000, image=1))


def rows(facts: DeviceFacts) -> list[tuple[str, str]]:
    told = [(str(label), str(words)) for label, words in slot_rows(facts)]
    return [(label, words) for label, words in told if not words.startswith("size")]


def test_an_unlisted_core_is_told_with_its_number() -> None:
    assert rows(device(entry(), slots=TWO)) == [
        ("Image 0 slot 0", "1.3.0, running, confirmed  hash 6f6c 6420 …"),
        ("Image 0 slot 1", "empty"),
        ("Image 1 slot 0", "not listed: the device does not tell what runs there"),
        ("Image 1 slot 1", "empty"),
    ]


def test_what_waits_for_it_is_listed() -> None:
    told = dict(rows(device(entry(), entry("2.0.0", 1, 1), slots=TWO)))
    assert told["Image 1 slot 0"].startswith("not listed")
    assert told["Image 1 slot 1"].startswith("2.0.0")


@pytest.mark.parametrize(
    "facts",
    [
        device(entry(), entry("2.0.0", 0, 1), slots=TWO),
        device(entry(), slots=slots(1000, 1000)),
        device(entry("1.3.0", 1, active=True), slots=slots(1000, 1000)),
        recovery(entry(), slots=TWO),
    ],
    ids=["it is listed", "one image", "it runs from slot 1", "its recovery lists what is whole"],
)
def test_who_lists_all_has_nothing_unlisted(facts: DeviceFacts) -> None:
    assert not [words for _, words in rows(facts) if "not listed" in words]
    assert all(slot["listed"] for slot in facts_json(facts, "x")["slots"])  # type: ignore[attr-defined]


def test_programs_are_told_too() -> None:
    made = facts_json(device(entry(), slots=TWO), "x")["slots"]
    assert [slot["listed"] for slot in made] == [True, True, False, True]  # type: ignore[attr-defined]
