"""Images of other cores: what leaves the factory, who confirms them, what is listed and started."""

from __future__ import annotations

from typing import Any

import pytest

from smp.packet import Body, Op
from smp.simulator import Bench, Mode, build_image
from smp.simulator.factory import factory_image
from smp.simulator.profiles import profile
from tests.helpers import images

KB = 1024
NEW = build_image("1.4.0", 2000)
CONFIRM_DENIED = {"err": {"group": 1, "rc": 32}}


def bench(**changes: Any) -> Bench:
    small = {"slot_size": 32 * KB, "image_size": 900, "speed": 100.0}
    return Bench(profile("two-cores", **small | changes))


def listed(made: Bench) -> list[str]:
    """For each image: its number, slot and version, and the flags that are told apart here."""
    names = ("pending", "confirmed", "active")
    return [
        " ".join([f"{it['image']}.{it['slot']}", it["version"], *(n for n in names if it[n])])
        for it in made.images()
    ]


def set_state(made: Bench, image: bytes, *, confirm: bool = False) -> Body:
    return made.ask(1, 0, {"hash": image[-32:], "confirm": confirm}, op=Op.WRITE)


def on_trial(core: bytes, **changes: Any) -> Bench:
    """The core runs it, and nobody has confirmed it from outside."""
    made = bench(**changes)
    made.upload(core, image=1)
    set_state(made, core)
    made.reset()
    return made


def test_each_core_leaves_the_factory_with_an_image_of_its_own() -> None:
    made = bench(core_version="2.0.0")
    assert listed(made) == ["0.0 1.3.0 confirmed active", "1.0 2.0.0 confirmed active"]
    hashes = {it["hash"] for it in made.images()}
    assert len(hashes) == 2


def test_what_another_core_runs_is_not_confirmed_from_outside() -> None:
    made = on_trial(NEW)
    assert listed(made)[1:] == ["1.0 1.4.0 active", "1.1 1.0.0 confirmed"]
    assert set_state(made, NEW, confirm=True) == CONFIRM_DENIED
    made.reset()
    assert listed(made)[1] == "1.0 1.0.0 confirmed active"


def test_it_is_where_the_firmware_was_built_for_that() -> None:
    made = on_trial(NEW, confirms_cores=True)
    assert "images" in set_state(made, NEW, confirm=True)
    made.reset()
    assert listed(made)[1] == "1.0 1.4.0 confirmed active"


def test_it_may_confirm_itself() -> None:
    made = on_trial(build_image("1.4.0", 2000, words="self-confirm"))
    assert listed(made)[1] == "1.0 1.4.0 confirmed active"
    made.reset()
    assert listed(made)[1] == "1.0 1.4.0 confirmed active"


def test_the_factory_tells_its_image_so_if_the_profile_does() -> None:
    chosen = profile("two-cores", core_words="self-confirm")
    assert b"self-confirm" in factory_image(chosen, 1)
    assert b"self-confirm" not in factory_image(chosen)


@pytest.mark.parametrize("mode", [Mode.OVERWRITE_ONLY, Mode.SWAP_MOVE])
def test_a_hidden_core_is_listed_only_as_long_as_its_image_waits(mode: Mode) -> None:
    made = bench(lists_cores=False, mode=mode)
    assert listed(made) == ["0.0 1.3.0 confirmed active"]
    made.upload(NEW, image=1)
    set_state(made, NEW, confirm=True)
    assert listed(made)[1:] == ["1.1 1.4.0 pending"]
    made.reset()
    assert "1.4.0" not in " ".join(listed(made))
    assert set_state(made, NEW, confirm=True) == {"err": {"group": 1, "rc": 8}}
    assert made.device.store.read_info(2).version.device_text == "1.4.0"


# -- images that need each other ------------------------------------------------------------------


def needy(minimum: str, *, of: int = 1, version: str = "1.4.0") -> bytes:
    return images.image(version, 2000, "-d", f"({of}, {minimum})", key=None)


@pytest.mark.parametrize("mode", [Mode.OVERWRITE_ONLY, Mode.SWAP_MOVE, Mode.SWAP_OFFSET])
@pytest.mark.parametrize(
    ("minimum", "comes", "starts"),
    [
        ("1.0.0", False, True),
        ("1.0.1", False, False),
        ("1.4.0", True, True),
        ("1.4.1", True, False),
    ],
)
def test_none_starts_where_one_lacks_another(
    mode: Mode, minimum: str, comes: bool, starts: bool
) -> None:
    made, app = bench(mode=mode), needy(minimum)
    made.upload(app, image=0)
    set_state(made, made_hash(made, 0))
    if comes:
        made.upload(NEW, image=1)
        set_state(made, NEW)
    made.reset()
    said = " ".join(listed(made))
    assert ("0.0 1.4.0" in said) is starts
    assert ("1.0 1.4.0" in said) is (starts and comes)
    assert ("pending" in said) is not starts, "what was not started goes on waiting"


def made_hash(made: Bench, number: int) -> bytes:
    """Of what lies in the second slot of that image, at the end as `set_state` takes it."""
    (entry,) = [it for it in made.images() if (it["image"], it["slot"]) == (number, 1)]
    assert isinstance(entry["hash"], bytes)
    return entry["hash"]


def test_what_runs_may_need_what_is_to_be_replaced() -> None:
    """An older image beside it would be started, and is not."""
    made = bench(core_version="2.0.0")
    app = needy("2.0.0")
    made.upload(app, image=0)
    set_state(made, made_hash(made, 0), confirm=True)
    made.reset()
    assert listed(made)[0] == "0.0 1.4.0 confirmed active"
    made.upload(NEW, image=1)
    set_state(made, NEW)
    made.reset()
    assert "1.0 2.0.0 confirmed active" in listed(made)
    assert "1.1 1.4.0 pending" in listed(made)
