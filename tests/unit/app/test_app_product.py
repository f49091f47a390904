"""The right firmware, on a command line: another board, another product, another key."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any
from uuid import NAMESPACE_DNS, uuid5

import pytest

from app.cli.update import update_device
from smp.simulator import build_image
from tests.helpers import images
from tests.helpers.packages import package, two_cores

Run = Callable[..., Any]
PUMP, LAMP = str(uuid5(NAMESPACE_DNS, "pump")), str(uuid5(NAMESPACE_DNS, "lamp"))


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Run:
    """An update of the simulated board; its exit status, its plan's codes, its verdict."""
    monkeypatch.setenv("FLASHDESK_STATE", str(tmp_path / "state"))

    async def update(name: str, data: bytes, **more: Any) -> tuple[int, list[str], dict[str, Any]]:
        file = tmp_path / name
        file.write_bytes(data)
        capsys.readouterr()  # of who made the file
        wishes = {"keys": (), "consent": False, "number": None, "first": None, "forbids": ()}
        status = await update_device(
            file,
            more.pop("device", "sim:fast"),
            "confirm",
            watch=0.0,
            as_json=True,
            **(wishes | more),
        )
        events = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
        plans = [event for event in events if event["event"] == "plan"]
        return status, [check["code"] for check in plans[-1]["checks"]], events[-1]

    return update


def zipped(board: str) -> bytes:
    return package({"app.bin": (build_image("2.0.0", 9_000), {"board": board, "soc": None})})


async def test_another_board_has_to_be_agreed_to_or_is_forbidden(run: Run) -> None:
    foreign = zipped("nrf52dk_nrf52832")
    status, codes, verdict = await run("dfu.zip", foreign)
    assert (status, verdict["running"]["version"]) == (1, "1.3.0")
    assert "board-differs" in codes
    assert "agreed to first: Made for nrf52dk_nrf52832" in verdict["reason"]
    status, _, verdict = await run("dfu.zip", foreign, consent=True)
    assert (status, verdict["running"]["version"]) == (1, "1.3.0"), "that is another consent"
    assert "agreed to first: Made for nrf52dk_nrf52832" in verdict["reason"]
    more = {"consent": True, "other_product": True, "forbids": ("board-differs",)}
    status, _, verdict = await run("dfu.zip", foreign, **more)
    assert (status, verdict["running"]["version"]) == (1, "1.3.0")
    status, codes, _ = await run("ours.zip", zipped("nrf52840dk_nrf52840"))
    assert status == 0
    assert "board-fits" in codes


async def test_who_agrees_to_another_product_agrees_to_nothing_else(run: Run) -> None:
    foreign = zipped("nrf52dk_nrf52832")
    one_way = {"device": "sim:overwrite-only?link=baud=0"}
    status, _, verdict = await run("dfu.zip", foreign, **one_way, other_product=True)
    assert status == 1
    assert "Made for" not in verdict["reason"], "only what was not agreed to is asked for"
    assert "agreed to first: The old image is overwritten" in verdict["reason"]
    status, _, verdict = await run("dfu.zip", foreign, **one_way, consent=True)
    assert status == 1
    assert "overwritten" not in verdict["reason"]
    assert "agreed to first: Made for nrf52dk_nrf52832" in verdict["reason"]
    status, _, verdict = await run("dfu.zip", foreign, **one_way)
    assert status == 1
    assert "overwritten" in verdict["reason"]
    assert "Made for nrf52dk_nrf52832" in verdict["reason"]
    both = {"consent": True, "other_product": True}
    assert (await run("dfu.zip", foreign, **one_way, **both))[0] == 0


@pytest.mark.parametrize(
    ("device", "agreed", "words"),
    [
        ("sim:fast", {}, "The option --other-product agrees to it; --yes does not."),
        ("sim:fast", {"consent": True}, "The option --other-product agrees to it; --yes does not."),
        ("sim:overwrite-only", {}, "The options --yes and --other-product together agree to it."),
        ("sim:overwrite-only", {"other_product": True}, "The option --yes agrees to it."),
        ("sim:overwrite-only", {"consent": True}, "The option --other-product agrees to it; --yes"),
    ],
)
async def test_the_option_that_is_missing_is_named(
    run: Run,
    tmp_path: Path,
    device: str,
    agreed: dict[str, bool],
    words: str,
    capsys: pytest.CaptureFixture[str],
) -> None:
    file = tmp_path / "dfu.zip"
    file.write_bytes(zipped("nrf52dk_nrf52832"))
    wishes = {"keys": (), "consent": False, "number": None, "first": None, "forbids": ()}
    status = await update_device(
        file, f"{device}?link=baud=0", "confirm", watch=0.0, as_json=False, **(wishes | agreed)
    )
    assert status == 1
    assert words in " ".join(capsys.readouterr().out.split())


async def test_where_images_go_over_one_by_one_the_option_that_takes_one_is_named(
    run: Run, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "dfu_application.zip"
    images_of = (build_image("2.1.0", 9_000), build_image("1.4.0", 5_000))
    file.write_bytes(two_cores(*images_of))
    wishes = {"keys": (), "consent": False, "number": None, "first": None, "forbids": ()}
    device = "sim:direct-xip?link=baud=0"
    status = await update_device(file, device, "confirm", watch=0.0, as_json=False, **wishes)
    assert status == 1
    said = " ".join(capsys.readouterr().out.split())
    assert "One of them goes over alone with --image 1 or --image 0." in said


async def test_what_runs_is_remembered_by_its_file(run: Run) -> None:
    pump = images.image("2.0.0", 9000, "--cid", PUMP, "-s", "5")
    assert (await run("pump.bin", pump))[0] == 0
    lamp = images.image("2.1.0", 9000, "--cid", LAMP, "-s", "4")
    status, codes, _ = await run("lamp.bin", lamp)
    assert status == 1
    assert {"class-id-differs", "counter-lower"} <= set(codes)
    status, codes, _ = await run("next.bin", images.image("2.2.0", 9000, "--cid", PUMP, "-s", "6"))
    assert status == 0
    assert {"ids-as-running", "counter-high-enough"} <= set(codes)
