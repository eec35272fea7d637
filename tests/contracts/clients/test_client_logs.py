"""Logs as the Kubernetes client reads them: stamped, of each pod, bounded."""

import re
from typing import Any

from stanch.tools.clients.kubernetes import KubernetesClient
from stanch.tools.operations import ReadLogs
from stanch.tools.operations.selectors import LabelRequirement
from stanch.tools.outcome import Limits
from tests.contracts.clients.client_targets import NAMESPACE, Corner, deployment
from tests.contracts.clients.conftest import Connect


def test_logs_of_a_deployment_are_stamped_lines_of_each_pod(
    client: KubernetesClient, corner: Corner
) -> None:
    annotations = {"fake-kubelet/logs": "first line\nsecond line"}
    corner.deploy(replicas=3, pod_annotations=annotations)
    operation = ReadLogs(namespace=NAMESPACE, deployment=corner.name, pods=2)

    def read() -> Any:
        return client.observe(operation).data["streams"]

    def complete(streams: Any) -> bool:
        texts = [[line["text"] for line in stream["lines"]] for stream in streams]
        return all("second line" in lines for lines in texts)

    streams = corner.until(read, complete)
    assert len(streams) == 2
    for stream in streams:
        assert stream["container"] == "web"
        assert stream["labels"]["app"] == corner.name
        assert all(line["at"][:2] == "20" and line["at"].endswith("Z") for line in stream["lines"])
    assert "the newest 2 of 3 pods" in client.observe(operation).text
    tail = client.observe(ReadLogs(namespace=NAMESPACE, deployment=corner.name, tail=1))
    assert [len(stream["lines"]) for stream in tail.data["streams"]] == [1, 1, 1]


def test_a_waiting_container_is_not_read_for_the_servers_reason(
    client: KubernetesClient, corner: Corner
) -> None:
    image = "registry.local/web:v2-badimage"
    corner.create("deployments", deployment(corner.name, image, replicas=1))
    mine = (LabelRequirement(key="app", values=(corner.name,)),)
    operation = ReadLogs(namespace=NAMESPACE, labels=mine)
    absent = corner.until(
        lambda: client.observe(operation).data["not_read"],
        lambda found: any(re.search("[Ii]mage", one["reason"]) for one in found),
    )
    assert absent[0]["container"] == "web"
    assert "waiting to start" in absent[0]["reason"]
    assert client.observe(operation).data["streams"] == []


def test_the_previous_log_is_of_the_container_that_died(
    client: KubernetesClient, corner: Corner
) -> None:
    body = deployment(corner.name, "registry.local/web:v2-crash", replicas=1)
    annotations = {"fake-kubelet/last-line": "fatal: cannot read PAYMENTS_URL"}
    body["spec"]["template"]["metadata"]["annotations"] = annotations
    corner.create("deployments", body)
    operation = ReadLogs(namespace=NAMESPACE, deployment=corner.name, previous=True)

    def last_lines() -> list[str]:
        streams = client.observe(operation).data["streams"]
        return [stream["lines"][-1]["text"] for stream in streams if stream["lines"]]

    lines = corner.until(last_lines, bool)
    assert lines[0] == annotations["fake-kubelet/last-line"]


def test_logs_over_the_cap_lose_their_oldest_lines(connect: Connect, corner: Corner) -> None:
    many = "\n".join(f"line {number} {'x' * 80}" for number in range(200))
    corner.deploy(pod_annotations={"fake-kubelet/logs": f"{many}\nthe last line"})
    client = connect(limits=Limits(bytes=6000))
    operation = ReadLogs(namespace=NAMESPACE, deployment=corner.name, tail=1000)
    outcome = corner.until(lambda: client.observe(operation), lambda found: found.truncated)
    [stream] = outcome.data["streams"]
    texts = [line["text"] for line in stream["lines"]]
    assert "the last line" in texts
    assert not any(text.startswith("line 0 ") for text in texts)
    assert sum(len(line["text"]) for line in stream["lines"]) <= 6000
    assert all(line["at"] for line in stream["lines"])
