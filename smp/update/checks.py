"""The lines of a plan: what was looked at in the file and on the device, in words."""

from __future__ import annotations

from smp.image import HashCheck, McubootImage, Remark, SignatureCheck, remarks
from smp.update.case import HIGHEST_WINS, Case
from smp.update.demands import demands
from smp.update.fit import fit
from smp.update.kinds import NO_RESTART, Action, Check, Tone
from smp.update.phrases import listed, named

_REMARKS = {
    Remark.SAMPLE_KEY: "Signed with the sample key that MCUboot publishes: no protection",
    Remark.COMPRESSED: "Compressed: only a bootloader built for that unpacks it",
    Remark.OTHER_DATA: "Other data follows the image in the file; it is left out",
}


def checks(case: Case) -> list[Check]:
    """In the order they are read in."""
    found = [_whole(case.image), _signed(case.image, case.signature)]
    found += [Check(Tone.WARN, _REMARKS[r]) for r in remarks(case.image) if r in _REMARKS]
    found += fit(case) + demands(case)
    if case.action is Action.UPLOAD and case.size != len(case.image.data):
        found.append(Check(Tone.NEUTRAL, "Padding behind the image is left out"))
    return found + _numbers(case) + _versions(case) + _replaced(case) + _odd(case)


def _whole(image: McubootImage) -> Check:
    if image.hash_check is HashCheck.MATCHES:
        return Check(Tone.OK, "Whole: its hash matches its contents")
    if image.hash_check is HashCheck.NOT_CHECKABLE:
        return Check(Tone.WARN, "Encrypted: only the device can check it")
    if image.hash_check is HashCheck.MISSING:
        return Check(Tone.BAD, "It holds no hash and cannot be identified")
    return Check(Tone.BAD, "Damaged: its hash does not match its contents")


def _signed(image: McubootImage, signature: SignatureCheck | None) -> Check:
    if signature is not None:
        return Check(Tone.OK if signature.is_from_key else Tone.BAD, signature.words.rstrip("."))
    if not image.signatures:
        return Check(Tone.WARN, "Not signed: only a bootloader without signature check runs it")
    names = ", ".join(dict.fromkeys(signature.name for signature in image.signatures))
    key = next((s.fingerprint for s in image.signatures if s.fingerprint), "")
    named = f"{names}, key {key}" if key else names
    return Check(Tone.NEUTRAL, f"Signed ({named}): no key here to check it against")


def _numbers(case: Case) -> list[Check]:
    """Which of several images it becomes, and one that the device does not list."""
    numbers = case.facts.image_numbers
    if case.facts.state is None:
        return []
    if case.number not in numbers:
        tone = Tone.WARN if case.is_wanted else Tone.BAD
        return [Check(tone, f"The device lists no image number {case.number}")]
    if len(numbers) == 1:
        return []
    there = listed([str(number) for number in sorted(numbers)])
    verb = "Is" if case.action in NO_RESTART else "Becomes"
    return [Check(Tone.NEUTRAL, f"{verb} image {case.number}; the device has images {there}")]


def _versions(case: Case) -> list[Check]:
    running, version = case.running, case.image.version
    if running is None or case.returns or case.action in NO_RESTART:
        return []
    old = f"what {'runs' if case.is_running else 'is installed'} now ({running})"
    if version < running:
        text = f"Older than {old}"
        if case.facts.mode in HIGHEST_WINS:
            return [Check(Tone.BAD, f"{text}; this bootloader runs the higher version")]
        return [Check(Tone.BAD if case.facts.no_downgrade else Tone.WARN, text)]
    if not version.is_newer_than(running, build=True):
        text = f"Same version number as {old}, another build"
        if case.facts.mode in HIGHEST_WINS:
            text += "; this bootloader may go on running the old one"
        return [Check(Tone.WARN, text)]
    return []


def _replaced(case: Case) -> list[Check]:
    return [
        Check(
            Tone.WARN,
            f"Replaces {named(entry.version)}, which waits for the next restart",
        )
        for entry in case.entries
        if case.action is Action.UPLOAD
        and entry.pending
        and not entry.active
        and not case.image.goes_by(entry.hash)
    ]


def _odd(case: Case) -> list[Check]:
    """What nobody could read of the list of images."""
    odd = case.facts.state.odd if case.facts.state is not None else ()
    return [Check(Tone.WARN, f"The device's list of images is odd. {text}") for text in odd]
