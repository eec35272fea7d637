"""SARIF 2.1.0: findings in the form that code hosts and editors show beside the text."""

from collections.abc import Iterable
from pathlib import Path
from typing import Any, Final

from stanch.runbook.findings import CODES, NOTES, Finding

SCHEMA: Final = "https://json.schemastore.org/sarif-2.1.0.json"


def sarif(findings: Iterable[Finding], *, version: str, base: Path) -> dict[str, Any]:
    """Return the log of one run; files under the folder `base` are named relative to it.

    `version` is that of stanch. Every code is a rule, whether it was met or not.
    """
    rules = sorted(CODES)
    return {
        "$schema": SCHEMA,
        "version": "2.1.0",
        "runs": [
            {
                "tool": {
                    "driver": {
                        "name": "stanch",
                        "semanticVersion": version,
                        "rules": [_rule(code) for code in rules],
                    }
                },
                "columnKind": "unicodeCodePoints",
                "originalUriBaseIds": {"SRCROOT": {"uri": base.absolute().as_uri() + "/"}},
                "results": [_result(one, rules.index(one.code), base) for one in findings],
            }
        ],
    }


def _rule(code: str) -> dict[str, Any]:
    return {
        "id": code,
        "shortDescription": {"text": CODES[code][:1].upper() + CODES[code][1:] + "."},
        "defaultConfiguration": {"level": "note" if code in NOTES else "error"},
    }


def _result(finding: Finding, rule: int, base: Path) -> dict[str, Any]:
    return {
        "ruleId": finding.code,
        "ruleIndex": rule,
        "level": "note" if finding.note else "error",
        "message": {"text": f"{finding.message} {finding.remedy}".rstrip()},
        "locations": [
            {
                "physicalLocation": {
                    "artifactLocation": _artifact(finding.path, base),
                    "region": {"startLine": max(finding.line, 1)},
                }
            }
        ],
    }


def _artifact(path: Path, base: Path) -> dict[str, str]:
    full = path.absolute()
    if not full.is_relative_to(base.absolute()):
        return {"uri": full.as_uri()}
    # as_uri() writes what stands in a name as a URI must have it; its head is cut off again.
    head = base.absolute().as_uri() + "/"
    return {"uri": full.as_uri().removeprefix(head), "uriBaseId": "SRCROOT"}
