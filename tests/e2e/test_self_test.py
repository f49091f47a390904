"""`flashdesk --self-test`: what a package runs to prove itself."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from tests.helpers.programs import ROOT, environment

PARTS = {
    "platform",
    "fonts",
    "window",
    "program",
    "python",
    "qt",
    "resources",
    "languages",
    "folders",
    "disk",
    "cbor",
    "crypto",
    "udp",
    "tcp",
    "serial",
    "bluetooth",
    "update",
    *(("text",) if sys.platform == "linux" else ()),
}


def self_test(
    state: Path, *arguments: str, code: str = "", **more: str
) -> subprocess.CompletedProcess[str]:
    """In a process of its own, where `code` may have broken something before."""
    start = (
        f"{code}\nimport sys; sys.argv = ['flashdesk', '--self-test', *{list(arguments)!r}]\n"
        "from app.__main__ import main; main()\n"
    )
    kept = {k: v for k, v in environment(state, **more).items() if v}
    return subprocess.run(
        [sys.executable, "-W", "error", "-c", start],
        cwd=ROOT,
        env=kept,
        capture_output=True,
        encoding=more.get("PYTHONIOENCODING", "utf-8"),
        errors="replace",
        timeout=100,
    )


def parts_of(done: subprocess.CompletedProcess[str]) -> dict[str, dict[str, object]]:
    events = [json.loads(line) for line in done.stdout.splitlines()]
    assert events, done.stderr
    assert events[-1]["event"] == "self-test"
    assert events[-1]["ok"] is (done.returncode == 0)
    return {event["part"]: event for event in events if event["event"] == "part"}


def test_every_part_is_checked_and_works(tmp_path: Path) -> None:
    """Also without a display, where it says that nothing was seen."""
    done = self_test(tmp_path, "--json", DISPLAY="", WAYLAND_DISPLAY="", QT_QPA_PLATFORM="")
    assert (done.returncode, done.stderr) == (0, "")
    parts = parts_of(done)
    assert parts.keys() == PARTS
    assert {part["state"] for part in parts.values()} <= {"ok", "note"}
    assert parts["update"]["state"] == "ok"
    assert "9.8.7" in str(parts["update"]["words"])
    assert parts["platform"]["state"] == "note"
    assert "offscreen" in str(parts["platform"]["words"])
    kept = (tmp_path / "self-test.txt").read_text("utf-8")
    assert f"All {len(PARTS)} parts work" in kept
    assert "PySide6" in kept


@pytest.mark.parametrize("encoding", ["ascii", "cp1252", "utf-8"])
def test_the_table_is_printed_in_any_letters(tmp_path: Path, encoding: str) -> None:
    done = self_test(tmp_path, PYTHONIOENCODING=encoding, LANG="C", LC_ALL="C", LANGUAGE="")
    assert (done.returncode, done.stderr) == (0, "")
    lines = done.stdout.splitlines()
    assert lines[-1].startswith(f"All {len(PARTS)} parts work")
    assert any(line.startswith("Signatures") and " OK " in line for line in lines)


@pytest.mark.parametrize(
    ("part", "code", "words"),
    [
        ("cbor", "import cbor2; cbor2.loads = lambda _: {}", "not read as they were"),
        ("crypto", "import sys; sys.modules['cryptography'] = None", "cannot be loaded"),
        ("bluetooth", "import sys; sys.modules['bleak'] = None", "cannot be loaded"),
        ("serial", "import sys; sys.modules['serial.tools.list_ports'] = None", "cannot be listed"),
        (
            "crypto",
            "from smp.image.signature import PublicKey\nPublicKey.verify = lambda *_: True",
            "changed image",
        ),
        (
            "crypto",
            "from smp.image.signature import PublicKey\nPublicKey.verify = lambda *_: False",
            "not recognised",
        ),
        (
            "resources",
            "import app.lib.resources as r\nr._ROOT = r._ROOT / 'gone'",
            "lacks",
        ),
    ],
)
def test_a_part_that_is_broken_fails_by_name_and_the_others_go_on(
    tmp_path: Path, part: str, code: str, words: str
) -> None:
    if part == "resources":
        code += "\nimport app.lib.icons as i\ni._sources = lambda: __import__('collections')"
        code += ".defaultdict(lambda: '<svg xmlns=\"http://www.w3.org/2000/svg\"/>')"
    done = self_test(tmp_path, "--json", code=code, QT_QPA_PLATFORM="offscreen")
    assert done.returncode == 1, done.stderr
    parts = parts_of(done)
    assert parts.keys() == PARTS
    assert parts[part]["state"] == "failed"
    assert words in f"{parts[part]['words']}"
    assert parts[part]["next_step"]
    assert parts["udp"]["state"] == "ok"


def test_a_display_that_cannot_be_reached_is_a_part_that_failed(tmp_path: Path) -> None:
    if sys.platform != "linux":
        pytest.skip("other systems have no such displays")
    done = self_test(tmp_path, "--json", DISPLAY=":987", WAYLAND_DISPLAY="", QT_QPA_PLATFORM="xcb")
    assert done.returncode == 1
    parts = parts_of(done)
    assert parts["platform"]["state"] == "failed"
    assert "987" in str(parts["platform"]["words"])
    assert parts.keys() == PARTS - {"fonts", "window"}
    assert {part["state"] for key, part in parts.items() if key != "platform"} <= {"ok", "note"}


def test_without_qt_all_else_is_checked(tmp_path: Path) -> None:
    code = "import sys; sys.modules['PySide6'] = None"
    done = self_test(tmp_path, "--json", code=code)
    assert done.returncode == 1
    parts = parts_of(done)
    assert parts["qt"]["state"] == "failed"
    assert parts["update"]["state"] == "ok"


@pytest.mark.parametrize("name", ["cbor2", "click", "smp.update.verdict"])
def test_what_nothing_works_without_is_missed_in_words(tmp_path: Path, name: str) -> None:
    done = self_test(tmp_path, code=f"import sys; sys.modules[{name!r}] = None")
    assert done.returncode == 1
    assert name in done.stderr
    assert "Install Flashdesk again." in done.stderr
    assert "Traceback" not in done.stderr
