"""Jobs: what is wanted, as a value; what they forbid; nonsense that they refuse."""

from __future__ import annotations

import ast
from dataclasses import replace
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePrivateKey

from app.controllers.jobs import Jobs
from smp.errors import FileError, JobError
from smp.image import NamedKey, PublicKey, classify
from smp.simulator import build_image
from smp.simulator.keys import demo_key, other_key
from smp.survey import DeviceFacts
from smp.update import plan as plans
from smp.update.events import PlanMade, UploadBegan
from smp.update.findings import FINDINGS
from smp.update.job import Job, JobPart
from smp.update.plan import Action, Mode, Remedy, Tone
from smp.update.run import Update
from smp.update.verdict import Ending, Outcome
from tests.helpers.clock import Clock
from tests.helpers.planning import device, entry, make_plan
from tests.helpers.updating import Scene, new_image

UPDATE = Path(plans.__file__).parent


def pem(folder: Path, *, ours: bool = True) -> Path:
    from cryptography.hazmat.primitives import serialization
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

    key = demo_key() if ours else Ed25519PrivateKey.generate()
    path = folder / f"{ours}.pem"
    path.write_bytes(
        key.public_key().public_bytes(
            serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
        )
    )
    return path


# -- what it holds --------------------------------------------------------------------------------


def test_two_jobs_of_the_same_wishes_are_equal() -> None:
    image = new_image()
    job = Job.of(image, Mode.TEST, number=1, watch=3.0, remedies=[Remedy.RESTART], consent=True)
    assert job == Job((JobPart(image, 1),), Mode.TEST, None, 3.0, (Remedy.RESTART,), True)
    assert Job.of(image) == Job((JobPart(image),))


@pytest.mark.parametrize("ours", [True, False])
def test_what_was_not_checked_against_the_key_is_checked(tmp_path: Path, *, ours: bool) -> None:
    key = PublicKey.load(pem(tmp_path, ours=ours))
    image = new_image(key=demo_key())
    job = Job((JobPart(image), JobPart(new_image("2.0.0"), 1)), key=key)
    first, second = (part.signature for part in job.parts)
    assert first is not None
    assert first.is_from_key is ours
    assert second is not None
    assert not second.is_from_key
    assert replace(job, consent=True).parts == job.parts


@pytest.mark.parametrize(
    ("parts", "code"),
    [([], "job-without-image"), ([0, 1, 0], "job-number-twice"), ([0, 1], None)],
)
def test_parts_that_nobody_can_mean_are_refused(parts: list[int], code: str | None) -> None:
    images = tuple(JobPart(new_image(size=9_000 + at), n) for at, n in enumerate(parts))
    if code is None:
        assert len(Job(images).parts) == 2
        return
    with pytest.raises(JobError) as caught:
        Job(images)
    assert caught.value.what.code == code  # type: ignore[attr-defined]


def test_one_image_for_two_numbers_is_refused() -> None:
    """Marking by hash would mean the first of them."""
    with pytest.raises(JobError, match="the same image for two numbers"):
        Job((JobPart(new_image()), JobPart(new_image(), 1)))
    nameless = replace(new_image(), tlvs=())
    assert len(Job((JobPart(nameless), JobPart(nameless, 1))).parts) == 2, "the plan forbids that"


@pytest.mark.parametrize("code", ["not-singed", "", "fits", "too-large "])
def test_a_check_that_nobody_knows_is_refused_in_words(code: str) -> None:
    with pytest.raises(JobError, match="No check that may warn has the code") as caught:
        Job.of(new_image(), forbids=["not-signed", code])
    assert "not-signed" in caught.value.next_step


# -- what it forbids ------------------------------------------------------------------------------


def codes_in(node: ast.AST) -> set[str]:
    """Of all texts that are made in there."""
    made = [inner for inner in ast.walk(node) if isinstance(inner, ast.Call)]
    coded = [call for call in made if ast.unparse(call.func) == "Coded"]
    return {ast.literal_eval(call.args[0]) for call in coded}


def codes_of_checks() -> tuple[set[str], set[str]]:
    """All, and those that no check tells as a finding. From the code itself."""
    every, others = set[str](), set[str]()
    for name in ("checks", "product", "fit", "demands", "pairs", "beside", "consent"):
        tree = ast.parse((UPDATE / f"{name}.py").read_text("utf-8"))
        every |= codes_in(tree)
        for call in ast.walk(tree):
            if isinstance(call, ast.Call):
                kind = ast.unparse(call.func)
                is_good = kind == "Check" and ast.unparse(call.args[0]) == "Tone.OK"
                others |= codes_in(call) if is_good or kind == "Obstacle" else set()
    return every, others


def test_the_codes_that_may_forbid_are_those_of_the_checks() -> None:
    """Beside them there are obstacles, consents, and what is only ever as it should be."""
    every, good = codes_of_checks()
    others = {code for code in every - FINDINGS if not code.startswith("no-way-back-")}
    assert not FINDINGS - every
    assert not FINDINGS & good
    assert others - good == {
        "counter-high-enough",
        "companions-there",
        "companions-come-too",
        "loader-takes-it",
        "pair-file-for-first-slot",
        "pair-file-for-free-slot",
        "board-as-running",
        "board-fits",
        "ids-as-running",
        "soc-fits",
        "made-for-other-product",
        "restarts-into-recovery",
    }


def test_what_only_warns_forbids_where_a_job_says_so() -> None:
    older = new_image("1.0.0")
    allowed = make_plan(device(entry("1.3.0")), older)
    assert allowed.obstacle is None
    assert "older-than-running" in [it.text.code for it in allowed.checks]
    made = make_plan(device(entry("1.3.0")), older, forbids=["older-than-running", "not-signed"])
    assert made.obstacle is not None
    assert made.obstacle.what.code == "forbidden-by-job"
    assert "Older than what runs now (1.3.0)" in made.obstacle.why
    assert "Not signed" in made.obstacle.why
    newer = make_plan(device(entry("1.3.0")), new_image(), forbids=["older-than-running"])
    assert newer.obstacle is None


def test_what_forbids_by_itself_is_told_first() -> None:
    facts = device(entry("1.3.0"), no_downgrade=True)
    made = make_plan(facts, new_image("1.0.0"), forbids=["older-than-running"])
    assert made.obstacle is not None
    assert made.obstacle.what.code == "no-downgrade"


def test_what_runs_already_is_not_called_good_against_the_job() -> None:
    image = new_image()
    facts = device(entry("1.4.2", hash=image.hash))
    assert make_plan(facts, image).action is Action.NOTHING
    assert make_plan(facts, image).obstacle is None
    assert make_plan(facts, image, forbids=["not-signed"]).obstacle is not None


async def test_nothing_is_sent_against_the_job(clock: Clock) -> None:
    scene = Scene()
    events: list[object] = []
    job = Job.of(new_image(), forbids=["not-signed"], consent=True)
    verdict = await Update(scene.client, job, on_event=events.append).run()
    assert (verdict.outcome, verdict.ending) == (Outcome.NOT_UPDATED, Ending.FORBIDDEN)
    assert "Not signed" in verdict.reason
    assert any(isinstance(event, PlanMade) for event in events)
    assert not any(isinstance(event, UploadBegan) for event in events)
    signed = Job.of(new_image(key=demo_key()), forbids=["not-signed"])
    assert (await Update(scene.client, signed).run()).is_good
    await scene.close()


async def test_several_remedies_may_be_agreed_to(clock: Clock) -> None:
    """The first of them that is offered is used."""
    scene = Scene()
    await scene.run(new_image("1.4.0"), Mode.TEST)
    job = Job.of(new_image("1.5.0"), remedies=[Remedy.CONFIRM_RUNNING, Remedy.RESTART])
    verdict = await Update(scene.client, job).run()
    assert verdict.is_good, verdict
    assert "1.4.0 was confirmed" in verdict.reason
    await scene.close()


# -- a window's -----------------------------------------------------------------------------------


def test_a_window_makes_a_job_of_a_file(tmp_path: Path) -> None:
    file = classify(build_image("1.4.2", 20_000, key=demo_key()), "app.bin")
    jobs = Jobs.of("test", [pem(tmp_path)], "4.0", ["not-signed"])
    job = jobs(file)
    (part,) = job.parts
    assert (job.mode, job.watch, job.forbids) == (Mode.TEST, 4.0, {"not-signed"})
    assert part.signature is not None
    assert part.signature.is_from_key
    assert jobs(file) is job, "its signature is checked once"
    assert jobs(classify(build_image("1.5.0", 20_000), "b.bin")) != job
    assert Jobs()(file) == Job.of(file.images[0])


@pytest.mark.parametrize("mode", ["tset", "Confirm", "permanent "])
def test_a_mode_that_nobody_knows_is_never_confirmed(mode: str) -> None:
    """Whoever wants a test and mistypes it must not get an image for good."""
    with pytest.raises(JobError) as caught:
        Jobs.of(mode)
    assert "confirm, test, permanent" in caught.value.next_step
    assert Jobs.of("") == Jobs(Mode.CONFIRM)
    assert {Jobs.of(each.value).mode for each in Mode} == set(Mode)


@pytest.mark.parametrize("text", ["1m", "-1", "nan", "inf", "10,5", "3601"])
def test_a_watch_that_nobody_can_read_is_not_another_one(text: str) -> None:
    with pytest.raises(JobError):
        Jobs.of("", (), text)
    assert [Jobs.of("", (), each).watch for each in ("", "0", "60.5")] == [None, 0.0, 60.5]


def test_settings_that_nobody_understands_are_an_error(tmp_path: Path) -> None:
    with pytest.raises(JobError):
        Jobs.of("", (), "", ["not-singed"])
    with pytest.raises(FileError):
        Jobs.of("", [tmp_path / "none.pem"])


# -- keys that are known --------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("signed", "code", "tone"),
    [
        (demo_key(), "signed-with-known-key", Tone.OK),
        (other_key(), "signed-with-unknown-key", Tone.WARN),
        (None, "not-signed", Tone.WARN),
    ],
)
def test_the_plan_says_whose_signature_it_is(
    tmp_path: Path, signed: EllipticCurvePrivateKey | None, code: str, tone: Tone
) -> None:
    known = [NamedKey("release", PublicKey.load(pem(tmp_path)))]
    image = new_image(key=signed)
    (check,) = [
        check
        for check in plans.make_plan(device(), Job.of(image, known=known)).checks
        if check.text.code.startswith(("signed-with", "not-signed", "signature"))
    ]
    assert (check.text.code, check.tone) == (code, tone)
    assert ("release" in check.text) is (code == "signed-with-known-key")
    without = {each.text.code for each in plans.make_plan(device(), Job.of(image)).checks}
    assert "signed-with-unknown-key" not in without


def test_a_signature_that_does_not_fit_its_key_is_warned_of(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    known = [NamedKey("release", PublicKey.load(pem(tmp_path)))]
    monkeypatch.setattr(PublicKey, "verify", lambda *args: False)
    job = Job.of(new_image(key=demo_key()), known=known)
    (check,) = [
        c for c in plans.make_plan(device(), job).checks if c.text.code == "known-key-does-not-fit"
    ]
    assert check.tone is Tone.WARN
    assert check.text.startswith("Claims to be signed with “release”")
    assert {"known-key-does-not-fit", "signed-with-unknown-key"} <= FINDINGS


def _line(job: Job, facts: DeviceFacts) -> tuple[str, Tone, str]:
    made = plans.make_plan(facts, job)
    stems = ("signed-with", "not-signed", "signature", "known-key", "no-key")
    (check,) = [check for check in made.checks if check.text.code.startswith(stems)]
    return check.text.code, check.tone, str(check.text)


@pytest.mark.parametrize(
    ("products", "board", "code", "tone"),
    [
        ((), "nrf52840dk/nrf52840", "signed-with-known-key", Tone.OK),
        (("nrf52840dk_nrf52840",), "nrf52840dk/nrf52840", "signed-with-known-key", Tone.OK),
        (("lamp", "nrf52840dk"), "nrf52840dk/nrf52840", "signed-with-known-key", Tone.OK),
        (("nrf52*",), "nrf52840dk/nrf52840", "signed-with-known-key", Tone.OK),
        (("BOARD",), None, "signed-with-known-key", Tone.OK),
        (("b?ard",), None, "signed-with-known-key", Tone.OK),
        (("2fe3:*",), None, "signed-with-known-key", Tone.OK),
        (("nrf52dk",), "nrf52840dk/nrf52840", "known-key-of-other-product", Tone.WARN),
        (("nrf53*",), "nrf52840dk/nrf52840", "known-key-of-other-product", Tone.WARN),
        (("nrf52840dk",), None, "known-key-of-other-product", Tone.WARN),
    ],
)
def test_a_key_is_for_some_products(
    tmp_path: Path, products: tuple[str, ...], board: str | None, code: str, tone: Tone
) -> None:
    known = [NamedKey("release", PublicKey.load(pem(tmp_path)), products)]
    facts = device(board=board, link={"usb": "2FE3:0100"})
    line = _line(Job.of(new_image(key=demo_key()), known=known), facts)
    assert line[:2] == (code, tone)
    assert "release" in line[2]
    if tone is Tone.WARN:
        assert f"which is for {' and '.join(products)}, not for this device" in line[2]


def test_keys_of_other_products_say_nothing_of_somebody_elses_signature(tmp_path: Path) -> None:
    lamp = NamedKey("lamps", PublicKey.load(pem(tmp_path)), ("lamp_*",))
    image, facts = new_image(key=other_key()), device(board="nrf52840dk/nrf52840")
    code, tone, words = _line(Job.of(image, known=[lamp]), facts)
    assert (code, tone) == ("no-key-for-this-device", Tone.NEUTRAL)
    assert words.endswith("none of the keys known here is for this device")
    ours = NamedKey("ours", PublicKey.load(pem(tmp_path, ours=False)))
    assert _line(Job.of(image, known=[lamp, ours]), facts)[0] == "signed-with-unknown-key"
    forbids = ["no-key-for-this-device"]
    made = plans.make_plan(facts, Job.of(image, known=[lamp], forbids=forbids))
    assert made.obstacle is not None


def test_two_names_of_one_key_for_two_products(tmp_path: Path) -> None:
    key = PublicKey.load(pem(tmp_path))
    known = [NamedKey("lamps", key, ("lamp",)), NamedKey("boards", key, ("board",))]
    assert _line(Job.of(new_image(key=demo_key()), known=known), device())[2] == (
        "Signed with “boards”"
    )


@pytest.mark.parametrize(
    ("signed", "is_ours", "words"),
    [
        (demo_key(), True, "Signed with “release”"),
        (other_key(), False, "than those that are trusted (release, field)"),
        (None, False, "not signed"),
    ],
)
def test_one_of_several_trusted_keys_has_to_have_signed(
    tmp_path: Path, signed: EllipticCurvePrivateKey | None, words: str, *, is_ours: bool
) -> None:
    trusted = [
        NamedKey("release", PublicKey.load(pem(tmp_path))),
        NamedKey("field", PublicKey.load(pem(tmp_path, ours=False))),
    ]
    image = new_image(key=signed)
    made = plans.make_plan(device(), Job.of(image, trusted=trusted))
    code, tone, line = _line(Job.of(image, trusted=trusted), device())
    assert words in line
    assert _line(Job.of(image, trusted=trusted[::-1]), device())[:2] == (code, tone)
    assert (code, tone) == (
        ("signature-trusted", Tone.OK) if is_ours else ("signature-not-trusted", Tone.BAD)
    )
    assert (made.obstacle is None) is is_ours
    both = Job.of(image, key=PublicKey.load(pem(tmp_path, ours=False)), trusted=trusted[:1])
    assert (plans.make_plan(device(), both).obstacle is None) is is_ours
