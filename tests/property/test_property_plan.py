"""Plans for any device and any file: nothing raises, and nothing in a plan contradicts another."""

from __future__ import annotations

import re

from hypothesis import given
from hypothesis import strategies as st

from smp.commands.image import ImageEntry, ImageState, SlotFacts
from smp.commands.os import BootloaderMode
from smp.image import McubootImage
from smp.survey import DeviceFacts
from smp.text import Coded
from smp.update.plan import Action, Mode, Plan, Tone
from smp.update.seen import Seen
from tests.helpers import images
from tests.helpers.planning import make_plan
from tests.helpers.texts import english

IMAGES = [
    McubootImage.from_bytes(data)
    for data in (
        images.image("1.4.2", 4096),
        images.image("1.4.2", 4096, "-d", "(1, 2.0.0)(0, 1.0.0)", "-s", "auto", key=None),
        images.image("1.4.2", 4096, "-F", "0xc000", "-s", "5", key=None),
        images.image("1.4.2", 4096, "-L", "0x20000000", "--pad", key=None, slot_size=0x8000),
        images.signed(b"firmware" * 3000, "--compression", "lzma2", version="1.4.2"),
    )
]
HASHES = [digest for image in IMAGES for digest in image.hashes] + [b"o" * 32, b"", None]

numbers = st.integers(0, 2)
sizes = st.none() | st.integers(0, 60_000) | st.just(1 << 20)
entries = st.builds(
    ImageEntry,
    *(numbers, st.integers(0, 3)),
    st.sampled_from(["1.4.1", "1.4.2", "1.4.3.9", "2.0.0", "", "<???>"]),
    st.sampled_from(HASHES),
    *(st.booleans() for _ in range(5)),
)
states = st.builds(ImageState, st.lists(entries, max_size=5).map(tuple), st.booleans())
slots = st.builds(SlotFacts, numbers, st.integers(0, 1), sizes, st.none(), sizes)
devices = st.builds(
    DeviceFacts,
    *(st.just("board"), st.just("serial")),
    mode=st.none() | st.sampled_from(BootloaderMode),
    no_downgrade=st.booleans(),
    state=st.none() | states,
    slots=st.lists(slots, max_size=4).map(tuple),
)
"""What an application tells."""
recoveries = st.builds(
    DeviceFacts,
    *(st.just("board"), st.just("serial")),
    state=states,
    slots=st.lists(slots, max_size=4).map(tuple),
    in_recovery=st.just(True),
)
seen = st.none() | st.builds(Seen, st.none() | st.integers(0, 99), st.none() | st.just(0xC244))
plans = st.builds(
    make_plan,
    devices | recoveries,
    st.sampled_from(IMAGES),
    st.sampled_from(Mode),
    number=numbers,
    memory=seen.map(lambda told: lambda digest: told),
)


@given(plans)
def test_what_is_called_a_problem_forbids(made: Plan) -> None:
    """A red line beside a button that can be pressed would be a lie, and so would its text."""
    for check in made.checks:
        assert check.text
        assert not check.text.endswith(".")
        assert "None" not in check.text
        assert "  " not in check.text
        assert " ," not in check.text
        assert check.tone is not Tone.BAD or made.obstacle is not None, check
    if made.obstacle is not None:
        assert made.obstacle.what
        assert "None" not in str(made.obstacle)
        assert "  " not in f"{made.obstacle.what} {made.obstacle.why} {made.obstacle.next_step}"


@given(plans)
def test_what_has_no_way_back_is_asked_for(made: Plan) -> None:
    if made.needs_restart and made.can_roll_back is False and not made.last.returns:
        assert made.consent
    if not made.needs_restart:
        assert not made.consent
    assert not made.consent.endswith(".")
    assert made.action is not Action.NOTHING or (
        made.last.before is not None and made.last.before.active
    )


@given(plans)
def test_every_plan_can_be_said_in_another_language_and_looked_up_by_code(made: Plan) -> None:
    obstacle = made.obstacle
    texts = [check.text for check in made.checks] + list(made.consents)
    if obstacle is not None:
        texts.append(obstacle.what)
        assert not [*english(obstacle.why), *english(obstacle.next_step)], obstacle
    for text in texts:
        assert isinstance(text, Coded)
        assert re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+){0,4}", text.code)
        assert not list(english(text)), text
