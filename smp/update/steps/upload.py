"""Uploading the files."""

from __future__ import annotations

import asyncio

from smp.errors import DeviceError, TransferError
from smp.text import Coded, Text
from smp.transfer.upload import Upload
from smp.update.beginning import Beginning
from smp.update.course import Course
from smp.update.endings.broken import DamagedUpload
from smp.update.endings.overwriting import Taken
from smp.update.events import Step, UploadBegan
from smp.update.part_course import PartCourse
from smp.update.plan import Action
from smp.update.steps import loader, recovery
from smp.update.steps.clearing import restart_first
from smp.update.verdict import Verdict


async def upload(course: Course) -> Verdict | None:
    """What the device does not have, each image to its own slot."""
    parts = [part for part in course.parts if part.plan.action is Action.UPLOAD]
    if parts:
        return await send(course, *parts)
    course.finish(Step.UPLOAD, skipped=True)
    return None


async def send(course: Course, *parts: PartCourse) -> Verdict | None:
    """Upload, through as many connections as it takes."""
    course.start(Step.UPLOAD)
    for part in parts:
        verdict = await _send_whole(course, course.turn_to(part))
        if verdict is not None:
            return verdict
    course.finish(Step.UPLOAD)
    return None


async def _send_whole(course: Course, part: PartCourse) -> Verdict | None:
    """One image, and whether all of it arrived. A firmware loader may end by itself meanwhile."""
    verdict = await loader.staying(course, part, lambda: _send_once(course, part))
    if verdict is None:
        part.was_sent, part.marked = True, None
    return verdict


async def _send_once(course: Course, part: PartCourse) -> None:
    plan = part.plan
    part.taken = Taken(0, len(plan.data))
    course.tell(UploadBegan(len(plan.data), part.number))
    course.news.begin(part.number)
    course.link.begin_upload()
    beginning = Beginning(
        course.client,
        course.link,
        plan,
        course.facts,
        lambda state: restart_first(course, state),
        course.deeds.note,
    )
    done = await beginning.upload(lambda: course.link.persist(lambda: _send(course, part)))
    state = await course.read_state()
    there = recovery.went_elsewhere(course, part, state)
    if there is not None:
        recovery.mend_number(course, there, part)
        await _send_once(course, part)
        return
    listed = part.listed_in(state)
    has_hashes = any(entry.hash is not None for entry in state.of(part.number))
    if done.match is False or (listed is None and has_hashes and state.has_flags):
        raise DamagedUpload(is_listed=listed is not None)
    if course.facts is not None and course.facts.in_recovery:
        return  # a bootloader that loads to RAM looks at the copy there: only the restart shows
    if not state.of(part.number):
        raise TransferError(
            Coded("upload-not-listed", "The device took the upload and lists no image at all"),
            why=Text("Nobody can tell what became of it"),
            next_step=Text(
                "Restart the device and start the update again; if it lists none then, its "
                "firmware cannot be updated this way"
            ),
        )


async def _send(course: Course, part: PartCourse) -> Upload:
    await asyncio.sleep(0)  # whoever has cancelled meanwhile has done so before anything is sent
    if course.link.in_loader:
        await course.link.images()  # it may have ended, and an application take it over its loader
    part.was_begun = True
    plan = part.plan
    try:
        return await course.client.upload(
            plan.data,
            image=recovery.upload_number(course, part),
            digest=plan.file_image.hash,
            recognise=course.link.recognise,
            on_progress=course.note_progress,
        )
    except DeviceError as error:
        if course.link.in_loader and error.is_unsupported:
            await course.link.images()  # an application refuses it, where the loader has ended
        raise
