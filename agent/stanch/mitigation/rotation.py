"""The strategy of `logrotate -f CONFIG`: logs are rotated before they are due.

logrotate tells what it would do. Which of the oldest files it deletes in the end it does not
tell, and a program of the configuration may run: a person sees both before it is done.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from stanch.mitigation.host_places import flag, left_to_people, operands, the_host
from stanch.mitigation.strategy import CannotPlanError, Plan, Seen
from stanch.tools.operations import HostRead, Read
from stanch.tools.operations.host import ChangeHost
from stanch.tools.operations.host_rotation import (
    RotateLogs,
    Trial,
    digest_in,
    read_trial,
    rotation_facts,
)

_MOST = 6


class Rotations:
    """Rotates the logs of one configuration on one host."""

    intents = (ChangeHost,)

    def looks(self, intent: ChangeHost) -> Mapping[str, Read]:
        """Return the looks at the configuration, and at what logrotate would do by it.

        Raises:
            CannotPlanError: it is more than the use of one configuration.
        """
        host, config = _wanted(intent)
        at = {"host": host, "sudo": intent.sudo}
        trial = (flag("-d"), flag("-f"), *operands(config))
        return {
            "target": HostRead(program="sha256sum", args=operands(config), **at),
            "text": HostRead(program="cat", args=operands(config), **at),
            "trial": HostRead(program="logrotate", args=trial, **at),
        }

    def plan(self, intent: ChangeHost, seen: Seen, *, now: datetime) -> Plan:  # noqa: ARG002 - the host's clock counts
        """Return the rotation of the logs as they were seen.

        Raises:
            CannotPlanError: there is nothing to rotate, or logrotate does not tell.
        """
        host, config = _wanted(intent)
        digest = str(seen["target"].get("stdout") or "")
        if not digest_in(digest):
            raise CannotPlanError(f"{host} has no {config} that can be read")
        said = "\n".join(str(seen["trial"].get(one) or "") for one in ("stderr", "stdout"))
        trial = read_trial(said)
        if trial.error or seen["trial"].get("exit_status") != 0:
            raise CannotPlanError(
                f"logrotate on {host} does not say what it would do: "
                f"{trial.error or 'it failed'}; it may need sudo"
            )
        if not trial.logs:
            raise CannotPlanError(f"{config} has no log that could be rotated now")
        fields = {"host": host, "config": config, "sha256": digest_in(digest), "logs": trial.logs}
        try:
            change = RotateLogs.model_validate(fields)
        except ValueError as error:
            raise CannotPlanError(f"{config} is for more than plain logs: {error}") from error
        many = f"{len(trial.logs)} log{'' if len(trial.logs) == 1 else 's'}"
        return Plan(
            title=f"Rotate {many} of {config} on {host}",
            operation=change,
            observed=rotation_facts(digest, said),
            inverse=None,
            inverse_note="no log is put back into its place: the lines are in the files beside it, "
            "but for the oldest file where as many as are kept are there",
            touches=_touches(trial),
        )

    def foretold(self, change: Any, after: Mapping[str, Any]) -> dict[str, Any]:
        """Return nothing: a rotation has no inverse."""
        del change, after
        return {}


def _touches(trial: Trial) -> tuple[str, ...]:
    names = [one.path for one in trial.logs]
    more = f" and {len(names) - _MOST} more" if len(names) > _MOST else ""
    found = [f"{', '.join(names[:_MOST])}{more} are moved aside, and begin anew"]
    if trial.copies:
        found.append("they are copied and then cut: what is written in between is lost")
    if trial.oldest:
        oldest = ", ".join(trial.oldest[:_MOST])
        found.append(f"what would then be {oldest} is deleted, if there are so many")
    if trial.script:
        found.append("a program of the configuration runs as root, and may do anything")
    found.append("room is won only by what is compressed or deleted; compressing needs room first")
    return tuple(found)


def _wanted(intent: ChangeHost) -> tuple[str, str]:
    words = [word for word in intent.argv[1:] if word not in {"-f", "--force", "-v", "--verbose"}]
    forced = {"-f", "--force"} & set(intent.argv)
    if len(words) != 1 or not forced or not words[0].startswith("/etc/logrotate.d/"):
        raise left_to_people(intent)
    return the_host(intent, f"the rotation by {words[0]}"), words[0]
