from collections.abc import Mapping
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from stanch.runbook.bind import bind, bind_context, bind_expression, bind_shown
from stanch.runbook.binding import BindingError
from stanch.runbook.fill import names
from stanch.runbook.kinds import sample
from stanch.runbook.model import (
    FilterTemplate,
    Joined,
    Param,
    ParamRef,
    ParamType,
    Step,
    Template,
)
from stanch.runbook.places import check_slots
from stanch.runbook.values import NARROW, PATTERNS, fits

TYPES: tuple[ParamType, ...] = tuple(PATTERNS)
X = ParamRef(param="x")
AROUND = Joined(parts=("web-", X, "-rw"))
FIELDS: dict[str, tuple[str, dict[str, Any]]] = {
    "name": ("kubernetes.read", {"namespace": "shop", "resource": "services", "name": X}),
    "part of a name": (
        "kubernetes.read",
        {"namespace": "shop", "resource": "services", "name": AROUND},
    ),
    "namespace": ("kubernetes.events", {"namespace": X}),
    "logs": ("kubernetes.logs", {"namespace": "shop", "pod": X, "tail": 5}),
    "number": ("kubernetes.logs", {"namespace": "shop", "pod": "web-0", "tail": X}),
    "deployment": ("intent.undo_rollout", {"namespace": "shop", "name": X}),
    "value": ("sql.query", {"statement": "SELECT name FROM orders WHERE id = $1", "values": [X]}),
}
HOSTILE = st.one_of(
    st.text(max_size=30),
    st.sampled_from(
        [
            *(
                "x; rm -rf /",
                "$(id)",
                "`id`",
                "a b",
                "-A",
                "--all",
                "a,b=c",
                'x"} or up{a="',
                "x' --",
            ),
            *(
                "../../x",
                "a/b",
                "{}",
                "[]",
                "*",
                "\u202eshop",
                "a\nb",
                "a\0b",
                "<y>",
                "$y",
                "",
                "-5",
            ),
            *("1e3", "007", "0x10", "secrets", "null", "true", "x" * 300, "x'; DROP TABLE a; --"),
        ]
    ),
    st.from_regex(r"[a-z0-9]([-a-z0-9._/]{0,20}[a-z0-9])?", fullmatch=True),
    st.integers(-20, 2000).map(str),
)


def declared(type_: ParamType) -> Param:
    """Return a parameter of a type, with all that the type asks for."""
    return Param(
        type=type_,
        values=("a", "b-2") if type_ == "enum" else (),
        under="/var/log" if type_ == "path" else None,
        least=-3 if type_ == "integer" else None,
    )


def step(kind: str, fields: dict[str, Any], **more: Any) -> Step:
    parts = [fields, *more.values()]
    used = names([getattr(part, "fields", part) for part in _flat(parts)])
    template = Template(kind=kind, fields=fields, params=used, **more)
    return Step(name="s", section="diagnosis", text="", template=template, line=3)


def _flat(parts: list[Any]) -> list[Any]:
    return [one for part in parts for one in (part if isinstance(part, tuple) else (part,))]


def leaves(value: object, path: str = "") -> dict[str, object]:
    """Return every leaf of nested data by its path."""
    if isinstance(value, Mapping):
        items = [(str(key), item) for key, item in value.items()]
    elif isinstance(value, list | tuple):
        items = [(str(at), item) for at, item in enumerate(value)]
    else:
        return {path: value}
    found = {k: leaf for key, item in items for k, leaf in leaves(item, f"{path}.{key}").items()}
    return found or {path: ()}


@settings(deadline=None)
@given(where=st.sampled_from(sorted(FIELDS)), type_=st.sampled_from(TYPES), value=HOSTILE)
def test_no_value_changes_more_than_its_own_field(where: str, type_: ParamType, value: str) -> None:
    kind, fields = FIELDS[where]
    params = {"x": declared(type_)}
    one = step(kind, fields)
    try:
        typical = bind(one, {"x": sample(params["x"])}, params=params)
    except BindingError:
        return
    try:
        bound = bind(one, {"x": value}, params=params)
    except BindingError:
        return
    assert fits(value, params["x"])
    assert (type(bound), bound.effect) == (type(typical), typical.effect)
    before, after = leaves(typical.model_dump()), leaves(bound.model_dump())
    assert after.keys() == before.keys()
    written = f"web-{value}-rw" if where == "part of a name" else value
    changed = [str(after[path]) for path in before if before[path] != after[path]]
    assert changed in ([], [written])


@pytest.mark.parametrize("where", sorted(FIELDS))
def test_every_place_takes_some_type_so_that_the_law_says_something(where: str) -> None:
    kind, fields = FIELDS[where]
    taken = set()
    for type_ in TYPES:
        params = {"x": declared(type_)}
        try:
            bind(step(kind, fields), {"x": sample(params["x"])}, params=params)
        except BindingError:
            continue
        taken.add(type_)
    assert taken
    assert ("sql-value" in taken) is (where == "value")
    if where == "part of a name":
        assert taken <= NARROW


def test_a_value_is_held_to_its_declared_type_once_more() -> None:
    one = step(*FIELDS["namespace"])
    assert bind(one, {"x": "shop"}, params={"x": Param(type="enum", values=("shop",))})
    with pytest.raises(BindingError, match=r"<x> cannot be 'shop'.*\(one of cart, web\)"):
        bind(one, {"x": "shop"}, params={"x": Param(type="enum", values=("cart", "web"))})


def test_what_nobody_declared_is_held_to_the_type_of_a_label_value() -> None:
    assert bind(step(*FIELDS["namespace"]), {"x": "shop"}, params={})
    with pytest.raises(BindingError, match="type label-value"):
        bind(step(*FIELDS["value"]), {"x": "O'Brien"}, params={})


def test_a_text_for_the_database_stands_only_where_it_binds_values() -> None:
    params = {"x": Param(type="sql-value")}
    text = {"x": "in two words, with 100 %"}
    bound = bind(step(*FIELDS["value"]), text, params=params)
    assert leaves(bound.model_dump())[".values.0"] == text["x"]
    for where in sorted(FIELDS.keys() - {"value"}):
        with pytest.raises(BindingError, match=r"sql-value|cannot be a part"):
            bind(step(*FIELDS[where]), {"x": "a"}, params=params)
    with pytest.raises(BindingError, match="sql-value"):
        bind_expression('up{a="<x>"}', {"x": "a"}, params=params)


@pytest.mark.parametrize("type_", sorted(set(PATTERNS) - NARROW))
def test_only_narrow_types_are_a_part_of_a_field(type_: ParamType) -> None:
    one = step(*FIELDS["part of a name"])
    params = {"x": declared(type_)}
    with pytest.raises(BindingError, match="cannot be a part of a field"):
        check_slots(one.template, params, where="here")


def test_filters_formats_and_contexts_are_held_to_the_types_too() -> None:
    one = step(
        "kubernetes.events",
        {"namespace": "shop"},
        filters=(FilterTemplate(kind="head", fields={"lines": X}),),
        context=X,
    )
    params = {"x": Param(type="integer", most=9)}
    view, [head] = bind_shown(one, {"x": "7"}, params=params)
    assert view is None
    assert head.model_dump()["lines"] == 7
    assert bind_context(one, {"x": "7"}, params=params) == "7"
    for values, said in (({"x": "10"}, "from 0 to 9"), ({}, "needs a value for: x")):
        with pytest.raises(BindingError, match=said):
            bind_shown(one, values, params=params)
        with pytest.raises(BindingError, match=said):
            bind_context(one, values, params=params)
    with pytest.raises(BindingError, match="sql-value"):
        bind_shown(one, {"x": "7"}, params={"x": Param(type="sql-value")})
    assert bind_context(step(*FIELDS["namespace"]), {}, params={}) is None


def test_a_long_value_is_told_in_short() -> None:
    with pytest.raises(BindingError) as failed:
        bind(step(*FIELDS["namespace"]), {"x": "y" * 10_000}, params={})
    assert len(str(failed.value)) < 300
