"""`stanch runbook check`: what one command becomes, and what would be said to it."""

import sys
from typing import TYPE_CHECKING, Literal

import click

from stanch.cli.session import as_json, print_json

if TYPE_CHECKING:
    from stanch.runbook.findings import RefusedError
    from stanch.service.runbook_check import Checked


@click.command(short_help="Say what a command becomes, and run nothing.")
@click.argument("command")
@click.option("--sql", is_flag=True, help="COMMAND is an SQL statement.")
@click.option("--promql", is_flag=True, help="COMMAND is a PromQL expression.")
@as_json
def check(command: str, *, sql: bool, promql: bool, json_: bool) -> None:
    """Say what COMMAND becomes, the worst it can do, and what the policy says of it.

    A command that is refused ends with status 1. Nothing is ever run.
    """
    from stanch.policy import load
    from stanch.runbook.findings import RefusedError
    from stanch.service.runbook_check import check_command
    from stanch.settings import read

    if sql and promql:
        raise click.UsageError("--sql and --promql exclude each other")
    way: Literal["command", "sql", "promql"] = "sql" if sql else "promql" if promql else "command"
    policy = load(read().policy_file)
    try:
        checked = check_command(command, policy, way=way)
    except RefusedError as error:
        _refused(command, error, json_=json_)
        sys.exit(1)
    if json_:
        print_json(_data(checked))
    else:
        _print(checked)


def _print(checked: "Checked") -> None:
    from rich.console import Console

    from stanch.cli.runbook_text import lines_of
    from stanch.cli.terminal import labelled

    console = Console()
    labelled(console, "operation", checked.template.kind)
    for name, text in lines_of(checked.template):
        labelled(console, "", f"{name}: {text}")
    unbounded = ", and nobody can say what it does" if checked.unbounded else ""
    labelled(console, "effect", checked.effect.word + unbounded)
    labelled(console, "verdict", f"{checked.verdict.answer}: {checked.verdict.reason}")
    if checked.template.params:
        named = ", ".join(f"<{name}>" for name in checked.template.params)
        labelled(console, "parameters", named)
    if checked.output is not None:
        labelled(console, "output", f"its first line becomes {checked.output}")


def _data(checked: "Checked") -> dict[str, object]:
    from stanch.cli.runbook_text import as_data

    return {
        "command": checked.text,
        "refused": None,
        "operation": as_data(checked.template),
        "effect": checked.effect.word,
        "unbounded": checked.unbounded,
        "verdict": {"answer": checked.verdict.answer, "reason": checked.verdict.reason},
        "output": checked.output,
    }


def _refused(command: str, error: "RefusedError", *, json_: bool) -> None:
    from stanch.cli.plain import one_line

    if json_:
        refused = {"code": error.code, "message": error.message, "remedy": error.remedy}
        print_json({"command": command, "refused": refused})
        return
    click.echo(one_line(f"refused: {error.code} {error.message}"), err=True)
    if error.remedy:
        click.echo(one_line(f"instead: {error.remedy}"), err=True)
    if error.code == "RB021":
        click.echo("         --sql checks a statement, --promql an expression.", err=True)
