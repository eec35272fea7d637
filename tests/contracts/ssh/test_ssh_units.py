"""A unit is restarted only while it is the invocation that was seen, and never twice (MIT-22)."""

import getpass
import threading
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from stanch.settings.targets import HostSettings
from stanch.tools.clients.ssh import SshClient
from stanch.tools.errors import (
    OperationRefusedError,
    OutcomeUnknownError,
    PreconditionFailedError,
    TargetUnreachableError,
)
from stanch.tools.operations import RestartUnit
from stanch.tools.outcome import Limits
from tests.contracts.ssh.ssh_around import Proxy
from tests.contracts.ssh.ssh_servers import NAME, OPERATOR, Server, line_of

Connect = Callable[..., SshClient]
FIRST, SECOND = "a" * 32, "b" * 32
SYSTEMCTL = """
state={state}
case "$1" in
show) cat $state ;;
restart) echo "$*" >> $state.calls; {restart} ;;
esac
"""
FACTS = {"active_state": "active", "sub_state": "running", "invocation_id": FIRST}


class Unit:
    """A host's systemctl, whose state is a file."""

    def __init__(self, server: Server) -> None:
        self.server = server
        self.state = server.folder / "unit"
        self.calls = Path(f"{self.state}.calls")
        self.calls.write_text("", encoding="utf-8")
        self.shows(FIRST)
        self.restarts()
        server.program("sudo", '[ "$1" = -n ] || exit 9; shift; exec "$@"')

    def shows(self, invocation: str, active: str = "active", load: str = "loaded") -> None:
        self.state.write_text(
            f"LoadState={load}\nActiveState={active}\nSubState=running\n"
            f"InvocationID={invocation}\n",
            encoding="utf-8",
        )

    def restarts(self, script: str = f"sed -i s/{FIRST}/{SECOND}/ $state") -> None:
        self.server.program("systemctl", SYSTEMCTL.format(state=self.state, restart=script))


@pytest.fixture
def unit(server: Server) -> Unit:
    return Unit(server)


@pytest.fixture
def change() -> RestartUnit:
    return RestartUnit(host=NAME, unit="nginx.service", invocation=FIRST)


@pytest.fixture
def client(connect: Connect) -> SshClient:
    return connect(act_user=getpass.getuser())


def test_a_look_has_the_facts_that_a_precondition_compares(
    unit: Unit, client: SshClient, change: RestartUnit
) -> None:
    assert client.look(change) == FACTS
    unit.shows("", active="failed")
    assert client.look(change) == FACTS | {"active_state": "failed", "invocation_id": ""}
    unit.shows("", load="not-found")
    assert client.look(change) == {"missing": True}


def test_a_preview_is_foretold_and_changes_nothing(
    unit: Unit, client: SshClient, change: RestartUnit
) -> None:
    tried = client.preview(change, key="k")
    assert (tried.accepted, tried.tried, tried.before) == (True, False, FACTS)
    unit.shows("", load="not-found")
    assert not client.preview(change, key="k").accepted
    assert unit.calls.read_text() == ""


def test_a_restart_ends_the_invocation_that_was_seen(
    unit: Unit, client: SshClient, change: RestartUnit
) -> None:
    assert client.probe(change, key="k") is False
    outcome = client.apply(change, key="k", observed=FACTS)
    assert outcome.text == f"nginx.service was restarted on {NAME}"
    assert unit.calls.read_text() == "restart nginx.service\n"
    assert client.probe(change, key="k") is True


@pytest.mark.parametrize(
    ("invocation", "active", "load"),
    [(SECOND, "active", "loaded"), (FIRST, "failed", "loaded"), ("", "active", "not-found")],
)
def test_a_unit_that_others_touched_is_left_alone(
    unit: Unit, client: SshClient, change: RestartUnit, invocation: str, active: str, load: str
) -> None:
    unit.shows(invocation, active, load)
    with pytest.raises(PreconditionFailedError):
        client.apply(change, key="k", observed=FACTS)
    assert unit.calls.read_text() == ""


def test_without_a_login_that_may_act_nothing_is_sent(
    unit: Unit, connect: Connect, change: RestartUnit
) -> None:
    client = connect()
    for call in (
        lambda: client.look(change),
        lambda: client.preview(change, key="k"),
        lambda: client.apply(change, key="k", observed=FACTS),
    ):
        with pytest.raises(TargetUnreachableError, match="Set act_user"):
            call()
    assert unit.calls.read_text() == ""


def test_a_refusal_that_changed_nothing_is_a_refusal(
    unit: Unit, client: SshClient, change: RestartUnit
) -> None:
    unit.restarts("echo 'Failed to restart: Access denied' >&2; exit 4")
    with pytest.raises(OperationRefusedError, match="Access denied"):
        client.apply(change, key="k", observed=FACTS)


def test_a_unit_that_does_not_come_up_again_was_restarted_all_the_same(
    unit: Unit, client: SshClient, change: RestartUnit
) -> None:
    script = f"sed -i -e s/{FIRST}/{SECOND}/ -e s/=active/=failed/ $state; echo 'Job failed' >&2"
    unit.restarts(f"{script}; exit 1")
    outcome = client.apply(change, key="k", observed=FACTS)
    assert "was restarted and is now failed" in outcome.text
    assert "Job failed" in outcome.text


def test_a_restart_whose_answer_is_lost_is_unknown_and_not_sent_again(
    server: Server, unit: Unit, connect: Connect, change: RestartUnit, proxy: Proxy
) -> None:
    unit.restarts("sleep 20")
    client = connect(
        act_user=getpass.getuser(),
        hosts={NAME: HostSettings(address="127.0.0.1", port=proxy.port)},
        known=f"* {line_of(server.keys.host)}\n",
        limits=Limits(seconds=5.0),
    )

    def cut() -> None:
        end = time.monotonic() + 30
        while not unit.calls.read_text() and time.monotonic() < end:
            threading.Event().wait(0.02)
        proxy.cut()

    thread = threading.Thread(target=cut)
    thread.start()
    with pytest.raises(OutcomeUnknownError, match="was sent, and no answer came"):
        client.apply(change, key="k", observed=FACTS)
    thread.join()
    assert unit.calls.read_text() == "restart nginx.service\n"
    assert client.probe(change, key="k") is False


def test_a_login_that_is_not_root_restarts_with_sudo(
    server: Server, unit: Unit, connect: Connect, change: RestartUnit
) -> None:
    if server.kind == "sshd":
        pytest.skip("it would need a second user of the system")
    client = connect(act_user=OPERATOR)
    server.program("sudo", f'echo "sudo $*" >> {unit.calls}; shift; exec "$@"')
    assert client.apply(change, key="k", observed=FACTS).data == {"exit_status": 0}
    calls = unit.calls.read_text().splitlines()
    assert calls == ["sudo -n systemctl restart nginx.service", "restart nginx.service"]


def test_a_login_without_rights_is_told_which_ones_it_needs(
    server: Server, unit: Unit, connect: Connect, change: RestartUnit
) -> None:
    if server.kind == "sshd":
        pytest.skip("it would need a second user of the system")
    server.program("sudo", "echo 'sudo: a password is required' >&2; exit 1")
    with pytest.raises(OperationRefusedError) as caught:
        connect(act_user=OPERATOR).apply(change, key="k", observed=FACTS)
    assert "sudo on edge-1 refuses: sudo: a password is required" in str(caught.value)
    assert "Allow the login 'systemctl restart nginx.service'" in str(caught.value)
    assert unit.calls.read_text() == ""


def test_a_host_without_systemd_does_not_say_how_a_unit_is(
    server: Server, unit: Unit, client: SshClient, change: RestartUnit
) -> None:
    del unit
    server.program("systemctl", "echo 'Failed to connect to bus' >&2; exit 1")
    with pytest.raises(OperationRefusedError, match=r"does not say how.*Failed to connect to bus"):
        client.look(change)


def test_a_restart_that_ends_badly_and_cannot_be_looked_at_is_unknown(
    unit: Unit, client: SshClient, change: RestartUnit
) -> None:
    unit.restarts("rm $state; exit 1")
    with pytest.raises(OutcomeUnknownError, match=r"ended badly .* could not be looked at"):
        client.apply(change, key="k", observed=FACTS)


def test_whether_a_unit_that_is_gone_was_restarted_cannot_be_known(
    unit: Unit, client: SshClient, change: RestartUnit
) -> None:
    unit.shows("", load="not-found")
    assert client.probe(change, key="k") is None


def test_a_unit_in_another_state_than_the_one_that_was_approved_is_left_alone(
    unit: Unit, client: SshClient, change: RestartUnit
) -> None:
    with pytest.raises(PreconditionFailedError, match=r"was active \(exited\) and is now"):
        client.apply(change, key="k", observed=FACTS | {"sub_state": "exited"})
    with pytest.raises(PreconditionFailedError):
        client.apply(change, key="k", observed={})
    assert unit.calls.read_text(encoding="utf-8") == ""


def test_a_systemctl_that_was_killed_leaves_the_outcome_unknown(
    unit: Unit, client: SshClient, change: RestartUnit
) -> None:
    # systemd goes on with the job that it was given.
    unit.restarts("kill -9 $$")
    with pytest.raises(OutcomeUnknownError, match="without saying what became of it"):
        client.apply(change, key="k", observed=FACTS)
