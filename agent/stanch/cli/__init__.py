"""The command line: parse, call the service, print.

Commands are listed here and imported when they run, so that `--help` stays instant.
"""

from stanch.cli.lazy import LazyGroup

app = LazyGroup(
    name="stanch",
    help="Run incidents by runbook: typed operations, human approval, a verified post-mortem.",
    commands={
        "demo": ("stanch.cli.demo:demo", "Run a whole incident in the practice production."),
        "drill": ("stanch.cli.drill:drill", "Rehearse runbooks against the faults they are for."),
        "init": ("stanch.cli.init:init", "Write a policy that lists you as an approver."),
        "open": ("stanch.cli.run:open_", "Open an incident from an alert and run it."),
        "resume": ("stanch.cli.run:resume", "Go on with an incident where it stopped."),
        "incidents": ("stanch.cli.read:incidents", "List the incidents, the newest first."),
        "show": ("stanch.cli.read:show", "Show how an incident stands."),
        "timeline": ("stanch.cli.read:timeline", "Show what happened, in order."),
        "postmortem": ("stanch.cli.read:postmortem", "Print the post-mortem of an incident."),
        "pending": ("stanch.cli.decision:pending", "List the approvals that wait for a decision."),
        "approve": ("stanch.cli.decision:approve", "Approve one change, exactly as it is shown."),
        "reject": ("stanch.cli.decision:reject", "Reject one change, with a reason."),
        "abstain": ("stanch.cli.decision:abstain", "Leave one change to the other approvers."),
        "break-glass": (
            "stanch.cli.glass:break_glass",
            "Lift ceiling and freezes for one incident, for a short time.",
        ),
        "done": ("stanch.cli.answer:done", "Say that you carried out a step by hand, or did not."),
        "settle": ("stanch.cli.answer:settle", "Say whether a change in doubt ran."),
        "decide": ("stanch.cli.decide:decide", "Keep, undo or watch a change that is unclear."),
        "runbook": ("stanch.cli.runbook:runbook", "Check, import, match and show runbooks."),
        "policy": ("stanch.cli.policy:policy", "Check, explain and compare policies."),
        "token": ("stanch.cli.token:token", "Issue and revoke tokens that say who somebody is."),
        "audit": ("stanch.cli.audit:audit", "Verify the journal."),
        "graph": ("stanch.cli.graph:graph", "Print the flow as a Mermaid diagram."),
    },
)
