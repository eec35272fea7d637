"""`stanch policy`: check, explain and compare the rules before they are in force."""

import json
import sys
from datetime import UTC
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from stanch.cli.session import as_json, print_json, session

if TYPE_CHECKING:
    from stanch.policy import Policy, Verdict

_FILE = click.Path(path_type=Path, dir_okay=False)


@click.group()
def policy() -> None:
    """Check, explain and compare policies."""


@policy.command()
@click.argument("file", type=_FILE, required=False)
def check(file: Path | None) -> None:
    """Read a policy and say what it grants; the one in force when no FILE is named."""
    found = _load(file)
    for one in found.environments:
        names, quorum, four_eyes, minutes = one.approval.ask(_mutate(), None)
        people = ", ".join(found.people(names)) or "nobody"
        click.echo(
            f"{one.name}: up to {one.ceiling}; {len(one.allow)} rules allow, {len(one.deny)} deny, "
            f"{len(one.autonomy)} without asking; {quorum} of {people} approve"
            f"{', not who asked' if four_eyes else ''}, for {minutes:g} min"
        )
        if len(found.people(names)) < quorum:
            click.echo(f"  warning: {quorum} must approve, and only {people} may", err=True)
        if one.nowhere:
            click.echo("  warning: it names no place, so no change belongs to it", err=True)
    if not found.environments:
        click.echo("No environment is listed: nothing may be changed.")
    click.echo(f"sha256 {found.sha256}")


@policy.command()
@click.argument("operation")
@click.option("--file", type=_FILE, help="Another policy than the one in force.")
@click.option("--severity", type=click.Choice(["SEV1", "SEV2", "SEV3", "SEV4"]))
@click.option("--label", "labels", multiple=True, metavar="NAME=VALUE", help="Of the alert.")
@click.option("--role", default="devops", show_default=True)
@as_json
def explain(
    operation: str,
    *,
    file: Path | None,
    severity: str | None,
    labels: tuple[str, ...],
    role: str,
    json_: bool,
) -> None:
    """Say what the policy says of OPERATION, a command or the id of a proposal, and why."""
    rules = _load(file)
    pairs = dict(_pair(one) for one in labels)
    if operation.startswith("P-"):
        verdict, text = _of_proposal(rules, operation, role)
    else:
        verdict, text = _of_command(rules, operation, severity, pairs, role)
    if json_:
        told = verdict.needs.model_dump(mode="json") if verdict.needs else None
        print_json(
            {
                "operation": text,
                "answer": verdict.answer,
                "reason": verdict.reason,
                "rule": verdict.rule,
                "needs": told,
            }
        )
        return
    click.echo(f"{verdict.answer}: {verdict.reason}")
    if verdict.rule:
        click.echo(f"by {verdict.rule}")
    if verdict.needs is not None:
        needs = verdict.needs
        click.echo(
            f"{needs.quorum} of {', '.join(needs.approvers) or 'nobody'} must approve, within "
            f"{needs.expires_minutes:g} min"
            + (" (the policy lets it be made without asking)" if needs.by_itself else "")
        )


@policy.command()
@click.argument("old", type=_FILE)
@click.argument("new", type=_FILE, required=False)
@as_json
def diff(old: Path, new: Path | None, *, json_: bool) -> None:
    """Show how NEW, or the policy in force, differs from OLD; exit status 1 when it does."""
    from stanch.policy.compare import differences

    found = differences(_load(old), _load(new))
    if json_:
        rows = [{"path": one.path, "before": one.before, "after": one.after} for one in found]
        print_json(rows)
    else:
        for one in found:
            click.echo(one.path)
            for mark, value in (("-", one.before), ("+", one.after)):
                click.echo(f"  {mark} {json.dumps(value, ensure_ascii=False)}")
        if not found:
            click.echo("The policies say the same.")
    sys.exit(1 if found else 0)


@policy.command()
def schema() -> None:
    """Print the JSON Schema of a policy, for an editor."""
    from stanch.policy import Policy

    found = Policy.model_json_schema()
    found["$schema"] = "https://json-schema.org/draft/2020-12/schema"
    print_json(found)


def _load(file: Path | None) -> "Policy":
    from stanch.policy import PolicyError, load
    from stanch.settings import read

    if file is None:
        file = read().policy_file
    if not file.exists():
        raise PolicyError(f"there is no policy {file}; `stanch init` writes one")
    return load(file)


def _mutate() -> Any:
    from stanch.tools.operations import Effect

    return Effect.MUTATE


def _pair(text: str) -> tuple[str, str]:
    name, mark, value = text.partition("=")
    if not mark or not name:
        raise click.BadParameter(f"'{text}' is not NAME=VALUE", param_hint="--label")
    return name, value


def _of_proposal(rules: "Policy", name: str, role: str) -> "tuple[Verdict, str]":
    """Judge a change that was proposed, in the situation of its incident as it is now."""
    from stanch.executor.situation import Purpose, situation_of
    from stanch.policy import judge

    with session() as here:
        found = here.store.records.proposal(name)
        purpose = Purpose(
            role=found.role or role,
            requester=found.requested_by,
            reversible=found.inverse is not None,
            key=found.key,
        )
        now = here.clock.now()
        situation = situation_of(
            here.store, found.operation, purpose, incident=found.incident, now=now
        )
        verdict = judge(rules, found.operation, approved=frozenset(), situation=situation)
        return verdict, found.operation.as_text()


def _of_command(
    rules: "Policy", text: str, severity: str | None, labels: dict[str, str], role: str
) -> "tuple[Verdict, str]":
    """Judge a command as a runbook would hold it: a forecast, for the target was not seen."""
    from datetime import datetime

    from stanch.policy import Situation
    from stanch.runbook.findings import RefusedError
    from stanch.service.runbook_check import check_command

    now = datetime.now(UTC)
    situation = Situation(now=now, role=role, severity=severity, labels=labels, reversible=True)
    try:
        checked = check_command(text, rules, situation=situation)
    except RefusedError as error:
        raise click.ClickException(f"'{text}' is not understood: {error}") from None
    return checked.verdict, checked.text
