"""Views print what kubectl prints, of the same objects."""

import re
from datetime import UTC, datetime
from typing import Any

import pytest

from stanch.tools.views import View, render
from tests.contracts.cluster.kube_objects import config_map, core
from tests.contracts.cluster.kube_shop import Shop
from tests.contracts.cluster.kubectl_programs import Kubectl

pytestmark = pytest.mark.cluster
pytest_plugins = ["tests.contracts.cluster.kube_fixtures"]

EXPRESSIONS = [
    "{.items[*].metadata.name}",
    '{range .items[*]}{.metadata.name}{"\\t"}{.status.phase}{"\\n"}{end}',
    "{.items[0].spec.containers[*].image}",
    "{.items[0].metadata.labels}",
    "{.items[*].spec.containers[0]['name','image']}",
    "{.items[?(@.status.phase=='Running')].metadata.name}",
    "{.items[?(@.status.phase!='Running')].metadata.name}",
    "{.items[-1:].metadata.name}",
    "{.items[0:2].metadata.name}",
    "{.items[*].status.conditions[?(@.type=='Ready')].status}",
    "{..image}",
    "{.kind} {.apiVersion}",
    "{.items[0].metadata.missing}",
    "{.items[0].status.containerStatuses[0].restartCount}",
    "{.items[0].status.containerStatuses[0].ready}",
    "{.items[?(@.spec.nodeName)].metadata.name}",
    '{range .items[*]}{range .spec.containers[*]}{.image}{" "}{end}{end}',
    "{$.items[0].metadata.name}",
    "{ .items[0].metadata.name }",
]


def _listed(kubectl: Kubectl, *words: str) -> list[dict[str, Any]]:
    items: list[dict[str, Any]] = kubectl.json("get", *words)["items"]
    return items


def _ours(items: list[dict[str, Any]], **view: Any) -> str:
    return render("kubernetes.list", {"items": items}, View(**view), now=datetime.now(UTC))


def _without_ages(text: str) -> str:
    return re.sub(r"\b(?:[0-9]+[dhms])+\b", "AGE", text)


@pytest.mark.parametrize("expression", EXPRESSIONS)
def test_jsonpath_prints_the_same(kubectl: Kubectl, shop: Shop, expression: str) -> None:
    shop.deploy(replicas=2)
    mine = ("-l", f"app={shop.name}")
    items = _listed(kubectl, "pods", *mine)
    said = kubectl("get", "pods", *mine, "-o", f"jsonpath={expression}")
    assert _ours(items, format="jsonpath", expression=expression) == said


@pytest.mark.parametrize("resource", ["pods", "deployments", "cm", "nodes", "ns"])
@pytest.mark.parametrize("wide", [False, True])
def test_tables_are_the_same(kubectl: Kubectl, shop: Shop, resource: str, *, wide: bool) -> None:
    shop.deploy(replicas=2)
    shop.create(core("configmaps"), config_map(shop.name, colour="red"))
    chosen = {"pods": f"app={shop.name}", "deployments": f"app={shop.name}"}.get(resource)
    mine = (resource, *(("-l", chosen) if chosen else ()))
    said = kubectl("get", *mine, *(("-o", "wide") if wide else ()))
    ours = _ours(_listed(kubectl, *mine), format="wide" if wide else "table")
    assert _cells(ours) == _cells(said)


def _cells(text: str) -> list[list[str]]:
    return [re.split(r" {2,}", _without_ages(line)) for line in text.splitlines()]


@pytest.mark.parametrize(
    "flags",
    [
        ("--no-headers",),
        ("--show-labels",),
        ("-A",),
    ],
)
def test_the_flags_of_tables_do_the_same(
    kubectl: Kubectl, shop: Shop, flags: tuple[str, ...]
) -> None:
    shop.deploy(replicas=3)
    view: dict[str, Any] = {
        "headers": "--no-headers" not in flags,
        "labels": "--show-labels" in flags,
        "namespaces": "-A" in flags,
    }
    mine = ("-l", f"app={shop.name}", *(("-A",) if "-A" in flags else ()))
    said = kubectl("get", "pods", *mine, *flags)
    assert _cells(_ours(_listed(kubectl, "pods", *mine), **view)) == _cells(said)


@pytest.mark.parametrize("path", [".data.colour", "{.data.colour}", "{.metadata.name}"])
def test_sorting_is_the_same(kubectl: Kubectl, shop: Shop, path: str) -> None:
    # Letters only: releases differ about digits in a key.
    for name, colour in (("cc", "amber"), ("aa", "violet"), ("bb", "green")):
        shop.create(core("configmaps"), config_map(f"{shop.name}-{name}", colour=colour))
    mine = [
        one
        for one in _listed(kubectl, "cm")
        if str(one["metadata"]["name"]).startswith(f"{shop.name}-")
    ]
    said = kubectl("get", "cm", f"--sort-by={path}", "-o", "name").split()
    wanted = [name for name in said if f"/{shop.name}-" in name]
    assert _ours(mine, format="name", sort_by=path).split() == wanted


def test_names_and_custom_columns_are_the_same(kubectl: Kubectl, shop: Shop) -> None:
    shop.deploy(replicas=2)
    for resource in ("pods", "deployments"):
        mine = (resource, "-l", f"app={shop.name}")
        items = _listed(kubectl, *mine)
        assert _ours(items, format="name") == kubectl("get", *mine, "-o", "name")
        columns = (
            "NAME:.metadata.name,LABELS:.metadata.labels,IMAGES:.spec..image,"
            "GONE:.metadata.nothing,FIRST:{.metadata.ownerReferences[0].kind}"
        )
        said = kubectl("get", *mine, "-o", f"custom-columns={columns}")
        assert _ours(items, format="custom-columns", expression=columns) == said


def test_a_table_is_the_same_to_the_last_blank(kubectl: Kubectl, shop: Shop) -> None:
    shop.create(core("configmaps"), config_map(shop.name, colour="red"))
    for resource in ("cm", "ns", "nodes"):
        said = kubectl("get", resource, "--no-headers", "--show-labels")
        ours = _ours(_listed(kubectl, resource), headers=False, labels=True)
        age = re.compile(r"\b(?:[0-9]+[dhms])+ *")
        assert age.sub("AGE ", ours) == age.sub("AGE ", said)
