"""Signs that tell a victim from a cause by who calls whom."""

from stanch.diagnosis.reading import Reading, SignSpec, no, unknown, yes
from stanch.diagnosis.topology import Topology, topology
from stanch.diagnosis.view import View


def a_callee_fails(view: View) -> Reading:
    """Read whether something that the alerted service calls fails its own requests."""
    seen = topology(view)
    reached = seen.reached(view.service)
    if view.service not in seen.calls:
        return unknown("What the service calls is not known.")
    bad = sorted(reached & seen.failing(), key=lambda name: -seen.measured[name].ratio)
    if bad:
        said = ", ".join(f"{name} fails {seen.measured[name].ratio:.1%}" for name in bad)
        roots = ", ".join(sorted(seen.roots(view.service)))
        return yes(f"Of what {view.service} calls, {said}; at the end stands {roots}.", *_ids(seen))
    unmeasured = sorted(reached - seen.measured.keys())
    if unmeasured:
        return unknown(f"Not measured: {', '.join(unmeasured)}.", *_ids(seen))
    if not reached:
        return no(f"{view.service} calls nothing that is known here.", *_ids(seen))
    return no(f"All that {view.service} calls is well.", *_ids(seen))


def fails_by_itself(view: View) -> Reading:
    """Read whether the alerted service fails while all that it calls is well."""
    found = a_callee_fails(view)
    seen = topology(view)
    own = seen.measured.get(view.service)
    if own is None:
        return unknown("The error ratio of the service was not measured.")
    if not own.fails:
        return no(f"{view.service} fails only {own.ratio:.2%} of its requests.", own.evidence)
    if found.holds is None:
        return found
    if found.holds:
        return no(found.because, *found.evidence)
    says = f"{view.service} fails {own.ratio:.1%}. {found.because}"
    return yes(says, own.evidence, *found.evidence)


def only_callers_fail(view: View) -> Reading:
    """Read whether just those services fail that call one certain thing, and others are well."""
    seen = topology(view)
    if len(seen.measured) < 2 or view.service not in seen.calls:
        return unknown("Who calls whom, or how the others are, is not known.")
    if view.service not in seen.failing():
        return no(f"{view.service} does not fail now.", *_ids(seen))
    shared = sorted(seen.shared() & seen.reached(view.service))
    if not shared:
        return no("Those that fail are not just the callers of one thing.", *_ids(seen))
    failing = ", ".join(sorted(seen.failing()))
    return yes(f"Only callers of {' and of '.join(shared)} fail: {failing}.", *_ids(seen))


def _ids(seen: Topology) -> tuple[str, ...]:
    return seen.evidence


TOPOLOGY_SIGNS = (
    SignSpec(
        name="a-callee-fails",
        about="Something that the service calls, itself or through others, fails its own requests.",
        read=a_callee_fails,
    ),
    SignSpec(
        name="fails-by-itself",
        about="The service fails while all that it calls is well.",
        read=fails_by_itself,
    ),
    SignSpec(
        name="only-callers-of-one-fail",
        about="Just those services fail that call one certain thing, and others are well.",
        read=only_callers_fail,
        weight=2.0,
    ),
)
