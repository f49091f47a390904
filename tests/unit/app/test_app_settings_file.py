"""The settings file: what people and other programs wrote stays, whatever befalls it."""

from __future__ import annotations

import string
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PySide6.QtCore import QByteArray, QSettings

from app.memory import ini_text
from app.memory.ini_file import IniFile, Trouble, merged
from app.memory.settings import KnownKey, Settings

PEM = "-----BEGIN PUBLIC KEY-----\nMFkwEwYH=\n-----END PUBLIC KEY-----"


def make(folder: Path, text: str | bytes = b"") -> Settings:
    path = folder / "flashdesk.ini"
    if text:
        path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return Settings(path)


def written(folder: Path) -> str:
    return (folder / "flashdesk.ini").read_bytes().decode()


def asides(folder: Path) -> list[bytes]:
    return [path.read_bytes() for path in sorted(folder.glob("*.damaged-*"))]


# -- its text -----------------------------------------------------------------------------

names = st.builds(
    lambda group, key: f"{group}/{key}",
    st.text(string.ascii_letters + "/ é", min_size=1).map(str.strip).filter(bool),
    st.text(string.ascii_letters + "é.-", min_size=1),
).filter(lambda name: not name.startswith("/") and "//" not in name)
lines = st.text(st.characters(exclude_categories=("Cs", "Cc")), max_size=20)
values = lines | st.lists(lines.filter(str.strip), min_size=2, max_size=4).map("\n".join)
changes = st.dictionaries(names, values, max_size=5)


@given(st.text(max_size=200), changes)
def test_what_is_written_is_read_in_whatever_text(text: str, wanted: dict[str, str]) -> None:
    before = ini_text.read(text.replace("\r", ""))
    after = ini_text.read(before.changed(wanted))
    assert not after.bad
    for name, value in wanted.items():
        assert after.values[name] == value
    for name, value in before.values.items():
        if name not in wanted:
            assert after.values[name] == value, "the others stay"


@given(changes, changes)
def test_what_is_changed_again_is_there_once(first: dict[str, str], second: dict[str, str]) -> None:
    text = ini_text.read(ini_text.read("").changed(first)).changed(second)
    assert ini_text.read(text).values == {**first, **second}
    none = ini_text.read(text).changed(dict.fromkeys({**first, **second}))
    assert not ini_text.read(none).values


def test_comments_order_and_unknown_lines_stay() -> None:
    text = (
        "# for the line in hall 3\n[update]\nmode=test\n; no unsigned ones\n"
        "forbid=not-signed\n\n[later]\nthing=C:\\new\\x\n[hosts]\nall=\n    a\n    # old\n    b\n"
    )
    changed = ini_text.read(text).changed({"update/mode": "confirm", "update/watch": "5"})
    assert changed == text.replace("mode=test", "mode=confirm").replace(
        "forbid=not-signed\n", "forbid=not-signed\nwatch=5\n"
    )
    assert ini_text.read(changed).values["later/thing"] == "C:\\new\\x"
    assert ini_text.read(changed).values["hosts/all"] == "a\nb"


def test_a_line_that_was_pushed_in_is_a_line_of_its_own() -> None:
    found = ini_text.read("[update]\n  mode=test\n  forbid=not-signed\n")
    assert found.values == {"update/mode": "test", "update/forbid": "not-signed"}


# -- the file -----------------------------------------------------------------------------


def test_it_says_its_version_and_keeps_a_later_one(tmp_path: Path) -> None:
    settings = make(tmp_path)
    settings.adapter = "hci1"
    assert settings.save()
    assert "[flashdesk]\nversion=1" in written(tmp_path)
    later = make(tmp_path, "[flashdesk]\nversion=7\n[bluetooth]\nadapter=hci0\nmesh=yes\n")
    assert [problem.trouble for problem in later.problems] == [Trouble.NEWER]
    assert later.adapter == "hci0"
    later.adapter = "hci2"
    later.save()
    assert written(tmp_path) == ("[flashdesk]\nversion=7\n[bluetooth]\nadapter=hci2\nmesh=yes\n")


def test_a_file_of_before_there_were_versions_is_taken_over(tmp_path: Path) -> None:
    path = tmp_path / "flashdesk.ini"
    old = QSettings(str(path), QSettings.Format.IniFormat)
    old.setValue("window/geometry", QByteArray(b"\x01\xd9\xd0\xcb\0\x03"))
    old.setValue("devices/hosts", ["udp:192.0.2.7", "tcp:host:7000?framing=raw"])
    old.setValue("files/recent", ["C:\\fw\\a, b.bin"])
    old.setValue("look/scheme", "dark")
    old.setValue("update/forbid", "not-signed")
    old.setValue("their/own", "Grüße, x")
    old.sync()
    for _ in range(2):
        settings = Settings(path)
        assert settings.arrangement == {"geometry": b"\x01\xd9\xd0\xcb\0\x03"}
        assert settings.hosts == ["udp:192.0.2.7", "tcp:host:7000?framing=raw"]
        assert settings.remembered == (Path("C:\\fw\\a, b.bin"),)
        assert settings.scheme == "dark"
        assert settings.forbids == ("not-signed",)
        settings.adapter = settings.adapter + "1"
        settings.save()
        assert "@" not in written(tmp_path)
        assert "own=Grüße, x" in written(tmp_path)


@pytest.mark.parametrize(
    "data",
    [
        b"\0" * 200,
        b"[look]\nscheme=dark\nwhat is this\n",
        b"[look]\nscheme=dark\n[update\n",
        b"[look]\nscheme=dark\n[a]\nx=Gr\xfc\xdfe\n",
        b'{"look": 1}\n',
        bytes(range(256)) * 8,
        "[look]\nscheme=dark".encode("utf-32"),
    ],
    ids=["zeros", "a line", "a bracket", "another encoding", "JSON", "bytes", "UTF-32"],
)
def test_a_damaged_file_is_kept_aside_and_what_can_be_read_is(tmp_path: Path, data: bytes) -> None:
    settings = make(tmp_path, data)
    (problem,) = settings.problems
    assert problem.trouble is Trouble.DAMAGED
    assert problem.aside is not None
    assert problem.aside.read_bytes() == data
    assert settings.scheme == ("dark" if data.startswith(b"[look]") else "system")
    assert (tmp_path / "flashdesk.ini").read_bytes() == data, "reading changes nothing"
    settings.language = "de"
    assert settings.save()
    assert asides(tmp_path) == [data], "one copy of it"
    again = make(tmp_path)
    assert again.problems == ()
    assert (again.scheme, again.language) == (settings.scheme, "de")


@pytest.mark.parametrize("coding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-be"])
@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_whatever_editor_wrote_it(tmp_path: Path, coding: str, end: str) -> None:
    mark = b"\xfe\xff" if coding == "utf-16-be" else b""
    settings = make(tmp_path, mark + f"[look]{end}language=dé{end}".encode(coding))
    assert settings.problems == ()
    assert settings.language == "dé"


def test_damage_that_comes_while_the_program_runs_is_kept_too(tmp_path: Path) -> None:
    settings = make(tmp_path, "[look]\nscheme=dark\n")
    (tmp_path / "flashdesk.ini").write_bytes(b"oh no\n[their]\nown=1\n")
    settings.adapter = "hci1"
    assert settings.save()
    assert asides(tmp_path) == [b"oh no\n[their]\nown=1\n"]
    assert "own=1" in written(tmp_path)


@pytest.mark.parametrize(
    ("text", "lost"),
    [
        ("what\n[update\nforbid=not-signed\n", "forbid"),
        ("[update]\nforbid=not-signed\nwhat\n", ""),
        ("[update]\n=forbid=not-signed\n", "forbid"),
        ("[look]\nwhat\n", ""),
    ],
)
def test_a_wish_that_is_lost_in_a_damaged_file_is_told(
    tmp_path: Path, text: str, lost: str
) -> None:
    assert make(tmp_path, text).lost_wish == lost


def test_what_cannot_be_read_is_not_written_over(tmp_path: Path) -> None:
    (tmp_path / "flashdesk.ini").mkdir()
    settings = make(tmp_path)
    assert [problem.trouble for problem in settings.problems] == [Trouble.UNREADABLE]
    settings.adapter = "hci1"
    assert not settings.save()
    (tmp_path / "flashdesk.ini").rmdir()
    settings.scheme = "dark"
    assert settings.save()
    assert (make(tmp_path).adapter, make(tmp_path).scheme) == ("hci1", "dark"), "nothing is lost"
    assert Trouble.UNWRITABLE not in {problem.trouble for problem in settings.problems}


def test_a_read_only_file_stays_as_it_is(tmp_path: Path) -> None:
    settings = make(tmp_path, "[look]\nscheme=dark\n")
    (tmp_path / "flashdesk.ini").chmod(0o444)
    settings.scheme = "light"
    assert not settings.save()
    (problem,) = settings.problems
    assert (problem.trouble, problem.reason) == (Trouble.UNWRITABLE, "It is read-only")
    assert written(tmp_path) == "[look]\nscheme=dark\n"


def test_a_full_disk_leaves_the_file_whole(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    settings = make(tmp_path, "[look]\nscheme=dark\n")

    def full(handle: int) -> None:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr("os.fsync", full)
        settings.scheme = "light"
        assert not settings.save()
    assert written(tmp_path) == "[look]\nscheme=dark\n"
    assert [path.name for path in tmp_path.iterdir() if ".new" in path.name] == []
    settings.adapter = "hci1"
    assert settings.save()
    assert make(tmp_path).scheme == "light", "the next try takes it along"


def test_a_link_to_the_file_stays_one(tmp_path: Path) -> None:
    real = tmp_path / "real.ini"
    real.write_text("[look]\nscheme=dark\n")
    (tmp_path / "flashdesk.ini").symlink_to(real)
    settings = make(tmp_path)
    settings.scheme = "light"
    settings.save()
    assert (tmp_path / "flashdesk.ini").is_symlink()
    assert "scheme=light" in real.read_text()


def test_two_programs_add_to_the_same_lists(tmp_path: Path) -> None:
    first = make(tmp_path)
    first.hosts = ["udp:a", "udp:b"]
    first.save()
    one, two = make(tmp_path), make(tmp_path)
    one.hosts = ["udp:a", "udp:b", "udp:c"]
    one.save()
    two.hosts = ["udp:b", "udp:d"]
    two.save()
    assert make(tmp_path).hosts == ["udp:b", "udp:d", "udp:c"]
    one.hosts = ["udp:a", "udp:c"]
    one.save()
    assert make(tmp_path).hosts == ["udp:c", "udp:d"]


@given(*[st.lists(st.sampled_from("abcdef"), unique=True) for _ in range(3)])
def test_of_a_list_what_either_added_or_removed_is_so(
    before: list[str], mine: list[str], theirs: list[str]
) -> None:
    found = merged("\n".join(before), "\n".join(mine), "\n".join(theirs))
    result = list(filter(None, found.split("\n")))
    wanted = (set(mine) & set(theirs)) | (set(mine) - set(before)) | (set(theirs) - set(before))
    assert sorted(result) == sorted(wanted)


# -- what is in it ------------------------------------------------------------------------


def test_keys_are_known_by_name_until_they_are_removed(tmp_path: Path) -> None:
    settings = make(tmp_path)
    settings.add_key(KnownKey("ab12", "release", PEM))
    settings.add_key(KnownKey("cd34", "Bench", PEM + "\n"))
    settings.save()
    again = make(tmp_path)
    assert again.keys == (KnownKey("cd34", "Bench", PEM), KnownKey("ab12", "release", PEM))
    again.add_key(KnownKey("ab12", "a new name", PEM))
    again.remove_key("cd34")
    again.save()
    assert make(tmp_path).keys == (KnownKey("ab12", "a new name", PEM),)


def test_what_was_chosen_can_be_put_back(tmp_path: Path) -> None:
    settings = make(tmp_path)
    settings.scheme, settings.language, settings.sound = "dark", "de", False
    settings.watch_seconds, settings.mode = 3.0, "test"
    settings.hosts = ["udp:a"]
    settings.add_key(KnownKey("ab12", "release", PEM))
    settings.save()
    settings.reset()
    settings.save()
    fresh = make(tmp_path)
    assert (fresh.scheme, fresh.language, fresh.sound, fresh.notify) == ("system", "", True, True)
    assert (fresh.watch_seconds, fresh.mode) == (None, "")
    assert fresh.hosts == ["udp:a"], "a list is not a choice"
    assert len(fresh.keys) == 1


@pytest.mark.parametrize("words", ["false", "0", "No", "off"])
def test_alerts_are_on_until_somebody_says_no(tmp_path: Path, words: str) -> None:
    assert make(tmp_path).sound
    assert make(tmp_path).notify
    off = make(tmp_path, f"[alerts]\nsound={words}\n")
    assert (off.sound, off.notify) == (False, True)


def test_people_write_lists_in_one_line(tmp_path: Path) -> None:
    text = "[update]\nforbid=not-signed, older-than-running\n[devices]\nhosts=udp:a,tcp:b:1\n"
    settings = make(tmp_path, text)
    assert settings.forbids == ("not-signed", "older-than-running")
    assert settings.hosts == ["udp:a", "tcp:b:1"]


def test_a_name_with_a_line_end_is_no_entry(tmp_path: Path) -> None:
    settings = make(tmp_path)
    settings.used(tmp_path / "a\nb.bin")
    assert settings.remembered == ()
    settings.used(tmp_path / "c.bin")
    settings.forget_files()
    assert settings.remembered == ()


def test_reading_needs_no_file(tmp_path: Path) -> None:
    file = IniFile(tmp_path / "none" / "there.ini")
    file.read()
    assert not file.values
    assert not file.problems
    assert not (tmp_path / "none").exists()
