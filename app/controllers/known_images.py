"""Images that were seen in files, by hash: a device lists a hash, only a file tells its parts.

Kept in one JSON file; nothing depends on it but how much of a slot can be drawn.
"""

from __future__ import annotations

import json
import logging
from dataclasses import asdict, dataclass
from pathlib import Path

from smp.image import McubootImage

MOST = 400

log = logging.getLogger(__name__)


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
        self._path = path
        self._parts: dict[str, Parts] = {}
        if path is not None:
            self._load(path)

    def parts(self, digest: bytes | None) -> Parts | None:
        return self._parts.get(digest.hex()) if digest else None

    def learn(self, image: McubootImage) -> None:
        """Remember a file's image."""
        key, parts = image.hash.hex(), Parts.of(image)
        if self._parts.get(key) == parts:
            return
        self._parts.pop(key, None)
        self._parts[key] = parts
        for oldest in list(self._parts)[:-MOST]:
            del self._parts[oldest]
        self._save()

    def _load(self, path: Path) -> None:
        try:
            stored = json.loads(path.read_text("utf-8"))
            for key, parts in stored.items():
                self._parts[key] = Parts(*(int(parts[name]) for name in ("header", "code", "tlv")))
        except FileNotFoundError:
            return
        except (OSError, ValueError, TypeError, KeyError, AttributeError) as error:
            log.info("known images cannot be read: %s", error)

    def _save(self) -> None:
        if self._path is None:
            return
        text = json.dumps({key: asdict(parts) for key, parts in self._parts.items()})
        try:
            self._path.parent.mkdir(parents=True, exist_ok=True)
            fresh = self._path.with_suffix(".new")
            fresh.write_text(text, "utf-8")
            fresh.replace(self._path)
        except OSError as error:
            log.info("known images cannot be kept: %s", error)
