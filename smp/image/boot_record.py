"""The boot record of an image: what the bootloader measures for attestation.

Source: mcu-tools/mcuboot scripts/imgtool/boot_record.py; property numbers from the PSA
Attestation API 1.0.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from smp.plain import plain

_TYPE, _VALUE, _VERSION, _SIGNER, _DESCRIPTION = 1, 2, 4, 5, 6
_DEEPEST = 8


@dataclass(frozen=True, slots=True)
class BootRecord:
    """`measurement` is all zero in a file; the bootloader fills it in."""

    software_type: str = ""
    version: str = ""
    signer_id: bytes = b""
    measurement: bytes = b""
    measurement_kind: str = ""

    @classmethod
    def from_bytes(cls, value: bytes) -> BootRecord | None:
        """Decode leniently: what is missing or of another type stays empty. None if no CBOR map."""
        import cbor2

        try:
            decoded = cbor2.loads(value, str_errors="replace", max_depth=_DEEPEST)
        except (cbor2.CBORError, ValueError, TypeError, OverflowError, MemoryError):
            return None
        if not isinstance(decoded, dict):
            return None
        return cls(
            _text(decoded.get(_TYPE)),
            _text(decoded.get(_VERSION)),
            _bytes(decoded.get(_SIGNER)),
            _bytes(decoded.get(_VALUE)),
            _text(decoded.get(_DESCRIPTION)),
        )


def _text(value: Any) -> str:
    return plain(value) if isinstance(value, str) else ""


def _bytes(value: Any) -> bytes:
    return value if isinstance(value, bytes) else b""
