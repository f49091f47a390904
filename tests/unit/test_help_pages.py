"""The help's pages: made from the code as it is, nothing missing, every link leading somewhere."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

from app.help_pages import ORDER, Library
from app.lib.resources import resource
from app.presenters import places
from smp.errors import DeviceError
from smp.simulator import build_image
from smp.update.verdict import Ending, ExitStatus
from tests.help_pages.answers import GROUPS, numbers
from tests.help_pages.commands import _MEANINGS as EXIT_STATUSES
from tests.help_pages.entries import entries, tells
from tests.help_pages.pages import MADE, is_stale, made
from tests.help_pages.said import everything
from tests.help_pages.verdicts import by_hand, groups
from tests.helpers.programs import environment

ROOT = Path(__file__).resolve().parents[2]
HELP = Library.read(resource("help"))
_LINK = re.compile(r"(!?)\[[^\]]*\]\(([^)\s]+)\)")


@pytest.mark.parametrize("name", MADE)
def test_a_page_is_what_the_code_makes_of_it(name: str) -> None:
    assert not is_stale(name, made(name)), "run: python -m tests.help_pages"


def test_every_code_is_explained_once_and_none_that_there_is_not() -> None:
    everywhere = [c for group in (*entries().errors, *entries().checks) for c in group.codes]
    assert sorted(everywhere) == list(everything())
    assert not set(entries().by_code) - set(everywhere)


def test_every_error_has_a_cause_and_a_remedy() -> None:
    """Of its own, or by hand; what only a device knows is none."""
    for code in (code for group in entries().errors for code in group.codes):
        said, hand = everything()[code], entries().of(code)
        assert any(map(tells, said.reasons)) or hand.cause, code
        assert any(map(tells, said.steps)) or hand.remedy, code


def test_every_check_says_what_it_means() -> None:
    for code in (code for group in entries().checks for code in group.codes):
        assert entries().of(code).means, code


def test_what_is_made_of_values_alone_has_a_title() -> None:
    for code, said in everything().items():
        assert tells(said.template) or entries().of(code).title, code


def test_every_ending_is_explained_once() -> None:
    named = [ending for group in groups() for ending in group.codes]
    assert sorted(named) == sorted(ending.value for ending in Ending)
    assert set(by_hand()) == set(named)
    assert all(set(words) == {"title", "cause", "remedy"} for words in by_hand().values())


def test_every_exit_status_is_explained() -> None:
    assert set(EXIT_STATUSES) == set(ExitStatus)


@pytest.mark.parametrize("ending", Ending)
def test_a_verdict_leads_to_its_entry(ending: Ending) -> None:
    page, anchor = HELP.found(places.of_ending(ending))
    assert (page, anchor) == ("verdicts", ending.value)


@pytest.mark.parametrize("code", everything())
def test_a_code_leads_to_its_entry(code: str) -> None:
    found, anchor = HELP.found(f"#{code}") if code not in _TWICE else ("errors", code)
    assert (found in ("errors", "checks"), anchor) == (True, code)


_TWICE = {ending.value for ending in Ending}
"""An ending may be called as an error is; each has its own page."""


@pytest.mark.parametrize("group", GROUPS)
def test_a_devices_number_leads_to_its_entry(group: int | None) -> None:
    for code in numbers(group):
        error = DeviceError(code, group=group)
        assert HELP.found(places.of_error(error)) == (
            "device-answers",
            places.answer_anchor(code, group),
        )


def test_a_number_that_nobody_knows_leads_to_the_page() -> None:
    assert HELP.found(places.of_error(DeviceError(99, group=77))) == ("device-answers", "")


def test_pages_are_in_order_and_listed_on_the_first() -> None:
    assert list(HELP.pages) == list(ORDER)
    first = HELP.pages["README"].markdown
    for name in ORDER[1:]:
        assert f"({name}.md)" in first, name


@pytest.mark.parametrize("name", HELP.pages)
def test_links_and_pictures_lead_somewhere(name: str) -> None:
    page = HELP.pages[name]
    for is_picture, address in _LINK.findall(page.markdown):
        if re.match("https?://", address):
            continue
        file, _, anchor = address.partition("#")
        if is_picture:
            assert address in HELP.pictures, address
            continue
        target = file.removesuffix(".md") or name
        assert target in HELP.pages, f"{name}: {address}"
        assert not anchor or HELP.pages[target].section(anchor) is not None, f"{name}: {address}"


@pytest.mark.parametrize("name", HELP.pages)
def test_a_page_has_one_title_and_no_anchor_twice(name: str) -> None:
    sections = HELP.pages[name].sections
    assert [section.level for section in sections].count(1) == 1
    assert sections[0].level == 1
    anchors = [anchor for section in sections for anchor in set(section.anchors)]
    assert len(anchors) == len(set(anchors)), [a for a in anchors if anchors.count(a) > 1]


def _examples() -> list[str]:
    page = (resource("help") / "engine.md").read_text("utf-8")
    return re.findall(r"```python\n(.*?)```", page, re.DOTALL)


@pytest.mark.parametrize(
    ("number", "told"),
    list(
        enumerate(
            (
                r"0 1\.3\.0 True",
                r"1\.4\.2 [0-9a-f]{64}\nfile-not-found",
                r"updated proven Running 1\.4\.2, confirmed",
                r"connection-refused\n",
            )
        )
    ),
)
def test_the_engines_examples_run(number: int, told: str, tmp_path: Path) -> None:
    script, file = tmp_path / "example.py", tmp_path / "app.bin"
    script.write_text(_examples()[number], "utf-8")
    file.write_bytes(build_image("1.4.2", 5_000))
    done = subprocess.run(
        [sys.executable, "-W", "error", str(script), str(file)],
        capture_output=True,
        text=True,
        timeout=60,
        env=environment(tmp_path, PYTHONPATH=str(ROOT)),
    )
    assert done.returncode == 0, done.stderr
    assert re.search(told, done.stdout), done.stdout


def test_every_example_of_the_engine_is_run() -> None:
    assert len(_examples()) == 4


def test_every_setting_is_explained() -> None:
    """By its group and name, as they are written in the file."""
    code = (ROOT / "app" / "memory" / "settings.py").read_text("utf-8")
    page = (resource("help") / "settings.md").read_text("utf-8")
    names = set(re.findall(r'"([a-z]+)/([a-z_]+)"', code))
    assert {("look", "scheme"), ("update", "forbid")} <= names
    missing = {f"[{g}] {n}" for g, n in names if f"`[{g}]` `{n}`" not in page}
    assert not missing


def test_every_file_that_is_kept_is_explained() -> None:
    desk = (ROOT / "app" / "desk" / "desk.py").read_text("utf-8")
    page = (resource("help") / "settings.md").read_text("utf-8")
    for name in re.findall(r'keep / "([a-z_]+\.json)"', desk):
        assert f"`{name}`" in page, name


def test_pictures_are_small_and_there_is_a_fine_one_of_each() -> None:
    assert HELP.pictures
    plain = {name for name in HELP.pictures if "@2x" not in name}
    assert {name.replace(".png", "@2x.png") for name in plain} == set(HELP.pictures) - plain
    for name, data in HELP.pictures.items():
        assert data[25] == 3, f"{name} has no palette"
        assert len(data) <= 60_000, name
    assert sum(map(len, HELP.pictures.values())) <= 600_000
    shown = {address for page in HELP.pages.values() for _, address in _LINK.findall(page.markdown)}
    assert plain <= shown, "nobody shows it"


@pytest.mark.parametrize("name", ["README", "first-update", "troubleshooting", "settings"])
def test_what_is_quoted_stands_in_the_window(name: str) -> None:
    """Buttons are called what they are called: words that change there change here."""
    code = "\n".join(path.read_text("utf-8") for path in (ROOT / "app").rglob("*.py"))
    for words in re.findall(r'"([A-Z][^"]*)"', HELP.pages[name].markdown.replace("\n", " ")):
        assert f'"{words}"' in code, words
