"""A change by kubectl, read as the template of an intent with its effect."""

from stanch.runbook.command import command_template
from stanch.runbook.kinds import effect
from stanch.runbook.model import Param, Template

PARAMS = {
    "namespace": Param(type="dns-label"),
    "pod": Param(type="dns-subdomain"),
    "node": Param(type="dns-subdomain"),
    "count": Param(type="integer"),
    "key": Param(type="label-value"),
}


def read(text: str) -> tuple[Template, str]:
    """Return the template that a command becomes, and the word for its effect."""
    template = command_template(f"kubectl {text}", PARAMS)
    return template, effect(template, PARAMS).word
