"""A job that is written, in words: the whole of its editor."""

from __future__ import annotations

from dataclasses import dataclass
from typing import assert_never

from app.controllers.file_watch import Standing
from app.facts.firmware import FirmwareFacts
from app.facts.job import JobFacts, SectionFacts
from app.facts.window import BannerFacts, NoticeFacts
from app.facts.words import ActionFacts, ChipFacts
from app.lib import wording
from app.lib.tone import Tone
from app.presenters import update as show_update
from app.presenters.job_problems import problem_words
from app.presenters.job_sections import COUNT, keys_of, sections
from app.records.attempt import Result
from app.station.job_document import JobDocument
from app.station.job_file import MOST_PLACES
from app.station.rehearsal import Rehearsal
from smp.plain import LONGEST_SENTENCE, plain
from smp.text import NOTHING, Text, outside, sentences, stopped

READ_AGAIN, UNLOCK, LOCK = "read-again", "unlock", "lock"
_UNNAMED = Text("New job")


@dataclass(slots=True)
class Around:
    """What the editor knows besides the document. `reading`: the name of a firmware file that is
    read now; `count`: what is typed as the number of places, while it is none."""

    standing: Standing = Standing.SAME
    reading: str = ""
    count: str | None = None
    trying: Text = NOTHING
    tried: BannerFacts | None = None
    remark: NoticeFacts | None = None
    lock_is_read: bool = False


def job_facts(document: JobDocument, around: Around) -> JobFacts:
    draft, looked = document.draft, document.looked
    problems: dict[str, Text] = {}
    serious = set(drafted := draft.read().problems)
    for remark in sorted(looked.remarks, key=lambda it: not it.is_serious):
        problems.setdefault(remark.key, problem_words(remark.check))
        serious |= {remark.key} if remark.is_serious else set()
    problems |= drafted
    if around.count is not None:
        problems[COUNT] = Text("Write a whole number from 1 to {most}", most=MOST_PLACES)
        serious.add(COUNT)
    is_locked = document.lock is not None
    pin, tone = _pin(document)
    made = sections(
        draft,
        problems,
        serious,
        count=around.count,
        pin=pin,
        pin_tone=tone,
        can_pin=document.firmware is not None,
        outside_of=not looked.is_beside and document.firmware is not None,
    )
    name = draft.get("product").strip()
    status, standing = _status(document, made, problems, serious)
    return JobFacts(
        name=outside(name) if name else _UNNAMED,
        path=plain(str(document.path), LONGEST_SENTENCE) if document.path else "",
        chip=_chip(document),
        sections=made,
        firmware=_firmware(document, around),
        locked=_LOCKED if is_locked else NOTHING,
        notice=_notice(document, around),
        banner=around.tried,
        status=status,
        tone=standing,
        can_save=document.is_changed or document.path is None,
        trying=around.trying,
    )


_LOCKED = Text(
    "This job is locked: stations run it as it is, and nobody changes it by the way. Unlock it to "
    "change it."
)


def _chip(document: JobDocument) -> ChipFacts | None:
    if document.lock is not None:
        return ChipFacts(Text("locked"), Tone.OK, icon="lock", hint=_LOCKED)
    if document.path is None:
        return ChipFacts(Text("not saved yet"), Tone.WARN)
    if document.is_changed:
        return ChipFacts(Text("changed"), Tone.WARN, hint=Text("There is something to save"))
    return None


def _firmware(document: JobDocument, around: Around) -> FirmwareFacts:
    locked = Text("This job is locked") if document.lock is not None else NOTHING
    return show_update.firmware(document.firmware, (), reading=around.reading, locked=locked)


def _pin(document: JobDocument) -> tuple[Text, Tone]:
    """What is said of the firmware's pinned hash."""
    pinned, file = document.draft.get("sha256").strip().lower(), document.firmware
    if not pinned:
        words = Text("A station takes only what is pinned: then nobody can exchange the file.")
        return words, Tone.WARN if file is not None else Tone.NEUTRAL
    if file is None:
        return Text("The file is not here to be compared."), Tone.WARN
    if file.sha256.hex() == pinned:
        return Text("The file is exactly what was pinned."), Tone.OK
    found = wording.short_hash(file.sha256)
    return Text("The file has other contents: {found}", found=found), Tone.WARN


def _notice(document: JobDocument, around: Around) -> NoticeFacts | None:
    if around.remark is not None:
        return around.remark
    if (told := standing_notice(around.standing)) is not None:
        return told
    if document.lock is not None and not around.lock_is_read:
        return NoticeFacts(_LOCKED, Tone.NEUTRAL, ActionFacts(UNLOCK, Text("Unlock…"), "lock"))
    return None


def standing_notice(standing: Standing) -> NoticeFacts | None:
    """What became of the job's file on the disk."""
    match standing:
        case Standing.SAME:
            return None
        case Standing.CHANGED:
            again = ActionFacts(READ_AGAIN, Text("Read it again"), "refresh")
            words = Text("Somebody else has changed the file of this job meanwhile.")
            return NoticeFacts(words, Tone.WARN, again)
        case Standing.GONE:
            words = Text(
                "The file of this job is not there any more, or not to be reached. What is shown "
                "can be saved again."
            )
            return NoticeFacts(words, Tone.WARN)
        case _:
            assert_never(standing)


def saved_open() -> NoticeFacts:
    """A job that was locked has been changed and saved."""
    action = ActionFacts(LOCK, Text("Lock it again…"), "lock")
    words = Text("It is saved without its lock: stations that want one refuse it until then.")
    return NoticeFacts(words, Tone.WARN, action)


def _status(
    document: JobDocument,
    made: tuple[SectionFacts, ...],
    problems: dict[str, Text],
    serious: set[str],
) -> tuple[Text, Tone]:
    if not document.is_looked_at and not document.looked.remarks:
        return Text("Looking at it…"), Tone.NEUTRAL
    shown = {key for section in made for key in keys_of(section)}
    for key in serious - shown:
        return problems[key], Tone.WARN
    wrong = [section for section in made if section.problems]
    count = sum(section.problems for section in wrong)
    if count == 1:
        return Text("One thing to put right, in “{section}”", section=wrong[0].title), Tone.WARN
    if wrong:
        return (
            Text(
                "{count} things to put right, the first in “{section}”",
                count=count,
                section=wrong[0].title,
            ),
            Tone.WARN,
        )
    for key in problems.keys() - shown:
        return problems[key], Tone.NEUTRAL
    return Text("A station takes this job"), Tone.OK


def tried_facts(rehearsal: Rehearsal) -> BannerFacts:
    """How a try on a simulated device went."""
    attempt = rehearsal.attempt
    steps, time = len(attempt.steps), wording.duration(attempt.seconds)
    remarks = sentences(*rehearsal.remarks)
    if rehearsal.is_good:
        told = Text("{count} steps in {time}", count=steps, time=time)
        words = stopped(sentences(told, remarks))
        return BannerFacts(Tone.OK, Text("A simulated unit passed"), words, closable=True)
    reason = outside(plain(attempt.reason, LONGEST_SENTENCE).rstrip("."))
    step = outside(plain(attempt.next_step, LONGEST_SENTENCE).rstrip("."))
    is_fail = attempt.result is Result.FAIL
    return BannerFacts(
        Tone.BAD if is_fail else Tone.WARN,
        Text("A simulated unit did not pass: {result}", result=attempt.result.value),
        stopped(sentences(reason, step, remarks)),
        closable=True,
    )
