"""Hostile values for parameters: what an alert, an output or a person might hand over.

A value is bound into templates of every grammar. It must be refused, or must leave the
operation as it was: the same kind, effect and fields, but for the places that the
parameter fills.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from random import Random
from typing import Any, Final

from stanch.runbook.bind import bind, bind_shown
from stanch.runbook.binding import BindingError
from stanch.runbook.command import output_template, query_template, sql_template
from stanch.runbook.fill import names
from stanch.runbook.kinds import sample
from stanch.runbook.model import Param, Step, Template
from stanch.tools.operations import BaseIntent, BaseOperation, Frozen

Leaves = dict[tuple[str | int, ...], object]

_TYPES: Final[dict[str, dict[str, Any]]] = {
    "label": {"type": "dns-label"},
    "name": {"type": "dns-subdomain"},
    "value": {"type": "label-value"},
    "host": {"type": "hostname"},
    "path": {"type": "path", "under": "/var/log"},
    "count": {"type": "integer", "least": 1, "most": 500},
    "amount": {"type": "quantity"},
    "choice": {"type": "enum", "values": ["web", "worker"]},
    "column": {"type": "sql-identifier"},
    "text": {"type": "sql-value"},
}
PARAMS: Final = {name: Param.model_validate(spec) for name, spec in _TYPES.items()}

LINES: Final = (
    "kubectl get pods -n <label> -l app=<value>",
    "kubectl get pod <name> -n <label> -o jsonpath='{.status.phase}'",
    "kubectl describe deployment/<name> -n <label>",
    "kubectl logs deploy/<name> -n <label> --tail=<count>",
    "kubectl logs <name>-0 -n <label> -c <choice>",
    "kubectl get events -n <label> | grep <name> | head -n <count>",
    "kubectl get pods -n <label> -o wide | awk '/<name>/ {print $1}'",
    "kubectl top pods -n <label> | sort -k3 | tail -n <count>",
    "kubectl scale deployment/<name> -n <label> --replicas=<count>",
    "kubectl rollout undo deployment/<name> -n <label> --to-revision=<count>",
    "kubectl rollout restart statefulset/<name> -n <label>",
    "kubectl set resources deployment/<name> -n <label> --limits=memory=<amount>",
    "kubectl cordon <name>",
    "kubectl annotate deployment <name> -n <label> owner=<value>",
    "kubectl delete pod <name> -n <label>",
    "kubectl exec <name> -n <label> -- df -h <path>",
    "oc get route <name> -n <label>",
    "ssh <host> systemctl status nginx",
    "ssh <host> tail -n <count> <path>",
    "journalctl -u <choice> -n <count> --no-pager",
    "systemctl restart <choice>",
    "dig <host>",
    "ping -c <count> <host>",
    "grep error <path>",
    "curl -s http://<host>/healthz",
    "psql -c \"SELECT count(*) FROM orders WHERE state = '<text>'\"",
)
QUERIES: Final = (
    'sum(rate(http_requests_total{namespace="<label>",pod=~"web-.*"}[5m]))',
    'up{instance="<host>"} == 0',
    'max by (pod) (kube_pod_info{pod="<name>", node!="<value>"})',
)
STATEMENTS: Final = (
    "SELECT pid, state FROM pg_stat_activity WHERE datname = <text>",
    "SELECT * FROM orders WHERE id = <count> AND state = <text> LIMIT 10",
    "SELECT count(*) FROM orders WHERE note LIKE '<text>'",
    "SELECT <column> FROM orders LIMIT 5",
)

_PIECES: Final = (
    *(
        "a",
        "web-0",
        "7",
        "shop",
        "/var/log/x",
        "10.0.0.1",
        "90s",
        "500m",
        "A_0",
        "worker",
        "00",
        "-1",
    ),
    *(";", "|", "&", "&&", "$(id)", "`id`", "$HOME", "${IFS}", ">", "<", "<name>", "#", "--", "-"),
    *("'", '"', "\\", "''", '""', "\\'", "\n", "\r", "\t", "\0", " ", "  ", "\u00a0", "\u200b"),
    *("{", "}", "[", "]", "(", ")", "*", "?", "~", "!", "^", "%", "=", ",", ":", "@", "+", "."),
    *("..", "/../", "/etc/shadow", "--as=root", "-o", "--kubeconfig", "$$", "$1", "/*", "*/"),
    *("' OR 1=1 --", "'; DROP TABLE t; --", '"} or up{x="', '"}[5m', "$tag$", "%s", "%00", "\\x00"),
    *("é", "\u2019", "\u043e", "\u0661", "\u202e", "\ue000", "\ud800", "👾", "x" * 64, "x" * 300),
    *(
        "0x10",
        "1e9",
        "1_000",
        "+5",
        " 5",
        "5 ",
        "\u0665",
        "99999999999999999999",
        "NaN",
        "null",
        "true",
    ),
    *(
        "http://169.254.169.254/",
        "localhost",
        "[::1]",
        "a.b.",
        ".a",
        "-a",
        "a-",
        "A",
        "_",
        "pg_sleep(9)",
    ),
)


@dataclass(frozen=True, slots=True)
class Bindable:
    """A template, with what it is with values that nobody could object to."""

    text: str
    step: Step
    plain: BaseOperation | BaseIntent
    leaves: Leaves


@dataclass(frozen=True, slots=True)
class Change:
    """A value that changed more than its own place."""

    text: str
    values: Mapping[str, str]
    why: str


def bindables() -> Iterator[Bindable]:
    """Yield the templates of the table, each bound once with typical values."""
    for text in LINES:
        yield _bindable(text, output_template(text, PARAMS)[0])
    for text in QUERIES:
        yield _bindable(text, query_template(text, PARAMS))
    for text in STATEMENTS:
        yield _bindable(text, sql_template(text, PARAMS))


def value(rng: Random, param: Param) -> str:
    """Return a value that may be typical of `param`, and is more likely to be hostile."""
    if rng.random() < 0.2:
        return sample(param)
    pieces = [rng.choice(_PIECES) for _ in range(rng.choice((1, 1, 2, 3)))]
    if rng.random() < 0.3:
        pieces.insert(rng.randrange(len(pieces) + 1), sample(param))
    return "".join(pieces)


def attack(target: Bindable, name: str, hostile: str) -> tuple[bool, Change | None]:
    """Bind `hostile` for the parameter `name`; return whether it was accepted, and a change."""
    values = {one: sample(PARAMS[one]) for one in target.step.template.params}
    values[name] = hostile
    try:
        made = bind(target.step, values, params=PARAMS)
        leaves = _leaves(made, target.step, values)
    except BindingError:
        return False, None
    return True, _change(target, name, values, made, leaves)


def _change(
    target: Bindable,
    name: str,
    values: Mapping[str, str],
    made: BaseOperation | BaseIntent,
    leaves: Leaves,
) -> Change | None:
    if type(made) is not type(target.plain) or made.effect is not target.plain.effect:
        return Change(target.text, values, "it became another operation")
    if leaves.keys() != target.leaves.keys():
        return Change(target.text, values, f"fields: {leaves.keys() ^ target.leaves.keys()}")
    filled = _places(target.step.template, name)
    for place, leaf in leaves.items():
        if leaf != target.leaves[place] and place not in filled:
            return Change(target.text, values, f"{place} became {leaf!r}")
        if place in filled and not _held(leaf, target.leaves[place], values[name], name):
            return Change(target.text, values, f"{place} became {leaf!r}")
    return None


def _held(leaf: object, plain: object, hostile: str, name: str) -> bool:
    """Return whether `leaf` is `plain` with the hostile value where the typical one was."""
    typical = sample(PARAMS[name])
    if isinstance(plain, str) and typical in plain:
        before, _, after = plain.partition(typical)
        return isinstance(leaf, str) and leaf.startswith(before) and leaf.endswith(after)
    return str(leaf) == hostile


def _bindable(text: str, template: Template) -> Bindable:
    step = Step(name="step", section="diagnosis", text=text, template=template, line=1)
    values = {one: sample(PARAMS[one]) for one in template.params}
    made = bind(step, values, params=PARAMS)
    return Bindable(text, step, made, _leaves(made, step, values))


def _leaves(made: Frozen, step: Step, values: Mapping[str, str]) -> Leaves:
    view, filters = bind_shown(step, values, params=PARAMS)
    shown = view.model_dump() if view else {}
    held = [one.model_dump() for one in filters]
    return dict(_flat({"fields": made.model_dump(), "view": shown, "filters": held}))


def _places(template: Template, name: str) -> set[tuple[str | int, ...]]:
    held = [one.fields for one in template.filters]
    parts = {"fields": template.fields, "view": template.view or {}, "filters": held}
    places = {place for place, leaf in _flat(parts) if name in names(leaf)}
    if template.kind.startswith("metrics."):
        places.add(("fields", "expression"))
    return places


def _flat(
    node: object, place: tuple[str | int, ...] = ()
) -> Iterator[tuple[tuple[str | int, ...], object]]:
    match node:
        case dict():
            for key, one in node.items():
                yield from _flat(one, (*place, key))
        case list() | tuple():
            for at, one in enumerate(node):
                yield from _flat(one, (*place, at))
        case _:
            yield place, node
