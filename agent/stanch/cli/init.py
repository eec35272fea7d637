"""`stanch init`: the first policy of a deployment."""

from pathlib import Path

import click

TEXT = """\
# What stanch may do, and who decides. What is not granted here is denied, and deny wins.
# `stanch policy check` reads it, `stanch policy explain COMMAND` says what it says.
version: 1
groups:
  oncall: [{people}]     # names by the operating system, or of tokens
environments:            # a change belongs to the first one that names its place
  - name: production
    where:
      namespaces: [{namespaces}]
      # also nodes, databases, hosts, endpoints, repositories, and labels of the alert
    ceiling: mutate      # nothing destructive without break-glass
    allow:
      - kinds: [kubernetes.roll_back, kubernetes.restart, kubernetes.scale]
        things: ["deployments/*"]
    approval:
      approvers: [oncall]
      expires_minutes: 15
      four_eyes: true    # who asked for a change does not approve it
      mutate: {{quorum: 1}}
      destructive: {{quorum: 2}}
    limits: {{max_factor: 3, hosts_at_once: 1}}
    rate: {{changes: 6, minutes: 60}}
break_glass: {{people: [], minutes: 30}}
reads:                   # the cluster and its metrics may always be looked at
  hosts: []              # names, with * and **
  sudo: []               # the users whose rights a read may use there, by sudo or by login
  databases: []
  http: []               # - {{host: "*.shop.example", paths: ["/healthz", "/api/**"]}}
  decode: false          # whether base64 -d may stand after a pipe
"""


@click.command()
@click.option("--namespace", "namespaces", multiple=True, help="Where changes may be proposed.")
def init(namespaces: tuple[str, ...]) -> None:
    """Write a policy that lists you as an approver; an existing one is left alone."""
    from stanch.settings import read

    settings = read()
    if settings.policy_file.exists():
        raise click.ClickException(f"{settings.policy_file} is there already; edit it instead")
    write_policy(settings.policy_file, settings.user, namespaces)
    click.echo(
        f"Wrote {settings.policy_file}: {settings.user} may approve changes in "
        f"{', '.join(namespaces) or 'no namespace yet'}."
    )


def policy_text(person: str, namespaces: tuple[str, ...]) -> str:
    """Return a policy with one environment and one approver."""
    return TEXT.format(people=person, namespaces=", ".join(namespaces))


def write_policy(file: Path, person: str, namespaces: tuple[str, ...]) -> None:
    """Write a policy with one approver.

    Raises:
        ClickException: it cannot be written.
    """
    text = policy_text(person, namespaces)
    make_folder(file.parent)
    try:
        file.write_text(text, encoding="utf-8")
    except OSError as error:
        raise click.ClickException(f"the policy cannot be written: {error}") from None


def make_folder(folder: Path) -> None:
    """Make a folder of the home, for its owner alone; an existing one is left alone.

    Raises:
        ClickException: it cannot be made; says how to choose another place.
    """
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError as error:
        raise click.ClickException(
            f"the folder {folder} cannot be made: {error.strerror}. Set STANCH_HOME to a folder "
            "that you can write to"
        ) from None
