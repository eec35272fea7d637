"""Runbooks whose steps meet targets that misbehave."""

_HEAD = """\
---
title: {title}
owner: platform
alerts:
  - {{alertname: EdgesMet}}
{front}
---
# {title}

## Diagnosis

"""

_SIGNS = {
    "good-host": ("The good host is up.", "steps['good-host'].lines[0].startsWith('up')"),
    "good-rows": ("The shop has orders.", "steps['good-rows'].rows[0].orders > 0"),
    "good-metric": ("The shop is up.", "steps['good-metric'].result[0].value[1] == '1'"),
    "expired": ("The certificate has expired.", "steps['expired'].tls_error.contains('expired')"),
    "down": ("The host that is down is up.", "steps['down'].lines.size() > 0"),
    "changed": ("The host with another key is up.", "steps['changed'].lines.size() > 0"),
    "silent": ("The host that is silent is up.", "steps['silent'].lines.size() > 0"),
    "mute": ("The endpoint that is mute answers.", "steps['mute'].status_code == 200"),
    "slow": ("The slow statement counts.", "steps['slow'].rows.size() > 0"),
    "gap": ("The series that is gone is there.", "steps['gap'].result[0].value[1] == '1'"),
}
_STEPS = {
    "good-host": "ssh good uptime",
    "down": "ssh down uptime",
    "changed": "ssh changed uptime",
    "silent": "ssh silent uptime",
    "flood": "ssh flood dmesg",
    "binary": "ssh binary lsblk",
    "expired": "curl -sS https://app.example/healthz",
    "mute": "curl -sS {mute}/healthz",
}


def _own(name: str) -> str:
    about, cel = _SIGNS[name]
    return f'  {name}:\n    about: {about}\n    needs: [{name}]\n    cel: "{cel}"'


def side_by_side(mute: str) -> str:
    """Return the runbook whose steps meet all edges in one wave."""
    signs = "\n".join(_own(name) for name in _SIGNS)
    front = f"""\
signs:
{signs}
thresholds:
  share:
    step: broken
    value: "double(steps['broken'].result[0].value[1])"
    critical: 0.5
sli:
  limit: 0.01
  error_ratio: sum(rate(failed_total[1m])) / sum(rate(requests_total[1m]))
hypotheses:
  certificate:
    claim: The certificate of the shop has expired.
    for: [expired, good-host, good-rows, good-metric]
    against: [down, changed, silent, mute, slow, gap, share-critical]
    mitigations: []"""
    blocks = [
        f"```sh {{name={name} role=devops}}\n{line.format(mute=mute)}\n```"
        for name, line in _STEPS.items()
    ]
    blocks += [
        f"```promql {{name={name}}}\n{query}\n```"
        for name, query in {"good-metric": "up", "gap": "gone", "broken": "broken"}.items()
    ]
    blocks += [
        f"```sql {{name={name} role=db database=shop}}\n{statement}\n```"
        for name, statement in {
            "good-rows": "SELECT count(*) AS orders FROM orders",
            "slow": "SELECT count(*) AS n FROM orders a CROSS JOIN orders b CROSS JOIN orders c",
        }.items()
    ]
    title = "Everything at the edge"
    return _HEAD.format(title=title, front=front) + "\n\n".join(blocks) + "\n"


_ROWS = """\
  rows:
    about: The shop has orders.
    needs: [rows]
    cel: "steps['rows'].rows[0].orders > 0"
  no-rows:
    about: The shop has no orders.
    needs: [rows]
    cel: "steps['rows'].rows[0].orders == 0"
"""

_OF_ONE = """
```sql {name=rows role=db database=shop}
SELECT count(*) AS orders FROM orders WHERE customer = <customer>
```
"""


def after_a_value(program: str) -> str:
    """Return the runbook that asks the database for what `program` on the good host printed."""
    front = f"""\
params:
  customer: {{type: integer, from: output.customer}}
signs:
{_ROWS}\
hypotheses:
  orders:
    claim: The shop has orders.
    for: [rows]
    against: [no-rows]
    mitigations: []"""
    number = f"```sh {{name=number role=devops}}\ncustomer=$(ssh good {program})\n```\n"
    return _HEAD.format(title="Orders of one customer", front=front) + number + _OF_ONE


def only_rows() -> str:
    """Return the runbook that asks the database alone."""
    front = f"""\
signs:
{_ROWS}\
hypotheses:
  orders:
    claim: The shop has orders.
    for: [rows]
    against: [no-rows]
    mitigations: []"""
    block = "```sql {name=rows role=db database=shop}\nSELECT count(*) AS orders FROM orders\n```\n"
    return _HEAD.format(title="Orders", front=front) + block


def nothing_is_wrong() -> str:
    """Return the runbook that asks whether the users feel anything, and a host that is down."""
    front = """\
params:
  service: {type: dns-label, from: labels.service}
sli:
  limit: 0.01
  error_ratio: sum(rate(failed_total{service="<service>"}[1m]))
hypotheses:
  false-alarm:
    claim: Nothing is wrong with <service>.
    harmless: true
    for: [error-ratio-healthy]
    mitigations: []"""
    block = "```sh {name=down role=devops}\nssh down uptime\n```\n"
    return _HEAD.format(title="Nothing is wrong", front=front) + block
