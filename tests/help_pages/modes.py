"""modes.md: bootloader mode x kind of file, every cell a run on a simulated device."""

from __future__ import annotations

import asyncio
import dataclasses
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache

from app.help_pages import slug
from smp.image import FilePart, McubootImage
from smp.simulator import DeviceState, Profile, factory_image, firmware_for
from smp.simulator.keys import DEMO_PUBLIC_PEM
from smp.update.events import PlanMade
from smp.update.job import Job, parts_of
from smp.update.plan import Plan
from smp.update.verdict import Ending, Outcome, Verdict
from tests.help_pages.entries import MADE, stopped, wrapped
from tests.helpers.clock import run_on_clock
from tests.helpers.updating import Scene, small

OLD, NEW = "1.3.0", "1.4.2"
_SIZE = 9_000

_HEAD = f"""\
# What each bootloader does

What becomes of an update depends on how the device's bootloader was built. Each line below is an
update that was really run, on a simulated device that had {OLD}; what it says are the program's own
words. A device tells its mode, or does not: then nothing is concluded from that.

"Asked first" means that Update wants a tick (on a command line: `--yes`) for what cannot be taken
back. Where something forbids the update, no byte is sent.
"""

_DONE = {
    Outcome.UPDATED: "new",
    Outcome.ALREADY_RUNNING: "same",
    Outcome.NOT_UPDATED: "old",
    Outcome.UNKNOWN: "?",
}
_LEGEND = """\
What runs in the end: the file's image (new, or the same as before), the old one, none, or nobody
knows (?). A dash: something forbids it beforehand.
"""
_COMMON = {"hash-matches", "signature-not-checked", "fits", "too-large"}
"""Said of every file, or said by what forbids it."""


@dataclass(frozen=True, slots=True)
class ModeOf:
    """`profile`: of the simulated device; `changes` to it."""

    title: str
    text: str
    profile: str
    changes: tuple[tuple[str, object], ...] = ()
    has_pressed: bool = False
    """Somebody has pressed the device's button."""


MODES = (
    ModeOf(
        "Swap using scratch",
        "The images change places through a small area beside them. The old one is kept.",
        "swap-scratch",
    ),
    ModeOf("Swap using move", "The same without an area of its own.", "swap-move"),
    ModeOf(
        "Swap using offset",
        "The usual mode of newer devices. The old image is kept, and is not listed any more once "
        "the new one is confirmed.",
        "swap-offset",
    ),
    ModeOf(
        "Overwrite only", "The new image is copied over the old one at the restart.",
        "overwrite-only",
    ),
    ModeOf(
        "Direct XIP",
        "Images run from the slot they lie in, and the higher version runs. A build makes a file "
        "for each slot: drop both, or their package, and the right one is sent.",
        "direct-xip",
    ),
    ModeOf(
        "Direct XIP with revert",
        "The same, and a new image runs once until it is confirmed. What did not hold is erased.",
        "direct-xip-revert",
    ),
    ModeOf("RAM load", "The higher version is copied to RAM and runs there.", "ram-load"),
    ModeOf(
        "RAM load, not told",
        "The same as most firmware tells it: with a mode that has no name (-1).",
        "ram-load",
        (("tells_mode", False),),
    ),
    ModeOf(
        "RAM load with revert",
        "As direct XIP with revert, from RAM. It has no mode number of its own (-1).",
        "ram-load-revert",
    ),
    ModeOf(
        "Not told at all",
        "Firmware without the command that tells the mode; this one swaps.",
        "swap-move",
        (("has_bootloader_info", False),),
    ),
    ModeOf(
        "Single slot",
        "The firmware cannot replace itself. Only its bootloader can, in serial recovery.",
        "single-slot",
    ),
    ModeOf(
        "Firmware loader",
        "A small program beside the application takes the update. The device is restarted into it "
        "and out of it again; over Bluetooth it is found by a name that it is given first.",
        "firmware-loader",
    ),
    ModeOf(
        "Firmware loader with a button",
        "The same where only a button starts the loader, and nobody has pressed it.",
        "loader-button",
    ),
    ModeOf(
        "Firmware loader, started by its button",
        "The same after somebody has pressed it: the loader is used as it is.",
        "loader-button",
        has_pressed=True,
    ),
)  # fmt: skip

Parts = Callable[[Profile], list[FilePart]]


def _image(profile: Profile, version: str, size: int = _SIZE, **more: object) -> McubootImage:
    return McubootImage.from_bytes(firmware_for(profile, version, size, **more))  # type: ignore[arg-type]


def _one(version: str, **more: object) -> Parts:
    return lambda profile: [FilePart(_image(profile, version, **more))]  # type: ignore[arg-type]


def _for_slots(*slots: int) -> Parts:
    def parts(profile: Profile) -> list[FilePart]:
        fixed = dataclasses.replace(profile, fixed_address=True)
        return [FilePart(_image(fixed, NEW, slot=slot), 0, slot) for slot in slots]

    return parts


KINDS: dict[str, Parts] = {
    "A newer image": _one(NEW),
    "The image that is there": lambda profile: [
        FilePart(_image(profile, profile.version, profile.image_size))
    ],
    "An older version": _one("1.2.0"),
    "The same version, another build": _one(OLD, size=_SIZE // 2),
    "Signed with another key": _one(NEW, wrongly_signed=True),
    "It crashes after some seconds": _one(NEW, words="crash 4000"),
    "It never answers": _one(NEW, words="hang watchdog 3000"),
    "A pair, one for each slot": _for_slots(0, 1),
    "Built for slot 0 alone": _for_slots(0),
    "Larger than a slot": _one(NEW, size=120_000),
}


@dataclass(frozen=True, slots=True)
class Cell:
    """`kept`: the old image lies on the device afterwards. `runs`: what runs after one restart
    more; empty: nothing that answers."""

    plan: Plan
    verdict: Verdict
    kept: bool
    runs: str


async def _run(mode: ModeOf, parts: Parts) -> Cell:
    changes = dict(mode.changes)
    profile = small(
        mode.profile, image_size=_SIZE, baud=None, buf_size=1024, key=DEMO_PUBLIC_PEM, **changes
    )
    scene = Scene(profile)
    try:
        if mode.has_pressed:
            scene.host.start()
            scene.host.press_reset()
        job = Job(parts_of(parts(scene.device.profile)), consent=True)
        verdict = await scene.do(job)
        plan = scene.told(PlanMade)[0].plan
        store, device = scene.device.store, scene.device
        found = (store.find_info(slot, start) for slot in (0, 1) for start in (0, 4096))
        old = McubootImage.from_bytes(factory_image(device.profile)).hash
        kept = any(info is not None and info.hash == old for info in found)
        scene.host.power_off()
        scene.host.power_on()
        await _until_up(scene)
        report = device.history[-1].report
        is_up = device.state is DeviceState.RUNNING and report is not None
        runs = str(report.image.version) if is_up and report and report.image else ""
        return Cell(plan, verdict, kept, "" if device.is_loader else runs)
    finally:
        await scene.close()


async def _until_up(scene: Scene) -> None:
    """Made-up time passes; a device that only hangs is given up."""
    for _ in range(20):
        await asyncio.sleep(0.5)
        if scene.device.state is not DeviceState.BOOTING:
            return


@cache
def cells() -> dict[tuple[str, str], Cell]:
    """By the titles of mode and kind. Runs all of them."""
    return {
        (mode.title, kind): run_on_clock(_run(mode, parts))
        for mode in MODES
        for kind, parts in KINDS.items()
    }


def _planned(cell: Cell) -> str:
    plan = cell.plan
    if plan.obstacle is not None:
        return stopped(plan.obstacle.what)
    told = [check.text for check in plan.checks if check.text.code not in _COMMON]
    asked = ["Asked first"] if plan.consents else []
    return " ".join(stopped(text) for text in [*told, *asked])


def _taken_back(cell: Cell) -> str:
    """By what the plan knows, what lies on the device, and what runs after a restart."""
    if cell.verdict.ending in (Ending.FORBIDDEN, Ending.LOADER_NOT_STARTED):
        return "Nothing was changed."
    if cell.verdict.outcome is Outcome.ALREADY_RUNNING:
        return "Nothing was changed."
    by_itself = {
        True: "By itself, until it is confirmed.",
        False: "Not by itself.",
        None: "Whether by itself, the device does not tell.",
    }[cell.plan.can_roll_back]
    if cell.verdict.outcome is not Outcome.UPDATED:
        runs = f"{cell.runs} runs" if cell.runs else "no application runs"
        after = f"After one restart more {runs}."
        return after if cell.runs == OLD else f"{by_itself} {after}"
    return f"{by_itself} The old image is {'kept' if cell.kept else 'gone'}."


def _row(*columns: str) -> str:
    return f"| {' | '.join(column.replace('|', '/') for column in columns)} |"


def modes_page() -> str:
    lines = [MADE, "", _HEAD]
    lines += [f"- [{mode.title}](#{slug(mode.title)})" for mode in MODES]
    lines += [
        "",
        "## All at once",
        "",
        _LEGEND,
        _row("", *(f"{n}" for n in range(1, len(KINDS) + 1))),
    ]
    lines += [_row("---", *("---" for _ in KINDS))]
    for mode in MODES:
        verdicts = (cells()[mode.title, kind].verdict for kind in KINDS)
        lines += [_row(mode.title, *(_short(verdict) for verdict in verdicts))]
    lines += [""]
    lines += [f"{at}. {kind}" for at, kind in enumerate(KINDS, 1)]
    for mode in MODES:
        lines += ["", f"## {mode.title}", "", *wrapped(mode.text), ""]
        lines += [_row("file", "the plan says", "the verdict", "taken back")]
        lines += [_row(*("---" for _ in range(4)))]
        for kind in KINDS:
            cell = cells()[mode.title, kind]
            said = f"{stopped(cell.verdict.headline)} `{cell.verdict.ending.value}`"
            lines += [_row(kind, _planned(cell), said, _taken_back(cell))]
    return "\n".join(lines).rstrip() + "\n"


def _short(verdict: Verdict) -> str:
    if verdict.ending is Ending.FORBIDDEN:
        return "–"
    is_overwritten = "loader again" in verdict.headline
    return "none" if is_overwritten else _DONE[verdict.outcome]
