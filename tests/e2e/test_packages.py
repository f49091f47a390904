"""Packages on the command line: what is in them is shown, sent, or refused with the next step."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from smp.image import FirmwareFile, read_firmware
from smp.simulator import build_image
from tests.helpers.packages import bundled, hexed, in_place, package, two_cores, zipped
from tests.helpers.programs import run

APP, NET = build_image("1.4.2", 20_000), build_image("1.5.0", 9_000)
ANY_BOARD = {"board": None, "soc": None}
BOOT = {"mcuboot.bin": (b"x", {"type": "mcuboot"})}


def kept(folder: Path, name: str, data: bytes) -> str:
    (folder / name).write_bytes(data)
    return str(folder / name)


def test_inspect_shows_every_part(tmp_path: Path) -> None:
    file = kept(tmp_path, "dfu_application.zip", two_cores(APP, NET))
    (told,) = run(tmp_path, "inspect", file, "--json").events
    assert (told["kind"], told["usable"], told["label"]) == ("package", True, "Lamp 2")
    facts = ("number", "slot", "name", "board", "soc", "core", "address", "version")
    assert [[image[fact] for fact in facts] for image in told["images"]] == [
        [
            *(0, None, "app.signed.bin", "nrf5340dk_nrf5340_cpuapp", "nRF5340_CPUAPP", None),
            *(0xC000, "1.4.2"),
        ],
        [
            *(1, None, "ipc_radio.bin", "nrf5340dk/nrf5340/cpunet", "nRF5340_CPUAPP", "NETWORK"),
            *(0x01008800, "1.5.0"),
        ],
    ]
    text = run(tmp_path, "inspect", file).text
    for words in ("Lamp 2", "ipc_radio.bin", "NETWORK", "nrf5340dk/nrf5340/cpunet", "0x0000c000"):
        assert words in text
    pair = kept(tmp_path, "pair.zip", in_place(APP, NET))
    assert "built for slot 1 alone" in run(tmp_path, "inspect", pair).text


def test_what_is_left_out_is_said(tmp_path: Path) -> None:
    file = kept(tmp_path, "a.zip", package({"app.bin": (APP, ANY_BOARD), **BOOT}))
    words = "mcuboot.bin is for the bootloader itself and is left out"
    assert f"{words}." in run(tmp_path, "inspect", file).text
    (told,) = run(tmp_path, "inspect", file, "--json").events
    assert told["notes"] == [f"{words}."]
    ended = run(tmp_path, "update", file, "--device", "sim:fast")
    assert ended.status == 0
    assert words in ended.text


@pytest.mark.parametrize(
    ("name", "data"),
    [
        ("app.zip", package({"app.bin": (APP, {"image_index": "0", **ANY_BOARD})})),
        ("app.hex", hexed((0xC000, APP))),
        ("app.bin", bundled({0: APP})),
    ],
)
def test_an_update_by_a_package(tmp_path: Path, name: str, data: bytes) -> None:
    ended = run(tmp_path, "update", kept(tmp_path, name, data), "-d", "sim:fast", "--json")
    assert (ended.status, ended.verdict["outcome"]) == (0, "updated")
    assert ended.verdict["running"]["version"] == "1.4.2"


def test_a_number_goes_with_a_file_that_says_none(tmp_path: Path) -> None:
    plain = kept(tmp_path, "app.bin", APP)
    (plan,) = run(tmp_path, "update", plain, "--image", "1", "-d", "sim:fast", "--json").of("plan")
    assert [part["number"] for part in plan["parts"]] == [1]
    one = kept(tmp_path, "one.zip", package({"app.bin": (APP, {"image_index": "0", **ANY_BOARD})}))
    wrong = run(tmp_path, "update", one, "--image", "1", "-d", "sim:fast")
    assert wrong.status == 2
    assert "made for image 0, not for image 1" in wrong.errors
    assert run(tmp_path, "update", one, "--image", "0", "-d", "sim:fast").status == 0
    two = kept(tmp_path, "two.zip", two_cores(APP, NET))
    several = run(tmp_path, "update", two, "--image", "2", "-d", "sim:fast", "--json")
    assert several.status == 2
    assert json.dumps(several.events).count("job-number-for-several") == 1
    picked = run(tmp_path, "update", two, "--image", "1", "-d", "sim:two-cores", "--json")
    (plan,) = picked.of("plan")
    assert [part["number"] for part in plan["parts"]] == [1]


def test_two_images_on_a_device_with_one_are_not_sent(tmp_path: Path) -> None:
    two = kept(tmp_path, "two.zip", two_cores(APP, NET))
    ended = run(tmp_path, "update", two, "-d", "sim:fast", "--json")
    assert ended.status == 1
    assert not ended.of("upload")


@pytest.mark.parametrize(
    ("name", "data", "words"),
    [
        ("photos.zip", zipped({"a.jpg": b"\xff\xd8\xff" * 99}), "a ZIP archive of pictures"),
        ("app.bin.crdownload", APP, "a download that has not ended"),
        ("evil.zip", zipped({"../app.bin": APP}), "may do harm"),
    ],
)
def test_what_is_no_package_is_named_and_not_sent(
    tmp_path: Path, name: str, data: bytes, words: str
) -> None:
    file = kept(tmp_path, name, data)
    for command in (("inspect", file), ("update", file, "-d", "sim:fast")):
        ended = run(tmp_path, *command)
        assert ended.status == 2
        assert words in ended.errors


def test_a_file_is_read_as_the_path_says(tmp_path: Path) -> None:
    file: FirmwareFile = read_firmware(kept(tmp_path, "a.zip", package({"app.bin": (APP, {})})))
    assert file.path == tmp_path / "a.zip"
    assert file.images[0].data == APP
