"""Commands inside ssh, sudo, timeout, containers and other roots."""

from typing import Any

import pytest

from stanch.runbook.command import command_template
from stanch.runbook.findings import RefusedError
from stanch.runbook.kinds import effect
from stanch.runbook.model import Param, ParamRef
from stanch.tools.operations import Effect, HostRead

MARKS: list[tuple[str, dict[str, Any]]] = [
    ("sudo df -h", {"sudo": "root"}),
    ("sudo -u postgres df -h", {"sudo": "postgres"}),
    ("sudo -iu postgres df -h", {"sudo": "postgres"}),
    ("sudo --user=git -n -H df -h", {"sudo": "git"}),
    ("ssh node-1 df -h", {"host": "node-1"}),
    ("ssh -p 2222 admin@node-1 df -h", {"host": "node-1", "login": "admin", "port": "2222"}),
    ("ssh -l admin node-1 'sudo df -h'", {"host": "node-1", "login": "admin", "sudo": "root"}),
    ("ssh -o ConnectTimeout=5 -oBatchMode=yes node-1 df -h", {"host": "node-1"}),
    ("timeout 30 df -h", {"seconds": 30}),
    ("timeout -k 5 2m sudo df -h", {"seconds": 120, "sudo": "root"}),
    ("sudo timeout 5s df -h", {"seconds": 5, "sudo": "root"}),
    ("nice -n 19 df -h", {}),
    ("ionice -c 3 df -h", {}),
    ("env LC_ALL=C TZ=UTC df -h", {}),
    ("docker exec app df -h", {"inside": {"by": "docker", "name": "app"}}),
    (
        "docker exec -it -u git app df -h",
        {"inside": {"by": "docker", "name": "app", "user": "git"}},
    ),
    ("podman container exec app df -h", {"inside": {"by": "podman", "name": "app"}}),
    ("crictl exec abc df -h", {"inside": {"by": "crictl", "name": "abc"}}),
    ("chroot /host df -h", {"inside": {"by": "chroot", "name": "/host"}}),
    ("ip netns exec blue df -h", {"inside": {"by": "netns", "name": "blue"}}),
]


@pytest.mark.parametrize(("text", "marks"), MARKS)
def test_a_wrapper_marks_the_inner_command(text: str, marks: dict[str, Any]) -> None:
    fields = dict(command_template(text, {}).fields)
    assert fields.pop("program") == "df"
    assert fields.pop("args") == [{"role": "flag", "text": "-h"}]
    assert fields == marks


@pytest.mark.parametrize(("text", "marks"), MARKS)
def test_the_text_of_a_wrapped_command_means_the_same(text: str, marks: dict[str, Any]) -> None:
    made = HostRead.model_validate(command_template(text, {}).fields)
    assert HostRead.model_validate(command_template(made.as_text(), {}).fields) == made
    assert marks.get("host") is None or made.target == "host/node-1"


@pytest.mark.parametrize(
    "text",
    [
        "sudo rm -rf /x",
        "sudo -u root -- rm -rf /x",
        "ssh node-1 'rm -rf /x'",
        "ssh node-1 sudo rm -rf /x",
        "timeout 5 rm -rf /x",
        "nice rm -rf /x",
        "docker exec app rm -rf /x",
        "chroot /host rm -rf /x",
        "ip netns exec blue rm -rf /x",
        "env TZ=UTC rm -rf /x",
    ],
)
def test_a_wrapper_never_lowers_the_effect(text: str) -> None:
    assert effect(command_template(text, {}), {}) is Effect.DESTRUCTIVE


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("sudo -i", "shell"),
        ("sudo -s", "shell"),
        ("sudo", "session"),
        ("sudo -e /etc/hosts", "-e"),
        ("sudo PATH=/tmp ls", "PATH"),
        ("env LD_PRELOAD=/tmp/x.so df -h", "LD_PRELOAD"),
        ("env", "secrets"),
        ("ssh node-1", "shell"),
        ("ssh -F conf node-1 uptime", "-F"),
        ("ssh -i key node-1 uptime", "-i"),
        ("ssh -L 1:a:2 node-1 uptime", "-L"),
        ("ssh -oProxyCommand=id node-1 uptime", "ProxyCommand"),
        ("ssh -o StrictHostKeyChecking=no node-1 uptime", "StrictHostKeyChecking"),
        ("ssh -t node-1 uptime", "-t"),
        ("ssh a ssh b uptime", "host"),
        ("ssh node-1 'df -h; reboot'", "';'"),
        ("ssh node-1 'df -h > /etc/x'", "redirect"),
        ("ssh node-1 'df -h | sort'", "pipe"),
        ("ssh node-1 df -h '>' /etc/x", "redirect"),
        ("docker exec -e A=b app ls", "-e"),
        ("docker exec --privileged app ls", "--privileged"),
        ("docker exec app", "session"),
        ("timeout 5", "session"),
        ("timeout soon ls", "duration"),
        ("timeout 30 tail -f /var/log/syslog", "without end"),
    ],
)
def test_what_a_wrapper_must_not_do_is_refused(text: str, reason: str) -> None:
    with pytest.raises(RefusedError, match=reason):
        command_template(text, {})


@pytest.mark.parametrize(
    "text", ["timeout 5 top -b", "timeout 20 tcpdump -nn -i any port 53", "timeout 9 ping node-1"]
)
def test_a_time_limit_ends_what_has_no_end_of_its_own(text: str) -> None:
    assert effect(command_template(text, {}), {}) is Effect.OBSERVE
    with pytest.raises(RefusedError):
        command_template(text.split(" ", 2)[2], {})


@pytest.mark.parametrize(
    "text", ["timeout 5 rsync -a a b", "timeout 5 rpm -i x", "timeout 5 nginx", "timeout 5 crontab"]
)
def test_a_time_limit_makes_no_read_of_a_change(text: str) -> None:
    assert effect(command_template(text, {}), {}) > Effect.OBSERVE


def test_a_host_may_be_a_parameter() -> None:
    params = {"host": Param(type="hostname"), "unit": Param(type="dns-label")}
    template = command_template("ssh admin@<host> 'journalctl -u <unit> -n 5'", params)
    assert template.fields["host"] == ParamRef(param="host")
    assert template.fields["login"] == "admin"
    assert template.params == ("unit", "host")


def test_an_inner_command_of_another_grammar_keeps_its_own_kind() -> None:
    assert command_template("sudo kubectl get pods -n shop", {}).kind == "kubernetes.list"
    with pytest.raises(RefusedError, match="no way there"):
        command_template("ssh node-1 kubectl get pods -n shop", {})
