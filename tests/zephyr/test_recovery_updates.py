"""Updates through MCUboot's own serial recovery on an emulated board, framed and raw: found there,
and from the application into it, out of it, to the verdict. Over a line as slow as a UART, and over
ones that lose and flip what they carry.

Run with FLASHDESK_ZEPHYR_SERVERS=DIR; skipped with the reason without it.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.bench.real.emulator import linked
from tests.bench.real.lines import Quality
from tests.helpers.programs import run
from tests.zephyr import servers
from tests.zephyr.test_real_servers import case, needs, resigned

TARGET = "mps2_an385"


@pytest.mark.parametrize(
    ("target", "config"), [case(TARGET, "serial_recovery"), case(TARGET, "serial_recovery_raw")]
)
def test_from_nothing_to_the_application_and_through_the_recovery_again(
    tmp_path: Path, target: str, config: str
) -> None:
    paired = servers.signed_image(target, config)
    newer = resigned(tmp_path, paired, "1.2.3")
    with servers.serve(target, config, folder=tmp_path, empty=True) as address:
        device = ("--device", str(address), "--json")
        told = run(tmp_path, "info", *device)
        assert told.status == 0, told.errors
        assert told.events[0]["bootloader"]["in_recovery"] is True
        first = run(tmp_path, "update", str(paired), *device, "--yes")
        assert (first.status, first.verdict["outcome"]) == (0, "updated"), first.verdict
        refused = run(tmp_path, "update", str(newer), *device, "--recovery")
        assert (refused.status, refused.verdict["ending"]) == (1, "forbidden")
        done = run(tmp_path, "update", str(newer), *device, "--recovery", "--yes")
        assert (done.status, done.verdict["outcome"]) == (0, "updated"), done.verdict
        assert done.verdict["running"]["version"] == "1.2.3"
        assert done.verdict["was"]["version"] == "0.0.0"
        again = run(tmp_path, "update", str(newer), *device, "--recovery", "--yes")
        assert (again.status, again.verdict["outcome"]) == (0, "already-running")


@needs(TARGET, "serial_recovery")
@pytest.mark.parametrize(
    "quality",
    [Quality(rate=11_520), Quality(rate=11_520, flips=5e-5), Quality(rate=11_520, flips=1e-4)],
    ids=["115200", "flips", "one in a hundred packets"],
)
def test_over_a_line_like_a_uart(tmp_path: Path, quality: Quality) -> None:
    paired = servers.signed_image(TARGET, "serial_recovery")
    with (
        servers.serve(TARGET, "serial_recovery", pty=True, folder=tmp_path, empty=True) as far,
        linked(far, quality) as (address, _),
    ):
        done = run(tmp_path, "update", str(paired), "--device", str(address), "--json", "--yes")
        assert (done.status, done.verdict["outcome"]) == (0, "updated"), done.verdict
