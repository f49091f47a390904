"""What an image demands of the device beside room: other images, a counter, an address, a header
that fits its firmware.

Sources: mcu-tools/mcuboot boot/bootutil/src/loader.c (dependencies, RAM load), imgtool (counters).
"""

from __future__ import annotations

from collections.abc import Iterator

from smp.commands.image import ImageEntry
from smp.commands.os import BootloaderMode
from smp.image import ALIAS, Dependency, Version
from smp.update.beside import following
from smp.update.case import FROM_RAM, IN_PLACE, NOT_TOLD, ONE_SLOT, SWAPS, Case
from smp.update.kinds import NO_RESTART, Check, Obstacle, Tone


def unmet(case: Case) -> Obstacle | None:
    """An image that this one depends on is too old."""
    for needed in case.image.dependencies:
        entry = _held(case, needed.image)
        if _looks(case) and _is_met(needed, entry) is False and needed.image != case.number:
            assert entry is not None
            return Obstacle(
                f"Image {needed.image} on the device is too old for this file",
                f"The file needs it in version {needed.minimum} or newer, and {_has(entry)} "
                f"{entry.version}. The bootloader would not start it beside that",
                f"Update image {needed.image} first, then start this update again",
            )
    return None


def demands(case: Case) -> list[Check]:
    if case.action in NO_RESTART:
        return []
    return [
        *_start(case),
        *_address(case),
        *_dependencies(case),
        *_companions(case),
        *_counter(case),
    ]


def _start(case: Case) -> Iterator[Check]:
    image = case.image
    if (away := image.displaced_vectors) is not None:
        yield Check(
            Tone.WARN,
            f"Will not start: its header ends at {image.header.size:,}, and what the processor "
            f"starts from begins at {away.at:,}. It was signed with a wrong header size",
        )
    if (start := image.starts_outside) is not None:
        yield Check(
            Tone.WARN,
            f"Will hardly start: made for address {image.header.load_address:#010x}, and its code "
            f"begins at {start:#010x}",
        )

    yield from _elsewhere(case)


def _elsewhere(case: Case) -> Iterator[Check]:
    """Two images that run from one slot start within it: further apart, one is for another core
    or another slot."""
    facts, table = case.facts, case.image.vectors
    room = facts.slot_size(case.number, 0)
    known = case.seen.start if case.seen is not None else None
    shares = facts.mode in SWAPS or facts.mode is BootloaderMode.OVERWRITE_ONLY
    if not shares or facts.in_recovery or known is None or table is None or room is None:
        return
    apart = (table.reset - known) % ALIAS
    if min(apart, ALIAS - apart) >= room:
        yield Check(
            Tone.WARN,
            f"Will not start: its code begins at {table.reset:#010x}, that of the image that runs "
            f"at {known:#010x}, and both have to run from {case.name_of(0)}. It is probably built "
            "for another processor core or slot",
        )


def _address(case: Case) -> Iterator[Check]:
    image, mode = case.image, case.facts.mode
    if image.rom_address is not None:
        yield Check(Tone.NEUTRAL, f"Built for flash address {image.rom_address:#010x} only")
    elif mode in IN_PLACE and not case.facts.in_recovery:
        yield Check(
            Tone.NEUTRAL,
            f"Runs where it lies, in {case.name_of(case.home_slot)}; the file does not tell which "
            "slot it was built for",
        )
    if image.ram_address is not None:
        built = f"Built to run from RAM at {image.ram_address:#010x}"
        if mode in FROM_RAM:
            yield Check(Tone.NEUTRAL, built)
        elif mode in NOT_TOLD:
            yield Check(
                Tone.NEUTRAL, f"{built}; the device does not tell whether its bootloader does that"
            )
        else:
            yield Check(Tone.WARN, f"{built}, and this bootloader runs images from flash")
    elif mode in FROM_RAM:
        yield Check(Tone.WARN, "Not built to run from RAM, and this bootloader runs nothing else")


# -- other images ---------------------------------------------------------------------------------


def _looks(case: Case) -> bool:
    """Whether the bootloader looks at dependencies before it puts this image in place."""
    facts = case.facts
    return not facts.in_recovery and not facts.in_loader and facts.mode not in ONE_SLOT


def _held(case: Case, number: int) -> ImageEntry | None:
    """What the device will have as image `number` after the next restart."""
    return following(case.facts, number)


def _has(entry: ImageEntry) -> str:
    return "the device has" if entry.active else "after the restart the device has"


def _is_met(needed: Dependency, entry: ImageEntry | None) -> bool | None:
    """None: the device lists no such image, or no version that can be compared."""
    version = Version.parse_device(entry.version) if entry is not None else None
    return None if version is None else version >= needed.minimum


def _dependencies(case: Case) -> Iterator[Check]:
    for needed in case.image.dependencies:
        text = f"Needs image {needed.image} in version {needed.minimum} or newer"
        entry = _held(case, needed.image)
        is_met = _is_met(needed, entry)
        if needed.image == case.number:
            yield Check(
                Tone.WARN,
                f"{text} and would become image {case.number} itself: it is probably made for "
                "another image number",
            )
        elif entry is None:
            yield Check(Tone.WARN, f"{text}; the device lists no image {needed.image}")
        elif is_met is None:
            called = (
                f'calls its own "{entry.version}"' if entry.version else "does not tell its own"
            )
            yield Check(Tone.WARN, f"{text}; the device {called}")
        elif is_met:
            yield Check(Tone.OK, f"{text}; {_has(entry)} {entry.version}")
        else:
            tone = Tone.BAD if _looks(case) else Tone.WARN
            yield Check(tone, f"{text}; {_has(entry)} only {entry.version}")


def _companions(case: Case) -> Iterator[Check]:
    """Images of one package that the bootloader starts together or not at all."""
    entries = case.facts.state.entries if case.facts.state is not None else ()
    listed = {entry.hash for entry in entries}
    wanted = case.image.companions
    if wanted:
        there = sum(digest in listed for digest in wanted)
        count = "another image" if len(wanted) == 1 else f"{len(wanted)} other images"
        yield Check(
            Tone.OK if there == len(wanted) else Tone.WARN,
            f"Starts only together with {count} of its package; the device lists {there} of them",
        )


# -- the security counter -------------------------------------------------------------------------


def _counter(case: Case) -> Iterator[Check]:
    counter, known = case.image.security_counter, case.seen.counter if case.seen else None
    text = "No security counter" if counter is None else f"Security counter {counter:,}"
    refused = "a bootloader that checks counters refuses this file"
    if known is not None and case.before is not None and case.before.active:
        if counter is None or counter < known:
            beside = "and" if counter is None else "lower than"
            yield Check(Tone.WARN, f"{text}, {beside} {known:,} in the image that runs: {refused}")
        else:
            yield Check(Tone.OK, f"{text}, and {known:,} in the image that runs")
    elif counter is not None:
        running = case.running
        guess = _packed(running) if running is not None else 0
        if counter == _packed(case.image.version) and guess > counter:
            yield Check(
                Tone.WARN,
                f"{text}, made from the version. If that of {case.running_text} was made so too, "
                f"it is {guess:,}, and {refused}",
            )
        else:
            yield Check(Tone.NEUTRAL, f"{text}; a device does not tell which one it demands")


def _packed(version: Version) -> int:
    """As imgtool makes a counter from a version."""
    return version.major << 24 | version.minor << 16 | version.revision
