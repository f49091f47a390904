"""A whole station, as a line controller runs it, with units that are real Zephyr and MCUboot.

Run with FLASHDESK_ZEPHYR_SERVERS=DIR; skipped with the reason without it.
"""

from __future__ import annotations

import hashlib
from pathlib import Path

from smp.address import Address
from smp.image import McubootImage
from smp.simulator import build_image
from tests.e2e.test_station_headless import recorded, station
from tests.helpers.programs import run
from tests.zephyr import servers
from tests.zephyr.test_real_servers import needs, resigned


def job_for(folder: Path, address: Address, image: bytes) -> Path:
    (folder / "app.bin").write_bytes(image)
    job = folder / "job.toml"
    job.write_text(
        f"""product = "Sensor 2"
firmware = "app.bin"
sha256 = "{hashlib.sha256(image).hexdigest()}"
watch = 1
[recognise]
transport = "{address.scheme}"
[[place]]
name = "1"
at = "{address}"
""",
        "utf-8",
    )
    return job


@needs("qemu_cortex_m0", "serial")
async def test_a_unit_behind_tcp_passes_and_its_record_is_true(tmp_path: Path) -> None:
    paired = servers.signed_image("qemu_cortex_m0", "serial")
    data = resigned(tmp_path, paired, "1.2.3").read_bytes()
    image, old = McubootImage.from_bytes(data), McubootImage.from_bytes(paired.read_bytes())
    with servers.serve("qemu_cortex_m0", "serial", folder=tmp_path) as address:
        # The emulated UART stands still for good if it is written to while it boots.
        assert run(tmp_path, "info", "--device", str(address), "--json").status == 0
        job = job_for(tmp_path, address, data)
        async with station(job, "--arm", wait=False) as line:
            told = await line.event("attempt")
            assert (told["result"], told["code"]) == ("PASS", "proven"), told
            line.send({"command": "stop"})
            assert await line.end() == 0
        (attempt,) = await recorded(job)
        assert (attempt.from_hash, attempt.to_hash) == (old.hash.hex(), image.hash.hex())
        assert (attempt.address, attempt.board) == (str(address), "qemu_cortex_m0/nrf51822")
        assert attempt.sent >= len(data)
        asked = run(tmp_path, "info", "--device", str(address), "--json")
        assert image.hash.hex() in asked.text or image.hash.hex() in str(asked.events)


@needs("native_sim", "udp")
async def test_a_unit_behind_udp_that_takes_no_firmware_fails_with_that(tmp_path: Path) -> None:
    with servers.serve("native_sim", "udp", folder=tmp_path) as address:
        job = job_for(tmp_path, address, build_image("1.4.2", 20_000))
        async with station(job, "--arm", wait=False) as line:
            told = await line.event("attempt")
            assert (told["result"], told["code"]) == ("FAIL", "forbidden"), told
            assert "no image management" in told["reason"]
            line.send({"command": "stop"})
            assert await line.end() == 1
    (attempt,) = await recorded(job)
    assert (attempt.sent, attempt.board, attempt.from_version) == (0, "native_sim/native", "")
