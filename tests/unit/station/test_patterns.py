"""Patterns of * ? #: what fits, and that none can keep the program busy."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.station.patterns import fits


@pytest.mark.parametrize(
    ("pattern", "text"),
    [
        ("", ""),
        ("*", ""),
        ("*", "anything"),
        ("S2-*", "S2-000001"),
        ("*ok*", "all ok here"),
        ("a?c", "abc"),
        ("a*b*c", "a-b-b-c"),
        ("[x]", "[x]"),
    ],
)
def test_what_fits(pattern: str, text: str) -> None:
    assert fits(pattern, text)


@pytest.mark.parametrize(
    ("pattern", "text"),
    [("", "a"), ("?", ""), ("S2-*", "s2-1"), ("a?c", "ac"), ("*x", "xy"), ("a*b*c", "a-c-b")],
)
def test_what_does_not(pattern: str, text: str) -> None:
    assert not fits(pattern, text)


def test_a_digit_is_meant_where_numbers_are() -> None:
    assert fits("S2-####", "S2-0042", digits=True)
    assert not fits("S2-####", "S2-004x", digits=True)
    assert not fits("#", "٣", digits=True)
    assert fits("#1", "#1")
    assert not fits("#1", "11")


@given(st.text("ab*?", max_size=8), st.text("ab", max_size=12))
def test_it_is_what_a_regular_expression_says(pattern: str, text: str) -> None:
    marks = {"*": ".*", "?": "."}
    expression = "".join(marks.get(each, re.escape(each)) for each in pattern)
    assert fits(pattern, text) == (re.fullmatch(expression, text) is not None)


def test_the_worst_pattern_ends() -> None:
    """A million steps at most; a backtracking one would take longer than there is time."""
    assert not fits("*a" * 99 + "*b", "a" * 2000)
    assert not fits("*" * 201, "a")
    assert not fits("*", "a" * 2001)
