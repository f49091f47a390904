"""The engine's state machines: each legal step is walked through the machine's own door, and no
other step is to be had."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from enum import Enum

import pytest

from smp.commands.image import UploadAnswer
from smp.machine import IllegalStep, after
from smp.packet import Op, Packet
from smp.session import STEPS as CALL_STEPS
from smp.session import Call, CallState, CallStep, Session
from smp.timing import Patience, RttEstimator
from smp.transfer.chunks import ImagePayload
from smp.transfer.congestion import Window
from smp.transfer.endurance import RESTARTS
from smp.transfer.flight import Chunk
from smp.transfer.packet_size import SizeSearch
from smp.transfer.states import STEPS as UPLOAD_STEPS
from smp.transfer.states import UploadState, UploadStep
from smp.transfer.upload import Upload
from tests.helpers.model_server import firmware


class Light(Enum):
    RED = "stop"
    GREEN = "go"


class Turn(Enum):
    NEXT = "the other one"
    BREAK = "a stone flies"


def test_a_step_that_the_table_has_leads_on() -> None:
    assert after({(Light.RED, Turn.NEXT): Light.GREEN}, Light.RED, Turn.NEXT) is Light.GREEN


def test_a_step_that_it_has_not_says_who_and_what() -> None:
    table = {(Light.RED, Turn.NEXT): Light.GREEN}
    with pytest.raises(IllegalStep, match=r"Light\.RED has no step for Turn\.BREAK") as caught:
        after(table, Light.RED, Turn.BREAK)
    assert (caught.value.state, caught.value.happened) == (Light.RED, Turn.BREAK)


# -- an upload --------------------------------------------------------------------------------


def upload(size: int = 10_000) -> Upload:
    data = firmware(size)
    payload = ImagePayload(data, hashlib.sha256(data).digest())
    return Upload(
        payload, sizes=SizeSearch((380,)), window=Window(1), rtt=RttEstimator(0.05, initial=2.0)
    )


def say(it: Upload, chunk: Chunk, offset: int) -> None:
    it.answered(chunk, UploadAnswer(offset, None), 0.05)


def starting() -> tuple[Upload, Chunk]:
    it = upload()
    (first,) = it.chunks(0.0)
    return it, first


def running(size: int = 10_000) -> tuple[Upload, Chunk]:
    it = upload(size)
    (first,) = it.chunks(0.0)
    say(it, first, first.length)
    (chunk,) = it.chunks(0.0)
    return it, chunk


def forget_at_the_end(it: Upload) -> Upload:
    """Everything is sent, and the server says that it knows nothing."""
    while it.state is not UploadState.DOUBTFUL:
        (chunk,) = it.chunks(0.0)
        say(it, chunk, 0 if chunk.is_last else chunk.offset + chunk.length)
    return it


def forgotten_for_good() -> Upload:
    it = upload(600)
    for _ in range(RESTARTS):
        forget_at_the_end(it).settle(complete=False)
    return forget_at_the_end(it)


UPLOADS: dict[tuple[UploadState, UploadStep], Callable[[], tuple[Upload, Callable[[], None]]]] = {
    (UploadState.STARTING, UploadStep.ACCEPTED): lambda: _saying(*starting(), 300),
    (UploadState.STARTING, UploadStep.COMPLETED): lambda: _saying(*starting(), 10_000),
    (UploadState.STARTING, UploadStep.GIVEN_UP): lambda: _saying(*starting(), 10_001),
    (UploadState.RUNNING, UploadStep.FORGOTTEN): lambda: _saying(*running(600), 0),
    (UploadState.RUNNING, UploadStep.BEGUN_ANEW): lambda: _saying(*running(), 0),
    (UploadState.RUNNING, UploadStep.COMPLETED): lambda: _saying(*running(), 10_000),
    (UploadState.RUNNING, UploadStep.GIVEN_UP): lambda: _saying(*running(), 10_001),
    (UploadState.DOUBTFUL, UploadStep.BEGUN_ANEW): lambda: _settling(
        forget_at_the_end(upload(600)), complete=False
    ),
    (UploadState.DOUBTFUL, UploadStep.COMPLETED): lambda: _settling(
        forget_at_the_end(upload(600)), complete=True
    ),
    (UploadState.DOUBTFUL, UploadStep.GIVEN_UP): lambda: _settling(
        forgotten_for_good(), complete=False
    ),
}


def _saying(it: Upload, chunk: Chunk, offset: int) -> tuple[Upload, Callable[[], None]]:
    return it, lambda: say(it, chunk, offset)


def _settling(it: Upload, *, complete: bool) -> tuple[Upload, Callable[[], None]]:
    return it, lambda: it.settle(complete=complete)


def test_every_step_of_an_upload_is_walked() -> None:
    assert UPLOADS.keys() == UPLOAD_STEPS.keys()


@pytest.mark.parametrize("step", UPLOADS, ids=lambda step: "-".join(each.name for each in step))
def test_an_upload_goes_where_its_table_says(step: tuple[UploadState, UploadStep]) -> None:
    it, happen = UPLOADS[step]()
    assert it.state is step[0]
    happen()
    assert it.state is UPLOAD_STEPS[step]
    assert (it.error is not None) is (it.state is UploadState.FAILED)


@pytest.mark.parametrize("state", UploadState)
@pytest.mark.parametrize("happened", UploadStep)
def test_any_other_step_of_an_upload_raises(state: UploadState, happened: UploadStep) -> None:
    if (state, happened) not in UPLOAD_STEPS:
        with pytest.raises(IllegalStep):
            after(UPLOAD_STEPS, state, happened)


def test_an_upload_in_a_state_takes_its_steps_only() -> None:
    it, chunk = running()
    with pytest.raises(IllegalStep, match=r"RUNNING has no step for UploadStep\.ACCEPTED"):
        it._become(UploadStep.ACCEPTED)  # no door leads there
    assert it.state is UploadState.RUNNING
    say(it, chunk, 10_000)
    assert it.state is UploadState.FINISHED


def test_nobody_else_writes_an_uploads_state() -> None:
    with pytest.raises(AttributeError):
        upload().state = UploadState.FINISHED  # type: ignore[misc]


# -- a call ---------------------------------------------------------------------------------------


class Talk:
    """A session with two calls: one flies, the other waits behind it."""

    def __init__(self) -> None:
        self.session = Session()
        patience = Patience((1.0, 1.0), adaptive=False)
        self.flying = Call(0, 0, Op.READ, b"\xa0", patience, urgent=True)
        self.waiting = Call(0, 1, Op.READ, b"\xa0", patience)
        self.session.submit(self.flying, 0.0)
        self.session.submit(self.waiting, 0.0)
        (self.sent,) = self.session.packets_to_send()

    def answer(self) -> None:
        asked = Packet.from_bytes(self.sent)
        answer = Packet(self.flying.op.answer, 0, 0, asked.sequence, b"\xa0").to_bytes()
        self.session.receive(answer, 0.5)

    def give_up(self) -> None:
        self.session.handle_timer(1.0)
        self.session.handle_timer(2.0)


CALLS: dict[tuple[CallState, CallStep], Callable[[Talk], None]] = {
    (CallState.WAITING, CallStep.SENT): Talk.answer,
    (CallState.WAITING, CallStep.WITHDRAWN): lambda it: it.session.withdraw(it.waiting, 0.0),
    (CallState.IN_FLIGHT, CallStep.SENT): lambda it: it.session.handle_timer(1.0) and None,
    (CallState.IN_FLIGHT, CallStep.ANSWERED): Talk.answer,
    (CallState.IN_FLIGHT, CallStep.GIVEN_UP): Talk.give_up,
    (CallState.IN_FLIGHT, CallStep.WITHDRAWN): lambda it: it.session.abandon(),
}


def test_every_step_of_a_call_is_walked() -> None:
    assert CALLS.keys() == CALL_STEPS.keys()


@pytest.mark.parametrize("step", CALLS, ids=lambda step: "-".join(each.name for each in step))
def test_a_call_goes_where_its_table_says(step: tuple[CallState, CallStep]) -> None:
    talk = Talk()
    call = talk.flying if step[0] is CallState.IN_FLIGHT else talk.waiting
    assert call.state is step[0]
    CALLS[step](talk)
    assert call.state is CALL_STEPS[step]


@pytest.mark.parametrize("end", [Talk.answer, Talk.give_up, lambda it: it.session.abandon()])
def test_a_call_that_has_ended_is_not_sent_again(end: Callable[[Talk], None]) -> None:
    talk = Talk()
    end(talk)
    state = talk.flying.state
    with pytest.raises(IllegalStep):
        talk.session.submit(talk.flying, 9.0)
    assert talk.flying.state is state


def test_what_was_withdrawn_while_it_waited_stays_so_when_the_link_goes() -> None:
    talk = Talk()
    talk.session.withdraw(talk.waiting, 0.0)
    talk.session.abandon()
    assert talk.waiting.state is CallState.WITHDRAWN
