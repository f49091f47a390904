"""The work sheet as text and as CSV: whole, in order, harmless for spreadsheets."""

from __future__ import annotations

import csv
import io
from types import SimpleNamespace
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from app.controllers.worksheet import Worksheet
from app.presenters.sheet_copy import as_csv, as_text
from smp.address import Address
from smp.discovery import Found
from smp.text import Text
from smp.update.verdict import Ending, Outcome, Running, Verdict, only_part


def device(name: str = "sensor-1", *files: str) -> Any:
    """As much of one as is asked for: a name, an address, what was done."""
    found = Found(Address("serial", "/dev/ttyACM0"), Text("{name}", name=name))
    sheet = Worksheet()
    for file in files or ("app.bin",):
        parts = only_part(Running("1.4.2", bytes(32), True), Running("1.3.0", bytes(32), True))
        said = Text("Running {version}, confirmed", version="1.4.2")
        sheet.enter(
            found, "1.4.2", file, Verdict(Outcome.UPDATED, Ending.PROVEN, said, parts=parts)
        )
    return SimpleNamespace(name=name, found=found, sheet=sheet)


def rows(text: str) -> list[list[str]]:
    return list(csv.reader(io.StringIO(text)))


def test_a_line_says_when_what_became_of_which_device() -> None:
    one, other = device("one"), device("two", "app.bin", "app-b.bin")
    other.sheet.done.reverse()
    lines = as_text([other, one]).splitlines()
    assert [line.split("  ")[1].partition(" ")[0] for line in lines] == ["one", "two", "two"]
    assert "Running 1.4.2, confirmed" in lines[0]
    assert "file app.bin" in lines[0]
    head, *told = rows(as_csv([other, one]))
    assert head[:3] == ["Time", "Device", "Address"]
    assert [row[1] for row in told] == ["one", "two", "two"]
    assert told[0][3:7] == ["1.3.0", "1.4.2", "app.bin", "updated"]


def test_nothing_was_done_says_nothing() -> None:
    idle = device()
    idle.sheet.clear()
    assert as_text([idle]) == ""
    assert len(rows(as_csv([idle]))) == 1


@given(name=st.text(max_size=40), file=st.text(max_size=40))
def test_no_name_becomes_a_formula_a_cell_or_a_line(name: str, file: str) -> None:
    for start in ("", "=", "+", "-", "@", "\t=", "\r\n", '"', ";"):
        one = device(start + name, start + file)
        told = rows(as_csv([one]))
        assert [len(row) for row in told] == [8, 8]
        assert not any(cell.startswith(("=", "+", "-", "@", "\t", "\r")) for cell in told[1])
        assert as_text([one]).count("\n") == 1
