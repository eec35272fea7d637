"""What can be wrong with a runbook: one table of codes, and the errors that carry them.

Every reading module reports through these; `stanch.runbook.read` collects them all, so
that the loader is also the linter.
"""

from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import Final

CODES: Final = MappingProxyType(
    {
        "RB001": "the file cannot be read as text",
        "RB002": "the front matter is missing or is not plain YAML",
        "RB003": "the front matter has an unknown or repeated key",
        "RB004": "a value in the front matter is missing or wrong",
        "RB005": "no alert leads to the runbook",
        "RB010": "the attributes of a block cannot be read",
        "RB011": "an attribute is unknown or has a wrong value",
        "RB012": "a block that is never executed carries attributes",
        "RB013": "a block is not closed",
        "RB014": "a block holds no command",
        "RB015": "a command in indented code is not executed",
        "RB016": "a command in inline code is not executed",
        "RB017": "HTML is not executed",
        "RB018": "a block in a quotation or inside another block is not executed",
        "RB019": "prose stands inside a block of commands",
        "RB020": "a command line holds more than plain words",
        "RB021": "the program is not one that stanch speaks",
        "RB022": "the command is not one that stanch carries out",
        "RB023": "a flag is not allowed for this command",
        "RB024": "the resource is not one that stanch reads or changes",
        "RB025": "no namespace is named",
        "RB026": "the arguments do not have the form that the command needs",
        "RB027": "a parameter is not the whole of a field",
        "RB028": "a field cannot have this value",
        "RB029": "the command does what nobody can foresee",
        "RB030": "the PromQL expression cannot be parsed",
        "RB031": "a parameter stands outside a matcher or a range in PromQL",
        "RB032": "what stands after a pipe is not a filter",
        "RB033": "the SQL statement cannot be parsed",
        "RB034": "the SQL statement is outside the allow-lists",
        "RB035": "the HTTP request is not one that stanch sends",
        "RB036": "the host command is not one that stanch runs",
        "RB037": "the path is not one that stanch reads",
        "RB038": "stanch has no client for the program",
        "RB039": "the output of a step cannot be kept so",
        "RB040": "a placeholder is not declared as a parameter",
        "RB041": "a declared parameter is never used",
        "RB042": "a parameter's source or default is wrong",
        "RB043": "a parameter's type lacks its bounds, values or folder",
        "RB050": "a change stands under Diagnosis",
        "RB051": "a read stands under Mitigation",
        "RB052": "the declared effect is not the effect of the command",
        "RB053": "a mitigation does not say how it is verified or undone",
        "RB054": "the inverse does not fit the change",
        "RB055": "a block holds several changes",
        "RB056": "the deadline ends before the soak time does",
        "RB057": "a read carries the attributes of a change",
        "RB060": "two steps have the same name",
        "RB061": "a hypothesis names a mitigation that does not exist",
        "RB062": "no hypothesis leads to a mitigation",
        "RB063": "a sign is unknown",
        "RB064": "a finding that fills a parameter is unknown",
        "RB065": "the runbook has no step",
        "RB066": "a sign of the runbook's own cannot be read",
        "RB067": "a threshold cannot be read",
        "RB068": "the pattern of an alert's label cannot be read",
        "RB069": "the runbook was not drilled for too long",
        "RB070": "a plan of several changes cannot be carried out",
    }
)
"""The stable codes of all findings, with what each says in one line."""


NOTES: Final = frozenset({"RB015", "RB016", "RB017", "RB018", "RB069"})
"""The codes that tell something and stop nothing; all others refuse the runbook."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One thing that is wrong with a runbook, where it stands, and how to mend it."""

    code: str
    path: Path
    line: int
    """The line in the file, counted from 1."""
    message: str
    remedy: str

    @property
    def note(self) -> bool:
        """Whether the runbook can be used all the same."""
        return self.code in NOTES

    def __str__(self) -> str:
        return f"{self.path}:{self.line}: {self.code} {self.message} {self.remedy}".rstrip()


class RunbookError(Exception):
    """A runbook cannot be used; `findings` says everything that is wrong with it."""

    def __init__(self, findings: tuple[Finding, ...]) -> None:
        super().__init__("\n".join(str(finding) for finding in findings))
        self.findings = findings


class RefusedError(Exception):
    """A part of a runbook is outside what stanch accepts.

    `line` counts the lines from the start of the part that was given, from 0.
    """

    def __init__(self, code: str, message: str, *, remedy: str = "", line: int = 0) -> None:
        super().__init__(f"{message} {remedy}".rstrip())
        self.code = code
        self.message = message
        self.remedy = remedy
        self.line = line
