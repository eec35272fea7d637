"""What is saved before a change, on each kind of target: pods, processes and logs (INV-18)."""

import pytest

from stanch.mitigation.preserve import lost, reads_before
from stanch.tools.operations import Change, Effect, EvictPod
from stanch.tools.operations.host_logs import TruncateLog
from stanch.tools.operations.host_processes import StopProcess
from stanch.tools.operations.host_rotation import RotateLogs
from stanch.tools.operations.host_swarm import RollBackService
from stanch.tools.operations.workload_changes import RestartSet

LOG = "/var/log/shop/worker.log"
EVICT = EvictPod.model_validate(
    {
        "namespace": "shop",
        "name": "web-1",
        "uid": "u",
        "node": "n1",
        "controller": {"kind": "ReplicaSet", "name": "web", "uid": "c"},
    }
)
STOP = StopProcess.model_validate(
    {
        "host": "jobs-1",
        "pid": 4711,
        "boot_id": "0f2c6e5a-1c1d-4c3e-9a51-5c9d2f1f0a77",
        "started": 987654,
        "command": "report",
        "user": "shop",
    }
)
SWARM = RollBackService.model_validate(
    {
        "host": "jobs-1",
        "service": "api",
        "service_id": "a" * 25,
        "version": 3,
        "image": f"registry.local/api@sha256:{'a' * 64}",
        "to_image": f"registry.local/api@sha256:{'b' * 64}",
        "spec_sha256": "c" * 64,
        "to_sha256": "d" * 64,
        "replicas": 2,
    }
)


def restart(resource: str) -> RestartSet:
    return RestartSet.model_validate(
        {
            "resource": resource,
            "namespace": "shop",
            "name": "db",
            "uid": "u",
            "restarted_at": "2026-11-21T10:00:00Z",
        }
    )


def rotation(*paths: str) -> RotateLogs:
    logs = [{"path": path, "last": "never"} for path in paths]
    return RotateLogs.model_validate(
        {"host": "jobs-1", "config": "/etc/logrotate.d/shop", "sha256": "a" * 64, "logs": logs}
    )


def texts(change: Change) -> dict[str, str]:
    return {name: read.as_text() for name, read in reads_before(change).items()}


def test_a_pod_that_is_evicted_leaves_its_own_logs_and_events() -> None:
    found = texts(EVICT)
    assert list(found) == ["describe", "logs", "previous-logs", "events"]
    assert found["describe"].startswith("kubectl describe pods/web-1")
    assert "web-1" in found["logs"]
    assert "--tail=500" in found["logs"]
    assert ["--previous" in found[name] for name in ("logs", "previous-logs")] == [False, True]
    assert "Pod/web-1" in found["events"]


@pytest.mark.parametrize(
    ("resource", "kind"), [("statefulsets", "StatefulSet"), ("daemonsets", "DaemonSet")]
)
def test_a_set_leaves_the_logs_of_all_pods_that_it_owns(resource: str, kind: str) -> None:
    found = texts(restart(resource))
    assert f"{resource}/db" in found["describe"]
    assert f"{resource}/db" in found["logs"]
    assert f"{kind}/db" in found["events"]


def test_a_process_leaves_what_the_host_says_of_it() -> None:
    assert texts(STOP) == {
        "process": "ssh jobs-1 'ps -o pid,ppid,user,stat,etime,pcpu,pmem,args -p 4711'"
    }


@pytest.mark.parametrize("replicas", [1, 5])
@pytest.mark.parametrize(("sudo", "before"), [(False, ""), (True, "sudo -n -u root -- ")])
def test_a_service_that_is_rolled_back_leaves_its_tasks_and_their_logs(
    sudo: bool, before: str, replicas: int
) -> None:
    assert texts(SWARM.model_copy(update={"sudo": sudo, "to_replicas": replicas})) == {
        "tasks": f"ssh jobs-1 '{before}docker service ps --no-trunc api'",
        "logs": f"ssh jobs-1 '{before}docker service logs --tail 500 api'",
    }


def test_a_log_that_is_cut_leaves_its_last_lines() -> None:
    cut = TruncateLog.model_validate(
        {
            "host": "jobs-1",
            "path": LOG,
            "device": 65025,
            "inode": 131090,
            "owner": "shop",
            "seen": 5_000_000,
            "keep": 0,
        }
    )
    assert texts(cut) == {"tail": f"ssh jobs-1 'tail -n 500 {LOG}'"}


def test_every_log_that_is_rotated_leaves_its_last_lines() -> None:
    other = "/var/log/shop/api.log"
    assert texts(rotation(LOG, other)) == {
        "tail": f"ssh jobs-1 'tail -n 500 {LOG}'",
        "tail-2": f"ssh jobs-1 'tail -n 500 {other}'",
    }


@pytest.mark.parametrize("change", [EVICT, STOP, SWARM, restart("statefulsets"), rotation(LOG)])
def test_saving_changes_nothing_on_any_target(change: Change) -> None:
    found = reads_before(change)
    assert found
    assert all(read.effect is Effect.OBSERVE for read in found.values())


def test_a_description_that_was_read_is_saved_whatever_it_says() -> None:
    describe = reads_before(EVICT)["describe"]
    assert lost(describe, {}, "ok", "") == ""
    assert lost(describe, {}, "denied", "no right to it") == "no right to it"
