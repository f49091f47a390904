"""The guest's end of the wire to the virtual peripheral, which runs outside, on a fast processor.

    relay.py DEVICE         a virtio-serial port

Adapters are opened and closed as the other end says (/dev/vhci, one frame a read or write); lines
that come in on TCP 127.0.0.1:7700 go out, their answers come back. Frames of the wire: kind,
number, length, and that many bytes. The standard library only, and little of it: an import takes
its time here.
"""

import os
import selectors
import socket
import struct
import sys

HELLO, OPEN, CLOSE, FRAME, LINE = range(5)
HEAD = struct.Struct(">BBI")
CONTROL_PORT = 7700
VHCI = "/dev/vhci"
_CREATE = b"\xff\x00"


class Relay:
    def __init__(self, device: str) -> None:
        self._wire = os.open(device, os.O_RDWR)
        self._adapters: dict[int, int] = {}
        self._clients: dict[int, socket.socket] = {}
        self._lines: dict[int, bytes] = {}
        self._held = bytearray()
        self._ready = selectors.DefaultSelector()
        self._ready.register(self._wire, selectors.EVENT_READ, (self._read_wire, 0))
        self._listener = socket.create_server(("127.0.0.1", CONTROL_PORT))
        self._ready.register(self._listener, selectors.EVENT_READ, (self._accept, 0))

    def run(self) -> None:
        self._send(HELLO)
        while True:
            for key, _ in self._ready.select():
                action, number = key.data
                action(number)

    def _send(self, kind: int, number: int = 0, data: bytes = b"") -> None:
        data = HEAD.pack(kind, number, len(data)) + data
        while data:
            data = data[os.write(self._wire, data) :]

    def _read_wire(self, _: int) -> None:
        data = os.read(self._wire, 65536)
        if not data:
            sys.exit("the peripheral is gone")
        held = self._held
        held += data
        at = 0
        while len(held) - at >= HEAD.size:
            kind, number, size = HEAD.unpack_from(held, at)
            if len(held) - at < HEAD.size + size:
                break
            at += HEAD.size
            self._obey(kind, number, bytes(held[at : at + size]))
            at += size
        del held[:at]

    def _obey(self, kind: int, number: int, data: bytes) -> None:
        if kind == FRAME:
            if number in self._adapters:
                os.write(self._adapters[number], data)
        elif kind == LINE:
            if number in self._clients:
                self._clients[number].sendall(data)
        elif kind == OPEN:
            self._adapters[number] = file = os.open(VHCI, os.O_RDWR | os.O_NONBLOCK)
            self._ready.register(file, selectors.EVENT_READ, (self._read_adapter, number))
            os.write(file, _CREATE)
        elif kind == CLOSE and number in self._adapters:
            file = self._adapters.pop(number)
            self._ready.unregister(file)
            os.close(file)

    def _read_adapter(self, number: int) -> None:
        file = self._adapters.get(number)
        if file is not None:
            try:
                self._send(FRAME, number, os.read(file, 4096))
            except BlockingIOError:
                pass

    def _accept(self, _: int) -> None:
        client, _address = self._listener.accept()
        number = next(n for n in range(256) if n not in self._clients)
        self._clients[number] = client
        self._lines[number] = b""
        self._ready.register(client, selectors.EVENT_READ, (self._read_line, number))

    def _read_line(self, number: int) -> None:
        client = self._clients[number]
        try:
            data = client.recv(65536)
        except ConnectionError:
            data = b""
        if not data:
            self._ready.unregister(client)
            client.close()
            del self._clients[number], self._lines[number]
            return
        *lines, self._lines[number] = (self._lines[number] + data).split(b"\n")
        for line in lines:
            self._send(LINE, number, line)


if __name__ == "__main__":
    Relay(sys.argv[1]).run()
