"""What a bootloader may have against an image: what was found in the file before it was sent, the
surest first; only then what is most often the reason."""

from __future__ import annotations

from smp.text import NOTHING, Text, sentences
from smp.update.kinds import Check, Tone
from smp.update.plan import ImagePlan

_MISBUILT = (
    "hash-differs",
    "wrong-header-size",
    "starts-outside",
    "built-for-elsewhere",
    "not-built-for-ram",
    "built-for-ram-runs-flash",
)
"""For these no signature helps."""
_OF_KEYS = (
    "signature-not-trusted",
    "known-key-does-not-fit",
    "known-key-of-other-product",
    "signed-with-unknown-key",
)
_OTHERS = (
    "counter-lower",
    "counter-missing",
    "counter-probably-lower",
    "needed-image-older",
    "needed-image-not-listed",
    "needs-its-own-number",
    "companions-missing",
    "soc-differs",
    "board-differs",
    "board-core-differs",
    "board-differs-from-running",
    "vendor-id-differs",
    "class-id-differs",
    "vendor-id-missing",
    "class-id-missing",
    "may-be-too-large",
    "may-not-fit",
)
_FOUND = (*_MISBUILT, *_OF_KEYS, *_OTHERS)
"""Checks of a plan for which a bootloader refuses an image, the surest first."""
_DOUBTS = (Tone.WARN, Tone.BAD)
_MOST = 2
_UNSIGNED = Text("The file is not signed, and most bootloaders run signed images only")


def reason(part: ImagePlan, *, in_place: bool = False) -> Text:
    """Why it was not started. in_place: the bootloader runs images where they lie, so that one
    for another slot is likely, too."""
    found = seen(part)
    if found:
        return found
    if not part.file_image.signatures:
        slot = Text("It may also be built for another slot")
        return sentences(_UNSIGNED, slot if in_place else NOTHING)
    if in_place:
        return Text(
            "Most often it was signed with a key that this device does not know, or built for "
            "another slot"
        )
    return Text("Most often it was signed with a key that this device does not know")


def seen(part: ImagePlan) -> Text:
    """What was found in the file; nothing where nothing speaks against it but what is unsigned."""
    found = _found(part)
    if not found:
        return NOTHING
    is_unsigned = not part.file_image.signatures and found[0].text.code not in _MISBUILT
    return sentences(
        Text("The check before the update found what may be the reason"),
        *(check.text for check in found[:_MOST]),
        _UNSIGNED if is_unsigned else NOTHING,
    )


def step(part: ImagePlan, *, in_place: bool = False) -> Text:
    """What to do about it."""
    code = next((check.text.code for check in _found(part)), "")
    if code in _MISBUILT:
        return Text("Use a file that is built for this device")
    if code in _OTHERS or (in_place and not code):
        return Text("Use a file that is signed and built for this device")
    return Text("Use a file that is signed for this device")


def _found(part: ImagePlan) -> list[Check]:
    """What speaks against it, the surest first."""
    told = [check for check in part.checks if check.text.code in _FOUND and check.tone in _DOUBTS]
    return sorted(told, key=lambda check: _FOUND.index(check.text.code))
