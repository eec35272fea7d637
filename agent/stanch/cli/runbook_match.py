"""`stanch runbook match` and `schema`: which runbook an alert leads to, and what one may say."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import click

from stanch.cli.session import as_json, print_json

if TYPE_CHECKING:
    from stanch.runbook.match import Match


@click.command(short_help="Rank the runbooks that an alert leads to.")
@click.option(
    "--label", "labels", multiple=True, metavar="NAME=VALUE", help="A label of the alert."
)
@click.option(
    "--annotation", "annotations", multiple=True, metavar="NAME=VALUE", help="An annotation of it."
)
@as_json
def match(labels: Sequence[str], annotations: Sequence[str], *, json_: bool) -> None:
    """Rank the runbooks that an alert with these labels leads to, each with the reason."""
    from stanch.runbook.match import ranking
    from stanch.service.runbooks import runbooks
    from stanch.settings import read

    if not labels and not annotations:
        raise click.UsageError("give at least one --label, such as --label alertname=DiskFull")
    given, said = _pairs(labels, "--label"), _pairs(annotations, "--annotation")
    found = ranking(runbooks(read()).runbooks, given, annotations=said)
    if json_:
        print_json([_data(one) for one in found])
        return
    for one in found:
        _print(one)
    if not any(one.sure for one in found):
        raise click.ClickException(
            "no runbook matches; `stanch runbook list` shows which alerts they are for"
        )


@click.command(short_help="Print the schema of the front matter.")
def schema() -> None:
    """Print the JSON Schema of a runbook's front matter, for editors."""
    from stanch.runbook.schema import schema as schema_

    print_json(schema_())


def _pairs(texts: Sequence[str], option: str) -> dict[str, str]:
    found: dict[str, str] = {}
    for text in texts:
        name, equals, value = text.partition("=")
        if not equals or not name:
            raise click.UsageError(f"{option} is written NAME=VALUE, not '{text}'")
        if name in found:
            raise click.UsageError(f"{option} {name} is given twice")
        found[name] = value
    return found


def _print(one: "Match") -> None:
    from stanch.cli.terminal import row

    said = "" if one.sure else " (only a suggestion)"
    tie = " (as good as its neighbour)" if one.tie else ""
    row(f"{one.rank:>2}  {one.runbook.name:<36} ", f"{one.why}{said}{tie}")


def _data(one: "Match") -> dict[str, Any]:
    return {
        "rank": one.rank,
        "tie": one.tie,
        "sure": one.sure,
        "name": one.runbook.name,
        "title": one.runbook.title,
        "why": one.why,
        "specificity": one.specificity,
    }
