"""Evidence is saved before a change destroys it (INV-18)."""

from typing import Any

import pytest

from stanch.mitigation.preserve import lost, reads_before
from stanch.tools.operations import (
    Change,
    Effect,
    EndIdleSessions,
    FieldChange,
    HostRead,
    PatchObject,
    RestartDeployment,
    RestartUnit,
    ScaleDeployment,
    SetWeight,
    SwitchFlag,
    TerminateBackend,
)
from tests.unit.incident_samples import roll_back

AT = "2026-11-21T10:00:00.000000+00:00"
WEB: dict[str, Any] = {"namespace": "shop", "name": "web", "uid": "u"}
RESTART = RestartDeployment(**WEB, restarted_at="2026-11-21T10:00:00Z")
SESSION = TerminateBackend(database="shop", pid=12, backend_start=AT, xact_start=AT)
UNIT = RestartUnit(host="web-1", unit="nginx.service", invocation="")
IDLE = EndIdleSessions.model_validate(
    {
        "database": "shop",
        "sessions": [
            {"pid": pid, "backend_start": AT, "xact_start": None, "state_change": AT}
            for pid in (12, 13)
        ],
    }
)


def patch(path: str) -> PatchObject:
    changes = (FieldChange(path=path, before="1", after="2"),)
    return PatchObject(resource="deployments", **WEB, changes=changes)


@pytest.mark.parametrize("change", [RESTART, roll_back()])
def test_pods_that_are_replaced_leave_their_logs_and_their_description(change: Change) -> None:
    texts = [read.as_text() for read in reads_before(change).values()]
    assert any(text.startswith("kubectl describe deployments/") for text in texts)
    logs = [text for text in texts if text.startswith("kubectl logs")]
    assert [("--previous" in text) for text in logs] == [False, True]
    assert any(text.startswith("kubectl events") for text in texts)


def test_a_session_leaves_its_statement_and_its_locks() -> None:
    texts = {name: read.as_text() for name, read in reads_before(SESSION).items()}
    assert "pg_stat_activity WHERE pid IN (12)" in texts["sessions"]
    assert "pg_locks WHERE pid IN (12)" in texts["locks"]
    both = {name: read.as_text() for name, read in reads_before(IDLE).items()}
    assert "pid IN (12, 13)" in both["sessions"]


def test_a_unit_leaves_its_status_and_its_last_lines() -> None:
    texts = {name: read.as_text() for name, read in reads_before(UNIT).items()}
    assert texts["status"] == "ssh web-1 'systemctl status nginx.service --no-pager'"
    assert texts["journal"] == "ssh web-1 'journalctl -u nginx.service -n 500 --no-pager'"


@pytest.mark.parametrize(
    "change",
    [
        SwitchFlag(endpoint="flags", environment="prod", flag="search", enabled=False),
        SetWeight(endpoint="lb", backend="b", server="s", weight=0, from_weight=1),
        ScaleDeployment(**WEB, replicas=6, from_replicas=4),
        patch("/spec/progressDeadlineSeconds"),
    ],
)
def test_what_destroys_nothing_is_not_held_up(change: Change) -> None:
    assert reads_before(change) == {}


def test_fewer_pods_and_another_template_destroy_something() -> None:
    assert reads_before(ScaleDeployment(**WEB, replicas=2, from_replicas=4))
    assert reads_before(patch("/spec/template/spec/containers/0/resources/limits/memory"))


@pytest.mark.parametrize("change", [RESTART, SESSION, UNIT, IDLE])
def test_saving_changes_nothing(change: Change) -> None:
    assert all(read.effect is Effect.OBSERVE for read in reads_before(change).values())


def test_what_was_not_saved_is_told_from_what_was_never_there() -> None:
    [status, journal] = reads_before(UNIT).values()
    assert isinstance(status, HostRead)
    assert lost(status, {}, "unreachable", "no route") == "no route"
    assert lost(status, {"exit_status": 3, "stdout": "inactive"}, "ok", "") == ""
    assert lost(journal, {"exit_status": 1, "stdout": "", "stderr": "denied"}, "ok", "") == "denied"
    assert lost(journal, {"exit_status": 1, "stdout": ""}, "ok", "") == "journalctl failed"
    logs = reads_before(RESTART)["logs"]
    pod = {"pod": "web-1", "container": "web"}
    for reason, said in (("503", "503"), ("web is waiting to start: PodInitializing", "")):
        gone = {"streams": [], "not_read": [{**pod, "reason": reason}]}
        assert lost(logs, gone, "ok", "") == said
        assert lost(logs, {**gone, "streams": [pod]}, "ok", "") == ""
    logs = reads_before(RESTART)["previous-logs"]
    assert lost(logs, {"streams": [], "not_read": [{"reason": "no earlier run"}]}, "ok", "") == ""
