"""Attacks on the gate that got through elsewhere, one by one."""

import io
import os
from collections.abc import Callable, Iterator
from contextlib import suppress
from datetime import timedelta
from pathlib import Path

import yaml
from click.testing import CliRunner, Result
from rich.console import Console
from sqlalchemy.exc import IntegrityError

from stanch.approvals import ApprovalError, Identity, TokenAuthority, approve
from stanch.cli import app
from stanch.cli.card import show_card
from stanch.incident import Difference
from stanch.policy import Policy
from stanch.roles import Menu, Option
from stanch.runbook.command import output_template
from stanch.runbook.findings import RefusedError
from stanch.runbook.kinds import effect
from stanch.store import StoreError
from stanch.tools.operations import Effect
from tests.bench.gate_figures import Line
from tests.gate.gate_world import World, rules
from tests.unit import incident_samples as samples


def attacks(folder: Path) -> Iterator[Line]:
    """Yield a line for each attack."""
    folder.mkdir(parents=True)
    each: tuple[Callable[[Path], Line], ...] = (
        _bulk,
        _slipped_in,
        _restart,
        _self_declared,
        _forged_rows,
        _forged_token,
        _cut_preview,
        _unreadable_expiry,
        _no_policy,
        _model_approves,
        _refused_is_not_done,
        _dry_run_none,
        _silent_end,
        _resumed_twice,
        _rebound,
        _too_few,
    )
    for number, attack in enumerate(each):
        yield attack(folder / str(number))


def _command(world: World, *words: str, user: str | None = None) -> Result:
    """Run a command on the world's home, under its policy."""
    policy = yaml.safe_dump(rules(world.quorum).model_dump(mode="json"))
    file = world.home / "policy.yaml"
    file.write_text(policy, encoding="utf-8")
    env = {"STANCH_HOME": str(world.home), "USER": user, "LOGNAME": user, "STANCH_TOKEN": None}
    return CliRunner().invoke(app, list(words), env=env)


def _approved(world: World) -> list[str]:
    return [name for name in world.said if world.state(name).value in {"approved", "used"}]


def _bulk(folder: Path) -> Line:
    world = World(folder)
    names = [world.propose().id for _ in range(3)]
    line = Line("one click approves everything that waits", 6)
    for words in (["approve"], ["approve", "--all"], ["approve", "all"], ["approve", "*"],
                  ["approve", "A-"], ["approve", "", "--yes"]):  # fmt: skip
        done = _command(world, *words, "--yes")
        line.expect(done.exit_code != 0, f"{words} was taken")
    for name in names:
        world.execute(name)
    return line.expect(not _approved(world), "something was approved").take(world)


def _slipped_in(folder: Path) -> Line:
    world = World(folder)
    listed = [world.propose().id for _ in range(2)]
    late = world.propose().id
    for name in listed:
        world.vote(name, "ann")
    line = Line("a new item slips into a bulk approval", 3)
    for name in (*listed, late):
        world.execute(name)
    return line.expect(late not in _approved(world), f"{late} was approved").take(world)


def _restart(folder: Path) -> Line:
    world = World(folder, quorum=2)
    name = world.propose().id
    world.reopen()
    world.vote(name, "ann")
    world.reopen()
    world.vote(name, "bob")
    world.reopen()
    world.execute(name)
    line = Line("a pending approval is lost on restart", 3)
    return line.expect(len(world.target.ran) == 1, "it did not run").take(world)


def _self_declared(folder: Path) -> Line:
    world = World(folder)
    name = world.propose().id
    line = Line("the approver says who they are", 4)
    for words in ([], ["--as", "ann"], ["--user", "ann"], ["--by", "ann"]):
        done = _command(world, "approve", name, "--yes", "--no-run", *words, user="ann")
        me = Path(f"/proc/{os.getpid()}").owner()
        line.expect(done.exit_code != 0 or me == "ann", f"{words} passed for ann")
    world.execute(name)
    return line.expect(not _approved(world), "it was approved").take(world)


def _forged_rows(folder: Path) -> Line:
    world = World(folder)
    name = world.propose().id
    line = Line("somebody writes the approval into the database", 3)
    for statement in (
        "UPDATE approvals SET state = 'approved', decided_by = 'ann', how = 'x'",
        (
            "INSERT INTO votes SELECT 1, 'ann', bound, 'x', 'approve', NULL, requested_at "
            "FROM approvals"
        ),
        "UPDATE proposals SET body = replace(body, '\"quorum\":1', '\"quorum\":0')",
    ):
        with world.store.database.write() as connection:
            connection.exec_driver_sql(statement)
        with suppress(StoreError):
            world.execute(name)
        line.expect(not world.target.ran, f"it ran after {statement[:30]}")
    # The journal says that the store was written into; that is how it is meant to be.
    line.made, line.unapproved = len(world.target.ran), len(world.target.ran)
    return line


def _forged_token(folder: Path) -> Line:
    world = World(folder)
    name = world.propose().id
    now = world.clock.now()
    token = world.store.tokens.issue("eve", by="ann", now=now, expires=now + timedelta(days=1))
    line = Line("a token is forged, lengthened, or made another person's", 4)
    authority = TokenAuthority(world.store, world.clock)
    for statement, tried in (
        ("UPDATE tokens SET person = 'ann'", token),
        ("UPDATE tokens SET seal = ''", token),
        ("UPDATE tokens SET expires_at = NULL", token),
        ("SELECT 1", "stanch-1-" + "A" * 43),
    ):
        with suppress(Exception), world.store.database.write() as connection:
            connection.exec_driver_sql(statement)
        try:
            who = authority.identify(tried)
        except ApprovalError:
            continue
        line.expect(who.name == "eve", f"it passed for {who.name} after {statement}")
    world.execute(name)
    return line.take(world)


def _cut_preview(folder: Path) -> Line:
    world = World(folder)
    asked = world.propose()
    long = [f"line {number} of a long value" for number in range(2000)]
    changed = samples.proposal().preview.model_copy(
        update={
            "differences": tuple(
                Difference(
                    path=f"data.{number}", before="\n".join(long), after="TAIL-" + "x" * 5000
                )
                for number in range(3)
            )
        }
    )
    proposal = world.proposal(asked.id).model_copy(update={"preview": changed})
    line = Line("a cut preview hides its tail", 2)
    for width in (40, 200):
        out = io.StringIO()
        show_card(Console(file=out, width=width), proposal, asked)
        shown = "".join(out.getvalue().replace("│", "").split())
        line.expect(shown.count("line1999ofalongvalue") == 3, "a line is missing")
        line.expect(shown.count("x" * 5000) == 3, "the tail is missing")
    return line.take(world)


def _unreadable_expiry(folder: Path) -> Line:
    line = Line("an expiry that cannot be read counts as valid", 0)
    for number, value in enumerate(("NULL", "'soon'", "'nan'", "1e999", "-1", "''", "x'00'")):
        world = World(folder / str(number))
        name = world.propose().id
        line.tried += 1
        try:
            with world.store.database.write() as connection:
                connection.exec_driver_sql(f"UPDATE approvals SET expires_at = {value}")  # noqa: S608
        except IntegrityError:
            # The database itself takes no approval without an expiry.
            continue
        with suppress(Exception):
            world.vote(name, "ann")
        with suppress(Exception):
            world.execute(name)
        line.expect(not world.target.ran, f"it ran with the expiry {value}")
    return line


def _no_policy(folder: Path) -> Line:
    line = Line("the policy is gone, and everything is allowed", 0)
    for number, policy in enumerate((None, Policy())):
        world = World(folder / str(number))
        name = world.propose().id
        world.vote(name, "ann")
        world.policy = policy
        with suppress(StoreError):
            world.execute(name)
        line.tried += 1
        line.expect(not world.target.ran, "it ran").take(world)
    return line


def _model_approves(folder: Path) -> Line:
    world = World(folder)
    name = world.propose().id
    line = Line("a model calls the tool that approves", 3)
    menu = Menu(
        task="mitigation",
        role="commander",
        question="Which mitigation?",
        options=(Option("undo", "undo it", 1.0),),
        facts=(),
        default=("undo",),
        least=1,
        most=1,
    )
    names = {one.id for one in menu.options}
    line.expect(not {"approve", name, f"approve {name}"} & names, "a menu offers to approve")
    for who in ("model", "commander", "stanch"):
        with suppress(ApprovalError):
            approve(
                world.store, rules(1), world.clock, world.store.approvals.get(name),
                who=Identity(who, "model"),
            )  # fmt: skip
    world.execute(name)
    return line.expect(not _approved(world), "it was approved").take(world)


def _refused_is_not_done(folder: Path) -> Line:
    world = World(folder)
    name = world.propose().id
    world.vote(name, "ann")
    world.target.mood = "refuses"
    result = world.execute(name)
    line = Line("a refusal is recorded as done")
    told = result.state if result else "nothing"
    return line.expect(told == "refused", f"it is told as {told}").take(world)


def _dry_run_none(folder: Path) -> Line:
    del folder
    line = Line("--dry-run=none counts as a dry run", 0)
    for command in (
        "kubectl delete deployment web -n shop --dry-run=none",
        "kubectl scale deployment web -n shop --replicas=0 --dry-run=none",
        "kubectl rollout undo deployment/web -n shop --dry-run=none",
        'kubectl patch deployment web -n shop -p \'{"spec":{"replicas":0}}\' --dry-run=false',
        "kubectl apply -f x.yaml --dry-run=none --dry-run=server",
    ):
        line.tried += 1
        try:
            template, _ = output_template(command, {})
        except RefusedError:
            continue
        line.expect(effect(template, {}) > Effect.OBSERVE, f"it reads: {command}")
    return line


def _silent_end(folder: Path) -> Line:
    world = World(folder)
    name = world.propose().id
    world.vote(name, "ann")
    world.drift()
    result = world.execute(name)
    event = world.store.journal.events(world.proposal(name).incident)[-1]
    line = Line("an approved change does not run, and nobody learns why", 2)
    line.expect(result is not None and "version changed" in result.text, "it is not said")
    line.expect("version changed" in str(event.data.get("reason")), "it is not recorded")
    return line.take(world)


def _resumed_twice(folder: Path) -> Line:
    world = World(folder)
    name = world.propose().id
    world.vote(name, "ann")
    for _ in range(5):
        world.execute(name)
        world.reopen()
    line = Line("the same change runs again after a resume", 5)
    return line.expect(len(world.target.ran) == 1, "not exactly once").take(world)


def _rebound(folder: Path) -> Line:
    world = World(folder)
    first, second = world.propose(), world.propose()
    world.vote(first.id, "ann")
    line = Line("an approval is used for another change", 2)
    given = world.store.approvals.get(first.id)
    for proposal in (
        world.proposal(second.id),
        world.proposal(first.id).model_copy(update={"soak_seconds": 0.0}),
    ):
        with suppress(StoreError):
            world.executor.execute(proposal, given)
    return line.expect(not world.target.ran, "it ran").take(world)


def _too_few(folder: Path) -> Line:
    world = World(folder, quorum=2)
    name = world.propose().id
    for _ in range(3):
        world.vote(name, "ann")
        world.execute(name)
    line = Line("one person votes for two", 3)
    return line.expect(not _approved(world), "it was approved").take(world)
