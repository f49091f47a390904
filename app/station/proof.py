"""The last look before a PASS: what runs on the unit, read from it once more.

The update has proven it before; since then settings were written, perhaps the unit has restarted.
"""

from __future__ import annotations

from collections.abc import Callable

from app.lib.wording import short_hash
from app.records.attempt import Measurement, Result
from app.station.outcomes import StationError, UnfitUnit
from smp.client import Client
from smp.commands.image import ImageState
from smp.errors import DeviceError
from smp.text import Coded, Text, outside, sentences
from smp.update.job import Job
from smp.update.verdict import Verdict


async def prove(
    client: Client, job: Job, verdict: Verdict, note: Callable[[Measurement], None]
) -> None:
    """Every image of the job runs, by its hash, in the state that the update has left it in, and
    nothing else waits. Raises `UnfitUnit` where that is not so, `StationError` where the unit does
    not tell: then nobody knows, and nobody says PASS."""
    try:
        state = await client.image_state()
    except DeviceError as error:
        raise _not_read(sentences(error.why, outside(error.detail))) from error
    for number in dict.fromkeys(part.number for part in job.parts):
        _prove(state, number, job, verdict, note)


def _prove(
    state: ImageState,
    number: int,
    job: Job,
    verdict: Verdict,
    note: Callable[[Measurement], None],
) -> None:
    running = state.active(number)
    if running is None or running.hash is None:
        raise _not_read(Text("It lists no hash of what runs as image {number}", number=number))
    wanted = [it.file_image for it in job.parts if it.number == number]
    is_right = any(image.goes_by(running.hash) for image in wanted)
    note(
        Measurement(
            f"hash of image {number}",
            running.hash.hex(),
            wanted=" ".join(digest.hex() for image in wanted for digest in image.hashes),
            result=Result.PASS if is_right else Result.FAIL,
        )
    )
    if not is_right:
        raise UnfitUnit(
            Coded(
                "station-other-image",
                "The unit runs {version} ({hash}) now, which is not what it was given",
                version=running.version,
                hash=short_hash(running.hash),
            ),
            why=Text("It ran the right image before: it has returned to another one since"),
        )
    left = next((it.running for it in verdict.parts if it.number == number), None)
    if left is not None and left.confirmed and not running.confirmed:
        raise UnfitUnit(
            Coded("station-not-kept", "The unit's new image is not confirmed any more"),
            why=Text("It would return to its old image at its next restart"),
        )
    if any(it.pending and not it.active for it in state.of(number)):
        raise UnfitUnit(
            Coded("station-other-waits", "Another image waits for the unit's next restart"),
            why=Text("Something has marked it since the update"),
        )


def _not_read(why: Text) -> StationError:
    return StationError(
        Coded("station-hash-not-read", "The unit does not tell what it runs now"),
        why=why,
        next_step=Text(
            "Tell the engineer: a unit whose hash cannot be read after its last restart never "
            "passes a station"
        ),
    )
