"""Quantities in words."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.lib import wording

N = wording.THIN
S = wording.NBSP


@pytest.mark.parametrize(
    ("count", "words"),
    [
        (0, f"0{N}B"),
        (812, f"812{N}B"),
        (1_000, f"1{N}kB"),
        (214_900, f"214.9{N}kB"),
        (480_000, f"480{N}kB"),
        (999_940, f"999.9{N}kB"),
        (999_960, f"1{N}MB"),
        (1_048_576, f"1.05{N}MB"),
        (3_200_000_000, f"3.2{N}GB"),
    ],
)
def test_sizes(count: int, words: str) -> None:
    assert wording.size(count) == words


def test_part_and_whole_share_the_unit() -> None:
    assert wording.size_of(214_300, 480_000) == f"214.3 of 480{N}kB"
    assert wording.size_of(0, 480_000) == f"0 of 480{N}kB"
    assert wording.size_of(131_100, 1_490_000) == f"0.13 of 1.49{N}MB"
    assert wording.size_of(3, 400) == f"3 of 400{N}B"


@pytest.mark.parametrize(
    ("rate", "words"),
    [
        (0.0, f"0.0{N}kB/s"),
        (40.0, f"0.04{N}kB/s"),
        (7_100, f"7.1{N}kB/s"),
        (99_949, f"99.9{N}kB/s"),
        (123_400, f"123{N}kB/s"),
        (1_250_000, f"1.2{N}MB/s"),
    ],
)
def test_rates(rate: float, words: str) -> None:
    assert wording.rate(rate) == words


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        (0.01, f"less than 0.1{N}s"),
        (0.3, f"0.3{N}s"),
        (2.0, f"2{N}s"),
        (9.4, f"9.4{N}s"),
        (9.96, f"10{N}s"),
        (12.4, f"12{N}s"),
        (59.6, f"1{N}min"),
        (72, f"1{N}min{S}12{N}s"),
        (65, f"1{N}min{S}05{N}s"),
        (4_000, f"1{N}h{S}07{N}min"),
        (3_600, f"1{N}h"),
    ],
)
def test_durations(seconds: float, words: str) -> None:
    assert wording.duration(seconds) == words


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        (0.2, f"about 1{N}s"),
        (9.2, f"about 9{N}s"),
        (31.0, f"about 35{N}s"),
        (35.0, f"about 35{N}s"),
        (57.0, f"about 1{N}min"),
        (88.0, f"about 1½{N}min"),
        (91.0, f"about 2{N}min"),
        (130.0, f"about 2½{N}min"),
        (1_000.0, f"about 17{N}min"),
        (3_590.0, f"about 1{N}h"),
    ],
)
def test_estimates_are_round_and_never_short(seconds: float, words: str) -> None:
    assert wording.about(seconds) == words


def test_time_left_as_a_figure() -> None:
    assert wording.duration_parts(11.2) == (("12", "s"),)
    assert wording.duration_parts(0) == (("0", "s"),)
    assert wording.duration_parts(125) == (("2", "min"), ("05", "s"))
    assert wording.duration_parts(7_500) == (("2", "h"), ("05", "min"))


def test_counters_of_what_passed_and_what_is_left() -> None:
    assert wording.whole_seconds(5.97) == f"5{N}s"
    assert wording.whole_seconds(75.2) == f"1{N}min{S}15{N}s"
    assert wording.left(11.2) == f"12{N}s left"
    assert wording.left(120) == f"2{N}min left"


@given(st.floats(60, 100_000))
def test_sentences_figures_and_counters_have_one_form(seconds: float) -> None:
    whole = round(seconds)
    figure = S.join(f"{number}{N}{unit}" for number, unit in wording.duration_parts(whole))
    assert wording.duration(whole) == wording.whole_seconds(whole) == figure


def test_ordinals() -> None:
    numbers = (1, 2, 3, 4, 11, 12, 13, 21, 22, 103, 111)
    said = "1st 2nd 3rd 4th 11th 12th 13th 21st 22nd 103rd 111th"
    assert " ".join(map(wording.nth, numbers)) == said


@given(st.floats(0, 1))
def test_percent_is_whole_only_at_the_end(fraction: float) -> None:
    number = wording.percent_number(fraction)
    assert (number == 100) == (fraction >= 1.0)
    assert (number == 0) == (fraction <= 0.0)


def test_percent() -> None:
    assert wording.percent(0.614) == f"61{N}%"
    assert wording.percent(0.29) == f"29{N}%", "0.29 * 100 is a little less than 29"


def test_hashes_are_shortened() -> None:
    assert wording.short_hash("7F3A9C41" + "00" * 28) == "7f3a 9c41 …"
    assert wording.short_hash(bytes.fromhex("7f3a9c41")) == "7f3a 9c41"
    assert wording.short_hash("7f3a9c41d0", groups=64) == "7f3a 9c41 d0"


@pytest.mark.parametrize(
    ("dbm", "bars", "word"),
    [
        (-40, 3, "strong"),
        (-64, 3, "strong"),
        (-70, 2, "good"),
        (-81, 1, "weak"),
        (-99, 0, "very weak"),
    ],
)
def test_signal(dbm: int, bars: int, word: str) -> None:
    assert wording.signal_bars(dbm) == bars
    assert wording.signal_word(dbm) == word
    assert wording.signal_strength(dbm) == f"−{-dbm}{N}dBm"


@given(st.integers(0, 10**12))
def test_any_size_has_a_unit_and_few_digits(count: int) -> None:
    number, unit = wording.size_parts(count)
    assert unit in ("B", "kB", "MB", "GB")
    assert len(number.replace(".", "")) <= 5 or unit == "GB"


def test_counting() -> None:
    assert wording.exact_size(214_312) == f"214{N}312{N}B"
