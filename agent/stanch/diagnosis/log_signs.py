"""Signs about what the alerted workload logs. Lines are counted by class, never followed."""

from stanch.diagnosis import logs
from stanch.diagnosis.logs import Failure, Line
from stanch.diagnosis.objects import SETTING_REASONS
from stanch.diagnosis.reading import Reading, SignSpec, either, no, unknown, yes
from stanch.diagnosis.view import View

LEAST_LINES = 3
LEAST_SHARE = 0.2


def configuration_error_logged(view: View) -> Reading:
    """Read whether containers that do not stay up say that their configuration is wrong.

    A line of a pod that runs well does not count: a program with a wrong configuration
    ends, and what a running one logs may be a caller's words.
    """
    found = logs.lines(view, view.deployment)
    pods = view.pods(view.deployment)
    if found is None or pods is None:
        return unknown("The logs or the pods of the deployment were not read.")
    failing = {p.name for p in pods if p.trouble(view.now) or (p.endings and not p.ready)}
    if not failing:
        return no("No container fails to start.", *(p.evidence for p in pods))
    unmade = [p for p in pods if p.waiting & SETTING_REASONS]
    if unmade:
        says = f"{len(unmade)} pods cannot be made from the configuration that they name."
        return yes(says, *(p.evidence for p in unmade))
    mine = [line for line in found if line.pod in failing]
    if not mine:
        return unknown("No log line of a failing pod was read.", *logs.evidence_of(found))
    named = [line for line in mine if line.is_error and Failure.CONFIGURATION.fits(line.text)]
    ids = (*logs.evidence_of(mine), *(p.evidence for p in pods if p.name in failing))
    if not named:
        return no(f"None of {len(mine)} lines of failing pods speaks of configuration.", *ids)
    settings = sorted({name for line in named for name in line.settings})
    about = f" ({', '.join(settings[:3])})" if settings else ""
    where = len({line.pod for line in named})
    return yes(f"{where} failing pods log a wrong configuration{about}.", *ids)


def exhausted_logged(view: View) -> Reading:
    """Read whether the workload's own log tells of used-up connections or threads."""
    return counted(view, view.deployment, failure=Failure.EXHAUSTED)


def timeouts_logged(view: View) -> Reading:
    """Read whether a good part of the workload's error lines tells of timeouts."""
    return counted(view, view.deployment, failure=Failure.TIMEOUT)


def memory_errors_logged(view: View) -> Reading:
    """Read whether a good part of the workload's error lines tells of missing memory."""
    return counted(view, view.deployment, failure=Failure.MEMORY)


def counted(view: View, deployment: str, *, failure: Failure) -> Reading:
    """Read whether a good part of a deployment's error lines is of one class of failure."""
    found = logs.lines(view, deployment)
    if found is None:
        return unknown(f"The logs of {deployment} were not read.")
    errors = [line for line in found if line.is_error]
    of_class: list[Line] = [line for line in errors if failure.fits(line.text)]
    word = failure.name.lower()
    says = f"{len(of_class)} of {len(errors)} error lines of {deployment} are of class {word}."
    enough = len(of_class) >= LEAST_LINES and len(of_class) >= LEAST_SHARE * len(errors)
    return either(enough, says, *logs.evidence_of(found))


LOG_SIGNS = (
    SignSpec(
        name="configuration-error-logged",
        about="Containers that do not stay up say that their configuration is wrong.",
        read=configuration_error_logged,
        weight=2.0,
        rejects=True,
        needed=True,
    ),
    SignSpec(
        name="exhausted-logged",
        about="The workload's own errors tell of used-up connections, threads or files.",
        read=exhausted_logged,
        weight=2.0,
        rejects=True,
        needed=True,
    ),
    SignSpec(
        name="timeouts-logged",
        about="A good part of the workload's errors are timeouts.",
        read=timeouts_logged,
    ),
    SignSpec(
        name="memory-errors-logged",
        about="A good part of the workload's errors tell of missing memory.",
        read=memory_errors_logged,
    ),
)
