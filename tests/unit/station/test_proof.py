"""The last look: what a unit lists then is what it passes or fails by."""

from __future__ import annotations

from typing import Any

import pytest

from app.records.attempt import Measurement
from app.station.outcomes import StationError
from app.station.proof import prove
from smp.commands.image import ImageEntry, ImageState
from smp.errors import DeviceError
from smp.image import McubootImage
from smp.text import Text
from smp.update.job import Job, JobPart
from smp.update.plan import Mode
from smp.update.verdict import Ending, Outcome, PartVerdict, Running, Verdict
from tests.helpers.updating import new_image

IMAGE, OTHER = new_image(), new_image("1.3.0")


class Device:
    """Lists this."""

    def __init__(self, *entries: ImageEntry, refuses: bool = False) -> None:
        self._entries = entries
        self._refuses = refuses

    async def image_state(self) -> ImageState:
        if self._refuses:
            raise DeviceError(8)
        return ImageState(self._entries)


def entry(image: McubootImage = IMAGE, number: int = 0, **flags: Any) -> ImageEntry:
    flags = {"active": True, "confirmed": True, **flags}
    return ImageEntry(number, 0 if flags["active"] else 1, str(image.version), image.hash, **flags)


async def look(device: Device, *, job: Job | None = None, confirmed: bool = True) -> list[str]:
    """The code of what it finds, and the results that it notes."""
    noted: list[Measurement] = []
    running = Running("1.4.2", IMAGE.hash, confirmed)
    verdict = Verdict(
        Outcome.UPDATED, Ending.PROVEN, Text("Running"), parts=(PartVerdict(0, running),)
    )
    code = ""
    try:
        await prove(device, job or Job.of(IMAGE), verdict, noted.append)  # type: ignore[arg-type]
    except StationError as error:
        code = error.what.code
    return [code, *(it.result.value for it in noted)]


async def test_the_right_image_is_proven() -> None:
    assert await look(Device(entry())) == ["", "PASS"]
    assert await look(Device(entry(), entry(OTHER, active=False))) == ["", "PASS"]


async def test_on_test_it_is_proven_where_that_is_wanted() -> None:
    on_test = entry(confirmed=False)
    job = Job.of(IMAGE, Mode.TEST)
    assert await look(Device(on_test), job=job, confirmed=False) == ["", "PASS"]


@pytest.mark.parametrize(
    ("device", "found"),
    [
        (Device(entry(OTHER)), ["station-other-image", "FAIL"]),
        (Device(entry(confirmed=False)), ["station-not-kept", "PASS"]),
        (
            Device(entry(), entry(OTHER, active=False, confirmed=False, pending=True)),
            ["station-other-waits", "PASS"],
        ),
        (Device(entry(active=False)), ["station-hash-not-read"]),
        (Device(ImageEntry(0, 0, "1.4.2", None, active=True)), ["station-hash-not-read"]),
        (Device(), ["station-hash-not-read"]),
        (Device(refuses=True), ["station-hash-not-read"]),
    ],
    ids=["other", "not kept", "waits", "inactive", "no hash", "nothing", "refused"],
)
async def test_whatever_else_it_lists_is_no_pass(device: Device, found: list[str]) -> None:
    assert await look(device) == found


async def test_each_image_of_several_is_looked_at() -> None:
    job = Job((JobPart(OTHER, 1), JobPart(IMAGE, 0)))
    assert await look(Device(entry(), entry(OTHER, 1)), job=job) == ["", "PASS", "PASS"]
    assert await look(Device(entry()), job=job) == ["station-hash-not-read"]
    swapped = Device(entry(OTHER), entry(IMAGE, 1))
    assert await look(swapped, job=job) == ["station-other-image", "FAIL"]
