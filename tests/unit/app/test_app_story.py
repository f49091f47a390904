"""The log's lines of an update: everything that matters, once, and nothing of every packet."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator, Callable
from pathlib import Path

import pytest

from app.controllers.device import DeviceController
from app.controllers.jobs import Jobs
from app.facts.log import LogLevel, LogLine
from app.log.story import Story, file_read
from app.memory.known_images import KnownImages
from app.presenters import run_words
from app.presenters import slots as show_slots
from app.presenters import update as show_update
from app.report import dated, log_text, make_report, write_report
from smp.address import Address
from smp.client import Client
from smp.discovery import Found
from smp.image import FilePart, FirmwareFile, read_firmware
from smp.simulator import SimulatorHost, build_image
from smp.simulator.keys import demo_key
from smp.simulator.loopback import LoopbackTransport
from smp.update.events import UpdateEvent, UploadProgressed
from smp.update.job import Job, parts_of
from smp.update.seen import Seen
from tests.helpers.clock import Clock
from tests.helpers.logwatch import LogWatch
from tests.helpers.packages import bundled, in_place, two_cores
from tests.helpers.updating import new_image, small

Make = Callable[..., DeviceController]


@pytest.fixture
async def device(clock: Clock) -> AsyncIterator[Make]:
    """Makes a device with its journal, behind a link of some quality."""
    made: list[tuple[DeviceController, SimulatorHost]] = []

    def make(name: str = "demo", link: str = "", **changes: object) -> DeviceController:
        host = SimulatorHost(small(name, **changes), link)
        found = Found(Address("sim", name), "bench board")
        controller = DeviceController(
            found, lambda _: Client(LoopbackTransport(host)), lambda: None
        )
        controller.make_job = Jobs(watch=1.0)
        made.append((controller, host))
        return controller

    yield make
    for controller, host in made:
        await controller.disconnect()
        host.close()


def firmware(folder: Path, version: str = "1.4.2", **more: object) -> FirmwareFile:
    path = folder / "app.signed.bin"
    path.write_bytes(build_image(version, 20_000, key=demo_key(), **more))  # type: ignore[arg-type]
    return read_firmware(path)


def said(device: DeviceController, level: LogLevel | None = None) -> str:
    lines = [line for line in device.journal.lines if level in (None, line.level)]
    return "\n".join(line.text for line in lines)


async def test_log_and_report_of_several_images_tell_what_became_of_each(
    device: Make, tmp_path: Path
) -> None:
    board = device("fast", images=2, buf_size=1024)
    board.make_job = lambda file: Job(
        parts_of([FilePart(file.images[0], 0), FilePart(new_image("1.4.0", 8_000), 1)]), watch=1.0
    )
    await board.connect()
    board.choose(firmware(tmp_path, "2.1.0"))
    await board.update(consent=True)
    assert "The plan: 1.0.0, 1.3.0 → 1.4.0, 2.1.0" in said(board)
    assert "Image 1: Permanent: there is no way back" in said(board)
    lines = said(board)
    assert re.search(
        r"The device makes room for 8.*The device makes room for 20.* more, image 0", lines, re.S
    )
    assert lines.count("100\u202f% uploaded") == lines.count("The first part is accepted") == 2
    report = make_report(board)
    assert report is not None
    assert re.search(r"Runs now, image 1: +1\.4\.0, hash", report.text)
    assert re.search(r"New image 1: +runs\nRan before, image 0: +1\.3\.0\n", report.text)
    assert "Running 2.1.0 as image 0 and 1.4.0 as image 1, confirmed" in report.text


def test_each_part_of_a_file_is_named_with_what_the_file_says(tmp_path: Path) -> None:
    path = tmp_path / "dfu_application.zip"
    data = two_cores(new_image("2.1.0").data, new_image("1.4.0", 8_000).data)
    path.write_bytes(data)
    opening = Story().opening(read_firmware(path))
    assert opening[1].startswith("Its image: image 0, app.signed.bin, version 2.1.0, hash ")
    assert opening[2].startswith("Its image: image 1, ipc_radio.bin, version 1.4.0, hash ")
    path.write_bytes(in_place(new_image("2.1.0").data, new_image("2.1.0", 8_000).data))
    opening = Story().opening(read_firmware(path))
    assert ["for slot 0" in opening[1], "for slot 1" in opening[2]] == [True, True]
    path.write_bytes(bundled({0: new_image().data, -1: b"boot"}))
    words, level = file_read(read_firmware(path))
    assert level is LogLevel.INFO
    assert words.endswith("4 bytes for the bootloader itself are left out")


async def test_each_image_has_its_line_its_bytes_and_its_place(
    device: Make, tmp_path: Path
) -> None:
    board = device("fast", images=2, buf_size=1024)
    net = FilePart(new_image("1.4.0", 8_000), 1, core="NETWORK")
    board.make_job = lambda file: Job(parts_of([FilePart(file.images[0], 0), net]), watch=1.0)
    await board.connect()
    board.choose(firmware(tmp_path, "2.1.0"))
    versions = [("Application", "1.3.0", "2.1.0"), ("Network core", "1.0.0", "1.4.0")]
    before = show_update.plan(board)
    assert [(it.title, it.now, it.then) for it in before.images] == versions
    backs = [
        [check.words for check in it.checks if "way back" in check.words] for it in before.images
    ]
    assert backs == [[], ["Permanent: there is no way back"]]
    assert all("Fits" in it.good for it in before.images)
    assert before.consent.startswith("Network core: ")
    told: list[tuple[str, float, int, int]] = []

    def look(event: UpdateEvent) -> None:
        track = board.track
        if isinstance(event, UploadProgressed) and track is not None and event.offset:
            image = run_words.which_image(track)
            told.append((image, track.fraction, track.received(1), track.received(0)))

    board.events.listen(look)
    await board.update(consent=True)
    images = list(dict.fromkeys(image for image, *_ in told))
    assert images == ["Network core, 1 of 2", "Application, 2 of 2"]
    fractions = [fraction for _, fraction, *_ in told]
    assert fractions == sorted(fractions)
    assert fractions[-1] == 1.0
    assert {of_net for image, _, of_net, _ in told if image == images[1]} == {len(net.image.data)}
    assert {of_app for image, _, _, of_app in told if image == images[0]} == {0}
    after = show_update.plan(board)
    assert [(it.title, it.now, it.then) for it in after.images] == versions
    titles = [image.title for image in show_slots.slots(board, KnownImages()).images]
    assert titles == ["Image 0: application", "Image 1: network core"]


async def test_a_whole_update_can_be_read_in_the_log(device: Make, tmp_path: Path) -> None:
    board = device()
    await board.connect()
    assert "Connecting to sim:demo" in said(board)
    assert "It holds: Slot 0 1.3.0, running, confirmed" in said(board)
    file = firmware(tmp_path)
    board.choose(file)
    await board.update(consent=True)
    text = said(board)
    assert text.startswith("The update begins: app.signed.bin, 20\u202f")
    order = [
        file.sha256.hex(),
        file.images[0].hash.hex(),
        "The plan: 1.3.0 → 1.4.2",
        "Upload begins",
        "The first part is accepted",
        "100\u202f% uploaded",
        "Upload is done",
        "Restart begins",
        "It is back after",
        "Verify is done",
        "Confirm is done",
        "Verdict after",
    ]
    places = [text.index(words) for words in order]
    assert places == sorted(places)
    assert len(board.journal.lines) < 60
    assert not said(board, LogLevel.WARNING)


async def test_trouble_stands_in_the_log(device: Make, tmp_path: Path) -> None:
    board = device(link="latency=5ms,loss=5%,seed=3")
    await board.connect()
    board.choose(firmware(tmp_path))
    await board.update(consent=True)
    assert "No answer for" in said(board, LogLevel.WARNING)
    assert "asked again" in said(board)


async def test_a_console_cannot_speak_as_the_program(device: Make) -> None:
    board = device()
    board.journal.text_received(
        b"Verdict after 3 s: Running 9.9.9\x1b[0m\r\n\xe2\x94\x82 more\x07\n"
    )
    assert said(board) == "│ Verdict after 3 s: Running 9.9.9\n│ │ more␇"


async def test_a_failed_connection_stands_in_the_log(clock: Clock) -> None:
    board = DeviceController(
        Found(Address("serial", "/dev/none-such"), "nothing"),
        lambda found: Client(found.address.transport()),
        lambda: None,
    )
    await board.connect()
    assert "none-such is not there" in said(board, LogLevel.WARNING)


async def test_a_report_has_all_that_a_person_is_asked_for(device: Make, tmp_path: Path) -> None:
    board = device()
    await board.connect()
    assert make_report(board) is None
    file = firmware(tmp_path)
    board.choose(file)
    await board.update(consent=True)
    report = make_report(board, "All 17 parts work.\n")
    assert report is not None
    assert report.name.startswith("flashdesk-demo-20")
    assert report.data["checkup"] == "All 17 parts work.\n"
    path = write_report(report, tmp_path / f"{report.name}.txt")
    text = path.read_text("utf-8")
    for wanted in (
        "Running 1.4.2, confirmed",
        "Began:",
        "sim:demo",
        str(file.path),
        file.sha256.hex(),
        "flashdesk 0.",
        "Python 3.",
        "1.3.0 -> 1.4.2",
        "bench board  Upload is done",
        "Last check of the installation",
        "All 17 parts work.",
    ):
        assert wanted in text, wanted
    assert (tmp_path / f"{report.name}.json").exists()


async def test_a_report_is_never_written_over_another(device: Make, tmp_path: Path) -> None:
    board = device()
    await board.connect()
    board.choose(firmware(tmp_path))
    await board.update(consent=True)
    report = make_report(board)
    assert report is not None
    (tmp_path / "r.txt").write_text("mine")
    (tmp_path / "r-2.json").write_text("mine too")
    assert write_report(report, tmp_path / "r.txt").name == "r-3.txt"
    assert write_report(report, tmp_path / "r.txt").name == "r-4.txt"
    assert (tmp_path / "r.txt").read_text() == "mine"
    assert (tmp_path / "r-2.json").read_text() == "mine too"


def test_a_saved_log_says_when_what_and_which_program() -> None:
    line = LogLine(1_795_000_000.25, LogLevel.WARNING, "It went away", "board")
    text = log_text([line], [("board", "serial:/dev/ttyACM0")], "/tmp/app.bin")
    assert "flashdesk 0." in text
    assert "board, serial:/dev/ttyACM0" in text
    assert "/tmp/app.bin" in text
    assert text.endswith(dated(line) + "\n"), "nothing was checked"
    assert log_text([line], [], "", "All works.\n").endswith("All works.\n")
    assert dated(line).startswith("2026-11-1")
    assert "warning  board  It went away" in dated(line)


async def test_what_files_told_before_is_held_against_a_new_one(
    device: Make, tmp_path: Path
) -> None:
    """In the plan that is shown and in the one the update makes for itself."""
    board = device()
    board.memory = lambda digest: Seen(counter=9)
    await board.connect()
    board.choose(firmware(tmp_path, security_counter=5))
    assert board.plan is not None
    words = "Security counter 5, lower than 9 in the image that runs"
    assert any(words in check.text for check in board.plan.checks)
    await board.update(consent=True)
    assert words in said(board, LogLevel.WARNING)
    assert board.track is not None
    assert board.track.plan is not None
    assert any(words in check.text for check in board.track.plan.checks)


class Reading:
    """A reader of the log: another window, or whoever writes down what a station does."""

    def __init__(self, *, wants_packets: bool) -> None:
        self.wants_packets = wants_packets
        self.read: list[LogLine] = []

    def write(self, line: LogLine) -> None:
        self.read.append(line)

    @property
    def packets(self) -> int:
        return sum(line.level is LogLevel.PACKET for line in self.read)


async def test_several_read_the_log_and_packets_go_to_who_wants_them(device: Make) -> None:
    board = device()
    first, second = Reading(wants_packets=False), Reading(wants_packets=True)
    board.journal.readers.add(first)
    board.journal.readers.add(second)
    await board.connect()
    said_of_it = [line for line in second.read if line.level is not LogLevel.PACKET]
    assert first.read == said_of_it == list(board.journal.lines)
    assert any("Connected" in line.text for line in first.read)
    assert second.packets
    before, second.wants_packets = second.packets, False
    await board.ask_again()
    assert (first.packets, second.packets) == (0, before)


async def test_a_reader_that_fails_keeps_nothing_from_the_others(
    device: Make, log_watch: LogWatch
) -> None:
    class Broken(Reading):
        def write(self, line: LogLine) -> None:
            raise OSError("disk full")

    log_watch.expect("a listener of the log of bench board failed")
    board, other = device(), Reading(wants_packets=True)
    board.journal.readers.add(Broken(wants_packets=True))
    board.journal.readers.add(other)
    await board.connect()
    assert board.is_linked
    assert other.packets
