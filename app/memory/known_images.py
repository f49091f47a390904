"""Images that were seen in files, by hash: a device lists a hash, only a file tells its parts.

Nothing depends on it but how much of a slot can be drawn.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict, astuple, dataclass
from pathlib import Path

from app.memory.json_file import JsonFile
from smp.image import McubootImage

MOST = 400


@dataclass(frozen=True, slots=True)
class Parts:
    """Bytes of an image's parts."""

    header: int
    code: int
    tlv: int

    @classmethod
    def of(cls, image: McubootImage) -> Parts:
        tlv = image.header.protected_size + image.tlv_size
        return cls(image.header.size, image.header.image_size, tlv)


class KnownImages:
    """`path` None: remembered for this run only."""

    def __init__(self, path: Path | None = None) -> None:
        self.file: JsonFile[Parts] = JsonFile(
            path, "known images", parse=_parts, store=asdict, most=MOST
        )

    def parts(self, digest: bytes | None) -> Parts | None:
        return self.file.get(digest.hex()) if digest else None

    async def learn(self, images: Iterable[McubootImage]) -> None:
        """Remember a file's images."""
        for image in images:
            await self.file.keep(image.hash.hex(), Parts.of(image))


def _parts(stored: object) -> Parts | None:
    if not isinstance(stored, dict):
        return None
    parts = Parts(stored.get("header", -1), stored.get("code", -1), stored.get("tlv", -1))
    return parts if all(type(size) is int and size >= 0 for size in astuple(parts)) else None
