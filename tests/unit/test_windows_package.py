"""What can be said of the Windows package without Windows: its scripts, and the list of tests that
cannot run there. The package itself is proven by tests/packages/windows.sh."""

from __future__ import annotations

import importlib.util
import re
from pathlib import Path
from typing import Any

import pytest

from tests.packages.windows_list import LIST, Cannot, entries

ROOT = Path(__file__).resolve().parents[2]
FOLDER = ROOT / "resources" / "packaging" / "windows"
SCRIPT = (FOLDER / "flashdesk.nsi").read_text("utf-8")
LANGUAGES = {"ENGLISH", "GERMAN", "SIMPCHINESE"}


@pytest.fixture(scope="module")
def build() -> Any:
    spec = importlib.util.spec_from_file_location("windows_build", FOLDER / "build.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.mark.parametrize(
    ("version", "numbers"),
    [
        ("0.1.0", (0, 1, 0, 0)),
        ("2.10", (2, 10, 0, 0)),
        ("1.4.0rc2", (1, 4, 0, 0)),
        ("1.2.3.4.5", (1, 2, 3, 4)),
        ("unknown", (0, 0, 0, 0)),
    ],
)
def test_a_version_is_four_numbers_for_windows(
    build: Any, version: str, numbers: tuple[int, ...]
) -> None:
    assert build.numbers(version) == numbers


def test_whatever_is_written_into_the_registry_is_taken_out_again() -> None:
    installs, _, uninstalls = SCRIPT.partition("Section Uninstall")
    written = set(re.findall(r'WriteReg\w+ HKCU "([^"]+)" ("[^"]*"|\S+)', installs))
    gone = set(re.findall(r'DeleteRegKey (?:/ifempty )?HKCU "([^"]+)"', SCRIPT))
    values = set(re.findall(r'DeleteRegValue HKCU "([^"]+)" ("[^"]*"|\S+)', SCRIPT))
    assert written
    for key, value in sorted(written):
        inside = any(key == place or key.startswith(place + "\\") for place in gone)
        assert inside or (key, value) in values, f"{key} {value} stays"
    assert "DeleteReg" in uninstalls


def test_the_installer_says_everything_in_each_language() -> None:
    said = re.findall(r"^LangString (\w+) \$\{LANG_(\w+)\}", SCRIPT, re.MULTILINE)
    names = {name for name, _ in said}
    assert names
    assert {(name, language) for name in names for language in LANGUAGES} == set(said)
    assert set(re.findall(r"\$\((\w+)\)", SCRIPT)) == names


def test_what_cannot_run_on_windows_has_its_kind_its_reason_and_its_file() -> None:
    assert entries()
    for entry in entries():
        assert entry.kind in ("import", "fail", "hang"), entry
        assert len(entry.reason) > 10, entry
        assert (ROOT / entry.pattern.partition("::")[0]).exists(), entry


def test_brackets_in_the_names_of_tests_mean_themselves() -> None:
    one = Cannot("fail", "tests/unit/test_a.py::test_b[2]", "")
    assert one.is_of("tests/unit/test_a.py::test_b[2]")
    assert not one.is_of("tests/unit/test_a.py::test_b2")
    every = Cannot("fail", "tests/unit/test_a.py::test_b[*", "")
    assert every.is_of("tests/unit/test_a.py::test_b[any]")
    assert not every.is_of("tests/unit/test_a.py::test_bc")


def test_the_list_is_short() -> None:
    """Whoever adds to it has tried to mend the test first."""
    lines = [line for line in LIST.read_text("utf-8").splitlines() if line and line[0] != "#"]
    assert len(lines) <= 40
