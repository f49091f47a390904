"""How the running image behaves.

The image says so itself, in words in a protected vendor TLV (`builder.WORDS_TLV`, 0xA0FD), so
that a file made by imgtool can be told to hang or crash:

    imgtool sign ... --custom-tlv 0xa0fd "hang watchdog 2000" app.bin app.signed.bin

    hang                 boots and never answers
    crash MS             resets MS milliseconds after it came up
    watchdog MS          MS milliseconds after a hanging image was started the watchdog resets it
    self-confirm         confirms itself as soon as it runs (also where another core runs it)
    silent-group-image   has no image group
    slow-boot MS         takes that much longer to come up
    slow-answers MS      takes that much longer for every request
    wrong-version        reports a version that is not the image's
    reset-refused        refuses a reset that is not forced (rc 10)
    reset-silent         resets at once, before its answer leaves

A demo or a test can lay a behaviour over whatever image runs (`SimulatedDevice.behaviour`).
Words that are not known are ignored, so is a number that is missing.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Any

from smp.simulator.builder import WORDS_TLV
from smp.simulator.store import ImageInfo

_SWITCHES = {
    "hang": "hangs",
    "self-confirm": "confirms_itself",
    "silent-group-image": "lacks_image_group",
    "wrong-version": "reports_wrong_version",
    "reset-refused": "refuses_reset",
    "reset-silent": "resets_at_once",
}
_TIMES = {
    "crash": "crashes_after",
    "watchdog": "watchdog_after",
    "slow-boot": "boots_later",
    "slow-answers": "answers_later",
}


@dataclass(frozen=True, slots=True)
class Behaviour:
    """What is peculiar about a firmware. Times in seconds."""

    hangs: bool = False
    confirms_itself: bool = False
    lacks_image_group: bool = False
    reports_wrong_version: bool = False
    refuses_reset: bool = False
    resets_at_once: bool = False
    crashes_after: float | None = None
    watchdog_after: float | None = None
    boots_later: float = 0.0
    answers_later: float = 0.0

    @classmethod
    def from_words(cls, words: str) -> Behaviour:
        changes: dict[str, Any] = {}
        parts = words.lower().split()
        for word, number in zip(parts, [*parts[1:], ""], strict=False):
            if word in _SWITCHES:
                changes[_SWITCHES[word]] = True
            elif word in _TIMES and number.isdecimal():
                changes[_TIMES[word]] = int(number[:9]) / 1000
        return replace(cls(), **changes)

    @classmethod
    def of(cls, image: ImageInfo) -> Behaviour:
        """What the image's own words say."""
        records: Iterable[bytes] = (
            tlv.value for tlv in image.protected + image.records if tlv.type == WORDS_TLV
        )
        return cls.from_words(" ".join(value.decode("ascii", "replace") for value in records))
