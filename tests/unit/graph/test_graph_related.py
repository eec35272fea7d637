"""Alerts that fire beside the incident's own bring their runbooks in, and no others do."""

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from stanch.diagnosis.signs import read_signs
from stanch.graph import looks
from stanch.graph.diagnose import _table as sign_table
from stanch.graph.diagnose import hypotheses
from stanch.graph.related import FIRING, adopt, request
from stanch.graph.sight import view
from stanch.incident import Evidence
from stanch.runbook.folder import read_folder
from stanch.store import Store
from tests.unit import incident_samples as samples
from tests.unit.graph.graph_contexts import context, put

BOOK = """---
title: The database waits
alerts: [{alertname: LocksWait}]
params:
  service: {type: dns-label, from: labels.service}
  namespace: {type: dns-label, from: labels.namespace}
---
## Diagnosis
```sh {name=pods}
kubectl get pods -n <namespace> -l app=<service>
```
"""


def evidence(*series: tuple[dict[str, str], float, float], status: str = "ok") -> Evidence:
    """Return the answer about firing alerts: labels, first and last minute before NOW."""
    now = samples.NOW.timestamp()
    data: dict[str, Any] = {
        "start": now - 3600,
        "end": now,
        "result": [
            {
                "metric": {"__name__": "ALERTS", "alertstate": "firing", **labels},
                "values": [[now - first * 60, "1"], [now - last * 60, "1"]],
            }
            for labels, first, last in series
        ],
    }
    return Evidence.model_validate(
        {
            "id": "E-001",
            "incident": "INC-1",
            "step": FIRING,
            "role": "devops",
            "operation": {"kind": "metrics.query_range"},
            "operation_text": "ALERTS",
            "status": status,
            "data": data,
            "text": "",
            "collected_at": samples.NOW,
            "duration": 0.1,
            "sha256": "0" * 64,
        }
    )


LOCKS = {"alertname": "LocksWait", "service": "payments", "namespace": "shop"}


def test_a_runbook_of_an_alert_that_fires_beside_it_is_added_with_its_own_values(
    store: Store, tmp_path: Path
) -> None:
    (tmp_path / "locks.md").write_text(BOOK)
    [book] = read_folder(tmp_path).runbooks
    here = context(store, book)
    incident = put(store, params={"namespace": "shop", "service": "checkout"})
    grown = adopt(here, incident, evidence((LOCKS, 3, 0)))
    assert grown.runbooks == ("locks",)
    assert [one.name for one in grown.related] == ["LocksWait"]
    assert grown.params["service"] == "checkout"
    assert looks.values(grown, book) == {"namespace": "shop", "service": "payments"}
    assert "locks#namespace" not in grown.params
    assert store.records.incident("INC-1") == grown
    assert adopt(here, grown, evidence((LOCKS, 3, 0))) == grown


def test_alerts_of_long_ago_that_are_over_or_that_it_has_already_are_left_out(
    store: Store, tmp_path: Path
) -> None:
    (tmp_path / "locks.md").write_text(BOOK)
    [book] = read_folder(tmp_path).runbooks
    here = context(store, book)
    own = samples.alert()
    incident = put(store, alert=own)
    for item in (
        evidence((LOCKS, 40, 0)),
        evidence((LOCKS, 60, 0)),
        evidence((LOCKS, 5, 3)),
        evidence((own.labels, 3, 0)),
        evidence((LOCKS, 3, 0), status="unreachable"),
        evidence(),
        None,
    ):
        assert adopt(here, incident, item) == incident


def test_without_a_metrics_server_nothing_is_asked(store: Store) -> None:
    here = context(store)
    assert request(here) == {}


def test_an_alert_may_have_begun_a_little_before_the_incidents_own(store: Store) -> None:
    late = samples.alert(starts_at=samples.NOW + timedelta(minutes=5))
    here = context(store)
    incident = put(store, alert=late)
    assert len(adopt(here, incident, evidence((LOCKS, 8, 0))).related) == 1
    assert not adopt(here, incident, evidence((LOCKS, 12, 0))).related


CUT = """---
title: A node is cut off
alerts: [{alertname: NodeCutOff}]
params:
  node: {type: dns-subdomain, from: labels.node}
signs:
  its-node-misses-others:
    about: The node misses others.
    needs: [peers]
    cel: "steps['peers'].result.exists(r, r.metric.node == params.node)"
hypotheses:
  cut-off:
    claim: <node> is cut off.
    for: [its-node-misses-others]
    against: []
    mitigations: []
---
## Diagnosis
```promql {name=peers}
sum by (node) (peers_missed) > 0
```
"""


def test_the_own_signs_of_an_added_runbook_read_its_own_values(
    store: Store, tmp_path: Path
) -> None:
    (tmp_path / "cut.md").write_text(CUT)
    [book] = read_folder(tmp_path).runbooks
    here = context(store, book)
    alone = put(store, params={"namespace": "shop", "service": "checkout"})
    alert = {"alertname": "NodeCutOff", "node": "node-3"}
    incident = adopt(here, alone, evidence((alert, 3, 0)))
    incident = here.put(
        incident.model_copy(update={"params": {**incident.params, "cut#node": "node-3"}}), []
    )
    [step] = book.steps
    read = looks.of_step(here, incident, book, step, name="peers")
    assert read is not None
    answer = {"metric": {"node": "node-3"}, "value": [0.0, "4"]}
    seen = evidence().model_copy(
        update={
            "step": "peers",
            "operation": read.operation.model_dump(mode="json"),
            "data": {"result_type": "vector", "result": [answer]},
        }
    )
    table = sign_table(here, incident, [seen])
    signs = read_signs(view(here, incident, [seen]), table=table)
    assert signs["cut#its-node-misses-others"].holds is True


DOUBT = """---
title: The alert is wrong
alerts: [{alertname: LooksWrong}]
params:
  KIND: {type: dns-label, from: labels.KIND}
hypotheses:
  false-alarm:
    claim: Nothing is wrong with <KIND>.
    for: [all-pods-ready]
    against: []
    mitigations: []
    harmless: true
  too-few:
    claim: <KIND> has too few pods.
    for: [replicas-missing]
    against: []
    mitigations: []
---
## Diagnosis
```sh {name=pods}
kubectl get pods -n shop -l app=<KIND>
```
"""


def weighed(store: Store, folder: Path, kind: str, params: dict[str, str]) -> set[str]:
    """Return what is weighed when an alert about the `kind` catalog fires beside."""
    (folder / "doubt.md").write_text(DOUBT.replace("KIND", kind))
    [book] = read_folder(folder).runbooks
    here = context(store, book)
    alert = {"alertname": "LooksWrong", kind: "catalog"}
    grown = adopt(here, put(store, params=params), evidence((alert, 3, 0)))
    assert grown.runbooks == ("doubt",)
    return {name.partition("#")[2] for name in hypotheses(here, grown)}


@pytest.mark.parametrize("kind", ["service", "deployment", "node", "host"])
def test_that_a_neighbour_is_well_does_not_explain_the_incident(
    store: Store, tmp_path: Path, kind: str
) -> None:
    assert weighed(store, tmp_path, kind, {kind: "checkout"}) == {"too-few"}


@pytest.mark.parametrize("kind", ["service", "node"])
def test_that_the_incidents_own_target_is_well_explains_it(
    store: Store, tmp_path: Path, kind: str
) -> None:
    assert weighed(store, tmp_path, kind, {kind: "catalog"}) == {"false-alarm", "too-few"}
