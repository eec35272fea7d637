"""Credentials: which names of headers and keys hold one, and which texts look like one.

A credential is named in the settings and never stands in an operation; these are the
rules by which the grammar takes it out, and by which the models refuse what is left.
"""

import re
from typing import Final

_NAMED: Final = re.compile(
    r"authorization|cookie|token|secret|passw|api-?_?key|access-?_?key|private-?_?key|credential"
    r"|signature|session-?id|^auth$|^sig$|^jwt$|^x-auth|-auth$|^pwd$|^pass$"
    r"|(?:^|[-_.])(?:app|application|client|consumer|customer|master|account|subscription|functions?"
    r"|licen[cs]e|shared|auth|encryption|signing|sas|hmac|genie|integration|webhook)[-_]?key$"
    r"|^(?:x-ms-)?sas$|^otp$|^passphrase$|^requirepass$|^masterauth$",
    re.IGNORECASE,
)
_HARMLESS: Final = frozenset({"x-atlassian-token", "continuation-token"})
_SHAPED: Final = re.compile(
    r"\b(?:bearer|basic|geniekey|apikey|token)[ +][A-Za-z0-9._~+/=-]{8,}"
    r"|\b(?:gh[pousr]_|github_pat_|glpat-|xox[abprs]-|sk_live_|rk_live_|hvs\.|dop_v1_)[A-Za-z0-9_-]{8,}"
    r"|\b(?:AKIA|ASIA)[A-Z0-9]{12,}|\beyJ[A-Za-z0-9_-]{10,}\.[A-Za-z0-9_-]{10,}"
    r"|://[^/\s@]+:[^/\s]+@|-----BEGIN [A-Z ]*PRIVATE KEY",
    re.IGNORECASE,
)
_MIXED: Final = re.compile(r"(?=.*[0-9])(?=.*[A-Za-z])[A-Za-z0-9_-]+")
_PLAIN: Final = re.compile(r"[A-Za-z0-9_-]{16,}")
_MAYBE: Final = frozenset({"key", "code"})
_LONG_CODE: Final = 16
_HOOKS: Final = re.compile(
    r"(?:hooks|hook|webhook|webhooks|maker|hc-ping|nosnch|cronitor|webhook-site)\..+"
    r"|(?:.+\.)?(?:webhook\.office\.com|hc-ping\.com|nosnch\.in|cronitor\.link|webhook\.site"
    r"|maker\.ifttt\.com|uptime\.betterstack\.com)",
    re.IGNORECASE,
)
_HOOK_PATHS: Final = re.compile(
    r"/bot[0-9]+:[^/]+|/api/webhooks/[^/]+/[^/]+|/(?:incoming)?webhooks?(?:b2)?/[^/]{8,}",
    re.IGNORECASE,
)


def carries_credential(name: str) -> bool:
    """Return whether a header or a key called `name` holds a credential."""
    return bool(_NAMED.search(name)) and name.lower() not in _HARMLESS


def holds_credential(name: str, value: str) -> bool:
    """Return whether `value`, which stands in a query as `name`, is a credential."""
    if carries_credential(name) or looks_like_credential(value):
        return True
    least = 10 if name.lower() == "key" else _LONG_CODE
    mixed = len(value) >= least and bool(_MIXED.fullmatch(value))
    plain = name.lower() == "key" and bool(_PLAIN.fullmatch(value))
    return name.lower() in _MAYBE and (mixed or plain)


def looks_like_credential(text: str) -> bool:
    """Return whether `text` holds something in the form of a credential."""
    return bool(_SHAPED.search(text))


def is_hook(host: str) -> bool:
    """Return whether whoever asks `host` for anything tells it something, even by a GET."""
    return bool(_HOOKS.fullmatch(host.rstrip(".")))


def hook_in(host: str, path: str) -> bool:
    """Return whether the address itself lets whoever knows it act, so that it is a credential."""
    return (is_hook(host) and len(path) > 1) or bool(_HOOK_PATHS.search(path))
