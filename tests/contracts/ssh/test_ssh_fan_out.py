"""Many hosts side by side, warm connections, and peers that die."""

import json
import socket
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from stanch.settings.targets import HostSettings
from stanch.tools.clients.patience import NoAnswerError
from stanch.tools.clients.ssh import SshClient
from stanch.tools.clients.ssh.fan_out import share
from stanch.tools.errors import TargetUnreachableError
from stanch.tools.operations.host import HostRead
from stanch.tools.outcome import Limits
from tests.contracts.ssh import ssh_servers
from tests.contracts.ssh.ssh_around import Proxy
from tests.contracts.ssh.ssh_servers import NAME, Server, line_of
from tests.time_bounds import below

Connect = Callable[..., SshClient]
UPTIME = HostRead(program="uptime", host=NAME)


@pytest.fixture(autouse=True)
def _uptime(server: Server) -> None:
    server.program("uptime", "echo up")


def fleet(server: Server, count: int) -> dict[str, HostSettings]:
    here = HostSettings(address="127.0.0.1", port=server.port)
    return {f"edge-{number}": here for number in range(1, count + 1)}


def any_name(server: Server) -> str:
    return f"* {line_of(server.keys.host)}\n"


def read(hosts: dict[str, HostSettings]) -> HostRead:
    return HostRead(program="uptime", hosts=tuple(hosts))


def test_dead_slow_and_refused_hosts_neither_hold_back_nor_hide_the_others(
    server: Server, connect: Connect, proxy: Proxy
) -> None:
    hosts = fleet(server, 5)
    hosts["closed"] = HostSettings(address="127.0.0.1", port=ssh_servers.free_port())
    hosts["unknown"] = HostSettings(address="127.0.0.1", port=server.port)
    hosts["refused"] = HostSettings(address="127.0.0.1", port=server.port, user="nobody-here")
    hosts["frozen"] = HostSettings(address="127.0.0.1", port=proxy.port)
    proxy.freeze()
    with socket.create_server(("127.0.0.1", 0)) as silent:
        hosts["silent"] = HostSettings(address="127.0.0.1", port=silent.getsockname()[1])
        known = f"*,!unknown {line_of(server.keys.host)}\n"
        client = connect(hosts=hosts, known=known, connect_seconds=2.0)
        begin = time.monotonic()
        outcome = client.observe(read(hosts))
        below(time.monotonic() - begin, 8, "none of them takes the others' 10 s")
    assert list(outcome.data["hosts"]) == [f"edge-{number}" for number in range(1, 6)]
    assert all(one["lines"] == ["up"] for one in outcome.data["hosts"].values())
    reasons = outcome.data["not_read"]
    assert "Connection refused" in reasons["closed"]
    assert "is not known" in reasons["unknown"]
    assert "refuses the login" in reasons["refused"]
    assert "says nothing" in reasons["silent"]
    assert "within 2 s" in reasons["frozen"]
    assert outcome.text.startswith("5 of 10 hosts answered, not closed")


def test_a_host_that_outlasts_the_total_is_told_from_those_that_answered(
    server: Server, connect: Connect, proxy: Proxy
) -> None:
    hosts = fleet(server, 3) | {"late": HostSettings(address="127.0.0.1", port=proxy.port)}
    client = connect(hosts=hosts, known=any_name(server), limits=Limits(seconds=2.5))
    assert client.observe(read(hosts)).data["not_read"] == {}
    proxy.freeze()
    begin = time.monotonic()
    data = client.observe(read(hosts)).data
    below(time.monotonic() - begin, 4)
    assert set(data["hosts"]) == {"edge-1", "edge-2", "edge-3"}
    assert set(data["not_read"]) == {"late"}


def test_when_no_host_answers_it_is_an_error_that_says_why(connect: Connect) -> None:
    closed = HostSettings(address="127.0.0.1", port=ssh_servers.free_port())
    client = connect(hosts={"a": closed, "b": closed})
    with pytest.raises(TargetUnreachableError, match=r"None of 2 hosts answered.*a .*refused.*b "):
        client.observe(HostRead(program="uptime", hosts=("a", "b")))


def test_a_noisy_host_leaves_the_others_their_share(server: Server, connect: Connect) -> None:
    hosts = fleet(server, 4)
    server.program("uptime", "yes | head -c 1000000")
    limits = Limits(seconds=10.0, bytes=128 * 1024)
    outcome = connect(hosts=hosts, known=any_name(server), limits=limits).observe(read(hosts))
    assert outcome.truncated
    sizes = {len(one["stdout"]) for one in outcome.data["hosts"].values()}
    assert len(sizes) == 1
    assert min(sizes) > 4096
    assert len(json.dumps(outcome.data)) < limits.bytes * 1.1


def test_more_hosts_than_threads_each_get_their_turn() -> None:
    assert share(100, 20.0) == 20.0
    assert share(101, 20.0) == 10.0
    assert share(500, 20.0) == 4.0


def test_a_warm_connection_is_used_again(server: Server, connect: Connect, proxy: Proxy) -> None:
    hosts = {NAME: HostSettings(address="127.0.0.1", port=proxy.port)}
    client = connect(hosts=hosts, known=any_name(server))
    for _ in range(5):
        client.observe(UPTIME)
    assert proxy.accepted == 1
    assert client.connections == 1


def test_several_that_want_a_host_at_once_wait_for_one_login(
    server: Server, connect: Connect, proxy: Proxy
) -> None:
    hosts = {NAME: HostSettings(address="127.0.0.1", port=proxy.port)}
    client = connect(hosts=hosts, known=any_name(server))
    answers = at_once(6, lambda: client.observe(UPTIME).data["lines"])
    assert answers == [["up"]] * 6
    assert proxy.accepted == 1


def test_more_than_a_connection_carries_get_another_one(server: Server, connect: Connect) -> None:
    server.program("uptime", "sleep 0.5; echo up")
    client = connect()
    answers = at_once(20, lambda: client.observe(UPTIME).data["lines"])
    assert answers == [["up"]] * 20
    assert 2 <= client.connections <= 6


def test_a_connection_that_was_cut_is_replaced_before_anything_is_sent(
    server: Server, connect: Connect, proxy: Proxy
) -> None:
    hosts = {NAME: HostSettings(address="127.0.0.1", port=proxy.port)}
    client = connect(hosts=hosts, known=any_name(server))
    client.observe(UPTIME)
    proxy.cut()
    assert client.observe(UPTIME).data["lines"] == ["up"]
    assert proxy.accepted == 2


def test_a_line_that_is_cut_after_the_command_was_sent_is_not_asked_again(
    server: Server, connect: Connect, proxy: Proxy
) -> None:
    count = server.folder / "count"
    count.write_text("", encoding="utf-8")
    server.program("uptime", f"echo x >> {count}; sleep 5")
    hosts = {NAME: HostSettings(address="127.0.0.1", port=proxy.port)}
    client = connect(hosts=hosts, known=any_name(server))

    def cut() -> None:
        end = time.monotonic() + 30
        while not count.read_text() and time.monotonic() < end:
            threading.Event().wait(0.02)
        proxy.cut()

    thread = threading.Thread(target=cut)
    thread.start()
    with pytest.raises(NoAnswerError, match="broke off"):
        client.observe(UPTIME)
    thread.join()
    assert count.read_text() == "x\n"


def test_a_peer_that_died_is_noticed_by_keepalive_while_a_command_runs(
    server: Server, connect: Connect, proxy: Proxy
) -> None:
    server.program("uptime", "sleep 20")
    hosts = {NAME: HostSettings(address="127.0.0.1", port=proxy.port)}
    client = connect(hosts=hosts, known=any_name(server), keepalive_seconds=0.3)
    timer = threading.Timer(0.5, proxy.freeze)
    timer.start()
    begin = time.monotonic()
    with pytest.raises(NoAnswerError, match="broke off"):
        client.observe(UPTIME)
    below(time.monotonic() - begin, 7, "long before the 10 s of the deadline")
    timer.join()


def test_a_peer_that_lives_is_kept_by_keepalive(server: Server, connect: Connect) -> None:
    server.program("uptime", "sleep 1; echo up")
    client = connect(keepalive_seconds=0.1)
    assert client.observe(UPTIME).data["lines"] == ["up"]
    assert client.connections == 1


def test_idle_connections_make_room_for_new_ones(server: Server, connect: Connect) -> None:
    hosts = fleet(server, 6)
    client = connect(hosts=hosts, known=any_name(server), most_connections=3)
    for name in hosts:
        client.observe(UPTIME.model_copy(update={"host": name}))
    assert client.connections == 3


def test_a_client_serves_many_threads(server: Server, connect: Connect) -> None:
    hosts = fleet(server, 3)
    server.program("uptime", "echo $PPID up")
    client = connect(hosts=hosts, known=any_name(server))
    names = list(hosts)

    def ask() -> int:
        done = 0
        for number in range(6):
            operation = UPTIME.model_copy(update={"host": names[number % 3]})
            done += client.observe(operation).data["exit_status"] == 0
        return done

    assert at_once(8, ask) == [6] * 8
    assert client.connections <= 6


def at_once(count: int, call: Callable[[], Any]) -> list[Any]:
    with ThreadPoolExecutor(count) as threads:
        return [one.result(20) for one in [threads.submit(call) for _ in range(count)]]
