"""The command line in other languages: which one, its help, its mistakes, its rows, its JSON."""

from __future__ import annotations

import json
from collections.abc import Iterator

import pytest
from click.testing import CliRunner, Result

from app.cli.commands import main
from app.cli.running import print_rows
from app.language import ASKED, Language, current, english, use
from app.pseudo import BEGIN
from smp.text import Text


@pytest.fixture(autouse=True)
def _nothing_asked(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    for name in (ASKED, "LANGUAGE", "LC_ALL", "LC_MESSAGES", "LANG"):
        monkeypatch.setenv(name, "")
    yield
    use(english)


def run(*arguments: str, **environment: str) -> Result:
    return CliRunner().invoke(main, arguments, env={ASKED: "", **environment})


def test_help_is_in_the_language_that_is_asked_for_wherever_that_stands() -> None:
    for arguments in (("--lang", "pseudo", "--help"), ("--help", "--lang=pseudo")):
        said = run(*arguments).stdout
        for line in ("Open the window", "Usage:", "Options:", "Commands:", "List what is", "Show"):
            assert line not in said
        assert said.count(BEGIN) > 15
    assert "Open the window" in run("--help").stdout, "nothing of it stays"


def test_help_of_a_command_is_its_docstring_in_the_language() -> None:
    said = run("--lang", "pseudo", "update", "--help").stdout
    assert "Bring a device" not in said
    assert "Refuse files" not in said
    assert "--forbid CODE" in said


@pytest.mark.parametrize(
    ("arguments", "environment", "is_german"),
    [
        (("--lang", "de"), {}, True),
        (("--lang", "de"), {ASKED: "en"}, True),
        (("--lang", "en"), {ASKED: "de", "LANG": "de_DE.UTF-8"}, False),
        (("--lang", "en", "--lang", "de"), {}, True),
        ((), {ASKED: "de", "LANG": "en_GB.UTF-8"}, True),
        ((), {"LANG": "de_AT.UTF-8"}, True),
        ((), {"LANG": "C"}, False),
    ],
)
def test_what_is_asked_for_goes_before_the_environment(
    arguments: tuple[str, ...], environment: dict[str, str], is_german: bool
) -> None:
    assert run(*arguments, "simulate", "--help", **environment).exit_code == 0
    assert (current().name == "de") is is_german


def test_a_language_that_is_not_there_is_told_with_those_that_are() -> None:
    result = run("--lang", "xx", "scan", "--seconds", "0")
    assert result.exit_code == 2
    assert "There is no language xx. There are: de, en, zh_CN" in result.stderr
    assert not result.stdout


def test_json_stays_english_and_has_what_it_was_made_from() -> None:
    result = run("--lang", "pseudo", "info", "--device", "nonsense", "--json")
    told = json.loads(result.stdout)
    assert told["code"] == "address-not-understood"
    assert told["values"] == {"text": "nonsense"}
    assert BEGIN not in result.stdout


def test_rows_are_aligned_also_where_letters_are_wide(
    capsys: pytest.CaptureFixture[str],
) -> None:
    rows = [(Text("Nothing"), Text("one")), (Text("x"), Text("two"))]
    use(Language("zh_CN", "", {"Nothing": "没有"}.get))
    print_rows(rows)
    assert capsys.readouterr().out == "没有  one\nx     two\n"
