"""What the commands of a practice host say of it, on a day on which all is well."""

import json
import re

import pytest

from stanch.sandbox.hosts.part import Hosts
from tests.unit.sandbox_hosts.conftest import NOW, Run


@pytest.mark.parametrize(
    ("line", "says"),
    [
        ("df -h /var/log", "/dev/vda1"),
        ("df --output=source,pcent,target", "Use%"),
        ("df -m -x tmpfs -x devtmpfs", "1M-blocks"),
        ("df -B 1G /", "1G-blocks"),
        ("df -P /", "Capacity"),
        ("du -sh /var/log", "\t/var/log"),
        ("du -x -d 2 -h /var/log", "\t/var/log/nginx"),
        ("du --inodes -x -d 3 /var", "\t/var/lib/shop-sessions"),
        ("du -a -c -m /var/log/nginx", "\ttotal"),
        ("du -k -t 100M /var", "\t/var/log/shop"),
        ("find /etc -maxdepth 1 -type f -name '*release'", "/etc/os-release"),
        (
            "find /var/log -xdev -type f ( -name '*.json' -o -iname 'DPKG*' )".replace(
                "(", "'('"
            ).replace(")", "')'"),
            "dpkg.log",
        ),
        (
            "find /etc -type f -mtime +30 -not -path '*nginx*' -printf '%p %m %M\\n'",
            "/etc/fstab 644 -rw-r--r--",
        ),
        ("find /var/log -newermt '1 hour ago' -type f -printf '%f\\n'", "access.json"),
        ("ls -lah /var/log/nginx", "access.log"),
        ("ls -lt --time-style=long-iso /var/log", "wtmp"),
        ("ls -d /etc", "/etc"),
        ("stat -c '%n %s %U' /etc/hostname", "/etc/hostname 7 root"),
        ("cat /etc/os-release", "bookworm"),
        ("cat -n /etc/hostname", "     1\tedge-1"),
        ("head -n 2 /etc/passwd", "daemon:"),
        ("head -1 /etc/passwd /etc/hostname", "==> /etc/hostname <=="),
        ("tail -n +9 /etc/passwd", "operator:"),
        ("tail -c 5 /etc/hostname", "ge-1"),
        ("tac /etc/chrony/chrony.conf", "rtcsync"),
        ("grep -c nologin /etc/passwd", "6"),
        ("grep -n -i CHRONY /etc/passwd", "5:_chrony"),
        ("grep -E 'server|makestep' /etc/chrony/chrony.conf", "makestep 1 3"),
        ("grep -r -l copytruncate /etc", "/etc/logrotate.d/shop"),
        ("grep -A 1 -w rotate /etc/logrotate.d/shop", "compress"),
        ("wc /etc/passwd /etc/hostname", "total"),
        ("wc -c /var/log/shop/access.json", "/var/log/shop/access.json"),
        ("cat /proc/loadavg", "/"),
        ("cat /proc/meminfo", "MemAvailable:"),
        ("cat /proc/uptime", " "),
        ("cat /proc/pressure/cpu", "some avg10="),
        ("lsof -n -P -i :443", "TCP *:443 (LISTEN)"),
        ("lsof -t /var/log/shop/access.json", "\n"),
        ("ps aux --sort=-rss", "shop-archive"),
        ("ps -ef", "UID"),
        ("ps -C nginx -o pid,args", "nginx: worker process"),
        ("ps -u shop -o comm= --sort=comm", "shop-accesslog"),
        ("pgrep -a chronyd", "/usr/sbin/chronyd -F 1"),
        ("pgrep -c nginx", "3"),
        ("pidof nginx", " "),
        ("top -b -n 2 -o %MEM", "MiB Swap:"),
        ("uptime -p", "up 5 weeks"),
        ("uptime -s", "-"),
        ("w", "LOGIN@"),
        ("nproc", "2"),
        ("iostat -d", "kB_wrtn/s"),
        ("iostat -c 1 2", "%iowait"),
        ("mpstat", "%usr"),
        ("ss -tlnp", 'users:(("nginx"'),
        ("ss -s", "Transport Total"),
        ("ss -Htln", "LISTEN"),
        ("ip addr", "inet 10.20.0.11/24"),
        ("ip -br addr", "10.20.0.11/24"),
        ("ip route", "default via"),
        ("ip neigh", "REACHABLE"),
        ("getent hosts db-1", "10.20.0.21"),
        ("getent ahosts db-1", "STREAM"),
        ("getent passwd shop", "shop:x:998"),
        ("dig +short jobs-1.shop.example", "10.20.0.31"),
        ("dig nothing.example", "status: NXDOMAIN"),
        ("host shop.example", "has address"),
        ("nslookup db-1.shop.example", "Address: 10.20.0.21"),
        ("uname -r", "amd64"),
        ("hostname -f", "edge-1.shop.example"),
        ("hostname -I", "10.20.0.11"),
        ("hostnamectl", "Debian GNU/Linux 12"),
        ("id", "uid=1001(reader)"),
        ("whoami", "reader"),
        ("sudo -n whoami", "root"),
        ("lscpu", "CPU(s):"),
        ("lsblk", "vda1"),
        ("mount", "/dev/vda1 on / type ext4"),
        ("date +%s", str(int(NOW + 30))),
        ("date -u -Iseconds", "+00:00"),
        ("date -d '1 hour ago' '+%H:%M'", ":"),
        ("timedatectl show -p NTPSynchronized --value", "yes"),
        ("chronyc -n sources", "^* 10.20.0.2"),
        ("chronyc activity", "1 sources online"),
        ("chronyc tracking", "Leap status     : Normal"),
        ("systemctl", "nginx.service"),
        ("systemctl status", "State: running"),
        ("systemctl list-units --state=failed --no-legend", ""),
        ("systemctl list-timers --no-pager", "logrotate.timer"),
        ("systemctl list-unit-files", "enabled"),
        ("systemctl cat nginx", "ExecStart="),
        ("systemctl is-enabled cron", "enabled"),
        ("systemctl show nginx -p MainPID --value", "\n"),
        ("service nginx status", "Active: active (running)"),
        ("service --status-all", " [ + ]  nginx"),
        ("openssl version", "OpenSSL 3"),
        ("openssl x509 -noout -subject -dates -in /etc/nginx/upstream-ca.pem", "notAfter="),
        ("openssl x509 -noout -checkend 86400 -in /etc/nginx/upstream-ca.pem", "will not expire"),
        ("openssl s_client -connect ingress.shop.example:8443", "Verify return code: 0 (ok)"),
        ("sha256sum /etc/hostname", "  /etc/hostname"),
        ("docker service ls", "shop_prices"),
        ("which df ps", "/usr/bin/ps"),
        ("/usr/bin/nproc", "2"),
        ("journalctl --disk-usage", "412.0M"),
        ("journalctl --list-boots", " 0 "),
    ],
)
def test_it_answers_as_its_tool_does(still: Run, line: str, says: str) -> None:
    told = still(line, host="jobs-1" if line.startswith("docker") else "edge-1")
    assert told.status == 0
    assert says in told.out


@pytest.mark.parametrize(
    ("line", "status", "err"),
    [
        ("df /nowhere", 1, "df: /nowhere: No such file or directory"),
        ("df -t zfs", 1, "df: no file systems processed"),
        ("df --output=x", 1, "unknown"),
        ("du /nowhere", 1, "du: cannot access '/nowhere': No such file or directory"),
        ("find /nowhere", 1, "No such file or directory"),
        ("find / -delete", 1, "unknown predicate `-delete'"),
        ("find / -size x", 1, "invalid argument"),
        ("find / -name", 1, "missing argument"),
        ("ls /nowhere", 2, "ls: cannot access '/nowhere'"),
        ("stat /nowhere", 1, "cannot statx"),
        ("cat /etc", 1, "cat: /etc: Is a directory"),
        ("grep x /nowhere", 2, "grep: /nowhere: No such file or directory"),
        ("grep '[' /etc/passwd", 2, "Invalid regular expression"),
        ("grep nothing-like-it /etc/passwd", 1, ""),
        ("head -n x /etc/passwd", 1, "invalid number of lines"),
        ("ps -o what", 1, "unknown user-defined format specifier"),
        ("ps -p 99999", 1, ""),
        ("top", 1, "failed tty get"),
        ("lsof /nowhere", 1, "status error on /nowhere"),
        ("pgrep nothing-like-it", 1, ""),
        ("pidof nothing-like-it", 1, ""),
        ("systemctl status nothing", 4, "Unit nothing.service could not be found."),
        ("systemctl is-active nothing", 3, ""),
        ("systemctl bounce nginx", 1, "Unknown command verb bounce."),
        ("journalctl --since whenever", 1, "Failed to parse timestamp: whenever"),
        ("journalctl -p loud", 1, "Unknown log level loud"),
        ("getent hosts nowhere", 2, ""),
        ("host nowhere.example", 1, ""),
        ("ip tunnel", 1, "unknown"),
        ("date 010203", 1, "Operation not permitted"),
        ("date -d whenever", 1, "invalid date"),
        ("openssl s_client -connect db-1:443", 1, "connect:errno=111"),
        ("openssl x509 -in /etc/passwd", 1, "Unable to load certificate"),
        ("id nobody-here", 1, "no such user"),
        ("chronyc makestep", 1, "501 Not authorised"),
    ],
)
def test_it_fails_as_its_tool_does(still: Run, line: str, status: int, err: str) -> None:
    told = still(line)
    assert told.status == status
    assert err in told.err


def test_the_journal_can_be_asked_in_many_ways(run: Run, hosts: Hosts) -> None:
    machine = hosts.machines["edge-1"]
    main = machine.of_unit("nginx.service")[0]
    machine.kernel("Out of memory: Killed process 1 (x)", priority=3)
    machine.says(main, "worker process 9 exited on signal 11", priority=1)
    machine.says(main, "reload complete")
    assert run("journalctl -u nginx -q").out.count("\n") == 2
    assert "Out of memory" in run("journalctl -k --since '5 minutes ago'").out
    assert run("journalctl -g 'SIGNAL 11'").out == "-- No entries --\n"
    assert "signal 11" in run("journalctl -g 'signal 11' -o cat").out
    assert run("journalctl -p err -o cat").out.count("\n") == 2
    assert run("journalctl -p warning..info -u nginx -o cat").out == "reload complete\n"
    assert run("journalctl -t nginx -n 1 -o cat").out == "reload complete\n"
    assert run("journalctl -r -t nginx -o cat").out.startswith("reload")
    assert run("journalctl --until yesterday").out == "-- No entries --\n"
    entry = json.loads(run("journalctl -u nginx -n 1 -o json").out)
    assert (entry["MESSAGE"], entry["_HOSTNAME"]) == ("reload complete", "edge-1")
    line = run("journalctl -u nginx -n 1 -o short-iso").out
    assert re.match(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\+0000 edge-1 nginx\[\d+\]: reload", line)
    assert "Out of memory" in run("dmesg -T --level=err").out
    assert re.match(r"\[ *\d+\.\d{6}\] Out", run("dmesg").out)


def test_status_shows_what_the_unit_is_made_of(still: Run) -> None:
    rows = still("systemctl status nginx --no-pager").out.splitlines()
    assert rows[0] == "● nginx.service - A high performance web server and a reverse proxy server"
    assert rows[1].startswith("     Loaded: loaded (/lib/systemd/system/nginx.service; enabled;")
    assert re.match(r" +Active: active \(running\) since \w+ [-\d]+ [:\d]+ UTC; .* ago$", rows[2])
    assert sum("nginx: worker process" in row for row in rows) == 2


def test_time_passes_on_the_host_as_in_the_world(run: Run, hosts: Hosts) -> None:
    before = int(run("date +%s").out)
    size = int(run("stat -c %s /var/log/shop/access.json").out)
    for machine in hosts.machines.values():
        machine.live(machine.at + 100)
    assert int(run("date +%s").out) == before + 100
    assert int(run("stat -c %s /var/log/shop/access.json").out) > size
