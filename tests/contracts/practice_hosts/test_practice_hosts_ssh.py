"""The practice hosts through real SSH connections: who gets in, and what is understood."""

import shlex
import stat
from typing import Any

import asyncssh
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from stanch.sandbox.hosts import fleet
from tests.contracts.practice_hosts.conftest import Await, World

ADDRESS = "127.0.0.1"


async def _ask(
    world: World, line: str, *, user: str = "reader", key: str = "", host: str = "edge-1"
) -> asyncssh.SSHCompletedProcess:
    folder = world.place.folder
    async with asyncssh.connect(
        ADDRESS,
        world.hosts.ports[host],
        username=user,
        client_keys=[str(folder / f"{key or user}.key")],
        known_hosts=str(folder / "known_hosts"),
        config=None,
        agent_path=None,
    ) as connection:
        return await connection.run(line)


def test_every_host_answers_on_a_port_of_its_own(world: World, run_there: Await) -> None:
    assert len(set(world.hosts.ports.values())) == len(fleet.NAMES)
    for name in fleet.NAMES:
        told = run_there(_ask(world, "hostname", host=name))
        assert (told.exit_status, told.stdout) == (0, f"{name}\n")


def test_its_files_are_for_their_owner_only_and_gone_afterwards(
    world: World, run_there: Await
) -> None:
    files = [one for one in world.place.folder.iterdir() if one.is_file()]
    assert {one.name for one in files} == {
        "reader.key",
        "operator.key",
        "known_hosts",
        "ssh_config",
    }
    assert {stat.S_IMODE(one.stat().st_mode) for one in files} == {0o600}
    run_there(world.hosts.stop())
    assert not any(one.is_file() for one in world.place.folder.iterdir())


@pytest.mark.parametrize(
    ("user", "key"), [("reader", "operator"), ("root", "operator"), ("operator", "reader")]
)
def test_nobody_gets_in_with_a_key_that_is_not_his(
    world: World, run_there: Await, user: str, key: str
) -> None:
    with pytest.raises(asyncssh.PermissionDenied):
        run_there(_ask(world, "true", user=user, key=key))


def test_the_key_of_one_host_does_not_stand_for_another(world: World, run_there: Await) -> None:
    known = world.place.folder / "known_hosts"
    ports = world.hosts.ports
    text = known.read_text()
    swapped = text.replace(str(ports["edge-1"]), "X").replace(
        str(ports["edge-2"]), str(ports["edge-1"])
    )
    known.write_text(swapped.replace("X", str(ports["edge-2"])))
    with pytest.raises(asyncssh.HostKeyNotVerifiable):
        run_there(_ask(world, "true"))


def test_the_operator_restarts_a_unit_and_the_reader_sees_it(
    world: World, run_there: Await
) -> None:
    question = "systemctl show nginx.service -p InvocationID --value"
    before = run_there(_ask(world, question)).stdout
    assert run_there(_ask(world, "sudo -n systemctl restart nginx.service")).exit_status == 1
    assert run_there(_ask(world, question)).stdout == before
    done = run_there(_ask(world, "sudo -n systemctl restart nginx.service", user="operator"))
    assert (done.exit_status, done.stdout, done.stderr) == (0, "", "")
    assert run_there(_ask(world, question)).stdout != before


def test_there_is_no_shell_no_terminal_and_no_way_through(world: World, run_there: Await) -> None:
    async def attempts() -> list[str]:
        folder = world.place.folder
        found = []
        async with asyncssh.connect(
            ADDRESS,
            world.hosts.ports["db-1"],
            username="reader",
            config=None,
            agent_path=None,
            client_keys=[str(folder / "reader.key")],
            known_hosts=str(folder / "known_hosts"),
        ) as connection:
            told = await connection.run()
            found.append(str(told.exit_status))
            tries: list[Any] = [
                connection.open_connection("127.0.0.1", 22),
                connection.start_sftp_client(),
                connection.run("df", term_type="xterm", check=False),
            ]
            for one in tries:
                try:
                    await one
                    found.append("done")
                except (asyncssh.Error, OSError) as error:
                    found.append(type(error).__name__)
        return found

    told = run_there(attempts())
    assert told[0] == "1"
    assert "done" not in told


def test_many_ask_side_by_side(world: World, run_there: Await) -> None:
    async def many() -> list[str]:
        import asyncio

        found = await asyncio.gather(
            *(_ask(world, "nproc", host=fleet.NAMES[at % 4]) for at in range(24))
        )
        return [str(one.stdout) for one in found]

    assert run_there(many()) == ["2\n", "2\n", "4\n", "4\n"] * 6


@settings(
    max_examples=25,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(
    st.lists(
        st.text(st.characters(codec="utf-8", exclude_characters="\0"), min_size=1, max_size=20),
        min_size=1,
        max_size=4,
    )
)
def test_every_word_arrives_as_it_was_sent(world: World, run_there: Await, said: list[str]) -> None:
    told = run_there(_ask(world, shlex.join(["echo", *said])))
    assert told.stdout == " ".join(said) + "\n"
