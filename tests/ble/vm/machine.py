"""One boot of the VM: QEMU, the folder of the run, and the channels the guest talks through."""

from __future__ import annotations

import os
import re
import shlex
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from types import FrameType

from tests.ble.vm.parts import ROOT, Parts, Say

QUICK_FIRMWARE = Path("/usr/share/qemu/qboot.rom")
GUEST = Path(__file__).with_name("guest.sh")
LOGS = ("qemu.log", "console.log", "dbus.log", "bluetoothd.log", "peripheral.log", "relay.log")
KERNEL_LINE = (
    "console=ttyS0 quiet panic=-1 mitigations=off nokaslr random.trust_cpu=on "
    "cryptomgr.notests audit=0 apparmor=0 no_timer_check"
)
_PASSED = re.compile(
    r"(PATH|HOME|USER|LANG|LC_.*|TERM|TZ|CI|VIRTUAL_ENV|FLASHDESK_.*|PYTHON.*|PYTEST.*)$"
)
"""Variables of the host that the command gets."""


@dataclass
class Order:
    """What is to be run, and in what."""

    command: list[str]
    writable: list[Path] = field(default_factory=list)
    environment: dict[str, str] = field(default_factory=dict)
    peripheral: list[str] | None = field(default_factory=list)
    """Settings of the virtual peripheral; None for a guest without one, and without adapter."""
    cpus: int = 2
    memory: int = 2048
    """MiB."""
    timeout: float = 3600.0
    boot_timeout: float = 300.0
    """Seconds until the guest's kernel must have given a sign of life."""
    trace: bool = False
    """Keep an HCI trace, for btmon."""
    verbose: bool = False


class Accelerator:
    KVM = "kvm"
    TCG = "tcg"

    @staticmethod
    def choose() -> str:
        """KVM only where the processor says it can: a nested /dev/kvm may open, and then hang."""
        try:
            flags = re.search(r"^flags\s*:(.*)$", Path("/proc/cpuinfo").read_text(), re.MULTILINE)
        except OSError:
            flags = None
        capable = flags is not None and {"vmx", "svm"} & set(flags[1].split())
        usable = os.access("/dev/kvm", os.R_OK | os.W_OK)
        return Accelerator.KVM if capable and usable else Accelerator.TCG


class Channel(threading.Thread):
    """What the guest writes into one virtio-serial port, handed to `take`."""

    def __init__(self, name: str, take: Callable[[bytes], None]) -> None:
        super().__init__(daemon=True)
        self.name = name
        self._ours, self.theirs = socket.socketpair()
        self._take = take

    def options(self) -> list[str]:
        chardev = f"socket,id={self.name},fd={self.theirs.fileno()}"
        port = f"virtserialport,chardev={self.name},name={self.name}"
        return ["-chardev", chardev, "-device", port]

    def run(self) -> None:
        self.theirs.close()
        with self._ours:
            while data := self._ours.recv(65536):
                self._take(data)


def printer(descriptor: int) -> Callable[[bytes], None]:
    def take(data: bytes) -> None:
        try:
            while data:
                data = data[os.write(descriptor, data) :]
        except BrokenPipeError:
            pass

    return take


class Machine:
    """`folder` is the run's own: settings go in, logs and the exit status come out."""

    def __init__(self, parts: Parts, order: Order, folder: Path, say: Say) -> None:
        self._parts = parts
        self._order = order
        self._folder = folder
        self._say = say
        self.marks: dict[str, float] = {}
        """Seconds from the start of QEMU until the guest reached a stage."""
        self.timed_out = False

    def run(self, accelerator: str) -> int | None:
        """The command's exit status, 124 after the timeout, None if it never came to an end."""
        self._write_orders()
        channels = [
            Channel("out", printer(1)),
            Channel("err", printer(2)),
            Channel("mark", self._mark),
        ]
        ours, theirs = socket.socketpair()
        self.marks.clear()
        self._began = time.monotonic()
        stops = {s: signal.signal(s, _stop) for s in (signal.SIGTERM, signal.SIGHUP)}
        descriptors = [channel.theirs.fileno() for channel in channels]
        qemu = self._start(
            "qemu.log", self._qemu(accelerator, channels, theirs), [*descriptors, theirs.fileno()]
        )
        peripheral = None
        if self._order.peripheral is not None:
            peripheral = self._start("peripheral.log", self._peripheral(ours), [ours.fileno()])
        ours.close()
        theirs.close()
        try:
            for channel in channels:
                channel.start()
            ended = self._watch(qemu, peripheral)
        finally:
            for process in filter(None, (qemu, peripheral)):
                process.kill()
                process.wait()
            for channel in channels:
                channel.join(timeout=2)
            for number, handler in stops.items():
                signal.signal(number, handler)
        self.marks["off"] = time.monotonic() - self._began
        if not ended:
            return 124 if self.timed_out else None
        try:
            return int((self._folder / "exit-status").read_text())
        except (OSError, ValueError):
            return None

    def last_words(self, lines: int = 15) -> str:
        """The ends of the logs, for whoever has to find out why it did not run."""
        said = []
        for name in LOGS:
            path = self._folder / name
            text = path.read_text(errors="replace").strip() if path.exists() else ""
            if text:
                said += [f"--- {name}", *text.splitlines()[-lines:]]
        return "\n".join(said)

    def _start(
        self, log: str, command: list[str], descriptors: list[int]
    ) -> subprocess.Popen[bytes]:
        with (self._folder / log).open("w") as out:
            return subprocess.Popen(
                command,
                stdin=subprocess.DEVNULL,
                stdout=out,
                stderr=out,
                cwd=ROOT,
                env={**os.environ, "PYTHONPATH": str(ROOT)},
                start_new_session=True,
                pass_fds=descriptors,
            )

    # -- watching ---------------------------------------------------------------------

    def _watch(
        self, qemu: subprocess.Popen[bytes], peripheral: subprocess.Popen[bytes] | None
    ) -> bool:
        """Wait until the guest switched itself off; False if it had to be given up."""
        while True:
            if peripheral is not None and peripheral.poll() is not None:
                self._say(f"the virtual peripheral ended\n{self.last_words()}")
                peripheral = None
            try:
                qemu.wait(timeout=0.25)
                return True
            except subprocess.TimeoutExpired:
                elapsed = time.monotonic() - self._began
            if "kernel" not in self.marks and elapsed > self._order.boot_timeout:
                self._say(f"no sign of life from the VM after {elapsed:.0f} s")
                return False
            if elapsed > self._order.timeout:
                self._say(f"the VM was stopped after {elapsed:.0f} s")
                self.timed_out = True
                return False

    def _mark(self, data: bytes) -> None:
        for stage in data.decode(errors="replace").split():
            self.marks[stage] = time.monotonic() - self._began
            if self._order.verbose:
                self._say(f"{self.marks[stage]:6.2f} s  {stage}")

    # -- what the guest is told -------------------------------------------------------

    def _write_orders(self) -> None:
        order, quote = self._order, shlex.quote
        for name in ("exit-status", *LOGS):
            (self._folder / name).unlink(missing_ok=True)
        environment = {k: v for k, v in os.environ.items() if _PASSED.match(k)}
        environment |= order.environment
        environment["FLASHDESK_BLE_VM"] = "1"
        lines = [f"export {name}={quote(value)}" for name, value in environment.items()]
        lines += [f"cd {quote(str(Path.cwd()))} || exit 126", f"exec {shlex.join(order.command)}"]
        (self._folder / "command").write_text("\n".join(lines) + "\n")
        settings = {
            "GUEST": str(GUEST),
            "PYTHON": os.path.realpath(sys.executable),
            "PERIPHERAL": "" if order.peripheral is None else "yes",
            "TRACE": "yes" if order.trace else "",
            "VERBOSE": "yes" if order.verbose else "",
            "WRITABLE": "\n".join(str(folder) for folder in order.writable),
        }
        text = "".join(f"{name}={quote(value)}\n" for name, value in settings.items())
        (self._folder / "settings").write_text(text)

    def _peripheral(self, wire: socket.socket) -> list[str]:
        command = [str(self._parts.python), "-m", "tests.ble.peripheral"]
        command += ["--wire", str(wire.fileno()), *(self._order.peripheral or [])]
        return [*command, "--verbose"] if self._order.verbose else command

    def _qemu(self, accelerator: str, channels: list[Channel], wire: socket.socket) -> list[str]:
        order, tcg = self._order, accelerator == Accelerator.TCG
        console = _escaped(self._folder / "console.log")
        shares = [("host", Path("/"), "readonly=on,multidevs=remap")]
        shares.append(("layer", self._parts.layer, "readonly=on"))
        shares.append(("run", self._folder, "multidevs=remap"))
        for number, folder in enumerate(order.writable):
            shares.append((f"rw{number}", folder, "multidevs=remap"))
        command = ["qemu-system-x86_64", "-nodefaults", "-no-user-config", "-display", "none"]
        command += ["-no-reboot", "-machine", "q35", "-rtc", "base=utc"]
        command += ["-accel", "tcg,thread=multi,tb-size=512" if tcg else accelerator]
        command += ["-cpu", "max" if tcg else "host", "-smp", str(order.cpus)]
        command += ["-m", str(order.memory)]
        if QUICK_FIRMWARE.exists():
            command += ["-bios", str(QUICK_FIRMWARE)]
        command += ["-kernel", str(self._parts.kernel), "-initrd", str(self._parts.initramfs)]
        command += ["-append", KERNEL_LINE]
        command += ["-chardev", f"file,id=console,path={console}", "-serial", "chardev:console"]
        for tag, folder, options in shares:
            path = _escaped(folder)
            command += ["-fsdev", f"local,id={tag},path={path},security_model=none,{options}"]
            command += ["-device", f"virtio-9p-pci,fsdev={tag},mount_tag={tag}"]
        command += ["-device", "virtio-serial-pci"]
        for channel in channels:
            command += channel.options()
        command += ["-chardev", f"socket,id=air,fd={wire.fileno()}"]
        command += ["-device", "virtserialport,chardev=air,name=air"]
        return command


def _escaped(path: Path) -> str:
    """As QEMU reads it inside an option."""
    return str(path).replace(",", ",,")


def _stop(number: int, _frame: FrameType | None) -> None:
    sys.exit(128 + number)
