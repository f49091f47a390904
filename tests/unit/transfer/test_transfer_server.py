"""Whole uploads against a model server on made-up time: what each kind of server makes of them."""

from __future__ import annotations

import hashlib
from typing import Any

import pytest

from smp.errors import DeviceError, NoAnswer, TransferError
from smp.packet import Packet
from smp.timing import RttEstimator
from smp.transfer.chunks import ImagePayload
from smp.transfer.congestion import Window
from smp.transfer.packet_size import SizeSearch
from smp.transfer.states import UploadState
from smp.transfer.upload import Upload
from tests.helpers.model_server import Manners, firmware
from tests.helpers.network import Fate, scripted
from tests.helpers.upload_drive import Drive

LADDER = (380, 182, 89)
DATA = firmware(30_000)


def an_upload(
    data: bytes = DATA,
    *,
    window: int = 3,
    sizes: tuple[int, ...] = LADDER,
    experiment: bool = False,
    floor: float = 0.05,
    upgrade: bool = False,
) -> Upload:
    sha = hashlib.sha256(data).digest()
    return Upload(
        ImagePayload(data, sha, upgrade=upgrade),
        sizes=SizeSearch(sizes),
        window=Window(1, hope=window, eager=True) if experiment else Window(window),
        rtt=RttEstimator(floor, initial=2.0),
    )


def fewest(data: bytes, chunk: int) -> int:
    return -(-len(data) // chunk)


# -- a good link ------------------------------------------------------------------------------


@pytest.mark.parametrize(("pool", "window"), [(2, 1), (3, 2), (4, 3), (9, 8)])
def test_a_window_within_the_pool_loses_nothing(pool: int, window: int) -> None:
    drive = Drive(an_upload(window=window), Manners(buf_count=pool, work=0.02))
    upload = drive.run()
    assert drive.server.slot == DATA
    assert upload.counters.resent_bytes == 0
    assert (drive.server.refused, drive.server.dropped) == (0, 0)
    assert drive.most_in_flight == window
    assert drive.server.most_used <= pool


def test_three_in_flight_are_three_times_as_fast_where_the_way_is_long() -> None:
    seconds = {}
    for window in (1, 3):
        drive = Drive(an_upload(window=window), Manners(buf_count=4, work=0.001), latency=0.05)
        drive.run()
        seconds[window] = drive.seconds
    assert 2.5 < seconds[1] / seconds[3] < 3.2


def test_two_in_flight_fill_a_serial_line() -> None:
    drive = Drive(
        an_upload(window=2),
        Manners(buf_count=4, work=0.02),
        latency=0.002,
        bytes_per_second=8500.0,
    )
    drive.run()
    wire = sum(8 + len(packet.payload) for packet in drive.sent) / 8500.0
    assert wire / drive.seconds > 0.97


@pytest.mark.parametrize("pool", [2, 3, 4])
@pytest.mark.parametrize("excess", [0, 1, 4])
def test_a_window_that_is_too_wide_finds_its_size(pool: int, excess: int) -> None:
    """As many in flight as there are buffers livelocks a fixed window: rc 2 every round."""
    drive = Drive(an_upload(window=pool + excess), Manners(buf_count=pool, work=0.02))
    drive.run(seconds=120, packets=2 * fewest(DATA, 352))
    assert drive.server.slot == DATA


@pytest.mark.parametrize("unit", [1, 2, 4, 8, 16, 32, 64, 128])
@pytest.mark.parametrize("window", [1, 2])
def test_mcuboot_gets_whole_flash_units(unit: int, window: int) -> None:
    manners = Manners(recovery=True, buf_count=1, unit=unit, packet_limit=1020)
    drive = Drive(an_upload(sizes=(1020,), window=window, experiment=window > 1), manners)
    upload = drive.run(packets=2 * fewest(DATA, 512) + 10)
    assert drive.server.slot == DATA
    assert upload.counters.resent_bytes < 10 * 1020


# -- the first chunk --------------------------------------------------------------------------


def test_a_long_erase_is_waited_for() -> None:
    drive = Drive(an_upload(), Manners(erase=35.0))
    upload = drive.run()
    assert drive.server.slot == DATA
    assert drive.server.first_chunks == 1
    assert upload.counters.silences == 0


def test_a_lost_first_chunk_is_repeated() -> None:
    drive = Drive(an_upload(), up=scripted([Fate.LOST]))
    drive.run()
    assert drive.server.slot == DATA


def test_a_lost_first_answer_is_no_new_upload() -> None:
    """The repeated first chunk carries the same sha: the server says where it is."""
    drive = Drive(an_upload(sizes=(380,)), Manners(erase=2.0), down=scripted([Fate.LOST]))
    drive.run()
    assert drive.server.slot == DATA
    assert drive.server.first_chunks == 1


@pytest.mark.parametrize(("limit", "size"), [(380, 380), (182, 182), (89, 89)])
def test_packets_fall_back_to_what_the_server_holds(limit: int, size: int) -> None:
    drive = Drive(an_upload(), Manners(packet_limit=limit))
    upload = drive.run()
    assert drive.server.slot == DATA
    assert upload.packet_size == size


# -- stalls ---------------------------------------------------------------------------------


@pytest.mark.parametrize("seconds", [0.5, 2.0, 6.0, 15.0])
def test_a_device_that_stops_to_erase_is_waited_for(seconds: float) -> None:
    """Progressive erase: every 8 kB a sector is erased before the answer."""
    drive = Drive(an_upload(), Manners(work=0.01))
    _stall(drive, every=8192, seconds=seconds)
    drive.run()
    assert drive.server.slot == DATA


def test_stalls_do_not_shrink_packets_that_were_accepted() -> None:
    """A device that erases for two seconds now and then holds packets of the same size as before:
    after each stall the upload goes on with them."""
    data = firmware(120_000)
    drive = Drive(an_upload(data, floor=0.2), Manners(work=0.01))
    _stall(drive, every=32_768, seconds=2.0)
    drive.run()
    assert drive.server.slot == data
    assert len(drive.sent) < 1.3 * fewest(data, 352), drive.describe()


@pytest.mark.parametrize("seconds", [3.0, 8.0, 12.0, 15.0])
def test_a_device_that_takes_long_for_every_chunk_is_not_given_up(seconds: float) -> None:
    """Recovery may need 15 seconds for one (it validates, decrypts, erases): it does answer."""
    data = firmware(3000)
    manners = Manners(recovery=True, buf_count=1, write=seconds, packet_limit=1020)
    drive = Drive(an_upload(data, sizes=(1020,), window=1), manners)
    drive.run()
    assert drive.upload.state is UploadState.FINISHED, drive.describe()
    assert drive.server.slot == data


def _stall(drive: Drive, *, every: int, seconds: float) -> None:
    """Whoever writes into a new sector waits until it is erased."""
    server = drive.server
    server.manners.erase = seconds

    def begins_a_sector(body: dict[str, Any]) -> bool:
        offset, length = body.get("off", 0), len(body.get("data", b""))
        return offset == server.expected and offset // every != (offset + length) // every

    server.erases = begins_a_sector


# -- losses -----------------------------------------------------------------------------------


@pytest.mark.parametrize("window", [1, 2, 3])
@pytest.mark.parametrize("lost", range(12))
def test_any_one_lost_request_costs_little(window: int, lost: int) -> None:
    data = firmware(3000)
    fates = [Fate.ARRIVES] * lost + [Fate.LOST]
    drive = Drive(an_upload(data, window=window, sizes=(380,)), up=scripted(fates))
    upload = drive.run()
    assert drive.server.slot == data
    assert upload.counters.sent <= fewest(data, 352) + 1 + window + 2


@pytest.mark.parametrize("window", [1, 2, 3])
@pytest.mark.parametrize("lost", range(12))
def test_any_one_lost_answer_costs_little(window: int, lost: int) -> None:
    data = firmware(3000)
    fates = [Fate.ARRIVES] * lost + [Fate.LOST]
    drive = Drive(an_upload(data, window=window, sizes=(380,)), down=scripted(fates))
    upload = drive.run()
    assert drive.server.slot == data
    assert upload.counters.restarts == 0
    assert upload.counters.sent <= fewest(data, 352) + 1 + window + 2


@pytest.mark.parametrize("fate", [Fate.TWICE, Fate.OVERTAKEN, Fate.LATE])
@pytest.mark.parametrize("window", [1, 3])
@pytest.mark.parametrize("at", range(1, 11))
def test_doubled_and_late_packets_do_no_harm(fate: Fate, window: int, at: int) -> None:
    data = firmware(3000)
    fates = [Fate.ARRIVES] * at + [fate]
    for up, down in ((fates, []), ([], fates)):
        drive = Drive(
            an_upload(data, window=window, sizes=(380,)),
            up=scripted(up),
            down=scripted(down),
            lateness=0.5,
        )
        drive.run(seconds=30)
        assert drive.server.slot == data
        assert drive.upload.counters.restarts == 0
        assert drive.upload.counters.sent <= fewest(data, 352) + 8


# -- the end --------------------------------------------------------------------------------


def test_a_lost_last_answer_is_cleared_up_by_the_image_list() -> None:
    data = firmware(1000)
    drive = Drive(an_upload(data, window=1), down=scripted([Fate.ARRIVES] * 2 + [Fate.LOST]))
    upload = drive.run()
    assert upload.state is UploadState.FINISHED
    assert drive.doubts == 1
    assert drive.server.first_chunks == 1, "nothing is uploaded twice"


def test_a_server_with_an_image_check_clears_it_up_itself() -> None:
    """Asked without a list, a new first chunk is answered with everything and `match`."""
    data = firmware(1000)
    drive = Drive(
        an_upload(data, window=1),
        Manners(image_check=True),
        down=scripted([Fate.ARRIVES] * 2 + [Fate.LOST]),
    )
    drive.settle = lambda: False
    upload = drive.run()
    assert upload.match is True
    assert drive.server.first_chunks == 1


def test_without_a_list_it_is_uploaded_again() -> None:
    data = firmware(1000)
    drive = Drive(an_upload(data, window=1), down=scripted([Fate.ARRIVES] * 2 + [Fate.LOST]))
    drive.settle = lambda: False
    upload = drive.run()
    assert upload.state is UploadState.FINISHED
    assert drive.server.slot == data
    assert upload.counters.restarts == 1


def test_mcuboot_repeats_the_end() -> None:
    data = firmware(1000)
    manners = Manners(recovery=True, buf_count=1, packet_limit=1020)
    drive = Drive(
        an_upload(data, window=1), manners, down=scripted([Fate.ARRIVES] * 2 + [Fate.LOST])
    )
    upload = drive.run()
    assert upload.state is UploadState.FINISHED
    assert upload.counters.restarts == 0


@pytest.mark.parametrize("sizes", [(380,), (89,)])
def test_a_whole_file_matches(sizes: tuple[int, ...]) -> None:
    drive = Drive(an_upload(sizes=sizes), Manners(image_check=True))
    upload = drive.run()
    assert drive.server.slot == DATA
    assert upload.match is not False


# -- restarts of the device ---------------------------------------------------------------------


@pytest.mark.parametrize("after", [1, 2, 3, 10, 80, 84, 85, 86])
@pytest.mark.parametrize("window", [1, 3])
@pytest.mark.parametrize("recovery", [False, True])
def test_a_device_that_restarts_gets_everything_again(
    after: int, window: int, recovery: bool
) -> None:
    manners = Manners(recovery=recovery, buf_count=1 if recovery else 4)
    drive = Drive(an_upload(window=window), manners)
    drive.before_each_send = lambda packet: (
        drive.server.restart(0.3) if len(drive.sent) == after else None
    )
    upload = drive.run(seconds=200)
    assert drive.server.restarts == 1
    assert drive.server.slot == DATA
    assert upload.state is UploadState.FINISHED


def test_a_device_that_restarts_all_the_time_is_an_error() -> None:
    drive = Drive(an_upload())
    drive.before_each_send = lambda packet: (
        drive.server.restart(0.1) if len(drive.sent) % 20 == 19 else None
    )
    upload = drive.run(seconds=1000, packets=1000)
    assert upload.state is UploadState.FAILED
    assert isinstance(upload.error, TransferError)


def test_a_device_that_goes_away_is_an_error() -> None:
    drive = Drive(an_upload())
    drive.before_each_send = lambda packet: (
        drive.server.restart(1e9) if len(drive.sent) == 30 else None
    )
    upload = drive.run(seconds=120, packets=200)
    assert isinstance(upload.error, NoAnswer)
    assert upload.state is UploadState.FAILED


def test_another_client_that_takes_the_upload_away_is_survived() -> None:
    drive = Drive(an_upload())
    drive.before_each_send = lambda packet: drive.server.forget() if len(drive.sent) == 30 else None
    upload = drive.run(seconds=100)
    assert drive.server.slot == DATA
    assert upload.counters.restarts == 1


# -- refusals -------------------------------------------------------------------------------


def test_a_slot_that_is_too_small_is_told() -> None:
    drive = Drive(an_upload(), Manners(slot_size=10_000))
    upload = drive.run(packets=1)
    assert isinstance(upload.error, DeviceError)
    assert upload.error.is_code(1, 30)


def test_a_file_that_is_no_image_is_told() -> None:
    drive = Drive(an_upload(b"no image at all" * 100))
    upload = drive.run(packets=1)
    assert isinstance(upload.error, DeviceError)
    assert upload.error.is_code(1, 23)


def test_a_busy_device_is_waited_for() -> None:
    drive = Drive(an_upload())
    asked: list[Packet] = []

    def busy(packet: Packet) -> dict[str, int] | None:
        asked.append(packet)
        return {"rc": 10} if len(asked) % 7 == 3 else None

    drive.server.on_request = busy
    drive.run(seconds=60)
    assert drive.server.slot == DATA


@pytest.mark.parametrize("code", [2, 10])
def test_a_device_that_is_always_busy_is_an_error(code: int) -> None:
    drive = Drive(an_upload())
    drive.server.on_request = lambda packet: {"rc": code}
    upload = drive.run(seconds=120, packets=100)
    assert isinstance(upload.error, DeviceError)
    assert upload.error.code == code


def test_answers_nobody_can_read_are_an_error() -> None:
    drive = Drive(an_upload())
    drive.server.on_request = lambda packet: {"offset": 5}
    upload = drive.run(seconds=200, packets=100)
    assert upload.state is UploadState.FAILED


@pytest.mark.parametrize("offset", [0, 16, 304, 1 << 40])
def test_a_server_that_always_says_the_same_is_an_error(offset: int) -> None:
    drive = Drive(an_upload())
    drive.server.on_request = lambda packet: {"off": offset}
    upload = drive.run(seconds=3600, packets=500)
    assert upload.state is UploadState.FAILED
    assert isinstance(upload.error, TransferError)


def test_a_server_that_goes_back_and_forth_is_an_error() -> None:
    """Two offsets in turn: there is always some progress, and never any."""
    drive = Drive(an_upload())
    offsets = [600, 304]

    def swing(packet: Packet) -> dict[str, int]:
        offsets.reverse()
        return {"off": offsets[0]}

    drive.server.on_request = swing
    upload = drive.run(seconds=3600, packets=2000)
    assert upload.state is UploadState.FAILED
