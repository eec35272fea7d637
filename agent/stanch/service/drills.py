"""The record of drills: when each runbook was drilled last, and how it went (RB-11).

It lies in the home as drills.json; `stanch runbook lint --stale` counts a drill that went
well like the day in a runbook's own front matter.
"""

import json
from collections.abc import Iterable
from datetime import date
from typing import Any

from stanch.service.drill import Score
from stanch.settings import Settings

_FILE = "drills.json"


def record(settings: Settings, scores: Iterable[Score], *, today: date) -> None:
    """Keep the outcome of these drills beside the earlier ones of other runbooks."""
    kept = read(settings)
    found: dict[str, list[Score]] = {}
    for one in scores:
        found.setdefault(one.runbook, []).append(one)
    for name, ran in found.items():
        well = all(
            one.right_cause and one.right_action and one.well and not one.wrong_changes
            for one in ran
        )
        kept[name] = {
            "last_drill": today.isoformat(),
            "passed": well,
            "cases": [f"{one.fault}:{one.seed}" for one in ran],
        }
    settings.home.mkdir(mode=0o700, parents=True, exist_ok=True)
    new = settings.home / f"{_FILE}.new"
    new.write_text(json.dumps(kept, indent=2, sort_keys=True) + "\n", encoding="utf-8")
    new.replace(settings.home / _FILE)


def read(settings: Settings) -> dict[str, dict[str, Any]]:
    """Return what is known of earlier drills by runbook; nothing when the file is unreadable."""
    try:
        kept = json.loads((settings.home / _FILE).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    if not isinstance(kept, dict):
        return {}
    return {name: one for name, one in kept.items() if isinstance(one, dict)}


def last_passed(settings: Settings) -> dict[str, str]:
    """Return the day of the last drill that went well, by runbook."""
    found: dict[str, str] = {}
    for name, one in read(settings).items():
        day = one.get("last_drill")
        if one.get("passed") is True and isinstance(day, str) and _is_day(day):
            found[name] = day
    return found


def _is_day(value: str) -> bool:
    try:
        date.fromisoformat(value)
    except ValueError:
        return False
    return True
