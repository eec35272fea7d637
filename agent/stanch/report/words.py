"""Lexicons of the checks: words of blame, of cause, of hindsight; secrets; template residue.

They are English, and they see words, not meaning: blame by implication passes.
"""

import re
from collections.abc import Iterable, Mapping, Sequence

from stanch.incident import Event, Incident

BLAME = re.compile(
    r"\b(human error|operator error|user error|careless\w*|negligen\w+|incompeten\w+|sloppy|lazy|"
    r"stupid\w*|forgot to|failed to check|should have known|fault of|to blame|culprit|guilty|"
    r"reprimand\w*)\b",
    re.IGNORECASE,
)
HINDSIGHT = re.compile(
    r"\b(should have|could have|would have|if only|had \w+ \w* ?not|failed to|neglected|"
    r"didn't bother)\b",
    re.IGNORECASE,
)
ACTOR_BLAMED = re.compile(
    r"\b(engineers?|developers?|on-call|operators?|interns?|dba|agents?|models?|bots?|llm)\b"
    r"(?:\W+\w+){0,5}?\W+(broke|caused|forgot|deleted|pushed|missed|ignored|misconfigured)\b",
    re.IGNORECASE,
)
CAUSAL = re.compile(
    r"\b(caused|causing|because|leads? to|led to|due to|results? in|resulted in|"
    r"result of|triggered by|brought about|owing to)\b",
    re.IGNORECASE,
)
LIKELY = "Likely:"
RESIDUE = re.compile(
    r"\[\s*(?:\.\.\.|…)\s*\]|<[a-z][a-z0-9_ -]*>|\bTODO\b|\bTBD\b|\bFIXME\b|\bYYYY\b|\bHH:MM\b|"
    r"\bN/A\b|\{\w*\}"
)
LOCAL_TIME = re.compile(
    r"\b(?:(?-i:[PMCE][SD]T|BST|CES?T)|local time)\b|\b\d{1,2}(?::\d\d)?\s?[ap]\.?m\.?\b|"
    r"\d\d:\d\d(?::\d\d)?\s?[+-]\d\d:?\d\d",
    re.IGNORECASE,
)
SECRET = re.compile(
    r"AKIA[0-9A-Z]{16}|-----BEGIN [A-Z ]*PRIVATE KEY|\beyJ[\w-]{8,}\.[\w-]{8,}\.|"
    r"\bgh[pousr]_\w{20,}|\bxox[abprs]-[\w-]{10,}|\bsk-[\w-]{20,}|"
    r"\bbearer\s+(?=\S*\d)[\w.+/=-]{16,}|"
    # What redaction left behind, such as [redacted] or ***, is no secret any more.
    r"\b(?:password|passwd|secret|token|api[_-]?key)\b['\"]?\s*[=:]\s*['\"]?"
    r"(?![\[<*{(]|redacted)[^\s'\",;]{6,}|"
    r"://[^\s/:@]+:[^\s/@]+@",
    re.IGNORECASE,
)
EMAIL = re.compile(r"\b[\w.+-]+@[\w-]+(?:\.[\w-]+)+\b")
HANDLE = re.compile(r"(?<![\w`/.])@[A-Za-z][\w-]{2,}")
_QUOTED = re.compile(r"“[^”]*”")
_NOT_NAMES = frozenset(
    {"admin", "root", "operator", "oncall", "on-call", "sre", "user", "system", "human", "stanch"}
)


def unquoted(text: str) -> str:
    """Return the text without what it quotes: a quotation is the speaker's own."""
    return _QUOTED.sub("“”", text)


def quoted(text: str) -> str:
    """Return foreign words as a quotation that no other quotation can end early."""
    return "“" + " ".join(text.replace("“", "'").replace("”", "'").split()) + "”"


def plain_or_quoted(text: str) -> str:
    """Return a sentence of the journal as it is, quoted where it judges or explains."""
    loaded = any(words.search(text) for words in (BLAME, CAUSAL, HINDSIGHT, ACTOR_BLAMED))
    return quoted(text) if loaded else text


def people(incident: Incident, events: Sequence[Event]) -> tuple[str, ...]:
    """Return the names of the people whom the journal knows, addresses by their first part."""
    names = {e.actor.id for e in events if e.actor.kind == "human"}
    names |= {
        str(e.data["by"]) for e in events if e.type.startswith("approval.") and "by" in e.data
    }
    # Somebody may be called like a service; the service is what the prose is about.
    things = {*incident.params.values(), *incident.alert.labels.values()}
    short = {name.partition("@")[0] for name in names} | names
    return tuple(
        sorted(n for n in short if len(n) > 2 and n.lower() not in _NOT_NAMES and n not in things)
    )


def lowered(text: str) -> str:
    """Return the text with a small first letter, when it begins with an ordinary word."""
    return text[:1].lower() + text[1:] if re.match(r"[A-Z][a-z]*(?![\w-])", text) else text


def filled(text: str, params: Mapping[str, str]) -> str:
    """Return the text with the placeholders that the parameters can fill."""
    for name, value in params.items():
        text = text.replace(f"<{name}>", f"`{value}`")
    return text


def nameless(text: str, names: Iterable[str]) -> str:
    """Return the text with every one of the names replaced by "a colleague"."""
    for name in sorted(names, key=len, reverse=True):
        text = re.sub(
            rf"(?<![\w-]){re.escape(name)}(?![\w-])", "a colleague", text, flags=re.IGNORECASE
        )
    return EMAIL.sub("an address", text)
