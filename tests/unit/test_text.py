"""Texts as values: English as they stand, another language on demand, codes for programs."""

from __future__ import annotations

import copy
import json
import pickle
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from smp.text import (
    NOTHING,
    Coded,
    Numeral,
    Sentences,
    Text,
    listed,
    outside,
    sentences,
    stopped,
    translated,
)

GERMAN = {
    "{name} has gone": "{name} ist verschwunden",
    "{took:,} of {total:,} bytes": "{total:,} Bytes, davon {took:,}",
    "Not updated: {why}": "Nicht aktualisiert: {why}",
    "the device is full": "das Gerät ist voll",
    "broken {name}": "kaputt {nobody}",
    "torn {name}": "gerissen {name",
    "odd {name}": "seltsam {name.nothing}{0}",
}


def german(template: str) -> str:
    return GERMAN.get(template, template)


def test_a_text_is_english_and_can_be_said_in_another_language() -> None:
    text = Text("{took:,} of {total:,} bytes", took=1200, total=34000)
    assert text == "1,200 of 34,000 bytes"
    assert text.said(german) == "34,000 Bytes, davon 1,200"


def test_a_text_in_a_text_is_said_too() -> None:
    text = Text("Not updated: {why}", why=Text("the device is full"))
    assert (text, text.said(german)) == (
        "Not updated: the device is full",
        "Nicht aktualisiert: das Gerät ist voll",
    )


@pytest.mark.parametrize("word", ["broken", "torn", "odd"])
def test_a_translation_that_does_not_fit_is_english(word: str) -> None:
    assert Text(word + " {name}", name="x").said(german) == f"{word} x"


def test_what_is_not_translated_is_english() -> None:
    assert Text("never seen").said(german) == "never seen"
    assert outside("{name} has gone").said(german) == "{name} has gone"


def test_sentences_are_joined_with_full_stops_in_any_language() -> None:
    text = sentences(Text("{name} has gone", name="COM7"), NOTHING, Text("Why?"), Text("Look"))
    assert text == "COM7 has gone. Why? Look"
    assert text.said(german) == "COM7 ist verschwunden. Why? Look"
    assert sentences() is NOTHING
    assert sentences(NOTHING, NOTHING) is NOTHING
    more = sentences(text, Text("End."))
    assert isinstance(more, Sentences)
    assert len(more.parts) == 4


def test_json_carries_code_values_and_english() -> None:
    text = Coded("port-gone", "{name} has gone", name="COM7")
    assert text.to_json() == {
        "code": "port-gone",
        "text": "COM7 has gone",
        "template": "{name} has gone",
        "values": {"name": "COM7"},
    }
    assert json.loads(json.dumps(sentences(text, text).to_json()))["parts"][1] == text.to_json()


def test_copies_and_pickles_stay_texts() -> None:
    text = sentences(Coded("port-gone", "{name} has gone", name="COM7"), Text("Look"))
    for twin in (copy.copy(text), copy.deepcopy(text), pickle.loads(pickle.dumps(text))):
        assert twin == text
        assert twin.said(german) == "COM7 ist verschwunden. Look"
        assert twin.to_json() == text.to_json()


@given(st.text(), st.text(), st.integers())
def test_whatever_a_value_holds_it_is_harmless_and_never_a_template(
    name: str, other: str, number: int
) -> None:
    text = Text("{name} and {number:,}: {inner}", name=name, number=number, inner=outside(other))
    assert not [letter for letter in text if unicodedata.category(letter)[0] == "C"]
    said = text.said(lambda template: template)
    assert said == text
    json.dumps(text.to_json())


@given(st.text())
def test_whatever_a_translation_holds_a_text_is_said(translation: str) -> None:
    said = Text("{name} has gone", name="COM7").said(lambda template: translation)
    assert isinstance(said, str)


def test_a_full_stop_is_added_once_and_to_something() -> None:
    assert [stopped(Text(words)) for words in ("Gone", "Gone.", "Why?")] == [
        "Gone.",
        "Gone.",
        "Why?",
    ]
    assert stopped(NOTHING) is NOTHING
    assert stopped(Text("{name} has gone", name="COM7")).said(german) == "COM7 ist verschwunden."


WRITTEN = {
    "1,234.5": "1.234,5",
    "{count:,} bytes at {rate:.1f}": "{count:,} Byte mit {rate:.1f}",
    "{sentence}.": "{sentence}。",
    "{first} {second}": "{first}{second}",
    ", ": "、",
    "{name} has gone": "{name} ist fort",
}


def _written(template: str) -> str:
    return WRITTEN.get(template, template)


def test_numbers_are_written_as_the_language_writes_them() -> None:
    text = Text("{count:,} bytes at {rate:.1f}", count=1_234_567, rate=0.5)
    assert text == "1,234,567 bytes at 0.5"
    assert text.said(_written) == "1.234.567 Byte mit 0,5"
    assert Numeral("7.1").said(_written) == "7,1"
    assert Text("{number!r} and {flag}", number=1.5, flag=True).said(_written) == "1.5 and True"


def test_a_catalogue_with_no_sample_of_a_number_leaves_them() -> None:
    assert Text("{n:,}", n=1_000).said({"1,234.5": "?"}.get) == "1,000"


def test_sentences_are_joined_as_the_language_joins_them() -> None:
    gone = Text("{name} has gone", name="COM7")
    both = sentences(gone, Text("Plug it in"), Text("Really!"), gone)
    assert both == "COM7 has gone. Plug it in. Really! COM7 has gone"
    assert both.said(_written) == "COM7 ist fort。Plug it in。Really!COM7 ist fort"


def test_lists_keep_their_parts() -> None:
    gone = Text("{name} has gone", name="COM7")
    several = listed([gone, NOTHING, Text("x")])
    assert several == "COM7 has gone, x"
    assert several.said(_written) == "COM7 ist fort、x"
    assert listed([gone, gone], "\n").said(_written) == "COM7 ist fort\nCOM7 ist fort"
    assert listed([NOTHING]) is NOTHING
    assert listed([gone]) is gone
    assert several.to_json()["parts"] == [gone.to_json(), Text("x").to_json()]
    again = pickle.loads(pickle.dumps(several))
    assert (again, again.said(_written)) == (several, several.said(_written))


def test_what_is_translated_is_not_translated_again() -> None:
    german = translated(listed([Text("{name} has gone", name="x")] * 2, "\n"), _written)
    assert german == german.said(str) == "x ist fort\nx ist fort"
