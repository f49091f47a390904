"""A file and an update in words: drop zone, plan, verdict."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import assert_never

from app.controllers.device import DeviceController, LinkState
from app.controllers.file_watch import Standing
from app.controllers.worksheet import needs_another_file
from app.facts.firmware import (
    CheckFacts,
    FileFacts,
    FirmwareFacts,
    ImageLineFacts,
    PlanButton,
    PlanFacts,
    RecentFacts,
    RemarkFacts,
)
from app.facts.window import BannerFacts
from app.facts.words import ActionFacts
from app.lib import wording
from app.lib.tone import Tone
from app.memory.cut_off import CutOff
from app.presenters import acts as show_acts
from app.presenters import advice as show_advice
from app.presenters import done as show_done
from app.presenters import images, places, remedies, run_words
from app.ways import in_window
from smp.image import FileKind, FirmwareFile
from smp.plain import plain
from smp.text import NOTHING, Text, listed, outside, sentences, stopped
from smp.update.plan import Action as PlannedAction
from smp.update.plan import Plan
from smp.update.plan import Tone as PlanTone
from smp.update.verdict import Verdict

USE_SUGGESTION = "use-suggestion"
READ_AGAIN = "read-again"
TAKE_NEXT = "take-next"
GO_ON = "go-on"

_CHOOSE_FILE = Text("Choose a firmware file")
_CHOOSE_BOTH = Text("Choose a device and a file")
_ANOTHER_FILE = Text("Choose another file first")


def firmware(
    file: FirmwareFile | None,
    recent: tuple[Path, ...],
    *,
    reading: str = "",
    locked: Text = NOTHING,
    standing: Standing = Standing.SAME,
    since: float = 0.0,
    following: str = "",
    recents: tuple[RecentFacts, ...] = (),
    last: RecentFacts | None = None,
) -> FirmwareFacts:
    """What the drop zone holds. `since` (seconds since the epoch) it stands so on disk.
    following: the name of a file that waits to take its place."""
    remark = _remark(standing, since, locked=bool(locked)) if file is not None else None
    if following:
        remark = _following(following, locked=bool(locked))
    held = _file(file) if file else None
    return FirmwareFacts(held, recent, reading, locked, remark, recents, last)


def _remark(standing: Standing, since: float, *, locked: bool) -> RemarkFacts | None:
    when = wording.time_of_day(since)
    match standing:
        case Standing.SAME:
            return None
        case Standing.GONE:
            words = Text(
                "Not on disk any more, or not to be reached, since {time}. "
                "What was read is still here",
                time=when,
            )
            return RemarkFacts(words, Tone.NEUTRAL)
        case Standing.CHANGED if locked:
            return RemarkFacts(
                Text("Changed on disk at {time}. What is sent is what was read before", time=when)
            )
        case Standing.CHANGED:
            action = ActionFacts(READ_AGAIN, Text("Read it again"), "refresh")
            return RemarkFacts(Text("Changed on disk at {time}", time=when), action=action)
        case _:
            assert_never(standing)


def _following(name: str, *, locked: bool) -> RemarkFacts:
    if locked:
        words = Text("Next: {name}. It can be taken when this update has ended", name=name)
        return RemarkFacts(words, Tone.NEUTRAL)
    action = ActionFacts(TAKE_NEXT, Text("Take it"), "file")
    return RemarkFacts(Text("Next: {name}", name=name), Tone.NEUTRAL, action)


def _file(file: FirmwareFile) -> FileFacts:
    label = outside(file.label) if file.label else NOTHING
    detail = listed([_kind(file), label, wording.size(file.size)], " · ")
    tone = Tone.NEUTRAL
    if file.problem is not None:
        detail, tone = file.problem.what, Tone.BAD
    return FileFacts(file.name, detail, tone, file.path)


def _kind(file: FirmwareFile) -> Text:
    """Of a file that can be used; of others their problem is said."""
    count = len(file.parts)
    if count == 1:
        return next((words for kind, words in _OTHER_KINDS if kind is file.kind), _IMAGE)
    if file.kind in (FileKind.PACKAGE, FileKind.BUNDLE):
        return listed([_PACKAGE, Text("{count} images", count=count)], " · ")
    return Text("{count} MCUboot images", count=count)


_IMAGE, _PACKAGE = Text("MCUboot image"), Text("Firmware package")
_OTHER_KINDS = (
    (FileKind.ENCRYPTED_IMAGE, Text("Encrypted MCUboot image")),
    (FileKind.PACKAGE, _PACKAGE),
    (FileKind.BUNDLE, _PACKAGE),
    (FileKind.ZIP, Text("MCUboot image in a ZIP")),
    (FileKind.INTEL_HEX, Text("MCUboot image as Intel HEX")),
    (FileKind.MERGED_BINARY, Text("MCUboot image behind a bootloader")),
)


# -- the plan ---------------------------------------------------------------------------------


def plan(device: DeviceController, barrier: Text = NOTHING, *, reading: bool = False) -> PlanFacts:
    """What would happen, or is happening, or what forbids it.

    barrier: why the file cannot be used as it is shown. reading: it is not this file whose name
    is shown, but one that is being read.
    """
    if reading and not device.is_updating:
        return plan_of_file(None, missing=barrier)
    file, track = device.file, device.track
    running = track is not None and not track.is_over
    made = device.plan
    if track is not None and track.plan is not None and (running or made is None):
        made = track.plan
    if file is None or file.problem is not None:
        return plan_of_file(file, barrier, _CHOOSE_FILE)
    if device.awaits_next:
        return plan_of_file(file, barrier or show_advice.AWAITS_NEXT)
    then = made.versions if made is not None else file.versions
    now = made.versions_before if made is not None else ""
    checks = _checks(made)
    if track is not None and not track.is_over:
        button = PlanButton.CANCELLING if track.is_cancelling else PlanButton.CANCEL
        return PlanFacts(now, then, checks, button, images=_images(file, made))
    if device.verdict is not None:
        shown = replace(_after(device.verdict, made, then, checks), is_over=True)
    else:
        shown = _before(device, made, now, then, checks)
    shown = replace(shown, images=_images(file, made, device.verdict))
    planned = () if shown.is_over else shown.images
    looked_at = shown.checks or any(image.checks for image in planned)
    if looked_at and made is not None and made.obstacle is None:
        shown = replace(shown, help=_explained(made))
    return replace(shown, forbidden=barrier, beside=NOTHING) if barrier else shown


def plan_of_file(
    file: FirmwareFile | None, barrier: Text = NOTHING, missing: Text = _CHOOSE_BOTH
) -> PlanFacts:
    """What can be said without a device; `missing` says what is, while there is no file."""
    if file is None:
        return PlanFacts(button=PlanButton.UPDATE, forbidden=missing)
    if file.problem is not None:
        place = places.of_error(file.problem) if file.suggestion is None else ""
        return PlanFacts(checks=_problem_checks(file), help=place)
    return PlanFacts(
        then=file.versions,
        button=PlanButton.UPDATE,
        forbidden=barrier or Text("Choose a device"),
        images=images.of_file(file),
    )


def _before(
    device: DeviceController,
    made: Plan | None,
    now: str,
    then: str,
    checks: tuple[CheckFacts, ...],
) -> PlanFacts:
    forbidden = NOTHING
    if device.link is LinkState.CONNECTING or device.is_asked_aloud:
        forbidden = Text("Asking the device what it is")
    elif device.is_acting:
        forbidden = show_acts.BUSY
    elif device.link is not LinkState.CONNECTED or made is None:
        forbidden = Text("The device is not connected")
    elif made.obstacle is not None:
        forbidden = Text("Not possible: the reason stands above")
    if made is None or forbidden:
        return PlanFacts(now, then, checks, PlanButton.UPDATE, forbidden)
    silent = device.told.silent_since
    if silent is not None:
        words = Text(
            "no answer since {time}; it is asked first what it is",
            time=wording.time_of_day(silent),
        )
        return PlanFacts("", then, button=PlanButton.UPDATE, beside=words)
    if made.action is PlannedAction.CONFIRM:
        return _on_test(made, now, then, checks)
    calm = made.action is PlannedAction.NOTHING
    return PlanFacts(
        now,
        then,
        checks,
        PlanButton.UPDATE,
        NOTHING,
        run_words.promise(made),
        made.consent,
        calm=calm,
    )


def _on_test(made: Plan, now: str, then: str, checks: tuple[CheckFacts, ...]) -> PlanFacts:
    """The file's image runs as a test: keep it, or not."""
    back = None
    if made.can_roll_back is not False and not any(change.is_asked_for for change in made.beside):
        hint = sentences(remedies.GO_BACK.hint, *(change.text for change in made.beside))
        back = replace(remedies.GO_BACK, hint=hint)
    beside = Text("already running, as a test")
    return PlanFacts(now, then, checks, PlanButton.CONFIRM, NOTHING, beside, made.consent, back)


def _after(
    verdict: Verdict, made: Plan | None, then: str, checks: tuple[CheckFacts, ...]
) -> PlanFacts:
    was = ", ".join(part.was.version for part in verdict.parts if part.was is not None)
    # What a further update would find is no news beside what this one has come to.
    if verdict.is_good:
        return PlanFacts(was, then, button=PlanButton.ANOTHER)
    if needs_another_file(verdict, made):
        return PlanFacts(was, then, (), PlanButton.UPDATE, _ANOTHER_FILE)
    on_test = made is not None and made.action is PlannedAction.CONFIRM
    if made is not None and on_test and made.obstacle is None:
        return _on_test(made, was, then, checks)
    consent = made.consent if made is not None else NOTHING
    against = tuple(check for check in checks if check.tone in (Tone.WARN, Tone.BAD))
    return PlanFacts(was, then, against, PlanButton.TRY_AGAIN, consent=consent)


def _explained(made: Plan) -> str:
    """The first thing that has to be agreed to, or that is not as it should be."""
    warnings = (check.text for check in made.checks if check.tone in (PlanTone.WARN, PlanTone.BAD))
    return next((places.of_check(text) for text in (*made.consents, *warnings)), "")


def _checks(made: Plan | None) -> tuple[CheckFacts, ...]:
    """Of several images each stands in its own line."""
    if made is None:
        return ()
    return images.check_facts(made.checks if len(made.parts) == 1 else made.of_the_whole)


def _images(
    file: FirmwareFile, made: Plan | None, verdict: Verdict | None = None
) -> tuple[ImageLineFacts, ...]:
    if made is None:
        return images.of_file(file)
    if verdict is None:
        return images.of_plan(made)
    return images.of_verdict(made, verdict, show_done.verdict_tone(verdict))


def _problem_checks(file: FirmwareFile) -> tuple[CheckFacts, ...]:
    problem = file.problem
    assert problem is not None
    texts = [text for text in (problem.why, problem.next_step) if text]
    tones = (Tone.BAD, Tone.ACCENT)
    told = [
        CheckFacts(tone, stopped(text), hint=outside(problem.detail))
        for tone, text in zip(tones, texts or [problem.what], strict=False)
    ]
    if way := in_window(problem):
        told.append(CheckFacts(Tone.NEUTRAL, way))
    return tuple(told)


# -- the verdict ------------------------------------------------------------------------------


def banner(device: DeviceController, cut_off: CutOff | None = None) -> BannerFacts | None:
    """The verdict, or what stands in the way and can be removed here, or what was.

    cut_off: the update that a former run of the program did not end.
    """
    track, verdict = device.track, device.verdict
    if (acting := show_acts.going_on(device)) is not None:
        return acting
    if device.act_done is not None:
        return show_acts.banner(device.act_done)
    if verdict is not None and device.sheet.last is not None:
        helps = remedies.of_verdict(device.facts, verdict)
        return show_done.verdict_banner(verdict, device.sheet.last.at, helps)
    if device.awaits_next or (track is not None and not track.is_over):
        return None
    return _in_the_way(device) or _cut_off(device, cut_off) or _past(device)


def _past(device: DeviceController) -> BannerFacts | None:
    return show_done.past_banner(device, device.past) if device.past is not None else None


def _cut_off(device: DeviceController, cut_off: CutOff | None) -> BannerFacts | None:
    """An update that a killed program left behind."""
    facts, file = device.facts, device.file
    if cut_off is None or facts is None or facts.state is None:
        return None
    active = facts.state.active()
    if active is not None and active.confirmed and cut_off.names(_hex(active.hash)):
        return None
    began = wording.time_of_day(cut_off.at)
    what = Text("An update of this device to {version} was cut off", version=cut_off.version)
    words = Text("It began at {time}, and the program ended before it was done.", time=began)
    if file is not None and any(cut_off.names(_hex(image.hash)) for image in file.images):
        again = Text("Start it again to go on.")
        return BannerFacts(Tone.NEUTRAL, what, sentences(words, again))
    use = ActionFacts(GO_ON, _use(plain(cut_off.file)), "file")
    actions = (use,) if cut_off.path else ()
    again = Text("Start it again with the same file to go on.")
    return BannerFacts(Tone.NEUTRAL, what, sentences(words, again), actions)


def _use(name: str) -> Text:
    return Text("Use {name}", name=name)


def _hex(digest: bytes | None) -> str:
    return digest.hex() if digest else ""


def _in_the_way(device: DeviceController) -> BannerFacts | None:
    if device.file is not None and device.file.problem is not None:
        return file_banner(device.file)
    made, facts = device.plan, device.facts
    if made is None or made.obstacle is None:
        return None
    if facts is not None and facts.state is None and not facts.behind_loader:
        return None  # said in place of the slots
    obstacle = made.obstacle
    actions = remedies.of_obstacle(facts, obstacle) if facts is not None else ()
    words = stopped(sentences(obstacle.why, obstacle.next_step))
    place = places.of_text(obstacle.what)
    return BannerFacts(Tone.WARN, obstacle.what, words, actions, icon="warning", help=place)


def file_banner(file: FirmwareFile | None) -> BannerFacts | None:
    """A file that cannot be used, and the one beside it that can."""
    if file is None or file.problem is None or file.suggestion is None:
        return None
    name = plain(file.suggestion.name)
    words = Text("{name} lies beside it and is the signed image of the same build.", name=name)
    action = ActionFacts(USE_SUGGESTION, _use(name), "file")
    place = places.of_error(file.problem)
    return BannerFacts(Tone.WARN, file.problem.what, words, (action,), icon="warning", help=place)
