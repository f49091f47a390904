"""`python -m tests.station [--units N] [--seed S] [--places P] [--keep FOLDER]`."""

from __future__ import annotations

import argparse
import asyncio
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path

from app.records.records import Records
from smp.image import McubootImage
from smp.simulator import build_image
from tests.station.hall import Hall
from tests.station.hand import Hand
from tests.station.judge import lies
from tests.station.units import SIZE, VERSION, shift


async def run(folder: Path, count: int, places: int, seed: int) -> list[str]:
    began = time.monotonic()
    image = build_image(VERSION, SIZE, seed="shift")
    units = shift(count, seed, kills=True)
    queue = list(units)
    hall = Hall(folder, places, image)
    await hall.open()
    hands = [Hand(hall, name, queue) for name in hall.sockets]

    async def tell() -> None:
        while True:
            await asyncio.sleep(15)
            done = len(set(hall.told))
            print(f"{time.monotonic() - began:5.0f} s, {len(queue)} units to come, {done} attempts,"
                  f" {hall.kills} kills", flush=True)  # fmt: skip

    telling = asyncio.create_task(tell())
    try:
        await asyncio.gather(*(hand.work() for hand in hands))
    finally:
        telling.cancel()
    status = await hall.stop()
    for unit in units:
        unit.host.close()
    records = await Records.open(hall.database, folder / "reader.outbox", station="reader")
    attempts = await records.attempts()
    await records.close()
    print(f"{count} units, {len(attempts)} attempts, {hall.kills} kills of the station, exit status"
          f" {status}, {time.monotonic() - began:.0f} s")  # fmt: skip
    for (result, code), number in Counter((it.result.value, it.code) for it in attempts).items():
        print(f"  {number:4} {result:8} {code}")
    blows = Counter(blow.what.value for unit in units for blow in unit.dealt)
    print("  dealt:", ", ".join(f"{number} {what}" for what, number in sorted(blows.items())))
    digest = McubootImage.from_bytes(image).hash
    return lies(units, attempts, hall.told, digest.hex())


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.station", description=__doc__)
    parser.add_argument("--units", type=int, default=400)
    parser.add_argument("--places", type=int, default=8)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--keep", type=Path, help="keep journal, records and logs here")
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as passing:
        folder = asked.keep or Path(passing)
        folder.mkdir(parents=True, exist_ok=True)
        found = asyncio.run(run(folder, asked.units, asked.places, asked.seed))
    for line in found:
        print("LIE", line)
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
