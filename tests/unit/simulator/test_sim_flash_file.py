"""A flash in a file: whatever was answered is there, however the process ends."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from smp.address import Address
from smp.client import Client
from smp.errors import FileError
from smp.image.mcuboot import McubootImage
from smp.packet import Op
from smp.simulator import Bench, build_image
from smp.simulator.flash import Flash, FlashMisuse, Geometry, PowerCut
from smp.simulator.flash_file import FlashFile
from smp.simulator.living import close_simulated, simulated
from smp.simulator.serve import make_device
from smp.simulator.traits import Profile
from tests.helpers.logwatch import LogWatch
from tests.helpers.programs import KILL, simulator

SHAPE = Geometry(1024, 256, 8, erase_time=0.1, write_time=0.01)


def kept_in(path: Path, shape: Geometry = SHAPE) -> Flash | None:
    file = FlashFile(path)
    try:
        return file.read(shape)
    finally:
        file.close()


def copy_of(path: Path) -> Flash | None:
    """What a process that starts now would find, while another one holds the file."""
    copied = path.with_suffix(".copy")
    copied.write_bytes(path.read_bytes())
    return kept_in(copied)


def test_content_and_wear_survive_in_a_file(tmp_path: Path) -> None:
    path = tmp_path / "board.flash"
    file, flash = FlashFile(path), Flash(SHAPE)
    assert file.read(SHAPE) is None
    file.keep(flash)
    flash.erase(512, 256)
    flash.write(512, b"survivor")
    file.close()
    again = kept_in(path)
    assert again is not None
    assert again.read(512, 8) == b"survivor"
    assert again.wear == [0, 0, 1, 0]
    assert [entry.name for entry in tmp_path.iterdir()] == ["board.flash"]


OPERATIONS = st.lists(
    st.one_of(
        st.tuples(st.just("erase"), st.integers(0, 3), st.booleans()),
        st.tuples(st.just("write"), st.integers(0, 127), st.booleans()),
        st.tuples(st.just("rewind"), st.integers(0, 30), st.just(False)),
    ),
    max_size=30,
)


@given(operations=OPERATIONS)
def test_each_operation_is_in_the_file_when_it_is_done(
    operations: list[tuple[str, int, bool]], tmp_path_factory: pytest.TempPathFactory
) -> None:
    path = tmp_path_factory.mktemp("flash") / "board.flash"
    file, flash = FlashFile(path), Flash(SHAPE)
    file.keep(flash)
    try:
        for kind, where, is_cut in operations:
            if is_cut:
                flash.power_cut_at = flash.operations + 1
            try:
                if kind == "erase":
                    flash.erase(256 * where, 256)
                elif kind == "write":
                    flash.write(8 * where, bytes([where]) * 8)
                else:
                    flash.rewind(where / 10)
            except (PowerCut, FlashMisuse):
                pass
            found = copy_of(path)
            assert found is not None
            assert (found.content, found.wear) == (flash.content, flash.wear)
    finally:
        file.close()


@pytest.mark.parametrize("content", [b"FDFLASH1", b"x" * 2000])
def test_foreign_file_is_refused(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "board.flash"
    path.write_bytes(content)
    with pytest.raises(FileError, match="no flash of this simulated device"):
        kept_in(path)
    assert path.read_bytes() == content


@pytest.mark.parametrize("content", [b"", bytes(10), bytes(2000)])
def test_a_file_that_was_not_finished_counts_as_new(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "board.flash"
    path.write_bytes(content)
    assert kept_in(path) is None
    file, flash = FlashFile(path), Flash(SHAPE)
    file.keep(flash)
    file.close()
    again = kept_in(path)
    assert again is not None
    assert again.content == flash.content


def test_file_of_another_geometry_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "board.flash"
    file = FlashFile(path)
    file.keep(Flash(SHAPE))
    file.close()
    with pytest.raises(FileError, match="another flash"):
        kept_in(path, Geometry(1024, 256, 4))


def test_a_file_is_one_programs_at_a_time(tmp_path: Path) -> None:
    path = tmp_path / "board.flash"
    file = FlashFile(path)
    with pytest.raises(FileError) as caught:
        FlashFile(path)
    assert caught.value.what.code == "simulated-flash-in-use"
    file.close()
    FlashFile(path).close()


def test_unusable_places_are_errors_in_words(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for path in (tmp_path / "nowhere" / "board.flash", tmp_path):
        with pytest.raises(FileError, match="cannot be kept"):
            FlashFile(path)
    file = FlashFile(tmp_path / "board.flash")
    handle = file._file

    class Broken:
        def seek(self, at: int) -> None:
            raise OSError(5, "Input/output error")

    monkeypatch.setattr(file, "_file", Broken())
    with pytest.raises(FileError, match="cannot be read"):
        file.read(SHAPE)
    handle.close()


def test_a_disk_that_fails_is_told_once_and_tried_again_at_the_end(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, log_watch: LogWatch
) -> None:
    path = tmp_path / "board.flash"
    file, flash = FlashFile(path), Flash(SHAPE)
    file.keep(flash)
    put = FlashFile._put

    def full(self: FlashFile, at: int, data: bytes) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(FlashFile, "_put", full)
    flash.write(0, b"12345678")
    flash.write(8, b"12345678")
    assert len(log_watch.unexpected) == 1
    log_watch.expect("cannot be kept in board.flash")
    monkeypatch.setattr(FlashFile, "_put", put)
    file.close()
    again = kept_in(path)
    assert again is not None
    assert again.read(0, 16) == b"12345678" * 2


# -- devices --------------------------------------------------------------------------------------


@pytest.mark.parametrize("profile", ["fast", "recovery", "mynewt"])
def test_every_answered_part_of_an_upload_is_in_the_file(tmp_path: Path, profile: str) -> None:
    path = tmp_path / "board.flash"
    file = FlashFile(path)
    what = Bench(profile, on=False).device.profile
    device = make_device(what, file)
    bench = Bench(what, device=device)
    data = build_image("2.0.0", 2_000)
    offset = 0
    while offset < len(data):
        body: dict[str, object] = {"off": offset, "data": data[offset : offset + 128]}
        if not offset:
            body["len"] = len(data)
        offset = int(bench.ask(1, 1, body, op=Op.WRITE)["off"])
        found = _found(path, what)
        assert found.content == device.flash.content
    file.close()


def _found(path: Path, what: Profile) -> Flash:
    from smp.simulator.factory import geometry_of

    copied = path.with_suffix(".copy")
    copied.write_bytes(path.read_bytes())
    found = kept_in(copied, geometry_of(what.in_real_time()))
    assert found is not None
    return found


async def test_a_device_of_this_process_is_kept_before_it_is_switched_off(tmp_path: Path) -> None:
    transport = simulated("fast", keep=tmp_path)
    async with Client(transport) as client:
        await client.upload(build_image("3.1.4", 1_500))
        found = (tmp_path / "fast.flash").read_bytes()
    close_simulated()
    assert build_image("3.1.4", 1_500) in found


@pytest.mark.skipif(sys.platform == "win32", reason="there is no SIGKILL")
async def test_a_killed_simulator_comes_back_with_what_it_had_answered(tmp_path: Path) -> None:
    data = build_image("2.7.1", 3_000)
    digest = McubootImage.from_bytes(data).hash
    kept = ("--listen", "tcp:0", "--profile", "fast", "--flash", str(tmp_path / "board.flash"))
    with simulator(tmp_path, *kept, by=KILL) as address:
        async with Client(Address.parse(address).transport()) as client:
            await client.upload(data)
            await client.mark_for_test(digest)
    with simulator(tmp_path, *kept) as address:
        async with Client(Address.parse(address).transport()) as client:
            entry = (await client.image_state()).by_hash(digest, 0)
    assert entry is not None, "it is there"
    assert entry.active, "and its mark was, when the bootloader looked"


@pytest.mark.skipif(sys.platform != "linux", reason="/dev/full is Linux's")
def test_a_disk_that_is_full_is_told_when_it_is_let_go_too(tmp_path: Path) -> None:
    full = tmp_path / "full"
    full.symlink_to("/dev/full")
    file = FlashFile(full)
    with pytest.raises(FileError, match="cannot be kept"):
        file.keep(Flash(SHAPE))
    with pytest.raises(FileError, match="cannot be kept"):
        file.close()
