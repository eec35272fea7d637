"""Commands that look milder than they are, and honest ones beside them: none is taken too low.

Each row was answered wrongly once, or stands beside one that was.
"""

from typing import Any

import pytest
from pydantic import ValidationError

from stanch.runbook.command import command_template
from stanch.runbook.fill import fill
from stanch.runbook.findings import RefusedError
from stanch.runbook.kinds import effect, models
from stanch.tools.operations.base import Effect
from stanch.tools.operations.host import ChangeHost, HostRead

HONEST = (
    *("ip a s", "ip r s", "ip a sh eth0", "ip l sh", "tc -s qdisc", "xfs_info /var"),
    *("grep -rn proxy_pass /etc/nginx", "cat /etc/ssl/certs/ca.pem"),
    *("kill -0 1234", "fdisk -l", "sgdisk -p /dev/sda", "wipefs /dev/sda", "losetup -a"),
    *("passwd -S root", "pip list", "ntpdate -q pool.ntp.org", "udevadm info /dev/sda"),
    *("visudo -cf /etc/sudoers", "etcdctl user list", "networkctl status eth0"),
    *("numactl --hardware", "coredumpctl list", "coredumpctl info 1234", "rndc status"),
    *("bpftool prog show", "iotop -boPn 3", "fail2ban-client status sshd", "varnishstat -1"),
    *("varnishadm backend.list", "keepalived --version", "exim -bp", "nstat -asz"),
    *("nginx -t -c /etc/nginx/nginx.conf", "haproxy -c -f /etc/haproxy/haproxy.cfg"),
    *("rpm -qa --qf '%{NAME}-%{VERSION}\\n'", "rpm -V openssl", "rpm -qf /usr/bin/ls"),
    *("git diff HEAD~2..HEAD", "git log v1.0..v1.1 --oneline", "git ls-remote origin"),
    *("ps -aux", "ps -auxww", "ps -fu postgres", "ping -c 5 -i 0.2 web-1"),
    *("nc -zv web-1 8000-8010", "tar tzf /tmp/x.tar.gz", "virsh domblkstat vm1 vda"),
    "crictl --runtime-endpoint unix:///run/containerd/containerd.sock ps -a",
    "supervisorctl -c /etc/supervisor/supervisord.conf status",
    "docker inspect -f '{{.State.Health.Status}}' app",
    "docker inspect --format '{{json .NetworkSettings.Networks}}' app",
    "docker inspect -f '{{range .NetworkSettings.Networks}}{{.IPAddress}}{{end}}' app",
    "docker inspect -f '{{range $k, $v := .NetworkSettings.Ports}}{{$k}} {{end}}' app",
    "docker inspect -f '{{.Name}} {{.Config.Image}}' app",
    "chroot /host journalctl -u kubelet -n 50",
)

REFUSED = (
    # Environments, whichever way they are asked for.
    *("ps -auxe", "ps -auxwwe", "jinfo 1234", "named-checkconf -p", "wg showconf wg0"),
    *("wg show wg0 private-key", "cloud-init query userdata", "rabbitmqctl environment"),
    *("docker inspect -f '{{.Config.Env}}' app", "docker inspect -f '{{json .Config}}' app"),
    *("docker inspect -f '{{.}}' app", "docker inspect -f '{{$x := .}}{{$x}}' app"),
    "docker inspect -f '{{range .Config.Env}}{{println .}}{{end}}' app",
    "docker inspect -f '{{with .Config}}{{.Env}}{{end}}' app",
    "docker inspect -f '{{index .Config \"Env\"}}' app",
    "crictl inspect -o go-template --template '{{.info.config.envs}}' abc",
    *("docker config inspect x", "docker swarm join-token worker", "docker swarm unlock-key"),
    *("cat /etc/chrony/chrony.keys", "cat /etc/apt/auth.conf", "cat /etc/apt/auth.conf.d/x"),
    *("cat /etc/nginx/site.pem", "grep -r . /etc/nginx", "grep -rv listen /etc/nginx"),
    *("grep -R '' /etc/apt", "grep -rE '\\w+' /etc/nginx"),
    # Secrets that would stand in the operation.
    *("docker login -u a -p hunter2", "docker login --username a --password hunter2"),
    *("rabbitmqctl authenticate_user a hunter2", "git clone https://joe:hunter2@host/x"),
    *("etcdctl --user root:hunter2 member list", "etcdctl --password hunter2 member list"),
    *("gitlab-runner register --registration-token abcdef", "useradd -p hash joe"),
    # Another way than the configured one.
    *("docker -H tcp://198.51.100.7:2375 ps", "docker --context other ps"),
    *("podman --remote --url ssh://other ps", "systemctl -H root@other status nginx"),
    *("crictl -r unix:///tmp/x.sock ps", "chronyc -h other tracking"),
    "chroot /tmp/x ls /var/log",
    # Load and no end.
    *("nft monitor", "ping -w 100 -i 0 web-1", "badblocks -sv /dev/sda", "varnishstat"),
    # Files that are read on the side.
    *("date -f /etc/shadow", "date --file=/etc/shadow"),
)

CHANGES = (
    ("kill -HUP 42", Effect.MUTATE),
    ("kill -TERM <pid>", Effect.MUTATE),
    ("kill -9 1", Effect.DESTRUCTIVE),
    ("pkill -f gunicorn", Effect.MUTATE),
    ("pkill -f .", Effect.DESTRUCTIVE),
    ("pkill -f 'a|'", Effect.DESTRUCTIVE),
    ("pkill -u deploy", Effect.DESTRUCTIVE),
    ("pkill --inverse -f nginx", Effect.DESTRUCTIVE),
    ("fuser -km /", Effect.DESTRUCTIVE),
    ("fuser -k /mnt/data", Effect.MUTATE),
    # A program with other limits, counters or traces around it.
    ("prlimit --nofile=16 rm -rf /srv", Effect.DESTRUCTIVE),
    ("prlimit --pid 1234 --nofile=1024:4096", Effect.MUTATE),
    ("prlimit --pid 1234 --nofile=unlimited", Effect.MUTATE),
    ("perf stat -a -c reboot", Effect.DESTRUCTIVE),
    ("perf stat -a -ec reboot", Effect.DESTRUCTIVE),
    ("perf record -F 99 -a -g -- sleep 10", Effect.MUTATE),
    ("ltrace -p 1 -S reboot", Effect.DESTRUCTIVE),
    ("visudo", Effect.DESTRUCTIVE),
    # Units that end everything.
    ("systemctl start reboot.target", Effect.DESTRUCTIVE),
    ("systemctl start systemd-reboot.service", Effect.DESTRUCTIVE),
    ("systemctl start ctrl-alt-del.target", Effect.DESTRUCTIVE),
    ("systemctl start runlevel0.target", Effect.DESTRUCTIVE),
    ("systemctl restart '*'", Effect.DESTRUCTIVE),
    ("systemctl stop user.slice", Effect.DESTRUCTIVE),
    ("systemctl restart systemd-resolved", Effect.MUTATE),
    ("systemctl stop sleepd.service", Effect.MUTATE),
    # A flag before the verb that hides which verb it is.
    ("apachectl -t -C 'LoadModule x /tmp/x.so'", Effect.DESTRUCTIVE),
    ("tc -b /tmp/batch", Effect.DESTRUCTIVE),
    # Files that are overwritten, trees whose modes nobody wrote down.
    ("docker save -o /etc/passwd app", Effect.DESTRUCTIVE),
    ("docker export -o /etc/passwd app", Effect.DESTRUCTIVE),
    ("chmod -R 777 /", Effect.DESTRUCTIVE),
    ("chown -R nobody /etc", Effect.DESTRUCTIVE),
    ("chown -R git:git /srv/app", Effect.MUTATE),
    ("mv /etc /tmp/x", Effect.DESTRUCTIVE),
    ("insmod /tmp/x.ko", Effect.DESTRUCTIVE),
    ("git clone ext::sh /tmp/x", Effect.DESTRUCTIVE),
    ("virsh domtime vm 1234", Effect.DESTRUCTIVE),
    ("sgdisk -l /dev/sda", Effect.DESTRUCTIVE),
)

NO_READS = (
    # A read of tar that asks another host, of git that leaves its repository.
    *("tar tf other:x", "tar -tf other:/tmp/x", "git diff a/../../etc/shadow b"),
    *("rpm -q --qf '%(id)' openssl", "rpm -qp http://other/x.rpm", "git ls-remote git@other:x"),
    *("git ls-remote https://other/x", "nginx -t -c /tmp/x.conf"),
    *("nstat -rs", "nc -zv web-1 1-65535", "dmesg -T--", "unzip -l--q x", "host -w web-1"),
    *("jcmd Thread.print GC.run", "openssl asn1parse -in /etc/ssl/site.pem", "lspci -q"),
    "find /var/log -exec ls {} \\; -delete",
    "find /var/log -exec ls {} \\; -exec rm {} \\;",
)


def answer(text: str) -> str:
    """Return the kind of the template of `text`, or that it is refused."""
    try:
        return command_template(text, {}).kind
    except RefusedError:
        return "refused"


@pytest.mark.parametrize("text", HONEST)
def test_an_honest_question_is_a_read(text: str) -> None:
    template = command_template(text, {})
    assert template.kind == "host.read"
    assert effect(template, {}) is Effect.OBSERVE


@pytest.mark.parametrize("text", REFUSED)
def test_what_shows_secrets_or_leaves_the_way_is_refused_and_not_typed(text: str) -> None:
    with pytest.raises(RefusedError) as caught:
        command_template(text, {})
    assert "hunter2" not in str(caught.value)


@pytest.mark.parametrize(("text", "worst"), CHANGES)
def test_a_change_is_as_bad_as_its_words_make_it(text: str, worst: Effect) -> None:
    template = command_template(text, {})
    assert template.kind == "intent.host"
    assert effect(template, {}) is worst


@pytest.mark.parametrize("text", NO_READS)
def test_what_only_looks_like_a_read_is_none(text: str) -> None:
    assert answer(text) != "host.read"


def test_a_search_that_lists_what_it_finds_is_told_how() -> None:
    with pytest.raises(RefusedError) as caught:
        command_template("find /var -size +500M -exec ls -lh {} \\;", {})
    assert "-ls" in caught.value.remedy


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("kill <x>", "1"),
        ("kill -s <x> 1234", "KILL"),
        ("pkill -f <x>", "a"),
        ("systemctl start <x>", "reboot.target"),
        ("systemctl stop <x>", "init.scope"),
        ("cp /srv/a <x>", "/dev/sda"),
        ("chown -R git <x>", "/etc"),
        ("fuser -k <x>", "/usr"),
        ("apt-get install <x>", "nginx-"),
    ],
)
def test_no_value_of_a_parameter_makes_a_change_worse(text: str, value: str) -> None:
    template = command_template(text, {})
    before = effect(template, {})
    model = models()[template.kind]
    for filled in ("4321", "/srv/app", "nginx"):
        try:
            made = model.model_validate(_filled(template.fields, filled))
        except ValidationError:
            continue
        assert made.effect <= before
    with pytest.raises(ValidationError, match="depend on a parameter"):
        model.model_validate(_filled(template.fields, value))


def _filled(fields: dict[str, Any], value: str) -> dict[str, Any]:
    return dict(fill(fields, {"x": value}))


@pytest.mark.parametrize(
    "args",
    [
        # A flag that is none, a value that is the verb, a value that was never given.
        [{"role": "flag", "text": "push"}, {"role": "verb", "text": "pull"}],
        [
            {"role": "flag", "text": "push", "value": "x"},
            {"role": "verb", "text": "pull"},
        ],
        [{"role": "operand", "text": "x", "value": "push"}],
    ],
)
def test_an_argument_cannot_pass_for_another(args: list[dict[str, Any]]) -> None:
    with pytest.raises(ValidationError):
        ChangeHost.model_validate({"program": "git", "args": args})


@pytest.mark.parametrize(
    "args",
    [
        [{"role": "flag", "text": "-P", "value": "push"}, {"role": "verb", "text": "pull"}],
        [{"role": "flag", "text": "-C"}, {"role": "verb", "text": "pull"}, {"text": "push"}],
        [{"role": "verb", "text": "pull"}, {"role": "flag", "text": "-v", "value": "--force"}],
    ],
)
def test_a_flag_that_swallows_the_verb_makes_the_worst_of_it(args: list[dict[str, Any]]) -> None:
    made = ChangeHost.model_validate({"program": "git", "args": args})
    assert made.effect is Effect.DESTRUCTIVE


@pytest.mark.parametrize(
    ("program", "args"),
    [
        ("ps", [{"role": "flag", "text": "-u", "value": "xe", "glue": ""}]),
        (
            "docker",
            [
                {"role": "verb", "text": "inspect"},
                {"role": "flag", "text": "-f", "value": "{{.Config.Env}}"},
                {"text": "app"},
            ],
        ),
        ("ls", [{"role": "flag", "text": "-l;id"}]),
        ("cat", [{"role": "operand", "text": "/var/log/x", "value": "/etc/shadow"}]),
    ],
)
def test_a_read_is_held_to_the_same_when_it_is_built(
    program: str, args: list[dict[str, Any]]
) -> None:
    with pytest.raises(ValidationError):
        HostRead.model_validate({"program": program, "args": args})
