"""A command group whose commands are imported when they are called for."""

import importlib
import sys
from collections.abc import Mapping
from typing import Any

import click

from stanch.cli.terminal import tolerate


class LazyGroup(click.Group):
    """A group that knows its commands by name, module and one line of help."""

    def __init__(self, *, commands: Mapping[str, tuple[str, str]], **options: Any) -> None:
        """Remember the commands; `commands` maps a name to ("module:attribute", help)."""
        super().__init__(context_settings={"help_option_names": ["-h", "--help"]}, **options)
        self._places = commands
        self.params.append(
            click.Option(
                ["--version"],
                is_flag=True,
                expose_value=False,
                is_eager=True,
                callback=_version,
                help="Show the version.",
            )
        )

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002 - click's signature
        """Return the names, in the order in which they were given."""
        return list(self._places)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002
        """Import and return a command."""
        if cmd_name not in self._places:
            return None
        module, _, attribute = self._places[cmd_name][0].partition(":")
        command: click.Command = getattr(importlib.import_module(module), attribute)
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:  # noqa: ARG002
        """Write the list of commands without importing any of them."""
        with formatter.section("Commands"):
            formatter.write_dl([(name, text) for name, (_, text) in self._places.items()])

    def invoke(self, ctx: click.Context) -> Any:
        """Run the command.

        An error that we foresaw becomes one sentence and exit status 1.
        """
        tolerate()
        try:
            return super().invoke(ctx)
        except (click.ClickException, click.exceptions.Exit, click.Abort):
            raise
        except Exception as error:
            if not _foreseen(error):
                raise
            raise click.ClickException(str(error)) from error


def _foreseen(error: Exception) -> bool:
    """Say whether the error's own message is all that a person needs.

    Only modules that are loaded can have raised one, so nothing is imported to know.
    """
    for module, names in _FORESEEN.items():
        loaded = sys.modules.get(module)
        if loaded and any(isinstance(error, getattr(loaded, name)) for name in names):
            return True
    return False


_FORESEEN: dict[str, tuple[str, ...]] = {
    "stanch.settings": ("SettingsError",),
    "stanch.clock": ("ClockError",),
    "stanch.store.errors": ("StoreError",),
    "stanch.policy.load": ("PolicyError",),
    "stanch.approvals.errors": ("ApprovalError",),
    "stanch.service.intake": ("IntakeError",),
    "stanch.runbook.findings": ("RunbookError",),
}


def _version(ctx: click.Context, _option: click.Parameter, value: bool) -> None:  # noqa: FBT001
    if not value or ctx.resilient_parsing:
        return
    from importlib.metadata import version

    click.echo(f"stanch {version('stanch')}")
    ctx.exit()
