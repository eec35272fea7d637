"""Logs are rotated only as logrotate itself has said that it would (MIT-22)."""

from datetime import UTC, datetime
from typing import Any

import pytest

from stanch.mitigation import CannotPlanError, Plan, strategy_for
from stanch.runbook.grammar.registry import read
from stanch.runbook.grammar.typed import Surroundings
from stanch.tools.operations import HostRead
from stanch.tools.operations.host import ChangeHost
from stanch.tools.operations.host_rotation import LastRotated, RotateLogs

NOW = datetime(2026, 11, 1, 12, tzinfo=UTC)
CONFIG = "/etc/logrotate.d/shop"
DIGEST = "a" * 64


def considered(path: str, last: str = "2026-11-01 03:00", due: str = "needs rotating") -> str:
    """Return the words of logrotate 3.21 about one log."""
    return (
        f"considering log {path}\n  Now: 2026-11-01 12:00\n  Last rotated at {last}\n  log {due}\n"
    )


def asked(*words: str, **more: Any) -> ChangeHost:
    line = ("logrotate", *(words or ("-f", CONFIG)))
    typed = read(tuple((word,) for word in line), Surroundings(read=read))
    return ChangeHost.model_validate({"host": "jobs-1", **typed.fields, **more})


def plan(trial: str, *, digest: str = f"{DIGEST}  {CONFIG}\n", status: int = 0) -> Plan:
    strategy = strategy_for(asked())
    assert strategy is not None
    looks = strategy.looks(asked())
    assert list(looks) == ["target", "text", "trial"]
    seen = {
        "target": {"stdout": digest, "exit_status": 0},
        "text": {"stdout": "", "exit_status": 0},
        "trial": {"stdout": "", "stderr": trial, "exit_status": status},
    }
    return strategy.plan(asked(), seen, now=NOW)


@pytest.mark.parametrize(
    "words",
    [("-f", CONFIG), ("--force", CONFIG), (CONFIG, "-f"), ("-v", "--force", CONFIG)],
)
def test_every_way_to_write_it_has_logrotate_tell_first_what_it_would_do(
    words: tuple[str, ...],
) -> None:
    strategy = strategy_for(asked(*words))
    assert strategy is not None
    looks = strategy.looks(asked(*words, sudo="root"))
    commands = [one.command for one in looks.values() if isinstance(one, HostRead)]
    root = ("sudo", "-n", "-u", "root", "--")
    assert commands == [
        (*root, "sha256sum", CONFIG),
        (*root, "cat", CONFIG),
        (*root, "logrotate", "-d", "-f", CONFIG),
    ]


@pytest.mark.parametrize(
    "words",
    [
        (CONFIG,),
        ("-f",),
        ("-f", CONFIG, CONFIG),
        ("-f", "/etc/logrotate.conf"),
        ("-f", "-s", "/tmp/state", CONFIG),
    ],
)
def test_another_use_of_logrotate_is_left_to_people(words: tuple[str, ...]) -> None:
    strategy = strategy_for(asked(*words))
    assert strategy is not None
    with pytest.raises(CannotPlanError, match="no way yet"):
        strategy.looks(asked(*words))


def test_those_logs_are_rotated_that_logrotate_names_and_no_others() -> None:
    trial = (
        considered("/var/log/shop/a.log")
        + considered("/var/log/shop/b.log", due="does not need rotating (log is empty)")
        + "considering log /var/log/shop/c.log\nCreating new state\n"
        "  Last rotated at 2026-11-01 12:00\n  log needs rotating\n"
    )
    made = plan(trial)
    assert isinstance(made.operation, RotateLogs)
    assert made.title == f"Rotate 2 logs of {CONFIG} on jobs-1"
    assert made.operation.logs == (
        LastRotated(path="/var/log/shop/a.log", last="2026-11-01 03:00"),
        LastRotated(path="/var/log/shop/c.log", last="never"),
    )
    assert made.operation.sha256 == made.observed["sha256"] == DIGEST
    assert made.inverse is None
    assert plan(considered("/var/log/shop/a.log")).title.startswith("Rotate 1 log of")


@pytest.mark.parametrize(
    ("steps", "told"),
    [
        ("", "/var/log/shop/a.log are moved aside, and begin anew"),
        ("truncating /var/log/shop/a.log\n", "what is written in between is lost"),
        ("removing old log /var/log/shop/a.log.3\n", "what would then be /var/log/shop/a.log.3"),
        (
            "log /var/log/shop/a.log.4 doesn't exist -- won't try to dispose of it\n",
            "what would then be /var/log/shop/a.log.4 is deleted",
        ),
        ("running postrotate script\n", "a program of the configuration runs as root"),
        (
            "".join(considered(f"/var/log/shop/{at}.log") for at in range(7)),
            "/var/log/shop/4.log and 2 more are moved aside",
        ),
    ],
)
def test_a_person_is_told_what_is_lost_by_it(steps: str, told: str) -> None:
    bare = plan(considered("/var/log/shop/a.log")).touches
    touches = plan(considered("/var/log/shop/a.log") + steps).touches
    assert any(told in one for one in touches)
    assert not steps or not any(told in one for one in bare)


@pytest.mark.parametrize(
    ("trial", "more", "why"),
    [
        (considered("/a.log"), {"digest": ""}, "jobs-1 has no /etc/logrotate.d/shop"),
        ("error: shop:3 unknown option\n", {}, "error: shop:3 unknown option; it may need sudo"),
        (considered("/a.log"), {"status": 1}, "it failed; it may need sudo"),
        ("", {}, "has no log that could be rotated now"),
        (considered("/a.log", due="does not need rotating"), {}, "no log that could be rotated"),
        (considered("/var/log/wtmp"), {}, "is for more than plain logs"),
        (considered("/var/log/auth.log"), {}, "is for more than plain logs"),
    ],
)
def test_what_logrotate_does_not_say_or_must_not_touch_is_not_planned(
    trial: str, more: dict[str, Any], why: str
) -> None:
    with pytest.raises(CannotPlanError, match=why):
        plan(trial, **more)


def test_nothing_is_foretold_of_a_rotation_for_it_has_no_way_back() -> None:
    strategy = strategy_for(asked())
    assert strategy is not None
    made = plan(considered("/var/log/shop/a.log"))
    assert strategy.foretold(made.operation, {"steps": []}) == {}
