"""Runs in an environment of its own, with smpclient: an update done by somebody else's client.

    python peer_client.py ADDRESS FILE      ADDRESS: a port's path, or a host for UDP

Prints one JSON object: what it saw. Never imported by our code.
"""

from __future__ import annotations

import asyncio
import json
import sys
from pathlib import Path

from smpclient import SMPClient
from smpclient.generics import error, success
from smpclient.mcuboot import IMAGE_TLV, ImageInfo
from smpclient.requests.image_management import ImageStatesRead, ImageStatesWrite
from smpclient.requests.os_management import EchoWrite, MCUMgrParametersRead, ResetWrite
from smpclient.transport.serial import SMPSerialTransport
from smpclient.transport.udp import SMPUDPTransport


async def main(address: str, file: Path) -> dict[str, object]:
    if address.startswith("/"):
        client = SMPClient(SMPSerialTransport(), address)
    else:
        client = SMPClient(SMPUDPTransport(), address)
    await client.connect()
    image = file.read_bytes()  # noqa: ASYNC240 -- nothing else runs here
    digest = ImageInfo.load_file(str(file)).get_tlv(IMAGE_TLV.SHA256).value
    saw: dict[str, object] = {}

    async def ask(request: object) -> object:
        answer = await client.request(request)
        assert success(answer), answer
        return answer

    saw["echo"] = (await ask(EchoWrite(d="peer"))).r
    parameters = await ask(MCUMgrParametersRead())
    saw["buffers"] = [parameters.buf_size, parameters.buf_count]
    saw["before"] = [s.version for s in (await ask(ImageStatesRead())).images]
    offset = 0
    async for offset in client.upload(image):  # noqa: B007 -- the last one counts
        pass
    saw["uploaded"] = offset
    state = await ask(ImageStatesWrite(hash=digest))
    saw["pending"] = [s.version for s in state.images if s.pending]
    await ask(ResetWrite())
    await client.disconnect()
    for _ in range(60):
        await asyncio.sleep(0.5)
        try:
            await client.connect()
            answer = await client.request(ImageStatesRead())
        except Exception:  # noqa: BLE001 -- it restarts
            continue
        if success(answer) and any(s.active and s.hash == digest for s in answer.images):
            break
    saw["unconfirmed"] = [s.version for s in answer.images if s.active and not s.confirmed]
    state = await ask(ImageStatesWrite(confirm=True))
    saw["confirmed"] = [s.version for s in state.images if s.active and s.confirmed]
    refused = await client.request(ImageStatesWrite(hash=bytes(32)))
    assert error(refused)
    saw["refused"] = [int(refused.err.group), int(refused.err.rc)]
    await client.disconnect()
    return saw


if __name__ == "__main__":
    print(json.dumps(asyncio.run(main(sys.argv[1], Path(sys.argv[2])))))
