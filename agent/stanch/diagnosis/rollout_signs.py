"""Signs about the newest rollout of the alerted workload, and when the trouble began."""

from datetime import timedelta

from stanch.diagnosis.reading import Reading, SignSpec, either, no, span, unknown, yes
from stanch.diagnosis.rollouts import Rollout, rollout
from stanch.diagnosis.trouble import beginning
from stanch.diagnosis.view import View

RECENT = timedelta(minutes=60)
"""A release this long before the trouble is recent."""
FOLLOWS = timedelta(minutes=15)
"""Trouble that a release brings shows within this time of its beginning."""
SLACK = timedelta(seconds=20)
"""What the clocks of the cluster and of the metrics server may differ by."""
STUCK = timedelta(seconds=120)


def _newest(view: View) -> Rollout | Reading:
    """Return the newest rollout, or the reading that says why it is unknown."""
    found = rollout(view, view.deployment)
    if found is None:
        return unknown("The revisions of the deployment were not read.")
    return found


def recent_rollout(view: View) -> Reading:
    """Read whether something new was released shortly before the trouble."""
    found = _newest(view)
    if isinstance(found, Reading):
        return found
    name = f"The release of {view.deployment} in revision {found.new.number}"
    if found.began is None:
        return unknown(f"{name} came back to an older ReplicaSet at an unknown time.")
    began = beginning(view)
    reference = began.at if began is not None else view.alert.starts_at
    ids = (found.evidence, *((began.evidence,) if began is not None else ()))
    before = reference - found.began
    if before < -SLACK:
        return no(f"{name} began {span(-before)} after the trouble.", *ids)
    says = f"{name} began {span(max(before, timedelta()))} before the trouble."
    return either(before <= RECENT, says, *ids)


def no_recent_rollout(view: View) -> Reading:
    """Read whether nothing new was released shortly before the trouble."""
    found = recent_rollout(view)
    return found if found.holds is None else found._replace(holds=not found.holds)


def onset_follows_rollout(view: View) -> Reading:
    """Read whether the trouble began within minutes of a release."""
    found, began = _newest(view), beginning(view)
    if isinstance(found, Reading):
        return found
    if found.began is None or began is None:
        return unknown("It is not known when the trouble or the rollout began.", found.evidence)
    ids = (found.evidence, began.evidence)
    after = began.at - found.began
    if after < -SLACK:
        return no(f"{_sentence(began.what)} {span(-after)} before the rollout.", *ids)
    calm = began.not_before
    if calm is not None and calm < found.began - STUCK and after > timedelta():
        return unknown("The measurements have a gap where the rollout began.", *ids)
    return either(after <= FOLLOWS, f"{_sentence(began.what)} {span(after)} after it.", *ids)


def onset_precedes_rollout(view: View) -> Reading:
    """Read whether the trouble was there before the newest release."""
    found, began = _newest(view), beginning(view)
    if isinstance(found, Reading):
        return found
    if found.began is None or began is None:
        return unknown("It is not known when the trouble or the rollout began.", found.evidence)
    before = found.began - began.at
    order = "before" if before > timedelta() else "after"
    says = f"{_sentence(began.what)} {span(abs(before))} {order} the rollout."
    return either(before > SLACK, says, found.evidence, began.evidence)


def rollout_stuck(view: View) -> Reading:
    """Read whether the newest rollout does not get on."""
    seen = view.deployments().get(view.deployment)
    if seen is not None and seen.progressing == ("False", "ProgressDeadlineExceeded"):
        return yes("The deployment has exceeded its progress deadline.", seen.evidence)
    found = _newest(view)
    if isinstance(found, Reading):
        return found
    wanted = seen.replicas if seen is not None else found.new.replicas
    if found.new.ready >= wanted:
        return no(f"All {wanted} pods of the newest revision are ready.", found.evidence)
    says = f"{found.new.ready} of {wanted} pods of revision {found.new.number} are ready"
    if found.began is None:
        return unknown(f"{says}; when it began is not known.", found.evidence)
    age = view.now - found.began
    if age < STUCK:
        return unknown(f"{says} after only {span(age)}.", found.evidence)
    return yes(f"{says} after {span(age)}.", found.evidence)


def image_changed(view: View) -> Reading:
    """Read whether the newest revision runs another image than the one before."""
    found = _newest(view)
    if isinstance(found, Reading):
        return found
    if found.old is None:
        return unknown("There is no earlier revision to compare with.", found.evidence)
    if found.images is None:
        return no("Both revisions run the same image.", found.evidence)
    old, new = (", ".join(side) for side in found.images)
    return yes(f"The image went from {old} to {new}.", found.evidence)


def configuration_changed(view: View) -> Reading:
    """Read whether the newest revision takes its configuration from elsewhere."""
    found = _newest(view)
    if isinstance(found, Reading):
        return found
    if found.old is None:
        return unknown("There is no earlier revision to compare with.", found.evidence)
    if not found.settings:
        return no("Both revisions take the same configuration.", found.evidence)
    return yes(f"The rollout changed {', '.join(found.settings)}.", found.evidence)


def memory_limit_lowered(view: View) -> Reading:
    """Read whether the newest revision may use less memory than the one before."""
    found = _newest(view)
    if isinstance(found, Reading):
        return found
    if found.old is None:
        return unknown("There is no earlier revision to compare with.", found.evidence)
    lowered = found.lowered_memory
    if not lowered:
        return no("The rollout lowered no memory limit.", found.evidence)
    says = "; ".join(f"{name} from {old} to {new}" for name, old, new in lowered)
    return yes(f"The rollout lowered the memory limit of {says}.", found.evidence)


def _sentence(what: str) -> str:
    return what[:1].upper() + what[1:]


ROLLOUT_SIGNS = (
    SignSpec(
        name="recent-rollout",
        about="Something new was released in the hour before the trouble began.",
        read=recent_rollout,
    ),
    SignSpec(
        name="no-recent-rollout",
        about="Nothing new was released in the hour before the trouble began.",
        read=no_recent_rollout,
        rejects=True,
        needed=True,
    ),
    SignSpec(
        name="onset-follows-rollout",
        about="The trouble began within a quarter of an hour after the newest release.",
        read=onset_follows_rollout,
    ),
    SignSpec(
        name="onset-precedes-rollout",
        about="The trouble was there before the newest rollout.",
        read=onset_precedes_rollout,
        rejects=True,
    ),
    SignSpec(
        name="rollout-stuck",
        about="The newest rollout does not get on: its deadline passed, or pods stay unready.",
        read=rollout_stuck,
    ),
    SignSpec(
        name="image-changed-in-rollout",
        about="The newest revision runs another image than the one before it.",
        read=image_changed,
    ),
    SignSpec(
        name="configuration-changed-in-rollout",
        about="The newest revision takes other environment, arguments or configuration volumes.",
        read=configuration_changed,
    ),
    SignSpec(
        name="memory-limit-lowered-in-rollout",
        about="The newest revision has a lower memory limit than the one before it.",
        read=memory_limit_lowered,
        weight=2.0,
        rejects=True,
        needed=True,
    ),
)
