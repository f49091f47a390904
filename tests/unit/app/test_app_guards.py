"""The groups of checks that a person decides on."""

from __future__ import annotations

import pytest

from app.presenters.guards import FORBID, GUARDS, WARN, Guard, decided, guard_facts
from smp.update.findings import FINDINGS
from smp.update.product import FOREIGN


def test_every_check_of_a_group_may_forbid_and_belongs_to_one_group() -> None:
    codes = [code for guard in GUARDS for code in guard.codes]
    assert len(set(codes)) == len(codes)
    assert set(codes) <= FINDINGS
    assert FOREIGN in [guard.codes for guard in GUARDS]
    assert all(guard.choice == WARN for guard in guard_facts(()))


@pytest.mark.parametrize("guard", GUARDS, ids=lambda guard: guard.key)
def test_a_choice_changes_its_group_alone(guard: Guard) -> None:
    key = guard.key
    before = ("image-list-odd", "unknown-code-of-another-version")
    chosen = decided(before, key, FORBID)
    shown = {each.key: each.choice for each in guard_facts(chosen)}
    assert [name for name, choice in shown.items() if choice == FORBID] == [key]
    assert decided(chosen, key, FORBID) == chosen
    assert decided(chosen, key, WARN) == before
    some = chosen[:-1]
    if len(some) > len(before):
        (part,) = [each for each in guard_facts(some) if each.key == key]
        assert part.choice == ""
        assert some[-1] in part.words
