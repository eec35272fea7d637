"""Cases of the kill test: each has a deployment and a home of its own.

The runs happen in processes of the prepared parent; here the deployments are made before,
and what the runs left behind is looked at after.
"""

import hashlib
import json
import subprocess
import sys
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Self

from stanch.clock import Clock
from stanch.incident import ApprovalState
from stanch.store import Store, verify
from tests.contracts.clients.client_targets import Corner
from tests.journeys.kill_scene import POLICY, Stage, alert_of, released
from tests.services import unmeasured

ROOT = Path(__file__).parents[2]
Kill = str | int
"""The name of a point, or how many points a process passes before it dies."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Journey:
    """A way of an incident: what is deployed, and how it must have ended."""

    alert: str
    before: str = "v1-ok"
    status: str
    image: str
    changes: int
    proposals: int = 1
    rollouts: int | None = None
    """How many of the changes make a new revision; None: all of them."""


GOOD = Journey(alert="OnlyUndo", status="closed", image="web:v1-ok", changes=1)
TAKEN_BACK = Journey(
    alert="HastyUndo", before="v1-crash", status="handed over", image="web:v2-ok", changes=2
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """One incident that is killed at `kills`, in this order, one process each."""

    journey: Journey
    kills: tuple[Kill, ...]
    corner: Corner
    home: Path
    stage: Stage

    @property
    def name(self) -> str:
        return self.home.name

    def points(self) -> list[str]:
        """Return the points that the last process passed."""
        found: list[str] = json.loads(self.home.with_suffix(".points").read_text())
        return found

    def faults(self, endings: Sequence[str]) -> list[str]:
        """Say what is not as if nothing had been killed."""
        wanted = ["killed"] * len(self.kills) + ["status 0"]
        if list(endings) != wanted:
            error = self.home.with_suffix(".error")
            return [f"the processes ended {endings}: {error.exists() and error.read_text()}"]
        store = Store(self.home)
        try:
            return [*self._records(store), *self._target()]
        finally:
            store.close()

    def _target(self) -> list[str]:
        deployment = self.corner.get()
        image = str(deployment["spec"]["template"]["spec"]["containers"][0]["image"])
        # Two rollouts were made before; a change that came twice would have made one more.
        revision = deployment["metadata"]["annotations"]["deployment.kubernetes.io/revision"]
        sent = len(self.stage.patches(self.corner.name))
        rollouts, changes = self.journey.rollouts, self.journey.changes
        return _differ(
            ("image", image.rpartition("/")[2], self.journey.image),
            ("revision", int(revision), 2 + (rollouts if rollouts is not None else changes)),
            ("changes that arrived", sent, changes),
        )

    def _records(self, store: Store) -> list[str]:
        incident = store.records.incident("INC-1")
        events = store.journal.events("INC-1")
        kinds = [event.type for event in events]
        asked = [e.data["approval"]["proposal"] for e in events if e.type == "approval.requested"]
        ended = [e.data["result"] for e in events if e.type == "mitigation.finished"]
        given = kinds.count("approval.approved")
        approvals = store.approvals.all()
        written = [e.data for e in events if e.type == "postmortem.written"]
        many = self.journey.proposals
        document = self.home / written[-1]["path"] if written else self.home
        return _differ(
            ("incidents", len(store.records.all_incidents()), 1),
            ("status", incident.status.value, self.journey.status),
            ("audit", verify(store.database).faults, ()),
            ("proposals asked about", asked, [f"P-{number}" for number in range(1, many + 1)]),
            ("approvals", [one.state for one in approvals], [ApprovalState.USED] * many),
            ("approvals given", given, many),
            ("approvals used", kinds.count("approval.used"), many),
            ("changes begun", kinds.count("mitigation.started"), self.journey.changes),
            ("changes ended", ended, ["done"] * self.journey.changes),
            ("doubts", kinds.count("mitigation.in_doubt"), 0),
            ("closings", kinds.count("incident.closed"), 1),
            ("failures of ours", [e.data for e in events if "unexpectedly" in str(e.data)], []),
            ("documents", len({one["path"] for one in written}), 1),
            ("document", _sha256(document), written[-1]["sha256"] if written else "one"),
        )


def _differ(*facts: tuple[str, object, object]) -> list[str]:
    return [
        f"{what}: {found!r}, not {wanted!r}" for what, found, wanted in facts if found != wanted
    ]


def _sha256(file: Path) -> str:
    return hashlib.sha256(file.read_bytes()).hexdigest() if file.is_file() else "none"


class Parent:
    """The prepared parent, up while the `with` block runs."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._count = 0

    def __enter__(self) -> Self:
        self._process = subprocess.Popen(
            [sys.executable, "-m", "tests.journeys.kill_parent"],
            cwd=ROOT,
            env=unmeasured.environment(),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        return self

    def __exit__(self, *_: object) -> None:
        self._process.communicate(timeout=60)

    def run(
        self, stage: Stage, journey: Journey, every: Sequence[tuple[Kill, ...]]
    ) -> dict[Case, list[str]]:
        """Run one incident for each of `every`; return what is wrong with each."""
        self._count += 1
        folder = self._folder / f"batch{self._count}"
        folder.mkdir(parents=True)
        cases = [
            Case(
                journey=journey,
                kills=kills,
                corner=Corner(stage.target),
                home=folder / f"case{number}",
                stage=stage,
            )
            for number, kills in enumerate(every)
        ]
        with ThreadPoolExecutor(4) as pool:
            list(pool.map(_prepare, cases))
        clock = Clock(stage.clock)
        told = [
            {
                "name": case.name,
                "kills": list(case.kills),
                "settings": stage.settings(case.home).model_dump(mode="json", exclude_none=True),
                "alert": alert_of(journey.alert, case.corner.name, clock).model_dump(mode="json"),
            }
            for case in cases
        ]
        (folder / "cases.json").write_text(json.dumps(told), encoding="utf-8")
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(f"{folder / 'cases.json'}\n")
        self._process.stdin.flush()
        assert self._process.stdout.readline() == "done\n"
        found = json.loads((folder / "results.json").read_text(encoding="utf-8"))
        faults = {case: case.faults(found[case.name]) for case in cases}
        for case in cases:
            case.corner.clean()
        return faults


def _prepare(case: Case) -> None:
    released(case.corner, case.journey.before)
    case.home.mkdir()
    (case.home / "policy.yaml").write_text(POLICY, encoding="utf-8")
