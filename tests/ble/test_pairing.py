"""Devices that talk to paired computers only."""

from __future__ import annotations

from pathlib import Path

import pytest

from smp.bluetooth.helper import Helper
from smp.bluetooth.pairing import pair
from smp.bluetooth.radio import Radio
from smp.client import Client
from smp.errors import LinkError, LinkNeedsPairing
from smp.transport.ble import BleTransport
from smp.update.verdict import Outcome
from tests.ble.hands import OLD, QUICK, connected, flashdesk, updated
from tests.ble.rig import ADDRESS, NAME, Peripheral


class Reader(Helper):
    """Reads the digits off the device's display."""

    def __init__(self, digits: int | None) -> None:
        self.digits = digits
        self.asked = 0

    async def passkey(self) -> int | None:
        self.asked += 1
        return self.digits


async def refusal() -> LinkNeedsPairing:
    client = Client(BleTransport(ADDRESS))
    with pytest.raises(LinkNeedsPairing) as caught:
        await client.connect()
    await Radio.of().released()
    assert caught.value.next_step.startswith("Pair this computer with it")
    return caught.value


async def test_passkey_pairing_refuses_before_and_works_after(peripheral: Peripheral) -> None:
    await peripheral.fresh(
        image=OLD, security="authenticated", screen="display", passkey=271828, **QUICK
    )
    await refusal()
    reader = Reader(271828)
    await pair(NAME, reader)
    assert reader.asked == 1
    async with connected() as client:
        await client.echo("paired")
    verdict = await updated()
    assert verdict.outcome is Outcome.UPDATED, verdict


async def test_a_wrong_passkey_is_told_of(peripheral: Peripheral) -> None:
    await peripheral.fresh(
        image=OLD, security="authenticated", screen="display", passkey=271828, **QUICK
    )
    with pytest.raises(LinkError, match="Pairing with") as caught:
        await pair(NAME, Reader(111111))
    assert caught.value.next_step
    await Radio.of().released()
    await refusal()


async def test_giving_up_is_no_pairing(peripheral: Peripheral) -> None:
    await peripheral.fresh(
        image=OLD, security="authenticated", screen="display", passkey=271828, **QUICK
    )
    with pytest.raises(LinkError, match="Pairing with"):
        await pair(NAME, Reader(None))
    await Radio.of().released()


async def test_encryption_without_digits_works_after_pairing(peripheral: Peripheral) -> None:
    await peripheral.fresh(image=OLD, security="encrypted", **QUICK)
    await pair(NAME, Helper())
    async with connected() as client:
        await client.echo("encrypted")


async def test_a_lost_bond_is_explained_and_cured(peripheral: Peripheral) -> None:
    await peripheral.fresh(
        image=OLD, security="authenticated", screen="display", passkey=271828, **QUICK
    )
    await pair(NAME, Reader(271828))
    async with connected() as client:
        await client.echo("paired")
    await peripheral.forget()
    error = await refusal()
    assert "does not know this computer any more" in error.what
    await pair(NAME, Reader(271828))
    async with connected() as client:
        await client.echo("paired again")


async def test_the_command_asks_for_the_digits(peripheral: Peripheral, tmp_path: Path) -> None:
    await peripheral.fresh(
        image=OLD, security="authenticated", screen="display", passkey=271828, **QUICK
    )
    status, told = await flashdesk(
        "pair", "--device", f"ble:{NAME}", folder=tmp_path, stdin=b"271828\n"
    )
    assert status == 0, told
    assert f"Paired with {NAME}" in told[0]["text"]
