"""The runbooks about canaries, releases of Argo CD and edited configuration mean what they say."""

from typing import Any

import pytest

from stanch.library import bundled
from stanch.mitigation import strategy_for
from stanch.runbook.bind import bind
from stanch.runbook.folder import read_folder
from stanch.runbook.match import match
from stanch.runbook.model import Runbook
from stanch.tools.operations import BaseOperation, RestoreConfigMap, RollBackApplication
from stanch.tools.operations.kubernetes_intents import AnnotateObjects

LABELS: dict[str, dict[str, str]] = {
    "kubernetes/gitops-release": {
        "alertname": "ArgoCdAppUnhealthy",
        "name": "web",
        "namespace": "argocd",
        "dest_namespace": "shop",
    },
    "kubernetes/canary-errors": {
        "alertname": "CanaryErrorRatioHigh",
        "namespace": "shop",
        "ingress": "web-canary",
        "service": "web-new",
    },
    "kubernetes/config-edited": {
        "alertname": "ConfigMapEditedByHand",
        "namespace": "shop",
        "configmap": "app",
    },
}
ASKED: dict[str, tuple[str, type, dict[str, Any]]] = {
    "kubernetes/gitops-release": (
        "roll-back-application",
        RollBackApplication,
        {"namespace": "argocd", "name": "web", "history_id": None},
    ),
    "kubernetes/canary-errors": ("take-traffic-off", AnnotateObjects, {"namespace": "shop"}),
    "kubernetes/config-edited": (
        "restore-config",
        RestoreConfigMap,
        {"namespace": "shop", "name": "app", "from_name": None},
    ),
}


def runbook(name: str) -> Runbook:
    [found] = [one for one in read_folder(bundled("runbooks")).runbooks if one.name == name]
    return found


@pytest.mark.parametrize("name", ASKED)
def test_its_alert_leads_to_an_intent_that_a_strategy_knows(name: str) -> None:
    found = runbook(name)
    step, kind, fields = ASKED[name]
    values = {
        param: LABELS[name][str(one.source).removeprefix("labels.")]
        for param, one in found.params.items()
    }
    intent = bind(found.step(step), values, params=found.params)
    assert isinstance(intent, kind)
    assert not isinstance(intent, BaseOperation)
    assert {field: getattr(intent, field) for field in fields} == fields
    strategy = strategy_for(intent)
    assert strategy is not None
    assert next(iter(strategy.looks(intent))) == "target"


@pytest.mark.parametrize("name", ASKED)
def test_its_alert_leads_to_no_other_runbook(name: str) -> None:
    every = read_folder(bundled("runbooks")).runbooks
    assert [one.runbook.name for one in match(every, LABELS[name])] == [name]
