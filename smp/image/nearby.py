"""Finding the signed image, or the package, of the build that a wrong file belongs to.

Source: the names and folders of Zephyr's build system, with and without sysbuild, and of the
nRF Connect SDK.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from pathlib import Path

from smp.image.header import MAGIC_LITTLE

_SIGNED = "zephyr.signed.bin"
_OF_A_WHOLE_BUILD = frozenset({"merged", "dfu_application", "dfu_multi_image"})
_MOST_ENTRIES = 200
_ZIP = b"PK\x03\x04"
_SUFFIXES = frozenset(
    ("bin", "confirmed", "elf", "exe", "hex", "merged", "s19", "signed", "srec", "uf2", "zip")
)


def find_signed(path: Path) -> Path | None:
    """The one signed image or package that `path`, a file or a folder of a build, stands for.

    Beside a file only its own name counts: a folder may hold images of other products. None if
    there is none, or several with equal right. Never raises.
    """
    try:
        for candidates in _candidates(path):
            found = [other for other in candidates if other != path and _is_image(other)]
            if found:
                return found[0] if len(found) == 1 else None
    except (OSError, ValueError):
        pass
    return None


def _candidates(path: Path) -> Iterator[list[Path]]:
    """Groups of places to look, the closest first."""
    if path.is_dir():
        yield [path / "dfu_application.zip"]
        yield list(itertools.islice(path.glob("*.signed.bin"), _MOST_ENTRIES))
        yield from _in_build(path)
        return
    stem = _stem(path.name)
    for name in (f"{stem}.signed.bin", f"{path.stem}.bin", f"{stem}_signed.bin"):
        yield [path.with_name(name)]
    if stem in _OF_A_WHOLE_BUILD:
        yield [path.with_name(_SIGNED)]
        yield from _in_build(path.parent)


def _in_build(folder: Path) -> Iterator[list[Path]]:
    yield [folder / "zephyr" / _SIGNED]
    yield [folder / "app_update.bin"]
    children = itertools.islice(folder.iterdir(), _MOST_ENTRIES)
    yield [child / "zephyr" / _SIGNED for child in children]


def _stem(name: str) -> str:
    """The name without what builds append: "app.signed.hex" is "app"."""
    while "." in name and name.rsplit(".", 1)[1].lower() in _SUFFIXES:
        name = name.rsplit(".", 1)[0]
    return name or "firmware"


def _is_image(path: Path) -> bool:
    try:
        if not path.is_file():
            return False
        with path.open("rb") as stream:
            return stream.read(len(MAGIC_LITTLE)) == (
                _ZIP if path.suffix == ".zip" else MAGIC_LITTLE
            )
    except OSError:
        return False
