"""What an image demands of the device beside room: other images, a counter, an address, a header
that fits its firmware.

Sources: mcu-tools/mcuboot boot/bootutil/src/loader.c (dependencies, RAM load), imgtool (counters).
"""

from __future__ import annotations

from collections.abc import Iterator

from smp.commands.image import ImageEntry
from smp.commands.os import BootloaderMode
from smp.image import ALIAS, Dependency, Version
from smp.text import Coded, Text
from smp.update.beside import following
from smp.update.case import FROM_RAM, IN_PLACE, NOT_TOLD, ONE_SLOT, SWAPS, Case
from smp.update.kinds import NO_RESTART, Check, Obstacle, Tone


def unmet(case: Case) -> Obstacle | None:
    """An image that this one depends on is too old."""
    for needed in case.image.dependencies:
        entry = _held(case, needed.image)
        if _looks(case) and _is_met(needed, entry) is False and needed.image != case.number:
            assert entry is not None
            if needed.image in case.arriving:
                return _not_together(needed, entry)
            return Obstacle(
                Coded(
                    "needed-image-too-old",
                    "Image {number} on the device is too old for this file",
                    number=needed.image,
                ),
                Text(
                    "The file needs it in version {minimum} or newer, and {held}. The bootloader "
                    "would not start it beside that",
                    minimum=str(needed.minimum),
                    held=_has(entry),
                ),
                Text(
                    "Update image {number} first, then start this update again",
                    number=needed.image,
                ),
            )
    return None


def _not_together(needed: Dependency, entry: ImageEntry) -> Obstacle:
    return Obstacle(
        Coded(
            "needed-image-too-old-here",
            "Image {number} of this update is too old for the one beside it",
            number=needed.image,
        ),
        Text(
            "The file needs it in version {minimum} or newer, and {held}. The bootloader would "
            "not start it beside that",
            minimum=str(needed.minimum),
            held=_has(entry),
        ),
        Text("Use files that are made for each other"),
    )


def demands(case: Case) -> list[Check]:
    if case.action in NO_RESTART:
        return []
    return [
        *_way_in(case),
        *_start(case),
        *_address(case),
        *_dependencies(case),
        *_companions(case),
        *_counter(case),
    ]


def _way_in(case: Case) -> Iterator[Check]:
    """What takes the update where the application does not."""
    if case.facts.behind_loader:
        text = Coded(
            "restarts-into-loader",
            "The application takes no update itself: the device is restarted into its firmware "
            "loader, which does",
        )
        yield Check(Tone.NEUTRAL, text)
    elif case.facts.in_loader:
        text = Coded(
            "loader-takes-it", "The firmware loader runs and takes it; afterwards it is restarted"
        )
        yield Check(Tone.OK, text)


def _start(case: Case) -> Iterator[Check]:
    image = case.image
    if (away := image.displaced_vectors) is not None:
        yield Check(
            Tone.WARN,
            Coded(
                "wrong-header-size",
                "Will not start: its header ends at {end:,}, and what the processor starts from "
                "begins at {begin:,}. It was signed with a wrong header size",
                end=image.header.size,
                begin=away.at,
            ),
        )
    if (start := image.starts_outside) is not None:
        yield Check(
            Tone.WARN,
            Coded(
                "starts-outside",
                "Will hardly start: made for address {address:#010x}, and its code begins at "
                "{begin:#010x}",
                address=image.header.load_address,
                begin=start,
            ),
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
            Coded(
                "built-for-elsewhere",
                "Will not start: its code begins at {begin:#010x}, that of the image that runs at "
                "{known:#010x}, and both have to run from {slot}. It is probably built for another "
                "processor core or slot",
                begin=table.reset,
                known=known,
                slot=case.name_of(0),
            ),
        )


def _address(case: Case) -> Iterator[Check]:
    image, mode = case.image, case.facts.mode
    if image.rom_address is not None:
        yield Check(
            Tone.NEUTRAL,
            Coded(
                "built-for-flash-address",
                "Built for flash address {address:#010x} only",
                address=image.rom_address,
            ),
        )
    elif mode in IN_PLACE and not case.facts.in_recovery and case.built_for is None:
        yield Check(
            Tone.NEUTRAL,
            Coded(
                "runs-where-it-lies",
                "Runs where it lies, in {slot}; the file does not tell which slot it was built for",
                slot=case.name_of(case.home_slot),
            ),
        )
    if image.ram_address is not None:
        yield _built_for_ram(image.ram_address, mode)
    elif mode in FROM_RAM:
        yield Check(
            Tone.WARN,
            Coded(
                "not-built-for-ram",
                "Not built to run from RAM, and this bootloader runs nothing else",
            ),
        )


def _built_for_ram(address: int, mode: BootloaderMode | None) -> Check:
    if mode in FROM_RAM:
        text = Coded("built-for-ram", "Built to run from RAM at {address:#010x}", address=address)
        return Check(Tone.NEUTRAL, text)
    if mode in NOT_TOLD:
        text = Coded(
            "built-for-ram-mode-hidden",
            "Built to run from RAM at {address:#010x}; the device does not tell whether its "
            "bootloader does that",
            address=address,
        )
        return Check(Tone.NEUTRAL, text)
    text = Coded(
        "built-for-ram-runs-flash",
        "Built to run from RAM at {address:#010x}, and this bootloader runs images from flash",
        address=address,
    )
    return Check(Tone.WARN, text)


# -- other images ---------------------------------------------------------------------------------


def _looks(case: Case) -> bool:
    """Whether the bootloader looks at dependencies before it puts this image in place."""
    facts = case.facts
    return not facts.in_recovery and not facts.in_loader and facts.mode not in ONE_SLOT


def _held(case: Case, number: int) -> ImageEntry | None:
    """What the device will have as image `number` after the next restart."""
    image = case.arriving.get(number)
    if image is None:
        return following(case.facts, number)
    running = case.facts.state.active(number) if case.facts.state is not None else None
    if running is not None and image.goes_by(running.hash):
        return running
    return ImageEntry(number, 0, image.version.device_text, image.hash)


def _has(entry: ImageEntry) -> Text:
    """A clause: what there is of it, or will be."""
    if entry.active:
        return Text("the device has {version}", version=entry.version)
    return Text("after the restart the device has {version}", version=entry.version)


def _has_only(entry: ImageEntry) -> Text:
    if entry.active:
        return Text("the device has only {version}", version=entry.version)
    return Text("after the restart the device has only {version}", version=entry.version)


def _is_met(needed: Dependency, entry: ImageEntry | None) -> bool | None:
    """None: the device lists no such image, or no version that can be compared."""
    version = Version.parse_device(entry.version) if entry is not None else None
    return None if version is None else version >= needed.minimum


def _dependencies(case: Case) -> Iterator[Check]:
    for needed in case.image.dependencies:
        need = Text(
            "Needs image {number} in version {minimum} or newer",
            number=needed.image,
            minimum=str(needed.minimum),
        )
        entry = _held(case, needed.image)
        is_met = _is_met(needed, entry)
        if needed.image == case.number:
            yield Check(
                Tone.WARN,
                Coded(
                    "needs-its-own-number",
                    "{need} and would become image {number} itself: it is probably made for "
                    "another image number",
                    need=need,
                    number=case.number,
                ),
            )
        elif entry is None:
            text = Coded(
                "needed-image-not-listed",
                "{need}; the device lists no image {number}",
                need=need,
                number=needed.image,
            )
            yield Check(Tone.WARN, text)
        elif is_met is None:
            yield Check(Tone.WARN, _not_comparable(need, entry))
        elif is_met:
            yield Check(
                Tone.OK, Coded("needed-image-there", "{need}; {held}", need=need, held=_has(entry))
            )
        else:
            tone = Tone.BAD if _looks(case) else Tone.WARN
            text = Coded("needed-image-older", "{need}; {older}", need=need, older=_has_only(entry))
            yield Check(tone, text)


def _not_comparable(need: Text, entry: ImageEntry) -> Coded:
    if not entry.version:
        return Coded(
            "needed-version-not-told", "{need}; the device does not tell its own", need=need
        )
    return Coded(
        "needed-version-not-understood",
        '{need}; the device calls its own "{version}"',
        need=need,
        version=entry.version,
    )


def _companions(case: Case) -> Iterator[Check]:
    """Images of one package that the bootloader starts together or not at all."""
    entries = case.facts.state.entries if case.facts.state is not None else ()
    listed = {entry.hash for entry in entries}
    coming = {image.hash for image in case.arriving.values()}
    wanted = case.image.companions
    if wanted:
        there = sum(digest in listed or digest in coming for digest in wanted)
        if len(wanted) == 1:
            others = Text("another image")
        else:
            others = Text("{count} other images", count=len(wanted))
        if there == len(wanted) and not listed.issuperset(wanted):
            text = Coded(
                "companions-come-too",
                "Starts only together with {others} of its package, which this update brings",
                others=others,
            )
            yield Check(Tone.OK, text)
        elif there == len(wanted):
            text = Coded(
                "companions-there",
                "Starts only together with {others} of its package, which the device lists",
                others=others,
            )
            yield Check(Tone.OK, text)
        else:
            text = Coded(
                "companions-missing",
                "Starts only together with {others} of its package; the device lists {there} of "
                "them",
                others=others,
                there=there,
            )
            yield Check(Tone.WARN, text)


# -- the security counter -------------------------------------------------------------------------


def _counter(case: Case) -> Iterator[Check]:
    counter, known = case.image.security_counter, case.seen.counter if case.seen else None
    if known is not None and case.before is not None and case.before.active:
        yield _counter_beside(counter, known)
    elif counter is not None:
        running = case.running
        guess = _packed(running) if running is not None else 0
        if counter == _packed(case.image.version) and guess > counter:
            yield Check(
                Tone.WARN,
                Coded(
                    "counter-probably-lower",
                    "Security counter {counter:,}, made from the version. If that of {running} was "
                    "made so too, it is {guess:,}, and a bootloader that checks counters refuses "
                    "this file",
                    counter=counter,
                    running=case.running_text,
                    guess=guess,
                ),
            )
        else:
            yield Check(
                Tone.NEUTRAL,
                Coded(
                    "counter-not-comparable",
                    "Security counter {counter:,}; a device does not tell which one it demands",
                    counter=counter,
                ),
            )


def _counter_beside(counter: int | None, known: int) -> Check:
    """Beside that of the image that runs."""
    if counter is None:
        text = Coded(
            "counter-missing",
            "No security counter, and {known:,} in the image that runs: a bootloader that checks "
            "counters refuses this file",
            known=known,
        )
        return Check(Tone.WARN, text)
    if counter < known:
        text = Coded(
            "counter-lower",
            "Security counter {counter:,}, lower than {known:,} in the image that runs: a "
            "bootloader that checks counters refuses this file",
            counter=counter,
            known=known,
        )
        return Check(Tone.WARN, text)
    text = Coded(
        "counter-high-enough",
        "Security counter {counter:,}, and {known:,} in the image that runs",
        counter=counter,
        known=known,
    )
    return Check(Tone.OK, text)


def _packed(version: Version) -> int:
    """As imgtool makes a counter from a version."""
    return version.major << 24 | version.minor << 16 | version.revision
