"""The logins of the shop's database: who they are, their passwords, how they connect."""

import secrets
from dataclasses import dataclass, field
from typing import Any

import psycopg
from psycopg import sql

from stanch.sandbox.database.server import ADMIN, HOST
from stanch.sandbox.database.template import DATABASE

DIAGNOSE = "stanch_diagnose"
ACT = "stanch_act"
EXPORTER = "exporter"
OTHERS = (DIAGNOSE, ACT, EXPORTER, "backoffice", "reporting", "batch", "migrator")
"""The roles that log in, beside those of the services."""
STATEMENT_SECONDS = 0.2
"""How long a service waits for one statement; the server itself ends it then."""


@dataclass(slots=True)
class Logins:
    """The passwords of one running server."""

    port: int
    admin_password: str
    passwords: dict[str, str] = field(default_factory=dict)

    def admin(self) -> dict[str, Any]:
        """Return how the administrator connects."""
        return self._keywords(ADMIN, self.admin_password, application="admin", options={})

    def of(
        self, role: str, application: str, password: str | None = None, **options: str
    ) -> dict[str, Any]:
        """Return how `role` connects as `application`, with its own password if none is given."""
        secret = self.passwords[role] if password is None else password
        return self._keywords(role, secret, application=application, options=options)

    def _keywords(
        self, role: str, password: str, *, application: str, options: dict[str, str]
    ) -> dict[str, Any]:
        chosen = " ".join(f"-c {name}={value}" for name, value in options.items())
        return {
            "host": HOST,
            "port": self.port,
            "user": role,
            "password": password,
            "dbname": DATABASE,
            "application_name": application,
            "options": chosen,
            "connect_timeout": 3,
            "sslmode": "disable",
            "autocommit": True,
        }


def renew(port: int, known: str, services: dict[str, str]) -> Logins:
    """Give every login a password of its own: new ones, and the services' as they are given.

    `known` is the administrator's password until now.
    """
    logins = Logins(port, known, {**services})
    for role in OTHERS:
        logins.passwords[role] = secrets.token_urlsafe(18)
    fresh = secrets.token_urlsafe(18)
    with psycopg.connect(**logins.admin()) as admin:
        for role, password in {**logins.passwords, ADMIN: fresh}.items():
            admin.execute(set_password(role, password))
    logins.admin_password = fresh
    return logins


def set_password(role: str, password: str) -> sql.Composed:
    """Return the statement that changes the password of `role`."""
    return sql.SQL("ALTER ROLE {} PASSWORD {}").format(sql.Identifier(role), sql.Literal(password))
