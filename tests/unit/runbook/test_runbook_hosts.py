"""What becomes of host commands: reads, changes by their effect, and refusals by their reason."""

import pytest
from pydantic import ValidationError

from stanch.runbook.command import command_template
from stanch.runbook.fill import fill
from stanch.runbook.findings import CODES, RefusedError
from stanch.runbook.kinds import effect, models, unbounded
from stanch.runbook.model import Joined, Param, ParamRef
from stanch.tools.operations import Effect, HostRead

READS = (
    "journalctl -u kubelet --since '1 hour ago' --no-pager",
    "journalctl -xeu kubelet",
    "journalctl -b -1 -k -p err",
    "systemctl status kubelet crio --no-pager -l",
    "systemctl show -p ActiveState,SubState nginx",
    "systemctl --failed",
    "service nginx status",
    "ps auxf",
    "ps axo pid,rss,cmd",
    "ps -eo pid,ppid,cmd,%mem --sort=-%mem",
    "top -bn1",
    "free -h -s 1 -c 3",
    "du -h --max-depth=1 /var",
    "iostat -x sda 1 3",
    "ss -tnp state established dst 10.0.0.1",
    "ss -o state established '( dport = :443 )'",
    "lsof -nP -iTCP:443 -sTCP:LISTEN",
    "lsof +L1",
    "ip -s link show eth0",
    "ip -br a",
    "dmesg -T -l err,warn",
    "ls -lah /var/log",
    "cat /proc/1234/limits",
    "tail -50 /var/log/nginx/error.log",
    "tail -n +5 /var/log/syslog",
    "grep -rn OOM /var/log/messages",
    "find /var/log -name '*.log' -size +100M -printf '%s %p'",
    "find / -maxdepth 2 '(' -name a -o -name b ')'",
    "awk '$3 > 5 {print $1, $2}' /var/log/nginx/access.log",
    "sed -n '1,20p' /etc/hosts",
    "dig +time=2 @10.96.0.10 kubernetes.default.svc.cluster.local A +short",
    "ping -c4 -W2 node-1",
    "openssl s_client -connect api:443 -servername api -showcerts",
    "openssl x509 -in /etc/kubernetes/pki/ca.crt -noout -enddate",
    "date -d '1 hour ago' +%s",
    "sysctl vm.swappiness",
    "docker ps --filter status=exited --format '{{.Names}}'",
    "docker compose -f /srv/x/docker-compose.yml ps",
    "crictl logs --tail 50 abc",
    "nginx -t",
    "pg_isready -h db -p 5432",
    "git -C /srv/x log -n 3 --oneline",
    "iptables -t nat -S",
    "prlimit --pid 1",
    "jcmd 1234 Thread.print",
    "rsync -avn src/ dst/",
    "tar tzf /tmp/x.tgz",
    "etcdctl endpoint status --cluster -w table",
    "virsh list --all",
    "ovn-appctl -t ovn-northd status",
    "/usr/bin/df -h",
)

MUTATING = (
    "journalctl --rotate",
    "systemctl restart kubelet",
    "service nginx restart",
    "ss -tK dst 10.0.0.1",
    "ss --kil state close-wait",
    "ip link set eth0 down",
    "dmesg -n 1",
    "hostname web-1",
    "date -s 2030-01-01",
    "sysctl -w vm.x=1",
    "sysctl vm.swappiness=10",
    "kill -HUP 1234",
    "kill -15 1234",
    "docker restart app",
    "docker service update --rollback web",
    "git commit -m x",
    "conntrack -D -s 10.0.0.5",
    "fuser -km /mnt",
    "jmap -histo:live 1234",
    "mv objects/pack pack",
    "gzip redis.pcap",
    "apt-get -y install jq",
    "strace -tt -f -p 1 -o /tmp/x",
    "perf record -a -g -- sleep 30",
    "openssl x509 -in a.pem -out /etc/ssl/b.pem",
)

DESTRUCTIVE = (
    "journalctl --vac=2d",
    "systemctl reboot",
    "systemctl start reboot.target",
    "dmesg -Tc",
    "dmesg --cle",
    "ip addr flush dev eth0",
    "ip link se eth0 down",
    "find /tmp -execdir id ';'",
    "find / -fprintf /etc/passwd '%p'",
    "rm -rf /tmp/x",
    "cp disk.img /dev/sda",
    "cp /dev/null /var/log/x.log",
    "sed -i '1e id' /etc/hosts",
    "kill -9 1234",
    "kill 1",
    "kill -TERM -1",
    "pkill --signal KILL nginx",
    "docker rm app",
    "docker system prune -af",
    "docker compose down -v",
    "git push origin :main",
    "git reflog expire --all",
    "git stash drop",
    "git branch -C other",
    "git -c core.pager=id log",
    "iptables -L -F",
    "rsync -n -e 'sh -c id' a b",
    "tar xf x.tar --to-command=id",
    "tcpdump -c 1 -w x -z /tmp/program",
    "strace -p 1 -e inject=all:error=EIO",
    "strace -p 1 -o '|sh'",
    "perf record -a rm -rf /",
    "rpm --eval '%(id)'",
    "apt-get -o Dpkg::Pre-Invoke=id install x",
    "ovs-vsctl add-br a -- del-br b",
    "crontab -r",
    "truncate -s 0 /var/log/x.log",
)

UNBOUNDED = (
    "bash -c 'df -h'",
    "sh x.sh",
    "python3 -c pass",
    "sudo su - postgres -c psql",
    "docker exec -it app /bin/bash",
    "ip netns exec blue sh",
    "chroot /host",
    "vi -R /etc/hosts",
    "gdb -p 12",
    "git submodule foreach id",
)

REFUSED = (
    ("journalctl", "RB029"),
    ("journalctl -fu nginx", "RB036"),
    ("systemctl show-environment", "RB036"),
    ("systemctl show -p Environment nginx", "RB036"),
    ("ps auxwwe", "RB026"),
    ("ps e 1234", "RB026"),
    ("ps -o pid,environ 1", "RB028"),
    ("top", "RB036"),
    ("vmstat 1", "RB036"),
    ("iostat -x 2", "RB036"),
    ("tail -f /var/log/syslog", "RB036"),
    ("tail -n 5 /var/log/../../etc/shadow", "RB037"),
    ("cat /proc/self/environ", "RB037"),
    ("cat /proc/1/root/etc/shadow", "RB037"),
    ("cat /proc/kmsg", "RB037"),
    ("cat /etc/nginx/ssl/server.key", "RB037"),
    ("cat /home/u/.ssh/id_rsa", "RB037"),
    ("cat /etc/kubernetes/admin.conf", "RB037"),
    ("cat '/var/log/*.log'", "RB037"),
    ("grep -r '' /proc", "RB037"),
    ("grep -f /etc/shadow x /var/log/syslog", "RB023"),
    ("sha256sum /etc/shadow", "RB037"),
    ("sort -o /etc/x /var/log/x.log", "RB023"),
    ("uniq /var/log/a.log /etc/x", "RB026"),
    ("sed '1e id' /etc/hosts", "RB026"),
    ("sed 's/a/b/w /etc/x' /etc/hosts", "RB026"),
    ("awk 'BEGIN{system(\"id\")}' /etc/hosts", "RB026"),
    ("awk '{print > \"/etc/x\"}' /etc/hosts", "RB026"),
    ("dig -f /etc/shadow", "RB023"),
    ("nslookup", "RB026"),
    ("ping 10.0.0.1", "RB036"),
    ("ping -f -c 4 10.0.0.1", "RB036"),
    ("lsof +r 2", "RB037"),
    ("ss -D /tmp/x", "RB023"),
    ("openssl rsa -in /etc/ssl/x.pem", "RB036"),
    ("last -f /var/log/btmp", "RB023"),
    ("getent shadow", "RB036"),
    ("docker logs -f app", "RB036"),
    ("docker logs -f app other", "RB036"),
    ("docker run -v /:/host alpine rm -rf /host", "RB029"),
    ("docker run --rm -it alpine sh", "RB029"),
    ("etcdctl get /registry/secrets --prefix", "RB036"),
    ("man -P 'sh -c id' ls", "RB036"),
    ("watch df -h", "RB036"),
    ("printenv", "RB036"),
    ("bash -n x.sh", "RB036"),
    ("nsenter -t 1 -m sh", "RB036"),
    ("/tmp/df -h", "RB021"),
)


@pytest.mark.parametrize("text", READS)
def test_a_read_is_typed_and_observes(text: str) -> None:
    template = command_template(text, {})
    assert template.kind == "host.read"
    assert effect(template, {}) is Effect.OBSERVE


@pytest.mark.parametrize("text", READS)
def test_the_text_of_a_read_means_the_read(text: str) -> None:
    made = HostRead.model_validate(command_template(text, {}).fields)
    again = HostRead.model_validate(command_template(made.as_text(), {}).fields)
    assert again.argv == made.argv


@pytest.mark.parametrize(
    ("text", "worst"),
    [(text, Effect.MUTATE) for text in MUTATING]
    + [(text, Effect.DESTRUCTIVE) for text in DESTRUCTIVE],
)
def test_a_change_is_typed_with_its_true_effect(text: str, worst: Effect) -> None:
    template = command_template(text, {})
    assert template.kind == "intent.host"
    assert effect(template, {}) is worst


@pytest.mark.parametrize("text", [*MUTATING, *DESTRUCTIVE])
def test_a_change_cannot_be_built_as_a_read(text: str) -> None:
    fields = command_template(text, {}).fields
    with pytest.raises(ValidationError):
        HostRead.model_validate(fields)


@pytest.mark.parametrize("text", UNBOUNDED)
def test_what_nobody_can_foresee_is_destructive_and_unbounded(text: str) -> None:
    template = command_template(text, {})
    assert effect(template, {}) is Effect.DESTRUCTIVE
    assert unbounded(template, {})


@pytest.mark.parametrize(("text", "code"), REFUSED)
def test_what_is_unsafe_as_a_read_is_refused(text: str, code: str) -> None:
    with pytest.raises(RefusedError) as caught:
        command_template(text, {})
    assert caught.value.code == code
    assert code in CODES


def test_a_parameter_fills_an_operand_or_the_value_of_a_flag() -> None:
    params = {"unit": Param(type="dns-subdomain"), "lines": Param(type="integer", least=1, most=9)}
    template = command_template("journalctl -u <unit> -n <lines>", params)
    values = [part["value"] for part in template.fields["args"]]
    assert values == [ParamRef(param="unit"), ParamRef(param="lines")]
    assert template.params == ("unit", "lines")


@pytest.mark.parametrize("text", ["ping -c <x> node-1", "tail -n 5 <x>", "journalctl -n <x>"])
def test_a_parameter_that_is_not_declared_may_be_of_any_type(text: str) -> None:
    template = command_template(text, {})
    assert template.kind == "host.read"
    assert template.params == ("x",)


def test_a_number_that_is_too_large_is_refused_when_it_is_declared() -> None:
    with pytest.raises(RefusedError):
        command_template("ping -c <x> node-1", {"x": Param(type="integer", least=5000)})


def test_text_around_a_parameter_is_one_operand() -> None:
    template = command_template("tail -n 5 /var/log/<app>.log", {"app": Param(type="dns-label")})
    (_, operand) = template.fields["args"]
    assert isinstance(operand["text"], Joined)
    made = HostRead.model_validate(fill(template.fields, {"app": "web"}))
    assert made.argv == ("tail", "-n", "5", "/var/log/web.log")


@pytest.mark.parametrize(
    "text",
    [
        "systemctl <verb> nginx",
        "ip link <verb>",
        "docker <verb> app",
        "ls -<letters> /var/log",
        "sed -n <script> /etc/hosts",
        "awk <script> /etc/hosts",
    ],
)
def test_a_parameter_is_never_a_verb_a_flag_or_a_script(text: str) -> None:
    try:
        template = command_template(text, {})
    except RefusedError:
        return
    assert effect(template, {}) is Effect.DESTRUCTIVE


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("journalctl -n 50 -u <x>", "nginx; reboot"),
        ("tail -n 50 /var/log/<x>", "../../etc/shadow"),
        ("tail -n 50 <x>", "/etc/shadow"),
        ("find <x> -name a", "-delete"),
        ("docker logs --tail 5 <x>", "--follow"),
        ("ss -tn dst <x>", "-K"),
        ("ping -c 3 <x>", "-f"),
        ("ps -p 1 <x>", "e"),
        ("ip addr show <x>", "-force"),
        ("sysctl <x>", "vm.swappiness=1"),
        ("git log -n 1 <x>", "--output=/etc/x"),
        ("systemctl status <x>", "a\nb"),
    ],
)
def test_a_hostile_value_is_refused_when_it_is_bound(text: str, value: str) -> None:
    params = {"x": Param(type="path", under="/var/log")} if "50 <x>" in text else {}
    if "-p 1 <x>" in text:
        params = {"x": Param(type="integer")}
    template = command_template(text, params)
    with pytest.raises(ValidationError):
        models()[template.kind].model_validate(fill(template.fields, {"x": value}))


def test_a_refusal_names_the_flags_that_are_allowed() -> None:
    with pytest.raises(RefusedError) as caught:
        command_template("uptime --wat", {})
    assert "--pretty" in caught.value.remedy
