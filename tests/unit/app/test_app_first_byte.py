"""What lies between a command and the first byte it sends, and how often it asks: each module that
is loaded and each question is time that a person waits, most of all over a slow link."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from smp.simulator import profile
from smp.simulator.factory import factory_image
from tests.helpers.programs import ROOT

HEAVY = ("PySide6", "qasync", "bleak", "cryptography", "rich", "smp.simulator", "smp.bluetooth")
PLANS = ("smp.update.plan", "smp.update.run", "smp.image")


@pytest.mark.parametrize(
    ("code", "absent"),
    [
        ("import app.cli.info", (*HEAVY, *PLANS)),
        ("import app.cli.update", HEAVY),
        ("from smp.update.record import facts_json", HEAVY),
    ],
)
def test_what_is_not_needed_before_the_first_byte_is_not_loaded(
    code: str, absent: tuple[str, ...]
) -> None:
    loaded = _loaded_by(f"import app.cli.commands; from smp.address import Address; {code}")
    assert "smp.client" in loaded
    assert [name for name in sorted(loaded) if _is_of(name, absent)] == []


def test_a_file_without_a_key_to_check_is_looked_at_without_cryptography(tmp_path: Path) -> None:
    file = tmp_path / "new.bin"
    file.write_bytes(factory_image(profile("demo")))
    code = (
        "from app.cli.commands import main; "
        f"main(['inspect', '--json', {str(file)!r}], standalone_mode=False)"
    )
    loaded = _loaded_by(code)
    assert "smp.image.file" in loaded
    assert [name for name in sorted(loaded) if _is_of(name, (*HEAVY, "asyncio"))] == []


def test_the_simulator_is_not_loaded_to_switch_off_what_was_not_used() -> None:
    code = (
        "from app.cli.running import run\n"
        "async def work(): return 0\n"
        "try: run(work())\n"
        "except SystemExit as end: assert end.code == 0"
    )
    assert [name for name in _loaded_by(code) if _is_of(name, ("smp.simulator",))] == []


def _loaded_by(code: str) -> set[str]:
    """The modules that a fresh interpreter has when it has run the code."""
    done = subprocess.run(
        [sys.executable, "-c", f"{code}\nimport sys\nprint('loaded:', *sys.modules)"],
        cwd=ROOT,
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr
    return set(done.stdout.partition("loaded:")[2].split())


def _is_of(name: str, packages: tuple[str, ...]) -> bool:
    return any(name == each or name.startswith(f"{each}.") for each in packages)
