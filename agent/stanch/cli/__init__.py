"""The command line: parse, call the service, print.

Commands are listed here and imported when they run, so that `--help` stays instant.
"""

from stanch.cli.lazy import LazyGroup

app = LazyGroup(
    name="stanch",
    help="Run incidents by runbook: typed operations, human approval, a verified post-mortem.",
    commands={
        "demo": ("stanch.cli.demo:demo", "Run a whole incident in the practice production."),
        "init": ("stanch.cli.init:init", "Write a policy that lists you as an approver."),
        "open": ("stanch.cli.run:open_", "Open an incident from an alert and run it."),
        "resume": ("stanch.cli.run:resume", "Go on with an incident where it stopped."),
        "incidents": ("stanch.cli.read:incidents", "List the incidents, the newest first."),
        "show": ("stanch.cli.read:show", "Show how an incident stands."),
        "timeline": ("stanch.cli.read:timeline", "Show what happened, in order."),
        "postmortem": ("stanch.cli.read:postmortem", "Print the post-mortem of an incident."),
        "pending": ("stanch.cli.answer:pending", "List the approvals that wait for a decision."),
        "approve": ("stanch.cli.answer:approve", "Approve one change, exactly as it is shown."),
        "reject": ("stanch.cli.answer:reject", "Reject one change, with a reason."),
        "settle": ("stanch.cli.answer:settle", "Say whether a change in doubt ran."),
        "runbook": ("stanch.cli.runbook:runbook", "Check, import, match and show runbooks."),
        "audit": ("stanch.cli.audit:audit", "Verify the journal."),
        "graph": ("stanch.cli.graph:graph", "Print the flow as a Mermaid diagram."),
    },
)
