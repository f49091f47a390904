"""Firmware versions: `major.minor.revision+build`, as tools write and devices report them.

Source: mcu-tools/mcuboot boot/bootutil/include/bootutil/image.h (`image_version`) and
scripts/imgtool/version.py. A version does not identify an image: two builds may share one.
"""

from __future__ import annotations

import re
import struct
from dataclasses import dataclass
from typing import Literal

from smp.errors import SmpError
from smp.text import Coded, Text

ByteOrder = Literal["little", "big"]

_PARTS = (("major", 0xFF), ("minor", 0xFF), ("revision", 0xFFFF), ("build", 0xFFFFFFFF))
_FORMAT = {"little": struct.Struct("<BBHI"), "big": struct.Struct(">BBHI")}

_N = "([0-9]{1,10})"
_STRICT = re.compile(rf"{_N}(?:\.{_N}(?:\.{_N}(?:[+.]{_N})?)?)?")
_LENIENT = re.compile(rf"[\s\x00]*[vV]?{_N}(?:\.{_N}(?:\.{_N}(?:[+.]{_N})?)?)?(?![0-9])")


class VersionError(SmpError):
    """A text or numbers that are no firmware version."""


@dataclass(frozen=True, slots=True)
class Version:
    """Major and minor 0-255, revision 0-65535, build 0-4294967295.

    `<` and its kin compare major, minor and revision only, as devices do by default; `==` also
    compares the build number. Raises `VersionError` for a part out of range.
    """

    major: int
    minor: int = 0
    revision: int = 0
    build: int = 0

    def __post_init__(self) -> None:
        for name, highest in _PARTS:
            value = getattr(self, name)
            if not 0 <= value <= highest:
                raise VersionError(
                    Coded("version-impossible", "That version is not possible"),
                    why=Text(
                        "Its {name} number is {value}, the highest possible is {highest}",
                        name=name,
                        value=value,
                        highest=highest,
                    ),
                )

    @classmethod
    def parse(cls, text: str) -> Version:
        """Read "1.2.3+4" or a device's "1.2.3.4"; missing parts are 0. Raises `VersionError`."""
        match = _STRICT.fullmatch(text.strip())
        if match is None:
            raise VersionError(
                Coded(
                    "version-not-understood", '"{text}" is not a firmware version', text=text[:40]
                ),
                next_step=Text(
                    "Write it as major.minor.revision+build, for example 1.2.3 or 1.2.3+4"
                ),
            )
        return cls(*(int(part or 0) for part in match.groups()))

    @classmethod
    def parse_device(cls, text: object) -> Version | None:
        """What a device reported; None if no version can be made out of it.

        A leading "v" and whatever follows the numbers are ignored.
        """
        match = _LENIENT.match(text) if isinstance(text, str) else None
        if match is None:
            return None
        try:
            return cls(*(int(part or 0) for part in match.groups()))
        except VersionError:
            return None

    @classmethod
    def from_bytes(cls, data: bytes, byteorder: ByteOrder = "little") -> Version:
        """The eight bytes of `image_version`."""
        return cls(*_FORMAT[byteorder].unpack(data))

    def to_bytes(self, byteorder: ByteOrder = "little") -> bytes:
        return _FORMAT[byteorder].pack(self.major, self.minor, self.revision, self.build)

    def is_newer_than(self, other: Version, *, build: bool = False) -> bool:
        """With `build`, equal versions are told apart by their build number."""
        if self._triple != other._triple:
            return self._triple > other._triple
        return build and self.build > other.build

    @property
    def device_text(self) -> str:
        """As a device reports it: "1.2.3", or "1.2.3.4" where the build number is not 0."""
        return f"{self.major}.{self.minor}.{self.revision}" + (f".{self.build}" * bool(self.build))

    def __str__(self) -> str:
        return f"{self.major}.{self.minor}.{self.revision}" + (f"+{self.build}" * bool(self.build))

    def __lt__(self, other: Version) -> bool:
        return self._triple < other._triple

    def __le__(self, other: Version) -> bool:
        return self._triple <= other._triple

    def __gt__(self, other: Version) -> bool:
        return self._triple > other._triple

    def __ge__(self, other: Version) -> bool:
        return self._triple >= other._triple

    @property
    def _triple(self) -> tuple[int, int, int]:
        return self.major, self.minor, self.revision
