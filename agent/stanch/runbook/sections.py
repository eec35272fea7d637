"""Sections: what the heading of a runbook says about the blocks under it.

People call the same section by many names; one table says which of them are meant for
looking and which for mending. Everything else is prose, in which nothing is executed.
"""

import re
from typing import Final, Literal, TypeAlias

Section: TypeAlias = Literal["diagnosis", "mitigation"]

_DIAGNOSIS: Final = (
    *("diagnosis", "diagnose", "diagnostic", "diagnostics", "detection", "detect"),
    *("investigation", "investigate", "triage", "troubleshooting", "troubleshoot"),
    *("check", "confirmation", "confirm", "debugging", "debug", "analysis", "assessment"),
    *("initial assessment", "initial triage", "initial diagnosis", "root cause analysis"),
    *("diagnosis and triage", "triage and diagnosis", "diagnostic command"),
    *("health check", "false positive check", "how to diagnose", "how to investigate"),
)
_MITIGATION: Final = (
    *("mitigation", "mitigate", "remediation", "remediate", "resolution", "resolve"),
    *("recovery", "recover", "repair", "fix", "rollback", "roll back", "workaround"),
    *("immediate action", "corrective action", "mitigation and recovery", "action"),
    *("remediation and recovery", "resolution and recovery", "how to fix", "how to mitigate"),
    *("how to resolve", "mitigation option", "remediation option", "possible mitigation"),
)
_SECTIONS: Final[dict[str, Section]] = {
    **dict.fromkeys(_DIAGNOSIS, "diagnosis"),
    **dict.fromkeys(_MITIGATION, "mitigation"),
}
_NUMBER: Final = re.compile(
    r"(?:step|phase|part)?\s*(?:\d{1,3}(?:\.\d{1,3}){0,4}|[ivx]{1,5}|[a-d])[.):]\s+"
    r"|(?:step|phase|part)\s+\d{1,3}\s*[-:.]?\s+|\d{1,3}(?:\.\d{1,3}){0,4}\s+"
)
_ANCHOR: Final = re.compile(r"\s*\{#[^}]{0,80}\}\s*$")
_ASIDE: Final = re.compile(r"\([^()]{0,80}\)\s*$")
_NOT_WORD: Final = re.compile(r"[^a-z0-9.):-]+")
_TAIL: Final = re.compile(r"\s(?:steps?|procedures?|process|phase|section|commands?)$")


def section(heading: str) -> Section | None:
    """Return what the blocks under `heading` are for; None where nothing is executed.

    Case, a number, emphasis, signs and an anchor in the heading make no difference.
    """
    plain = _ANCHOR.sub("", heading.strip()[:200]).lower().replace("&", " and ")
    plain = _NOT_WORD.sub(" ", _ASIDE.sub("", plain)).strip()
    plain = _NUMBER.sub("", plain, count=1) if _NUMBER.match(plain) else plain
    plain = " ".join(re.sub(r"[^a-z0-9]+", " ", plain).split())
    for form in (plain, _TAIL.sub("", plain)):
        found = _SECTIONS.get(form) or _SECTIONS.get(form.removesuffix("s"))
        if found:
            return found
    return None
