"""Made-up facts for every state of the window: for the gallery and for tests of the layout."""

from __future__ import annotations

import math
import random
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

from app.facts.devices import (
    Choice,
    DeviceListFacts,
    DeviceRow,
    GroupFacts,
    HeaderFacts,
    LinkButton,
    LinkKind,
    PortButton,
)
from app.facts.firmware import (
    CheckFacts,
    FileFacts,
    FirmwareFacts,
    ImageLineFacts,
    PlanButton,
    PlanFacts,
)
from app.facts.log import DeviceLogFacts, LogLevel, LogLine
from app.facts.run import (
    DoneFigures,
    Gap,
    GraphFacts,
    Mark,
    MarkKind,
    RunFacts,
    StepFacts,
    StepState,
    UploadFigures,
    WaitFigures,
)
from app.facts.sheet import RoundFacts, SheetFacts
from app.facts.slots import ImageFacts, SlotAct, SlotBarFacts, SlotsFacts
from app.facts.window import BannerFacts, FooterFacts
from app.facts.words import ActionFacts, AdviceFacts, ChipFacts
from app.language import current, english
from app.lib import wording
from app.lib.tone import Tone
from app.presenters.port import TRYING
from app.views.main_window import Drawer, MainWindow
from smp.text import Text
from tests.gui import several
from tests.gui.languages import worded

SENSOR = "ble:C0:DE:00:00:00:02"
PORT = "serial:/dev/ttyUSB0"
OLD_HASH = "7f3a9c41" + "5be0d1a2" * 7
NEW_HASH = "51be07d2" + "c4419e03" * 7
LIMIT = 7_758.0

DEVICES = DeviceListFacts(
    (
        DeviceRow(SENSOR, LinkKind.BLUETOOTH, "sensor-7", "C0:DE:00:00:00:02", -52),
        DeviceRow("ble:C0:DE:00:00:00:09", LinkKind.BLUETOOTH, "lamp-3", "C0:DE:00:00:00:09", -81),
        DeviceRow("serial:1", LinkKind.SERIAL, "nRF52840 DK", "ttyACM0 · 1366:1015 · hub 1-2.4"),
        DeviceRow(
            PORT,
            LinkKind.SERIAL,
            "USB serial",
            "ttyUSB0 · no permission",
            chip=ChipFacts("fix", Tone.WARN, hint="This user may not open the port"),
        ),
        DeviceRow("udp:192.0.2.7", LinkKind.NETWORK, "192.0.2.7", "UDP 1337", removable=True),
        DeviceRow("sim:demo", LinkKind.SIMULATED, "demo board", "MCUboot swap, 115200 baud"),
    ),
    scanning=True,
)

HEADER = HeaderFacts(
    "sensor-7",
    (
        ChipFacts("Bluetooth", Tone.ACCENT),
        ChipFacts("MCUboot, swap: can roll back"),
        ChipFacts("Zephyr 4.4.0"),
        ChipFacts("4 buffers × 384 B"),
    ),
    ChipFacts("Connected", Tone.OK, dot=True),
    LinkButton.DISCONNECT,
)

RUNNING = ChipFacts("running", Tone.ACCENT, hint="The device runs this image now")
CONFIRMED = ChipFacts("confirmed", Tone.OK, hint="Stays after the next restart")

OLD = SlotBarFacts(
    "Slot 0", "1.3.0", (RUNNING, CONFIRMED), 480_000, 512, 209_800, 3_988, 8_000, OLD_HASH
)
EMPTY = SlotBarFacts("Slot 1", capacity=480_000, trailer=8_000)
RECEIVING = SlotBarFacts(
    "Slot 1",
    "1.4.2",
    (ChipFacts("receiving", Tone.ACCENT),),
    480_000,
    512,
    210_400,
    3_988,
    8_000,
    NEW_HASH,
    "sha",
    received=131_100,
)
NEW = SlotBarFacts(
    "Slot 0", "1.4.2", (RUNNING, CONFIRMED), 480_000, 512, 210_400, 3_988, 8_000, NEW_HASH
)


def slots(*views: SlotBarFacts, dimmed: bool = False, note: str = "") -> SlotsFacts:
    return SlotsFacts((ImageFacts("image 0", views),), dimmed=dimmed, note=note)


REST = slots(OLD, EMPTY)
OF_THE_RUNNING = (
    SlotAct("act:confirm:0:0", "Confirm 1.3.0…", "It is confirmed already"),
    SlotAct("act:restart:0:", "Restart the device…"),
    SlotAct("act:recovery:0:", "Restart into recovery…"),
)
OF_THE_OTHER = (
    SlotAct("act:go-back:0:1", "Restart with 1.2.0…"),
    SlotAct("act:test:0:1", "Test at the next restart…"),
    SlotAct("act:erase:0:1", "Erase the slot…"),
)
"""What a slot's menu offers."""
RECENT = (Path("/firmware/sensor_app_1.3.0.zip"), Path("/firmware/lamp_2.0.bin"))
FILE = FileFacts("sensor_app_1.4.2.zip", "MCUboot package · 1 image · 214.9 kB")
NO_FILE = FirmwareFacts(recent=RECENT)
LOADED = FirmwareFacts(FILE, RECENT)
LOCKED = FirmwareFacts(FILE, RECENT, locked="An update is running")

CHECKS = (
    CheckFacts(Tone.OK, "Signed by “field-2026”, trusted"),
    CheckFacts(Tone.OK, "Built for sensor_v2, as the device"),
    CheckFacts(Tone.OK, "Fits: 214.9 of 480 kB"),
    CheckFacts(Tone.OK, "Test first, roll back if it fails"),
)
PLAN = PlanFacts("1.3.0", "1.4.2", CHECKS, PlanButton.UPDATE, beside="about 35 s, then one restart")

STEPS = ("Check", "Upload", "Restart", "Verify", "Confirm")


def steps(done: int, now: StepState, notes: tuple[str, ...] = ()) -> tuple[StepFacts, ...]:
    """The five steps: `done` of them done, the next one in state `now`."""
    states = [StepState.DONE] * done + [now] + [StepState.PENDING] * 5
    padded = (*notes, "", "", "", "", "")
    return tuple(StepFacts(*row) for row in zip(STEPS, states, padded, strict=False))


def upload(until: float, *, seed: int = 7) -> tuple[list[float], list[float]]:
    """Times and rates of a made-up upload with a dip at 10.6 s."""
    chance = random.Random(seed)
    times = [0.1 * at for at in range(round(until * 10) + 1)]
    rates, drift = [], 0.0
    for time in times:
        drift = 0.8 * drift + chance.uniform(-90, 90)
        rise = min(1.0, time / 1.6) ** 0.7
        dip = 1 - 0.68 * math.exp(-(((time - 10.6) / 0.45) ** 2))
        rates.append(max(0.0, (7_150 + drift) * rise * dip))
    return times, rates


RESENT = Mark(10.6, MarkKind.RESENT, "2 resent")


def graph(until: float, *, running: bool = True) -> GraphFacts:
    times, rates = upload(until)
    return GraphFacts(times, rates, (RESENT,), LIMIT, 6_900, 31.0, running)


def in_trouble(now: float, *, until: float | None = None) -> GraphFacts:
    """As `graph`, but the device says nothing from 15 s on."""
    times, rates = upload(now)
    end = until or now
    rates = [0.0 if 15.0 < t < end + 0.4 else r for t, r in zip(times, rates, strict=True)]
    words = f"no answer for {end - 15:.0f} s"
    gap = Gap(15.0, end, words)
    return GraphFacts(times, rates, (RESENT,), LIMIT, 5_100, None, True, (gap,), now)


SILENT = RunFacts(
    steps(1, StepState.CURRENT),
    UploadFigures(0.61, 0.0, None, 5_100, 6, trouble="No answer for 5 s, asking again, 3rd time"),
    in_trouble(20.0),
)
UPLOADING = RunFacts(
    steps(1, StepState.CURRENT),
    UploadFigures(0.61, 7_100, 12, 6_900, 2, "then a restart of about 10 s"),
    graph(18.9),
)
DONE = RunFacts(
    steps(5, StepState.DONE, ("", "31 s", "9 s", "", "")),
    DoneFigures(6_900, 214_900, 31, 9, 2, 2),
    graph(31.0, running=False),
)
QUIET = FooterFacts("All quiet")


_SIGNED = "Signed (ECDSA P-256, key e4e097dedc8224fb): no key here to check it against"
APPLICATION = ImageLineFacts(
    "Application",
    "1.3.0",
    "2.1.0",
    "214.9 kB",
    f"{_SIGNED} · Fits: 214.9 kB, and slot 1 takes 480.0 kB · Test first, roll back if it fails",
)
NETWORK = ImageLineFacts(
    "Network core",
    "1.0.0",
    "1.4.0",
    "60.1 kB",
    f"{_SIGNED} · Fits: 60.1 kB, and slot 1 of image 1 takes 262.1 kB",
    (CheckFacts(Tone.WARN, "Permanent: there is no way back"),),
)
MODEM = ImageLineFacts(
    "Image 2",
    "10.120.65535.4294967295",
    "10.121.65535.4294967295",
    "1.21 MB",
    "Signed with “customer-release-2026” · Fits: 1.21 MB, and slot 1 of image 2 takes 1.44 MB",
    (
        CheckFacts(Tone.WARN, "Made for nrf9160dk_nrf9160; the device is an nrf5340dk/nrf5340"),
        CheckFacts(Tone.WARN, "Permanent: there is no way back"),
    ),
)
"""Images of a package, as they are planned."""
_CORE = replace(OLD, version="1.0.0", capacity=262_144, code=60_100)
_CORE_EMPTY = replace(EMPTY, capacity=262_144)
_CORE_NEW = replace(_CORE, version="1.4.0", digest=NEW_HASH)


def two_cores(
    application: tuple[SlotBarFacts, ...], network: tuple[SlotBarFacts, ...]
) -> SlotsFacts:
    return SlotsFacts(
        (
            ImageFacts("Image 0: application", application),
            ImageFacts("Image 1: network core", network),
        )
    )


TWO_CORES = two_cores((OLD, EMPTY), (_CORE, _CORE_EMPTY))
PACKAGE = FileFacts("two_cores_2.1.0.zip", "Firmware package · 2 images · 275 kB")
LONG_PACKAGE = FileFacts(
    "a_customer_product_variant_with_a_very_long_name_dfu_application_2.1.0+build.77.zip",
    "Firmware package · 3 images · Lamp of the second generation · 1.49 MB",
)
PACKAGE_PLAN = PlanFacts(
    "1.3.0, 1.0.0",
    "2.1.0, 1.4.0",
    button=PlanButton.UPDATE,
    beside="about 35 s, then one restart",
    consent="Network core: The new image stays even if it does not run.",
    images=(APPLICATION, NETWORK),
)


def _ended(image: ImageLineFacts, tone: Tone, words: str) -> ImageLineFacts:
    return replace(image, good="", checks=(CheckFacts(tone, words),))


_RUNS = "Runs, confirmed"


@dataclass(frozen=True)
class Scene:
    """One state of the window."""

    devices: DeviceListFacts = DEVICES
    selected: str = SENSOR
    header: HeaderFacts | None = HEADER
    banner: BannerFacts | None = None
    slots: SlotsFacts = REST
    firmware: FirmwareFacts = NO_FILE
    plan: PlanFacts | None = None
    run: RunFacts | None = None
    footer: FooterFacts = QUIET
    sheet: SheetFacts | None = None
    """Several devices in place of one."""
    round: RoundFacts | None = None
    after: Callable[[MainWindow], None] | None = None

    def spoken(self) -> Scene:
        """In the language of the program, as far as it says such things."""
        return self if current() is english else current().spoken(worded(self))

    def put_on(self, window: MainWindow) -> None:
        self.spoken()._put_on(window)

    def _put_on(self, window: MainWindow) -> None:
        window.devices.present(self.devices)
        window.devices.present_round(self.round)
        window.show_together(self.sheet is not None)
        window.sheet.present(self.sheet)
        if self.sheet is None:
            window.devices.select(self.selected)
        else:
            window.devices.select_several(tuple(row.key for row in self.sheet.rows))
        window.header.present(self.header)
        window.banner.present(self.banner)
        window.slots.present(self.slots)
        window.firmware.present(self.firmware, self.plan)
        window.run.present(self.run)
        window.footer.present(self.footer)
        if self.after is not None:
            self.after(window)


def _rows(**changed: DeviceRow) -> DeviceListFacts:
    return replace(DEVICES, rows=tuple(changed.get(row.name, row) for row in DEVICES.rows))


def _with_log(window: MainWindow) -> None:
    start = 1_767_265_200.0
    said = (
        (LogLevel.INFO, "Connected, 4 buffers of 384 bytes, bootloader MCUboot in swap mode"),
        (LogLevel.INFO, "Upload of sensor_app_1.4.2.zip, image 0, 214 900 bytes"),
        (LogLevel.WARNING, "No answer for 0.4 s, sent again: upload at 74 240"),
        (LogLevel.WARNING, "No answer for 0.4 s, sent again: upload at 74 496"),
        (LogLevel.INFO, "Window 1 of 3, growing back"),
        (LogLevel.ERROR, "Image state was refused: no memory (group 1, code 2)"),
    )
    lines = [
        worded(LogLine(start + at * 0.731, level, words, "sensor-7"))
        for at, (level, words) in enumerate(said)
    ]
    window.log.append(current().spoken(lines))
    window.log.offer(DeviceLogFacts())
    window.open_drawer(Drawer.LOG)


def _refusing(window: MainWindow) -> None:
    window.firmware.zone.refuse(Text("One file at a time: these are {count}.", count=3))


def _hovering(window: MainWindow) -> None:
    window.firmware.zone.hover(Path("/firmware/sensor_app_1.4.2.zip"))


_AIR = replace(
    DEVICES,
    rows=(
        DEVICES.rows[0],
        replace(DEVICES.rows[1], gone=True),
        DeviceRow("ble:4", LinkKind.BLUETOOTH, "gate", "C0:DE:00:00:00:0A", -70),
        DeviceRow("ble:5", LinkKind.BLUETOOTH, "cellar", "C0:DE:00:00:00:0B", -95),
        DeviceRow(
            "ble:6",
            LinkKind.BLUETOOTH,
            "safe",
            "C0:DE:00:00:00:0C",
            chip=ChipFacts("pair", Tone.WARN),
        ),
        DeviceRow("ble:7", LinkKind.BLUETOOTH, "Phone", "C0:DE:00:00:00:0D", -77, minor=True),
        *DEVICES.rows[2:],
    ),
    groups={
        LinkKind.BLUETOOTH: GroupFacts(
            "Paused during the update",
            choice=Choice("Adapter: hci1", (ActionFacts("hci1", "hci1"),), "hci1"),
        )
    },
)
_NO_AIR = DeviceListFacts(
    DEVICES.rows[2:],
    groups={
        LinkKind.BLUETOOTH: GroupFacts(
            note="Bluetooth is switched off. Switch it on in the system's settings. In a terminal: "
            "rfkill unblock bluetooth; bluetoothctl power on",
            hint="Bluetooth is switched off. Serial ports and the network go on working.",
        )
    },
)

LONG = "Very long product name of a device in building 7, floor 3"

SCENES: dict[str, Scene] = {
    "bluetooth": Scene(devices=_AIR),
    "bluetooth-all": Scene(devices=replace(_AIR, all_shown=True, groups={})),
    "bluetooth-off": Scene(devices=_NO_AIR, selected=PORT),
    "added-by-hand": Scene(selected="udp:192.0.2.7"),
    "rest": Scene(),
    "no-device": Scene(
        selected="",
        header=None,
        slots=SlotsFacts(
            advice=AdviceFacts(
                "Choose a device",
                "Devices that can be reached appear on the left. A firmware file can be dropped "
                "before or after.",
                icon="device",
            )
        ),
    ),
    "nothing-found": Scene(
        devices=DeviceListFacts(
            scanning=True,
            empty={
                LinkKind.BLUETOOTH: "Bluetooth is switched off",
                LinkKind.SERIAL: "No serial port. Plug the device in by USB.",
                LinkKind.NETWORK: "Add a device by its address",
            },
        ),
        selected="",
        header=None,
        slots=SlotsFacts(
            advice=AdviceFacts(
                "No device found yet",
                "Still looking. What mostly helps:",
                (
                    "Bluetooth: switch it on, bring the device near, wake it up.",
                    "USB: use a cable that carries data; not every one does.",
                    "Network: add the device by its address.",
                ),
                icon="search",
                actions=(
                    ActionFacts("bluetooth", "Switch Bluetooth on"),
                    ActionFacts("demo", "Try a simulated device"),
                ),
            )
        ),
    ),
    "other-rate": Scene(
        selected=PORT,
        header=HeaderFacts(
            "USB serial",
            (ChipFacts("Serial", Tone.ACCENT), ChipFacts("57600 baud"), ChipFacts("raw")),
            ChipFacts("Trying 57600 baud, raw", Tone.ACCENT, dot=True),
            port=PortButton.OPEN,
        ),
        slots=SlotsFacts(advice=TRYING),
    ),
    "port-shut": Scene(header=replace(HEADER, button=LinkButton.NONE, port=PortButton.SHUT)),
    "no-permission": Scene(
        selected=PORT,
        header=HeaderFacts(
            "USB serial",
            (ChipFacts("Serial", Tone.ACCENT), ChipFacts("/dev/ttyUSB0"), ChipFacts("0403:6001")),
            ChipFacts("No permission", Tone.WARN, icon="lock"),
        ),
        slots=SlotsFacts(
            advice=AdviceFacts(
                "This user may not open ttyUSB0",
                "Linux gives serial ports to the group “dialout”, and this user is not in it.",
                ("Run this once in a terminal:", "Log out and in again, then choose the port."),
                "sudo usermod -aG dialout $USER",
                Tone.WARN,
                "lock",
                (ActionFacts("retry", "Try again", "refresh"),),
            )
        ),
    ),
    "reading": Scene(
        header=replace(HEADER, chips=HEADER.chips[:1], state=ChipFacts("Connecting", Tone.ACCENT)),
        slots=SlotsFacts(
            advice=AdviceFacts("Asking the device", "Slots, versions and bootloader.", icon="clock")
        ),
        firmware=FirmwareFacts(reading="sensor_app_1.4.2.zip"),
    ),
    "ready": Scene(firmware=LOADED, plan=PLAN),
    "slot-acts": Scene(
        slots=slots(
            replace(OLD, acts=OF_THE_RUNNING),
            replace(
                OLD,
                title="Slot 1",
                version="1.2.0",
                chips=(ChipFacts("next, as a test", Tone.WARN),),
                acts=OF_THE_OTHER,
            ),
        ),
        banner=BannerFacts(
            Tone.OK,
            "1.2.0 in slot 1 starts at the next restart, as a test",
            "At 14:05.",
            closable=True,
        ),
    ),
    "slot-acts-locked": Scene(
        header=replace(
            HEADER, state=ChipFacts("Erasing", Tone.ACCENT, dot=True), button=LinkButton.NONE
        ),
        slots=replace(
            slots(replace(OLD, acts=OF_THE_RUNNING), replace(EMPTY, acts=OF_THE_OTHER)),
            acts_locked="Something is done to the device: wait until that has ended",
        ),
    ),
    "act-refused": Scene(
        slots=slots(replace(OLD, acts=OF_THE_RUNNING), replace(EMPTY, acts=OF_THE_OTHER)),
        banner=BannerFacts(
            Tone.BAD,
            "Not restarted",
            "The device refused the restart. Something else holds what the request needs. Wait "
            "until the device has done what it is about, then try it again, or insist on the "
            "restart. At 14:05.",
            (ActionFacts("act-force", "Restart all the same", "restart"),),
            closable=True,
        ),
    ),
    "hovering": Scene(after=_hovering),
    "refusing": Scene(after=_refusing),
    "forbidden": Scene(
        firmware=LOADED,
        plan=replace(
            PLAN,
            checks=(
                CheckFacts(Tone.OK, "Signed by “field-2026”, trusted"),
                CheckFacts(Tone.BAD, "Built for lamp_v1, the device is a sensor_v2"),
                CheckFacts(Tone.OK, "Fits: 214.9 of 480 kB"),
                CheckFacts(Tone.OK, "Test first, roll back if it fails"),
            ),
            forbidden="This file is for another product.",
        ),
    ),
    "consent": Scene(
        header=replace(
            HEADER,
            chips=(HEADER.chips[0], ChipFacts("MCUboot, overwrite only"), *HEADER.chips[2:]),
        ),
        firmware=LOADED,
        plan=replace(
            PLAN,
            now="1.4.2",
            then="1.3.0",
            checks=(
                CheckFacts(Tone.WARN, "Not signed; this bootloader does not ask for it"),
                CheckFacts(Tone.WARN, "Older than what runs now"),
                CheckFacts(Tone.OK, "Fits: 214.9 of 480 kB"),
                CheckFacts(Tone.WARN, "No way back: the bootloader overwrites"),
            ),
            consent="I know that the device cannot return to 1.4.2 by itself.",
        ),
    ),
    "uploading": Scene(
        devices=_rows(
            **{"sensor-7": replace(DEVICES.rows[0], progress=0.61)},
        ),
        slots=slots(OLD, RECEIVING),
        firmware=LOCKED,
        plan=replace(PLAN, button=PlanButton.CANCEL, beside=""),
        run=UPLOADING,
    ),
    "silent": Scene(
        devices=_rows(
            **{"sensor-7": replace(DEVICES.rows[0], progress=0.61, progress_words="no answer")},
        ),
        header=replace(HEADER, state=ChipFacts("No answer", Tone.WARN), button=LinkButton.NONE),
        slots=slots(OLD, RECEIVING),
        firmware=LOCKED,
        plan=replace(PLAN, button=PlanButton.CANCEL, beside=""),
        run=SILENT,
    ),
    "started-over": Scene(
        slots=slots(OLD, RECEIVING),
        firmware=LOCKED,
        plan=replace(PLAN, button=PlanButton.CANCEL, beside=""),
        run=RunFacts(
            steps(1, StepState.CURRENT),
            UploadFigures(
                0.08,
                7_000,
                24,
                3_100,
                8,
                trouble="The device lost the upload: sending from the beginning, 2nd time",
            ),
            replace(
                in_trouble(41.0, until=24.0),
                marks=(
                    RESENT,
                    Mark(24.0, MarkKind.RECONNECTED, "connected again"),
                    Mark(25.0, MarkKind.STARTED_OVER, "2nd beginning", 2),
                    Mark(33.0, MarkKind.RESENT, "1 resent"),
                    Mark(36.0, MarkKind.RESENT, "2 resent", 2),
                ),
            ),
        ),
    ),
    "quick": Scene(
        slots=slots(OLD, RECEIVING),
        firmware=LOCKED,
        plan=replace(PLAN, button=PlanButton.ANOTHER, beside="", checks=(), is_over=True),
        run=RunFacts(
            steps(5, StepState.DONE, ("", "0.4 s", "2.1 s", "10 s", "")),
            DoneFigures(520_000, 214_900, 0.4, 2.1, 10.1),
            GraphFacts([0.0, 0.41], [520_000, 520_000], mean=520_000, running=False, elapsed=0.41),
        ),
    ),
    "erasing": Scene(
        slots=slots(OLD, replace(RECEIVING, received=0)),
        firmware=LOCKED,
        plan=replace(PLAN, button=PlanButton.CANCEL, beside=""),
        run=RunFacts(
            steps(1, StepState.CURRENT),
            WaitFigures("The device erases the slot before it takes the first piece", 40, True),
            GraphFacts(limit=LIMIT, expected=31),
        ),
    ),
    "restarting": Scene(
        devices=_rows(
            **{
                "sensor-7": replace(
                    DEVICES.rows[0], progress=0.9, progress_words="restarting", signal=None
                )
            }
        ),
        header=replace(
            HEADER,
            state=ChipFacts("Restarting, 9 s left", Tone.ACCENT, icon="restart"),
            button=LinkButton.NONE,
        ),
        slots=slots(
            OLD, replace(RECEIVING, received=None, chips=(ChipFacts("test next"),)), dimmed=True
        ),
        firmware=LOCKED,
        plan=replace(PLAN, button=PlanButton.NONE, beside="Do not cut the power now."),
        run=RunFacts(
            steps(2, StepState.CURRENT, ("", "31 s")),
            WaitFigures("The bootloader swaps the images. Do not cut the power.", 9),
            graph(31.0, running=False),
        ),
    ),
    "verdict-ok": Scene(
        banner=BannerFacts(
            Tone.OK,
            "Running 1.4.2, confirmed",
            "Was 1.3.0. Checked on the device after the restart: the active image is this file. "
            f"{wording.duration(72)}.",
            (ActionFacts("report", "Save report"),),
        ),
        slots=slots(NEW, replace(OLD, title="Slot 1", chips=(ChipFacts("previous"),))),
        firmware=LOADED,
        plan=replace(PLAN, button=PlanButton.ANOTHER, beside="", checks=(), is_over=True),
        run=DONE,
    ),
    "verdict-refused": Scene(
        banner=BannerFacts(
            Tone.BAD,
            "Not updated: still running 1.3.0",
            "The bootloader refused the new image after the restart. Most often it was signed "
            "with a key that this device does not know. The device is safe.",
            (ActionFacts("key", "Show the key"), ActionFacts("details", "Details")),
            help="verdicts#refused-at-boot",
        ),
        firmware=LOADED,
        plan=replace(PLAN, button=PlanButton.TRY_AGAIN, beside="", checks=(), is_over=True),
        run=RunFacts(steps(3, StepState.FAILED)),
    ),
    "verdict-unknown": Scene(
        devices=_rows(
            **{
                "sensor-7": replace(
                    DEVICES.rows[0], signal=None, gone=True, detail="not seen for 2 min"
                )
            }
        ),
        header=replace(
            HEADER,
            state=ChipFacts("Not reachable", Tone.WARN, dot=True),
            button=LinkButton.CONNECT,
        ),
        banner=BannerFacts(
            Tone.WARN,
            "Unknown: sensor-7 has not come back",
            "1.4.2 was sent whole and marked for a test. If it does not start, the bootloader "
            "goes back to 1.3.0 by itself. Bring the device near or switch it off and on.",
            (ActionFacts("again", "Look again"), ActionFacts("details", "Details")),
            help="verdicts#never-back",
        ),
        slots=slots(
            OLD,
            replace(RECEIVING, received=None, chips=(ChipFacts("test next"),)),
            dimmed=True,
            note="As read before the restart, 2 min ago.",
        ),
        firmware=LOADED,
        plan=replace(PLAN, button=PlanButton.NONE),
        run=RunFacts(steps(2, StepState.UNKNOWN, ("", "31 s"))),
    ),
    "verdict-rolled-back": Scene(
        banner=BannerFacts(
            Tone.BAD,
            "Not updated: rolled back to 1.3.0",
            "1.4.2 started but did not answer within 60 s, so the device was restarted and the "
            "bootloader put 1.3.0 back. It runs and is confirmed.",
            (ActionFacts("log", "Show the log"), ActionFacts("report", "Save report")),
            icon="rollback",
        ),
        slots=slots(OLD, replace(NEW, title="Slot 1", chips=(ChipFacts("failed its test"),))),
        firmware=LOADED,
        plan=replace(PLAN, button=PlanButton.TRY_AGAIN, beside="", checks=(), is_over=True),
        run=RunFacts(
            steps(3, StepState.FAILED, ("", "31 s", "9 s")),
            DoneFigures(6_900, 214_900, 31, 9, 60, 2),
            graph(31.0, running=False),
        ),
    ),
    "verdict-cancelled": Scene(
        banner=BannerFacts(
            Tone.NEUTRAL,
            "Cancelled at 61 %. Still running 1.3.0",
            "The device keeps the 131.1 kB it has: the same file goes on from there.",
            icon="stop",
            closable=True,
        ),
        slots=slots(OLD, replace(RECEIVING, chips=(ChipFacts("unfinished", Tone.WARN),))),
        firmware=LOADED,
        plan=replace(PLAN, button=PlanButton.UPDATE, beside="about 15 s, then one restart"),
        run=RunFacts(steps(1, StepState.STOPPED)),
    ),
    "unmeasured": Scene(
        slots=SlotsFacts(
            (
                ImageFacts(
                    "image 0: application",
                    (
                        SlotBarFacts("Slot 0", "1.3.0", (RUNNING, CONFIRMED), digest=OLD_HASH),
                        SlotBarFacts(
                            "Slot 1",
                            "255.255.65535.4294967295",
                            (ChipFacts("pending test", Tone.WARN), ChipFacts("not bootable")),
                            capacity=480_000,
                            trailer=8_000,
                        ),
                    ),
                ),
                ImageFacts(
                    "image 1: network core",
                    (replace(OLD, chips=(RUNNING,)), replace(EMPTY, capacity=None)),
                ),
            )
        ),
    ),
    "package": Scene(slots=TWO_CORES, firmware=FirmwareFacts(PACKAGE), plan=PACKAGE_PLAN),
    "package-three": Scene(
        slots=SlotsFacts(
            (
                *TWO_CORES.images,
                ImageFacts("Image 2", (replace(OLD, version=MODEM.now), EMPTY)),
            )
        ),
        firmware=FirmwareFacts(LONG_PACKAGE),
        plan=replace(
            PACKAGE_PLAN,
            checks=(
                CheckFacts(Tone.NEUTRAL, "mcuboot.bin is for the bootloader and is left out"),
                CheckFacts(Tone.WARN, "Its manifest image is for other versions"),
            ),
            consent="Network core: The new image stays even if it does not run. Image 2: Made for "
            "nrf9160dk_nrf9160; firmware that is made for other hardware may harm what is "
            "connected to it.",
            help="checks#board-differs",
            images=(APPLICATION, NETWORK, MODEM),
        ),
    ),
    "package-uploading": Scene(
        devices=_rows(**{"sensor-7": replace(DEVICES.rows[0], progress=0.61)}),
        slots=two_cores(
            (OLD, replace(RECEIVING, version="2.1.0", received=107_650)),
            (_CORE, replace(_CORE_NEW, title="Slot 1", chips=(ChipFacts("received"),))),
        ),
        firmware=FirmwareFacts(PACKAGE, locked="An update is running"),
        plan=replace(PACKAGE_PLAN, button=PlanButton.CANCEL, beside=""),
        run=replace(
            UPLOADING,
            figures=UploadFigures(
                0.61, 7_100, 12, 6_900, 2, "Application, 2 of 2 · then a restart of about 10 s"
            ),
        ),
    ),
    "package-good": Scene(
        banner=BannerFacts(
            Tone.OK,
            "Application 2.1.0 and network core 1.4.0 run, confirmed",
            "Before the update: application 1.3.0 and network core 1.0.0. Each of them: Checked on "
            "the device after the restart: the active image is this file. At 14:05, after 58 s.",
            (ActionFacts("report", "Save report", "save"),),
            closable=True,
        ),
        slots=two_cores(
            (replace(NEW, version="2.1.0"), replace(OLD, title="Slot 1", chips=())),
            (_CORE_NEW, replace(_CORE, title="Slot 1", chips=())),
        ),
        firmware=FirmwareFacts(PACKAGE),
        plan=replace(
            PACKAGE_PLAN,
            button=PlanButton.ANOTHER,
            beside="",
            consent="",
            is_over=True,
            images=(
                _ended(APPLICATION, Tone.OK, _RUNS),
                _ended(NETWORK, Tone.OK, _RUNS),
            ),
        ),
        run=DONE,
    ),
    "package-half": Scene(
        devices=_rows(
            **{
                "sensor-7": replace(
                    DEVICES.rows[0],
                    chip=ChipFacts("in part", Tone.BAD),
                    note="14:05 updated in part, to 1.4.0",
                )
            }
        ),
        banner=BannerFacts(
            Tone.BAD,
            "Updated in part: network core runs 1.4.0 and application still runs 1.3.0",
            "Application: 2.1.0 was started but did not hold: the device restarted by itself and "
            "returned to the old image. The device is safe. 1.4.0 runs as network core. Give this "
            "report to the firmware's author; do not try the same file again. At 14:05.",
            (ActionFacts("report", "Save report", "save"),),
            closable=True,
            help="verdicts#not-held",
        ),
        slots=two_cores(
            (OLD, replace(NEW, title="Slot 1", version="2.1.0", chips=(ChipFacts("stored"),))),
            (_CORE_NEW, replace(_CORE, title="Slot 1", chips=())),
        ),
        firmware=FirmwareFacts(replace(LONG_PACKAGE, detail=PACKAGE.detail)),
        plan=replace(
            PACKAGE_PLAN,
            button=PlanButton.UPDATE,
            forbidden="Choose another file first",
            consent="",
            is_over=True,
            images=(
                _ended(
                    APPLICATION,
                    Tone.BAD,
                    "Still runs 1.3.0 · Stored, and not marked to be started",
                ),
                _ended(NETWORK, Tone.OK, _RUNS),
            ),
        ),
        run=RunFacts(steps(3, StepState.FAILED, ("", "31 s", "9 s"))),
    ),
    "long-names": Scene(
        devices=_rows(
            **{
                "sensor-7": replace(
                    DEVICES.rows[0],
                    name=LONG,
                    detail="a serial number as long as can be 0123456789",
                )
            }
        ),
        header=replace(HEADER, name=LONG),
        firmware=FirmwareFacts(
            FileFacts(
                "customer_product_variant_board_revision_with_a_very_long_name_1.4.2+build.77.zip",
                "MCUboot package · 4 images · 1.49 MB · made on 2026-11-20 by the build server",
            )
        ),
        plan=replace(PLAN, now="10.120.65535.4294967295", then="10.121.65535.4294967295"),
    ),
    "next-unit": Scene(
        devices=_rows(
            **{"nRF52840 DK": replace(DEVICES.rows[2], chip=ChipFacts("next unit", Tone.ACCENT))}
        ),
        selected="serial:1",
        header=HeaderFacts(
            "nRF52840 DK",
            (ChipFacts("Serial", Tone.ACCENT),),
            ChipFacts("Waiting for the next unit", Tone.ACCENT, dot=True),
        ),
        slots=SlotsFacts(
            advice=AdviceFacts(
                "Waiting for the next unit",
                "The unit that was at nRF52840 DK is forgotten.",
                (
                    "Take it away, and put the next one in its place.",
                    "sensor_app_1.4.2.zip stays chosen: then press Update.",
                ),
                tone=Tone.ACCENT,
                icon="plug",
                actions=(ActionFacts("next", "It is there", "check"),),
                ordered=True,
            )
        ),
        firmware=LOADED,
        plan=PlanFacts(
            then="1.4.2", button=PlanButton.UPDATE, forbidden="Waiting for the next unit"
        ),
    ),
    "several": Scene(
        devices=several.listed(several.THREE),
        header=several.HEADER_OF_THREE,
        firmware=LOADED,
        plan=PlanFacts(
            button=PlanButton.UPDATE,
            beside="2 devices, 1 left out: why stands in the table",
            consent="For A very long product name of a sensor in building 7: No way back: the "
            "bootloader overwrites. The new image stays even if it does not run.",
            other=ActionFacts("free", "Only the other one", hint="Those that ask for nothing"),
            compact=True,
        ),
        sheet=several.SHEET_OF_THREE,
    ),
    "several-at-work": Scene(
        devices=several.listed(several.TWENTY),
        header=several.HEADER_OF_TWENTY,
        firmware=LOCKED,
        plan=PlanFacts(
            button=PlanButton.CANCEL,
            beside="4 at work, 4 wait for their turn",
            other=ActionFacts("more", "Update 2 more"),
            compact=True,
        ),
        sheet=several.SHEET_OF_TWENTY,
        round=several.ROUND,
    ),
    "several-done": Scene(
        devices=several.listed(several.TWENTY),
        header=HeaderFacts("20 devices"),
        banner=BannerFacts(
            Tone.BAD,
            "8 of 20 done, 1 failed",
            "Not done: sensor-9. Left out: sensor-10, sensor-11, sensor-12. Why stands in the "
            "table.",
            closable=True,
        ),
        firmware=LOADED,
        plan=PlanFacts(
            button=PlanButton.UPDATE,
            forbidden="Nothing is left that can be updated: why stands in the table",
            compact=True,
        ),
        sheet=several.SHEET_OF_TWENTY,
        round=replace(several.ROUND, is_shown=False),
    ),
    "log": Scene(
        slots=slots(OLD, RECEIVING),
        firmware=LOCKED,
        plan=replace(PLAN, button=PlanButton.CANCEL, beside=""),
        run=UPLOADING,
        after=_with_log,
    ),
}
