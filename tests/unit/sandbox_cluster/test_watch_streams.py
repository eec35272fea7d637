"""What a watch tells its client: each change once, and bookmarks for those who asked."""

import asyncio
import json
from collections.abc import AsyncGenerator, AsyncIterator
from typing import Any

import pytest

from stanch.sandbox.cluster import kinds, selectors
from stanch.sandbox.cluster.engine import Cluster
from stanch.sandbox.cluster.watch import Watch
from tests.unit.sandbox_cluster.kube_http import CORE, Json, kube, named
from tests.unit.sandbox_cluster.practice import new_cluster

MAPS = "configmaps"


def watch(
    *, since: int | None = None, labels: str = "", timeout: float = 0.0, **asked: bool
) -> Watch:
    chosen = selectors.label_test(labels)
    return Watch(
        kind=kinds.stored(MAPS),
        test=lambda obj: chosen(obj["metadata"].get("labels", {})),
        show=lambda obj: obj,
        since=since,
        bookmarks=asked.get("bookmarks", False),
        initial_end=asked.get("initial_end", False),
        timeout=timeout,
    )


def put(cluster: Cluster, name: str, **labels: str) -> None:
    body = {"metadata": {"name": name, "labels": labels}}
    if cluster.store.find(MAPS, "shop", name) is None:
        cluster.store.create(MAPS, "shop", body)
    else:
        cluster.store.update(MAPS, "shop", body)


def events(data: bytes) -> list[tuple[str, str]]:
    """Return what the lines say: the type, and the name of the object."""
    found = [json.loads(line) for line in data.splitlines()]
    return [(one["type"], one["object"].get("metadata", {}).get("name", "")) for one in found]


def all_of(cluster: Cluster, wanted: Watch) -> bytes:
    """Return everything that a watch says whose time is over at once."""

    async def read() -> bytes:
        return b"".join([data async for data in wanted.stream(cluster.store)])

    return asyncio.run(read())


def test_a_watch_begins_with_what_is_there() -> None:
    cluster = new_cluster()
    put(cluster, "one", app="web")
    put(cluster, "two", app="other")
    assert events(all_of(cluster, watch(labels="app=web"))) == [("ADDED", "one")]


def test_a_watch_from_a_revision_tells_only_what_came_after_it() -> None:
    cluster = new_cluster()
    put(cluster, "one")
    since = cluster.store.journal.revision
    put(cluster, "two")
    cluster.store.create("secrets", "shop", named("other"))
    put(cluster, "one", a="b")
    cluster.store.remove(MAPS, "shop", "two")
    told = events(all_of(cluster, watch(since=since)))
    assert told == [("ADDED", "two"), ("MODIFIED", "one"), ("DELETED", "two")]


def test_an_object_comes_and_goes_with_the_label_that_is_asked_for() -> None:
    cluster = new_cluster()
    put(cluster, "one", app="other")
    since = cluster.store.journal.revision
    for app in ("web", "web", "other", "else"):
        put(cluster, "one", app=app, n=str(cluster.store.journal.revision))
    told = events(all_of(cluster, watch(since=since, labels="app=web")))
    assert told == [("ADDED", "one"), ("MODIFIED", "one"), ("DELETED", "one")]


def test_the_end_of_the_initial_list_is_marked_for_who_asked() -> None:
    cluster = new_cluster()
    put(cluster, "one")
    data = all_of(cluster, watch(bookmarks=True, initial_end=True))
    first, mark, last = [json.loads(line) for line in data.splitlines()]
    assert (first["type"], mark["type"], last["type"]) == ("ADDED", "BOOKMARK", "BOOKMARK")
    revision = str(cluster.store.journal.revision)
    assert mark["object"]["metadata"]["annotations"] == {"k8s.io/initial-events-end": "true"}
    assert mark["object"]["metadata"]["resourceVersion"] == revision
    assert (mark["object"]["kind"], mark["object"]["apiVersion"]) == ("ConfigMap", "v1")
    assert "annotations" not in last["object"]["metadata"]


@pytest.mark.parametrize("bookmarks", [True, False])
def test_a_watch_ends_with_a_bookmark_only_for_who_asked(*, bookmarks: bool) -> None:
    cluster = new_cluster()
    since = cluster.store.journal.revision
    put(cluster, "one")
    told = events(all_of(cluster, watch(since=since, bookmarks=bookmarks)))
    assert [kind for kind, _ in told] == (["ADDED", "BOOKMARK"] if bookmarks else ["ADDED"])


async def next_of(stream: AsyncIterator[bytes]) -> list[tuple[str, str]]:
    async with asyncio.timeout(10):
        return events(await anext(stream))


def test_a_waiting_watch_is_told_of_a_change_as_it_happens_and_leaves_nothing_behind() -> None:
    cluster = new_cluster()

    async def look() -> None:
        stream = watch(since=cluster.store.journal.revision, timeout=60).stream(cluster.store)
        for name in ("one", "two"):
            waiting = asyncio.ensure_future(next_of(stream))
            await asyncio.sleep(0)
            assert not waiting.done()
            put(cluster, name)
            assert await waiting == [("ADDED", name)]
        assert isinstance(stream, AsyncGenerator)
        await stream.aclose()

    listening = list(cluster.store.journal._listeners)
    asyncio.run(look())
    assert cluster.store.journal._listeners == listening


def test_a_watch_that_was_left_behind_is_told_so_and_ends() -> None:
    cluster = new_cluster()
    put(cluster, "one")

    async def look() -> list[Any]:
        stream = watch(since=cluster.store.journal.revision, timeout=60).stream(cluster.store)
        put(cluster, "two")
        said = [await next_of(stream)]
        found = cluster.store.get(MAPS, "shop", "one")
        for number in range(17_000):
            labels = {"n": str(number)}
            metadata = {**found["metadata"], "labels": labels}
            found = cluster.store.replace(MAPS, {**found, "metadata": metadata})
        async with asyncio.timeout(10):
            rest = [json.loads(data) async for data in stream]
        return [*said, *rest]

    told, error = asyncio.run(look())
    assert told == [("ADDED", "two")]
    assert error["type"] == "ERROR"
    assert (error["object"]["code"], error["object"]["reason"]) == (410, "Expired")


def streamed(cluster: Cluster, query: str) -> list[Json]:
    answer = kube(cluster).get(f"{CORE}/configmaps?watch=true&{query}")
    assert answer.status_code == 200
    return [json.loads(line) for line in answer.text.splitlines()]


def test_a_client_is_sent_the_initial_list_and_its_end_over_http() -> None:
    cluster = new_cluster()
    put(cluster, "one", app="web")
    put(cluster, "two", app="other")
    asked = "sendInitialEvents=true&resourceVersionMatch=NotOlderThan&allowWatchBookmarks=true"
    told = streamed(cluster, f"{asked}&labelSelector=app%3Dweb&timeoutSeconds=1")
    assert [one["type"] for one in told] == ["ADDED", "BOOKMARK", "BOOKMARK"]
    assert told[0]["object"]["metadata"]["name"] == "one"
