"""Checking: what the device is, what is to be done with it, and whether that may be done."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

from smp.commands.image import ImageState
from smp.errors import DeviceError, LinkLost, NoAnswer, Unanswered
from smp.survey import DeviceFacts, read_again, survey
from smp.update import beside
from smp.update.course import Course, Doing
from smp.update.endings import loader as loader_endings
from smp.update.endings import recovery as recovery_endings
from smp.update.endings import refused
from smp.update.events import PlanMade, StateRead, Step, Waiting
from smp.update.plan import Action, Plan, Remedy, make_plan
from smp.update.steps import loader, recovery
from smp.update.steps.clearing import clear_the_way
from smp.update.verdict import Verdict

_STARTING = 5.0
"""Seconds for which a device's first image list may still be on its way."""


async def check(course: Course) -> Verdict | None:
    plan = await _make_plan(course)
    remedy = _offered(course, plan)
    if remedy is not None:
        starts_more = remedy is Remedy.RESTART and beside.consent(plan.beside)
        if starts_more and not await _has_consent(course, plan):
            return _not_agreed(course, plan)
        await clear_the_way(course, remedy)
        await _make_plan(course)
    verdict = await _permit(course)
    if verdict is None and course.plan.enters_loader:
        verdict = await _enter(course, course.plan, loader.enter, loader.leave)
    elif verdict is None and course.plan.enters_recovery:
        verdict = await _enter(course, course.plan, recovery.enter, recovery.leave)
    if verdict is None:
        course.finish(Step.CHECK)
    return verdict


async def _enter(
    course: Course, agreed: Plan, enter: Doing, leave: Callable[[Course], Awaitable[None]]
) -> Verdict | None:
    """Who answers then may tell what forbids it, and the application could not tell of."""
    for _ in range(loader.ENTRIES):
        verdict = await enter(course)
        if verdict is not None:
            return verdict
        plan = await _make_plan(course)
        if not (plan.enters_loader or plan.enters_recovery):
            break
    else:
        course.is_in_loader = course.is_in_recovery = False
        if plan.enters_loader:
            return loader_endings.left_by_itself(course.was, loader.ENTRIES)
        return recovery_endings.left_by_itself(course.was, loader.ENTRIES)
    if plan.obstacle is not None:
        await leave(course)
        return refused.forbidden(plan, plan.obstacle)
    if set(course.job.left_to_agree(plan.consents)) - set(agreed.consents):
        await leave(course)
        return _not_agreed(course, plan)
    return None


async def _make_plan(course: Course) -> Plan:
    course.start(Step.CHECK)
    course.facts = await _survey_at_first(course)
    if course.facts.state is not None:
        course.link.check(course.facts.state)
    course.link.known = course.facts.state
    course.link.in_loader = course.facts.in_loader
    course.link.bootloader.know(course.facts)
    if course.facts.state is not None:
        course.tell(StateRead(course.facts.state))
    plan = make_plan(
        course.facts,
        course.job,
        rate=course.client.limits.likely_rate,
        memory=course.memory,
        experience=course.experience(course.facts),
    )
    course.take(plan)
    course.tell(PlanMade(plan))
    return plan


async def _survey_at_first(course: Course) -> DeviceFacts:
    """A link that drops gets a second chance; a silent device may be in the middle of a
    restart, perhaps of an update that was killed."""
    loop = asyncio.get_running_loop()
    began = loop.time()
    second_chance = True
    while True:
        ready_by = began + _STARTING
        try:
            facts = await _survey(course)
            if loop.time() >= ready_by or not _may_be_starting(facts):
                return facts
            await asyncio.sleep(course.pace.poll)
        except DeviceError:
            if loop.time() >= ready_by:
                raise
            await asyncio.sleep(course.pace.poll)
        except LinkLost:
            if not second_chance:
                raise
            second_chance = False
        except NoAnswer as error:
            left = course.pace.first_answer - (loop.time() - began)
            if left <= 0 or error.is_final:
                raise
            course.tell(Waiting(left))
            await asyncio.sleep(course.pace.poll)


async def _survey(course: Course) -> DeviceFacts:
    if not course.client.is_connected:
        await course.client.connect()
    if course.facts is None:
        return await survey(course.client)
    facts = await read_again(course.client, course.facts)
    before, now = course.facts.state, facts.state
    if now is not None and (before is None or _is_told_by_another(before, now)):
        return await survey(course.client)  # the bootloader answers, or does not any more
    return facts


async def _permit(course: Course) -> Verdict | None:
    """None if nothing forbids the plan, and what has to be agreed to is. It may be another plan
    afterwards."""
    plan = course.plan
    if plan.obstacle is not None:
        return refused.forbidden(plan, plan.obstacle)
    if not course.job.left_to_agree(plan.consents):
        return None
    if not await _has_consent(course, plan):
        return _not_agreed(course, plan)
    # A person took a while: what was agreed to must still be what is there.
    now = await _make_plan(course)
    if now.obstacle is not None:
        return refused.forbidden(now, now.obstacle)
    return None if now.consent in ("", plan.consent) else _not_agreed(course, now)


async def _has_consent(course: Course, plan: Plan) -> bool:
    if not course.job.left_to_agree(plan.consents):
        return True
    return course.ask is not None and await course.ask(plan)


def _not_agreed(course: Course, plan: Plan) -> Verdict:
    return refused.no_consent(plan, course.job.left_to_agree(plan.consents))


def _offered(course: Course, plan: Plan) -> Remedy | None:
    """The remedy that is agreed to and of use here."""
    remedies = course.job.remedies
    if plan.obstacle is not None:
        return next((it for it in remedies if it in plan.obstacle.remedies), None)
    state = course.facts.state if course.facts is not None else None
    waits = state is not None and any(part.is_challenged(state) for part in course.parts)
    helps = waits and Remedy.RESTART in remedies and plan.action is Action.UPLOAD
    return Remedy.RESTART if helps else None


def _is_told_by_another(before: ImageState, now: ImageState) -> bool:
    """An application and its bootloader tell of the same images in ways of their own."""
    names_running = [any(entry.active for entry in it.entries) for it in (before, now)]
    return before.has_flags != now.has_flags or names_running[0] != names_running[1]


def _may_be_starting(facts: DeviceFacts) -> bool:
    """Firmware that has just started may refuse its image list, or leave out what runs."""
    if facts.behind_loader or facts.in_recovery:
        return False
    if facts.state is None:
        return not isinstance(facts.state_problem, Unanswered)
    return facts.state.has_flags and not any(entry.active for entry in facts.state.entries)
