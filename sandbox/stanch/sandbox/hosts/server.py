"""The SSH servers of the machines: one port each, public keys only, and no shell.

A command line is split into words as a shell would split plain words, and answered by the
table of commands. Nothing is run on the machine that this process runs on.
"""

import shlex
from collections.abc import Callable
from typing import TYPE_CHECKING

from stanch.sandbox.hosts.commands import Answer, run
from stanch.sandbox.hosts.commands.sight import Sight
from stanch.sandbox.hosts.machine import Machine

if TYPE_CHECKING:
    import asyncssh

ADDRESS = "127.0.0.1"
LONGEST = 16_384
"""Characters of a command line."""
_SHELL = frozenset("|&;<>()$`\\\n!*?[]{}~#")
See = Callable[[Machine, str], Sight]
"""Returns what a user sees of a machine right now."""


def words(line: str) -> list[str]:
    """Return the words of a command line.

    Raises:
        ValueError: it is too long, a quote stays open, or it asks for more of a shell than
            quoted words.
    """
    if len(line) > LONGEST:
        raise ValueError("the command line is too long")
    found = shlex.split(line, posix=True)
    bare = _unquoted(line)
    if strange := sorted(set(bare) & _SHELL):
        raise ValueError(f"Permission denied: no shell here, so that {strange[0]!r} means nothing")
    return found


def _unquoted(line: str) -> str:
    """Return the characters of `line` that stand outside of quotes."""
    bare: list[str] = []
    quote = ""
    escaped = False
    for one in line:
        if escaped:
            escaped = False
        elif one == "\\" and quote != "'":
            escaped = True
        elif quote:
            quote = "" if one == quote else quote
        elif one in "'\"":
            quote = one
        else:
            bare.append(one)
    return "".join(bare)


def answer(line: str | None, see: Sight) -> Answer:
    """Return what a machine answers to one command line; None asked for a shell."""
    if line is None:
        return Answer(err="This account runs single commands only.\n", status=1)
    try:
        argv = words(line)
    except ValueError as error:
        return Answer(err=f"forced-command: {error}\n", status=126)
    return run(argv, see)


async def listen(
    machine: Machine,
    see: See,
    *,
    key: "asyncssh.SSHKey",
    logins: "dict[str, asyncssh.SSHAuthorizedKeys]",
) -> "asyncssh.SSHAcceptor":
    """Listen for a machine on a free port of loopback."""
    import asyncssh  # noqa: PLC0415  # slow to import

    class Login(asyncssh.SSHServer):
        def __init__(self) -> None:
            self._connection: asyncssh.SSHServerConnection | None = None

        def connection_made(self, conn: asyncssh.SSHServerConnection) -> None:
            self._connection = conn

        def begin_auth(self, username: str) -> bool:
            known = logins.get(username)
            if known is not None and self._connection is not None:
                self._connection.set_authorized_keys(known)
            return True

    def serve(process: "asyncssh.SSHServerProcess[bytes]") -> None:
        user = process.get_extra_info("username")
        told = answer(process.command, see(machine, user))
        process.stdout.write(told.out.encode())
        process.stderr.write(told.err.encode())
        process.exit(told.status)

    return await asyncssh.create_server(
        Login,
        ADDRESS,
        0,
        server_host_keys=[key],
        process_factory=serve,
        encoding=None,
        public_key_auth=True,
        password_auth=False,
        kbdint_auth=False,
        host_based_auth=False,
        gss_host=None,
        allow_pty=False,
        agent_forwarding=False,
        x11_forwarding=False,
        line_editor=False,
        server_version="OpenSSH_9.2p1_Debian-2+deb12u7",
        login_timeout=20,
    )
