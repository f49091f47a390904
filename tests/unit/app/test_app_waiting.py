"""Commands that only read: a device that is booting gets its time, and that is said."""

from __future__ import annotations

from typing import cast

import pytest

from app.cli.waiting import reach
from smp.client import Client
from smp.errors import LinkNotFound, NoAnswer, SmpError
from smp.text import Coded
from smp.update.restart import Pace


class Booting:
    """Silent for so many tries."""

    def __init__(self, silent: int, error: type[SmpError] = NoAnswer) -> None:
        self.left, self.error, self.tries = silent, error, 0

    async def connect(self) -> None:
        self.tries += 1
        if self.left:
            self.left -= 1
            raise self.error(Coded("device-silent", "The device is silent"))


async def connecting(device: Booting, patience: float) -> None:
    await reach(cast(Client, device), Pace(poll=0.0, first_answer=patience))


async def test_a_device_that_is_booting_is_waited_for(capsys: pytest.CaptureFixture[str]) -> None:
    device = Booting(3)
    await connecting(device, 600.0)
    assert device.tries == 4
    told = capsys.readouterr()
    assert told.err.count("No answer yet. A device that is restarting") == 1
    assert "waiting up to 10\N{NARROW NO-BREAK SPACE}min" in told.err
    assert told.out == "", "whoever reads JSON reads nothing else"


async def test_one_that_answers_is_not_spoken_of(capsys: pytest.CaptureFixture[str]) -> None:
    await connecting(Booting(0), 600.0)
    assert capsys.readouterr().err == ""


async def test_silence_ends_in_its_own_error(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(NoAnswer):
        await connecting(Booting(10**6), 0.0)
    assert capsys.readouterr().err == ""


async def test_what_is_not_there_is_not_waited_for() -> None:
    device = Booting(1, LinkNotFound)
    with pytest.raises(LinkNotFound):
        await connecting(device, 600.0)
    assert device.tries == 1
