"""What a job wants of a unit is judged as an engineer means it, whatever a unit answers."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.station.expectations import as_text, judge, words_of
from app.station.job import Ask, Expectation

BOARD, VERSION, SHELL = Ask.BOARD, Ask.VERSION, Ask.SHELL


@pytest.mark.parametrize(
    ("wanted", "good", "bad"),
    [
        (Expectation(BOARD, equals="a/b"), ["a/b"], ["a", "A/B", "a/b/c", ""]),
        (Expectation(BOARD, matches="nrf*/cpu?"), ["nrf5340dk/cpu1"], ["nrf/cpu", "xnrf/cpu1"]),
        (Expectation(SHELL, matches="*PASS"), ["ok PASS", "PASS"], ["PASS ok", "pass"]),
        (
            Expectation(VERSION, low="1.4.0", high="1.9"),
            ["1.4.0", "1.4.0+1", "1.9.0", "v1.5.2"],
            ["1.3.9", "1.9.0+1", "2.0", "unknown", ""],
        ),
        (Expectation(VERSION, low="1.4.0+7"), ["1.4.0.7", "1.4.1"], ["1.4.0", "1.4.0+6"]),
        (
            Expectation(SHELL, low="3000", high="3600"),
            ["3301 mV", "3000", "3.3e3", "3600", "0xce5"],
            ["2999", "3601", "mV 3301", "", "1e999"],
        ),
        (Expectation(SHELL, low="-5", high="-1"), ["-3", "-5.0"], ["-6", "0"]),
        (Expectation(SHELL, high="0", matches="?"), ["0"], ["-1", "1"]),
    ],
)
def test_a_value_is_good_or_bad_with_a_sentence(
    wanted: Expectation, good: list[str], bad: list[str]
) -> None:
    assert not [value for value in good if judge(wanted, value)]
    for value in bad:
        why = judge(wanted, value)
        assert why, value
        assert why[0].isupper()
        assert not why.endswith(".")


def test_a_bound_that_means_nothing_lets_nothing_pass() -> None:
    assert judge(Expectation(SHELL, low="much"), "5")
    assert judge(Expectation(VERSION, high="newest"), "1.0.0")


def test_nothing_wanted_is_always_good() -> None:
    assert not judge(Expectation(SHELL), "whatever")


@given(st.text(), st.sampled_from([SHELL, VERSION]), st.text(max_size=8))
def test_any_answer_is_judged(value: str, ask: Ask, bound: str) -> None:
    judge(Expectation(ask, low=bound, matches="*a*b*"), value)
    words_of(value)


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (b"S2-0042", "S2-0042"),
        (b"S2-0042\0", "S2-0042"),
        (b"", ""),
        (b"\x01\x00\x00\x00", "01000000"),
        (b"\xff\xfe", "fffe"),
        ("Grün".encode(), "Grün"),
        (b"a\nb", "610a62"),
    ],
)
def test_a_settings_value_is_text_where_it_is_one(value: bytes, text: str) -> None:
    assert as_text(value) == text


def test_a_command_is_taken_apart_as_shells_do() -> None:
    assert words_of('log "two words" x') == ("log", "two words", "x")
    assert words_of('say "open') == ("say", '"open')
