"""Signs about what the metrics say of the alerted service."""

from statistics import median

from stanch.diagnosis import metrics
from stanch.diagnosis.json_reading import real, text
from stanch.diagnosis.reading import Reading, SignSpec, either, unknown
from stanch.diagnosis.trouble import ratio_onset
from stanch.diagnosis.versions import all_fail, new_was_well, only_new_fails
from stanch.diagnosis.view import View, is_about

CALM_BEFORE_ALERT = 300.0
"""Seconds before the alert from which on a healthy ratio must have been healthy, where the
alert does not say over which time it looks."""
LARGEST_GAP = 90.0
"""Seconds without a sample after which nobody knows whether all was well; or three steps."""
NEAR_LIMIT = 0.9
MORE_TRAFFIC = 1.5
_USAGE = "container_memory_working_set_bytes"
_LIMIT = "container_spec_memory_limit_bytes"


def error_ratio_raised(view: View) -> Reading:
    """Read whether too many requests fail now."""
    series = metrics.error_ratio(view, view.service)
    if series is None or series.last is None:
        return unknown("The error ratio was not measured.")
    says = f"{view.service} fails {series.last:.2%} now; up to {view.error_limit:.0%} is healthy."
    return either(series.last >= view.error_limit, says, series.evidence)


def error_ratio_healthy(view: View) -> Reading:
    """Read whether the error ratio was healthy over the alert's own window and ever since."""
    series = metrics.error_ratio(view, view.service)
    if series is None:
        return unknown("The error ratio was not measured.")
    since = view.alert.starts_at.timestamp() - alert_window(view)
    around = [value for when, value in series.points if when >= since]
    if len(around) < 3:
        return unknown("Too few values of the error ratio were measured.", series.evidence)
    level = max(median(around[i : i + 3]) for i in range(len(around) - 2))
    says = f"At its worst around the alert, {view.service} failed {level:.2%} of its requests."
    calm = level < view.error_limit and ratio_onset(view, view.service) is None
    gap = metrics.largest_gap(series.points, since, _asked_until(view, series.evidence))
    if calm and gap > max(LARGEST_GAP, 3 * series.step):
        says = f"For {gap:.0f} s around the alert the error ratio was not measured."
        return unknown(says, series.evidence)
    return either(calm, says, series.evidence)


def _asked_until(view: View, evidence: str) -> float:
    """Return up to when a query asked; what comes after it was never to be measured by it."""
    ends = (real(one.data, "end") for one in view.usable() if one.id == evidence)
    return next((end for end in ends if end is not None), view.now.timestamp())


def alert_window(view: View) -> float:
    """Return over how many seconds before its beginning the alert looked.

    An alert says it in an annotation or a label `window`, as Prometheus writes a duration.
    """
    said = view.alert.annotations.get("window") or view.alert.labels.get("window", "")
    return metrics.seconds(said) or CALM_BEFORE_ALERT


def errors_on_one_route(view: View) -> Reading:
    """Read whether the errors fall on one route while others, also in use, are well."""
    counted = metrics.counts(view, "route", service=view.service)
    if counted is None:
        return unknown("Requests were not measured by route.")
    evidence = next(iter(counted.values())).evidence
    ratios = {r: c.ratio(c.busy()[-3:]) for r, c in counted.items()}
    used = {route: ratio for route, ratio in ratios.items() if ratio is not None}
    bad = [route for route, ratio in used.items() if ratio >= view.error_limit]
    says = f"{len(bad)} of {len(used)} routes in use fail more than {view.error_limit:.0%}."
    return either(len(bad) == 1 and len(used) > 1, says, evidence)


def traffic_raised(view: View) -> Reading:
    """Read whether much more is asked of the service than half an hour ago."""
    measured = metrics.requests(view, view.service)
    if measured is None:
        return unknown("Requests were not measured.")
    points, evidence = measured
    if len(points) < 8:
        return unknown("Requests were not measured for long enough.", evidence)
    before = median(rate for _, rate in points[: len(points) // 2])
    now = median(rate for _, rate in points[-3:])
    says = f"{now:.1f} requests per second now, {before:.1f} before."
    return either(now >= MORE_TRAFFIC * before, says, evidence)


def usage_near_limit(view: View) -> Reading:
    """Read whether the containers' memory came near their limit."""
    for one in view.read("metrics.query_range", "metrics.query"):
        asked = text(one.data, "expression")
        if _USAGE in asked and _LIMIT in asked:
            mine = [s for s in metrics.all_series(one) if _is_ours(view, s)]
            values = [value for series in mine for _, value in series.points]
            if values:
                says = f"Memory reached {max(values):.0%} of the limit."
                return either(max(values) >= NEAR_LIMIT, says, one.id)
    return unknown("Memory use was not measured against the limit.")


def _is_ours(view: View, series: metrics.Series) -> bool:
    pod = series.labels.get("pod")
    return pod is None or is_about(pod, view.deployment)


METRIC_SIGNS = (
    SignSpec(
        name="error-ratio-raised",
        about="More requests fail now than the service level allows.",
        read=error_ratio_raised,
    ),
    SignSpec(
        name="error-ratio-healthy",
        about="The error ratio was healthy over the alert's own window and ever since.",
        read=error_ratio_healthy,
        weight=2.0,
        needed=True,
    ),
    SignSpec(
        name="errors-only-in-new-version",
        about="The newest version answers with errors, and those before it do not.",
        read=only_new_fails,
        weight=2.0,
        rejects=True,
    ),
    SignSpec(
        name="errors-in-all-versions",
        about="Versions that serve side by side fail alike.",
        read=all_fail,
        rejects=True,
    ),
    SignSpec(
        name="new-version-was-well",
        about="The newest version served without trouble before the trouble began.",
        read=new_was_well,
    ),
    SignSpec(
        name="errors-on-one-route",
        about="The errors fall on one route, while others in use are well.",
        read=errors_on_one_route,
    ),
    SignSpec(
        name="traffic-raised",
        about="Half as much again is asked of the service as before.",
        read=traffic_raised,
    ),
    SignSpec(
        name="usage-near-limit",
        about="Containers used nine tenths or more of the memory that they may.",
        read=usage_near_limit,
    ),
)
