"""Devices to choose from: what is built into them, how fast they are, how they are reached.

`PROFILES` by name; `profile("demo", version="2.0.0", speed=10)` takes one and changes fields.
Numbers are those of common parts: 4 KiB blocks that take 85 ms to erase and 10 us a byte to
write (nRF52), a boot of about a second, Zephyr's default buffers.
"""

from __future__ import annotations

import dataclasses
import math
from typing import Any

from smp.errors import AddressError
from smp.simulator.keys import DEMO_PUBLIC_PEM
from smp.simulator.os_group import SystemFacts
from smp.simulator.product import Extras
from smp.simulator.store import Mode
from smp.simulator.traits import KB, Framing, Loader, Profile, System
from smp.text import Coded, Text

_MYNEWT: dict[str, Any] = {
    "system": System.MYNEWT,
    "boot_log": False,
    "has_params": False,
    "has_bootloader_info": False,
    "has_slot_info": False,
    "allow_erase_pending": False,
    "progressive_erase": True,
    "mode": Mode.SWAP_SCRATCH,
}
"""What a common Mynewt is: sectors are erased when the data gets there."""


def _profiles() -> dict[str, Profile]:
    demo = Profile(
        name="demo",
        title=Text("Demo board"),
        description=Text("Serial port at 115200 baud, MCUboot swaps and can go back"),
        baud=115200,
        facts=SystemFacts(node="demo-board"),
    )
    fast = dataclasses.replace(
        demo,
        name="fast",
        title=Text("Fast board"),
        description=Text("The demo board without its waits"),
        baud=None,
        rx_line_buffers=64,
        boot_log=False,
        speed=1000.0,
    )

    def like(base: Profile, name: str, title: Text, description: Text, **changes: Any) -> Profile:
        return dataclasses.replace(base, name=name, title=title, description=description, **changes)

    made = [
        demo,
        fast,
        like(
            demo,
            "swap-scratch",
            Text("Scratch board"),
            Text("Swaps through a scratch area; older MCUboot"),
            mode=Mode.SWAP_SCRATCH,
        ),
        like(demo, "swap-move", Text("Move board"), Text("Swaps by moving"), mode=Mode.SWAP_MOVE),
        like(
            demo,
            "swap-offset",
            Text("Offset board"),
            Text("Swaps using an offset; newer MCUboot, lists no old image after a confirm"),
            mode=Mode.SWAP_OFFSET,
        ),
        like(
            demo,
            "overwrite-only",
            Text("Overwriting board"),
            Text("Copies the update over the running image; there is no way back"),
            mode=Mode.OVERWRITE_ONLY,
        ),
        like(
            demo,
            "ram-load",
            Text("RAM board"),
            Text("Runs the newest image from RAM; knows no test and no confirm"),
            mode=Mode.RAM_LOAD,
            ram_address=0x2000_8000,
        ),
        like(
            demo,
            "direct-xip",
            Text("Two-slot board"),
            Text("Runs the newest image where it lies"),
            mode=Mode.DIRECT_XIP,
        ),
        like(
            demo,
            "direct-xip-revert",
            Text("Two-slot board that can go back"),
            Text("Runs the newest image where it lies, and goes back unless it is confirmed"),
            mode=Mode.DIRECT_XIP_REVERT,
        ),
        like(
            demo,
            "direct-xip-pair",
            Text("Pair board"),
            Text("Runs images where they lie, each built for the address of its slot"),
            mode=Mode.DIRECT_XIP_REVERT,
            fixed_address=True,
        ),
        like(
            demo,
            "ram-load-revert",
            Text("RAM board that can go back"),
            Text("Runs the newest image from RAM, goes back unless it is confirmed; tells no mode"),
            mode=Mode.RAM_LOAD_REVERT,
            ram_address=0x2000_8000,
            tells_mode=False,
        ),
        like(
            demo,
            "single-slot",
            Text("One-slot board"),
            Text("One slot: its firmware cannot replace itself"),
            mode=Mode.SINGLE_SLOT,
        ),
        like(
            demo,
            "product",
            Text("Finished product"),
            Text("On USB; keeps settings such as a serial number, has statistics and a shell"),
            buf_size=1024,
            baud=None,
            link="rate=600kB/s,latency=1ms",
            rx_line_buffers=32,
            boot_log=False,
            vanishes=True,
            renames=True,
            facts=SystemFacts(node="product", board="sensor2/nrf52840"),
            extras=Extras(),
        ),
        like(
            demo,
            "firmware-loader",
            Text("Loader board"),
            Text("Restarts into a firmware loader, which takes the application; serial port"),
            mode=Mode.FIRMWARE_LOADER,
            loader=Loader(),
        ),
        like(
            demo,
            "loader-button",
            Text("Loader board with a button"),
            Text("Its firmware loader starts only with its button"),
            mode=Mode.FIRMWARE_LOADER,
            loader=Loader(on_request=False),
        ),
        like(
            demo,
            "two-cores",
            Text("Two-core board"),
            Text("An application and a network core, each with an image of its own"),
            images=2,
            slot_size=256 * KB,
            buf_size=1024,
            facts=SystemFacts(node="two-core-board", board="nrf5340dk/nrf5340/cpuapp"),
        ),
        like(
            demo,
            "hidden-core",
            Text("Hidden-core board"),
            Text("Two cores; it overwrites, and does not list what its network core runs"),
            images=2,
            slot_size=256 * KB,
            buf_size=1024,
            mode=Mode.OVERWRITE_ONLY,
            lists_cores=False,
            facts=SystemFacts(node="hidden-core-board", board="nrf5340dk/nrf5340/cpuapp"),
        ),
        like(
            demo,
            "udp",
            Text("Network board"),
            Text("UDP, two large buffers"),
            framing=Framing.UDP,
            baud=None,
            link="latency=2ms",
            buf_size=2048,
            buf_count=2,
            write_time=2e-6,
            facts=SystemFacts(node="network-board", board="frdm_k64f/mk64f12"),
        ),
        like(
            demo,
            "raw",
            Text("Raw-framing board"),
            Text("Serial port at 115200 baud without text and base64, packets only"),
            framing=Framing.RAW,
        ),
        like(
            demo,
            "usb",
            Text("USB board"),
            Text("USB serial port that goes away at a restart and comes back"),
            baud=None,
            link="rate=600kB/s,latency=1ms",
            rx_line_buffers=32,
            boot_log=False,
            vanishes=True,
            renames=True,
        ),
        like(
            demo,
            "one-buffer",
            Text("One-buffer board"),
            Text("One buffer of 1024 bytes and eight line buffers, as MCUboot's serial recovery"),
            buf_size=1024,
            buf_count=1,
            rx_line_buffers=8,
            answers_in_place=True,
        ),
        like(
            demo,
            "recovery",
            Text("Recovery board"),
            Text("Serial port at 115200 baud; restarts into MCUboot's serial recovery if asked to"),
            boot_log=False,
            recovery=True,
            has_boot_mode=True,
        ),
        like(
            demo,
            "recovery-usb",
            Text("USB recovery board"),
            Text("One slot, updated through MCUboot's serial recovery, which is another USB port"),
            baud=None,
            link="rate=600kB/s,latency=1ms",
            rx_line_buffers=32,
            boot_log=False,
            mode=Mode.SINGLE_SLOT,
            vanishes=True,
            renames=True,
            recovery=True,
            has_boot_mode=True,
            recovery_product=0x0001,
            recovery_progressive=True,
        ),
        like(
            demo,
            "big-buffers",
            Text("Big-buffer board"),
            Text("Serial port at 115200 baud, buffers of 1024 bytes"),
            buf_size=1024,
        ),
        like(
            demo,
            "ble-like",
            Text("Radio board"),
            Text("Bluetooth-like link: 30 ms round trip, 100 kB/s, reassembly"),
            framing=Framing.BLE,
            baud=None,
            link="latency=15ms,rate=100kB/s",
            buf_size=2475,
            write_time=2e-6,
            vanishes=True,
            facts=SystemFacts(node="radio-board"),
        ),
        like(
            demo,
            "loader-radio",
            Text("Radio board with a loader"),
            Text("Its firmware loader has another name and address, and ends with its connection"),
            framing=Framing.BLE,
            baud=None,
            link="latency=15ms,rate=100kB/s",
            buf_size=2475,
            write_time=2e-6,
            vanishes=True,
            facts=SystemFacts(node="loader-board"),
            mode=Mode.FIRMWARE_LOADER,
            loader=Loader(is_elsewhere=True, leaves=True),
        ),
        like(
            demo,
            "two-lines",
            Text("Two-line board"),
            Text("Console that is not paced, has two line buffers, and prints a log"),
            baud=None,
            line_drain_time=0.01,
            chatty=0.5,
            prompt=True,
        ),
        like(
            demo,
            "strict-key",
            Text("Strict board"),
            Text("Runs only images signed with the demo key"),
            key=DEMO_PUBLIC_PEM,
        ),
        like(
            demo,
            "noparams",
            Text("Board without parameters"),
            Text("Does not tell its buffer size"),
            has_params=False,
            has_bootloader_info=False,
            has_slot_info=False,
        ),
        like(
            demo,
            "v1-only",
            Text("Old board"),
            Text("Speaks the first version of the protocol only"),
            version_two=False,
            legacy_rc=True,
            has_params=False,
            has_bootloader_info=False,
            has_slot_info=False,
        ),
        like(
            demo,
            "mynewt",
            Text("Mynewt board"),
            Text("Apache Mynewt, its shell on a serial port at 115200 baud"),
            **_MYNEWT,
            prompt=True,
        ),
        like(
            demo,
            "mynewt-uart",
            Text("Mynewt board with a UART"),
            Text("Apache Mynewt, a serial port of its own at 115200 baud that holds one line"),
            **_MYNEWT,
            dedicated_uart=True,
        ),
    ]
    return {profile.name: profile for profile in made}


PROFILES = _profiles()


def profile(name: str, **changes: Any) -> Profile:
    """A profile by name, with fields changed. Raises `AddressError` for an unknown name."""
    found = PROFILES.get(name)
    if found is None:
        raise AddressError(
            Coded("simulated-unknown-device", 'There is no simulated device "{name}"', name=name),
            next_step=Text("Choose one of {names}", names=", ".join(PROFILES)),
        )
    if not math.isfinite(changes.get("speed", 1.0)) or changes.get("speed", 1.0) <= 0:
        raise AddressError(
            Coded(
                "simulated-speed",
                "A simulated device's speed is a number above 0",
            )
        )
    return dataclasses.replace(found, **changes)
