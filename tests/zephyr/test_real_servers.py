"""Real Zephyr 4.4 and MCUboot: what `info` says of them, and updates with a true verdict.

Run with FLASHDESK_ZEPHYR_SERVERS=DIR; skipped with the reason without it.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from pathlib import Path

import pytest

from smp.client import Client
from smp.commands.files import FileDigest
from smp.commands.shell import RunShell, ShellAnswer
from smp.image import McubootImage, read_firmware
from smp.survey import survey
from tests.helpers import images
from tests.helpers.packages import bundled, hexed, package
from tests.helpers.programs import run
from tests.zephyr import servers


def needs(target: str, config: str) -> pytest.MarkDecorator:
    reason = servers.why_not(target, config)
    return pytest.mark.skipif(bool(reason), reason=reason or "there")


def case(target: str, config: str, *values: object) -> object:
    return pytest.param(
        target, config, *values, marks=needs(target, config), id=f"{target}-{config}"
    )


@pytest.mark.parametrize(
    ("target", "config", "buffers"),
    [
        case("native_sim", "serial", (384, 4)),
        case("native_sim", "serial_buf96", (96, 4)),
        case("native_sim", "serial_buf256", (256, 4)),
        case("native_sim", "serial_buf1024", (1024, 4)),
        case("native_sim", "serial_buf2048", (2048, 4)),
        case("native_sim", "serial_line512", (2048, 4)),
        case("native_sim", "serial_bigrx", (384, 4)),
        case("native_sim", "serial_raw", (384, 4)),
        case("native_sim", "serial_noparams", None),
        case("native_sim", "shell", (384, 4)),
        case("native_sim", "udp", (2048, 2)),
        case("native_sim", "udp6", (2048, 2)),
        case("mps2_an385", "serial_recovery", (384, 4)),
        case("mps2_an385", "serial_recovery_buf2048", (2048, 4)),
        case("qemu_cortex_m0", "serial", (384, 4)),
    ],
)
def test_info_tells_the_truth(
    tmp_path: Path, target: str, config: str, buffers: tuple[int, int] | None
) -> None:
    entry = servers.find(target, config)
    assert entry is not None
    with servers.serve(target, config, folder=tmp_path) as address:
        ended = run(tmp_path, "info", "--device", str(address), "--json")
    assert ended.status == 0, ended.errors
    (facts,) = ended.events
    told = facts["buffers"]
    assert (told and (told["size"], told["count"])) == buffers
    assert facts["os"]["kernel"] == "Zephyr"
    assert facts["os"]["version"].startswith("4.4.")
    assert facts["smp_version"] == 2
    has_images = "img" in entry["groups"]
    assert (facts["images"] is not None) == has_images
    if has_images:
        running = McubootImage.from_bytes(servers.signed_image(target, config).read_bytes())
        assert facts["images"][0]["hash"] == running.hash.hex()
        assert facts["images"][0]["active"] is True


@pytest.mark.parametrize("pty", [False, True])
@pytest.mark.parametrize(
    ("target", "config", "equal_version"),
    [
        # MCUboot in swap mode: runs what it is told to, and can go back.
        case("qemu_cortex_m0", "serial", "updated"),
        # MCUboot in RAM-load mode: of two equal versions the first slot's image runs.
        case("mps2_an385", "serial_recovery", "old-image-preferred"),
    ],
)
def test_update_ends_in_the_true_verdict(
    tmp_path: Path, target: str, config: str, equal_version: str, pty: bool
) -> None:
    paired = servers.signed_image(target, config)
    same = resigned(tmp_path, paired, "0.0.0")
    newer = resigned(tmp_path, paired, "1.2.3")
    with servers.serve(target, config, pty=pty, folder=tmp_path) as address:
        device = ("--device", str(address), "--json")
        already = run(tmp_path, "update", str(paired), *device)
        assert (already.status, already.verdict["outcome"]) == (0, "already-running")
        equal = run(tmp_path, "update", str(same), *device)
        if equal_version == "updated":
            assert (equal.status, equal.verdict["outcome"]) == (0, "updated")
        else:
            assert (equal.status, equal.verdict["outcome"]) == (1, "not-updated")
            assert equal.verdict["ending"] == equal_version
            assert "the same version number" in equal.verdict["reason"]
        done = run(tmp_path, "update", str(newer), *device)
        assert (done.status, done.verdict["outcome"]) == (0, "updated"), done.verdict
        assert done.verdict["running"]["version"] == "1.2.3"
        assert done.of("progress")[-1]["offset"] == len(newer.read_bytes())


@pytest.mark.parametrize(("target", "config"), [case("qemu_cortex_m0", "serial")])
def test_update_by_packages_and_hex(tmp_path: Path, target: str, config: str) -> None:
    """One after the other, each from what the last one left."""
    paired = servers.signed_image(target, config)

    def image(version: str) -> bytes:
        return resigned(tmp_path, paired, version).read_bytes()

    board = {"board": target, "soc": None, "image_index": "0"}
    files = {
        "dfu_application.zip": package({"app.signed.bin": (image("1.2.3"), board)}),
        "signed.hex": hexed((0x8000, image("1.2.4"))),
        "dfu_multi_image.bin": bundled({0: image("1.2.5")}),
    }
    with servers.serve(target, config, folder=tmp_path) as address:
        for (name, data), version in zip(files.items(), ("1.2.3", "1.2.4", "1.2.5"), strict=True):
            (tmp_path / name).write_bytes(data)
            ended = run(tmp_path, "update", str(tmp_path / name), "-d", str(address), "--json")
            assert (ended.status, ended.verdict["outcome"]) == (0, "updated"), ended.verdict
            assert ended.verdict["running"]["version"] == version


@pytest.mark.parametrize(("target", "config"), [case("qemu_cortex_m0", "serial")])
def test_the_merged_file_of_a_real_build_holds_its_image(target: str, config: str) -> None:
    signed = servers.signed_image(target, config)
    merged = read_firmware(signed.with_name(signed.name.replace(".signed.bin", ".merged.hex")))
    (part,) = merged.parts
    assert part.image.data == signed.read_bytes()
    assert part.address == 0x8000
    assert merged.notes, "the bootloader is left out"


@pytest.mark.parametrize(
    ("target", "config", "works_with"),
    [
        # Two line buffers behind an unpaced pseudo-terminal: longer frames meet silence.
        case("native_sim", "serial", 182),
        case("native_sim", "serial_bigrx", 380),
        case("native_sim", "udp", 1472),
    ],
)
async def test_upload_finds_the_packet_size_that_works(
    tmp_path: Path, target: str, config: str, works_with: int
) -> None:
    contents = images.payload(4000)
    with servers.serve(target, config, folder=tmp_path) as address:
        async with Client(address.transport()) as device:
            upload = await device.upload_file(contents, "/lfs1/flashdesk.bin")
            assert upload.packet_size == works_with
            digest = await device.request(FileDigest("/lfs1/flashdesk.bin"))
            assert digest == hashlib.sha256(contents).digest()


@needs("mps2_an385", "serial_recovery")
async def test_restart_into_serial_recovery_is_recognised(tmp_path: Path) -> None:
    with servers.serve("mps2_an385", "serial_recovery", folder=tmp_path) as address:
        device = Client(address.transport())
        await device.connect()
        assert not (await survey(device)).in_recovery
        await device.reset(boot_mode=1)
        await _back(device, lambda facts: facts.in_recovery)
        await device.disconnect()


async def _back(device: Client, expected: Callable[[object], bool]) -> None:
    for _ in range(20):
        try:
            await device.connect()
            if expected(await survey(device)):
                return
        except Exception:  # noqa: BLE001 -- it restarts
            continue
    raise AssertionError("it did not come back as expected")


def resigned(folder: Path, paired: Path, version: str) -> Path:
    """The same program as another build, with imgtool."""
    old = McubootImage.from_bytes(paired.read_bytes())
    code = old.data[old.header.size : old.header.size + old.header.image_size]
    options = ["-L", hex(old.header.load_address)] if old.header.load_address else []
    made = images.signed(
        code,
        *options,
        "--custom-tlv",
        "0x00a0",
        "another build",
        version=version,
        header_size=old.header.size,
    )
    path = folder / f"{version}.bin"
    path.write_bytes(made)
    return path


@pytest.mark.parametrize(
    ("target", "config"), [case("native_sim", "serial"), case("native_sim", "udp")]
)
async def test_statistics_and_shell_are_zephyrs_too(
    tmp_path: Path, target: str, config: str
) -> None:
    """One group of figures is too long for the server's buffers: the others are told."""
    with servers.serve(target, config, folder=tmp_path) as address:
        told = run(tmp_path, "statistics", "-d", str(address), "--json").events
        figures = {event["name"]: event.get("figures") for event in told}
        assert figures["smp_svr_stats"] is not None
        assert figures["flash_sim_thresholds"] is not None
        async with Client(address.transport()) as device:
            version = await device.request(RunShell(("kernel", "version")))
            assert version == ShellAnswer("Zephyr version 4.4.0", 0)
            assert (await device.request(RunShell(("nonsense",)))).status < 0
