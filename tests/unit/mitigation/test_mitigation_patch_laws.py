"""The exact fields of a patch do what the patch would, and they are few (MIT-01, DF-16)."""

import copy
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stanch.mitigation import CannotPlanError
from stanch.mitigation.patches_quantities import canonical
from stanch.mitigation.patches_reading import changes_of
from stanch.sandbox.cluster import patch_json, quantities
from stanch.tools.clients.kubernetes.objects_patch_body import patch_for
from stanch.tools.operations import FieldChange, PatchObject
from stanch.tools.operations.object_patch import observed
from tests.unit.mitigation.patch_samples import (
    thing,
)

KEYS = st.sampled_from(["A", "B", "a.b", "with-dash", "x_y"])
VALUES = st.text("abc 1:", max_size=6)


@given(
    data=st.none() | st.dictionaries(KEYS, VALUES),
    wanted=st.dictionaries(KEYS, st.none() | VALUES, min_size=1),
)
def test_the_exact_fields_do_what_the_merge_patch_would(
    data: dict[str, str] | None, wanted: dict[str, str | None]
) -> None:
    before = thing(**({} if data is None else {"data": data}))
    merged = patch_json.merge(copy.deepcopy(before), {"data": wanted})
    try:
        changes = changes_of({"data": wanted}, "merge", before)
    except CannotPlanError:
        assert (merged.get("data") or {}) == (before.get("data") or {})
        return
    change = PatchObject(
        resource="configmaps", namespace="shop", name="web", uid="u-1", changes=changes
    )
    after = patch_json.apply(before, patch_for(change, before, key="k"))
    assert after["data"] == merged["data"]
    back = patch_json.apply(after, patch_for(change.inverse, after, key="back"))
    assert back.get("data") == before.get("data")
    assert observed(change, back) == observed(change, before)


@given(number=st.integers(0, 10**7), suffix=st.sampled_from(["", "m", "k", "Mi", "Gi", "G", "u"]))
def test_a_quantity_is_written_as_an_api_server_writes_it(number: int, suffix: str) -> None:
    text = f"{number}{suffix}"
    assert canonical(text) == quantities.canonical(text)
    assert canonical(canonical(text)) == canonical(text)
    assert quantities.value(canonical(text)) == pytest.approx(quantities.value(text))


def test_the_forms_that_are_known_of_a_real_server() -> None:
    assert [canonical(one) for one in ("1000m", "0.5", "1024Mi", "1000", "1.5Gi", "0")] == [
        *("1", "500m", "1Gi", "1k", "1536Mi", "0")
    ]


@pytest.mark.parametrize(
    ("fields", "why"),
    [
        ({"resource": "secrets"}, "Input should be"),
        ({"namespace": None}, "has a namespace"),
        ({"changes": ({"path": "/spec/maxReplicas", "before": 1, "after": 1},)}, "no field"),
        ({"changes": ({"path": "/status/x", "after": 1},)}, "not a field"),
        ({"changes": ({"path": "/metadata/annotations", "after": {}},)}, "not a field"),
        (
            {
                "changes": (
                    {"path": "/spec/metrics", "before": [], "after": [1]},
                    {"path": "/spec/metrics/0", "before": 1, "after": 2},
                )
            },
            "lies in another",
        ),
        ({"resource": "nodes", "namespace": None}, "not a field"),
        (
            {
                "resource": "deployments",
                "changes": ({"path": "/spec/template/spec/containers/0/image", "after": "x"},),
            },
            "not a field",
        ),
    ],
)
def test_an_object_patch_is_narrow(fields: dict[str, Any], why: str) -> None:
    good = {
        "resource": "horizontalpodautoscalers",
        "namespace": "shop",
        "name": "web",
        "uid": "u",
        "changes": (FieldChange(path="/spec/maxReplicas", before=1, after=2),),
    }
    assert PatchObject.model_validate(good).as_text() == (
        "kubectl patch horizontalpodautoscalers/web -n shop (/spec/maxReplicas: 1 to 2)"
    )
    with pytest.raises(ValueError, match=why):
        PatchObject.model_validate(good | fields)
