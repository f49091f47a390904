"""What is written to a unit is what the job says, and nothing of it is assumed."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.station.job import UnitWrite
from app.station.outcomes import StationError
from app.station.unit_writes import carries_serial, filled

VALUES = {"serial": "S2-0042", "date": "2026-11-27", "operator": "Ada", "station": "L1"}


def test_names_in_braces_are_filled_in() -> None:
    assert filled("{serial}/{date}", VALUES) == "S2-0042/2026-11-27"
    assert filled("plain", VALUES) == "plain"
    assert filled("{", VALUES) == "{"


@pytest.mark.parametrize("value", ["{unit}", "{serial.__class__}", "{serial!r}", "{0}", "{}"])
def test_other_names_are_refused(value: str) -> None:
    with pytest.raises(StationError, match="means nothing") as caught:
        filled(value, VALUES)
    assert caught.value.what.code == "station-write-unknown"
    assert "{serial}" in caught.value.next_step


@given(st.text(max_size=50))
def test_what_a_value_brings_is_not_filled_in_again(text: str) -> None:
    assert filled("{operator}", {**VALUES, "operator": text}) == text


def test_whether_the_serial_number_is_written() -> None:
    assert carries_serial([UnitWrite("a", "x"), UnitWrite("b", "n-{serial}")])
    assert not carries_serial([UnitWrite("a", "serial")])
    assert not carries_serial([])
