"""Texts as values: English as they stand, another language on demand, codes for programs."""

from __future__ import annotations

import copy
import json
import pickle
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from smp.text import NOTHING, Coded, Sentences, Text, outside, sentences, stopped

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
