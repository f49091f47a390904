"""A device with two cores, updates of both, and the moments at which something happens to them.

The network core's image, number 1, is marked before the application's, number 0. As servers confirm
only the application's own image, the other one is marked for good.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from smp.commands.image import ImageEntry
from smp.image import FilePart, McubootImage
from smp.simulator import firmware_for
from smp.update.events import (
    StateRead,
    UpdateEvent,
    UploadProgressed,
)
from smp.update.job import Job, parts_of
from smp.update.verdict import Fate, Verdict
from tests.helpers.updating import Scene, new_image, small

NET, APP = new_image("1.4.0", 8_000), new_image("2.1.0")
OLD = "1.3.0"
MakeScene = Callable[..., Scene]


def board(link: str = "", **changes: Any) -> Scene:
    """Each core runs an image of its own. `changes` to the profile."""
    scene = Scene(small("fast", **{"images": 2, "buf_size": 1024, **changes}), link)
    profile = scene.device.profile
    scene.device.store.layout.slots[2].erase()
    scene.device.install(firmware_for(profile, OLD, profile.image_size // 2), 2)
    return scene


def both(net: McubootImage = NET, app: McubootImage = APP, **more: Any) -> Job:
    return Job(parts_of([FilePart(app, 0), FilePart(net, 1)]), **{"consent": True, **more})


def listen(scene: Scene) -> list[tuple[str, dict[str, Any]]]:
    """What is asked of the device from now on, but reading."""
    asked: list[tuple[str, dict[str, Any]]] = []
    request = scene.client.request

    async def noted(what: Any, **more: Any) -> Any:
        if what.op.name == "WRITE":
            asked.append((type(what).__name__, what.body()))
        return await request(what, **more)

    scene.client.request = noted  # type: ignore[method-assign, assignment]
    return asked


def fates(verdict: Verdict) -> list[Fate | None]:
    """Of the network core's image and the application's."""
    assert [part.number for part in verdict.parts] == [1, 0]
    return [part.fate for part in verdict.parts]


def versions(verdict: Verdict) -> list[str | None]:
    return [part.running.version if part.running else None for part in verdict.parts]


async def entries(scene: Scene, number: int) -> tuple[ImageEntry, ...]:
    return (await scene.client.image_state()).of(number)


async def assert_both_run(scene: Scene) -> None:
    state = await scene.client.image_state()
    for image, number in ((NET, 1), (APP, 0)):
        active = state.active(number)
        assert active is not None
        assert (active.hash, active.confirmed) == (image.hash, True)
    assert not any(entry.pending for entry in state.entries)


def at_offset(number: int, act: Callable[[], None]) -> Callable[[UpdateEvent], None]:
    """In the middle of the upload of that image."""

    def hear(event: UpdateEvent) -> None:
        if isinstance(event, UploadProgressed) and event.number == number and event.offset > 2_000:
            act()

    return hear


def at_event(kind: type[UpdateEvent], act: Callable[[], None]) -> Callable[[UpdateEvent], None]:
    return lambda event: act() if isinstance(event, kind) else None


def at_mark(count: int, act: Callable[[], None]) -> Callable[[UpdateEvent], None]:
    """When so many of the images wait."""

    def hear(event: UpdateEvent) -> None:
        if isinstance(event, StateRead):
            waits = [entry for entry in event.state.entries if entry.pending]
            if len(waits) == count:
                act()

    return hear
