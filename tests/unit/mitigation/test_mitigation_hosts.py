"""Commands for hosts become exact changes, or are left to people with a reason (MIT-02, MIT-22)."""

import json
from datetime import UTC, datetime
from typing import Any

import pytest

from stanch.mitigation import CannotPlanError, Plan, strategy_for
from stanch.runbook.grammar.registry import read
from stanch.runbook.grammar.typed import Surroundings
from stanch.tools.operations import HostRead
from stanch.tools.operations.host import ChangeHost
from stanch.tools.operations.host_logs import TruncateLog
from stanch.tools.operations.host_processes import StopProcess

NOW = datetime(2026, 11, 1, 12, tzinfo=UTC)
LOG = "/var/log/shop/worker.log"
BOOT = "0f2c6e5a-1c1d-4c3e-9a51-5c9d2f1f0a77"
FOLDERS = "41ed root root\n" * 4


def intent(line: str, **more: Any) -> ChangeHost:
    typed = read(tuple((word,) for word in line.split()), Surroundings(read=read))
    assert typed.kind == "intent.host"
    return ChangeHost.model_validate({"host": "jobs-1", **typed.fields, **more})


def out(text: str, status: int = 0, stderr: str = "") -> dict[str, Any]:
    return {"stdout": text, "stderr": stderr, "exit_status": status}


def plan(asked: ChangeHost, **seen: dict[str, Any]) -> Plan:
    strategy = strategy_for(asked)
    assert strategy is not None
    looks = strategy.looks(asked)
    assert next(iter(looks)) == "target"
    assert all(isinstance(one, HostRead) and one.host == "jobs-1" for one in looks.values())
    return strategy.plan(asked, {name: seen[name] for name in looks}, now=NOW)


def log(size: int = 5_000_000_000, **more: Any) -> dict[str, dict[str, Any]]:
    facts: dict[str, Any] = {
        "links": 1,
        "mode": "81a4",
        "owner": "shop",
        "real": LOG,
        "folders": FOLDERS,
    } | more
    shown = f"65025:131090 {size} 9765632 {facts['links']} {facts['mode']} {facts['owner']}\n"
    return {
        "target": out(shown),
        "real": out(f"{facts['real']}\n"),
        "folders": out(facts["folders"]),
        "tail": facts.get("tail", out("the end\n")),
    }


def process(pid: int = 4711, **more: Any) -> dict[str, dict[str, Any]]:
    facts = {
        "name": "report", "state": "R", "parent": 1, "flags": 4194560, "started": 987654,
        "cgroup": "/user.slice/user-998.slice/session-7.scope", "owner": "shop", "leader": pid,
    } | more  # fmt: skip
    numbers = f"{facts['parent']} {pid} {pid} 0 -1 {facts['flags']} " + "0 " * 12
    stat = f"{pid} ({facts['name']}) {facts['state']} {numbers}{facts['started']} 1 2 3"
    return {
        "target": out(f"{stat}\n0::{facts['cgroup']}\nTgid:\t{facts['leader']}\n{BOOT}\n"),
        "owner": out(f"{facts['owner']}\n"),
        "load": out(" 98.7  86400\n"),
    }


@pytest.mark.parametrize(
    ("line", "keep"),
    [
        (f"truncate -s 0 {LOG}", 0),
        (f"truncate -c -s 100M {LOG}", 100 * 1024**2),
        (f"truncate --size=2GB {LOG}", 2 * 1000**3),
        (f"sudo truncate --no-create --size 1KiB {LOG}", 1024),
    ],
)
def test_every_way_to_write_a_cut_is_one_exact_cut(line: str, keep: int) -> None:
    made = plan(intent(line), **log())
    assert made.operation == TruncateLog(
        host="jobs-1", path=LOG, device=65025, inode=131090, owner="shop",
        seen=5_000_000_000, keep=keep,
    )  # fmt: skip
    assert made.title.startswith(f"Cut {LOG} on jobs-1 from 5.0 GB to ")
    assert made.inverse is None
    strategy = strategy_for(intent(line))
    assert strategy is not None
    after = {"device": 65025, "inode": 131090, "cut": True}
    assert strategy.foretold(made.operation, {}) == after


@pytest.mark.parametrize(
    ("line", "why"),
    [
        ("truncate -s 0 /etc/hosts", "never cut"),
        ("truncate -s 0 /var/lib/app/app.log", "never cut"),
        ("truncate -s 0 /var/log/auth.log", "never cut"),
        ("truncate -s 0 /var/log/audit/audit.log", "never cut"),
        ("truncate -s 0 /var/log/journal/a/system.journal", "never cut"),
        ("truncate -s 0 /srv/mysql/mysql-bin.000042", "never cut"),
        ("truncate -s 0 /srv/pg/pg_wal/000000010000000000000001", "never cut"),
        ("truncate -s 0 /var/log/../../etc/hosts", "not the absolute path"),
        ("truncate -s 0 app.log", "not the absolute path"),
        (f"truncate -s -10M {LOG}", "no way yet"),
        (f"truncate -s +10M {LOG}", "no way yet"),
        (f"truncate -r /etc/hosts {LOG}", "no way yet"),
        (f"truncate -s 0 {LOG} {LOG}.1", "no way yet"),
        ("truncate -s 0 /srv/app/data.bin", "may read and keep"),
    ],
)
def test_what_is_no_cut_of_one_log_is_left_to_people(line: str, why: str) -> None:
    strategy = strategy_for(intent(line))
    assert strategy is not None
    with pytest.raises(CannotPlanError, match=why):
        strategy.looks(intent(line))


@pytest.mark.parametrize(
    ("seen", "why"),
    [
        (log(mode="a1ff"), "no regular file"),
        (log(mode="11a4"), "no regular file"),
        (log(links=2), "has 2 names"),
        (log(real="/srv/worker.log"), "the file itself is /srv/worker.log"),
        (log(owner="UNKNOWN"), "no user that jobs-1 knows"),
        (log(size=100), "has 100 bytes, and would keep 1.0 kB"),
        (log(tail=out("", 1, "Permission denied")), "would be lost"),
        (log(owner="root", folders="41ed root root\n" * 3 + "41ed shop shop\n"), "/var/log/shop"),
        (log(owner="root", folders="41fd root root\n" * 3 + "41ff root root\n"), "/var/log/shop"),
        (log(owner="root", folders="41ed root root\n" * 2 + "41fd root adm\n" * 2), "/var/log"),
        (log(owner="root", folders=""), "/var/log/shop"),
        ({**log(), "target": out("", 1, "No such file")}, r"lsof \+L1.*restart its unit instead"),
    ],
)
def test_a_file_that_is_no_plain_log_is_not_cut(seen: dict[str, Any], why: str) -> None:
    with pytest.raises(CannotPlanError, match=why):
        plan(intent(f"truncate -s 1000 {LOG}"), **seen)


def test_a_log_of_root_is_cut_where_only_root_can_put_another_file() -> None:
    assert plan(intent(f"truncate -s 0 {LOG}"), **log(owner="root")).observed["owner"] == "root"


@pytest.mark.parametrize(
    ("line", "signal"),
    [
        ("kill 4711", "TERM"),
        ("kill -TERM 4711", "TERM"),
        ("kill -15 4711", "TERM"),
        ("kill -s SIGTERM 4711", "TERM"),
        ("sudo kill -9 4711", "KILL"),
        ("kill -SIGKILL 4711", "KILL"),
    ],
)
def test_every_way_to_write_a_signal_is_one_exact_signal(line: str, signal: str) -> None:
    made = plan(intent(line), **process())
    assert isinstance(made.operation, StopProcess)
    assert (made.operation.signal, made.operation.started) == (signal, 987654)
    assert (made.operation.boot_id, made.operation.user) == (BOOT, "shop")
    assert made.observed == {
        "boot_id": BOOT, "started": 987654, "command": "report", "user": "shop",
        "unit": "session-7.scope",
    }  # fmt: skip
    assert made.touches[0] == "it has used 98.7 % of a processor over the 86400 s of its life"


@pytest.mark.parametrize("line", ["kill -HUP 4711", "kill 4711 4712", "kill -KILL", "pkill report"])
def test_another_signal_is_left_to_people(line: str) -> None:
    strategy = strategy_for(intent(line))
    assert strategy is not None
    with pytest.raises(CannotPlanError, match="no way yet"):
        strategy.looks(intent(line))


@pytest.mark.parametrize(
    ("seen", "why"),
    [
        (process(name="kworker/0:1", parent=2), "the kernel's"),
        (process(flags=0x208040), "the kernel's"),
        (process(name="sshd-session"), "a login hangs on"),
        (process(name="systemd-journal", parent=1), "the host or a login hangs on"),
        (process(leader=4700), "4711 is a thread of process 4700"),
        (process(cgroup="/system.slice/app.service"), "restart the unit"),
        (process(cgroup="/system.slice/docker-0a1b2c.scope"), "runs in a container"),
        (process(cgroup="/kubepods.slice/kubepods-pod1.slice"), "runs in a container"),
        (process(name="postgres", parent=900), "end the session in the database"),
        (process(state="Z"), "no process 4711 runs"),
        (process(owner=""), "no process 4711 runs"),
        (process(owner="UNKNOWN"), "no user that jobs-1 knows"),
        (process(4712), "no process 4711 runs"),
        ({**process(), "target": out(f"{BOOT}\n", 1)}, "no process 4711 runs"),
    ],
)
def test_a_process_that_others_hang_on_is_not_told_to_end(seen: dict[str, Any], why: str) -> None:
    with pytest.raises(CannotPlanError, match=why):
        plan(intent("kill 4711"), **seen)


@pytest.mark.parametrize("name", ["a) R 1 2 3", "((sd-pam", "x\ty", "0 (x) S 1", "a b c d"])
def test_a_name_of_any_letters_hides_nothing(name: str) -> None:
    if name.isprintable():
        made = plan(intent("kill 4711"), **process(name=name))
        assert (made.observed["command"], made.observed["started"]) == (name, 987654)
    else:
        with pytest.raises(CannotPlanError, match="no order can carry"):
            plan(intent("kill 4711"), **process(name=name))


@pytest.mark.parametrize(
    ("line", "more", "why"),
    [
        (f"truncate -s 0 {LOG}", {"host": None}, "names no host"),
        ("kill 4711", {"host": None, "hosts": ("jobs-1", "db-1")}, "names 2 hosts"),
        ("kill 4711", {"sudo": "postgres"}, "not planned as postgres"),
        ("kill 4711", {"port": 2222}, r"name it under \[hosts.jobs-1\]"),
        ("kill 4711", {"seconds": 5}, "no way yet"),
        ("docker service rollback api", {"host": None}, "names no host"),
    ],
)
def test_each_change_is_of_one_host_in_the_configured_way(
    line: str, more: dict[str, Any], why: str
) -> None:
    asked = intent(line, **more)
    strategy = strategy_for(asked)
    assert strategy is not None
    with pytest.raises(CannotPlanError, match=why):
        strategy.looks(asked)


@pytest.mark.parametrize(
    "look",
    [
        out("", 1, "Error response from daemon: This node is not a swarm manager."),
        out("", 1, "permission denied while trying to connect to the Docker daemon socket"),
        out("not json"),
        out(json.dumps([{"Spec": {}}, {"Spec": {}}])),
        out("[]"),
    ],
)
def test_a_host_that_shows_no_service_has_none_to_roll_back(look: dict[str, Any]) -> None:
    with pytest.raises(CannotPlanError, match="does not say how the service api is"):
        plan(intent("docker service rollback -d api"), target=look)


def test_docker_is_asked_as_root_where_the_runbook_does() -> None:
    asked = intent("sudo docker service rollback --detach api")
    strategy = strategy_for(asked)
    assert strategy is not None
    look = strategy.looks(asked)["target"]
    assert isinstance(look, HostRead)
    assert look.command == (
        "sudo", "-n", "-u", "root", "--", "docker", "service", "inspect", "api",
    )  # fmt: skip
