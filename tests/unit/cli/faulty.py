"""A command with a fault of its own."""

import click


@click.command()
def command() -> None:
    raise ZeroDivisionError
