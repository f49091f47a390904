"""Which checks forbid an update and which only warn, in groups that a person can decide on."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass

from app.facts.settings import GuardFacts
from smp.text import NOTHING, Text, listed, outside
from smp.update.product import FOREIGN

WARN, FORBID = "warn", "forbid"


@dataclass(frozen=True, slots=True)
class Guard:
    """`codes`: checks that are decided on together. `words`: what happens where they only warn."""

    key: str
    title: Text
    codes: frozenset[str]
    words: Text = NOTHING


GUARDS = (
    Guard(
        "signature",
        Text("Signed by nobody, or with none of the keys above"),
        frozenset(
            {
                "known-key-does-not-fit",
                "known-key-of-other-product",
                "no-key-for-this-device",
                "not-signed",
                "signature-not-checked",
                "signed-with-unknown-key",
            }
        ),
    ),
    Guard(
        "sample-key",
        Text("Signed with the sample key that everybody has"),
        frozenset({"signed-with-sample-key"}),
    ),
    Guard(
        "product",
        Text("Made for another board, chip or product"),
        FOREIGN,
        Text("Where it only warns, it has to be agreed to."),
    ),
    Guard(
        "unproven",
        Text("Not known to be made for this device"),
        frozenset(
            {
                "board-not-told",
                "board-revision-differs",
                "class-id-missing",
                "ids-not-comparable",
                "soc-not-told",
                "vendor-id-missing",
            }
        ),
        Text("The file names a board or a product, and it cannot be compared, or only in part."),
    ),
    Guard(
        "older",
        Text("Older than what runs"),
        frozenset({"older-than-running", "older-than-running-higher-wins"}),
    ),
    Guard(
        "counter",
        Text("A lower security counter than what runs"),
        frozenset({"counter-lower", "counter-missing", "counter-probably-lower"}),
    ),
    Guard(
        "same",
        Text("The same version as what runs, in another build"),
        frozenset({"same-version", "same-version-old-may-stay", "same-version-old-stays"}),
    ),
    Guard(
        "room",
        Text("Perhaps too large"),
        frozenset(
            {
                "may-be-too-large",
                "may-not-fit",
                "slot-size-not-told",
                "slot-sizes-not-told",
                "unpacked-size-not-told",
            }
        ),
        Text("What is certainly too large is never sent."),
    ),
    Guard(
        "start",
        Text("Will hardly start on this device"),
        frozenset(
            {
                "built-for-elsewhere",
                "built-for-ram-runs-flash",
                "not-built-for-ram",
                "starts-outside",
                "wrong-header-size",
            }
        ),
    ),
    Guard(
        "others",
        Text("Needs another image that is not known to be there"),
        frozenset(
            {
                "companions-missing",
                "needed-image-not-listed",
                "needed-image-older",
                "needed-version-not-told",
                "needed-version-not-understood",
                "needs-its-own-number",
            }
        ),
    ),
    Guard(
        "hidden",
        Text("Encrypted, so that only the device can check it"),
        frozenset({"hash-not-checkable"}),
    ),
    Guard(
        "unlisted",
        Text("A core that the device does not list, so that it is hardly proven in the end"),
        frozenset({"core-stays-unlisted"}),
    ),
    Guard(
        "one-way",
        Text("There is no way back from it"),
        frozenset(
            {
                "first-of-its-number",
                "only-one-slot",
                "overwrites-application",
                "overwrites-old-image",
                "permanent",
                "rollback-not-told",
                "runs-higher-version",
                "runs-higher-version-from-ram",
                "serial-recovery",
            }
        ),
        Text("Where it only warns, it has to be agreed to."),
    ),
)


def guard_facts(forbids: Collection[str]) -> tuple[GuardFacts, ...]:
    """`forbids`: codes of checks."""
    return tuple(_guard(guard, guard.codes & set(forbids)) for guard in GUARDS)


def _guard(guard: Guard, forbidden: frozenset[str]) -> GuardFacts:
    words = guard.words
    if forbidden and forbidden != guard.codes:
        words = Text(
            "The file of these settings forbids some of it: {codes}",
            codes=listed([outside(code) for code in sorted(forbidden)]),
        )
    choice = FORBID if forbidden == guard.codes else "" if forbidden else WARN
    return GuardFacts(guard.key, guard.title, words, choice)


def decided(forbids: Iterable[str], key: str, choice: str) -> tuple[str, ...]:
    """The codes that forbid from now on; those that belong to no group stay as they are."""
    codes = next(guard.codes for guard in GUARDS if guard.key == key)
    others = tuple(code for code in forbids if code not in codes)
    return (*others, *sorted(codes)) if choice == FORBID else others
