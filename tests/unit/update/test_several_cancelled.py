"""A cancelled update of two images whose device does not tell what it has."""

from __future__ import annotations

from smp.errors import DeviceError, LinkLost, OtherDevice, SmpError
from smp.text import Coded, Text
from smp.update.endings import cancelled, several
from smp.update.events import Step
from smp.update.leaving import Left
from smp.update.part_course import PartCourse
from smp.update.verdict import Ending, Outcome, Verdict
from tests.helpers.planning import device, entry, make_plan
from tests.helpers.updating import new_image

THREE = device(
    entry("1.3.0"),
    entry("2.0.0", image=1, hash=b"2" * 32),
    entry("3.0.0", image=2, hash=b"3" * 32),
)
FILES = (("3.1.0", 2), ("2.1.0", 1), ("1.4.2", 0))
NO = DeviceError(8, request="its list of images")
GONE = LinkLost(Coded("gone", "It has gone"), why=Text("Somebody pulled the cable"))


def left(problem: SmpError, *steps: Step | None) -> Verdict:
    """2.1.0 as image 1, then 1.4.2 as image 0; of three 3.1.0 comes first, as image 2."""
    parts = [
        PartCourse.of(make_plan(THREE, new_image(version), number=number).last)
        for version, number in FILES[-len(steps) :]
    ]
    found = []
    for part, step in zip(parts, steps, strict=True):
        part.step = step
        how = Left(part.plan, step, False, False, problem=problem)
        found.append((part, how, cancelled.cancelled(how, part.was)))
    return several.left(found)


def test_what_keeps_it_from_telling_is_told_once_and_of_each_what_was_asked() -> None:
    verdict = left(NO, Step.RESTART, Step.UPLOAD)
    assert (verdict.outcome, verdict.ending) == (Outcome.UNKNOWN, Ending.CANCELLED)
    assert verdict.reason.count(NO.what) == 1
    assert "2.1.0 is on it and may be marked for its next restart" in verdict.reason
    assert "It may have 1.4.2, whole or in part" in verdict.reason
    assert [part.number for part in verdict.parts] == [1, 0]
    assert [part.was.version for part in verdict.parts if part.was] == ["2.0.0", "1.3.0"]
    assert verdict.error is NO


def test_of_three_it_is_told_once_as_well() -> None:
    verdict = left(NO, Step.RESTART, Step.RESTART, Step.UPLOAD)
    assert verdict.reason.count(NO.what) == 1
    for version in ("3.1.0", "2.1.0", "1.4.2"):
        assert verdict.reason.count(version) == 1


def test_what_was_not_begun_is_said_to_be_not_sent() -> None:
    verdict = left(GONE, Step.UPLOAD, None)
    assert "It may have 2.1.0, whole or in part" in verdict.reason
    assert "It may have 1.4.2" not in verdict.reason
    assert "1.4.2" in verdict.reason


def test_another_device_is_named_once() -> None:
    stranger = OtherDevice("sensor-7")
    verdict = left(stranger, Step.UPLOAD, Step.UPLOAD)
    assert verdict.reason.count(stranger.what) == 1
    assert (verdict.outcome, verdict.error) == (Outcome.NOT_UPDATED, stranger)
