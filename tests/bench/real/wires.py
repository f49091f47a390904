"""Bytes to and from a server without an event loop: what the probe sends through."""

from __future__ import annotations

import binascii
import os
import select
import socket
import tty
from abc import ABC, abstractmethod

from smp.address import Address
from smp.framing import console_lines


class Wire(ABC):
    """`encode` before the clock runs, `send` what was encoded, `receive` packets."""

    @abstractmethod
    def encode(self, packet: bytes) -> bytes: ...

    @abstractmethod
    def send(self, encoded: bytes) -> None: ...

    @abstractmethod
    def receive(self, timeout: float) -> list[bytes]: ...


class UdpWire(Wire):
    def __init__(self, address: Address) -> None:
        self._socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self._socket.connect((address.target, address.port))

    def encode(self, packet: bytes) -> bytes:
        return packet

    def send(self, encoded: bytes) -> None:
        self._socket.send(encoded)

    def receive(self, timeout: float) -> list[bytes]:
        ready, _, _ = select.select([self._socket], [], [], timeout)
        return [self._socket.recv(65536)] if ready else []


class SerialWire(Wire):
    def __init__(self, address: Address) -> None:
        self._port = os.open(address.target, os.O_RDWR | os.O_NOCTTY | os.O_NONBLOCK)
        tty.setraw(self._port)
        self._line = b""
        self._body = b""

    def encode(self, packet: bytes) -> bytes:
        return b"".join(console_lines(packet))

    def send(self, encoded: bytes) -> None:
        while encoded:
            try:
                encoded = encoded[os.write(self._port, encoded) :]
            except BlockingIOError:
                select.select([], [self._port], [])

    def receive(self, timeout: float) -> list[bytes]:
        ready, _, _ = select.select([self._port], [], [], timeout)
        if not ready:
            return []
        *lines, self._line = (self._line + os.read(self._port, 65536)).split(b"\n")
        return [packet for line in lines if (packet := self._take(line))]

    def _take(self, line: bytes) -> bytes:
        """The packet that ends with this line."""
        begun, continued = line.rfind(b"\x06\x09"), line.rfind(b"\x04\x14")
        if begun >= 0:
            self._body, at = b"", begun
        elif continued >= 0 and self._body:
            at = continued
        else:
            return b""
        try:
            self._body += binascii.a2b_base64(line[at + 2 :])
        except binascii.Error:
            return b""
        whole = 2 + int.from_bytes(self._body[:2], "big")
        if len(self._body) < whole or binascii.crc_hqx(self._body[2:whole], 0):
            return b""
        packet, self._body = self._body[2 : whole - 2], b""
        return packet


def wire_to(address: Address) -> Wire:
    return UdpWire(address) if address.scheme == "udp" else SerialWire(address)
