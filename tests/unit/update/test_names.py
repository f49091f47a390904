"""What calls itself otherwise may be another device: what is refused, and what only doubted."""

from __future__ import annotations

import pytest

from smp.commands.os import BootloaderMode
from smp.errors import OtherDevice
from smp.update.names import Names

LAMP = Names("lamp", "MCUboot", BootloaderMode.SWAP_MOVE)


@pytest.mark.parametrize(
    ("now", "what", "words"),
    [
        (Names("pump", "MCUboot", BootloaderMode.SWAP_MOVE), "board", ("pump", "lamp")),
        (
            Names("lamp", "MCUboot", BootloaderMode.OVERWRITE_ONLY),
            "bootloader's mode",
            ("overwrite only", "swap move"),
        ),
    ],
)
def test_what_new_firmware_may_call_itself_is_doubted_and_no_other_may(
    now: Names, what: str, words: tuple[str, str]
) -> None:
    told, before = words
    assert LAMP.doubt(now, "lamp", is_new=True) == (
        f"It calls its {what} {told} now, and {before} before: the new firmware may do that, and "
        "another device at the same place would, too"
    )
    with pytest.raises(OtherDevice) as caught:
        LAMP.doubt(now, "lamp", is_new=False)
    assert caught.value.why == (
        f"It calls its {what} {told}; the device that was picked has {before}"
    )
    assert "lamp" in caught.value.what


@pytest.mark.parametrize("is_new", [True, False])
def test_nobody_brings_another_bootloader(is_new: bool) -> None:
    with pytest.raises(OtherDevice) as caught:
        LAMP.doubt(Names("lamp", "tinyboot", None), "lamp", is_new=is_new)
    assert caught.value.why == (
        "It calls its bootloader tinyboot; the device that was picked has MCUboot"
    )


@pytest.mark.parametrize("is_new", [True, False])
@pytest.mark.parametrize(
    "now",
    [
        LAMP,
        Names(None, None, None),
        Names("LAMP", "mcuboot", BootloaderMode.UNKNOWN),
        Names("", "", BootloaderMode.SWAP_MOVE),
    ],
)
def test_what_is_not_told_proves_nothing(now: Names, is_new: bool) -> None:
    assert LAMP.doubt(now, "lamp", is_new=is_new) == ""
    assert now.doubt(LAMP, "lamp", is_new=is_new) == ""
