"""Images that were seen in files, by hash: a device lists a hash, only a file tells its parts.

Nothing depends on it but how much of a slot can be drawn, and what can be said of a new image
beside the one that runs.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TypeGuard
from uuid import UUID

from app.memory.json_file import JsonFile
from smp.image import FilePart, McubootImage
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
    vendor: str = ""
    product: str = ""
    """Ids; empty: none."""
    board: str = ""
    """What it is made for, where its file said so, or one before it with the same image."""
    address: int | None = None

    @classmethod
    def of(cls, image: McubootImage, board: str = "") -> Parts:
        tlv = image.header.protected_size + image.tlv_size
        seen = Seen.of(image)
        return cls(
            image.header.size,
            image.header.image_size,
            tlv,
            seen.counter,
            seen.start,
            *_ids(seen),
            board,
            seen.address,
        )

    @classmethod
    def unpacked(cls, image: McubootImage, board: str = "") -> Parts:
        """Of what a compressed image becomes."""
        packed, size = image.compression, image.installed_size
        code = packed.unpacked_size if packed is not None else None
        told = (image.security_counter, None, *_ids(Seen.of(image)), board)
        if code is None or size is None:
            return cls(0, 0, 0, *told)
        header = image.header.size
        return cls(header, code, size - header - code, *told)


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
        if parts is None:
            return None
        ids = _uuid(parts.vendor), _uuid(parts.product)
        return Seen(parts.counter, parts.start, *ids, parts.board, parts.address)

    async def learn(self, parts: Iterable[FilePart]) -> None:
        """Remember a file's images."""
        for part in parts:
            image = part.image
            board = part.board or self._board(image.hash)
            await self.file.keep(image.hash.hex(), Parts.of(image, board))
            for digest in image.hashes[1:]:
                await self.file.keep(digest.hex(), Parts.unpacked(image, board))

    def _board(self, digest: bytes) -> str:
        """What a file before it said."""
        known = self.parts(digest)
        return known.board if known is not None else ""


def _ids(seen: Seen) -> tuple[str, str]:
    vendor, product = seen.vendor, seen.product
    return str(vendor) if vendor is not None else "", str(product) if product is not None else ""


def _uuid(text: str) -> UUID | None:
    try:
        return UUID(text)
    except ValueError:
        return None


def _parts(stored: object) -> Parts | None:
    if not isinstance(stored, dict):
        return None
    header, code, tlv = (stored.get(name) for name in ("header", "code", "tlv"))
    told = counter, start, address = [stored.get(it) for it in ("counter", "start", "address")]
    if not (_is_count(header) and _is_count(code) and _is_count(tlv)):
        return None
    if not all(value is None or _is_count(value) for value in told):
        return None
    vendor, product, board = (stored.get(name, "") for name in ("vendor", "product", "board"))
    if not (isinstance(vendor, str) and isinstance(product, str) and isinstance(board, str)):
        return None
    return Parts(header, code, tlv, counter, start, vendor, product, board, address)


def _is_count(value: object) -> TypeGuard[int]:
    return type(value) is int and value >= 0
