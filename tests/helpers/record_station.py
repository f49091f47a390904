"""`python -m tests.helpers.record_station DATABASE OUTBOX NAME COUNT ANSWER`: a station that writes
records.

For each unit it takes a serial number, writes the record, uses the number, and prints the serial
number with its key as soon as all of it was promised. What the database cannot give is asked for
again; that it could not is a record, too, with "-" in place of the number. ANSWER: seconds that the
database has. At the end it goes on until nothing waits.
"""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path

from app.records import database
from app.records.attempt import Attempt, Result, StepTime
from app.records.faults import DatabaseAway
from app.records.records import Records
from app.records.serials import Serial


async def main(where: str, outbox: Path, name: str, count: int, answer: float) -> None:
    database.ANSWER = answer
    records = await Records.open(where, outbox, station=name, retry=0.1)
    for number in range(count):
        key = f"{name}-{number}"
        serial = await _serial(records, name, key)
        await records.write(_attempt(name, key, Result.PASS, serial.text))
        await records.use_serial(serial)
        print(serial.text, key, flush=True)
    while records.waiting or records.problem is not None:
        await records.deliver()
        await asyncio.sleep(0.1)
    await records.close()


def _attempt(name: str, key: str, result: Result, unit: str) -> Attempt:
    return Attempt(
        key=key,
        began=1_700_000_000.0,
        ended=1_700_000_001.0,
        result=result,
        code="updated" if result is Result.PASS else "record-database-away",
        reason="",
        station=name,
        job="sensor",
        unit=unit,
        steps=(StepTime("upload", 1.0),),
    )


async def _serial(records: Records, name: str, key: str) -> Serial:
    is_told = False
    while True:
        try:
            return await records.take_serial("sensor", key, format="S-{number:05d}")
        except DatabaseAway:
            if not is_told:
                is_told = True
                await records.write(_attempt(name, f"{key}-away", Result.ERROR, ""))
                print("-", f"{key}-away", flush=True)
            await asyncio.sleep(0.1)


if __name__ == "__main__":
    where, outbox, name, count, answer = sys.argv[1:]
    asyncio.run(main(where, Path(outbox), name, int(count), float(answer)))
