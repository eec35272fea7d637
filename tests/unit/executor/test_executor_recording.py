"""What is back is recorded at once, however long the other reads of its wave take."""

import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from stanch.executor import Clients
from stanch.store import Store, verify
from stanch.tools.errors import OperationRefusedError
from stanch.tools.operations import Operation
from stanch.tools.outcome import Outcome
from tests.bench import scale

READS = scale.requests(30)
SLOW = READS[0]


class Held(scale.Instant):
    """Answers at once, but for one read that is held until it is let go."""

    def __init__(self, home: Path) -> None:
        super().__init__(scale.settings(home))
        self.go = threading.Event()

    def observe(self, operation: Operation) -> Outcome:
        if operation == SLOW.operation:
            assert self.go.wait(20)
        if operation == READS[1].operation:
            raise OperationRefusedError("pods is forbidden")
        return super().observe(operation)


@pytest.fixture
def held(store: Store) -> Iterator[Held]:
    made = Held(store.home)
    yield made
    made.go.set()


def observe(store: Store, clients: Clients) -> Callable[[], dict[str, str]]:
    name = scale.entered(store).id

    def run() -> dict[str, str]:
        with scale.context(store, clients, name) as context:
            seen = context.executor.observe(name, "investigate", READS, look=1)
        return {step: item.status for step, item in seen.items()}

    return run


def until(good: Callable[[], bool]) -> None:
    pause = threading.Event()
    for _ in range(2000):
        if good():
            return
        pause.wait(0.005)
    pytest.fail("it did not come about within 10 s")


def test_a_read_that_is_back_is_on_disk_while_another_is_under_way(
    store: Store, held: Held
) -> None:
    run = observe(store, held)
    with ThreadPoolExecutor(1) as pool:
        running = pool.submit(run)
        other = Store(store.home)
        until(lambda: len(other.records.collected("INC-1", look=1)) == len(READS) - 1)
        assert SLOW.step not in other.records.collected("INC-1", look=1)
        finished = [e for e in other.journal.events("INC-1") if e.type == "step.finished"]
        assert len(finished) == len(READS) - 1
        assert verify(other.database).faults == ()
        other.close()
        held.go.set()
        statuses = running.result()
    assert statuses.pop(READS[1].step) == "refused"
    assert set(statuses.values()) == {"ok"}
    assert verify(store.database).faults == ()


def test_evidence_is_numbered_without_gaps_in_the_order_of_the_journal(
    store: Store, held: Held
) -> None:
    held.go.set()
    observe(store, held)()
    told = [
        event.data["evidence"]
        for event in store.journal.events("INC-1")
        if event.type == "step.finished"
    ]
    assert told == [f"E-{number:03d}" for number in range(1, len(READS) + 1)]
    assert list(store.records.evidence("INC-1")) == told
