"""Made-up facts of several devices at once, for `tests.gui.scenes`."""

from __future__ import annotations

from app.facts.devices import DeviceListFacts, DeviceRow, HeaderFacts, LinkKind
from app.facts.sheet import RoundFacts, SheetFacts, SheetRow
from app.facts.words import ChipFacts
from app.lib.tone import Tone

READY = ChipFacts("ready", Tone.OK)
WAITS = ChipFacts("waits", Tone.ACCENT)
UPDATED = ChipFacts("updated", Tone.OK)
THREE = (
    SheetRow(
        "serial:1",
        "nRF52840 DK",
        "1.3.0",
        "1.4.2",
        READY,
        "about 35 s, then one restart of about 9 s",
    ),
    SheetRow(
        "ble:2",
        "A very long product name of a sensor in building 7",
        "10.120.65535.4294967295",
        "10.121.65535.4294967295",
        ChipFacts("asks first", Tone.WARN),
        "No way back: the bootloader overwrites. The new image stays even if it does not run",
        Tone.WARN,
    ),
    SheetRow(
        "ble:3",
        "lamp-3",
        "",
        "1.4.2",
        ChipFacts("pair", Tone.WARN),
        "It has to be paired first: choose it alone",
        Tone.WARN,
        gone=True,
    ),
)


def _twenty() -> tuple[SheetRow, ...]:
    rows = []
    for at in range(20):
        key, name = f"serial:{at}", f"sensor-{at + 1}"
        if at < 8:
            row = SheetRow(key, name, "1.4.2", "1.4.2", UPDATED, "14:05 Running 1.4.2, confirmed")
        elif at == 8:
            words = (
                "14:06 Not updated: still running 1.3.0. The bootloader refused the new image "
                "after the restart"
            )
            failed = ChipFacts("not updated", Tone.BAD)
            row = SheetRow(key, name, "1.3.0", "1.4.2", failed, words, Tone.BAD)
        elif at < 13:
            words = "restarting" if at == 10 else ""
            row = SheetRow(
                key,
                name,
                "1.3.0",
                "1.4.2",
                None,
                "12 s left",
                progress=0.2 * (at - 8),
                progress_words=words,
                can_cancel=True,
            )
        elif at < 17:
            words = "Waits for its turn: 4 at once over one Bluetooth adapter"
            row = SheetRow(key, name, "1.3.0", "1.4.2", WAITS, words, can_cancel=True)
        elif at == 17:
            none = ChipFacts("not possible", Tone.BAD)
            words = "Made for lamp_v1; the device is a sensor_v2"
            row = SheetRow(key, name, "2.0.0", "1.4.2", none, words, Tone.BAD)
        elif at == 18:
            next_one = ChipFacts("next unit", Tone.ACCENT)
            row = SheetRow(key, name, "", "1.4.2", next_one, "The next unit is waited for")
        else:
            away = ChipFacts("away", Tone.WARN)
            words = "No answer from /dev/ttyACM19"
            row = SheetRow(key, name, "", "1.4.2", away, words, Tone.WARN, gone=True)
        rows.append(row)
    return tuple(rows)


TWENTY = _twenty()
SHEET_OF_THREE = SheetFacts(THREE, can_ask=True, can_exchange=True)
SHEET_OF_TWENTY = SheetFacts(
    TWENTY,
    "8 of 20 done, 1 failed",
    has_lines=True,
    can_ask=True,
    can_exchange=True,
)
ROUND = RoundFacts("8 of 20 done, 1 failed", any_failed=True, is_shown=True)
HEADER_OF_THREE = HeaderFacts("3 devices")
HEADER_OF_TWENTY = HeaderFacts("20 devices", state=ChipFacts("4 at work", Tone.ACCENT, dot=True))


def listed(rows: tuple[SheetRow, ...]) -> DeviceListFacts:
    """The list beside them."""
    return DeviceListFacts(
        tuple(
            DeviceRow(
                row.key,
                LinkKind.BLUETOOTH if row.key.startswith("ble") else LinkKind.SERIAL,
                row.name,
                "ttyACM0",
                progress=row.progress,
                progress_words=row.progress_words,
                chip=row.chip if row.chip in (UPDATED, THREE[2].chip) else None,
                note="14:05 updated to 1.4.2" if row.chip is UPDATED else "",
            )
            for row in rows
        )
    )
