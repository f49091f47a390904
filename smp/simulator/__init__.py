"""A device that behaves like Zephyr on MCUboot: flash, slots, bootloader, SMP server, link.

In this process, on the running event loop (`sim:` addresses, the demo):

    host = SimulatorHost("demo", "loss=1%,seed=7")     # profile, link; or a SimulatedDevice
    port = host.attach(on_output, on_gone, on_back)    # switches the device on
    port.write(data)                                   # bytes, or one message (UDP, BLE)
    host.power_off(), host.power_on(), host.press_reset(), host.close()

For other programs: `async with serve("pty", "demo") as served: print(served.address)`.
On a made-up clock, without asyncio: `Bench("fast").ask(0, 0, {"d": "hi"})`.

    flash       erase blocks, write units, wear, power cuts
    slots       areas of the flash                store       what the slots hold
    trailer     writing trailers, swap status     swap        exchanging slots
    validate    hash, signature, counter          bootloader  MCUboot's decisions at boot
    builder     making MCUboot images             factory     firmware files for a profile
    firmware    words that tell an image how to behave
    cbor        strict in, peculiar out           server      headers, versions, errors
    os_group, image_group, upload, settings_group
    worker      work queue and its pool of buffers
    port, uart  UDP, BLE; console and raw UART    console     what is printed besides SMP
    application the running firmware              device      power, resets, time
    life        from one reset to the next        plug        what leaves it, its port
    happenings  states, outputs and starts        flash_file  each operation in a file
    agenda      timers                            profiles    kinds of devices
    changes     a profile's fields, as written    loopback    the transport to it
    link        latency, rate, loss, damage       linked      device and link together
    mynewt/     firmware of Apache Mynewt         misread     a wire of two rates
    bench       on a made-up clock                host        on the event loop
    pty, sockets, serve                           keys        two key pairs for everybody
    living      devices that outlive connections   bay         a socket, and who is in it
    recovery    MCUboot's serial recovery         recovery_port  its line buffers
    recovery_upload  what it takes, and where to          traits   what one kind is
    product     settings that are kept, statistics, shell

Everything but `host`, `loopback`, `bay`, `living`, `pty`, `sockets` and `serve` does no I/O and
takes time as `now`. All chance is seeded. Names below are the public ones.
"""

from smp.simulator.bench import Bench
from smp.simulator.builder import WORDS_TLV, build_image, pad_image
from smp.simulator.device import SimulatedDevice
from smp.simulator.factory import factory_image, firmware_for
from smp.simulator.firmware import Behaviour
from smp.simulator.flash import Flash
from smp.simulator.happenings import Booted, Cause, DeviceState, PortBack, PortGone, Sent
from smp.simulator.host import HostPort, SimulatorHost
from smp.simulator.keys import DEMO_PUBLIC_PEM
from smp.simulator.link import LinkTextError, Quality
from smp.simulator.linked import LinkedDevice, quality_of
from smp.simulator.mynewt.memory import Harm
from smp.simulator.product import Extras
from smp.simulator.profiles import PROFILES, profile
from smp.simulator.serve import Served, serve
from smp.simulator.store import Mode
from smp.simulator.traits import Framing, Loader, Profile, System

__all__ = [
    "DEMO_PUBLIC_PEM",
    "PROFILES",
    "WORDS_TLV",
    "Behaviour",
    "Bench",
    "Booted",
    "Cause",
    "DeviceState",
    "Extras",
    "Flash",
    "Framing",
    "Harm",
    "HostPort",
    "LinkTextError",
    "LinkedDevice",
    "Loader",
    "Mode",
    "PortBack",
    "PortGone",
    "Profile",
    "Quality",
    "Sent",
    "Served",
    "SimulatedDevice",
    "SimulatorHost",
    "System",
    "build_image",
    "factory_image",
    "firmware_for",
    "pad_image",
    "profile",
    "quality_of",
    "serve",
]
