"""Catalogues hold what the code says, and what the program reads is what people wrote."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from babel.messages.catalog import Catalog

from app.language import ENGLISH, TITLES, load
from tests import catalogues
from tests.catalogues import LANGUAGES, code_of, is_compiled, missing, read, update, wrong


@pytest.fixture(scope="module")
def source() -> Catalog:
    return catalogues.template()


ALL = pytest.mark.parametrize("path", catalogues.catalogues(), ids=code_of)


@ALL
def test_a_catalogue_has_the_texts_of_the_code_and_no_others(path: Path, source: Catalog) -> None:
    assert not list(wrong(path, source))


@ALL
def test_a_catalogue_is_complete(path: Path) -> None:
    assert not list(missing(path))


def test_each_language_says_its_name() -> None:
    assert {code_of(path) for path in catalogues.catalogues()} == TITLES.keys() - {ENGLISH}


@ALL
def test_an_update_of_what_is_up_to_date_changes_nothing(
    path: Path, tmp_path: Path, source: Catalog
) -> None:
    """So that translators and those who write texts do not get in each other's way."""
    copy = _copy(path, tmp_path)
    update(copy, source)
    assert copy.read_text("utf-8") == path.read_text("utf-8")


@pytest.fixture
def german(tmp_path: Path) -> Path:
    return _copy(LANGUAGES / "de" / "LC_MESSAGES" / "flashdesk.po", tmp_path)


def test_translations_outlive_an_update_and_none_is_guessed(german: Path, source: Catalog) -> None:
    _translate(german, "Try again", "Noch einmal")
    _add(german, 'msgid "Try it in vain"\nmsgstr "Noch einmal"')
    _add(german, '#, fuzzy\nmsgid "Try not again"\nmsgstr "Nie wieder"')
    update(german, source)
    content = read(german)
    assert content["Try again"].string == "Noch einmal"
    assert "Try it in vain" not in content
    assert "Try not again" not in content
    assert not any(message.fuzzy for message in content if message.id)


@pytest.mark.parametrize(
    ("said", "fault"),
    [
        ("{name} ist fort", ""),
        ("Es ist fort", "names other values"),
        ("{nmae} ist fort", "names other values"),
        ("{name!r} ist fort", "names other values"),
        ("{name:,} ist fort", "names other values"),
        ("{name ist fort", "its braces are no values"),
        ("{name} ist fort.", "ends with a full stop"),
        ("{name} ist fort ", "begins or ends with a blank"),
        ("{name}\\nist fort", "has other lines"),
    ],
)
def test_what_a_translation_may_not_do(
    german: Path, said: str, fault: str, source: Catalog
) -> None:
    _translate(german, "{name} has gone", said)
    german.with_suffix(".mo").write_bytes(catalogues.compiled(german))
    found = list(wrong(german, source))
    assert len(found) == bool(fault)
    assert not fault or fault in found[0]


@pytest.mark.parametrize(
    ("entry", "fault"),
    [
        ('msgid "Nobody says it"\nmsgstr ""', "is said nowhere any more: Nobody says it"),
        ('#~ msgid "Nobody says it"\n#~ msgstr "Niemand"', "is kept though it is obsolete"),
    ],
)
def test_what_nobody_says_is_not_kept(
    german: Path, entry: str, fault: str, source: Catalog
) -> None:
    _add(german, entry)
    assert any(fault in line for line in wrong(german, source))


def test_a_text_that_is_not_there_and_a_fuzzy_one_are_told(german: Path, source: Catalog) -> None:
    content = german.read_text("utf-8")
    content = content.replace('msgid "Try again"\n', 'msgid "Try never"\n')
    content = content.replace(
        'msgid "Check what was entered"', '#, fuzzy\nmsgid "Check what was entered"'
    )
    german.write_text(content, "utf-8")
    found = list(wrong(german, source))
    assert "does not know: Try again" in found
    assert "is fuzzy: Check what was entered" in found


def test_a_compiled_catalogue_that_is_old_is_told(german: Path) -> None:
    assert is_compiled(german)
    _translate(german, "Try again", "Noch einmal")
    assert not is_compiled(german)
    german.with_suffix(".mo").write_bytes(catalogues.compiled(german))
    assert is_compiled(german)
    assert load("de", german.parents[2])("Try again") == "Noch einmal"
    german.with_suffix(".mo").unlink()
    assert not is_compiled(german)


def _copy(path: Path, folder: Path) -> Path:
    target = folder / path.relative_to(LANGUAGES)
    shutil.copytree(path.parent, target.parent)
    return target


def _translate(path: Path, text: str, said: str) -> None:
    content = path.read_text("utf-8")
    before, _, after = content.partition(f'msgid "{text}"\n')
    assert after
    _, _, after = after.partition("\n")
    path.write_text(f'{before}msgid "{text}"\nmsgstr "{said}"\n{after}', "utf-8")


def _add(path: Path, entry: str) -> None:
    path.write_text(path.read_text("utf-8") + f"\n{entry}\n", "utf-8")
