"""What each class of failure leaves to do: kind, priority, deed and the sign of its end.

In the texts {name} is the deployment and {alert} the alert.
"""

from stanch.report.cause import Theme

Remedy = tuple[str, str, str, str]

REMEDIES: dict[Theme, tuple[Remedy, ...]] = {
    "release": (
        (
            "prevent",
            "P2",
            (
                "Add a gate to the rollout of `{name}` that compares the errors of the new "
                "version with the old"
            ),
            (
                "in a rehearsal a release with over 5 % errors stops before it has replaced "
                "every pod"
            ),
        ),
        (
            "detect",
            "P2",
            "Add an alert on the error ratio of `{name}` per version, faster than `{alert}`",
            "in a rehearsal of this failure the new alert fires first and names the version",
        ),
    ),
    "image": (
        (
            "prevent",
            "P2",
            (
                "Add a pipeline check that the image of `{name}` can be pulled before the "
                "rollout starts"
            ),
            (
                "a pipeline run with a tag that does not exist fails before the deployment is "
                "changed"
            ),
        ),
        (
            "detect",
            "P3",
            "Add an alert on pods of `{name}` that wait for their image for over 2 minutes",
            "in a rehearsal with a missing image the alert fires within 3 minutes",
        ),
    ),
    "config": (
        (
            "prevent",
            "P2",
            "Add a start-up check of the configuration of `{name}` to the pipeline",
            "a pipeline run with the failing configuration is red before the rollout",
        ),
        (
            "detect",
            "P3",
            "Add the container's last words to the annotations of `{alert}`",
            "the alert of a rehearsal shows the log line that names the setting",
        ),
    ),
    "memory": (
        (
            "prevent",
            "P2",
            (
                "Add a pipeline check that compares the memory limit of `{name}` with its use "
                "of the last 7 days"
            ),
            "a pipeline run with a limit below the measured use is red before the rollout",
        ),
        (
            "detect",
            "P2",
            "Add an alert on the memory of `{name}` at 90 % of its limit",
            "in a rehearsal the alert fires before the first container is killed",
        ),
    ),
    "dependency": (
        (
            "prevent",
            "P2",
            "Add a time limit and a way to shed load to the calls of `{name}`",
            (
                "a test with the called service stalled shows answers of `{name}` within its "
                "time limit"
            ),
        ),
        (
            "detect",
            "P2",
            (
                "Add an alert on the exhaustion of the called service itself, not of `{name}`, "
                "its victim"
            ),
            "in a rehearsal of this failure the new alert fires before `{alert}`",
        ),
    ),
    "database": (
        (
            "prevent",
            "P2",
            "Set the limits in the database's roles that would have ended this by themselves",
            "in a rehearsal the database ends the fault within its limit, without a person",
        ),
        (
            "detect",
            "P2",
            "Add an alert on the database itself that fires before `{alert}`",
            "in a rehearsal of this failure the new alert fires first and names the database",
        ),
    ),
    "host": (
        (
            "prevent",
            "P2",
            "Bound what a single unit of the host may use of disk, memory and processor",
            "in a rehearsal the unit reaches its bound and its neighbours stay well",
        ),
        (
            "detect",
            "P3",
            "Add an alert on the time until the host runs out, not on what is used",
            "in a rehearsal the alert fires at least an hour before `{alert}` would",
        ),
    ),
    "certificate": (
        (
            "prevent",
            "P2",
            "Renew by machine, and reload whoever serves the certificate after each renewal",
            "in a rehearsal with a short-lived certificate nobody has to act",
        ),
        (
            "detect",
            "P2",
            "Add an alert that fires 14 days before a served certificate runs out",
            "the alert fires in a rehearsal with a certificate of 13 days",
        ),
    ),
    "network": (
        (
            "prevent",
            "P2",
            "Add a check of the way from `{name}` to what it calls to the pipeline of the cluster",
            "a pipeline run with the failing object is red before it is applied",
        ),
        (
            "detect",
            "P2",
            "Add a probe from inside the cluster on the way that failed",
            "in a rehearsal of this failure the probe fails first and names the way",
        ),
    ),
    "capacity": (
        (
            "prevent",
            "P2",
            "Set the limits of `{name}` from a load test at twice the peak of this incident",
            "the load test holds twice that peak for 1 h without errors",
        ),
        (
            "detect",
            "P3",
            "Add an alert on the headroom of `{name}`, before it is used up",
            "in a rehearsal the alert fires at least 10 minutes before `{alert}`",
        ),
    ),
    "false alarm": (
        (
            "detect",
            "P2",
            "Correct the limit of the alert `{alert}`",
            (
                "the rule is silent over the recorded series of this incident and fires in a "
                "rehearsal of a real failure"
            ),
        ),
        (
            "prevent",
            "P3",
            "Add a test of the rule `{alert}` against a healthy day",
            "the test of the rule runs in the pipeline and is green",
        ),
    ),
    "unknown": (
        (
            "prevent",
            "P2",
            ("Record the event that began this incident in the trigger section of this document"),
            "the trigger section names an event with evidence, and a person has reviewed it",
        ),
        (
            "mitigate",
            "P2",
            "Add the case to a runbook that matches `{alert}`",
            "a drill in which the alert fires for `{name}` ends with a leading hypothesis",
        ),
    ),
}
