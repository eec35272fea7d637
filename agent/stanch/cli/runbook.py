"""`stanch runbook`: which runbooks there are, what they do, and what is wrong with them."""

import sys
from typing import TYPE_CHECKING, Any

import click

from stanch.cli.runbook_check import check
from stanch.cli.runbook_import import import_
from stanch.cli.runbook_lint import lint
from stanch.cli.runbook_match import match, schema
from stanch.cli.session import as_json, print_json
from stanch.cli.terminal import row

if TYPE_CHECKING:
    from stanch.runbook.folder import Folder
    from stanch.runbook.model import AlertMatch, Runbook, Step


@click.group()
def runbook() -> None:
    """List, show, check, import and match runbooks."""


@runbook.command("list", short_help="List the runbooks and their alerts.")
@as_json
def list_(*, json_: bool) -> None:
    """List the runbooks, one per line: name, title, and the alerts they are for."""
    found = _folder()
    if json_:
        print_json([_brief(one) for one in found.runbooks])
    else:
        for one in found.runbooks:
            alerts = ", ".join(sorted({_alert(a) for a in one.alerts}))
            row(f"{one.name:<36} ", f"{one.title} ({alerts})")
    for error in found.errors.values():
        click.echo(str(error), err=True)
    sys.exit(1 if found.errors else 0)


@runbook.command(short_help="Show the steps of one runbook.")
@click.argument("name")
@as_json
def show(name: str, *, json_: bool) -> None:
    """Show the steps of the runbook NAME: the operation of each, and the worst it can do."""
    one = _named(name)
    if json_:
        steps = [_step(one, step) for step in one.steps]
        print_json(_brief(one) | {"params": _params(one), "steps": steps})
        return
    click.echo(f"{one.name}: {one.title}\n{one.path}")
    for param, said in _params(one).items():
        row(f"  <{param}>  ", ", ".join(f"{key} {value}" for key, value in said.items()))
    for step in one.steps:
        said = _step(one, step)
        click.echo(
            f"\n{step.section}  {step.name}  ({step.role}, {said['effect']}, {said['kind']}, "
            f"line {step.line})"
        )
        for line in step.text.splitlines():
            click.echo(f"  {line}")


for _command in (check, import_, lint, match, schema):
    runbook.add_command(_command)


def _named(name: str) -> "Runbook":
    found = _folder()
    for one in found.runbooks:
        if one.name == name:
            return one
    if name in found.errors:
        raise click.ClickException(str(found.errors[name]))
    names = ", ".join(one.name for one in found.runbooks)
    raise click.ClickException(f"there is no runbook {name}; there are: {names}")


def _alert(alert: "AlertMatch") -> str:
    if "alertname" in alert.labels:
        return alert.labels["alertname"]
    said = (*(f"{name}={value}" for name, value in alert.labels.items()), *alert.matchers)
    return " ".join(map(str, said))


def _folder() -> "Folder":
    from stanch.service.runbooks import runbooks
    from stanch.settings import read as read_settings

    return runbooks(read_settings())


def _params(one: "Runbook") -> dict[str, dict[str, Any]]:
    return {
        name: param.model_dump(mode="json", by_alias=True, exclude_defaults=True)
        for name, param in one.params.items()
    }


def _step(one: "Runbook", step: "Step") -> dict[str, Any]:
    from stanch.cli.runbook_text import as_data
    from stanch.runbook.kinds import effect

    said = step.model_dump(mode="json", exclude={"template"})
    template = as_data(step.template)
    return said | {
        "kind": step.template.kind,
        "effect": effect(step.template, one.params).word,
        "operation": template,
    }


def _brief(one: "Runbook") -> dict[str, object]:
    return {
        "name": one.name,
        "title": one.title,
        "owner": one.owner,
        "path": str(one.path),
        "sha256": one.sha256,
        "alerts": [a.labels for a in one.alerts],
        "matchers": [str(matcher) for a in one.alerts for matcher in a.matchers],
        "hypotheses": sorted(one.hypotheses),
        "steps": [step.name for step in one.steps],
    }
