"""The last line of tests/run.sh: how many tests, how many of them failed, how long."""

from __future__ import annotations

import sys
import xml.etree.ElementTree as ET
from collections import Counter
from pathlib import Path


def main(seconds: int, failed: str, reports: list[Path]) -> int:
    """Print the numbers of JUnit reports; `failed` names the checks that did.

    A test in several reports, as one that another run skipped, counts as the last one says.
    """
    counts: Counter[str] = Counter()
    kinds: Counter[str] = Counter()
    skipped: Counter[str] = Counter()
    cases = {
        (case.get("classname", ""), case.get("name")): case
        for report in reports
        if report.exists()
        for case in ET.parse(report).getroot().iter("testcase")
    }
    for (place, _), case in cases.items():
        outcome = next(
            (n for n in ("failure", "error", "skipped") if case.find(n) is not None), "passed"
        )
        counts[outcome] += 1
        parts = place.split(".")
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
    sys.exit(main(int(sys.argv[1]), sys.argv[2], [Path(name) for name in sys.argv[3:]]))
