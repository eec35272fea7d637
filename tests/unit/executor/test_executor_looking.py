"""What cannot be looked at, or is also wanted as text, becomes evidence that says so."""

import pytest

from stanch.executor import Clients, Request
from stanch.store import Store
from stanch.tools.errors import TargetUnreachableError
from stanch.tools.filters import Filter
from stanch.tools.filters.decode import Decode
from stanch.tools.filters.ends import Head
from stanch.tools.operations.manual import ManualRead
from tests.bench import scale

READ = scale.requests(1)[0].operation


def look(store: Store, *, unfit: str = "", filters: tuple[Filter, ...] = ()) -> tuple[str, str]:
    name = scale.entered(store).id
    request = Request(step="s", role="devops", operation=READ, filters=filters, unfit=unfit)
    clients = scale.Instant(scale.settings(store.home))
    with scale.context(store, clients, name) as context:
        found = context.executor.observe(name, "investigate", [request], look=1)["s"]
    return found.status, found.text


def test_a_read_that_does_not_fit_is_recorded_with_its_reason(store: Store) -> None:
    assert look(store, unfit="no namespace is known") == (
        "refused",
        "not looked at: no namespace is known",
    )


def test_nothing_is_decoded_unless_the_policy_allows_it(store: Store) -> None:
    status, text = look(store, filters=(Decode(),))
    assert status == "refused"
    assert "reads.decode" in text


def test_what_the_filters_leave_is_told_behind_the_answer(store: Store) -> None:
    status, text = look(store, filters=(Head(lines=0),))
    assert status == "ok"
    assert text.endswith("; no line is left")


def test_a_kind_without_a_client_is_out_of_reach(store: Store) -> None:
    operation = ManualRead(program="uname", reason="it has no client")
    with pytest.raises(TargetUnreachableError, match="no connection"):
        Clients(scale.settings(store.home)).observe(operation)


def test_a_glimpse_leaves_nothing_behind_and_leaves_out_what_is_denied(store: Store) -> None:
    name = scale.entered(store).id
    here = Request(step="here", role="devops", operation=READ)
    denied = Request(step="denied", role="devops", operation=READ, unfit="no")
    clients = scale.Instant(scale.settings(store.home))
    with scale.context(store, clients, name) as context:
        before = store.records.evidence(name)
        found = context.executor.glimpse(name, [here, denied])
        assert context.executor.glimpse(name, [denied]) == {}
        assert store.records.evidence(name) == before
    assert list(found) == ["here"]
    assert found["here"].status == "ok"
