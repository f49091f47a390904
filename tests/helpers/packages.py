"""Firmware packages as the nRF Connect SDK's build makes them, and archives as others do."""

from __future__ import annotations

import io
import json
import struct
import zipfile
from typing import Any

import cbor2
from intelhex import IntelHex

BOARD = {"type": "application", "board": "nrf5340dk_nrf5340_cpuapp", "soc": "nRF5340_CPUAPP"}


def zipped(files: dict[str, bytes], method: int = zipfile.ZIP_DEFLATED) -> bytes:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", method) as archive:
        for name, data in files.items():
            archive.writestr(name, data)
    return stream.getvalue()


def entry(file: str, data: bytes, **more: Any) -> dict[str, Any]:
    """What the build writes of a file; None leaves a key out."""
    told = {**BOARD, **more, "size": more.get("size", len(data)), "file": file, "modtime": 1}
    return {key.replace("__", "+"): value for key, value in told.items() if value is not None}


def package(
    files: dict[str, tuple[bytes, dict[str, Any]]],
    *,
    folder: str = "",
    manifest: dict[str, Any] | None = None,
    text: str | None = None,
    beside: dict[str, bytes] | None = None,
    method: int = zipfile.ZIP_STORED,
) -> bytes:
    """`files`: contents and what the manifest says more of each; `manifest`: more of the whole;
    `text`: the manifest as it is."""
    entries = [entry(file, data, **more) for file, (data, more) in files.items()]
    told = {"format-version": 0, "time": 1750000000, "files": entries, **(manifest or {})}
    contents = {folder + file: data for file, (data, _) in files.items()}
    contents[folder + "manifest.json"] = (text or json.dumps(told, indent=4)).encode()
    return zipped(contents | (beside or {}), method)


def two_cores(app: bytes, net: bytes) -> bytes:
    """dfu_application.zip of an nRF5340, as SDK 2.9 makes it."""
    return package(
        {
            "app.signed.bin": (
                app,
                {
                    "load_address": 49152,
                    "image_index": "0",
                    "slot_index_primary": "1",
                    "slot_index_secondary": "2",
                    "version_MCUBOOT": None,
                },
            ),
            "ipc_radio.bin": (
                net,
                {
                    "image_index": "1",
                    "slot_index_primary": "3",
                    "slot_index_secondary": "4",
                    "load_address": 0x01008800,
                    "version": "1",
                    "board": "nrf5340dk/nrf5340/cpunet",
                    "core": "NETWORK",
                },
            ),
        },
        manifest={"name": "Lamp 2"},
    )


def in_place(first: bytes, second: bytes, **more: Any) -> bytes:
    """dfu_application.zip with a file for each slot."""
    return package(
        {
            "app.signed.bin": (first, {"slot": "0", "image_index": "0", **more}),
            "mcuboot_secondary_app.signed.bin": (second, {"slot": "1", "image_index": "0", **more}),
        }
    )


def bundled(parts: dict[int, bytes]) -> bytes:
    """dfu_multi_image.bin."""
    listed = cbor2.dumps({"img": [{"id": n, "size": len(part)} for n, part in parts.items()]})
    return struct.pack("<H", len(listed)) + listed + b"".join(parts.values())


def hexed(*parts: tuple[int, bytes]) -> bytes:
    """Bytes at addresses as Intel HEX."""
    records, stream = IntelHex(), io.StringIO()
    for at, data in parts:
        records.frombytes(data, offset=at)
    records.write_hex_file(stream)
    return stream.getvalue().encode()
