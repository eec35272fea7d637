import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from stanch.runbook.bind import bind
from stanch.runbook.binding import BindingError, bind_params, fits
from stanch.runbook.command import command_template
from stanch.runbook.model import Param, Runbook, Step
from stanch.tools.operations import (
    ListObjects,
    QueryMetricsRange,
    ReadLogs,
    ScaleWorkload,
    UndoRollout,
)

from .runbook_samples import sample

LABELS = {"namespace": "shop", "deployment": "checkout", "severity": "critical"}
NUMBER = {"n": Param(type="integer")}
VALUES = {"namespace": "shop", "deployment": "checkout", "dependency": "payments", "lines": "50"}


@pytest.fixture(scope="module")
def runbook(tmp_path_factory: pytest.TempPathFactory) -> Runbook:
    return sample(tmp_path_factory.mktemp("runbooks"))


def test_a_parameter_comes_from_a_label_a_finding_or_its_default(runbook: Runbook) -> None:
    bound = bind_params(
        runbook, labels=LABELS, findings={"failing-dependency": "payments"}, given={}
    )
    assert (bound.values, bound.missing) == (VALUES, {})


def test_what_has_no_value_yet_is_missing_with_its_reason(runbook: Runbook) -> None:
    bound = bind_params(runbook, labels={"namespace": "shop"}, findings={}, given={})
    assert bound.values == {"namespace": "shop", "lines": "50"}
    alone = runbook.model_copy(update={"params": {"pod": Param(type="dns-label")}})
    assert bind_params(alone, labels={"pod": "x"}, findings={}, given={}).missing == {
        "pod": "it must be given by hand"
    }
    assert bound.missing == {
        "deployment": "the alert has no label 'deployment'",
        "dependency": "nothing was found yet that says 'failing-dependency'",
    }


def test_annotations_and_outputs_of_steps_are_sources_too(runbook: Runbook) -> None:
    params = {
        "folder": Param.model_validate(
            {"type": "path", "under": "/var/log", "from": "annotations.folder"}
        ),
        "pod": Param.model_validate({"type": "dns-label", "from": "output.POD"}),
    }
    book = runbook.model_copy(update={"params": params})
    nothing = bind_params(book, labels={"folder": "/var/log/a"}, findings={"POD": "a"}, given={})
    assert nothing.values == {}
    assert nothing.missing == {
        "folder": "the alert has no annotation 'folder'",
        "pod": "no step has printed 'POD' yet",
    }
    bound = bind_params(
        book,
        labels={},
        findings={},
        given={},
        annotations={"folder": "/var/log/../../etc"},
        outputs={"POD": "web-1"},
    )
    assert bound.values == {"pod": "web-1"}
    assert bound.missing["folder"].endswith("under /var/log)")


def test_a_value_given_by_hand_wins(runbook: Runbook) -> None:
    bound = bind_params(runbook, labels=LABELS, findings={}, given={"deployment": "web"})
    assert bound.values["deployment"] == "web"


def test_an_unknown_parameter_is_refused_with_the_known_ones(runbook: Runbook) -> None:
    with pytest.raises(BindingError, match=r"no parameter 'pod'.*deployment.*lines.*namespace"):
        bind_params(runbook, labels=LABELS, findings={}, given={"pod": "x"})


def test_a_given_value_of_another_type_is_refused(runbook: Runbook) -> None:
    with pytest.raises(BindingError, match=r"is '1e3', which is not of the type integer"):
        bind_params(runbook, labels=LABELS, findings={}, given={"lines": "1e3"})


@given(
    st.one_of(
        st.text(),
        st.sampled_from(["shop\n", "shop;rm", "-shop", "Shop", "sh op", "<x>", "$(x)", "a" * 64]),
    ).filter(lambda value: value and not fits(value, Param(type="dns-label")))
)
def test_a_label_of_another_type_leaves_the_parameter_without_a_value(
    runbook: Runbook, value: str
) -> None:
    bound = bind_params(runbook, labels={"namespace": value}, findings={}, given={})
    assert "namespace" not in bound.values
    assert "which is not of the type dns-label" in bound.missing["namespace"]
    assert len(bound.missing["namespace"]) < 600


def test_a_step_becomes_a_checked_operation_or_intent(runbook: Runbook) -> None:
    pods = bind(runbook.step("pods"), VALUES, params=runbook.params)
    assert isinstance(pods, ListObjects)
    assert pods.as_text() == "kubectl get pods -n shop -l 'app=checkout'"
    logs = bind(runbook.step("logs"), VALUES, params=runbook.params)
    assert isinstance(logs, ReadLogs)
    assert (logs.deployment, logs.tail) == ("payments", 50)
    errors = bind(runbook.step("errors"), VALUES, params=runbook.params)
    assert isinstance(errors, QueryMetricsRange)
    assert errors.expression == 'sum(rate(http_requests_total{namespace="shop"}[1m]))'
    assert bind(runbook.step("undo-rollout"), VALUES, params=runbook.params) == UndoRollout(
        namespace="shop", name="checkout"
    )


def test_a_missing_value_is_named_with_the_step_and_its_line(runbook: Runbook) -> None:
    with pytest.raises(BindingError, match=r"step 'pods' \(line 41\) needs .*: deployment"):
        bind(runbook.step("pods"), {"namespace": "shop"}, params=runbook.params)


def test_a_value_that_its_field_does_not_take_is_refused(runbook: Runbook) -> None:
    with pytest.raises(BindingError, match="tail cannot be '9999999'"):
        bind(runbook.step("logs"), VALUES | {"lines": "9999999"}, params=runbook.params)


def test_a_value_that_an_intent_does_not_take_is_refused_in_its_own_words() -> None:
    template = command_template("kubectl scale deploy/a -n b --replicas=<n>", {})
    step = Step(name="more", section="mitigation", text="", template=template, line=7)
    with pytest.raises(BindingError, match=r"'more' \(line 7\): replicas cannot be '99999'"):
        bind(step, {"n": "99999"}, params=NUMBER)
    assert bind(step, {"n": "5"}, params=NUMBER) == ScaleWorkload(
        namespace="b", name="a", replicas=5
    )


hostile = st.one_of(
    st.text(max_size=40),
    st.sampled_from(
        [
            *('x"} or up{a="', "x' -A", "shop -n other", "a,b=c", "a\nb", "a\0b", "<lines>"),
            *("$(id)", "`id`", "--all", "-A", "../../x", "a/b", "{}", "secrets", "\u202eshop"),
        ]
    ),
    st.from_regex(r"[a-z0-9]([-a-z0-9.]{0,20}[a-z0-9])?", fullmatch=True),
)


@settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(name=st.sampled_from(sorted(VALUES)), value=hostile)
def test_no_value_changes_any_other_field(runbook: Runbook, name: str, value: str) -> None:
    for step in runbook.steps:
        try:
            bound = bind(step, VALUES | {name: value}, params=runbook.params)
        except BindingError:
            continue
        before = bind(step, VALUES, params=runbook.params).model_dump()
        after = bound.model_dump()
        assert leaves(after).keys() == leaves(before).keys()
        for path, leaf in leaves(after).items():
            was = leaves(before)[path]
            if path == "expression":
                assert leaf == str(was).replace(f'"{VALUES[name]}"', f'"{value}"')
            elif leaf != was:
                assert (str(was), str(leaf)) == (VALUES[name], value)


def leaves(value: object, path: str = "") -> dict[str, object]:
    """Return every leaf of nested data by its path."""
    if isinstance(value, dict):
        items = [(str(key), item) for key, item in value.items()]
    elif isinstance(value, list | tuple):
        items = [(str(at), item) for at, item in enumerate(value)]
    else:
        return {path.strip("."): value}
    return {
        key: leaf for name, item in items for key, leaf in leaves(item, f"{path}.{name}").items()
    } or {path.strip("."): ()}
