"""The running firmware: its SMP server behind its port, and what else it does.

One object is one life, from the moment the firmware comes up until the next reset.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol, assert_never

from smp.simulator import console
from smp.simulator.agenda import Agenda
from smp.simulator.firmware import Behaviour
from smp.simulator.flash import Flash
from smp.simulator.happenings import Booted
from smp.simulator.image_group import ImageGroup, ImageOptions
from smp.simulator.mynewt.firmware import make_images, make_pool, make_server
from smp.simulator.mynewt.memory import Memory
from smp.simulator.mynewt.ports import ShellPort, UartPort
from smp.simulator.mynewt.server import MynewtServer
from smp.simulator.os_group import OsGroup
from smp.simulator.port import BlePort, Port, UdpPort
from smp.simulator.product import ProductGroups, SavedSettings
from smp.simulator.server import Manners, Server
from smp.simulator.settings_group import LOADER_NAME, SettingsGroup
from smp.simulator.store import ImageStore
from smp.simulator.traits import Framing, Profile, System
from smp.simulator.uart import ConsolePort, RawPort
from smp.simulator.upload import UploadOptions
from smp.simulator.worker import BufferPool, Peer, Worker

RegisterGroups = Callable[[Server], None]


class Platform(Protocol):
    """What the firmware needs of the device it runs on."""

    line_rate: float

    @property
    def is_loader(self) -> bool: ...
    def send(self, data: bytes, peer: Peer, now: float) -> None: ...
    def print(self, text: bytes, now: float) -> None: ...
    def request_reset(self, boot_mode: int, now: float) -> None: ...
    def name_loader(self, name: bytes) -> None: ...
    def crash(self, now: float) -> None: ...

    mynewt: Memory
    saved_settings: SavedSettings
    history: list[Booted]


class Application:
    """`running` is the absolute number of the slot the image lies in."""

    def __init__(
        self,
        board: Platform,
        profile: Profile,
        store: ImageStore,
        agenda: Agenda,
        running: int,
        behaviour: Behaviour,
        chatter: console.Chatter,
        more_groups: RegisterGroups | None,
    ) -> None:
        self._board = board
        self._profile = profile
        self._agenda = agenda
        self._behaviour = behaviour
        self._chatter = chatter
        self._since = 0.0
        is_mynewt = profile.system.is_mynewt
        self._pool = make_pool() if is_mynewt else BufferPool(profile.buf_count)
        self.images: ImageGroup | None = None
        self._server = self._make_server(store, running, more_groups)
        self._worker = self._make_worker(store.layout.flash)
        self._port = self._make_port()

    def start(self, now: float) -> None:
        """Greet on the console."""
        self._since = now
        profile = self._profile
        if profile.boot_log:
            self._board.print(console.firmware_banner(profile.facts.release), now)
        if profile.prompt:
            self._board.print(self._prompt(now), now)
        if profile.chatty:
            self._agenda.at(now + profile.chatty, self._chat)

    def receive(self, data: bytes, peer: Peer, now: float) -> None:
        self._port.receive(data, peer, now)

    def disconnected(self) -> None:
        """The client hung up, or does not want notifications any more."""
        if isinstance(self._port, BlePort):
            self._port.clear()

    @property
    def flash_since(self) -> float | None:
        """When the request in hand began with its flash operations."""
        return self._worker.flash_since

    # -- parts ------------------------------------------------------------------------

    def _make_server(
        self, store: ImageStore, running: int, more_groups: RegisterGroups | None
    ) -> Server:
        profile = self._profile
        if profile.system.is_mynewt:
            return self._make_mynewt(store, running)
        server = Server(
            Manners(
                buf_size=profile.buf_size,
                version_one=profile.version_one,
                version_two=profile.version_two,
                canonical=profile.canonical_cbor,
                reasons=profile.reasons,
            )
        )
        OsGroup(
            profile.facts,
            buf_size=profile.buf_size,
            buf_count=profile.buf_count,
            free_buffers=lambda: (self._pool.free, self._pool.lowest),
            reset=self._board.request_reset,
            uptime=lambda now: max(now - self._since, 0.0),
            refuses_reset=self._behaviour.refuses_reset,
            knows_boot_modes=profile.knows_boot_modes,
            mode=profile.mode.value if profile.tells_mode else -1,
            no_downgrade=profile.downgrade_prevention,
        ).register(
            server,
            params=profile.has_params,
            bootloader_info=profile.has_bootloader_info,
            date_time=profile.has_clock,
            pools=profile.has_pools,
        )
        loader = profile.loader if not self._board.is_loader else None
        if not self._behaviour.lacks_image_group and (loader is None or loader.application_lists):
            self.images = self._make_images(store, running)
            self.images.register(server)
        if loader is not None and loader.takes_name:
            SettingsGroup({LOADER_NAME: self._board.name_loader}).register(server)
        if profile.extras is not None:
            ProductGroups(
                profile.extras, self._board.saved_settings, lambda: len(self._board.history)
            ).register(server)
        if more_groups is not None:
            more_groups(server)
        return server

    def _make_mynewt(self, store: ImageStore, running: int) -> MynewtServer:
        profile, board = self._profile, self._board
        server = make_server(
            board.mynewt,
            self._pool,
            old=profile.system is System.OLD_MYNEWT,
            has_pools=profile.has_pools,
            uptime=lambda now: max(now - self._since, 0.0),
            reset=board.request_reset,
            crash=board.crash,
        )
        if not self._behaviour.lacks_image_group:
            lazy = profile.progressive_erase
            self.images = make_images(server, store, running, lazy=lazy)
        return server

    def _make_images(self, store: ImageStore, running: int) -> ImageGroup:
        profile = self._profile
        return ImageGroup(
            store,
            running,
            ImageOptions(
                frugal=profile.frugal,
                slot_info=profile.has_slot_info,
                tells_max_size=profile.tells_max_size,
                allow_erase_pending=profile.allow_erase_pending,
                wrong_version=self._behaviour.reports_wrong_version,
                lists_cores=profile.lists_cores,
                confirms_cores=profile.confirms_cores,
            ),
            UploadOptions(
                image_check=profile.image_check,
                progressive_erase=profile.progressive_erase,
                checks_size=profile.checks_size,
                compares_build=profile.compares_build,
                legacy_rc=profile.legacy_rc,
            ),
        )

    def _make_worker(self, flash: Flash) -> Worker:
        return Worker(
            self._server,
            self._pool,
            self._agenda,
            flash,
            service_time=self._profile.service_time + self._behaviour.answers_later,
            answers_in_place=self._profile.answers_in_place,
            emit=self._emit,
        )

    def _make_port(self) -> Port:
        profile, size, submit = self._profile, self._profile.buf_size, self._worker.submit
        match profile.framing:
            case Framing.UDP:
                return UdpPort(self._pool, size, submit, mtu=profile.udp_mtu)
            case Framing.BLE:
                return BlePort(
                    self._pool,
                    size,
                    submit,
                    mtu=profile.ble_mtu,
                    reassembly=profile.ble_reassembly,
                )
            case Framing.RAW:
                return RawPort(
                    self._pool, size, submit, self._agenda, input_timeout=profile.raw_input_timeout
                )
            case Framing.CONSOLE if profile.system.is_mynewt:
                return self._make_mynewts_port()
            case Framing.CONSOLE:
                return ConsolePort(
                    self._pool,
                    size,
                    submit,
                    self._agenda,
                    line_buffers=profile.rx_line_buffers,
                    line_size=profile.line_size,
                    drain_time=profile.line_drain_time,
                    lines_wait=profile.answers_in_place,
                    typed=self._typed if profile.prompt else None,
                )
            case _:
                assert_never(profile.framing)

    def _make_mynewts_port(self) -> Port:
        takes_cr = self._profile.system is System.OLD_MYNEWT
        if not self._profile.dedicated_uart:
            return ShellPort(
                self._pool, self._worker.submit, takes_cr=takes_cr, typed=self._typed_into_shell
            )
        return UartPort(
            self._pool,
            self._worker.submit,
            self._agenda,
            self._board.mynewt,
            takes_cr=takes_cr,
            drain_time=self._profile.line_drain_time,
            is_busy=lambda: self._worker.is_busy,
            crash=self._board.crash,
        )

    # -- out --------------------------------------------------------------------------

    def _emit(self, answer: bytes, peer: Peer, now: float) -> float:
        """Put an answer on the line; until when the UART is busy with it."""
        size = 0
        for piece in self._port.pieces(answer):
            if size and self._profile.chatty and self._chatter.interrupts():
                self._board.print(self._log_line(now), now)
            self._board.send(piece, peer, now)
            size += len(piece)
        rate = self._board.line_rate
        return now + size / rate if rate else now

    def _chat(self, now: float) -> None:
        self._board.print(self._log_line(now), now)
        self._agenda.at(now + self._profile.chatty, self._chat)

    def _log_line(self, now: float) -> bytes:
        style = console.Style.MYNEWT if self._profile.system.is_mynewt else console.Style.ZEPHYR
        return self._chatter.log_line(now - self._since, style)

    def _prompt(self, now: float) -> bytes:
        if not self._profile.system.is_mynewt:
            return console.PROMPT
        return console.mynewts_prompt(now - self._since)

    def _typed_into_shell(self, line: bytes, now: float) -> None:
        """The console sends it back as it is."""
        self._board.print(line.rstrip(b"\r") + b"\r\n" + self._prompt(now), now)

    def _typed(self, text: bytes, now: float) -> None:
        self._board.print(text.rstrip(b"\r\n") + b"\r\n" + console.PROMPT, now)
