"""The air between controllers: link layer details that Linux relies on and bumble leaves out.

Written for one exact release of bumble (requirements.txt), whose controller and link it corrects:
data labels, scan responses, RSSI, encryption that asks the host for its key, links that are lost
instead of closed, and the time that packets take.
"""

from __future__ import annotations

import asyncio
import itertools
import logging
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from bumble import hci, ll
from bumble.controller import Connection, Controller
from bumble.link import LocalLink

SUPERVISION_TIMEOUT = 0x08
PIN_OR_KEY_MISSING = 0x06
MIC_FAILURE = 0x3D
NOT_ESTABLISHED = 0x3E

_ACTIVE_SCAN = 1
_ORDER = 1e-6
"""Seconds between two arrivals: timers of the same moment may fire in any order."""

_PAIRING = b"\x06\x00"
"""L2CAP channel of the security manager."""
_PAIRING_LATENCY = 0.02
"""BlueZ forgets the request that made it pair if pairing takes no time at all."""

log = logging.getLogger(__name__)


@dataclass
class Advertisement(ll.AdvInd):
    """What an advertiser says, and to whoever asks. `rssi` in dBm."""

    scan_response: bytes = b""
    rssi: int = -50
    name: str = ""


@dataclass
class KeyAnswer(ll.ControlPdu):
    """The peripheral's answer to an encryption request; 0 is success."""

    error: int


class Air(LocalLink):
    """Carries packets between radios. `latency` one way in seconds, `rate` in bytes a second and
    direction, 0 for as fast as can be; both count for every connection and may change at any time.
    """

    def __init__(self) -> None:
        super().__init__()
        self.latency = 0.0
        self.rate = 0.0

    def send_acl_data(
        self, sender_controller: Any, destination_address: Any, transport: Any, data: bytes
    ) -> None:
        # The label is the address the connection was made with, not the random address: the
        # kernel connects from its public one.
        sending = sender_controller.le_connections.get(destination_address)
        receiver = self.find_le_controller(destination_address)
        if sending is None or receiver is None:
            return
        latency = max(self.latency, _PAIRING_LATENCY) if data[2:4] == _PAIRING else self.latency
        arrives = sender_controller.sent_by() + latency
        loop = asyncio.get_running_loop()
        arguments = (sending.self_address, transport, data)
        if arrives <= loop.time():
            loop.call_soon(receiver.on_link_acl_data, *arguments)
        else:
            arrives = sender_controller.in_order(arrives)
            loop.call_at(arrives, receiver.on_link_acl_data, *arguments)

    def send_advertising_pdu(self, sender_controller: Any, packet: Any) -> None:
        loop = asyncio.get_running_loop()
        for radio in list(self.controllers):
            if radio is not sender_controller and radio.hears(sender_controller):
                loop.call_soon(radio.on_ll_advertising_pdu, packet)

    def send_ll_control_pdu(self, sender_address: Any, receiver_address: Any, packet: Any) -> None:
        receiver = self.find_le_controller(receiver_address)
        if receiver is not None:  # else it was lost a moment ago
            loop = asyncio.get_running_loop()
            loop.call_soon(receiver.on_ll_control_pdu, sender_address, packet)

    def advertiser(self, address: hci.Address) -> Radio | None:
        """Who advertises under this address now."""
        for radio in self.controllers:
            advertiser = radio.le_legacy_advertiser
            if isinstance(radio, Radio) and advertiser.enabled and advertiser.address == address:
                return radio
        return None


class Radio(Controller):
    """One controller. `audience`, if set, names the radios whose advertisements it receives."""

    # With LL Privacy the kernel waits for the "enhanced" connection-complete event, which bumble
    # does not send: every other HCI command then stalls for seconds.
    le_features = Controller.le_features & ~hci.LeFeatureMask.LL_PRIVACY
    le_acl_data_packet_length = 251
    supported_max_tx_octets = 251
    supported_max_rx_octets = 251
    suggested_max_tx_octets = 251
    total_num_le_acl_data_packets = 10

    def __init__(self, name: str, air: Air, address: str = "00:00:00:00:00:00") -> None:
        super().__init__(name, link=air, public_address=address)
        self.air = air
        self.audience: set[str] | None = None
        self.strengths: Iterator[int] = itertools.repeat(-50)
        """RSSI of the advertisements to come."""
        self.accepts: Callable[[], bool] = lambda: True
        """Whether the next connection is established."""
        self._sent_by = 0.0
        self._last_arrival = 0.0
        self._asked: dict[int, bytes] = {}
        """Keys that the other side wants to encrypt with, by connection handle."""
        self._encrypted: set[int] = set()

    def hears(self, other: Controller) -> bool:
        return self.audience is None or other.name in self.audience

    def leave(self) -> None:
        """Vanish from the air; whoever is connected finds the link lost."""
        for connection in list(self.le_connections.values()):
            self.lose(connection)
        self.le_legacy_advertiser.stop()
        self.air.controllers.discard(self)
        self.hci_sink = None

    def lose(self, connection: Connection, after: float = 0.0, reason: int = 0x08) -> None:
        """This side is gone; the other one finds out later, as a supervision time-out."""
        self.le_connections.pop(connection.peer_address, None)
        self.forget(connection)
        other = self.air.find_le_controller(connection.peer_address)
        if other is None:
            return
        theirs = other.le_connections.get(connection.self_address)

        def notice() -> None:
            if theirs is not None and theirs in other.le_connections.values():
                other.on_le_disconnected(theirs, reason)

        asyncio.get_running_loop().call_later(after, notice)

    # -- time -------------------------------------------------------------------------

    def sent_by(self) -> float:
        """When the last byte put on the air has left."""
        return self._sent_by

    def in_order(self, arrives: float) -> float:
        self._last_arrival = max(arrives, self._last_arrival + _ORDER)
        return self._last_arrival

    def on_hci_acl_data_packet(self, packet: hci.HCI_AclDataPacket) -> None:
        connection = self.find_le_connection_by_handle(packet.connection_handle)
        if connection is None:
            return
        loop = asyncio.get_running_loop()
        completed = hci.HCI_Number_Of_Completed_Packets_Event(
            connection_handles=[connection.handle], num_completed_packets=[1]
        )
        self._sent_by = max(loop.time(), self._sent_by)
        if self.air.rate:
            self._sent_by += len(packet.data) / self.air.rate
            loop.call_at(self._sent_by, self.send_hci_packet, completed)
        else:
            self.send_hci_packet(completed)
        connection.assembler.feed_packet(packet)

    # -- advertising ------------------------------------------------------------------

    def send_advertising_pdu(self, packet: Any) -> None:
        if type(packet) is ll.AdvInd:
            packet = Advertisement(
                packet.advertiser_address,
                packet.data,
                self.le_legacy_advertiser.scan_response_data,
                next(self.strengths),
                self.name,
            )
        super().send_advertising_pdu(packet)

    def on_advertising_pdu(self, pdu: Any) -> None:
        if self.le_scan_enable:
            kinds = hci.HCI_LE_Advertising_Report_Event.EventType
            self._report(kinds.ADV_IND, pdu, pdu.data)
            if self.le_scan_type == _ACTIVE_SCAN:
                self._report(kinds.SCAN_RSP, pdu, pdu.scan_response)
        pending = self.pending_le_connection
        if pending is not None and pending.peer_address == pdu.advertiser_address:
            self.create_le_connection(pdu.advertiser_address)

    def _report(self, kind: int, pdu: Advertisement, data: bytes) -> None:
        report = hci.HCI_LE_Advertising_Report_Event.Report(
            event_type=kind,
            address_type=pdu.advertiser_address.address_type,
            address=pdu.advertiser_address,
            data=data,
            rssi=pdu.rssi,
        )
        self.send_hci_packet(hci.HCI_LE_Advertising_Report_Event([report]))

    # -- connections ------------------------------------------------------------------

    def create_le_connection(self, peer_address: hci.Address) -> None:
        peer = self.air.advertiser(peer_address)
        if peer is None:
            return  # it stopped a moment ago; the next advertisement counts
        is_welcome = peer.accepts()
        super().create_le_connection(peer_address)
        if not is_welcome:
            # The host has been told of a connection; six intervals later it knows better.
            connection = self.le_connections[peer_address]
            loop = asyncio.get_running_loop()
            loop.call_later(0.05, self._fail, connection)

    def _fail(self, connection: Connection) -> None:
        theirs = self.air.find_le_controller(connection.peer_address)
        if theirs is not None and connection.self_address in theirs.le_connections:
            theirs.on_le_disconnected(
                theirs.le_connections[connection.self_address], NOT_ESTABLISHED
            )
        if connection in self.le_connections.values():
            self.on_le_disconnected(connection, NOT_ESTABLISHED)

    def on_le_disconnected(self, connection: Connection, reason: int) -> None:
        self.forget(connection)
        super().on_le_disconnected(connection, reason)

    def forget(self, connection: Connection) -> None:
        self._encrypted.discard(connection.handle)
        self._asked.pop(connection.handle, None)

    def on_hci_le_create_connection_cancel_command(self, _command: Any) -> Any:
        pending, self.pending_le_connection = self.pending_le_connection, None
        if pending is None:
            return hci.HCI_StatusReturnParameters(hci.HCI_ErrorCode.COMMAND_DISALLOWED_ERROR)
        # The cancelled attempt ends with a connection-complete event of its own, else the
        # kernel waits for it and refuses every later one.
        cancelled = hci.HCI_LE_Connection_Complete_Event(
            status=hci.HCI_ErrorCode.UNKNOWN_CONNECTION_IDENTIFIER_ERROR,
            connection_handle=0,
            role=hci.Role.CENTRAL,
            peer_address_type=pending.peer_address.address_type,
            peer_address=pending.peer_address,
            connection_interval=0,
            peripheral_latency=0,
            supervision_timeout=0,
            central_clock_accuracy=0,
        )
        asyncio.get_running_loop().call_soon(self.send_hci_packet, cancelled)
        return hci.HCI_StatusReturnParameters(hci.HCI_ErrorCode.SUCCESS)

    # -- encryption -------------------------------------------------------------------

    def on_hci_le_enable_encryption_command(self, command: Any) -> None:
        connection = self.find_le_connection_by_handle(command.connection_handle)
        if connection is None:
            status = hci.HCI_ErrorCode.UNKNOWN_CONNECTION_IDENTIFIER_ERROR
            self._send_hci_command_status(status, command.op_code)
            return
        self._send_hci_command_status(hci.HCI_COMMAND_STATUS_PENDING, command.op_code)
        connection.send_ll_control_pdu(
            ll.EncReq(
                rand=command.random_number,
                ediv=command.encrypted_diversifier,
                ltk=command.long_term_key,
            )
        )

    def on_ll_control_pdu(self, sender_address: hci.Address, packet: Any) -> None:
        connection = self.le_connections.get(sender_address)
        if connection is None:
            return
        if isinstance(packet, ll.EncReq):
            self._asked[connection.handle] = packet.ltk
            request = hci.HCI_LE_Long_Term_Key_Request_Event(
                connection_handle=connection.handle,
                random_number=packet.rand,
                encryption_diversifier=packet.ediv,
            )
            self.send_hci_packet(request)
        elif isinstance(packet, KeyAnswer):
            if packet.error == MIC_FAILURE:
                self.on_le_disconnected(connection, packet.error)
            else:
                self._tell_encryption(connection, packet.error)
        else:
            super().on_ll_control_pdu(sender_address, packet)

    def on_hci_le_long_term_key_request_reply_command(self, command: Any) -> Any:
        connection = self.find_le_connection_by_handle(command.connection_handle)
        if connection is not None:
            wanted = self._asked.pop(connection.handle, None)
            error = 0 if command.long_term_key == wanted else MIC_FAILURE
            connection.send_ll_control_pdu(KeyAnswer(error))
            if error:
                asyncio.get_running_loop().call_soon(self.on_le_disconnected, connection, error)
            else:
                self._tell_encryption(connection, 0)
        return _handled(command)

    def on_hci_le_long_term_key_request_negative_reply_command(self, command: Any) -> Any:
        connection = self.find_le_connection_by_handle(command.connection_handle)
        if connection is not None:
            self._asked.pop(connection.handle, None)
            connection.send_ll_control_pdu(KeyAnswer(PIN_OR_KEY_MISSING))
        return _handled(command)

    def _tell_encryption(self, connection: Connection, error: int) -> None:
        handle = connection.handle
        event: hci.HCI_Event
        if handle in self._encrypted:
            event = hci.HCI_Encryption_Key_Refresh_Complete_Event(
                status=error, connection_handle=handle
            )
        else:
            event = hci.HCI_Encryption_Change_Event(
                status=error, connection_handle=handle, encryption_enabled=int(not error)
            )
        if not error:
            self._encrypted.add(handle)
        self.send_hci_packet(event)


def _handled(command: Any) -> Any:
    return hci.HCI_StatusAndConnectionHandleReturnParameters(
        status=hci.HCI_ErrorCode.SUCCESS, connection_handle=command.connection_handle
    )
