"""Images that were seen in files, by hash: a device lists a hash, only a file tells its parts.

Nothing depends on it but how much of a slot can be drawn, and what can be said of a new image
beside the one that runs.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TypeGuard

from app.memory.json_file import JsonFile
from smp.image import McubootImage
from smp.update.seen import Seen

MOST = 400


@dataclass(frozen=True, slots=True)
class Parts:
    """Bytes of an image's parts, and what its file told beside."""

    header: int
    code: int
    tlv: int
    counter: int | None = None
    start: int | None = None

    @classmethod
    def of(cls, image: McubootImage) -> Parts:
        tlv = image.header.protected_size + image.tlv_size
        seen = Seen.of(image)
        return cls(image.header.size, image.header.image_size, tlv, seen.counter, seen.start)

    @classmethod
    def unpacked(cls, image: McubootImage) -> Parts:
        """Of what a compressed image becomes."""
        packed, size = image.compression, image.installed_size
        code = packed.unpacked_size if packed is not None else None
        if code is None or size is None:
            return cls(0, 0, 0, image.security_counter)
        header = image.header.size
        return cls(header, code, size - header - code, image.security_counter)


class KnownImages:
    """`path` None: remembered for this run only."""

    def __init__(self, path: Path | None = None) -> None:
        self.file: JsonFile[Parts] = JsonFile(
            path, "known images", parse=_parts, store=asdict, most=MOST
        )

    def parts(self, digest: bytes | None) -> Parts | None:
        return self.file.get(digest.hex()) if digest else None

    def seen(self, digest: bytes) -> Seen | None:
        parts = self.parts(digest)
        return Seen(parts.counter, parts.start) if parts is not None else None

    async def learn(self, images: Iterable[McubootImage]) -> None:
        """Remember a file's images."""
        for image in images:
            await self.file.keep(image.hash.hex(), Parts.of(image))
            for digest in image.hashes[1:]:
                await self.file.keep(digest.hex(), Parts.unpacked(image))


def _parts(stored: object) -> Parts | None:
    if not isinstance(stored, dict):
        return None
    header, code, tlv = (stored.get(name) for name in ("header", "code", "tlv"))
    counter, start = (stored.get(name) for name in ("counter", "start"))
    if not (_is_count(header) and _is_count(code) and _is_count(tlv)):
        return None
    if not all(value is None or _is_count(value) for value in (counter, start)):
        return None
    return Parts(header, code, tlv, counter, start)


def _is_count(value: object) -> TypeGuard[int]:
    return type(value) is int and value >= 0
