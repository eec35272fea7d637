"""A recorder of whole incidents: journals with evidence, in the shapes of the real ones."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any, Literal

from stanch.incident import Actor, Alert, Event, Evidence, Hypothesis, Incident, Proposal, Sign
from stanch.incident.proposal import Check, Difference, Preview
from stanch.tools.operations import (
    InspectWorkload,
    KubernetesChange,
    QueryMetricsRange,
    ReadLogs,
    RestartDeployment,
    RollBackDeployment,
    RolloutHistory,
    RolloutStatus,
    digest_of,
)
from tests.unit.policy_samples import needs

START = datetime(2026, 11, 20, 14, 0, 0, tzinfo=UTC)
"""The instant that the recorded incidents count their seconds from."""
RATIO = 'sum(rate(http_requests_total{service="checkout",code=~"5.."}[1m]))'
SYSTEM = Actor(kind="system", id="stanch")
COMMANDER = Actor(kind="agent", id="commander")


def at(seconds: float) -> datetime:
    return START + timedelta(seconds=seconds)


def iso(seconds: float) -> str:
    return at(seconds).isoformat().replace("+00:00", "Z")


def template(image: str, *, memory: str = "256Mi") -> dict[str, Any]:
    container = {
        "name": "app",
        "image": image,
        "env": [{"name": "PAYMENTS_URL", "value": "http://payments.shop.svc:8080"}],
        "resources": {"limits": {"memory": memory}},
    }
    return {"metadata": {"labels": {"app": "checkout"}}, "spec": {"containers": [container]}}


def history(name: str, *revisions: tuple[int, float, str]) -> dict[str, Any]:
    newest = max(number for number, _, _ in revisions)
    rows = [
        {
            "revision": number,
            "replica_set": f"{name}-{digest_of(image)[:9]}",
            "uid": f"rs-{number}",
            "created": iso(seconds),
            "template_hash": digest_of(image)[:9],
            "images": [image],
            "replicas": 4 if number == newest else 0,
            "ready": 4 if number == newest else 0,
            "current": number == newest,
            "template": template(image),
            "change_cause": None,
        }
        for number, seconds, image in sorted(revisions, reverse=True)
    ]
    meta = {"name": name, "namespace": "shop", "uid": f"uid-{name}"}
    return {"deployment": {"metadata": meta}, "revisions": rows}


def ratio_series(
    until: float, *, onset: float | None, end: float | None = None, high: float = 0.384
) -> list[list[float]]:
    points = []
    for second in range(-300, int(until), 15):
        ill = onset is not None and second > onset and (end is None or second < end)
        rise = min((second - (onset or 0)) / 60, 1.0) if ill else 0.0
        points.append([at(second).timestamp(), round(0.001 + rise * (high - 0.001), 4)])
    return points


@dataclass
class Recorder:
    """Writes a journal line by line; times are seconds after START."""

    incident: Incident
    events: list[Event] = field(default_factory=list)
    evidence: dict[str, Evidence] = field(default_factory=dict)

    def tell(
        self, seconds: float, type_: str, data: dict[str, Any], *, actor: Actor = SYSTEM
    ) -> str:
        seq = len(self.events) + 1
        body = {
            "seq": seq,
            "id": f"J-{seq:06d}",
            "at": at(seconds),
            "incident": self.incident.id,
            "actor": actor,
            "phase": "triage",
            "type": type_,
            "data": data,
            "mac": digest_of([seq, type_, str(at(seconds)), data]),
        }
        self.events.append(Event.model_validate(body))
        return f"J-{seq:06d}"

    def see(
        self,
        seconds: float,
        step: str,
        operation: Any,
        data: dict[str, Any],
        text: str,
        *,
        status: Literal["ok", "refused", "unreachable", "unknown", "denied"] = "ok",
        truncated: bool = False,
    ) -> str:
        name = f"E-{len(self.evidence) + 1:03d}"
        command = operation.as_text()
        self.tell(seconds - 0.4, "step.started", {"step": step, "text": command})
        self.evidence[name] = Evidence(
            id=name,
            incident=self.incident.id,
            step=step,
            role="devops",
            operation=operation.model_dump(mode="json"),
            operation_text=command,
            status=status,
            data=data,
            text=text,
            collected_at=at(seconds),
            duration=0.4,
            truncated=truncated,
            sha256=digest_of(data),
        )
        done = {"step": step, "evidence": name, "status": status, "text": text, "duration": 0.4}
        self.tell(seconds, "step.finished", done)
        return name

    def phase(self, seconds: float, old: str, new: str, status: tuple[str, str]) -> None:
        self.tell(seconds, "phase.entered", {"old": old, "new": new, "reason": ""})
        self.tell(seconds, "incident.status", {"old": status[0], "new": status[1]})

    def weigh(self, seconds: float, number: int, hypotheses: Iterable[Hypothesis]) -> str:
        dumped = [one.model_dump(mode="json") for one in hypotheses]
        data = {"round": number, "hypotheses": dumped, "by": "rules"}
        return self.tell(seconds, "hypotheses.weighed", data, actor=COMMANDER)

    def approve(self, seconds: float, proposal: Proposal, *, by: str = "mira") -> None:
        approval = f"A-{proposal.id[2:]}"
        data = {"approval": approval, "proposal": proposal.id, "by": by, "how": "terminal"}
        self.tell(seconds, "approval.approved", data, actor=Actor(kind="human", id=by))

    def ask(self, seconds: float, proposal: Proposal) -> None:
        dumped = proposal.model_dump(mode="json")
        self.tell(seconds, "proposal.made", {"proposal": dumped, "bound": proposal.bound})
        approval = {
            "id": f"A-{proposal.id[2:]}",
            "incident": self.incident.id,
            "proposal": proposal.id,
            "bound": proposal.bound,
            "state": "pending",
            "requested_at": iso(seconds + 1),
            "expires_at": iso(seconds + 901),
        }
        self.tell(seconds + 1, "approval.requested", {"approval": approval})

    def run(self, seconds: float, proposal: Proposal, *, inverse: bool = False) -> None:
        operation = proposal.inverse if inverse else proposal.operation
        assert operation is not None
        shared = {"key": proposal.key, "proposal": proposal.id}
        sent = {
            "operation": operation.model_dump(mode="json"),
            "text": operation.as_text(),
            "target": operation.target,
            "inverse": inverse,
        }
        if not inverse:
            used = {"approval": f"A-{proposal.id[2:]}", "proposal": proposal.id}
            self.tell(seconds, "approval.used", used)
        self.tell(seconds, "mitigation.started", shared | sent)
        done = {"result": "done", "text": f"{operation.target} was changed"}
        self.tell(seconds + 1.2, "mitigation.finished", shared | done)

    def sample(self, seconds: float, proposal: Proposal, ratio: float) -> None:
        text = f"error ratio {ratio * 100:.1f} % against a limit of 1 %"
        checks = [
            {"name": "rollout-complete", "holds": True, "text": "4 of 4 replicas are updated"},
            {"name": "error-ratio-recovered", "holds": ratio < 0.01, "text": text},
        ]
        data = {"proposal": proposal.id, "checks": checks, "evidence": []}
        self.tell(seconds, "verification.sample", data)


def alert(name: str, seconds: float, **labels: str) -> Alert:
    return Alert(
        fingerprint=digest_of([name, labels])[:16],
        name=name,
        source="alertmanager",
        labels={"alertname": name, "namespace": "shop", "severity": "critical", **labels},
        annotations={"summary": f"{labels.get('service', 'shop')} answers with errors"},
        starts_at=at(seconds),
    )


def opened(title: str, cause: Alert, seconds: float, *, number: int = 7) -> Recorder:
    incident = Incident(
        id=f"INC-{number}",
        title=title,
        alert=cause,
        opened_at=at(seconds),
        opened_by="alertmanager",
        severity=2,
        runbooks=("kubernetes/bad-release", "kubernetes/dependency-exhausted"),
        params={"namespace": "shop", "deployment": "checkout", "service": "checkout"},
    )
    record = Recorder(incident)
    data = {"title": title, "alert": cause.model_dump(mode="json"), "detected_at": None}
    record.tell(seconds, "incident.opened", data | {"detected_at": cause.starts_at.isoformat()})
    label = {"old": 3, "new": 2, "label": "SEV2", "rule": "alert-severity"}
    record.tell(seconds + 0.1, "severity.set", label)
    runbooks = [
        {"name": "kubernetes/bad-release", "title": "A rollout broke a deployment", "owner": "shop"}
    ]
    matched = {"runbooks": runbooks, "params": incident.params}
    record.tell(seconds + 0.2, "runbook.matched", matched)
    record.phase(seconds + 0.5, "triage", "investigate", ("investigating", "investigating"))
    return record


def proposal(
    record: Recorder,
    number: int,
    seconds: float,
    operation: KubernetesChange,
    *,
    inverse: KubernetesChange | None,
    hypothesis: Hypothesis,
    title: str,
) -> Proposal:
    check = RolloutStatus(namespace="shop", name="checkout")
    return Proposal(
        id=f"P-{number}",
        incident=record.incident.id,
        mitigation="undo-rollout" if operation.kind == "kubernetes.roll_back" else "restart",
        title=title,
        operation=operation,
        observed={"uid": operation.uid, "replicas": 4},
        expected={"uid": operation.uid},
        preview=Preview(
            dry_run="accepted",
            note="accepted by a server-side dry run",
            differences=(Difference(path="spec.template", before="a", after="b"),),
            touches=("4 pods are replaced one after the other.",),
        ),
        inverse=inverse,
        inverse_note="puts the template of the newest revision back",
        checks=(
            Check(
                name="rollout-complete",
                says="every replica runs the template",
                operation=check,
                kind="rollout-complete",
            ),
        ),
        baseline={"error_ratio": 0.384, "available": 4},
        soak_seconds=120,
        deadline_seconds=600,
        hypothesis=hypothesis.id,
        claim=hypothesis.claim,
        evidence=hypothesis.evidence,
        risks=("Requests in flight on a replaced pod are cut off.",),
        runbook=hypothesis.id.partition("#")[0],
        runbook_sha256="a" * 64,
        policy_sha256="b" * 64,
        needs=needs(),
        requested_by="commander",
        created_at=at(seconds),
    )


def roll_back(to: int) -> RollBackDeployment:
    return RollBackDeployment(
        namespace="shop",
        name="checkout",
        uid="uid-checkout",
        replica_set="checkout-5d9f7c6b8",
        replica_set_uid=f"rs-{to}",
        revision=to,
        template_digest="c" * 64,
        images=(f"registry.local/shop/checkout:1.8.{to}",),
    )


def restart(name: str, seconds: float) -> RestartDeployment:
    return RestartDeployment(
        namespace="shop", name=name, uid=f"uid-{name}", restarted_at=iso(seconds)
    )


def sign(name: str, because: str, *evidence: str, holds: bool | None = True) -> Sign:
    return Sign(name=name, holds=holds, because=because, evidence=evidence)


RANGE = QueryMetricsRange(expression=RATIO, window=1800, step=15)
HISTORY = RolloutHistory(namespace="shop", name="checkout")
LOGS = ReadLogs(namespace="shop", deployment="checkout", tail=200)
PAYMENTS_LOGS = ReadLogs(namespace="shop", deployment="payments", tail=200)
WORKLOAD = InspectWorkload(namespace="shop", name="checkout")
