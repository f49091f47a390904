"""Checks of the engine: packets, signatures, and a whole update of a simulated device."""

from __future__ import annotations

import asyncio
import base64

from app.checkup.part import INSTALL_AGAIN, Finding, failed, ok
from smp.text import Text

_KNOWN = """\
PbjzlgAAAAAgAAAAIAAAAAAAAAABAAAAAAAAAAAAAABXerkVjrw4yy/njjB22FAl9h7pykBf95BSNRNaRIL2AAdp
lwAQACAAvifXOygJIBHyMRgpirmo9k15KlvHHUgjZZ9lfFfemggBACAA5OCX3tyCJPvFWQyvVKGLl2feFL+2bkQt
S58oZNSwVw4iAEcAMEUCIHJROR0717/3ggRr6R1eQOw+rQqOEgjO2pk6UIb1QyXgAiEA4igEV0Nhslr7qpcwLUV8
9dwZ6U4H06IfoR50nssMJNs=
"""
"""An image signed with the key of the demonstrations, as it left the signer."""
_WATCH = 0.2
_VERSION = "9.8.7"


async def packets() -> Finding:
    """CBOR both ways, as the devices speak it."""
    import cbor2

    said = {"off": 4096, "data": b"\x00\xff", "sha": None, "name": "Gerät"}
    if cbor2.loads(cbor2.dumps(said)) != said:
        return failed(Text("Packets are not read as they were written"), INSTALL_AGAIN)
    return ok(Text("Packets are written and read"))


async def signatures() -> Finding:
    """A known image with a known key, and the same image with one bit changed, here or there."""
    return await asyncio.to_thread(_signatures)


def _signatures() -> Finding:
    from smp.image import PublicKey, SignatureResult, check_signature, classify
    from smp.simulator.keys import DEMO_PUBLIC_PEM

    key = PublicKey.from_bytes(DEMO_PUBLIC_PEM.encode())
    good = base64.b64decode(_KNOWN)
    results = [
        check_signature(classify(data, "known.bin").images[0], key).result
        for data in (good, _with_a_bit_turned(good, 40), _with_a_bit_turned(good, -1))
    ]
    if results[0] is not SignatureResult.GOOD:
        return failed(Text("A good signature is not recognised"), INSTALL_AGAIN, str(results[0]))
    if SignatureResult.GOOD in results[1:]:
        return failed(Text("A changed image passes for signed"), INSTALL_AGAIN)
    return ok(Text("A good signature is recognised, and a changed image is refused"))


def _with_a_bit_turned(data: bytes, at: int) -> bytes:
    """In the contents, or in the signature, which is the last."""
    changed = bytearray(data)
    changed[at] ^= 1
    return bytes(changed)


async def update() -> Finding:
    """From a file to a proven verdict, on a simulated device of its own."""
    from smp.client import Client
    from smp.image import classify
    from smp.simulator.builder import build_image
    from smp.simulator.host import SimulatorHost
    from smp.simulator.loopback import LoopbackTransport
    from smp.update.job import Job
    from smp.update.run import Update
    from smp.update.verdict import Outcome

    image = classify(await asyncio.to_thread(build_image, _VERSION, 20_000), "self-test.bin")
    host = SimulatorHost("fast", on_for=5.0)
    client = Client(LoopbackTransport(host))
    try:
        verdict = await Update(client, Job.of(image.images[0], watch=_WATCH)).run()
    finally:
        await client.disconnect()
        host.close()
    if verdict.outcome is not Outcome.UPDATED:
        return failed(verdict.headline, INSTALL_AGAIN, verdict.reason)
    return ok(
        Text(
            "{headline}, after {seconds:.1f} s", headline=verdict.headline, seconds=verdict.seconds
        )
    )
