"""A manufacturing system says yes or no; whatever else it says is no yes."""

from __future__ import annotations

import dataclasses
import json

import pytest

from app.records.attempt import Attempt, Measurement, Result, StepTime
from app.station import rest
from app.station.hooks import may_start, result_body
from app.station.job import Hook
from app.station.outcomes import UnfitUnit
from smp.text import Coded
from tests.helpers.clock import Clock

HOOK = Hook("https://mes.example/start", seconds=10.0, headers=(("X", "1"),))
AWAY = rest.RestError(Coded("station-rest-unreachable", "It is away"), is_passing=True)
WRONG = rest.RestError(Coded("station-rest-tls", "It is somebody else"))


class Mes:
    """Answers in this order; the last one from then on."""

    def __init__(self, *answers: rest.Answer | rest.RestError) -> None:
        self.answers = list(answers)
        self.asked: list[rest.Call] = []

    async def __call__(self, call: rest.Call) -> rest.Answer:
        self.asked.append(call)
        answer = self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
        if isinstance(answer, rest.RestError):
            raise answer
        return answer


@pytest.mark.parametrize(
    "answer",
    [
        rest.Answer(200, {"allowed": True}),
        rest.Answer(201, {"allowed": True, "reason": "fine"}),
        rest.Answer(204),
    ],
)
async def test_a_yes_lets_it_start(clock: Clock, answer: rest.Answer) -> None:
    mes = Mes(answer)
    await may_start(HOOK, "k", {"serial": "S"}, mes)
    (call,) = mes.asked
    assert (call.url, call.key, call.headers) == (HOOK.url, "k", HOOK.headers)
    assert call.body == {"event": "before-start", "serial": "S"}


@pytest.mark.parametrize(
    ("answer", "reason"),
    [
        (rest.Answer(200, {"allowed": False, "reason": "not calibrated"}), "not calibrated"),
        (rest.Answer(200, {"allowed": False}), "It gives no reason"),
        (rest.Answer(403), "It gives no reason"),
        (rest.Answer(403, {"error": "wrong line"}), "wrong line"),
        (rest.Answer(403, {"allowed": True}), "It gives no reason"),
    ],
)
async def test_a_no_is_one(clock: Clock, answer: rest.Answer, reason: str) -> None:
    with pytest.raises(UnfitUnit) as caught:
        await may_start(HOOK, "k", {}, Mes(answer))
    assert caught.value.what.code == "station-not-allowed"
    assert caught.value.why == reason


@pytest.mark.parametrize(
    ("answer", "code"),
    [
        (rest.Answer(200, {"allowed": "yes"}), "station-hook-unclear"),
        (rest.Answer(200), "station-hook-unclear"),
        (rest.Answer(200, {"allowed": 1}), "station-hook-unclear"),
        (rest.Answer(200, {"status": "ok"}), "station-hook-unclear"),
        (rest.Answer(200, []), "station-hook-unclear"),
        (rest.Answer(200, "yes"), "station-hook-unclear"),
        (rest.Answer(404), "station-rest-refused"),
        (rest.Answer(409, {"allowed": True}), "station-rest-refused"),
    ],
)
async def test_whatever_else_is_no_yes(clock: Clock, answer: rest.Answer, code: str) -> None:
    with pytest.raises(rest.RestError) as caught:
        await may_start(HOOK, "k", {}, Mes(answer))
    assert caught.value.what.code == code


async def test_what_may_pass_is_asked_again_with_the_same_key(clock: Clock) -> None:
    mes = Mes(AWAY, AWAY, rest.Answer(204))
    await may_start(HOOK, "k", {}, mes)
    assert [call.key for call in mes.asked] == ["k"] * 3
    assert mes.asked[0].seconds > mes.asked[2].seconds


async def test_it_is_not_asked_for_ever_nor_longer_than_its_time(clock: Clock) -> None:
    mes = Mes(AWAY)
    with pytest.raises(rest.RestError):
        await may_start(HOOK, "k", {}, mes)
    assert len(mes.asked) == 3
    mes = Mes(AWAY)
    with pytest.raises(rest.RestError):
        await may_start(dataclasses.replace(HOOK, seconds=0.4), "k", {}, mes)
    assert len(mes.asked) == 1


async def test_what_does_not_pass_is_asked_once(clock: Clock) -> None:
    mes = Mes(WRONG)
    with pytest.raises(rest.RestError):
        await may_start(HOOK, "k", {}, mes)
    assert len(mes.asked) == 1


def test_the_whole_record_is_told_after() -> None:
    attempt = Attempt("k", 10.0, 12.5, Result.FAIL, "rolled-back", "Why", unit="S2-0042")
    attempt = dataclasses.replace(
        attempt,
        steps=(StepTime("check", 1.0),),
        measurements=(Measurement("version", "1.0", result=Result.FAIL),),
    )
    body = json.loads(json.dumps(result_body(attempt)))
    assert (body["event"], body["key"], body["result"]) == ("after-result", "k", "FAIL")
    assert (body["unit"], body["seconds"]) == ("S2-0042", 2.5)
    assert body["steps"] == [{"name": "check", "seconds": 1.0, "result": "PASS"}]
    assert body["measurements"][0]["result"] == "FAIL"
