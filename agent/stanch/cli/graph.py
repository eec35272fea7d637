"""`stanch graph`: the flow, rendered from the code."""

import click


@click.command()
def graph() -> None:
    """Print the flow as a Mermaid diagram."""
    from stanch.graph.picture import mermaid

    click.echo(mermaid())
