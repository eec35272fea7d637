"""Faults by logins: a password changed on one side, a role that expired, a lowered limit."""

import random
import secrets
from types import MappingProxyType
from typing import TYPE_CHECKING

from psycopg import sql

from stanch.sandbox.faults.base import Fault, Params, Truth
from stanch.sandbox.faults.database_target import CLIENTS, chosen, database
from stanch.sandbox.faults.releases import running
from stanch.sandbox.shop import objects
from stanch.sandbox.shop.services import NAMESPACE, SERVICES

if TYPE_CHECKING:
    from stanch.sandbox.shop.shop import Shop

RESTARTED = "kubectl.kubernetes.io/restartedAt"


def _secret_rotation(shop: "Shop", chance: random.Random, params: Params) -> Truth:
    from stanch.sandbox.database.logins import set_password  # noqa: PLC0415 - heavy

    part = database(shop)
    service = chosen(params, "service", CLIENTS, chance)
    password = secrets.token_urlsafe(18)
    part.truth.rows(set_password(service, password))

    def mend() -> None:
        _write_secret(shop, service, password)
        restart(shop, service)

    return Truth(
        says=f"the password of {service} was changed in the database only",
        may_change=frozenset({("deployments", service), ("secrets", objects.secret_name(service))}),
        mend=mend,
    )


def _stale_password(shop: "Shop", chance: random.Random, params: Params) -> Truth:
    from stanch.sandbox.database.logins import set_password  # noqa: PLC0415 - heavy

    part = database(shop)
    service = chosen(params, "service", CLIENTS, chance)
    password = secrets.token_urlsafe(18)
    part.truth.rows(set_password(service, password))
    _write_secret(shop, service, password)
    return Truth(
        says=f"the password of {service} was changed in the database and in the Secret,"
        " and the pods still have the old one",
        may_change=frozenset({("deployments", service)}),
    )


def _expired_role(shop: "Shop", chance: random.Random, params: Params) -> Truth:
    part = database(shop)
    service = chosen(params, "service", CLIENTS, chance)
    role = sql.Identifier(service)
    when = part.truth.rows("SELECT (now() - interval '1 minute')::timestamptz(0)::text AS moment")[
        0
    ]["moment"]
    part.truth.rows(sql.SQL("ALTER ROLE {} VALID UNTIL {}").format(role, sql.Literal(when)))

    def mend() -> None:
        part.truth.rows(sql.SQL("ALTER ROLE {} VALID UNTIL 'infinity'").format(role))

    return Truth(
        says=f"the password of the role {service} was valid until {when}",
        may_change=frozenset({("roles", service)}),
        mend=mend,
    )


def _max_connections_lowered(shop: "Shop", chance: random.Random, params: Params) -> Truth:
    part = database(shop)
    service = chosen(params, "service", CLIENTS, chance)
    role = sql.Identifier(service)
    part.truth.rows(sql.SQL("ALTER ROLE {} CONNECTION LIMIT 1").format(role))

    def mend() -> None:
        part.truth.rows(sql.SQL("ALTER ROLE {} CONNECTION LIMIT -1").format(role))

    return Truth(
        says=f"the role {service} may have one connection only",
        may_change=frozenset({("roles", service)}),
        mend=mend,
    )


def _write_secret(shop: "Shop", service: str, password: str) -> None:
    data = objects.secret(SERVICES[service], password)["data"]
    name = objects.secret_name(service)
    shop.cluster.store.patch_merge("secrets", NAMESPACE, name, {"data": data})


def restart(shop: "Shop", service: str) -> None:
    """Restart the deployment of a service as `kubectl rollout restart` does."""
    deployment = running(shop, SERVICES[service])
    template = deployment["spec"]["template"]["metadata"]
    template.setdefault("annotations", {})[RESTARTED] = str(shop.now)
    deployment["metadata"].pop("resourceVersion", None)
    shop.cluster.store.update("deployments", NAMESPACE, deployment)


_SERVICE = MappingProxyType({"service": ""})
FAULTS = (
    Fault(
        name="secret-rotation",
        about="A password was changed in the database only.",
        inject=_secret_rotation,
        params=_SERVICE,
        look_alike="expired-role",
    ),
    Fault(
        name="stale-password",
        about="A password was changed everywhere, and the programs have the old one.",
        inject=_stale_password,
        params=_SERVICE,
        look_alike="secret-rotation",
    ),
    Fault(
        name="expired-role",
        about="A role's password was valid until a moment that has passed.",
        inject=_expired_role,
        params=_SERVICE,
        look_alike="secret-rotation",
    ),
    Fault(
        name="max-connections-lowered",
        about="The connection limit of a role was lowered under its use.",
        inject=_max_connections_lowered,
        params=_SERVICE,
        look_alike="pool-exhaustion",
    ),
)
