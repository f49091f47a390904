"""A language is a catalogue; what it lacks, or says wrongly, stays English."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import pytest
from babel.messages.catalog import Catalog
from babel.messages.mofile import write_mo

from app.language import choose, english, load
from smp.text import Text
from tests.helpers.logwatch import LogWatch

GERMAN = {
    "{name} has gone": "{name} ist verschwunden",
    "Look": "",
    "bad {name}": "schlecht {nobody}",
}


@dataclass(frozen=True, slots=True)
class Facts:
    title: str
    parts: tuple[object, ...] = ()
    number: int = 3


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for code in ("de", "zh_CN"):
        catalogue = Catalog(locale=code)
        for text, translation in GERMAN.items():
            catalogue.add(text, translation)
        with _file(tmp_path, code).open("wb") as file:
            write_mo(file, catalogue)
    _file(tmp_path, "broken").write_bytes(b"no catalogue")
    return tmp_path


def _file(folder: Path, code: str) -> Path:
    path = folder / code / "LC_MESSAGES" / "flashdesk.mo"
    path.parent.mkdir(parents=True)
    return path


def test_facts_are_spoken_however_deep_the_text_stands(folder: Path) -> None:
    language = load("de", folder)
    gone = Text("{name} has gone", name="COM7")
    facts = Facts("title", (gone, Facts(gone), 7))
    spoken = language.spoken(facts)
    assert spoken.parts[0] == "COM7 ist verschwunden"
    assert spoken.parts[1].title == "COM7 ist verschwunden"
    assert (spoken.title, spoken.parts[2]) == ("title", 7)


def test_what_a_language_lacks_stays_english(folder: Path) -> None:
    language = load("de", folder)
    assert language.spoken(Text("Look")) == "Look"
    assert language.spoken(Text("bad {name}", name="x")) == "bad x"
    assert language.spoken(Text("never heard")) == "never heard"
    assert language("") == ""


def test_facts_without_texts_are_the_same_facts(folder: Path) -> None:
    facts = Facts("title", (1, (2, "3")))
    assert load("de", folder).spoken(facts) is facts
    assert english.spoken(facts) is facts


@pytest.mark.parametrize(
    ("wanted", "title"),
    [
        (["de_AT.UTF-8"], "Deutsch"),
        (["de-CH"], "Deutsch"),
        (["fr_FR", "de"], "Deutsch"),
        (["en_GB", "de"], "English"),
        (["C.UTF-8"], "English"),
        (["zh_CN.GB18030"], "简体中文"),
        (["zh-Hans-CN"], "简体中文"),
        (["zh"], "简体中文"),
        (["zh_TW", "de"], "Deutsch"),
        (["de_DE@euro"], "Deutsch"),
        (["../de", "../../etc"], "English"),
        ([], "English"),
    ],
)
def test_the_language_is_the_first_wanted_one_there_is(
    folder: Path, wanted: list[str], title: str
) -> None:
    assert choose(wanted, folder).title == title


def test_a_broken_file_is_english_and_is_logged(folder: Path, log_watch: LogWatch) -> None:
    log_watch.expect("the language broken cannot be used")
    assert choose(["broken"], folder) is english


def test_without_any_language_it_is_english(tmp_path: Path) -> None:
    assert choose(["de"], tmp_path / "nothing") is english
