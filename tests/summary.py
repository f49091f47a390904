"""The last line of tests/run.sh: how many tests, how many of them failed, how long."""

from __future__ import annotations

import sys
import xml.etree.ElementTree as ET
from collections import Counter
from pathlib import Path


def main(report: Path, seconds: int, failed: str) -> int:
    """Print the numbers of a JUnit report; `failed` names the checks that did."""
    counts: Counter[str] = Counter()
    kinds: Counter[str] = Counter()
    skipped: Counter[str] = Counter()
    if report.exists():
        for case in ET.parse(report).getroot().iter("testcase"):
            outcome = next(
                (n for n in ("failure", "error", "skipped") if case.find(n) is not None), "passed"
            )
            counts[outcome] += 1
            parts = case.get("classname", "").split(".")
            kinds[parts[1] if len(parts) > 1 else "other"] += 1
            note = case.find("skipped")
            if note is not None:
                skipped[note.get("message", "")] += 1
    for reason, count in skipped.most_common():
        print(f"skipped {count}: {reason}")
    parts = ", ".join(f"{kind} {count}" for kind, count in sorted(kinds.items()))
    verdict = f"FAILED:{failed}" if failed else "all good"
    print(
        f"flashdesk tests: {counts['passed']} passed, "
        f"{counts['failure'] + counts['error']} failed, "
        f"{counts['skipped']} skipped ({parts}) in {seconds} s; {verdict}"
    )
    return 0


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1]), int(sys.argv[2]), sys.argv[3]))
