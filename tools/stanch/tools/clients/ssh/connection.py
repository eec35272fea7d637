"""One connection to a host: reached, proved to be that host, and logged in.

Whatever fails here fails before any command was sent, so every error says that nothing
was; one that may pass (a host that is busy with other logins) is tried again.
"""

import contextlib
import threading
import time
from dataclasses import dataclass, field
from typing import Any

from stanch.tools.clients.patience import Deadline, PassingError
from stanch.tools.clients.ssh import host_keys, identities
from stanch.tools.clients.ssh.dial import cut, dial, reason, tunnel
from stanch.tools.clients.ssh.identities import Identity
from stanch.tools.clients.ssh.known_hosts import KnownHosts
from stanch.tools.clients.ssh.route import Route
from stanch.tools.clients.ssh.wire import library, transport_class
from stanch.tools.errors import TargetUnreachableError


@dataclass(slots=True, eq=False)
class Connection:
    """A login that commands can be sent over, several side by side."""

    route: Route
    transport: Any
    line: Any
    """The socket, or the channel of the host on the way."""
    through: "Connection | None" = None
    users: int = 0
    """The commands that run on it."""
    carries: int = 0
    """The connections that go through it."""
    retired: bool = False
    used: float = field(default_factory=time.monotonic)
    asked: bool = False
    """Whether a sign of life was asked for that has not come yet."""

    @property
    def alive(self) -> bool:
        """Whether it was alive when it was last heard of."""
        return bool(self.transport.is_active())

    @property
    def idle(self) -> bool:
        """Whether nobody needs it at the moment."""
        return self.users == 0 and self.carries == 0

    def close(self) -> None:
        """End it, and wake up whoever waits for something on it."""
        cut(self.line)
        with contextlib.suppress(Exception):
            self.transport.close()


class Opener:
    """Opens connections; may be shared by many threads. `seconds` bound each phase."""

    def __init__(self, seconds: float) -> None:
        self._seconds = seconds
        self._agent = identities.Agent()
        self._lock = threading.Lock()
        self._opening: set[Any] = set()
        self._worked: dict[Route, str] = {}
        self._closed = False

    def open(self, route: Route, deadline: Deadline, through: Connection | None) -> Connection:
        """Return a connection that is logged in.

        Raises:
            PassingError: the host broke off before it said who it is, and may not do so again.
            TargetUnreachableError: it is not reached, not known, or refuses the login.
        """
        known = KnownHosts(route.known_hosts)
        names = host_keys.names_of(route.known_as, route.address, route.port)
        algorithms = host_keys.preferred(known, names)
        try:
            return self._open(route, deadline, through, algorithms)
        except host_keys.OtherTypeError as other:
            if not other.algorithms or set(other.algorithms) >= set(algorithms):
                raise
            try:
                return self._open(route, deadline, through, other.algorithms)
            except host_keys.HostKeyError:
                raise
            except TargetUnreachableError:
                # It has none of the known types.
                raise other from None

    def close(self) -> None:
        """Cut off what is being opened."""
        with self._lock:
            self._closed = True
            lines = tuple(self._opening)
        for line in lines:
            cut(line)
        self._agent.close()

    def _open(
        self,
        route: Route,
        deadline: Deadline,
        through: Connection | None,
        algorithms: tuple[str, ...],
    ) -> Connection:
        line = (
            dial(route, self._phase(deadline))
            if through is None
            else tunnel(route, through.transport, through.route.name, self._phase(deadline))
        )
        with self._lock:
            if self._closed:
                cut(line)
                raise TargetUnreachableError("The client of the hosts was closed.")
            self._opening.add(line)
        connection: Connection | None = None
        try:
            transport = transport_class()(line, algorithms)
            connection = Connection(route, transport, line, through)
            self._greet(connection, self._phase(deadline))
            self._log_in(connection, deadline)
        except BaseException:
            cut(line)
            if connection is not None:
                connection.close()
            raise
        finally:
            with self._lock:
                self._opening.discard(line)
        return connection

    def _phase(self, deadline: Deadline) -> float:
        return min(deadline.left, self._seconds)

    def _greet(self, connection: Connection, seconds: float) -> None:
        """Agree on keys with the host, and check that it is the one that is known."""
        transport, route = connection.transport, connection.route
        done = threading.Event()
        transport.banner_timeout = seconds + 1
        transport.start_client(event=done)
        in_time = done.wait(seconds)
        if not in_time or not transport.is_active():
            raise _no_greeting(connection, seconds, in_time=in_time)
        known = KnownHosts(route.known_hosts)
        names = host_keys.names_of(route.known_as, route.address, route.port)
        host_keys.check(known, names, host_keys.offered(transport.host_key))

    def _log_in(self, connection: Connection, deadline: Deadline) -> None:
        route, transport = connection.route, connection.transport
        from_files = identities.from_files(route.identities)
        keys = from_files.keys + (self._agent.identities() if route.agent else ())
        first = self._worked.get(route)
        tried: list[str] = []
        said = "it gave no reason"
        for identity in sorted(keys, key=lambda one: one.name != first):
            done, why = self._try(connection, identity, self._phase(deadline))
            if done:
                self._worked[route] = identity.name
                return
            tried.append(identity.name)
            said = why
            if not transport.is_active():
                break
        left_out = from_files.left_out
        if route.agent and self._agent.trouble:
            left_out = (*left_out, self._agent.trouble)
        raise TargetUnreachableError(_refused(route, tried, left_out, said))

    def _try(self, connection: Connection, one: Identity, seconds: float) -> tuple[bool, str]:
        """Say whether a key opens the login, and what the host said if not."""
        paramiko, transport = library(), connection.transport
        done = threading.Event()
        try:
            transport.auth_publickey(connection.route.user, one.key, done)
            if not done.wait(seconds):
                raise TargetUnreachableError(
                    f"{connection.route.words} did not answer the login within {seconds:.3g} s."
                )
            if transport.is_authenticated():
                return True, ""
            error = transport.get_exception()
        except paramiko.SSHException as failed:
            error = failed
        if isinstance(error, paramiko.ssh_exception.PartialAuthentication):
            return False, f"it also asks for {', '.join(error.allowed_types)}"
        if isinstance(error, paramiko.BadAuthenticationType):
            return False, f"it only takes {', '.join(error.allowed_types)}"
        return False, reason(error) if error is not None else "the login is not accepted"


def _refused(route: Route, tried: list[str], left_out: tuple[str, ...], said: str) -> str:
    if tried:
        text = f"{route.words} refuses the login with {', '.join(tried)}: {said}."
    else:
        text = f"There is no key to log in to {route.words} with."
    if left_out:
        text += f" Left out: {'; '.join(left_out)}."
    return (
        f"{text} Put the public key into the authorized_keys of {route.user}, or name another "
        f"key or user under [ssh]."
    )


def _no_greeting(connection: Connection, seconds: float, *, in_time: bool) -> Exception:
    """Return the error for a host that did not get as far as proving who it is."""
    route, transport = connection.route, connection.transport
    spoke = bool(transport.remote_version)
    if not in_time:
        what = (
            "does not finish the key exchange" if spoke else "accepts connections and says nothing"
        )
        return TargetUnreachableError(
            f"{route.name} ({route.address}:{route.port}) {what}: no SSH greeting within "
            f"{seconds:.3g} s."
        )
    error = transport.get_exception()
    why = reason(error) if error is not None else "it closed the connection"
    unreachable = TargetUnreachableError(
        f"{route.name} ({route.address}:{route.port}) broke off the greeting: {why}. Is an SSH "
        "server on that port, and has it room for a login (MaxStartups)?"
    )
    if isinstance(error, library().ssh_exception.IncompatiblePeer):
        return unreachable
    if not spoke or isinstance(error, (EOFError, OSError)):
        return PassingError(unreachable)
    return unreachable
