"""Evidence for tests: recordings of the practice production, and small pieces made by hand."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any, TypeAlias

from stanch.diagnosis.findings import find
from stanch.diagnosis.signs import read_signs
from stanch.diagnosis.view import View
from stanch.incident import Alert, Evidence, Sign
from stanch.runbook.match import match
from stanch.runbook.model import HypothesisSpec, Runbook
from stanch.runbook.read import read

Json: TypeAlias = dict[str, Any]
HERE = Path(__file__).parent
RUNBOOKS = HERE.parents[2] / "runbooks"
NOW = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)
LABELS = {
    "alertname": "ShopErrorRatioHigh",
    "namespace": "shop",
    "service": "checkout",
    "deployment": "checkout",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Recording:
    """The evidence that the diagnosis steps brought back in one rehearsal of a fault."""

    fault: str
    alert: Alert
    now: datetime
    evidence: tuple[Evidence, ...]

    def view(self, evidence: Sequence[Evidence] | None = None) -> View:
        """Return the view that a run has after its second wave of steps."""
        seen = self.evidence if evidence is None else evidence
        params = dict(self.alert.labels)
        for finding in find(View(seen, params, self.alert, self.now)):
            if finding.name == "failing-dependency":
                params["dependency"] = finding.value
        return View(seen, params, self.alert, self.now)

    @property
    def hypotheses(self) -> Mapping[str, HypothesisSpec]:
        """The hypotheses of all shipped runbooks that the alert leads to."""
        found = match(shipped(), self.alert.labels)
        return {
            f"{one.runbook.name}#{key}": spec
            for one in found
            for key, spec in one.runbook.hypotheses.items()
        }


@cache
def shipped() -> tuple[Runbook, ...]:
    """Return the shipped runbooks."""
    return tuple(read(path, root=RUNBOOKS) for path in sorted(RUNBOOKS.rglob("*.md")))


@cache
def recording(name: str) -> Recording:
    """Return the recording called `name`."""
    data = json.loads((HERE / "recorded" / f"{name}.json").read_text(encoding="utf-8"))
    return Recording(
        fault=data["fault"],
        alert=Alert.model_validate(data["alert"]),
        now=datetime.fromisoformat(data["now"]),
        evidence=tuple(Evidence.model_validate(one) for one in data["evidence"]),
    )


def recorded() -> tuple[str, ...]:
    """Return the names of all recordings."""
    return tuple(sorted(path.stem for path in (HERE / "recorded").glob("*.json")))


def ago(minutes: float) -> str:
    """Return the time so many minutes before NOW as the API writes it."""
    return (NOW - timedelta(minutes=minutes)).strftime("%Y-%m-%dT%H:%M:%SZ")


def alert(minutes_ago: float = 2, **labels: str) -> Alert:
    """Return an alert about checkout."""
    return Alert(
        fingerprint="f",
        name="ShopErrorRatioHigh",
        source="alertmanager",
        labels={**LABELS, **labels},
        starts_at=NOW - timedelta(minutes=minutes_ago),
    )


def view(*evidence: Evidence, **params: str) -> View:
    """Return a view of `evidence` at NOW; evidence without an id of its own gets one."""
    numbered = [
        one.model_copy(update={"id": f"E-{number:03}"})
        for number, one in enumerate(evidence, start=1)
    ]
    return View(numbered, {**LABELS, **params}, alert(), NOW)


def sign(name: str, seen: View) -> Sign:
    """Read one sign."""
    return read_signs(seen, [name])[name]


def evidence(operation: Json, data: Json, *, step: str = "look", status: str = "ok") -> Evidence:
    """Return one piece of evidence."""
    return Evidence.model_validate(
        {
            "id": "E-001",
            "incident": "INC-1",
            "step": step,
            "role": "devops",
            "operation": operation,
            "operation_text": step,
            "status": status,
            "data": data,
            "text": step,
            "collected_at": NOW,
            "duration": 0.1,
            "sha256": "0" * 64,
        }
    )


def template(image: str = "registry.local/shop/checkout:1", **container: Any) -> Json:
    """Return a pod template with one container called checkout."""
    return {
        "metadata": {"labels": {"app": "checkout"}},
        "spec": {"containers": [{"name": "checkout", "image": image, **container}]},
    }


def deployment(
    name: str = "checkout", *, replicas: int = 2, available: int = 2, **rest: Any
) -> Json:
    """Return a deployment as the API gives it."""
    made = rest.get("template") or template()
    return {
        "metadata": {"name": name, "namespace": "shop"},
        "spec": {"replicas": replicas, "template": made},
        "status": {"availableReplicas": available},
    }


def listed(resource: str, *items: Json, **operation: Any) -> Evidence:
    """Return the evidence of `kubectl get RESOURCE -n shop`."""
    asked = {"kind": "kubernetes.list", "resource": resource, "namespace": "shop", **operation}
    return evidence(asked, {"items": list(items)}, step=resource)


def history(*revisions: Json, name: str = "checkout") -> Evidence:
    """Return the evidence of `kubectl rollout history`."""
    asked = {"kind": "kubernetes.rollout_history", "namespace": "shop", "name": name}
    return evidence(asked, {"deployment": deployment(name), "revisions": list(revisions)})


def revision(number: int, minutes_ago: float, made: Json | None = None, *, ready: int = 2) -> Json:
    """Return one row of a rollout history."""
    return {
        "revision": number,
        "replica_set": f"checkout-{number}{number}{number}{number}{number}{number}",
        "created": ago(minutes_ago),
        "replicas": ready,
        "ready": ready,
        "template": made or template(f"registry.local/shop/checkout:{number}"),
    }


def pod(number: int, name: str = "aaaaa", *, ready: bool = True, **status: Any) -> Json:
    """Return a pod of the revision `number` of checkout, an hour old."""
    owner = f"checkout-{number}{number}{number}{number}{number}{number}"
    return {
        "metadata": {
            "name": f"{owner}-{name}",
            "namespace": "shop",
            "creationTimestamp": ago(60),
            "ownerReferences": [{"kind": "ReplicaSet", "name": owner}],
        },
        "status": {
            "phase": "Running",
            "conditions": [
                {
                    "type": "Ready",
                    "status": "True" if ready else "False",
                    "lastTransitionTime": ago(30),
                }
            ],
            **status,
        },
    }


def waiting(reason: str, *, restarts: int = 0, ended: Json | None = None) -> Json:
    """Return the status of a container that waits."""
    return {
        "name": "checkout",
        "ready": False,
        "restartCount": restarts,
        "state": {"waiting": {"reason": reason}},
        "lastState": {"terminated": ended} if ended else {},
    }


def logs(*lines: str, pod_name: str = "checkout-222222-aaaaa", name: str = "checkout") -> Evidence:
    """Return the evidence of `kubectl logs deployment/NAME`."""
    rows = [{"at": ago(1), "text": f"{line} n={n}"} for n, line in enumerate(lines)]
    stream = {"pod": pod_name, "container": name, "labels": {}, "lines": rows}
    asked = {"kind": "kubernetes.logs", "namespace": "shop", "deployment": name}
    return evidence(asked, {"streams": [stream], "not_read": []})


def ratio(*values: float | str, service: str = "checkout", step: str = "error-ratio") -> Evidence:
    """Return the error ratio of `service`, one value each quarter of a minute up to NOW."""
    expression = f'sum(rate(http_requests_total{{service="{service}"}}[1m]))'
    start = NOW.timestamp() - 15 * (len(values) - 1)
    points = [[start + 15 * n, str(value)] for n, value in enumerate(values)]
    return measured(expression, [{"metric": {}, "values": points}], step=step)


def measured(expression: str, result: list[Json], *, step: str = "metrics") -> Evidence:
    """Return the evidence of a range query."""
    asked = {"kind": "metrics.query_range", "expression": expression, "window": 1800, "step": 15}
    return evidence(asked, {"expression": expression, "result": result}, step=step)


def counted(label: str, rates: Mapping[tuple[str, str], Sequence[float]]) -> Evidence:
    """Return requests per second of checkout by (value of `label`, status code), up to NOW."""
    result = []
    for (value, code), numbers in rates.items():
        start = NOW.timestamp() - 15 * (len(numbers) - 1)
        points = [[start + 15 * n, str(rate)] for n, rate in enumerate(numbers) if rate >= 0]
        result.append({"metric": {label: value, "code": code}, "values": points})
    expression = f'sum by ({label}, code) (rate(http_requests_total{{service="checkout"}}[1m]))'
    return measured(expression, result)
