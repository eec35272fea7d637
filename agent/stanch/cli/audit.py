"""`stanch audit`: is the journal what was written, and do the records agree with it?"""

import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from stanch.cli.audit_export import anchor, export
from stanch.cli.session import as_json, print_json, session

if TYPE_CHECKING:
    from stanch.cli.audit_checks import Check
    from stanch.store.anchor import Anchor
    from stanch.store.chain import Finding


@click.group()
def audit() -> None:
    """Verify, export and anchor the journal."""


audit.add_command(export)
audit.add_command(anchor)


@audit.command()
@click.argument("file", required=False, type=click.Path(path_type=Path))
@click.option(
    "--anchor",
    "anchor_",
    type=click.Path(path_type=Path),
    help="Compare with an anchor that was kept elsewhere.",
)
@click.option("--without-key", is_flag=True, help="Check a FILE as far as that goes without a key.")
@as_json
def verify(file: Path | None, *, anchor_: Path | None, without_key: bool, json_: bool) -> None:
    """Check the journal, or FILE that `stanch audit export` wrote.

    In the store: every seal, the end of the journal, and the records against it. In a file:
    its lines, its digest and, with the key, every seal. Says what each check proves.
    """
    if file is None and without_key:
        raise click.UsageError("--without-key is for a FILE; the store is verified with its key")
    vouched = _anchor(anchor_) if anchor_ else None
    if file is None:
        sys.exit(_store(vouched, json_=json_))
    sys.exit(_file(file, vouched, without_key=without_key, json_=json_))


def _store(vouched: "Anchor | None", *, json_: bool) -> int:
    from stanch.cli.audit_checks import of_store
    from stanch.store import verify as check
    from stanch.store.audit import remember

    with session() as here:
        found = check(here.store.database, anchor=vouched)
        remember(here.store.database, found)
    checks = of_store(found, vouched)
    if json_:
        print_json(
            {
                "good": not found.findings,
                "entries": found.entries,
                "evidence": found.evidence,
                "proposals": found.proposals,
                "key": found.key,
                "faults": list(found.faults),
                **_told(found.findings, checks),
                "documents": list(found.documents),
            }
        )
    else:
        good = (
            f"The journal verifies: {found.entries} entries, {found.evidence} pieces of evidence "
            f"and {found.proposals} proposals agree with it."
        )
        _print(found.findings, checks, good=good, bad="The journal does not verify.")
        for note in found.documents:
            click.echo(f"Note: {note}; the journal holds what it was written from.")
    return 1 if found.findings else 0


def _file(file: Path, vouched: "Anchor | None", *, without_key: bool, json_: bool) -> int:
    from stanch.cli.audit_checks import of_file
    from stanch.settings import read
    from stanch.store.exported import verify_export
    from stanch.store.keys import known

    secret = None
    if not without_key:
        settings = read()
        given = settings.audit_key.get_secret_value() if settings.audit_key else None
        secret = known(settings.home, given)
    try:
        with file.open("rb") as lines:
            found = verify_export(lines, secret=secret, anchor=vouched)
    except OSError as error:
        raise click.ClickException(f"{file} cannot be read: {error.strerror}") from None
    checks = of_file(found, vouched)
    if json_:
        print_json(
            {
                "good": not found.findings,
                "entries": found.header["entries"],
                "scope": found.header["scope"],
                "store": found.header["store"],
                "key": found.header["key"],
                "sealed": found.sealed,
                "faults": [one.text for one in found.findings],
                **_told(found.findings, checks),
            }
        )
    else:
        good = (
            f"{file} verifies: {found.header['entries']} entries, {found.header['first']} to "
            f"{found.header['last']}."
        )
        _print(found.findings, checks, good=good, bad=f"{file} does not verify.")
    return 1 if found.findings else 0


def _told(findings: "tuple[Finding, ...]", checks: "tuple[Check, ...]") -> dict[str, object]:
    from dataclasses import asdict

    return {
        "findings": [asdict(one) for one in findings],
        "checks": [asdict(one) for one in checks],
    }


def _print(
    findings: "tuple[Finding, ...]", checks: "tuple[Check, ...]", *, good: str, bad: str
) -> None:
    """Print what is wrong and what to do about it, or what the checks prove."""
    mend = None
    for number, one in enumerate(findings):
        click.echo(one.text, err=True)
        mend = one.mend
        # The same advice for several findings stands once, below the last of them.
        if number + 1 == len(findings) or findings[number + 1].mend != mend:
            click.echo(f"  What to do: {mend}.", err=True)
    click.echo(bad if findings else good, err=bool(findings))
    if not findings:
        for check in checks:
            click.echo(f"  {check.name:<8} {check.says}")


def _anchor(file: Path) -> "Anchor":
    from stanch.store.anchor import parse

    try:
        with file.open(encoding="utf-8", errors="replace") as text:
            return parse(text.read(1 << 16), str(file))
    except OSError as error:
        raise click.ClickException(f"the anchor {file} cannot be read: {error.strerror}") from None
