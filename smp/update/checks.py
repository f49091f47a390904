"""The lines of a plan: what was looked at in the file and on the device, in words."""

from __future__ import annotations

from typing import assert_never

from smp.commands.image import ImageEntry
from smp.image import HashCheck, McubootImage, Remark, SignatureCheck, Signer, remarks
from smp.text import Coded, Text
from smp.update.case import Case
from smp.update.choice import Candidate, candidate, goes_by_version
from smp.update.demands import demands
from smp.update.fit import fit
from smp.update.kinds import NO_RESTART, Action, Check, Tone
from smp.update.pairs import pair_checks
from smp.update.phrases import listed, named
from smp.update.product import is_meant, product

_REMARKS = {
    Remark.SAMPLE_KEY: Coded(
        "signed-with-sample-key", "Signed with the sample key that MCUboot publishes: no protection"
    ),
    Remark.COMPRESSED: Coded(
        "compressed", "Compressed: only a bootloader built for that unpacks it"
    ),
    Remark.OTHER_DATA: Coded(
        "other-data-left-out", "Other data follows the image in the file; it is left out"
    ),
}


def checks(case: Case) -> list[Check]:
    """In the order they are read in."""
    found = [_whole(case.image), _signed(case)]
    found += [Check(Tone.WARN, _REMARKS[r]) for r in remarks(case.image) if r in _REMARKS]
    found += product(case) + fit(case) + demands(case)
    if case.action is Action.UPLOAD and case.size != len(case.image.data):
        found.append(
            Check(Tone.NEUTRAL, Coded("padding-left-out", "Padding behind the image is left out"))
        )
    found += [*_numbers(case), *pair_checks(case)]
    return found + _versions(case) + _replaced(case) + _odd(case)


def _whole(image: McubootImage) -> Check:
    match image.hash_check:
        case HashCheck.MATCHES:
            return Check(Tone.OK, Coded("hash-matches", "Whole: its hash matches its contents"))
        case HashCheck.NOT_CHECKABLE:
            text = Coded("hash-not-checkable", "Encrypted: only the device can check it")
            return Check(Tone.WARN, text)
        case HashCheck.MISSING:
            text = Coded("hash-missing", "It holds no hash and cannot be identified")
            return Check(Tone.BAD, text)
        case HashCheck.DIFFERS:
            text = Coded("hash-differs", "Damaged: its hash does not match its contents")
            return Check(Tone.BAD, text)
        case _:
            assert_never(image.hash_check)


def _signed(case: Case) -> Check:
    image, signer = case.image, case.signer
    if case.signature is not None:
        return _judged(case.signature)
    if not image.signatures:
        text = Coded("not-signed", "Not signed: only a bootloader without signature check runs it")
        return Check(Tone.WARN, text)
    kinds = ", ".join(dict.fromkeys(signature.name for signature in image.signatures))
    key = next((s.fingerprint for s in image.signatures if s.fingerprint), "")
    named = Text("{kinds}, key {key}", kinds=kinds, key=key) if key else Text("{only}", only=kinds)
    if signer is not None:
        return _of(case, signer, named)
    text = Coded(
        "signature-not-checked",
        "Signed ({signature}): no key here to check it against",
        signature=named,
    )
    return Check(Tone.NEUTRAL, text)


def _of(case: Case, signer: Signer, named: Text) -> Check:
    """By the keys that are known, of which some may be for other devices."""
    ours = next((it for it in signer.keys if is_meant(it, case.facts)), None)
    if ours is not None:
        return Check(
            Tone.OK, Coded("signed-with-known-key", "Signed with “{name}”", name=ours.name)
        )
    if signer.key is not None and signer.is_known:
        text = Coded(
            "known-key-of-other-product",
            "Signed with “{name}”, which is for {products}, not for this device",
            name=signer.key.name,
            products=listed(list(signer.key.products)),
        )
        return Check(Tone.WARN, text)
    if signer.key is not None:
        text = Coded(
            "known-key-does-not-fit",
            "Claims to be signed with “{name}”. {flaw}",
            name=signer.key.name,
            flaw=signer.flaw or named,
        )
        return Check(Tone.WARN, text)
    if not any(is_meant(key, case.facts) for key in signer.known):
        text = Coded(
            "no-key-for-this-device",
            "Signed ({signature}): none of the keys known here is for this device",
            signature=named,
        )
        return Check(Tone.NEUTRAL, text)
    text = Coded(
        "signed-with-unknown-key",
        "Signed with none of the keys known here ({signature})",
        signature=named,
    )
    return Check(Tone.WARN, text)


def _judged(signature: SignatureCheck) -> Check:
    """By the key that is trusted."""
    if signature.is_from_key:
        return Check(Tone.OK, Coded("signature-trusted", "{proof}", proof=signature.words))
    return Check(Tone.BAD, Coded("signature-not-trusted", "{flaw}", flaw=signature.words))


def _numbers(case: Case) -> list[Check]:
    """Which of several images it becomes, and one that the device does not list."""
    numbers = case.facts.image_numbers
    if case.facts.state is None:
        return []
    if case.number not in numbers:
        tone = Tone.WARN if case.is_wanted else Tone.BAD
        text = Coded(
            "image-number-not-listed",
            "The device lists no image number {number}",
            number=case.number,
        )
        return [Check(tone, text)]
    if len(numbers) == 1:
        return []
    found = []
    if case.facts.is_unlisted(case.number, 0) and case.action not in NO_RESTART:
        text = Coded(
            "core-stays-unlisted",
            "The device does not list what runs as image {number}: in the end it will hardly show "
            "whether {version} runs there",
            number=case.number,
            version=str(case.image.version),
        )
        found = [Check(Tone.WARN, text)]
    there = listed([str(number) for number in sorted(numbers)])
    if case.action in NO_RESTART:
        text = Coded(
            "is-image-number",
            "Is image {number}; the device has images {there}",
            number=case.number,
            there=there,
        )
    else:
        text = Coded(
            "becomes-image-number",
            "Becomes image {number}; the device has images {there}",
            number=case.number,
            there=there,
        )
    return [*found, Check(Tone.NEUTRAL, text)]


def _versions(case: Case) -> list[Check]:
    running, version = case.running, case.image.version
    if running is None or case.returns or case.action in NO_RESTART:
        return []
    if case.is_running:
        old = Text("what runs now ({version})", version=str(running))
    else:
        old = Text("what is installed now ({version})", version=str(running))
    by_version = goes_by_version(case.facts)
    if version < running:
        return [_older(old, highest_wins=by_version, is_refused=case.facts.no_downgrade is True)]
    if version > running:
        return []
    if by_version and case.before is not None:
        return [_same_by_version(case, case.before, old)]
    return [] if version.is_newer_than(running, build=True) else [_same(old)]


def _older(old: Text, *, highest_wins: bool, is_refused: bool) -> Check:
    if highest_wins:
        text = Coded(
            "older-than-running-higher-wins",
            "Older than {old}; this bootloader runs the higher version",
            old=old,
        )
        return Check(Tone.BAD, text)
    text = Coded("older-than-running", "Older than {old}", old=old)
    return Check(Tone.BAD if is_refused else Tone.WARN, text)


def _same(old: Text) -> Check:
    return Check(
        Tone.WARN, Coded("same-version", "Same version number as {old}, another build", old=old)
    )


def _same_by_version(case: Case, before: ImageEntry, old: Text) -> Check:
    """Where the slots decide, or build numbers, if the bootloader looks at them."""
    starts = candidate(case).wins(Candidate.of(before))
    if starts:
        return _same(old)
    if starts is None:
        text = Coded(
            "same-version-old-may-stay",
            "Same version number as {old}, another build; this bootloader may go on running the "
            "old one",
            old=old,
        )
        return Check(Tone.WARN, text)
    text = Coded(
        "same-version-old-stays",
        "Same version number as {old}, another build; this bootloader goes on running the old one",
        old=old,
    )
    return Check(Tone.BAD, text)


def _replaced(case: Case) -> list[Check]:
    return [
        Check(
            Tone.WARN,
            Coded(
                "replaces-waiting-image",
                "Replaces {version}, which waits for the next restart",
                version=named(entry.version),
            ),
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
    return [
        Check(
            Tone.WARN,
            Coded("image-list-odd", "The device's list of images is odd. {oddity}", oddity=it),
        )
        for it in odd
    ]
