"""Login: how a connection to one database is opened, for looking or for acting.

The names of user objects are looked for where the login has them, after pg_catalog and before
its temporary tables: so nobody's table or function stands before one of PostgreSQL's with the
same name, and statements find the tables that they find when a person pastes them. A function
of somebody else's may still be the better fit for the types of a call: that is why the login
must have no rights, and why nobody should be granted CREATE on a schema in its path.
"""

import socket
import threading
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final, Literal

import psycopg
from psycopg.conninfo import make_conninfo

from stanch.settings.targets import DatabaseSettings
from stanch.tools.clients.patience import Deadline
from stanch.tools.clients.sql.faults import Faults
from stanch.tools.clients.sql.link import CutOffError, Link, OutOfTimeError, handshake
from stanch.tools.clients.sql.values import register
from stanch.tools.errors import OperationRefusedError

Role = Literal["look", "act"]

APPLICATION: Final = "stanch"
"""The application_name of all sessions of stanch, or what it begins with."""
_CONNECT_SECONDS: Final = 10.0
_SHOWN: Final = {
    "timezone": "UTC",
    "datestyle": "ISO",
    "intervalstyle": "postgres",
    "bytea_output": "hex",
    "extra_float_digits": "1",
    "client_encoding": "UTF8",
}
_ABOUT: Final = """
SELECT pg_catalog.current_setting('server_version_num')::int,
       pg_catalog.current_setting('search_path'),
       (SELECT pg_catalog.string_agg(r.rolname::text, ', ' ORDER BY r.rolname)
          FROM pg_catalog.pg_roles AS r
         WHERE (r.rolname IN ('pg_execute_server_program', 'pg_read_server_files',
                              'pg_write_server_files', 'pg_write_all_data')
                AND pg_catalog.pg_has_role(r.oid, 'MEMBER'))
            OR (r.rolname = current_user AND (r.rolsuper OR r.rolreplication)))
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Login:
    """One way into one database."""

    name: str
    """What the settings call the database."""
    settings: DatabaseSettings
    role: Role
    stop: threading.Event

    @property
    def user(self) -> str:
        """The role that logs in."""
        return (self.settings.act_user or "") if self.role == "act" else self.settings.user

    @property
    def faults(self) -> Faults:
        """What tells about errors of this login."""
        return Faults(self.name, self.settings, self.user)

    def open(self, deadline: Deadline) -> Link:
        """Return a new connection; each address of the server is tried once.

        Raises:
            PassingError: nothing was sent, and another try may succeed.
            TargetUnreachableError: nothing was sent, and none will.
            OperationRefusedError: the login that looks has rights with which it could change.
        """
        waited = min(deadline.left, _CONNECT_SECONDS)
        end = Deadline(waited)
        try:
            link = self._first(end)
        except (psycopg.Error, OSError, CutOffError) as error:
            raise self.faults.on_the_way_in(error, waited) from None
        try:
            self._get_to_know(link, deadline)
        except BaseException:
            link.close()
            raise
        return link

    def _first(self, end: Deadline) -> Link:
        """Return a link by the first address that answers."""
        addresses = _addresses(self.settings, end)
        for at, address in enumerate(addresses):
            left = Deadline(end.left / (len(addresses) - at))
            try:
                return handshake(self._conninfo(address), left, self.stop)
            except (psycopg.OperationalError, OutOfTimeError):
                if at + 1 == len(addresses) or end.passed:
                    raise
        raise OutOfTimeError

    def _get_to_know(self, link: Link, deadline: Deadline) -> None:
        register(link.adapters)
        link.bind(deadline, 1 << 20)
        try:
            link.autocommit = True
            row = link.execute(_ABOUT).fetchone()
        except (psycopg.Error, CutOffError) as error:
            raise self.faults.of_read(error, deadline.seconds) from None
        finally:
            link.unbind()
        if row is None:
            raise AssertionError("a query without FROM has one row")
        link.version, usual, rights = row
        if rights and self.role == "look":
            raise OperationRefusedError(
                f"The login {self.user} of database {self.name} has the rights of {rights}: no "
                "transaction holds those back. Look with a login that has pg_monitor and no more."
            )
        link.search_path = f"pg_catalog, {usual}, pg_temp" if usual else "pg_catalog, pg_temp"

    def _conninfo(self, address: str | None) -> str:
        one = self.settings
        secret = one.act_password if self.role == "act" else one.password
        shown = _SHOWN | ({"default_transaction_read_only": "on"} if self.role == "look" else {})
        given: dict[str, Any] = {
            "host": one.host,
            "hostaddr": address,
            "port": one.port,
            "dbname": one.dbname,
            "user": self.user,
            "password": secret.get_secret_value() if secret else None,
            "application_name": APPLICATION,
            "options": " ".join(f"-c {name}={value}" for name, value in shown.items()),
            "sslmode": one.sslmode,
            "sslrootcert": _roots(one),
            "gssencmode": "disable",
            "target_session_attrs": "any",
            # A server that is not known to be the right one is told no password.
            "require_auth": None if one.sslmode.startswith("verify") else "!password",
            "keepalives": 1,
            "keepalives_idle": 15,
            "keepalives_interval": 5,
            "keepalives_count": 3,
        }
        return make_conninfo("", **{name: value for name, value in given.items() if value})


def _roots(one: DatabaseSettings) -> str | None:
    if one.sslrootcert is not None:
        return str(one.sslrootcert.expanduser())
    return "system" if one.sslmode == "verify-full" else None


def _addresses(one: DatabaseSettings, end: Deadline) -> tuple[str | None, ...]:
    """Return the addresses of the server, or None for the folder of a socket.

    Raises:
        OSError: its name leads nowhere.
        OutOfTimeError: nobody said where, in time.
    """
    if one.host.startswith("/"):
        return (None,)
    found = _in_time(
        lambda: socket.getaddrinfo(one.host, one.port, type=socket.SOCK_STREAM), end.left
    )
    return tuple(dict.fromkeys(str(entry[4][0]) for entry in found))


def _in_time(ask: Callable[[], Any], seconds: float) -> Any:
    """Return what `ask` returns; the resolver itself knows no deadline."""
    answer: list[Any] = []

    def run() -> None:
        try:
            answer.append(ask())
        except OSError as error:
            answer.append(error)
        except UnicodeError:
            answer.append(OSError("its host is no name of a host"))

    asking = threading.Thread(target=run, daemon=True)
    asking.start()
    asking.join(seconds)
    if not answer:
        raise OutOfTimeError
    if isinstance(answer[0], OSError):
        raise answer[0]
    return answer[0]
