"""Is the file made for this device: board, chip, vendor and class ids; what is agreed to, what is
forbidden."""

from __future__ import annotations

from dataclasses import replace
from itertools import product as product_of
from uuid import NAMESPACE_DNS, UUID, uuid5

import pytest

from smp.image import FilePart, McubootImage
from smp.survey import DeviceFacts
from smp.update import plan as plans
from smp.update.job import Job, parts_of
from smp.update.kinds import OTHER_PRODUCT
from smp.update.plan import Plan, Tone
from smp.update.product import FOREIGN
from smp.update.seen import Seen
from tests.helpers import images
from tests.helpers.planning import OLD, device, entry, recovery, slots

ACME, OTHER = uuid5(NAMESPACE_DNS, "acme.example"), uuid5(NAMESPACE_DNS, "other.example")
PUMP, LAMP = uuid5(ACME, "pump"), uuid5(ACME, "lamp")
DK = "nrf52840dk/nrf52840"


def image(*options: str, version: str = "1.4.0") -> McubootImage:
    return McubootImage.from_bytes(images.image(version, 4096, *options))


def ids(vendor: UUID | None, kind: UUID | None) -> tuple[str, ...]:
    told = (("--vid", vendor), ("--cid", kind))
    return tuple(word for name, it in told if it is not None for word in (name, str(it)))


def plan(
    facts: DeviceFacts,
    *parts: FilePart,
    seen: Seen | None = None,
    forbids: tuple[str, ...] = (),
) -> Plan:
    job = Job(parts_of(parts), forbids=frozenset(forbids))
    return plans.make_plan(facts, job, memory=lambda digest: seen if digest == OLD else None)


def found(made: Plan) -> dict[str, Tone]:
    """What was said of the product."""
    stems = ("board-", "soc-", "ids-", "vendor-", "class-")
    return {c.text.code: c.tone for c in made.checks if c.text.code.startswith(stems)}


PLAIN = image()
FOREIGN_FILE = FilePart(PLAIN, board="nrf52dk_nrf52832")


@pytest.mark.parametrize(
    ("board", "soc", "device_board", "lines"),
    [
        ("", "", DK, {}),
        ("nrf52840dk_nrf52840", "", DK, {"board-fits": Tone.OK}),
        ("nrf52840dk", "nRF52840_QIAA", DK, {"board-fits": Tone.OK}),
        ("nrf52840dk@1.0.0", "", "nrf52840dk@2.0.0", {"board-revision-differs": Tone.WARN}),
        ("nrf52dk/nrf52832", "nrf52832", DK, {"board-differs": Tone.WARN}),
        ("nrf5340dk_nrf5340_cpunet", "", "nrf5340dk/nrf5340/cpuapp", {"board-core-differs": None}),
        ("nrf9160dk", "nrf9160", "nrf9160dk/nrf52840", {"board-fits": None, "soc-differs": None}),
        ("", "nRF52840_QIAA", DK, {"soc-fits": Tone.OK}),
        ("", "nRF5340", DK, {"soc-differs": Tone.WARN}),
        ("", "mk64f12", "acme_pump", {"soc-not-told": Tone.NEUTRAL}),
        (f"nrf52dk, {DK}", "nrf52832, nrf52840", DK, {"board-fits": Tone.OK}),
        (f"{DK}, nrf52dk", "", DK, {"board-fits": Tone.OK}),
        ("nrf52dk, thingy53", "", DK, {"board-differs": Tone.WARN}),
        ("", "nrf52832, nRF52840_QIAA", DK, {"soc-fits": Tone.OK}),
        ("", "nrf52832, nrf5340", DK, {"soc-differs": Tone.WARN}),
        (DK, "nrf52840", None, {"board-not-told": Tone.NEUTRAL}),
        ("", "nrf52840", None, {"soc-not-told": Tone.NEUTRAL}),
    ],
)
def test_board_and_chip_beside_what_the_device_tells(
    board: str, soc: str, device_board: str | None, lines: dict[str, Tone | None]
) -> None:
    facts = device(board=device_board)
    made = plan(facts, FilePart(PLAIN, board=board, soc=soc))
    told = found(made)
    assert told.keys() == lines.keys()
    assert all(tone is None or told[code] is tone for code, tone in lines.items())
    foreign = [code for code in told if code in FOREIGN]
    assert [it.code for it in made.consents] == ["made-for-other-product"] * len(foreign)
    assert made.obstacle is None
    forbidden = plan(facts, FilePart(PLAIN, board=board, soc=soc), forbids=tuple(FOREIGN))
    assert (forbidden.obstacle is not None) == bool(foreign)


def test_to_agree_to_another_product_is_a_consent_of_its_own() -> None:
    assert OTHER_PRODUCT in [it.code for it in plan(device(board=DK), FOREIGN_FILE).consents]
    consents = plan(replace(recovery(), board=DK), FOREIGN_FILE).consents
    codes = [it.code for it in consents]
    for consent, other_product in product_of((False, True), repeat=2):
        job = Job(parts_of([FOREIGN_FILE]), consent=consent, other_product=other_product)
        left = [it.code for it in job.left_to_agree(consents)]
        assert (OTHER_PRODUCT in left) == (OTHER_PRODUCT in codes and not other_product)
        assert ("no-way-back-recovery" in left) == (not consent)


def test_both_names_are_said() -> None:
    made = plan(device(board=DK), FilePart(PLAIN, board="nrf52dk_nrf52832"))
    (text,) = [c.text for c in made.checks if c.text.code == "board-differs"]
    assert text == "Made for nrf52dk_nrf52832; the device says it is nrf52840dk/nrf52840"
    assert made.consent.startswith(str(text))
    forbidden = plan(
        device(board=DK), FilePart(PLAIN, board="nrf52dk_nrf52832"), forbids=("board-differs",)
    )
    assert forbidden.obstacle is not None
    assert forbidden.obstacle.why == text


def test_the_image_of_another_core_is_not_for_the_application_that_answers() -> None:
    other = image("-s", "1")
    facts = device(
        entry(),
        entry(image=1, hash=b"net".ljust(32)),
        board="nrf5340dk/nrf5340/cpuapp",
        slots=slots(0x80000, 0x80000) + slots(0x40000, 0x40000, image=1),
    )
    application = FilePart(PLAIN, 0, board="nrf5340dk/nrf5340/cpuapp", soc="nrf5340")
    network = FilePart(other, 1, board="nrf5340dk/nrf5340/cpunet", soc="nrf5340", core="NETWORK")
    made = plan(facts, application, network)
    assert found(made) == {"board-fits": Tone.OK}
    assert "made-for-other-product" not in [it.code for it in made.consents]
    foreign = plan(facts, application, replace(network, board="nrf52dk_nrf52832"))
    (asked,) = [it for it in foreign.consents if it.code == "made-for-other-product"]
    assert asked.startswith("Network core: Made for nrf52dk_nrf52832")


@pytest.mark.parametrize(
    ("board", "ran", "code", "tone"),
    [
        ("nrf52840dk", "nrf52840dk_nrf52840", "board-as-running", Tone.OK),
        ("nrf52dk_nrf52832", "nrf52840dk_nrf52840", "board-differs-from-running", Tone.WARN),
        ("nrf52840dk", "", "board-not-told", Tone.NEUTRAL),
    ],
)
def test_a_board_beside_that_of_what_runs(board: str, ran: str, code: str, tone: Tone) -> None:
    made = plan(device(), FilePart(PLAIN, board=board), seen=Seen(board=ran))
    assert found(made) == {code: tone}
    told = plan(device(board=DK), FilePart(PLAIN, board="nrf52840dk"), seen=Seen(board=ran))
    assert found(told) == {"board-fits": Tone.OK}, "what the device says goes first"


@pytest.mark.parametrize(
    ("mine", "ran", "lines"),
    [
        ((ACME, PUMP), (ACME, PUMP), {"ids-as-running": Tone.OK}),
        ((None, PUMP), (None, PUMP), {"ids-as-running": Tone.OK}),
        ((ACME, LAMP), (ACME, PUMP), {"class-id-differs": Tone.WARN}),
        (
            (OTHER, LAMP),
            (ACME, PUMP),
            {"vendor-id-differs": Tone.WARN, "class-id-differs": Tone.WARN},
        ),
        ((None, None), (ACME, PUMP), {"vendor-id-missing": None, "class-id-missing": None}),
        ((ACME, PUMP), (ACME, None), {}),
        ((None, None), (None, None), {}),
        ((ACME, PUMP), None, {"ids-not-comparable": Tone.NEUTRAL}),
        ((ACME, None), None, {"ids-not-comparable": Tone.NEUTRAL}),
        ((None, None), None, {}),
    ],
)
def test_ids_beside_those_of_what_runs(
    mine: tuple[UUID | None, UUID | None],
    ran: tuple[UUID | None, UUID | None] | None,
    lines: dict[str, Tone | None],
) -> None:
    part = FilePart(image(*ids(*mine)))
    seen = Seen(vendor=ran[0], product=ran[1]) if ran is not None else None
    made = plan(device(), part, seen=seen)
    told = found(made)
    assert told.keys() == lines.keys()
    assert all(tone is None or told[code] is tone for code, tone in lines.items())
    assert bool(made.consents) == bool(told.keys() & FOREIGN)


def test_ids_of_the_unprotected_area_say_nothing() -> None:
    """Anybody can write them there."""
    whole = image(*ids(ACME, PUMP))
    forged = McubootImage.from_bytes(
        images.with_tlvs(PLAIN.data, *((t.type, t.value) for t in PLAIN.tlvs), (0x75, PUMP.bytes))
    )
    assert whole.class_uuid == PUMP
    assert found(plan(device(), FilePart(forged), seen=Seen(product=PUMP))) == {
        "class-id-missing": Tone.WARN
    }


def test_what_runs_already_is_not_asked_about() -> None:
    part = FilePart(PLAIN, board="nrf52dk_nrf52832")
    made = plan(device(entry(hash=PLAIN.hash), board=DK), part)
    assert found(made) == {}
    assert made.consents == ()


def test_in_recovery_too_the_file_that_was_seen_counts() -> None:
    facts = recovery(entry())
    made = plan(facts, FilePart(image(*ids(ACME, LAMP))), seen=Seen(vendor=ACME, product=PUMP))
    assert found(made) == {"class-id-differs": Tone.WARN}
    assert [it.code for it in made.consents] == ["made-for-other-product", "no-way-back-recovery"]
