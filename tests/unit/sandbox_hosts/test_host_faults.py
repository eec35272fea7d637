"""The faults of hosts: their signs by commands and metrics, what cures them, and what does not."""

import re

import pytest

from stanch.sandbox import referee
from stanch.sandbox.faults import FAULTS, UnknownFaultError, inject
from stanch.sandbox.faults.base import Injection
from stanch.sandbox.hosts import fleet, nginx
from stanch.sandbox.hosts.part import Hosts
from stanch.sandbox.hosts.server import answer
from stanch.sandbox.shop.shop import Shop, open_shop

NOW = 1_790_000_000.0
ALL = (
    "disk-full",
    "deleted-open",
    "inode-exhaustion",
    "clock-skew",
    "high-cpu",
    "service-down",
    "service-config",
)
BY_UNIT = ("deleted-open", "clock-skew", "high-cpu", "service-down")
"""The faults that the restart of one unit cures."""


class Rehearsal:
    """A shop that was well for a minute, and then was not."""

    def __init__(self, fault: str, *, host: str = "", seed: int = 3) -> None:
        self.shop = open_shop(now=NOW, history=30)
        self.part = Hosts()
        self.part.found(self.shop, history=60)
        self.shop.add(self.part)
        self.shop.advance(self.shop.now + 20)
        assert not self.shop.alerts.firing()
        assert not self.part.reasons()
        params = {"host": host} if host else {}
        self.done: Injection
        self.done, self.mend = inject(self.shop, fault, seed=seed, params=params)
        self.since = referee.baseline(self.shop, may_change=self.done.may_change)
        targets = [name for kind, name in self.done.may_change if kind == "units"]
        self.host, _, self.unit = targets[0].partition("/")

    def wait(self, seconds: float) -> None:
        self.shop.advance(self.shop.now + seconds)

    def alerts(self) -> set[str]:
        return {rule.name for rule, _ in self.shop.alerts.firing()}

    def run(self, line: str, *, user: str = "reader", host: str = "") -> str:
        machine = self.part.machines[host or self.host]
        return answer(line, self.part.sight(machine, user)).out

    def act(self, line: str, *, host: str = "") -> int:
        machine = self.part.machines[host or self.host]
        return answer(f"sudo -n {line}", self.part.sight(machine, "operator")).status

    def verdict(self) -> referee.Verdict:
        return referee.judge(self.shop, since=self.since)


ALERT = {
    "disk-full": "NodeFilesystemAlmostOutOfSpace",
    "deleted-open": "NodeFilesystemAlmostOutOfSpace",
    "inode-exhaustion": "NodeFilesystemAlmostOutOfFiles",
    "clock-skew": "NodeClockSkewDetected",
    "high-cpu": "HostHighCpuLoad",
    "service-down": "NodeSystemdServiceFailed",
    "service-config": "NodeSystemdServiceFailed",
}


@pytest.mark.parametrize("fault", ALL)
def test_its_alert_fires_and_customers_feel_it(fault: str) -> None:
    there = Rehearsal(fault, seed=5)
    there.wait(180)
    assert ALERT[fault] in there.alerts()
    verdict = there.verdict()
    assert not verdict.well
    assert any("requests" in reason for reason in verdict.reasons)
    assert not verdict.unexpected


@pytest.mark.parametrize("fault", BY_UNIT)
def test_the_restart_of_its_unit_cures_it(fault: str) -> None:
    there = Rehearsal(fault)
    there.wait(150)
    assert there.act(f"systemctl restart {there.unit}") == 0
    there.wait(150)
    assert there.verdict().well, there.verdict().reasons
    assert not there.verdict().unexpected
    assert not there.alerts()


@pytest.mark.parametrize("fault", sorted(set(ALL) - set(BY_UNIT)))
def test_by_hand_it_is_mended_where_a_restart_is_not_enough(fault: str) -> None:
    there = Rehearsal(fault)
    there.wait(150)
    there.act(f"systemctl restart {there.unit}")
    there.wait(90)
    assert not there.verdict().well
    assert there.mend is not None
    there.mend()
    there.wait(150)
    assert there.verdict().well, there.verdict().reasons
    assert not there.verdict().unexpected
    assert not there.alerts()


@pytest.mark.parametrize("fault", ALL)
def test_the_wrong_unit_cures_nothing_and_is_remarked(fault: str) -> None:
    there = Rehearsal(fault)
    there.wait(120)
    assert there.act("systemctl restart cron") == 0
    there.wait(40)
    verdict = there.verdict()
    assert not verdict.well
    assert verdict.unexpected == (f"restarted: cron.service on {there.host}",)


@pytest.mark.parametrize("fault", ALL)
def test_the_right_unit_on_the_wrong_host_cures_nothing(fault: str) -> None:
    there = Rehearsal(fault, host="edge-1")
    there.wait(120)
    there.act(f"systemctl restart {there.unit}", host="edge-2")
    there.wait(40)
    verdict = there.verdict()
    assert not verdict.well
    assert verdict.unexpected == (f"restarted: {there.unit} on edge-2",)


@pytest.mark.parametrize("fault", ALL)
def test_the_same_seed_gives_the_same_world(fault: str) -> None:
    one, other = Rehearsal(fault, seed=9), Rehearsal(fault, seed=9)
    one.wait(20)
    other.wait(20)
    assert one.done.truth == other.done.truth
    for line in ("df", "df -i", "ps -ef", "date +%s", "cat /proc/loadavg"):
        assert one.run(line) == other.run(line)


def test_cutting_the_log_without_a_restart_lasts_for_minutes_only() -> None:
    there = Rehearsal("disk-full", host="edge-1")
    there.wait(130)
    assert " 100% /" in there.run("df -h")
    log = there.run("find /var/log -xdev -type f -size +1024M").strip()
    assert there.act(f"truncate -s 100M {log}") == 0
    assert " 100% /" not in there.run("df -h")
    there.wait(150)
    assert " 100% /" in there.run("df -h")


def test_cut_and_restarted_the_writer_stays_small() -> None:
    there = Rehearsal("disk-full", host="db-1")
    there.wait(130)
    assert "No space left on device" in there.run("journalctl --since '1 hour ago' -g 'No space'")
    assert (
        there.act(
            f"truncate -s 100M {there.part.machines['db-1'].units[there.unit].spec.program.log}"
        )
        == 0
    )
    assert there.act(f"systemctl restart {there.unit}") == 0
    there.wait(120)
    assert there.verdict().well
    assert not there.verdict().unexpected


def test_a_deleted_log_is_seen_by_lsof_and_not_by_du() -> None:
    there = Rehearsal("deleted-open", host="jobs-1")
    there.wait(130)
    held = there.run("lsof -n -P +L1").splitlines()
    assert held[0].split() == [
        "COMMAND",
        "PID",
        "USER",
        "FD",
        "TYPE",
        "DEVICE",
        "SIZE/OFF",
        "NLINK",
        "NODE",
        "NAME",
    ]
    cells = held[1].split()
    assert cells[4] == "REG"
    assert cells[-2:] == ["/var/log/shop/worker.log", "(deleted)"]
    assert int(cells[6]) > 10 * 1024**3
    assert int(there.run("du -s -m /var").split()[0]) < 6_000
    assert there.run(f"ps -o unit= -p {cells[1]}").strip() == "shop-worker.service"


def test_sessions_use_up_the_inodes_and_leave_room() -> None:
    there = Rehearsal("inode-exhaustion")
    there.wait(130)
    root = next(row for row in there.run("df -h").splitlines() if row.endswith(" /"))
    assert int(root.split()[4].rstrip("%")) < 60
    inodes = next(row for row in there.run("df -i").splitlines() if row.endswith(" /"))
    assert inodes.split()[4] == "100%"
    deep = [
        row for row in there.run("du --inodes -x -d 3 /var").splitlines() if row.count("/") == 3
    ]
    most = max(deep, key=lambda row: int(row.split()[0]))
    assert most.endswith("/var/lib/shop-sessions")
    assert there.run("find /var -xdev -type d -size +10M").strip() == "/var/lib/shop-sessions"


@pytest.mark.parametrize("seed", range(2))
def test_to_a_clock_that_is_ahead_a_valid_certificate_has_expired(seed: int) -> None:
    there = Rehearsal("clock-skew", seed=seed)
    there.wait(60)
    question = (
        "openssl s_client -connect ingress.shop.example:8443 -servername ingress.shop.example"
    )
    assert "Verify return code: 10 (certificate has expired)" in there.run(question)
    other = next(one for one in fleet.EDGES if one != there.host)
    assert "Verify return code: 0 (ok)" in there.run(question, host=other)
    assert "System clock synchronized: no" in there.run("timedatectl status")
    assert int(there.run("date +%s")) - int(there.run("date +%s", host=other)) > 30 * 86400
    assert "certificate verify error" in there.run("tail -n 1 /var/log/nginx/error.log")
    there.wait(60)
    assert "NginxHighHttp5xxErrorRate" in there.alerts()


def test_one_process_of_a_unit_uses_all_processors() -> None:
    there = Rehearsal("high-cpu", host="edge-1")
    there.wait(90)
    first = (
        there.run("ps -eo unit,pcpu,etimes,comm --sort=-pcpu --no-headers").splitlines()[0].split()
    )
    assert first[0] == fleet.ARCHIVE
    assert float(first[1]) > 120
    assert int(first[2]) == 90
    assert first[3] == "zstd"
    assert re.search(r"%Cpu\(s\): .* 0\.\d id", there.run("top -b -n 1"))
    assert float(there.run("cat /proc/loadavg").split()[0]) > 2


def test_the_kernel_says_whom_it_has_ended() -> None:
    there = Rehearsal("service-down")
    status = there.run("systemctl status nginx")
    assert "Active: failed (Result: oom-kill)" in status
    assert "code=killed, signal=KILL" in status
    assert "Out of memory: Killed process" in there.run("journalctl -k")
    assert there.run("systemctl --failed --no-legend --plain").split()[0] == "nginx.service"
    assert not there.run("pgrep nginx")
    assert "*:443" not in there.run("ss -tln")


def test_a_wrong_configuration_is_refused_again_and_again() -> None:
    there = Rehearsal("service-config")
    assert there.act("systemctl restart nginx") == 1
    assert "[emerg]" in there.run("journalctl -u nginx")
    assert there.run("find /etc -xdev -type f -mmin -240").strip() == nginx.SITE
    assert "Result: exit-code" in there.run("systemctl status nginx")


def test_a_host_can_be_chosen_where_the_fault_befalls_it() -> None:
    shop = Shop(now=NOW)
    with pytest.raises(UnknownFaultError, match="has no hosts"):
        inject(shop, "disk-full")
    part = Hosts()
    part.found(shop, history=30)
    shop.add(part)
    with pytest.raises(UnknownFaultError, match="choose of: edge-1, edge-2"):
        inject(shop, "clock-skew", params={"host": "db-1"})
    done, _ = inject(shop, "disk-full", params={"host": "db-1"})
    assert "db-1" in done.truth


def test_nothing_tells_which_fault_is_on() -> None:
    for name in ALL:
        there = Rehearsal(name)
        there.wait(30)
        shown = (
            there.run("journalctl")
            + there.run("ps -ef")
            + there.run("find /etc /var/log /run -type f")
        )
        assert not [
            one
            # The kernel itself says oom.
            for one in (*sorted(set(FAULTS) - {"oom"}), "inject", "sandbox", "drill", "rehears")
            if one in shown
        ]
