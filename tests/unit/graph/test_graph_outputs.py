"""What a target prints becomes a value of a later step only where it is of the declared type."""

from pathlib import Path

import pytest

from stanch.graph import looks
from stanch.graph.filling import follow
from stanch.incident import Evidence
from stanch.runbook.model import Runbook
from stanch.runbook.read import read
from stanch.store import Store
from tests.unit import incident_samples as samples
from tests.unit.graph.graph_contexts import context, put
from tests.unit.runbook.runbook_samples import written

BOOK = """---
title: TITLE
alerts: [{alertname: A}]
PARAMS---
## Diagnosis

```sh {name=find}
POD=$(kubectl get pods -n shop -o name | head -n 1)
```

```sh {name=use}
kubectl logs $POD -n shop --tail=20
```
"""
NARROW = "params:\n  pod: {type: dns-label, from: output.pod}\n"


def book(folder: Path, name: str, params: str = "") -> Runbook:
    text = BOOK.replace("TITLE", name).replace("PARAMS", params)
    return read(written(folder, text, f"{name}.md"), root=folder)


def printed(text: str) -> dict[str, Evidence]:
    data = {"items": [], "shown": {"text": text, "lines": 1}}
    item = Evidence(
        id="E-001",
        incident="INC-1",
        step="find",
        role="devops",
        operation={},
        operation_text="kubectl get pods",
        status="ok",
        data=data,
        text="1 line",
        collected_at=samples.NOW,
        duration=0.1,
        sha256="0" * 64,
    )
    return {"find": item}


def notices(store: Store) -> list[str]:
    return [one.data["text"] for one in store.journal.events("INC-1") if one.type == "notice"]


def test_an_output_of_its_type_is_a_value_of_the_next_wave(store: Store, tmp_path: Path) -> None:
    wide = book(tmp_path, "wide")
    here, incident = context(store, wide), put(store, runbooks=("wide",), params={})
    assert follow(here, incident, printed("web-1\n"), 1) == {"pod": "web-1"}
    assert notices(store) == []


@pytest.mark.parametrize(
    "text",
    [
        "-n kube-system",
        "a; rm -rf /",
        "$(reboot)",
        "--all-namespaces",
        "a b",
        "A\u202eb",
        "a" * 300,
    ],
)
def test_a_hostile_output_gives_no_value_and_a_reason_without_its_words(
    store: Store, tmp_path: Path, text: str
) -> None:
    wide = book(tmp_path, "wide")
    here, incident = context(store, wide), put(store, runbooks=("wide",), params={})
    assert follow(here, incident, printed(text), 1) == {}
    [notice] = notices(store)
    assert notice.startswith("wide: what was printed for pod is not of the type dns-subdomain")
    assert text not in notice
    assert follow(here, incident, printed(text), 2) == {}
    assert notices(store) == [notice]


def test_a_value_of_another_runbook_is_none_where_a_narrower_type_is_declared(
    store: Store, tmp_path: Path
) -> None:
    wide, narrow = book(tmp_path, "wide"), book(tmp_path, "narrow", NARROW)
    here = context(store, wide, narrow)
    incident = put(store, runbooks=("wide", "narrow"), params={})
    values = follow(here, incident, printed("web.1"), 1)
    assert values == {"pod": "web.1"}
    assert notices(store)[0].startswith("narrow: what was printed for pod")
    incident = incident.model_copy(update={"params": values})
    assert follow(here, incident, printed("web.1"), 2) == values
    for runbook, runs in ((wide, True), (narrow, False)):
        step = runbook.step("use")
        request = looks.of_step(here, incident, runbook, step, name="use")
        assert (request is not None) is runs
