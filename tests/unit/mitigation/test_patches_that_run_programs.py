"""No patch of a workload says which program runs, however deep it is written."""

from typing import Any

import pytest
from pydantic import ValidationError

from stanch.tools.operations import FieldChange, PatchObject

ONE = "/spec/template/spec/containers/0"
SHELL = {"exec": {"command": ["sh", "-c", "id"]}}


def patch(*changes: FieldChange) -> PatchObject:
    return PatchObject(
        resource="deployments",
        namespace="shop",
        name="web",
        uid="11111111-2222-3333-4444-555555555555",
        changes=changes,
    )


@pytest.mark.parametrize(
    ("path", "before", "after"),
    [
        ("livenessProbe", None, SHELL),
        ("readinessProbe/exec", None, SHELL["exec"]),
        ("startupProbe/exec/command", ["true"], ["sh", "-c", "id"]),
        ("startupProbe/exec/command/0", "true", "id"),
        ("livenessProbe", {"httpGet": {"port": 80}}, {"httpGet": {"port": 80, "host": "x.org"}}),
        ("livenessProbe/httpGet/host", None, "169.254.169.254"),
        ("livenessProbe", SHELL, None),
    ],
)
def test_a_probe_neither_runs_another_program_nor_asks_elsewhere(
    path: str, before: Any, after: Any
) -> None:
    with pytest.raises(ValidationError, match="which program runs, or whom the node asks"):
        patch(FieldChange(path=f"{ONE}/{path}", before=before, after=after))


def test_the_times_of_a_probe_that_runs_a_program_are_moved() -> None:
    slow = {**SHELL, "timeoutSeconds": 5}
    change = patch(FieldChange(path=f"{ONE}/livenessProbe", before=SHELL, after=slow))
    assert change.inverse.changes[0].after == SHELL
    assert patch(FieldChange(path=f"{ONE}/livenessProbe/periodSeconds", before=1, after=9))


@pytest.mark.parametrize("name", ["LD_PRELOAD", "PATH", "NODE_OPTIONS", "JAVA_TOOL_OPTIONS"])
def test_a_variable_that_loads_a_program_is_left_alone(name: str) -> None:
    named = FieldChange(path=f"{ONE}/env/0/name", before=name, after=name)
    value = FieldChange(path=f"{ONE}/env/0/value", before="a", after="b")
    with pytest.raises(ValidationError, match=f"the variable {name} says which program runs"):
        patch(named, value)


def test_a_value_is_given_to_a_named_variable_and_to_no_other() -> None:
    value = FieldChange(path=f"{ONE}/env/0/value", before="a", after="b")
    with pytest.raises(ValidationError, match=r"needs .*/env/0/name beside it"):
        patch(value)
    with pytest.raises(ValidationError, match="to another variable"):
        patch(FieldChange(path=f"{ONE}/env/0/name", before="POOL", after="LD_PRELOAD"), value)
    named = FieldChange(path=f"{ONE}/env/0/name", before="POOL", after="POOL")
    assert patch(named, value).inverse.changes[1].after == "a"
