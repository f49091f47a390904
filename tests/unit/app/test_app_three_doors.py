"""What is wrong with a file is said in the same words by `inspect`, by `update` and on the card."""

from __future__ import annotations

from pathlib import Path

import pytest
from click.testing import CliRunner

from app.cli.commands import main
from app.presenters import update as show_update
from smp.image import read_firmware
from smp.simulator import build_image
from tests.helpers import images
from tests.helpers.packages import bundled, entry, hexed, package, zipped

APP, NET = build_image("1.4.2", 9_000), build_image("1.5.0", 5_000)
HEX = hexed((0xC000, APP))
LINES = HEX.splitlines(keepends=True)


def one(file: str, **more: object) -> bytes:
    """A package whose manifest says so of its image."""
    text = {"files": [{**entry(file, APP), **more}]}
    return package({"app.bin": (APP, {})}, manifest=text)


NASTY = {
    "modem.zip": one("app.bin", type="modem"),
    "outside.zip": one("../app.bin"),
    "absolute.zip": one("C:\\app.bin"),
    "number.zip": one("app.bin", image_index="31"),
    "negative.zip": one("app.bin", image_index=-1),
    "contradicts.zip": one("app.bin", image_index="0", slot_index_primary="3"),
    "size.zip": one("app.bin", size=5),
    "hash.zip": one("app.bin", sha256="00" * 32),
    "missing.zip": one("other.bin"),
    "twice.zip": package({"a.bin": (APP, {"image_index": 0}), "b.bin": (NET, {"image_index": 0})}),
    "nested.zip": package({"in.zip": (one("app.bin"), {})}),
    "packed.zip": zipped({"dfu_application.zip": one("app.bin")}),
    "raw.zip": package({"app.bin": (b"\xaa" * 500, {})}),
    "empty.zip": zipped({"app.bin": APP, "manifest.json": b'{"files": []}'}),
    "photos.zip": zipped({"a.jpg": b"x", "b.png": b"y"}),
    "manifest.json": b'{"files": [{"file": "app.bin"}]}',
    "cut.hex": HEX[: len(HEX) // 2 - 3],
    "endless.hex": b"".join(LINES[:-1]),
    "sum.hex": b"".join([*LINES[:4], LINES[4][:-3] + b"00\n", *LINES[5:]]),
    "joined.hex": HEX + HEX,
    "app.s19": b"S00F000068656C6C6F202020202000003C\n",
    "ti.txt": b"@F000\n31 40 00 03\nq\n",
    "app.uf2": b"UF2\n\x57\x51\x5d\x9e" + bytes(504),
    "zephyr.elf": b"\x7fELF\x01\x01\x01" + bytes(100),
    "cut.bin": APP[:-7],
    "flipped.bin": APP[:700] + b"\0" + APP[701:],
    "as_text.bin": images.image("1.0.0", 4096).replace(b"\n", b"\r\n"),
    "multi.bin": bundled({0: APP, 1: b"no image"}),
    "key.pem": images.key_file().read_bytes(),
    "nothing.bin": b"",
}


@pytest.mark.parametrize("name", NASTY)
def test_a_file_that_cannot_be_used(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    monkeypatch.setenv("FLASHDESK_STATE", str(tmp_path / "state"))
    monkeypatch.setenv("FLASHDESK_LANGUAGE", "en")
    path = tmp_path / name
    path.write_bytes(NASTY[name])
    file = read_firmware(path)
    problem = file.problem
    assert problem is not None
    assert problem.next_step
    said = [str(problem.what), *filter(None, (str(problem.why), str(problem.next_step)))]
    card = show_update.plan_of_file(file)
    shown = [str(show_update._file(file).detail), *(str(check.words) for check in card.checks)]
    for words in (("inspect", str(path)), ("update", str(path), "-d", "sim:fast")):
        done = CliRunner().invoke(main, words)
        assert done.exit_code == 2, done.output
        told = " ".join(done.output.split())
        for sentence in said:
            assert " ".join(sentence.split()) in told, (words[0], sentence)
    for sentence in said:
        assert any(sentence in each for each in shown), sentence
