"""One life of a peripheral's Bluetooth stack: advertising, the SMP service, pairing.

It takes writes and sends pieces; what they mean is the backend's affair.
"""

from __future__ import annotations

import asyncio
import itertools
import logging
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from bumble import att, hci
from bumble.core import UUID, AdvertisingData
from bumble.device import Connection, Device, DeviceConfiguration
from bumble.gatt import (
    GATT_CLIENT_CHARACTERISTIC_CONFIGURATION_DESCRIPTOR,
    Characteristic,
    Descriptor,
    Service,
)
from bumble.host import Host
from bumble.keys import MemoryKeyStore
from bumble.pairing import PairingConfig, PairingDelegate
from bumble.profiles.gatt_service import GenericAttributeProfileService
from bumble.transport.common import AsyncPipeSink

from tests.ble.air import Air, Radio
from tests.ble.settings import Screen, Security, Settings

SERVICE = "8D53DC1D-1DB7-4CD3-868B-8A527460AA84"
CHARACTERISTIC = "DA2E7828-FBCE-4E01-AE9E-261174997C48"
LARGEST_VALUE = 512
_INTERVAL = 100
"""Milliseconds between advertisements."""

log = logging.getLogger(__name__)


@dataclass
class Counts:
    """Since the rig was last made fresh."""

    connections: int = 0
    writes: int = 0
    bytes_in: int = 0
    largest_write: int = 0
    oversize_writes: int = 0
    unauthorised_writes: int = 0
    subscriptions: int = 0
    """Writes of the CCC descriptor, accepted ones."""
    refused_subscriptions: int = 0
    notifications: int = 0
    bytes_out: int = 0
    discarded: int = 0
    """Pieces for which nobody was connected, or nobody had subscribed."""
    dropped: int = 0
    """Writes lost on request."""
    pairings: int = 0
    failed_pairings: int = 0


class Body:
    """From one start of the firmware to the next reset.

    `on_write` gets what was written; `on_quiet` is called when the client hung up or does not
    want notifications any more; `accepts` says whether the next connection is established.
    """

    def __init__(
        self,
        air: Air,
        label: str,
        settings: Callable[[], Settings],
        counts: Counts,
        keys: MemoryKeyStore,
        on_write: Callable[[bytes], None],
        on_quiet: Callable[[], None],
        accepts: Callable[[], bool],
    ) -> None:
        self._settings = settings
        self._counts = counts
        self._on_write = on_write
        self._on_quiet = on_quiet
        self._began = begins = settings()
        self.radio = Radio(label, air)
        self.radio.strengths = itertools.cycle(begins.rssi)
        self.radio.accepts = accepts
        self.connection: Connection | None = None
        self.subscribed = False
        self._level = Security.NONE
        address = hci.Address(begins.address, hci.Address.RANDOM_DEVICE_ADDRESS)
        self.device = device = Device(
            name=begins.name,
            address=address,
            config=DeviceConfiguration(
                name=begins.name, address=address, gatt_service_enabled=False
            ),
            host=Host(self.radio, AsyncPipeSink(self.radio)),
        )
        device.keystore = keys
        device.pairing_config_factory = self._pairing_config
        device.on("connection", self._on_connection)
        self._keys = keys
        self._add_services(begins)

    async def power_on(self) -> None:
        await self.device.power_on()
        await self.advertise()

    async def advertise(self) -> None:
        """As the settings say, and if nobody is connected."""
        if self._settings().advertise and self.connection is None:
            adverts, response = _advertised(self._began)
            await self.device.start_advertising(
                advertising_data=adverts,
                scan_response_data=response,
                advertising_interval_min=_INTERVAL,
                advertising_interval_max=_INTERVAL,
            )
        elif self.device.is_advertising:
            await self.device.stop_advertising()

    def set_strengths(self, strengths: tuple[int, ...]) -> None:
        self.radio.strengths = itertools.cycle(strengths)

    def vanish(self, after: float, reason: int) -> None:
        """A reset: the radio falls silent in the middle of whatever it did."""
        for connection in list(self.radio.le_connections.values()):
            self.radio.lose(connection, after, reason)
        self.radio.leave()
        self.connection = None
        self._on_quiet()

    async def hang_up(self, reason: int) -> None:
        if self.connection is not None:
            try:
                await self.device.disconnect(self.connection, reason)
            except hci.HCI_Error as error:
                log.info("hanging up: %s", error)

    @property
    def mtu(self) -> int | None:
        return self.connection.att_mtu if self.connection is not None else None

    def notify(self, value: bytes) -> bool:
        """False if there is nobody to notify."""
        if self.connection is None or not self.subscribed:
            return False
        notification = att.ATT_Handle_Value_Notification(
            attribute_handle=self._characteristic.handle, attribute_value=value
        )
        self.device.gatt_server.send_gatt_pdu(self.connection, bytes(notification))
        return True

    # -- GATT -------------------------------------------------------------------------

    def _add_services(self, settings: Settings) -> None:
        device, server = self.device, self.device.gatt_server
        if settings.hashed:
            server.add_service(GenericAttributeProfileService(database_hash_enabled=True))
        for number in range(settings.shift):
            level = Characteristic(
                UUID.from_16_bits(0x2A19),
                Characteristic.Properties.READ,
                Characteristic.READABLE,
                bytes([number]),
            )
            device.add_service(Service(UUID.from_16_bits(0x180F), [level]))
        ccc = Descriptor(
            GATT_CLIENT_CHARACTERISTIC_CONFIGURATION_DESCRIPTOR,
            att.Attribute.READABLE | att.Attribute.WRITEABLE,
            att.AttributeValueV2(self._read_ccc, self._write_ccc),
        )
        self._characteristic = Characteristic(
            UUID(CHARACTERISTIC),
            Characteristic.Properties.WRITE_WITHOUT_RESPONSE | Characteristic.Properties.NOTIFY,
            Characteristic.READABLE | Characteristic.WRITEABLE,
            att.AttributeValueV2(_refuse_read, self._write_value),
            [ccc],
        )
        if settings.service:
            device.add_service(Service(UUID(SERVICE), [self._characteristic]))
        server.max_mtu = settings.mtu
        self._answer = server.on_gatt_pdu
        server.on_gatt_pdu = self._on_gatt_pdu
        server.on_att_write_command = self._on_write_command

    def _on_gatt_pdu(self, bearer: Any, pdu: Any) -> None:
        if not self._settings().silent:
            self._answer(bearer, pdu)

    def _on_write_command(self, _bearer: Any, command: Any) -> None:
        if command.attribute_handle == self._characteristic.handle:
            self._take(bytes(command.attribute_value))

    def _write_value(self, _bearer: Any, value: bytes) -> None:
        """A write request: not advertised as a property, but answered, as by Zephyr."""
        denial = self._denial()
        if denial is not None:
            raise att.ATT_Error(denial)
        self._take(bytes(value))

    def _take(self, value: bytes) -> None:
        counts = self._counts
        counts.writes += 1
        counts.bytes_in += len(value)
        counts.largest_write = max(counts.largest_write, len(value))
        if len(value) > LARGEST_VALUE:
            counts.oversize_writes += 1
        elif self._denial() is not None:
            counts.unauthorised_writes += 1
        else:
            self._on_write(value)

    def _read_ccc(self, _bearer: Any) -> bytes:
        return bytes([self.subscribed, 0])

    def _write_ccc(self, _bearer: Any, value: bytes) -> None:
        denial = self._denial()
        if denial is not None:
            self._counts.refused_subscriptions += 1
            raise att.ATT_Error(denial)
        self._counts.subscriptions += 1
        self.subscribed = bool(value[:1] and value[0] & 1)
        if not self.subscribed:
            self._on_quiet()

    def _denial(self) -> Any:
        """As Zephyr's bt_gatt_check_perm: the ATT error for what the link lacks, or None."""
        wanted = self._began.security
        if wanted is Security.AUTHENTICATED and self._level is not Security.AUTHENTICATED:
            return att.ATT_INSUFFICIENT_AUTHENTICATION_ERROR
        if wanted is Security.ENCRYPTED and self._level is Security.NONE:
            return att.ATT_INSUFFICIENT_ENCRYPTION_ERROR
        return None

    # -- link -------------------------------------------------------------------------

    def _on_connection(self, connection: Connection) -> None:
        self.connection = connection
        self.subscribed = False
        self._level = Security.NONE
        self._counts.connections += 1
        connection.on("disconnection", self._on_disconnection)
        connection.on("connection_encryption_change", self._on_encryption)
        connection.on("pairing", self._on_pairing)
        connection.on("pairing_failure", self._on_pairing_failure)

    def _on_disconnection(self, _reason: int) -> None:
        self.connection = None
        self.subscribed = False
        self._on_quiet()
        asyncio.get_running_loop().create_task(self.advertise())

    # -- pairing ----------------------------------------------------------------------

    def _pairing_config(self, _connection: Connection) -> PairingConfig:
        began = self._began
        return PairingConfig(
            sc=True,
            mitm=began.security is Security.AUTHENTICATED,
            bonding=True,
            delegate=Panel(began.screen, began.passkey),
        )

    def _on_pairing(self, keys: Any) -> None:
        self._counts.pairings += 1
        self._judge(keys)

    def _on_pairing_failure(self, reason: int) -> None:
        log.info("pairing failed: %s", reason)
        self._counts.failed_pairings += 1

    def _on_encryption(self) -> None:
        if self.connection is not None and self.connection.encryption:
            self._level = max(self._level, Security.ENCRYPTED, key=list(Security).index)
            known = self._keys.all_keys.get(str(self.connection.peer_address))
            if known is not None:
                self._judge(known)

    def _judge(self, keys: Any) -> None:
        """What the key in use is worth: was somebody there to compare or type a number?"""
        key = keys.ltk or keys.ltk_peripheral
        if key is not None and key.authenticated:
            self._level = Security.AUTHENTICATED


class Panel(PairingDelegate):
    """What the device has for pairing: a display, or nothing."""

    def __init__(self, screen: Screen, passkey: int) -> None:
        capabilities = {
            Screen.NONE: PairingDelegate.NO_OUTPUT_NO_INPUT,
            Screen.DISPLAY: PairingDelegate.DISPLAY_OUTPUT_ONLY,
        }
        super().__init__(io_capability=capabilities[screen])
        self._passkey = passkey

    async def generate_passkey(self) -> int:
        return self._passkey


def _refuse_read(_bearer: Any) -> bytes:
    raise att.ATT_Error(att.ATT_READ_NOT_PERMITTED_ERROR)


def _advertised(settings: Settings) -> tuple[bytes, bytes]:
    """Advertising data and scan response."""
    known = {
        "uuid": (
            AdvertisingData.COMPLETE_LIST_OF_128_BIT_SERVICE_CLASS_UUIDS,
            UUID(SERVICE).to_bytes(),
        ),
        "name": (AdvertisingData.COMPLETE_LOCAL_NAME, settings.name.encode()),
    }
    first, _, second = settings.shows.partition("/")
    flags = (AdvertisingData.FLAGS, bytes([0x06]))
    parts = [
        [known[word.strip()] for word in text.split(",") if word.strip()]
        for text in (first, second)
    ]
    return bytes(AdvertisingData([flags, *parts[0]])), bytes(AdvertisingData(parts[1]))
