"""An attempt with everything that is real but the unit: a database, a service, a file, a thread."""

from __future__ import annotations

import dataclasses
import json
from pathlib import Path

from app.records.attempt import Result
from app.records.records import Records
from app.station.hook_outbox import HookOutbox
from app.station.job import Hook, SerialRule, SerialSource, UnitWrite
from smp.simulator import Extras
from smp.update.restart import Pace
from tests.helpers.attempts import Unit, opened
from tests.helpers.rest_services import answer, service
from tests.helpers.updating import NEW, small

HURRIED = Pace(quiet=0.1, poll=0.05, settle=0.5, watch=0.1)


async def test_a_unit_is_in_the_database_and_the_service_knows(tmp_path: Path) -> None:
    records = await Records.open(
        tmp_path / "line.sqlite", tmp_path / "records.outbox", station="L1"
    )
    what = dataclasses.replace(
        small("product", baud=None, speed=1000.0), extras=Extras(late=frozenset())
    )
    unit = Unit(what)
    unit.ledger = records  # type: ignore[assignment]
    async with (
        service(answer("200 OK", b'{"allowed": true}')) as may,
        service(answer("200 OK", b"{}")) as done,
    ):
        outbox = await HookOutbox.open(tmp_path / "results.jsonl")
        outbox.start()
        job = opened(
            serial=SerialRule(SerialSource.COUNTER, format="S2-{number:04d}", first=42),
            writes=(UnitWrite("unit/serial"),),
            before_start=Hook(may.url),
            after_result=Hook(done.url),
            watch=0.1,
        )
        try:
            attempt = await unit.run(job, pace=HURRIED, deliver=outbox.put)
        finally:
            await outbox.close(parting=20.0)
            unit.close()
        (asked,) = may.asked
        (told,) = done.asked
    assert (attempt.result, attempt.code) == (Result.PASS, "proven"), attempt
    assert json.loads(asked[1])["serial"] == "S2-0042"
    assert json.loads(told[1])["unit"] == "S2-0042"
    assert f"Idempotency-Key: {attempt.key}" in told[0]
    assert unit.device.saved_settings.values["unit/serial"] == b"S2-0042"
    assert await records.attempts() == [attempt]
    assert await records.held() == []
    assert await records.passed("S2-0042")
    assert attempt.to_version == NEW
    await records.close()
