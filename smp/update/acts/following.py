"""Restarting a device for an act, and following it until it tells what it runs."""

from __future__ import annotations

from dataclasses import dataclass, replace

from smp.commands.image import ImageEntry, ImageState
from smp.errors import DeviceError, LinkForbidden, SmpError
from smp.text import Text, outside, sentences
from smp.update import beside
from smp.update.acts import results
from smp.update.acts.doing import Doing
from smp.update.acts.events import Phase, PhaseBegan
from smp.update.acts.kinds import ActKind, Way
from smp.update.acts.results import ActEnding, ActResult
from smp.update.estimates import placing_seconds
from smp.update.events import StateRead
from smp.update.experience import BOOT
from smp.update.names import Names
from smp.update.phrases import named
from smp.update.restart import NeverBack, Return
from smp.update.restarting import Restarter

_USUAL_SLOT = 512 * 1024
_ASKS = 3
_FORCE = Text(
    "Wait until the device has done what it is about, then try it again, or insist on the restart"
)
OFF_AND_ON = Text("Switch the device off and on, then look at what it runs")


@dataclass(frozen=True, slots=True)
class Outlook:
    """What is expected of the restart: a `Prospect`."""

    numbers: tuple[int, ...]
    restart_seconds: float | None
    swap_seconds: float
    starts_a_test: bool


def outlook(doing: Doing) -> Outlook:
    """Only what waits, or is returned to, is put in place."""
    judged, facts = doing.judged, doing.facts
    entry, running = judged.entry, judged.running
    changes = entry is not None and (running is None or entry.hash != running.hash)
    size = facts.slot_size(judged.act.image, 0) or _USUAL_SLOT
    swap = placing_seconds(facts, size) if changes else 0.0
    usual = doing.experience.restart if swap else None
    on_test = changes and entry is not None and not (entry.confirmed or entry.permanent)
    return Outlook(
        (judged.act.image,),
        usual or BOOT + swap,
        swap,
        on_test and facts.can_roll_back is True and judged.way is not Way.FOR_GOOD,
    )


def runs_words(entry: ImageEntry) -> Text:
    version = named(entry.version)
    if entry.confirmed:
        return Text("{version} runs, confirmed", version=version)
    return Text("{version} runs, as a test", version=version)


def is_running(wanted: ImageEntry, running: ImageEntry | None) -> bool:
    if running is None:
        return False
    return running.hash == wanted.hash if wanted.hash else running.version == wanted.version


async def ask_for_restart(doing: Doing, boot_mode: int | None = None) -> ActResult | None:
    """What it refuses the restart with."""
    doing.on_event(PhaseBegan(Phase.RESTART))
    doing.was_asked = True
    try:
        await doing.client.reset(force=doing.act.force, boot_mode=boot_mode)
    except DeviceError as error:
        return _refused(doing, error)
    return None


def _refused(doing: Doing, error: DeviceError) -> ActResult:
    running = doing.latest.active(doing.act.image) if doing.latest is not None else None
    step = error.next_step if doing.act.force or error.is_unsupported else _FORCE
    return results.failed(
        doing.act,
        ActEnding.RESTART_REFUSED,
        sentences(error.what, error.why if isinstance(error.why, Text) else outside(error.why)),
        step,
        running=running,
        error=error,
    )


async def follow(doing: Doing, before: ImageState) -> Return | ActResult:
    """Ask for the restart until it has come about, follow it, see that it is the same device."""
    plain = doing.act.kind is ActKind.RESTART
    force, client = doing.act.force, doing.client
    restarter = doing.restarter = Restarter(
        client,
        doing.link,
        doing.pace,
        doing.tell,
        ask=(lambda: client.reset(force=force)) if plain else None,
    )
    entry = doing.judged.entry
    if entry is not None and entry.hash is not None:
        doing.link.sent = (entry.hash,)
    doing.on_event(PhaseBegan(Phase.RESTART))
    doing.was_asked = True
    try:
        # What does not show where nothing changes may have happened: it is asked for once.
        asks = _ASKS if any(it.pending for it in before.entries) else 1
        back = await restarter.restart(outlook(doing), before, asks=asks)
    except DeviceError as error:
        return _refused(doing, error)
    except (NeverBack, LinkForbidden) as error:
        return _never_back(doing, error)
    doing.on_event(PhaseBegan(Phase.PROVE))
    doing.tell(StateRead(back.state))
    if back.state.has_flags and doing.state.has_flags:
        await _compare_names(doing, back.state)
    return back


async def _compare_names(doing: Doing, state: ImageState) -> None:
    """Raises `OtherDevice` if what answers calls itself as the device cannot."""
    wanted = doing.judged.entry
    running = state.active(doing.act.image)
    is_new = wanted is not None and is_running(wanted, running)
    before = Names.of(doing.facts)
    now = await Names.ask(doing.client, before)
    doubt = before.doubt(now, doing.client.transport.name, is_new=is_new)
    if doubt:
        doing.link.remark(doubt)


def _never_back(doing: Doing, error: SmpError) -> ActResult:
    if isinstance(error, NeverBack) and error.answers:
        why = sentences(Text("The device has restarted and does not tell what it runs"), error.why)
        return results.unknown(doing.act, ActEnding.NOT_TOLD, why, OFF_AND_ON, error=error)
    why = sentences(Text("The device did not come back after the restart"), error.why)
    step = error.next_step if isinstance(error, LinkForbidden) else OFF_AND_ON
    return results.unknown(doing.act, ActEnding.NEVER_BACK, why, step, error=error)


def not_seen(doing: Doing, running: ImageEntry | None) -> ActResult:
    """It answers as before, and nothing has shown a restart."""
    restarter = doing.restarter
    if restarter is not None and restarter.agreed:
        return replace(
            results.unknown(
                doing.act,
                ActEnding.NOT_RESTARTED,
                Text("The device agreed to restart, and nothing shows that it has"),
                OFF_AND_ON,
            ),
            headline=results.runs(running),
        )
    return results.failed(
        doing.act,
        ActEnding.NOT_RESTARTED,
        Text("The device did not answer the request for a restart, and is there as before"),
        OFF_AND_ON,
        running=running,
    )


def with_remarks(doing: Doing, result: ActResult) -> ActResult:
    """What else was seen, and what the restart did to other images."""
    passages = doing.restarter.passages if doing.restarter is not None else ()
    others = beside.remarks(doing.facts, {doing.act.image}, passages, doing.latest)
    reason = sentences(result.reason, *doing.link.remarks, *others)
    return replace(result, reason=reason)
