"""`python -m tests.storms --count N --seed S [--jobs J] [--json FILE] [--keep FOLDER]`."""

from __future__ import annotations

import argparse
import asyncio
import json
import sys
import tempfile
from collections import Counter
from pathlib import Path

from tests.storms.plan import storm
from tests.storms.run import Result, run_storm


async def campaign(seeds: list[int], jobs: int, folder: Path) -> list[Result]:
    """Storms side by side, each told of when it is over."""
    results: list[Result] = []
    waiting = asyncio.Semaphore(jobs)

    async def one(seed: int) -> None:
        async with waiting:
            result = await run_storm(storm(seed), folder / str(seed))
        results.append(result)
        mark = "LIE " if result.lies else "note" if result.notes else "ok  "
        print(f"{mark} {seed:4} {result.seconds:5.0f} s {'>'.join(result.runs):40} {result.storm}")
        for line in (*result.lies, *result.notes):
            print(f"          {line}")
        sys.stdout.flush()

    await asyncio.gather(*(one(seed) for seed in seeds))
    return sorted(results, key=lambda result: result.storm.seed)


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.storms", description=__doc__)
    parser.add_argument("--count", type=int, default=20)
    parser.add_argument("--seed", type=int, default=1, help="of the first one")
    parser.add_argument("--jobs", type=int, default=1)
    parser.add_argument("--json", type=Path)
    parser.add_argument("--keep", type=Path, help="keep flash, logs and events here")
    asked = parser.parse_args()
    seeds = list(range(asked.seed, asked.seed + asked.count))
    with tempfile.TemporaryDirectory() as passing:
        results = asyncio.run(campaign(seeds, asked.jobs, asked.keep or Path(passing)))
    if asked.json is not None:
        asked.json.write_text(json.dumps([result.to_json() for result in results], indent=1))
    blows = Counter(blow.what.name for result in results for blow in result.storm.blows)
    verdicts = Counter(run for result in results for run in result.runs)
    liars = [result.storm.seed for result in results if result.lies]
    left = [result.storm.seed for result in results if not result.healed]
    print(f"{len(results)} storms, {sum(verdicts.values())} runs: {dict(verdicts)}")
    print(f"blows: {dict(blows)}")
    print(f"lies: {len(liars)} {liars}; not on the new image at the end: {left}")
    return 1 if liars else 0


if __name__ == "__main__":
    sys.exit(main())
