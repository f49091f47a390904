"""A job: what is wanted of one update, as a value that a command line, a window and a station make
alike.

    job = Job.of(image, Mode.CONFIRM, key=trusted, forbids={"not-signed"})
    verdict = await Update(client, job).run()

How a person is asked, what is remembered of devices and who is told are no part of it: they are
arguments of `Update`. A job can be kept and used for one device after the other.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from smp.errors import JobError
from smp.image import (
    McubootImage,
    NamedKey,
    PublicKey,
    SignatureCheck,
    Signer,
    check_signature,
    find_signer,
)
from smp.text import Coded, Text
from smp.update.findings import FINDINGS
from smp.update.kinds import Mode, Remedy
from smp.update.phrases import listed


@dataclass(frozen=True, slots=True)
class JobPart:
    """One image of the job, and the number of the image that it becomes. `signature`: the image
    checked against the key the user trusts; None: there is no such key. `signer`: which of the
    known keys has signed it; None: nobody, or no key is known."""

    file_image: McubootImage
    number: int = 0
    signature: SignatureCheck | None = None
    signer: Signer | None = None


def parts_of(images: Sequence[McubootImage], numbers: Sequence[int] = (0,)) -> tuple[JobPart, ...]:
    """A file's images, each with its number, in the order in which they are marked: the
    application's, image 0, last, because it is what may need the others. Raises `JobError` where
    not every image has a number: it is never guessed."""
    if len(images) != len(numbers):
        raise JobError(
            Coded(
                "job-numbers-missing",
                "{count} images cannot be given {numbers} image numbers",
                count=len(images),
                numbers=len(numbers),
            ),
            next_step=Text("Give each image the number that it is made for"),
        )
    parts = [JobPart(image, number) for image, number in zip(images, numbers, strict=True)]
    return tuple(sorted(parts, key=lambda part: part.number == 0))


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

    def __post_init__(self) -> None:
        self._refuse_nonsense()
        if self.key is not None or self.known:
            parts = tuple(_checked(part, self.key, self.known) for part in self.parts)
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
    ) -> Job:
        """For one image."""
        part = JobPart(image, number, signature)
        wishes = (tuple(remedies), consent, frozenset(forbids), tuple(known))
        return cls((part,), mode, key, watch, *wishes)

    def _refuse_nonsense(self) -> None:
        numbers = [part.number for part in self.parts]
        if not numbers:
            raise JobError(Coded("job-without-image", "The job has no image"))
        twice = next((number for number in numbers if numbers.count(number) > 1), None)
        if twice is not None:
            raise JobError(
                Coded(
                    "job-number-twice", "The job has two images for number {number}", number=twice
                ),
                next_step=Text("Give each image the number that it is made for"),
            )
        hashes = [part.file_image.hash for part in self.parts if part.file_image.hash]
        if len(set(hashes)) < len(hashes):
            raise JobError(
                Coded("job-image-twice", "The job has the same image for two numbers"),
                why=Text("Devices are told by an image's hash which one to start"),
                next_step=Text("Choose the file that is made for each number"),
            )
        refuse_unknown(self.forbids)


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


def _checked(part: JobPart, key: PublicKey | None, known: Sequence[NamedKey]) -> JobPart:
    signature, signer = part.signature, part.signer
    if signature is None and key is not None:
        signature = check_signature(part.file_image, key)
    if signer is None and known:
        signer = find_signer(part.file_image, known)
    return replace(part, signature=signature, signer=signer)
