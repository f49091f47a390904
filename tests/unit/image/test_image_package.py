"""Packages and files of several images: named, and nothing of them is offered for a wrong image."""

from __future__ import annotations

import json
import struct
from pathlib import Path

import cbor2
import pytest

from smp.image import FileKind, FirmwareFile, classify, read_firmware
from tests.helpers import images
from tests.unit.image.test_image_file import bundled, zipped


def package(*files: dict[str, object], names: tuple[str, ...] = ()) -> FirmwareFile:
    contents = {str(entry["file"]): b"x" for entry in files} | dict.fromkeys(names, b"x")
    manifest = json.dumps({"format-version": 1, "files": files}).encode()
    return classify(zipped(contents | {"manifest.json": manifest}), "dfu_application.zip")


APP = {"file": "app.signed.bin", "image_index": "0"}
NET = {"file": "net.signed.bin", "image_index": "1"}


@pytest.mark.parametrize(
    "other",
    [
        NET,
        {"file": "net.signed.bin", "image": 1},
        {"file": "net.signed.bin", "image": "1"},
        {"file": "net.signed.bin", "core": "NETWORK"},
        {"file": "boot.bin", "type": "mcuboot"},
        {"file": "envelope.bin", "type": "suit-envelope"},
    ],
)
@pytest.mark.parametrize("is_first", [True, False])
def test_only_files_of_image_0_are_offered(other: dict[str, object], is_first: bool) -> None:
    found = package(*((other, APP) if is_first else (APP, other)))
    assert found.problem is not None
    assert found.problem.next_step == "Unpack it and choose app.signed.bin from it"
    assert str(other["file"]) in found.problem.why
    alone = package(other)
    assert alone.problem is not None
    assert str(other["file"]) not in alone.problem.next_step


@pytest.mark.parametrize(
    "files",
    [
        ({"file": "app.signed.bin"},),
        ({"file": "app.signed.bin", "image_index": "odd"},),
        ({"file": "app.signed.bin", "image_index": True, "type": 7},),
        ({"file": "app.signed.bin", "load_address": 49152, "type": "application"},),
    ],
)
def test_a_package_that_tells_little_is_for_image_0(files: tuple[dict[str, object], ...]) -> None:
    found = package(*files)
    assert found.problem is not None
    assert found.problem.next_step == "Unpack it and choose app.signed.bin from it"


def test_files_for_the_two_slots_are_told_apart() -> None:
    found = package(APP | {"slot": "0"}, {"file": "second.bin", "slot": "1"}, NET | {"slot": "2"})
    assert found.problem is not None
    assert "does not run: app.signed.bin for slot 0 or second.bin for slot 1" in (
        found.problem.next_step
    )
    assert "net.signed.bin for image 1" in found.problem.why


def test_names_in_a_package_are_cleaned() -> None:
    found = package({"file": "a\x1b[2Jb.bin", "image_index": "1"}, {"file": "c\x1bd.bin"})
    assert "\x1b" not in str(found.problem)
    assert found.problem is not None
    assert "for image 1" in found.problem.why


def test_the_images_of_a_bundle_are_named() -> None:
    first, second = images.image("1.0.0"), images.image("1.1.0")
    found = classify(bundled({0: first, 1: second}), "dfu_multi_image.bin")
    assert found.kind is FileKind.BUNDLE
    assert found.problem is not None
    assert "image 0 (1.0.0), image 1 (1.1.0)" in found.problem.why
    assert not found.images


@pytest.mark.parametrize(
    "listed",
    [
        {},
        {"img": []},
        {"img": {}},
        {"img": [1]},
        {"img": [{"id": 0}]},
        {"img": [{"id": 0, "size": -1}]},
        {"img": [{"id": 0, "size": 1 << 40}]},
        {"img": [{"id": 0, "size": 1}, {"id": 0, "size": 1}]},
        {"img": [{"id": True, "size": 1}]},
        [{"img": [{"id": 0, "size": 1}]}],
    ],
)
def test_what_only_looks_like_a_bundle_is_none(listed: object) -> None:
    data = cbor2.dumps(listed)
    found = classify(struct.pack("<H", len(data)) + data + b"xy", "x")
    assert found.kind is not FileKind.BUNDLE


def test_a_build_s_signed_image_is_found_beside_its_bundle(tmp_path: Path) -> None:
    (tmp_path / "zephyr").mkdir()
    right = tmp_path / "zephyr" / "zephyr.signed.bin"
    right.write_bytes(images.image())
    (tmp_path / "dfu_multi_image.bin").write_bytes(bundled({0: images.image(), 1: b"x"}))
    assert read_firmware(tmp_path / "dfu_multi_image.bin").suggestion == right
