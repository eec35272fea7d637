"""The changes of HTTP servers: flags of two services, weights, and calls of the settings."""

import json
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path
from typing import Any

from stanch.runbook.command import command_template
from stanch.runbook.fill import fill
from stanch.sandbox.web.edge import USUAL
from stanch.settings.targets import Targets
from stanch.tools.operations import HttpIntent
from stanch.tools.outcome import DryRun
from tests.contracts.http import act_servers, test_http_launchdarkly
from tests.contracts.http.http_servers import Server
from tests.contracts.http.test_http_calls import BLOCK, LIMIT, NETWORK
from tests.contracts.strategies.strategy_owned import Json
from tests.contracts.strategies.strategy_places import Places
from tests.contracts.strategies.strategy_scene import Case, Scene
from tests.unit.mitigation.test_mitigation_flag_services import PATH, TURN
from tests.unit.mitigation.test_mitigation_flag_services import patch as turn
from tests.unit.sandbox_web.web_world import WebWorld

FLAGS, LB, LD = "flags.example", "lb.example", "ld.example"
_UNLEASH = {"value": act_servers.TOKEN, "scheme": "", "endpoints": ["flags"]}
_LAUNCHDARKLY = {"value": test_http_launchdarkly.TOKEN, "scheme": "", "endpoints": ["ld"]}


class Kept(Scene):
    """A server on loopback that keeps a flag and a weight as the real ones do."""

    def __init__(self, stack: ExitStack) -> None:
        self.keeper = act_servers.Keeper()
        server = Server(self.keeper)
        stack.callback(server.close)
        tables: Json = {
            "flags": _endpoint(FLAGS, server, "unleash", credential="unleash"),
            "flagd": _endpoint("flagd.example", server, "flagd"),
            "lb": _endpoint(LB, server, "load-balancer"),
        }
        tables["flags"]["evaluated_by"] = "flagd"
        credentials = {"unleash": _UNLEASH}
        self.settings = {
            "targets": Targets.model_validate({"endpoints": tables, "credentials": credentials})
        }

    def capture(self) -> Json:
        """Return all that the server keeps, bar when the flag was last asked for."""
        flag = {name: one for name, one in self.keeper.flag.items() if name != "lastSeenAt"}
        return copied({"flag": flag, "server": self.keeper.server, "other": self.keeper.other})


class Unleash(Kept):
    """A flag of Unleash that is on in production."""

    def __init__(self, stack: ExitStack) -> None:
        super().__init__(stack)
        path = f"{act_servers.FEATURE}/environments/production/off"
        self.intent = HttpIntent(method="POST", host=FLAGS, path=path, scheme="http")

    def shown(self, tried: DryRun) -> Json:
        """Return the flag in production."""
        del tried
        flag = self.keeper.flag
        return {
            "flag": flag["name"],
            "created_at": flag["createdAt"],
            "archived": flag["archived"],
            "environment": "production",
            "enabled": flag["environments"][1]["enabled"],
        }


class Weight(Kept):
    """A server behind a load balancer that is to get no more requests."""

    def __init__(self, stack: ExitStack) -> None:
        super().__init__(stack)
        body = json.dumps({"weight": 0})
        self.intent = HttpIntent(
            method="PUT", host=LB, path=act_servers.SERVER, scheme="http", body=body
        )

    def shown(self, tried: DryRun) -> Json:
        """Return what the load balancer says of the server."""
        del tried
        names = ("name", "address", "port", "admin_state", "weight")
        return {name: self.keeper.server.get(name) for name in names}


class LaunchDarkly(Scene):
    """A flag of LaunchDarkly that is on in production."""

    def __init__(self, stack: ExitStack) -> None:
        self.keeper = test_http_launchdarkly.Keeper()
        server = Server(self.keeper)
        stack.callback(server.close)
        endpoints = {"ld": _endpoint(LD, server, "launchdarkly", credential="ld")}
        credentials = {"ld": _LAUNCHDARKLY}
        self.settings = {
            "targets": Targets.model_validate({"endpoints": endpoints, "credentials": credentials})
        }
        self.intent = turn(TURN, host=LD, path=PATH, scheme="http")

    def capture(self) -> Json:
        """Return the flag; {} when it is gone. Its version only counts the changes."""
        if self.keeper.gone:
            return {"flag": {}}
        flag: Json = copied(self.keeper.flag)
        flag["environments"]["production"].pop("version")
        return {"flag": flag}

    def shown(self, tried: DryRun) -> Json:
        """Return the flag in production."""
        del tried
        flag, here = self.keeper.flag, self.keeper.production
        off = flag["variations"][here["offVariation"]]["value"]
        return {
            "flag": flag["key"],
            "created_at": flag["creationDate"],
            "archived": flag["archived"],
            "environment": "production",
            "enabled": here["on"],
            "off_serves": json.dumps(off, sort_keys=True),
        }


class Called(Scene):
    """The edge of a practice world, and a call that its settings define."""

    def __init__(self, stack: ExitStack, folder: Path, line: str) -> None:
        self.world = WebWorld(folder)
        stack.callback(self.world.close)
        self.settings = {"targets": self.world.targets}
        self.intent = HttpIntent.model_validate(fill(command_template(line, {}).fields, {}))

    def capture(self) -> Json:
        """Return the limit of the clients, and what is blocked."""
        limit, blocks = self.world.do(
            lambda: (self.world.shop.demand.limit, sorted(self.world.part.edge.blocks))
        )
        return {"edge": {"limit": limit, "blocks": blocks}}

    def shown(self, tried: DryRun) -> Json:
        """Return the limit, or the block, by the names that the edge's API has for them."""
        now = self.capture()["edge"]
        if "rate" in tried.before:
            limit = now["limit"]
            return {"present": True, "rate": USUAL if limit is None else limit}
        found = [one for one in now["blocks"] if one == str(NETWORK)]
        return {"present": bool(found), "network": found[0] if found else None}


def _endpoint(host: str, server: Server, kind: str, **more: str) -> Json:
    return {"url": f"http://{host}", "address": server.address, "kind": kind, **more}


def copied(state: Json) -> Json:
    """Return a copy that nothing shares."""
    found: Json = json.loads(json.dumps(state))
    return found


def _case(name: str, kind: str, scene: Callable[..., Scene], **more: Any) -> Case:
    def open_scene(places: Places, stack: ExitStack, cluster: str, folder: Path) -> Scene:
        del places, cluster
        return scene(stack, folder)

    kind = f"http.{kind}"
    return Case(name=name, kind=kind, strategy="Requests", where="web", open=open_scene, **more)


CASES = (
    _case(
        "switch a flag of Unleash",
        "switch_flag",
        lambda stack, _: Unleash(stack),
        checks=("change-holds", "flag-evaluates"),
        back="http.switch_flag",
    ),
    _case(
        "switch a flag of LaunchDarkly",
        "switch_flag",
        lambda stack, _: LaunchDarkly(stack),
        back="http.switch_flag",
    ),
    _case("set a weight", "set_weight", lambda stack, _: Weight(stack), back="http.set_weight"),
    _case(
        "limit the clients",
        "call",
        lambda stack, folder: Called(stack, folder, LIMIT),
        back="http.call",
    ),
    _case(
        "block a client",
        "call",
        lambda stack, folder: Called(stack, folder, BLOCK),
        back="http.call",
    ),
)
