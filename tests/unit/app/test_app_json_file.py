"""Files that several programs keep together: nothing is lost, nothing is torn, nobody waits."""

from __future__ import annotations

import json
import struct
import subprocess
import sys
import threading
from pathlib import Path
from uuid import NAMESPACE_DNS, uuid5

import pytest

from app.memory.json_file import JsonFile
from app.memory.known_images import KnownImages, Parts
from smp.file_lock import lock_file
from smp.image import FilePart, McubootImage, read_firmware
from smp.simulator.builder import build_image
from smp.update.seen import Seen
from tests.helpers import images
from tests.helpers.programs import ROOT


def numbers(path: Path | None, most: int = 100) -> JsonFile[int]:
    def parse(stored: object) -> int | None:
        return stored if type(stored) is int else None

    return JsonFile(path, "numbers", parse=parse, most=most)


def loaded(path: Path) -> JsonFile[int]:
    file = numbers(path)
    file.load()
    return file


async def test_nothing_is_read_or_written_on_the_loop(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "file.json"
    file = numbers(path)
    writers: list[threading.Thread] = []
    replace = Path.replace

    def noted(self: Path, target: Path) -> Path:
        writers.append(threading.current_thread())
        return replace(self, target)

    monkeypatch.setattr(Path, "replace", noted)
    assert file.get("a") is None
    assert file.put("a", 1)
    assert file.get("a") == 1, "known at once"
    assert not path.exists(), "and not written here"
    await file.keep("b", 2)
    assert json.loads(path.read_text()) == {"a": 1, "b": 2}
    await file.keep("b", 2)
    assert len(writers) == 1, "no news is not written"
    assert threading.main_thread() not in writers


async def test_without_a_file_it_is_remembered_for_this_run() -> None:
    file = numbers(None)
    file.load()
    await file.keep("a", 1)
    assert file.get("a") == 1


async def test_programs_side_by_side_do_not_forget_what_the_others_learnt(tmp_path: Path) -> None:
    path = tmp_path / "file.json"
    one, two = loaded(path), loaded(path)
    await one.keep("a", 1)
    await two.keep("b", 2)
    assert two.get("a") == 1, "writing also reads"
    await one.keep("a", 3)
    await two.keep("c", 4)
    both = loaded(path)
    assert [both.get(key) for key in "abc"] == [3, 2, 4]


def test_four_processes_that_write_at_the_same_time_all_keep_theirs(tmp_path: Path) -> None:
    path = tmp_path / "file.json"
    code = (
        "import sys\n"
        "from pathlib import Path\n"
        "from app.memory.json_file import JsonFile\n"
        "file = JsonFile(Path(sys.argv[1]), 'numbers', parse=lambda n: n, most=100)\n"
        "for n in range(20):\n"
        "    file.put(f'{sys.argv[2]}-{n}', n)\n"
        "    file.save()\n"
    )
    running = [
        subprocess.Popen([sys.executable, "-c", code, str(path), str(number)], cwd=ROOT)
        for number in range(4)
    ]
    assert [each.wait() for each in running] == [0] * 4
    assert len(json.loads(path.read_text())) == 4 * 20
    assert sorted(p.name for p in tmp_path.iterdir()) == ["file.json", "file.lock"]


async def test_another_program_that_never_lets_go_is_not_waited_for(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("app.memory.safe_file._PATIENCE", 0.05)
    path = tmp_path / "file.json"
    with lock_file(tmp_path / "file.lock"):
        await numbers(path).keep("a", 1)
    assert loaded(path).get("a") == 1


async def test_what_is_kept_before_it_was_loaded_wins(tmp_path: Path) -> None:
    path = tmp_path / "file.json"
    await numbers(path).keep("a", 1)
    file = numbers(path)
    file.put("a", 2)
    file.load()
    assert file.get("a") == 2


async def test_the_oldest_go_first_and_the_newest_stay(tmp_path: Path) -> None:
    path = tmp_path / "file.json"
    file = numbers(path, most=3)
    for number, key in enumerate("abcad"):
        await file.keep(key, number)
    assert {key: file.get(key) for key in "abcd"} == {"a": 3, "b": None, "c": 2, "d": 4}
    assert list(json.loads(path.read_text())) == ["c", "a", "d"]


async def test_a_folder_that_cannot_be_written_costs_only_the_memory(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    file = numbers(tmp_path / "file" / "numbers.json")
    file.load()
    await file.keep("a", 1)
    assert file.get("a") == 1


async def test_what_cannot_be_deleted_is_told(tmp_path: Path) -> None:
    file = numbers(tmp_path / "numbers.json")
    await file.keep("a", 1)
    assert file.forget()
    assert not file.path.exists()
    file.path.mkdir()
    await file.keep("b", 1)
    assert not file.forget()
    assert file.get("b") is None


@pytest.mark.parametrize("text", ["", "{", "[]", "null", '"x"', "[" * 5000, "\udc80"])
async def test_damaged_file_is_as_none(tmp_path: Path, text: str) -> None:
    path = tmp_path / "file.json"
    path.write_bytes(text.encode("utf-8", "surrogateescape"))
    file = loaded(path)
    assert file.get("a") is None
    await file.keep("a", 1)
    assert loaded(path).get("a") == 1


WRONG = {"header": 1, "code": 2, "tlv": 3, "counter": "7"}
ODD = {"header": 1, "code": 2, "tlv": 3, "vendor": 7}


async def test_parts_of_images_that_were_seen(tmp_path: Path) -> None:
    path = tmp_path / "images.json"
    firmware = tmp_path / "app.bin"
    firmware.write_bytes(build_image("1.2.3", 5000))
    file = read_firmware(firmware)
    (image,) = file.images
    known = KnownImages(path)
    await known.learn(file.parts)
    again = KnownImages(path)
    again.file.load()
    assert again.parts(image.hash) == Parts.of(image)
    assert again.parts(bytes(32)) is None
    assert again.parts(None) is None


async def test_what_files_told_is_kept_for_the_day_their_image_runs(tmp_path: Path) -> None:
    path = tmp_path / "images.json"
    code = struct.pack("<4I", 0x20008000, 0xC245, 0xC285, 0xC2C5) + b"firmware" * 3000
    counted = McubootImage.from_bytes(images.signed(code, "-s", "7"))
    packed = McubootImage.from_bytes(images.signed(code, "-s", "8", "--compression", "lzma2"))
    known = KnownImages(path)
    await known.learn((FilePart(counted), FilePart(packed)))
    again = KnownImages(path)
    again.file.load()
    assert again.seen(counted.hash) == Seen(7, 0xC244)
    assert [again.seen(digest) for digest in packed.hashes] == [Seen(8), Seen(8)]
    assert again.seen(bytes(32)) is None
    shown = again.parts(packed.hashes[1])
    assert shown is not None
    assert shown.code == len(code)
    assert shown.header + shown.code + shown.tlv == packed.installed_size


async def test_whom_a_file_is_made_for_is_kept_too(tmp_path: Path) -> None:
    vendor, kind = uuid5(NAMESPACE_DNS, "acme.example"), uuid5(NAMESPACE_DNS, "pump")
    options = ("--vid", str(vendor), "--cid", str(kind))
    plain = McubootImage.from_bytes(images.signed(b"firmware" * 3000, *options))
    packed = McubootImage.from_bytes(
        images.signed(b"firmware" * 3000, *options, "--compression", "lzma2")
    )
    known = KnownImages(tmp_path / "images.json")
    await known.learn((FilePart(plain, board="acme_pump"), FilePart(packed, board="acme_pump")))
    await known.learn((FilePart(plain),))
    again = KnownImages(tmp_path / "images.json")
    again.file.load()
    for digest in (plain.hash, *packed.hashes):
        told = again.seen(digest)
        assert told is not None
        assert (told.vendor, told.product, told.board) == (vendor, kind, "acme_pump")


def test_entries_of_before_tell_sizes_only(tmp_path: Path) -> None:
    path = tmp_path / "images.json"
    path.write_text(json.dumps({"00": {"header": 1, "code": 2, "tlv": 3}}))
    known = KnownImages(path)
    known.file.load()
    assert known.parts(b"\0") == Parts(1, 2, 3)
    assert known.seen(b"\0") == Seen()


@pytest.mark.parametrize(
    "stored", [None, 1, {}, {"header": 1}, {"header": 1, "code": "2"}, [[]], WRONG, ODD]
)
def test_parts_that_can_be_none_are_none(tmp_path: Path, stored: object) -> None:
    path = tmp_path / "images.json"
    path.write_text(json.dumps({"00": stored}))
    known = KnownImages(path)
    known.file.load()
    assert known.parts(b"\0") is None
