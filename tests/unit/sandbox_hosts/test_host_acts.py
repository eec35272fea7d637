"""The acts that the operator of a practice host has beside the restart of a unit."""

import pytest

from stanch.sandbox.hosts.part import Hosts
from tests.unit.sandbox_hosts.conftest import Run

LOG = "/var/log/shop/access.json"


def test_a_log_is_cut_by_the_operator_and_keeps_its_writer(run: Run) -> None:
    assert run(f"sudo -n truncate -s 10M {LOG}", user="operator").status == 0
    assert run(f"stat -c %s {LOG}").out == f"{10 * 1024**2}\n"
    assert "shop-acce " in run(f"lsof {LOG}").out
    assert run(f"fuser {LOG}").out.strip().isdigit()


@pytest.mark.parametrize("path", ["/etc/passwd", "/var/lib/shop-sessions", "/nowhere"])
def test_nothing_but_logs_can_be_cut(run: Run, path: str) -> None:
    assert run(f"sudo -n truncate -s 0 {path}", user="operator").status == 1
    assert run(f"truncate -s 0 {LOG}", user="operator").status == 1
    assert run(f"sudo -n truncate -s lots {LOG}", user="operator").status == 1


def test_rotation_moves_the_logs_away_where_there_is_room(run: Run, hosts: Hosts) -> None:
    before = int(run(f"stat -c %s {LOG}").out)
    assert run("sudo -n logrotate -f /etc/logrotate.d/shop", user="operator").status == 0
    assert run(f"stat -c %s {LOG} {LOG}.1").out == f"0\n{before}\n"
    tree = hosts.machines["edge-1"].tree
    log = tree.files[LOG]
    tree.append(log, 10**12, at=0)
    told = run("sudo -n logrotate -f /etc/logrotate.d/shop", user="operator")
    assert (told.status, "No space left on device" in told.err) == (1, True)


def test_a_trial_of_a_rotation_speaks_where_complaints_go(run: Run) -> None:
    told = run("logrotate -d /etc/logrotate.d/shop")
    assert (told.status, told.out) == (0, "")
    assert f"considering log {LOG}\nCreating new state\n" in told.err
    assert "log does not need rotating" in told.err
    forced = run("logrotate -d -f /etc/logrotate.d/shop").err
    assert f"copying {LOG} to {LOG}.1\ntruncating {LOG}\n" in forced
    assert run(f"stat -c %s {LOG}").out != "0\n"
    assert run("logrotate -d /etc/logrotate.d/none").status == 1
    run("sudo -n logrotate -f /etc/logrotate.d/shop", user="operator")
    again = run("logrotate -d -f /etc/logrotate.d/shop").err
    assert "Creating new state" not in again
    assert "log is empty" in again


@pytest.mark.parametrize(
    ("line", "status", "says"),
    [
        ("kill -l", 0, "TERM"),
        ("kill", 1, "Usage"),
        ("kill -FOO 4", 1, "Usage"),
        ("kill 999999", 1, "(999999): No such process"),
        ("kill 1", 1, "(1): Operation not permitted"),
        ("cat /proc/1/comm /proc/1/cgroup", 0, "systemd\n0::/init.scope\n"),
        ("cat /proc/999999/stat", 1, "No such file or directory"),
        ("stat -c %U /proc/1", 0, "root"),
        ("find /etc/hostname -exec nproc ';' -print", 0, "2\n/etc/hostname\n"),
        ("find /etc/hostname -exec grep -q nothing '{}' ';' -print", 0, ""),
        ("find /etc -exec nproc", 1, "missing argument to `-exec'"),
    ],
)
def test_processes_and_conditions_are_told_as_they_are(
    still: Run, line: str, status: int, says: str
) -> None:
    told = still(line)
    assert told.status == status, told
    assert says in told.out + told.err


def test_a_signal_ends_only_what_the_user_may_end(run: Run, hosts: Hosts) -> None:
    machine = hosts.machines["edge-1"]
    main = machine.units["nginx.service"].main_pid
    worker = next(p for p, one in machine.processes.items() if one.parent == main)
    for line in (f"kill {worker}", f"sudo -n -u shop kill {worker}"):
        assert "not permitted" in run(line, user="operator").err
    assert run(f"sudo -n -u www-data kill {worker}", user="reader").status == 1
    assert run(f"sudo -n -u www-data kill {worker}", user="operator").status == 0
    assert worker not in machine.processes
    assert run(f"sudo -n kill -9 {main}", user="operator").status == 0
    assert machine.units["nginx.service"].active == "failed"
    assert run("sudo -n kill 2", user="operator").status == 0
    assert 2 in machine.processes, "a thread of the kernel heeds no signal"


@pytest.mark.parametrize(
    ("line", "host", "status", "says"),
    [
        ("docker service ls -q", "jobs-1", 0, "\n"),
        ("docker service ps shop_prices", "jobs-1", 0, "Running about an hour ago"),
        ("docker service ps nobody", "jobs-1", 1, "no such service: nobody"),
        ("docker service inspect", "jobs-1", 1, "requires at least 1 argument"),
        ("docker service inspect nobody", "jobs-1", 1, "no such service: nobody"),
        ("docker service rollback shop_prices", "jobs-1", 1, "only to look"),
        ("docker swarm leave", "jobs-1", 1, "is not a docker command"),
        ("docker", "jobs-1", 1, "Usage"),
        ("docker service ls", "edge-1", 127, "command not found"),
    ],
)
def test_a_swarm_is_on_one_host_only(
    still: Run, line: str, host: str, status: int, says: str
) -> None:
    told = still(line, host=host)
    assert told.status == status, told
    assert says in told.out + told.err


def test_a_service_without_an_earlier_spec_is_not_rolled_back(run: Run) -> None:
    for name, says in (("shop_reports", "does not have a previous spec"), ("x", "no such service")):
        told = run(f"docker service rollback {name}", host="jobs-1", user="operator")
        assert (told.status, says in told.err) == (1, True)
    assert run("docker service rollback", host="jobs-1", user="operator").status == 1


def test_a_unit_that_is_not_there_cannot_be_restarted(run: Run) -> None:
    told = run("sudo -n systemctl restart nothing", user="operator")
    assert (told.status, told.err) == (
        5,
        "Failed to restart nothing.service: Unit nothing.service not found.\n",
    )
    assert run("sudo -n systemctl restart", user="operator").status == 1


@pytest.mark.parametrize(
    ("line", "status", "says"),
    [
        ("test -f /etc/passwd", 0, ""),
        ("test -d /etc/passwd", 1, ""),
        ("test -q /etc", 2, ""),
        ("realpath /etc/", 0, "/etc"),
        ("realpath /nowhere", 1, ""),
        ("find /etc -maxdepth 1 -size -1k -o -name fstab", 0, "/etc/fstab"),
        (
            "find /var/log -user shop -group shop -mmin -60 -printf '%f %g %i %k %b %n %h %d\\n'",
            0,
            "access.json",
        ),
        ("find /etc/passwd -printf '%T@ %TT %T+ %TS %10s|%-8u|%%\\t\\n'", 0, "|root    |%\t"),
        ("find /etc -regex '.*hostn.*' -true", 0, "/etc/hostname"),
        ("find /etc -type f -ctime -x", 1, ""),
        ("find /etc '(' -name x", 1, ""),
        ("find /etc -name x y", 1, ""),
        ("ls -laSr /var/lib/shop-sessions", 0, "sess_"),
        ("ls -i /etc/hostname", 0, "/etc/hostname"),
        ("ls --full-time -n /etc/hostname", 0, "+0000"),
        ("ls -a -s /etc", 0, "total"),
        ("ls /etc /run", 0, "/run:"),
        ("stat --printf=%a\\n /etc/hostname", 0, "644"),
        ("stat", 1, ""),
        ("lsof -p 1 -u root -c systemd", 1, ""),
        ("lsof -t -c nginx", 0, "\n"),
        ("lsof -F -p 1", 1, ""),
        ("ip link", 0, "eth0"),
        ("ss -tan", 0, "LISTEN"),
        ("ss -uln", 0, "State"),
        ("ss -tln sport = :443", 0, ":443"),
        ("getent services http", 1, ""),
        ("dig shop.example", 0, "ANSWER SECTION"),
        ("host", 1, ""),
        (
            "openssl x509 -issuer -serial -fingerprint -enddate -in /etc/nginx/upstream-ca.pem",
            0,
            "BEGIN",
        ),
        (
            "openssl x509 -noout -startdate -checkend 999999999 -in /etc/nginx/upstream-ca.pem",
            1,
            "will expire",
        ),
        ("openssl s_client -brief -connect 10.20.0.10:8443", 0, ""),
        ("openssl enc", 1, ""),
        ("systemctl is-system-running", 0, "running"),
        ("systemctl get-default", 0, "multi-user.target"),
        ("systemctl show nothing -p LoadState,ActiveState", 0, "LoadState=not-found"),
        ("systemctl list-units --type=timer", 0, "0 loaded"),
        ("systemctl cat nothing", 1, ""),
        ("systemctl is-failed nginx -q", 1, ""),
        ("systemctl is-active", 1, ""),
        ("service nginx restart", 1, ""),
        ("timedatectl set-time x", 1, ""),
        ("timedatectl timesync-status", 1, ""),
        ("date -R", 0, "+0000"),
        ("date --rfc-3339=seconds", 0, "+00:00"),
        ("date", 0, "UTC"),
        ("cat /proc/cpuinfo", 0, "model name"),
        ("cat /proc/version", 0, "Debian"),
        ("cat /proc/mounts", 0, "/dev/vda1 / ext4"),
        ("swapon --show", 0, ""),
        ("true", 0, ""),
        ("id -un", 0, "reader"),
        ("uname", 0, "Linux"),
        ("nice -n 5 nproc", 0, "2"),
        ("timeout", 125, ""),
        ("timeout -x 5 df", 125, ""),
        ("sudo -n -u nobody-here df", 1, ""),
        ("sudo -x df", 1, ""),
        ("df -H /", 0, "/dev/vda1"),
        ("df -B 7 /", 1, ""),
        ("du -b /etc/hostname", 0, "7\t/etc/hostname"),
        ("head -c 3 /etc/hostname", 0, "edg"),
        ("grep -q root /etc/passwd", 0, ""),
        ("free -g -t -b", 0, "Total:"),
        ("dmesg -t -l err,warn", 0, ""),
        ("journalctl -p 9", 1, ""),
        ("journalctl -n many", 1, ""),
        ("journalctl -o strange", 0, ""),
        ("journalctl -g '('", 1, ""),
        ("ps -o", 1, ""),
        ("ps -A --sort=+etime -o pid,start,cls", 1, ""),
        ("ps --ppid 1 -o pid=PROCESS,start,psr,wchan", 0, "PROCESS"),
        ("hostnamectl --bogus", 1, ""),
    ],
)
def test_the_rarer_ways_of_asking_are_answered_too(
    still: Run, line: str, status: int, says: str
) -> None:
    told = still(line)
    assert told.status == status, told
    assert says in told.out
