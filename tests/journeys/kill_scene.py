"""A practice cluster that runs fast, and homes whose incidents are moved on it.

`Stage` is a cluster with a front that counts the changes that arrive. `Scene` is one home
with one deployment; its incident is moved in this process, by the same use case that the
command line calls.
"""

import os
import select
import subprocess
import sys
import uuid
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

import httpx2
import yaml

from stanch.approvals import Identity, approve, reject
from stanch.clock import Clock
from stanch.incident import Alert, Approval, ApprovalState, Event, Incident, Proposal
from stanch.policy import load
from stanch.runbook.folder import read_folder
from stanch.service.opening import open_incident
from stanch.service.running import Stopped, run
from stanch.settings import Settings
from stanch.store import Store, verify
from tests.contracts.clients.client_front import Front, Seen
from tests.contracts.clients.client_targets import Corner, Target
from tests.journeys.kill_runbooks import write_runbooks
from tests.services import unmeasured

SPEED = 20.0
ANN = Identity("ann", "test")
POLICY = """\
version: 1
environments:
  - name: production
    where:
      namespaces: [shop]
    allow:
      - kinds: [kubernetes.roll_back, kubernetes.restart, kubernetes.scale]
    approval:
      approvers: [ann]
      expires_minutes: 15
"""


class Stage:
    """A cluster with a front, and the folder of runbooks that all homes on it use."""

    def __init__(self, target: Target, folder: Path, *, clock: Path | None) -> None:
        self.target = target
        self.folder = folder
        self.clock = clock
        folder.mkdir(parents=True, exist_ok=True)
        self.runbooks = folder / "runbooks"
        write_runbooks(self.runbooks)
        assert read_folder(self.runbooks).errors == {}
        door = target.door("operator")
        behind = httpx2.Client(base_url=door.base_url, transport=door._transport, timeout=30)
        self.front = Front(behind)
        self.kubeconfig = self._through_front()

    def _through_front(self) -> Path:
        config = self.target.config("operator")
        user = config["users"][0]["user"]
        path = self.folder / "fronted.kubeconfig"
        whole = {
            "apiVersion": "v1",
            "kind": "Config",
            "current-context": "front",
            "clusters": [{"name": "front", "cluster": {"server": self.front.url}}],
            "users": [{"name": "operator", "user": user}],
            "contexts": [{"name": "front", "context": {"cluster": "front", "user": "operator"}}],
        }
        path.write_text(yaml.safe_dump(whole), encoding="utf-8")
        path.chmod(0o600)
        return path

    def patches(self, name: str) -> list[Seen]:
        """Return the changes of the deployment `name` that arrived; no dry runs."""
        return [one for one in list(self.front.patches) if f"/deployments/{name}?" in one.path]

    def settings(self, home: Path, **more: Any) -> Settings:
        """Return the settings of a home on this cluster."""
        values = {
            "home": home,
            "user": "ann",
            "kubeconfig": self.kubeconfig,
            "clock": self.clock,
            "runbooks": self.runbooks,
            "step_seconds": 3,
        }
        return Settings.model_validate(values | more)

    def close(self) -> None:
        """Stop the front and the cluster."""
        self.front.close()
        self.front.behind.close()
        self.target.close()


def fast_cluster(folder: Path) -> Target:
    """Start a practice cluster in which an hour passes in three minutes.

    Raises:
        RuntimeError: it did not start.
    """
    folder.mkdir(parents=True, exist_ok=True)
    log = folder / "serve.log"
    command = [sys.executable, "-m", "stanch.sandbox.cluster.serve", "--dir", str(folder)]
    with log.open("wb") as errors:
        process = subprocess.Popen(
            [*command, "--speed", f"{SPEED:g}"],
            stdout=subprocess.PIPE,
            stderr=errors,
            env=unmeasured.environment(),
        )
    assert process.stdout is not None
    readable, _, _ = select.select([process.stdout], [], [], 30)
    said = process.stdout.readline() if readable else b""
    if not said.startswith(b"ready https://"):
        process.terminate()
        process.communicate(timeout=60)
        raise RuntimeError(f"the practice cluster did not start: {log.read_text()[-2000:]}")
    return Target("practice", folder, process)


def released(corner: Corner, before: str = "v1-ok", after: str = "v2-ok", **more: Any) -> None:
    """Deploy `before` under the corner's name and release `after` over it."""
    image = "registry.local/web"
    corner.create("deployments", _deployment(corner.name, f"{image}:{before}", **more))
    corner.until(corner.get, _observed)
    if before.endswith("-ok"):
        corner.settled()
    corner.set_image(f"{image}:{after}")
    if after.endswith("-ok"):
        corner.settled()
    else:
        corner.until(lambda: len(corner.list("replicasets")), lambda count: count == 2)


def _deployment(name: str, image: str, **more: Any) -> dict[str, Any]:
    labels = {"app": name}
    annotations = more.pop("pod_annotations", {})
    return {
        "apiVersion": "apps/v1",
        "kind": "Deployment",
        "metadata": {"name": name, "labels": labels},
        "spec": {
            "replicas": 1,
            "selector": {"matchLabels": labels},
            "template": {
                "metadata": {"labels": labels, "annotations": annotations},
                "spec": {"containers": [{"name": "web", "image": image}]},
            },
            **more,
        },
    }


def _observed(found: dict[str, Any]) -> bool:
    status = found.get("status", {})
    return bool(
        status.get("observedGeneration", 0) >= found["metadata"]["generation"]
        and status.get("replicas", 0) == found["spec"]["replicas"]
    )


def alert_of(name: str, deployment: str, clock: Clock, *, summary: str = "") -> Alert:
    """Return an alert that fires now, of which the runbook called like `name` knows."""
    return Alert(
        fingerprint=uuid.uuid5(uuid.NAMESPACE_DNS, f"{name}/{deployment}").hex[:16],
        name=name,
        source="alertmanager",
        labels={
            "alertname": name,
            "namespace": "shop",
            "deployment": deployment,
            "severity": "critical",
        },
        annotations={"summary": summary or f"{deployment} is in trouble"},
        starts_at=clock.now(),
    )


@dataclass(frozen=True, slots=True)
class Scene:
    """One home, one deployment, one incident."""

    stage: Stage
    corner: Corner
    settings: Settings
    store: Store
    clock: Clock

    def open(self, alert: str = "OnlyUndo", *, summary: str = "") -> str:
        """Open an incident and return its id."""
        made = alert_of(alert, self.corner.name, self.clock, summary=summary)
        return open_incident(self.store, self.clock, made, by="ann").incident.id

    def go(self, incident: str = "INC-1", **more: Any) -> Stopped:
        """Move the incident on until it is final or asks."""
        settings = self.settings.model_copy(update=more)
        return run(settings, self.store, incident, wait=False)

    def approve(self, name: str) -> Approval:
        """Approve as ann."""
        asked = self.store.approvals.get(name)
        return approve(self.store, load(self.settings.policy_file), self.clock, asked, who=ANN)

    def reject(self, name: str, reason: str = "not tonight") -> Approval:
        """Reject as ann."""
        asked = self.store.approvals.get(name)
        policy = load(self.settings.policy_file)
        return reject(self.store, policy, self.clock, asked, who=ANN, reason=reason)

    def decide(self, word: str, incident: str = "INC-1") -> None:
        """Answer the open question as ann."""
        from stanch.approvals import require_listed
        from stanch.service.deciding import answer, open_of

        policy = load(self.settings.policy_file)
        answer(
            self.store,
            self.clock,
            open_of(self.store, incident),
            word,
            who=ANN,
            require=lambda who: require_listed(policy, who),
        )

    def approve_all(self, stopped: Stopped) -> Stopped:
        """Approve whatever is asked until the incident is final or in doubt."""
        while stopped.why == "waiting" and stopped.approval is not None:
            self.approve(stopped.approval)
            stopped = self.go()
        return stopped

    def expire(self, name: str) -> None:
        """Let the time of an approval be over."""
        from stanch.approvals import expire_due

        expire_due(self.store, _Ahead(self.clock, timedelta(minutes=16)), "INC-1")
        assert self.store.approvals.get(name).state is ApprovalState.EXPIRED

    def incident(self, name: str = "INC-1") -> Incident:
        return self.store.records.incident(name)

    def proposals(self) -> tuple[Proposal, ...]:
        return self.store.records.proposals("INC-1")

    def events(self, kind: str = "") -> list[Event]:
        """Return what was journaled, or only what is of one kind."""
        every = self.store.journal.events("INC-1")
        return [event for event in every if kind in {"", event.type}]

    def image(self) -> str:
        spec = self.corner.get()["spec"]["template"]["spec"]
        return str(spec["containers"][0]["image"]).rpartition("/")[2]

    def patches(self) -> list[Seen]:
        return self.stage.patches(self.corner.name)

    def pending(self) -> list[str]:
        """Return the approvals that wait for a decision, as `stanch pending` lists them."""
        every = self.store.approvals.all()
        return [one.id for one in every if one.state is ApprovalState.PENDING]

    def sound(self) -> None:
        """Hold that the incident is final with a document, or waits at a listed question."""
        from stanch.incident import open_question
        from stanch.store.ledger import unsettled

        assert verify(self.store.database).faults == ()
        if not self.incident().status.final:
            open_ones = unsettled(self.store.database, "INC-1")
            asked = open_question(self.store.journal.events("INC-1"))
            assert len(self.pending()) + len(open_ones) + (asked is not None) == 1
            return
        assert self.pending() == []
        [written] = self.events("postmortem.written")
        assert (self.settings.home / written.data["path"]).is_file()

    def close(self) -> None:
        self.store.close()
        self.corner.clean()


class _Ahead(Clock):
    """A clock that goes before another."""

    def __init__(self, other: Clock, ahead: timedelta) -> None:
        super().__init__(None)
        self._other = other
        self._ahead = ahead

    def now(self) -> Any:
        return self._other.now() + self._ahead


def scene(stage: Stage, home: Path, **more: Any) -> Scene:
    """Return a scene in a new home; nothing is deployed yet."""
    settings = stage.settings(home, **more)
    home.mkdir(parents=True, exist_ok=True)
    (home / "policy.yaml").write_text(POLICY, encoding="utf-8")
    key = settings.audit_key.get_secret_value() if settings.audit_key else None
    store = Store(home, audit_key=key)
    return Scene(stage, Corner(stage.target), settings, store, Clock(settings.clock))


def everything() -> bool:
    """Say whether all cases are wanted, however long they take."""
    return os.environ.get("STANCH_TEST_ALL") == "1"  # noqa: TID251 - tests are told so here
