"""What a command on a host prints comes back whole, bounded and in time (INV: total deadline)."""

import resource
import threading
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from stanch.tools.clients.patience import Deadline, NoAnswerError
from stanch.tools.clients.ssh import SshClient
from stanch.tools.clients.ssh.route import Wanted
from stanch.tools.clients.ssh.session import run
from stanch.tools.errors import OperationRefusedError, TargetUnreachableError
from stanch.tools.operations.host import HostPart, HostRead
from stanch.tools.outcome import Limits
from tests.contracts.ssh.ssh_servers import NAME, Server
from tests.time_bounds import below

Connect = Callable[..., SshClient]
UPTIME = HostRead(program="uptime", host=NAME)


def test_output_lines_errors_and_status_come_back(server: Server, connect: Connect) -> None:
    server.program("uptime", "printf 'one\\ntwo\\n'; echo odd >&2; exit 3")
    outcome = connect().observe(UPTIME)
    assert outcome.data == {
        "stdout": "one\ntwo\n",
        "lines": ["one", "two"],
        "stderr": "odd\n",
        "exit_status": 3,
    }
    assert outcome.text == "2 lines, exit status 3 (odd)"
    assert not outcome.truncated


def test_a_status_that_is_an_answer_is_an_answer(server: Server, connect: Connect) -> None:
    client = connect()
    for status in (0, 1, 2, 4, 126, 255):
        server.program("uptime", f"exit {status}")
        assert client.observe(UPTIME).data["exit_status"] == status


def test_a_signal_is_named_and_counted_as_a_shell_does(server: Server, connect: Connect) -> None:
    server.program("uptime", "kill -KILL $$")
    outcome = connect().observe(UPTIME)
    assert outcome.data["exit_status"] == 137
    assert outcome.data.get("signal", "KILL") == "KILL"


def test_a_program_that_is_missing_is_refused_with_a_remedy(
    server: Server, connect: Connect
) -> None:
    (server.programs / "iostat").unlink(missing_ok=True)
    with pytest.raises(OperationRefusedError, match=rf"{NAME} has no program pidstat.*Install"):
        connect().observe(HostRead(program="pidstat", host=NAME))


def test_the_deadline_is_total_however_the_output_trickles(
    server: Server, connect: Connect
) -> None:
    server.program("uptime", "while :; do echo x; sleep 0.1; done")
    begin = time.monotonic()
    with pytest.raises(NoAnswerError, match=f"{NAME} gave no whole answer within 1 s"):
        connect(limits=Limits(seconds=1.0)).observe(UPTIME)
    taken = time.monotonic() - begin
    assert taken > 0.9
    below(taken, 4)


def test_nothing_is_left_running_after_the_time_is_up(
    server: Server, connect: Connect, tmp_path: Path
) -> None:
    note = tmp_path / "pid"
    server.program("uptime", f"echo $$ > {note}; exec sleep 300")
    with pytest.raises(NoAnswerError):
        connect(limits=Limits(seconds=2.0)).observe(UPTIME)
    process = Path(f"/proc/{note.read_text().strip()}")
    end = time.monotonic() + 30
    while process.exists() and time.monotonic() < end:
        threading.Event().wait(0.05)
    assert not process.exists()


def test_a_limit_of_the_step_itself_is_an_answer(server: Server, connect: Connect) -> None:
    server.program("uptime", "echo begun; exec sleep 300")
    outcome = connect().observe(UPTIME.model_copy(update={"seconds": 1}))
    assert outcome.data["exit_status"] == 124
    assert outcome.data["lines"] == ["begun"]
    assert "ended at its time limit" in outcome.text


@pytest.mark.parametrize("stream", ["", ">&2"])
def test_a_flood_is_cut_at_the_cap_on_either_stream(
    server: Server, connect: Connect, stream: str
) -> None:
    server.program("uptime", f"yes | head -c 100000000 {stream}")
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    limits = Limits(seconds=10.0, bytes=64 * 1024)
    client = connect(limits=limits)
    begin = time.monotonic()
    outcome = client.observe(UPTIME)
    assert outcome.truncated
    assert "cut at the cap" in outcome.text
    assert outcome.data["exit_status"] is None
    held = len(outcome.data["stdout"]) + len(outcome.data["stderr"])
    assert 16 * 1024 <= held <= limits.bytes
    below(time.monotonic() - begin, 9)
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 64 * 1024
    server.program("uptime", "echo fine")
    assert client.observe(UPTIME).data["lines"] == ["fine"], "the connection goes on"


def test_both_streams_may_be_full_without_a_deadlock(server: Server, connect: Connect) -> None:
    server.program("uptime", "head -c 3000000 /dev/zero >&2; head -c 3000000 /dev/zero; echo end")
    outcome = connect(limits=Limits(seconds=10.0, bytes=16 * 1024 * 1024)).observe(UPTIME)
    assert outcome.data["exit_status"] == 0
    assert len(outcome.data["stderr"]) == 3_000_000 or outcome.truncated
    assert outcome.data["binary"]


def test_what_is_no_text_is_shown_and_marked(server: Server, connect: Connect) -> None:
    server.program("uptime", "printf 'caf\\351 \\000end'")
    data = connect().observe(UPTIME).data
    assert data["stdout"] == "caf\ufffd \x00end"
    assert data["binary"] is True
    server.program("uptime", "printf 'caf\\351'")
    assert "binary" not in connect().observe(UPTIME).data


def test_close_gives_up_what_is_under_way_at_once(server: Server, connect: Connect) -> None:
    server.program("uptime", "exec sleep 30")
    client = connect()
    failed: list[Exception] = []

    def ask() -> None:
        try:
            client.observe(UPTIME)
        except TargetUnreachableError as error:
            failed.append(error)

    thread = threading.Thread(target=ask)
    thread.start()
    end = time.monotonic() + 30
    while client.connections == 0 and time.monotonic() < end:
        threading.Event().wait(0.01)
    threading.Event().wait(0.2)
    begin = time.monotonic()
    client.close()
    thread.join(5)
    below(time.monotonic() - begin, 3, "long before the 10 s of the deadline")
    assert "given up" in str(failed[0])
    with pytest.raises(TargetUnreachableError, match="closed"):
        client.observe(UPTIME)


@pytest.fixture
def echo(server: Server, connect: Connect) -> Callable[[list[str]], list[str]]:
    """Return what sends words as one command line, and says which words arrived."""
    server.program("words", "for word; do printf '%s\\0' \"$word\"; done")
    client = connect()

    def ask(words: list[str]) -> list[str]:
        import shlex

        ran = run(
            client._pool, client._router.route(Wanted(host=NAME)), shlex.join(["words", *words]),
            Deadline(10.0), size=1_000_000,
        )  # fmt: skip
        assert ran.status == 0, ran.stderr
        return ran.stdout.decode("utf-8", "surrogateescape").split("\0")[:-1]

    return ask


_WORD = st.text(st.characters(exclude_characters="\0", codec="utf-8"), max_size=40)


@settings(
    max_examples=60,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(words=st.lists(_WORD, min_size=1, max_size=5))
def test_words_arrive_as_they_were_sent(
    echo: Callable[[list[str]], list[str]], words: list[str]
) -> None:
    assert echo(words) == words


def test_every_byte_but_nul_arrives(echo: Callable[[list[str]], list[str]]) -> None:
    every = [chr(number) for number in range(1, 128)]
    assert echo(every) == every
    assert echo(["".join(every), "$(id)", "`id`", "'; id; '", "!!", "~", "*"])[1:] == [
        "$(id)", "`id`", "'; id; '", "!!", "~", "*",
    ]  # fmt: skip


def test_an_operand_of_a_step_is_one_word(server: Server, connect: Connect) -> None:
    server.program("grep", 'printf \'%s\\n\' "$#" "$1" "$2"')
    odd = "a b'c$(id);d"
    operands = (HostPart(text=odd), HostPart(text="/var/log/syslog"))
    operation = HostRead(program="grep", host=NAME, args=operands)
    assert connect().observe(operation).data["lines"] == ["2", odd, "/var/log/syslog"]
    (server.programs / "grep").unlink()


def test_sudo_stands_inside_the_time_limit(server: Server, connect: Connect) -> None:
    server.program("sudo", 'echo "sudo $*"')
    operation = UPTIME.model_copy(update={"sudo": "postgres"})
    assert connect().observe(operation).data["lines"] == ["sudo -n -u postgres -- uptime"]


@pytest.mark.parametrize(
    "said",
    [
        "sudo: a password is required",
        "sudo: a terminal is required to read the password",
        "Sorry, user reader is not allowed to execute '/usr/bin/uptime' as root on edge-1.",
        "reader is not in the sudoers file.",
    ],
)
def test_sudo_without_rights_is_refused_with_a_remedy(
    server: Server, connect: Connect, said: str
) -> None:
    server.program("sudo", f'echo "{said}" >&2; exit 1')
    with pytest.raises(OperationRefusedError, match=r"Allow the login 'uptime'.*NOPASSWD"):
        connect().observe(UPTIME.model_copy(update={"sudo": "root"}))


def test_a_read_without_a_host_is_an_error_of_the_caller(connect: Connect) -> None:
    with pytest.raises(TargetUnreachableError, match="No host is named for 'uptime'"):
        connect().observe(HostRead(program="uptime"))
