"""Signs about the services that the alerted workload calls.

The parameter `dependency` names the one that stands out. Without it the signs are known
only when every called service was measured and none of them fails.
"""

from stanch.diagnosis import findings, logs
from stanch.diagnosis.calls import calls
from stanch.diagnosis.log_signs import counted
from stanch.diagnosis.logs import Failure
from stanch.diagnosis.reading import Reading, SignSpec, either, no, span, unknown
from stanch.diagnosis.rollout_signs import RECENT, SLACK
from stanch.diagnosis.rollouts import rollout
from stanch.diagnosis.trouble import beginning
from stanch.diagnosis.view import View


def dependency_errors(view: View) -> Reading:
    """Read whether the called service fails its own requests."""
    if not view.dependency:
        return _none_stands_out(view)
    service = _service_of(view, view.dependency)
    ratio = findings.own_ratio(view, service)
    if ratio is None:
        return unknown(f"The error ratio of {service} was not measured.")
    says = f"{service} fails {ratio[0]:.2%} of its own requests."
    return either(ratio[0] >= view.error_limit, says, ratio[1])


def dependency_exhausted_logged(view: View) -> Reading:
    """Read whether the called service's log tells of used-up connections or threads."""
    if not view.dependency:
        return _none_stands_out(view)
    return counted(view, view.dependency, failure=Failure.EXHAUSTED)


def dependency_named_in_errors(view: View) -> Reading:
    """Read whether most errors of the alerted workload name a service that it calls."""
    called, found = calls(view, view.deployment), logs.lines(view, view.deployment)
    if called is None or found is None:
        return unknown("The logs or the configuration of the deployment were not read.")
    errors = [line for line in found if line.is_error]
    ids = logs.evidence_of(found)
    if len(errors) < findings.LEAST_LINES:
        return no(f"The log has only {len(errors)} error lines.", *ids)
    shares = [
        (findings.named_share(view, view.deployment, service=one.service)[0], one)
        for one in called.callees
    ]
    if not shares:
        return no("The workload calls no service that is known here.", *ids)
    share, callee = max(shares, key=lambda pair: pair[0])
    says = f"{share:.0%} of {len(errors)} error lines name {callee.service}."
    return either(share >= findings.NAMED_SHARE, says, *ids, *callee.evidence)


def dependency_pods_fail(view: View) -> Reading:
    """Read whether the called service lacks replicas."""
    if not view.dependency:
        return _none_stands_out(view)
    seen = view.deployments().get(view.dependency)
    if seen is None:
        return unknown(f"The deployment {view.dependency} was not read.")
    says = f"{seen.available} of {seen.replicas} replicas of {seen.name} are available."
    return either(seen.available < seen.replicas, says, seen.evidence)


def dependency_rolled_out(view: View) -> Reading:
    """Read whether the called service itself got something new shortly before."""
    if not view.dependency:
        return _none_stands_out(view)
    found = rollout(view, view.dependency)
    if found is None or found.began is None:
        return unknown(f"When {view.dependency} was rolled out is not known.")
    began = beginning(view)
    reference = began.at if began is not None else view.alert.starts_at
    before = reference - found.began
    order = "before" if before >= -SLACK else "after"
    says = f"The newest rollout of {view.dependency} began {span(before)} {order} the trouble."
    return either(-SLACK <= before <= RECENT, says, found.evidence)


def _none_stands_out(view: View) -> Reading:
    """Say no when every called service was measured and is well, and unknown otherwise."""
    called = calls(view, view.deployment)
    if called is None or not called.complete:
        return unknown("What the workload calls was not read.")
    if not called.callees:
        return no("The workload calls no service that is known here.")
    ratios = {one.service: findings.own_ratio(view, one.service) for one in called.callees}
    unmeasured = sorted(name for name, ratio in ratios.items() if ratio is None)
    if unmeasured:
        return unknown(f"The error ratio of {', '.join(unmeasured)} was not measured.")
    if any(ratio is not None and ratio[0] >= view.error_limit for ratio in ratios.values()):
        return unknown("A called service fails, and none was singled out.")
    known = [(name, ratio) for name, ratio in ratios.items() if ratio is not None]
    says = ", ".join(f"{name} fails {ratio[0]:.2%}" for name, ratio in known)
    return no(f"Every called service is well: {says}.", *(ratio[1] for _, ratio in known))


def _service_of(view: View, deployment: str) -> str:
    """Return the service that leads to `deployment`; of the same name unless one was read."""
    leading = [name for name, behind in view.services().items() if behind == deployment]
    return deployment if deployment in leading or not leading else leading[0]


DEPENDENCY_SIGNS = (
    SignSpec(
        name="dependency-errors",
        about="A called service fails its own requests.",
        read=dependency_errors,
    ),
    SignSpec(
        name="dependency-named-in-errors",
        about="Most errors of the workload name a service that it calls.",
        read=dependency_named_in_errors,
    ),
    SignSpec(
        name="dependency-exhausted-logged",
        about="The called service logs that its connections, threads or files are used up.",
        read=dependency_exhausted_logged,
        weight=2.0,
        rejects=True,
        needed=True,
    ),
    SignSpec(
        name="dependency-pods-fail",
        about="Replicas of the called service are missing.",
        read=dependency_pods_fail,
    ),
    SignSpec(
        name="dependency-rolled-out-recently",
        about="The called service itself got something new shortly before the trouble.",
        read=dependency_rolled_out,
    ),
)
