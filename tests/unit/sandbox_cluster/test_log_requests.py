"""The log of a container over HTTP: which lines, in which form, and the refusals."""

import asyncio

import pytest

from stanch.sandbox.cluster import podlog, times
from stanch.sandbox.cluster.engine import Cluster
from tests.unit.sandbox_cluster.kube_http import CORE, container, kube, pod, refusal
from tests.unit.sandbox_cluster.practice import START, new_cluster, run

LOG = f"{CORE}/pods/web-0/log"


@pytest.fixture
def cluster() -> Cluster:
    """A running pod whose log has three lines, written at 100, 200 and 300 s."""
    cluster = new_cluster()
    kube(cluster).post(f"{CORE}/pods", json=pod())
    run(cluster, 60)
    uid = cluster.store.get("pods", "shop", "web-0")["metadata"]["uid"]
    cluster.logs.begin(uid, "web")
    for after, line in ((100, "one"), (200, "two"), (300, "drei")):
        cluster.logs.write(uid, "web", line, at=START + after)
    run(cluster, 340)
    return cluster


@pytest.mark.parametrize(
    ("query", "text"),
    [
        ("", "one\ntwo\ndrei\n"),
        ("container=web", "one\ntwo\ndrei\n"),
        ("tailLines=2", "two\ndrei\n"),
        ("tailLines=0", ""),
        ("tailLines=9", "one\ntwo\ndrei\n"),
        ("sinceSeconds=200", "two\ndrei\n"),
        ("sinceSeconds=1", ""),
        (f"sinceTime={times.stamp(START + 250)}", "drei\n"),
        ("limitBytes=5", "one\nt"),
        ("tailLines=1&limitBytes=2", "dr"),
    ],
)
def test_the_lines_that_were_asked_for_are_sent(cluster: Cluster, query: str, text: str) -> None:
    answer = kube(cluster).get(f"{LOG}?{query}")
    assert (answer.status_code, answer.text) == (200, text)
    assert answer.headers["content-type"].startswith("text/plain")


def test_a_line_carries_its_time_when_that_is_asked_for(cluster: Cluster) -> None:
    text = kube(cluster).get(f"{LOG}?timestamps=true&tailLines=1").text
    assert text == f"{times.micro_stamp(START + 300)} drei\n"


@pytest.mark.parametrize(
    ("query", "code", "said"),
    [
        ("container=other", 400, "container other is not valid for pod web-0"),
        ("tailLines=-1", 422, "tailLines: Invalid value: -1: must be greater than or equal to 0"),
        ("limitBytes=0", 422, "limitBytes: Invalid value: 0: must be greater than 0"),
        ("tailLines=x", 400, "tailLines"),
        ("sinceTime=yesterday", 400, "sinceTime"),
        (
            "sinceSeconds=1&sinceTime=2026-01-01T00:00:00Z",
            422,
            "at most one of `sinceTime` or `sinceSeconds` may be specified",
        ),
    ],
)
def test_a_request_that_makes_no_sense_is_refused(
    cluster: Cluster, query: str, code: int, said: str
) -> None:
    answer = refusal(kube(cluster).get(f"{LOG}?{query}"))
    assert answer[0] == code
    assert said in answer[2]


def test_the_run_before_is_another_log(cluster: Cluster) -> None:
    uid = cluster.store.get("pods", "shop", "web-0")["metadata"]["uid"]
    cluster.logs.begin(uid, "web")
    cluster.logs.write(uid, "web", "again", at=cluster.now)
    client = kube(cluster)
    assert client.get(LOG).text == "again\n"
    assert client.get(f"{LOG}?previous=true").text == "one\ntwo\ndrei\n"


def test_a_container_that_never_ended_has_no_run_before() -> None:
    cluster = new_cluster()
    kube(cluster).post(f"{CORE}/pods", json=pod())
    run(cluster, 60)
    code, _, said = refusal(kube(cluster).get(f"{LOG}?previous=true"))
    assert code == 400
    assert said == 'previous terminated container "web" in pod "web-0" not found'


def test_one_of_several_containers_must_be_named() -> None:
    cluster = new_cluster()
    kube(cluster).post(f"{CORE}/pods", json=pod(container(), container(name="side")))
    run(cluster, 60)
    code, _, said = refusal(kube(cluster).get(LOG))
    assert code == 400
    assert said == "a container name must be specified for pod web-0, choose one of: [web side]"
    assert kube(cluster).get(f"{LOG}?container=side").status_code == 200


def test_a_pod_that_has_not_started_has_no_log() -> None:
    cluster = new_cluster()
    kube(cluster).post(f"{CORE}/pods", json=pod(container(image="registry.local/web:no-such")))
    kube(cluster).post(f"{CORE}/pods", json=pod(name="late", nodeSelector={"disk": "none"}))
    cluster.advance(cluster.now)
    assert refusal(kube(cluster).get(LOG))[2] == (
        'container "web" in pod "web-0" is waiting to start: ContainerCreating'
    )
    late = refusal(kube(cluster).get(f"{CORE}/pods/late/log"))
    assert late[2] == "pod late does not have a host assigned"


def test_a_log_is_followed_until_its_container_ends(cluster: Cluster) -> None:
    uid = cluster.store.get("pods", "shop", "web-0")["metadata"]["uid"]
    life = cluster.logs.current(uid, "web")
    assert life is not None
    wanted = podlog.Wanted()

    async def follow() -> list[bytes]:
        stream = podlog._follow(cluster, life, wanted=wanted, first=list(life.lines)[-1:])
        read = [await anext(stream)]
        for line in ("four", "five"):
            waiting = asyncio.ensure_future(anext(stream))
            await asyncio.sleep(0)
            assert not waiting.done()
            cluster.logs.write(uid, "web", line, at=cluster.now)
            async with asyncio.timeout(10):
                read.append(await waiting)
        cluster.logs.end(uid, "web")
        async with asyncio.timeout(10):
            return [*read, *[data async for data in stream]]

    assert asyncio.run(follow()) == [b"drei\n", b"four\n", b"five\n"]


def test_a_followed_log_ends_where_its_bytes_are_used_up(cluster: Cluster) -> None:
    answer = kube(cluster).get(f"{LOG}?follow=true&limitBytes=6")
    assert answer.text == "one\ntw"
