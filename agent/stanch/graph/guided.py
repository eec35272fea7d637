"""Guided steps: what must hold before a person acts, judged twice (MIT-13, MIT-16, MIT-18).

The signs are read when the step is proposed, and once more when it begins: what no longer
holds then voids the approval, as any other drift does.
"""

from collections.abc import Callable

from stanch.graph import cleared
from stanch.graph.context import Context
from stanch.incident import Incident, Proposal
from stanch.mitigation import CannotPlanError
from stanch.runbook.model import Runbook
from stanch.tools.operations import DoByHand, GuideStep, Intent


def require(context: Context, incident: Incident, runbook: Runbook, intent: Intent) -> None:
    """Make sure that what must hold before a person acts does hold now.

    Raises:
        CannotPlanError: a sign does not hold, or cannot be read.
    """
    if not isinstance(intent, GuideStep):
        return
    wrong = _wrong(context, incident, runbook, intent.before)
    if wrong is not None:
        raise CannotPlanError(wrong)


def still(context: Context, incident: Incident, proposal: Proposal) -> Callable[[], str | None]:
    """Return what says, when the change is about to begin, why it may not begin any more."""

    def answer() -> str | None:
        change = proposal.operation
        if not isinstance(change, DoByHand) or not change.before:
            return None
        runbook = context.runbook(proposal.runbook)
        if runbook is None or runbook.sha256 != proposal.runbook_sha256:
            return f"the runbook {proposal.runbook} was changed since it was asked"
        wrong = _wrong(context, incident, runbook, change.before)
        if wrong is None:
            text = f"before {change.name} it was looked again: {', '.join(change.before)} held"
            context.log(incident, "notice", {"text": text}, once=f"before:{proposal.id}")
        return wrong

    return answer


def _wrong(
    context: Context, incident: Incident, runbook: Runbook, names: tuple[str, ...]
) -> str | None:
    """Return why a person must not begin; None when all of these signs hold."""
    found = cleared.signs(context, incident, runbook, names)
    failed = [
        f"'{name}' {'could not be read' if sign.holds is None else 'does not hold'}"
        f" ({sign.because})"
        for name, sign in found.items()
        if sign.holds is not True
    ]
    return f"what must hold before it does not: {'; '.join(failed)}" if failed else None
