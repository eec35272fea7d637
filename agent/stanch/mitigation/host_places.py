"""On which host a change of a runbook is, and as who: one host, in one way."""

from stanch.mitigation.strategy import CannotPlanError
from stanch.tools.operations.host import ChangeHost, HostPart


def the_host(intent: ChangeHost, what: str) -> str:
    """Return the one host that `intent` is for; `what` is the subject of a sentence.

    Raises:
        CannotPlanError: it names none or several, or another way than the settings do.
    """
    if intent.inside is not None or intent.seconds is not None:
        raise left_to_people(intent)
    if intent.host is None:
        many = f"names {len(intent.hosts)} hosts" if intent.hosts else "names no host"
        raise CannotPlanError(f"{what} {many}, and one at a time can be proposed")
    if intent.sudo not in {None, "root"}:
        raise CannotPlanError(f"{what} is not planned as {intent.sudo}: leave out the user")
    if intent.port is not None:
        raise CannotPlanError(
            f"the step names the port {intent.port} of {intent.host}; name it under "
            f"[hosts.{intent.host}] in stanch.toml instead"
        )
    return intent.host


def left_to_people(intent: ChangeHost) -> CannotPlanError:
    """Return the error for what no strategy knows."""
    return CannotPlanError(
        f"stanch has no way yet to preview, check and undo this; a person can run "
        f"`{intent.as_text()}`"
    )


def operands(*words: str) -> tuple[HostPart, ...]:
    """Return words as operands of a program."""
    return tuple(HostPart(text=word) for word in words)


def flag(name: str, value: str | None = None) -> HostPart:
    """Return a flag, with its value in the word behind it."""
    return HostPart(role="flag", text=name, value=value)
