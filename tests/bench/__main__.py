"""`python -m tests.bench [links|cost|losses|start|many|stalls|air|quick|scale ...]`: the budgets,
measured against the simulator; `python -m tests.bench real ...`: on real servers."""

from __future__ import annotations

import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

from tests.bench.air import measure_air
from tests.bench.links import measure_cost, measure_links
from tests.bench.losses import measure_losses
from tests.bench.quick import measure_quick
from tests.bench.real.command import main as measure_real
from tests.bench.scale.measure import measure_scale
from tests.bench.stalls import measure_stalls
from tests.bench.table import head
from tests.bench.window import measure_many, measure_start

_PARTS: dict[str, Callable[[Path], None]] = {
    "links": measure_links,
    "cost": measure_cost,
    "losses": lambda state: measure_losses(),
    "start": measure_start,
    "many": measure_many,
    "stalls": measure_stalls,
    "air": measure_air,
    "quick": measure_quick,
    "scale": measure_scale,
}


def main() -> None:
    if sys.argv[1:2] == ["real"]:
        measure_real(sys.argv[2:])
        return
    wanted = sys.argv[1:] or list(_PARTS)
    head()
    with tempfile.TemporaryDirectory() as folder:
        for name in wanted:
            _PARTS[name](Path(folder))


if __name__ == "__main__":
    main()
