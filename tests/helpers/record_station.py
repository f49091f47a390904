"""`python -m tests.helpers.record_station DATABASE OUTBOX NAME COUNT`: a station that writes
records.

For each unit it takes a serial number, writes the record, uses the number, and prints the serial
number with its key as soon as all of it was promised. What the database cannot give is asked for
again. At the end it goes on until nothing waits.
"""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path

from app.records.attempt import Attempt, Result, StepTime
from app.records.faults import DatabaseAway
from app.records.records import Records
from app.records.serials import Serial


async def main(where: str, outbox: Path, name: str, count: int) -> None:
    records = await Records.open(where, outbox, station=name, retry=0.1)
    for number in range(count):
        key = f"{name}-{number}"
        serial = await _serial(records, key)
        attempt = Attempt(
            key=key,
            began=1_700_000_000.0 + number,
            ended=1_700_000_001.0 + number,
            result=Result.PASS,
            code="updated",
            reason="",
            station=name,
            job="sensor",
            unit=serial.text,
            steps=(StepTime("upload", 1.0),),
        )
        await records.write(attempt)
        await records.use_serial(serial)
        print(serial.text, key, flush=True)
    while records.waiting or records.problem is not None:
        await records.deliver()
        await asyncio.sleep(0.1)
    await records.close()


async def _serial(records: Records, key: str) -> Serial:
    while True:
        try:
            return await records.take_serial("sensor", key, format="S-{number:05d}")
        except DatabaseAway:
            await asyncio.sleep(0.1)


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1], Path(sys.argv[2]), sys.argv[3], int(sys.argv[4])))
