"""How a run's tests are handed out to its workers: each once, what belongs together to one."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

from tests.helpers.spreading import Spreading

TESTS = [f"a.py::test_{n}" for n in range(7)] + [f"b.py::test_{n}" for n in range(3)]


class Worker:
    """Does what it is sent, in that order. `done`: as (worker, test) for all of them."""

    def __init__(self, name: str, done: list[tuple[str, str]]) -> None:
        self.gateway = SimpleNamespace(id=name)
        self.shutting_down = False
        self.waiting: list[int] = []
        self._done = done

    def send_runtest_some(self, indices: list[int]) -> None:
        self.waiting += indices

    def shutdown(self) -> None:
        self.shutting_down = True

    def work(self, scheduler: Any) -> None:
        index = self.waiting.pop(0)
        self._done.append((self.gateway.id, TESTS[index]))
        scheduler.mark_test_complete(self, index)


def begun(done: list[tuple[str, str]]) -> tuple[Any, list[Worker]]:
    workers = [Worker(name, done) for name in ("one", "two")]
    config: Any = SimpleNamespace(
        getvalue=lambda name: ["popen"] * len(workers),
        option=SimpleNamespace(loadscopereorder=True),
    )
    scheduler: Any = Spreading(config, None, lambda name: "b" if name[0] == "b" else name)
    for worker in workers:
        scheduler.add_node(worker)
    for worker in workers:
        scheduler.add_node_collection(worker, TESTS)
    scheduler.schedule()
    return scheduler, workers


def to_the_end(scheduler: Any, workers: list[Worker]) -> None:
    while any(worker.waiting for worker in workers):
        for worker in workers:
            if worker.waiting:
                worker.work(scheduler)


def test_each_test_is_done_once_and_pieces_stay_together() -> None:
    done: list[tuple[str, str]] = []
    scheduler, workers = begun(done)
    to_the_end(scheduler, workers)
    assert sorted(name for _, name in done) == TESTS
    together = [(who, name) for who, name in done if name.startswith("b.py")]
    assert len({who for who, _ in together}) == 1
    assert [name for _, name in together] == TESTS[-3:]
    assert scheduler.tests_finished
    assert not scheduler.has_pending
    assert all(worker.shutting_down for worker in workers)


def test_what_is_done_is_not_looked_through_again() -> None:
    done: list[tuple[str, str]] = []
    scheduler, workers = begun(done)
    to_the_end(scheduler, workers)
    assert list(scheduler.assigned_work.values()) == [{}, {}]


def test_what_a_worker_that_died_had_not_done_is_done_by_another() -> None:
    done: list[tuple[str, str]] = []
    scheduler, (first, second) = begun(done)
    first.work(scheduler)
    crashed = scheduler.remove_node(first)
    assert crashed == TESTS[first.waiting[0]]
    first.waiting.clear()
    to_the_end(scheduler, [second])
    assert sorted({name for _, name in done} | {crashed}) == TESTS
    assert len(done) == len({name for _, name in done})
