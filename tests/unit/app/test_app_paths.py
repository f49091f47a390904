"""Where the program keeps its things, also where that place cannot be used."""

from __future__ import annotations

from pathlib import Path

import pytest

from app.paths import usable_state_folder


def test_a_missing_folder_is_made(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FLASHDESK_STATE", str(tmp_path / "new" / "one"))
    assert usable_state_folder() == tmp_path / "new" / "one"
    assert (tmp_path / "new" / "one").is_dir()
    assert not list((tmp_path / "new" / "one").iterdir())


def test_a_folder_that_is_none_is_replaced_and_told_of(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    wrong = tmp_path / "file"
    wrong.write_text("not a folder")
    monkeypatch.setenv("FLASHDESK_STATE", str(wrong))
    folder = usable_state_folder()
    assert folder.is_dir()
    assert folder != wrong
    assert "nothing will be remembered" in capsys.readouterr().err
    folder.rmdir()
