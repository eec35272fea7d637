"""Made work for the benchmarks: a runbook of any length, an incident for it, an instant target.

The reads go through everything that real ones do, except a target: the client that stands
in answers at once, with two pods in the API's own form, so that what is left is the
engine's own time.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from stanch.executor import Clients, Request
from stanch.executor.clients import Hands
from stanch.graph.context import Context
from stanch.graph.opening import opened
from stanch.incident import Incident
from stanch.runbook.folder import read_folder
from stanch.runbook.model import Runbook
from stanch.settings import Settings
from stanch.store import Store
from stanch.tools.operations import Change, ListObjects, Operation
from stanch.tools.operations.selectors import LabelRequirement
from stanch.tools.outcome import Outcome
from tests.unit import incident_samples as samples

_HEAD = """---
title: A made runbook of many looks
owner: bench
alerts:
  - {alertname: ShopErrorRatioHigh}
params:
  namespace: {type: dns-label, from: labels.namespace}
hypotheses:
  bad-release:
    claim: The newest release fails.
    for: [new-pods-fail]
    against: [all-pods-ready]
    mitigations: []
---
# A made runbook

## Diagnosis
"""
_STEP = """
```sh {{name=look-{number} role=devops}}
kubectl get pods -n <namespace> -l app=app-{number}
```
"""


class Instant(Clients):
    """Stands in for the clients: every read is back at once."""

    def observe(self, operation: Operation) -> Outcome:
        """Return two pods, whatever is asked."""
        name = operation.as_text().rpartition("=")[2].strip("'")
        items = [_pod(name, number) for number in range(2)]
        return Outcome(data={"items": items}, text="2 pods in shop", duration=0.0)

    def hands(self, change: Change) -> Hands:
        """Fail: the benchmark changes nothing."""
        raise AssertionError(f"the benchmark does not {change.as_text()}")


def _pod(app: str, number: int) -> dict[str, Any]:
    return {
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": {
            "name": f"{app}-{number}",
            "namespace": "shop",
            "uid": f"0b1e7c5e-0000-4000-8000-{number:012d}",
            "labels": {"app": app, "pod-template-hash": "6d5f9c"},
            "creationTimestamp": "2026-11-01T11:00:00Z",
        },
        "spec": {
            "nodeName": "node-1",
            "containers": [{"name": "web", "image": "registry.local/shop/web:1.8.2"}],
        },
        "status": {
            "phase": "Running",
            "podIP": f"10.0.0.{number}",
            "conditions": [{"type": "Ready", "status": "True"}],
            "containerStatuses": [
                {"name": "web", "ready": True, "restartCount": 0, "state": {"running": {}}}
            ],
        },
    }


def requests(steps: int) -> list[Request]:
    """Return as many different reads."""
    return [
        Request(
            step=f"look-{number}",
            role="devops",
            operation=ListObjects(
                resource="pods",
                namespace="shop",
                labels=(LabelRequirement(key="app", values=(f"app-{number}",)),),
            ),
        )
        for number in range(steps)
    ]


def settings(home: Path) -> Settings:
    """Return settings that name no target."""
    return Settings(home=home, user="bench")


def runbooks(folder: Path, steps: int) -> tuple[Runbook, ...]:
    """Write a runbook of `steps` reads into `folder`, and read it."""
    folder.mkdir()
    text = _HEAD + "".join(_STEP.format(number=number) for number in range(steps))
    (folder / "many.md").write_text(text, encoding="utf-8")
    found = read_folder(folder)
    if found.errors:
        raise AssertionError(str(found.errors))
    return found.runbooks


@contextmanager
def context(
    store: Store, clients: Clients, incident: str, known: tuple[Runbook, ...] = ()
) -> Iterator[Context]:
    """Give all that a run needs, opened as for a real one, but looking through `clients`."""
    with opened(settings(store.home), store, known, incident=incident) as made:
        made.executor._clients = clients
        yield made


def entered(store: Store) -> Incident:
    """Put an incident into the store and return it."""
    incident = samples.incident()
    with store.database.write() as connection:
        store.records.add_incident(connection, incident)
    return incident
