"""A job: what is wanted of one update, as a value that a command line, a window and a station make
alike.

    job = Job.of(image, Mode.CONFIRM, key=trusted, forbids={"not-signed"})
    verdict = await Update(client, job).run()

How a person is asked, what is remembered of devices and who is told are no part of it: they are
arguments of `Update`. A job can be kept and used for one device after the other.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from typing import TypeGuard

from smp.errors import JobError
from smp.image import (
    FilePart,
    McubootImage,
    NamedKey,
    PublicKey,
    SignatureCheck,
    Signer,
    check_signature,
    check_trust,
    find_signer,
)
from smp.text import Coded, Text
from smp.update.findings import FINDINGS
from smp.update.kinds import OTHER_PRODUCT, Mode, Remedy
from smp.update.phrases import listed


@dataclass(frozen=True, slots=True)
class JobPart:
    """One image of the job, and the number of the image that it becomes. `signature`: the image
    checked against the key the user trusts; None: there is no such key. `signer`: which of the
    known keys has signed it; None: nobody, or no key is known. `slot`: 0 or 1 where it is built
    for that slot of its image alone; two parts with one number are such a pair, of which one is
    sent: the one for the slot that is free. `told`: what the file says of it beside."""

    file_image: McubootImage
    number: int = 0
    signature: SignatureCheck | None = None
    signer: Signer | None = None
    slot: int | None = None
    told: FilePart | None = field(default=None, repr=False, compare=False)


def parts_of(parts: Sequence[FilePart], number: int | None = None) -> tuple[JobPart, ...]:
    """A file's parts in the order in which they are marked: the application's, image 0, last,
    because it is what may need the others. Numbers are the file's own; where it holds one image
    and says none, that is `number`, else 0. Of a file that numbers several images `number` picks
    one. Raises `JobError` where not every image has a number, which is never guessed, and where
    `number` is none that the file says."""
    said = {part.number for part in parts}
    if len(said) > 1 and number is not None and None not in said:
        if number not in said:
            raise JobError(
                Coded(
                    "job-number-for-several",
                    "The file holds several images, and none with the number {number}",
                    number=number,
                ),
                why=Text(
                    "It holds images with the numbers {numbers}",
                    numbers=listed([str(each) for each in sorted(filter(_is_said, said))]),
                ),
                next_step=Text(
                    "Give one of these numbers, or leave it out to send all of its images"
                ),
            )
        parts = [part for part in parts if part.number == number]
        said = {number}
    if None in said and not _is_one_image(parts):
        raise JobError(
            Coded("job-numbers-missing", "Which image is which does not stand in the file"),
            why=Text("An image in the place of another one may not start"),
            next_step=Text("Choose the file of one image alone, and give its number"),
        )
    if number is not None and said - {None, number}:
        raise JobError(
            Coded(
                "job-number-differs",
                "The file is made for image {said}, not for image {number}",
                said=max(each for each in said if each is not None),
                number=number,
            ),
            why=Text("An image in the place of another one may not start"),
            next_step=Text("Leave the number out, or choose the file that is made for that image"),
        )
    made = [JobPart(part.image, _number(part, number), slot=part.slot, told=part) for part in parts]
    return tuple(sorted(made, key=lambda part: part.number == 0))


def _is_said(number: int | None) -> TypeGuard[int]:
    return number is not None


def _number(part: FilePart, number: int | None) -> int:
    return next((each for each in (part.number, number) if each is not None), 0)


def _is_one_image(parts: Sequence[FilePart]) -> bool:
    """One, or one in two forms for its two slots."""
    slots = [part.slot for part in parts]
    return len(parts) == 1 or (
        len({part.number for part in parts}) == 1
        and None not in slots
        and len(set(slots)) == len(slots)
    )


@dataclass(frozen=True, slots=True)
class Job:
    """See the module. Making one raises `JobError` for what nobody can mean; it is blocking where
    there are keys, because what was not checked against them is checked then."""

    parts: tuple[JobPart, ...]
    """In the order in which they are marked for the restart."""
    mode: Mode = Mode.CONFIRM
    key: PublicKey | None = None
    """The public key that is trusted; None: any signature is taken."""
    watch: float | None = None
    """Seconds for which new firmware is watched before it is called good; None: the pace's own."""
    remedies: tuple[Remedy, ...] = ()
    """What may be done first where an obstacle offers it."""
    consent: bool = False
    """What cannot be taken back is agreed to beforehand, whatever it is."""
    forbids: frozenset[str] = frozenset()
    """Codes of checks that forbid the update although they only warn."""
    known: tuple[NamedKey, ...] = ()
    """Public keys that a file may be signed with: the plan names the one, or warns of another."""
    trusted: tuple[NamedKey, ...] = ()
    """As `key`, where there are several or they have names: one of them has to have signed it."""
    notes: tuple[Text, ...] = ()
    """What is to be known of the file that the parts are from: see `FirmwareFile.notes`."""
    recovery: bool = False
    """The way is the bootloader's serial recovery, also where the application takes updates."""
    other_product: bool = False
    """Firmware that is made for another product is agreed to beforehand: no part of `consent`,
    which is about what the right firmware does."""

    def __post_init__(self) -> None:
        self._refuse_nonsense()
        if self.key is not None or self.known or self.trusted:
            parts = tuple(self._checked(part) for part in self.parts)
            object.__setattr__(self, "parts", parts)

    @classmethod
    def of(
        cls,
        image: McubootImage,
        mode: Mode = Mode.CONFIRM,
        *,
        number: int = 0,
        signature: SignatureCheck | None = None,
        key: PublicKey | None = None,
        watch: float | None = None,
        remedies: Iterable[Remedy] = (),
        consent: bool = False,
        forbids: Iterable[str] = (),
        known: Iterable[NamedKey] = (),
        trusted: Iterable[NamedKey] = (),
        recovery: bool = False,
        other_product: bool = False,
    ) -> Job:
        """For one image."""
        part = JobPart(image, number, signature)
        wishes = (tuple(remedies), consent, frozenset(forbids), tuple(known), tuple(trusted))
        job = cls((part,), mode, key, watch, *wishes, recovery=recovery)
        return replace(job, other_product=other_product) if other_product else job

    def left_to_agree(self, consents: Iterable[Coded]) -> list[Coded]:
        """What of it was not agreed to beforehand."""
        return [
            it
            for it in consents
            if not (self.other_product if it.code == OTHER_PRODUCT else self.consent)
        ]

    def _checked(self, part: JobPart) -> JobPart:
        signature, signer = part.signature, part.signer
        if signature is None:
            signature = self._trust(part.file_image)
        if signer is None and self.known:
            signer = find_signer(part.file_image, self.known)
        return replace(part, signature=signature, signer=signer)

    def _trust(self, image: McubootImage) -> SignatureCheck | None:
        check = check_signature(image, self.key) if self.key is not None else None
        if self.trusted and (check is None or not check.is_from_key):
            return check_trust(image, self.trusted)
        return check

    def _refuse_nonsense(self) -> None:
        if not self.parts:
            raise JobError(Coded("job-without-image", "The job has no image"))
        twice = next((part.number for part in self.parts if self._is_taken_twice(part)), None)
        if twice is not None:
            raise JobError(
                Coded(
                    "job-number-twice", "The job has two images for number {number}", number=twice
                ),
                next_step=Text("Give each image the number that it is made for"),
            )
        by_hash = {(part.file_image.hash, part.number) for part in self.parts}
        told = [digest for digest, _ in by_hash if digest]
        if len(set(told)) < len(told):
            raise JobError(
                Coded("job-image-twice", "The job has the same image for two numbers"),
                why=Text("Devices are told by an image's hash which one to start"),
                next_step=Text("Choose the file that is made for each number"),
            )
        refuse_unknown(self.forbids)

    def _is_taken_twice(self, part: JobPart) -> bool:
        """Another part goes where this one goes: only a pair for two slots does not."""
        return any(
            other is not part
            and other.number == part.number
            and (other.slot == part.slot or None in (other.slot, part.slot))
            for other in self.parts
        )


def refuse_unknown(forbids: Iterable[str]) -> frozenset[str]:
    """The same codes, if each is one of `FINDINGS`. Raises `JobError`."""
    codes = frozenset(forbids)
    unknown = sorted(codes - FINDINGS)
    if not unknown:
        return codes
    raise JobError(
        Coded(
            "job-forbids-unknown-check",
            "No check that may warn has the code {codes}",
            codes=listed(unknown),
        ),
        why=Text("What is meant by it would never be found"),
        next_step=Text("Use some of these codes: {codes}", codes=", ".join(sorted(FINDINGS))),
    )
