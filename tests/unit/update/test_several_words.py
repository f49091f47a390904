"""What is said of an image beside the one that an update ended for, by the newest list and by what
was done. Most of it is reached through a device in tests/conformance/test_several_images.py."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from smp.commands.image import ImageEntry, ImageState
from smp.errors import LinkLost
from smp.image import FilePart
from smp.text import Coded, Text, outside, sentences
from smp.update import plan as plans
from smp.update.endings import fates, several, side_by_side
from smp.update.endings.overwriting import Taken
from smp.update.image_name import names
from smp.update.job import Job, JobPart
from smp.update.part_course import PartCourse
from smp.update.plan import Action
from smp.update.verdict import Ending, Fate, Outcome, PartVerdict, Running, Verdict
from tests.helpers.planning import device, entry
from tests.helpers.updating import new_image

NET, APP = new_image("1.4.0", 8_000), new_image("2.1.0")
NET_OLD = b"old network core".ljust(32, b"-")
BEFORE = (entry("2.0.0"), entry("1.3.0", image=1, hash=NET_OLD))
WAS = Running("1.3.0", NET_OLD, True, number=1)
CALLED = names([(1, FilePart(NET, 1, core="NETWORK")), (0, FilePart(APP, 0))])


def courses() -> tuple[PartCourse, PartCourse]:
    """Of the network core's image and the application's; nothing is done yet."""
    job = Job((JobPart(NET, 1), JobPart(APP, 0)))
    net, app = plans.make_plan(device(*BEFORE), job).parts
    return PartCourse.of(net), PartCourse.of(app)


def network(*, sent: int = 0, **changes: Any) -> PartCourse:
    part, _ = courses()
    part.plan = replace(part.plan, **changes)
    part.taken = Taken(sent, len(part.plan.data))
    part.was_sent = part.taken.is_all
    return part


def unseen() -> PartCourse:
    """Of a core that the device lists only what waits for."""
    part = network(sent=ALL, before=None, is_first=True)
    part.marked = ImageState((BEFORE[0], ours(pending=True)))
    return part


def ours(slot: int = 1, **more: Any) -> ImageEntry:
    return entry("1.4.0", slot, 1, hash=NET.hash, **more)


def state(*more: ImageEntry) -> ImageState:
    return ImageState((BEFORE[0], *(more or BEFORE[1:])))


ALL = len(NET.data)
OLD = BEFORE[1]


@pytest.mark.parametrize(
    ("part", "latest", "fate", "words"),
    [
        (network(), state(), Fate.NOT_SENT, "Nothing of 1.4.0 was sent as image 1"),
        (
            network(sent=4_000),
            state(),
            Fate.SENT_IN_PART,
            "4,000 of 8,552 bytes of 1.4.0 were sent as image 1",
        ),
        (
            network(sent=ALL),
            state(OLD, ours()),
            Fate.STORED,
            "1.4.0 is on the device as image 1, not marked for the next restart",
        ),
        (
            network(action=Action.MARK, starts_unmarked=None),
            state(OLD, ours()),
            Fate.STORED,
            "1.4.0 is on the device as image 1, and its bootloader may start it at a restart",
        ),
        (
            network(sent=ALL),
            state(OLD, ours(pending=True)),
            Fate.WAITS,
            "1.4.0 waits as image 1 for the next restart",
        ),
        (network(sent=ALL), state(ours(0)), Fate.RUNS, "1.4.0 runs as image 1"),
        (network(sent=ALL), state(), Fate.GONE, "1.4.0 is not listed as image 1 any more"),
        (
            network(action=Action.RESTART),
            state(),
            Fate.GONE,
            "1.4.0 is not listed as image 1 any more",
        ),
        (network(sent=ALL), None, Fate.NOT_KNOWN, "What runs as image 1 is not known"),
        (
            unseen(),
            ImageState(BEFORE[:1]),
            Fate.TAKEN_OUT,
            "The restart took 1.4.0 out of its slot, and the device does not list what runs as "
            "image 1",
        ),
        (
            network(sent=ALL),
            ImageState((ImageEntry(1, 0, "1.4.0", NET.hash),), has_flags=False),
            Fate.NOT_KNOWN,
            "What runs as image 1 is not known",
        ),
    ],
)
def test_what_became_of_it(
    part: PartCourse, latest: ImageState | None, fate: Fate, words: str
) -> None:
    assert fates.fate_of(part, latest) is fate
    assert fates.sentence(part, fate) == words
    dated = fates.sentence(part, fate, is_lost=True)
    was_listed = fate in (Fate.STORED, Fate.WAITS, Fate.RUNS, Fate.TAKEN_OUT, Fate.GONE)
    assert dated == (f"{words}, as it was read last" if was_listed else words)


@pytest.mark.parametrize(
    ("running", "was", "fate", "words"),
    [
        (WAS, WAS, Fate.STORED, "image 1 still runs 1.3.0"),
        (WAS, WAS, Fate.WAITS, "image 1 still runs 1.3.0 (1.4.0 waits)"),
        (Running("1.4.0", NET.hash, True), WAS, Fate.RUNS, "image 1 runs 1.4.0"),
        (Running("0.9.0", b"x", True), WAS, Fate.GONE, "image 1 runs 0.9.0 now"),
        (Running("<???>", b"x", True), None, None, "image 1 runs an unknown version now"),
        (None, WAS, Fate.NOT_KNOWN, ""),
    ],
)
def test_what_runs_in_a_headline(
    running: Running | None, was: Running | None, fate: Fate | None, words: str
) -> None:
    assert fates.clause(network(), PartVerdict(1, running, was, fate)) == words


def test_what_ran_in_a_headline() -> None:
    assert fates.before(network(), PartVerdict(1, None, WAS)) == "image 1 ran 1.3.0"
    assert fates.before(network(), PartVerdict(1, None, None)) == ""


# -- of all -------------------------------------------------------------------------------------

LOST = LinkLost(Coded("gone", "It has gone"))


def of_all(verdict: Verdict, latest: ImageState | None = None, *, is_lost: bool = False) -> Verdict:
    net, app = courses()
    return several.of_all(verdict, app, (net, app), latest, is_lost=is_lost)


def test_of_one_image_nothing_is_added() -> None:
    net, _ = courses()
    verdict = Verdict(Outcome.NOT_UPDATED, Ending.NOT_MARKED, Text("Said"), Text("Why"))
    assert several.of_all(verdict, net, (net,), state(), is_lost=False) is verdict


@pytest.mark.parametrize("ending", [Ending.OTHER_DEVICE, Ending.CANCELLED])
def test_of_a_device_that_is_another_or_was_left_it_is_not_said_that_it_is_silent(
    ending: Ending,
) -> None:
    verdict = Verdict(Outcome.NOT_UPDATED, ending, Text("Said so"), Text("Why"), error=LOST)
    told = of_all(verdict, state(), is_lost=True)
    assert told.headline == "Said so"
    assert [part.running for part in told.parts] == [None, None]
    silent = replace(verdict, ending=Ending.LINK_LOST)
    assert of_all(silent, state(), is_lost=True).headline == (
        "Not updated: the device does not answer; image 1 ran 1.3.0 and image 0 ran 2.0.0"
    )


def test_a_doubtful_ending_keeps_its_headline_and_is_told_of_the_others() -> None:
    verdict = Verdict(Outcome.UNKNOWN, Ending.NOT_HELD, Text("Unknown: it does not hold"))
    told = of_all(verdict, state(ours(0)))
    assert told.headline == "Unknown: it does not hold; image 1 runs 1.4.0"
    assert told.reason == "1.4.0 runs as image 1"
    assert of_all(verdict, None).headline == "Unknown: it does not hold"


def test_nobody_knows_is_not_made_known() -> None:
    """What the ending does not tell of its own image is not taken from a list."""
    verdict = Verdict(Outcome.NOT_UPDATED, Ending.REFUSED_AT_BOOT, Text("In recovery"), Text("Why"))
    net, app = of_all(verdict, state()).parts
    assert net.running is not None
    assert (app.running, app.was) == (None, Running.of(BEFORE[0]))
    nothing = of_all(verdict, None)
    assert nothing.headline == "In recovery"
    assert nothing.reason == "Image 0: Why. What runs as image 1 is not known"


def test_images_that_run_beside_each_other_are_called_by_their_cores() -> None:
    net, app = courses()
    for course in (net, app):
        course.plan = replace(course.plan, name=CALLED[course.number])
    told = PartVerdict(1, Running("1.4.0", NET.hash, True, number=1), WAS, Fate.RUNS)
    ran = Running("2.0.0", BEFORE[0].hash, True)
    kept = PartVerdict(0, ran, ran, Fate.STORED)
    verdict = Verdict(Outcome.NOT_UPDATED, Ending.NOT_MARKED, Text("Not updated"))
    said, step = side_by_side.mixed(verdict, [(net, told), (app, kept)])
    assert said.startswith("network core 1.4.0 now runs beside application 2.0.0: ")
    assert step.endswith("update network core with the file from before")


# -- good ones ----------------------------------------------------------------------------------


def good_one(number: int, version: str, *said: str, confirmed: bool = True, **more: Any) -> Verdict:
    running = Running(version, b"n", confirmed, number=number)
    given = {"outcome": Outcome.UPDATED, "ending": Ending.PROVEN, "headline": Text("Good")} | more
    return Verdict(
        reason=sentences(*map(outside, said)), parts=(PartVerdict(number, running),), **given
    )


@pytest.mark.parametrize(
    ("net", "app", "headline"),
    [
        ({}, {}, "Application 2.1.0 and network core 1.4.0 run, confirmed"),
        (
            {"confirmed": False},
            {"confirmed": False},
            "Application 2.1.0 and network core 1.4.0 run, as a test",
        ),
        (
            {},
            {"confirmed": False},
            "Running network core 1.4.0, confirmed, and application 2.1.0, as a test",
        ),
        (
            {"outcome": Outcome.ALREADY_RUNNING, "ending": Ending.NOTHING_TO_DO},
            {"outcome": Outcome.ALREADY_RUNNING, "ending": Ending.NOTHING_TO_DO},
            "Application 2.1.0 and network core 1.4.0 run already, confirmed",
        ),
        (
            {"outcome": Outcome.ALREADY_RUNNING, "confirmed": False},
            {"outcome": Outcome.ALREADY_RUNNING, "confirmed": False},
            "Application 2.1.0 and network core 1.4.0 run already, as a test",
        ),
    ],
)
def test_named_images_in_one_sentence(
    net: dict[str, Any], app: dict[str, Any], headline: str
) -> None:
    both = [good_one(1, "1.4.0", **net), good_one(0, "2.1.0", **app)]
    assert several.together(both, [CALLED[1], CALLED[0]]).headline == headline


def test_what_is_said_of_each_is_said_once_and_after_what_is_said_of_some() -> None:
    called = [CALLED[1], CALLED[0]]
    both = [good_one(1, "1.4.0", "Was 1.2.0", "Checked"), good_one(0, "2.1.0", "Checked")]
    assert several.together(both, called).reason == (
        "Network core: Was 1.2.0. Each of them: Checked"
    )
    silent = [good_one(1, "1.4.0"), good_one(0, "2.1.0")]
    assert several.together(silent, called).reason == ""
