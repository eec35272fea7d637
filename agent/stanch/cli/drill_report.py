"""The report of drills: one line a case, and the figures over all of them."""

from collections.abc import Sequence

from stanch.service.drill import Score, middle

_ONE_BY_ONE = ", one read at a time"


def summary(scores: Sequence[Score], alone: Sequence[Score] = ()) -> str:
    """Return the figures over all cases as a few lines of text."""
    return "\n".join(f"{name:46} {value}" for name, value in figures(scores, alone))


def figures(scores: Sequence[Score], alone: Sequence[Score] = ()) -> list[tuple[str, str]]:
    """Return what is counted over all cases, by name; `alone` are those of one read at a time."""
    ran = [one for one in scores if not one.error]
    count = len(ran) or 1
    right = sum(one.right_cause for one in ran)
    action = sum(one.right_action for one in ran)
    wrong = sum(len(one.wrong_changes) for one in ran)
    well = sum(one.well for one in ran)
    by_hand = sum(one.by_hand for one in ran)
    found = [
        ("cases", f"{len(ran)} of {len(scores)} ran to their end"),
        ("right cause", f"{right} of {len(ran)} ({right / count:.1%})"),
        ("right change, or rightly none", f"{action} of {len(ran)} ({action / count:.1%})"),
        ("wrong or needless changes", str(wrong)),
        (
            "production well at the end",
            f"{well} of {len(ran)}, {by_hand} of them put right by hand",
        ),
        *_times(ran, ""),
        ("median operations", str(middle(float(one.operations) for one in ran) or 0)),
    ]
    return found + (_times([one for one in alone if not one.error], _ONE_BY_ONE) if alone else [])


def _times(ran: Sequence[Score], how: str) -> list[tuple[str, str]]:
    return [
        (f"median alert to proposal{how}", _seconds(middle(one.proposed_after for one in ran))),
        (f"median alert to recovery{how}", _seconds(middle(one.recovered_after for one in ran))),
        (f"median of all reads, added up{how}", _wall(middle(one.read_seconds for one in ran))),
    ]


def markdown(scores: Sequence[Score], alone: Sequence[Score] = ()) -> str:
    """Return the report as Markdown, one line a case."""
    lines = ["# Drills", "", "| figure | value |", "|---|---|"]
    lines += [f"| {name} | {value} |" for name, value in figures(scores, alone)]
    lines += [
        "",
        "Times count from the alert, in seconds of the rehearsal's clock.",
        "",
        "| fault | seed | alert | cause | change | proposed | recovered | reads | end |",
        "|---|---|---|---|---|---|---|---|---|",
    ]
    lines += [_row(one) for one in scores]
    return "\n".join(lines) + "\n"


def _row(one: Score) -> str:
    cause = "right" if one.right_cause else f"**wrong**: {one.found or 'none led'}"
    done = ", ".join(one.done) or "none"
    change = done if not one.wrong_changes else f"{done}; **wrong**: {'; '.join(one.wrong_changes)}"
    end = one.error or (
        f"{'well' if one.well else '**not well**'}{', by hand' if one.by_hand else ''}"
    )
    cells = (
        *(one.fault, str(one.seed), one.alert, cause, change),
        *(_short(one.proposed_after), _short(one.recovered_after), str(one.operations), end),
    )
    return "| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |"


def _short(seconds: float | None) -> str:
    return "-" if seconds is None else f"{seconds:.0f} s"


def _seconds(seconds: float | None) -> str:
    return "none" if seconds is None else f"{seconds:.0f} s of the rehearsal's clock"


def _wall(seconds: float | None) -> str:
    return "none" if seconds is None else f"{seconds * 1000:.0f} ms"
