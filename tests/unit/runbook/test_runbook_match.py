import time
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stanch.runbook.findings import RefusedError
from stanch.runbook.match import Match, match, ranking, suggestions
from stanch.runbook.match_labels import holds, read_matcher
from stanch.runbook.model import AlertMatch, HypothesisSpec, Runbook
from tests.time_bounds import below, uncovered, work_below


def runbook(name: str, *alerts: str, **fields: Any) -> Runbook:
    """Return a runbook for alerts that are written as lists of matchers: a=b, c!=d."""
    return Runbook(
        **{"title": "A trouble", "path": Path(f"{name}.md"), **fields},
        name=name,
        sha256="",
        steps=(),
        alerts=tuple(_alert(text) for text in alerts),
    )


def _alert(text: str) -> AlertMatch:
    read = [read_matcher(part) for part in text.split(", ")]
    return AlertMatch(
        labels={one.name: one.value for one in read if one.op == "="},
        matchers=tuple(one for one in read if one.op != "="),
    )


def said(found: tuple[Match, ...]) -> list[tuple[str, int, bool, str]]:
    return [(one.runbook.name, one.rank, one.tie, one.why) for one in found]


@pytest.mark.parametrize(
    ("text", "labels", "expected"),
    [
        ("a=b", {"a": "b"}, True),
        ("a=b", {"a": "bb"}, False),
        ('a = "b c"', {"a": "b c"}, True),
        (r'a="b\"c\\d\n"', {"a": 'b"c\\d\n'}, True),
        ('a=""', {}, True),
        ("a!=b", {}, True),
        ("a!=b", {"a": "b"}, False),
        ("a=~b.+", {"a": "bcd"}, True),
        ("a=~b.+", {"a": "abcd"}, False),
        ('a=~"b|c"', {"a": "bc"}, False),
        ('a=~"b|c"', {"a": "c"}, True),
        ('a=~"b?"', {}, True),
        ("a!~b.*", {"a": "bcd"}, False),
        ("a!~b.*", {}, True),
        ('a=~"(?i)kube.+"', {"a": "KubePod"}, True),
        ('a=~"a.b"', {"a": "a\nb"}, False),
    ],
)
def test_a_matcher_holds_as_in_alertmanager(
    text: str, labels: dict[str, str], expected: bool
) -> None:
    matcher = read_matcher(text)
    assert holds(matcher, labels) is expected
    assert read_matcher(str(matcher)) == matcher


@pytest.mark.parametrize(
    "text",
    [
        *("", "a", "a=", "=b", "a==b", "a~b", "1a=b", 'a="b', 'a=b"c"', "a=b c", 'a=~"("', "a!~["),
        *(
            r'a="\x"',
            "a=b\n",
            r'a=~"(\\d)\\1"',
            'a=~"(?=b)"',
            'a=~"(x{900}){900}"',
            "a=" + "b" * 600,
        ),
    ],
)
def test_what_is_no_matcher_is_refused_with_the_form_to_write(text: str) -> None:
    with pytest.raises(RefusedError) as refused:
        read_matcher(text)
    assert refused.value.code == "RB068"
    assert refused.value.remedy


@given(st.text(max_size=40), st.sampled_from(["=", "!="]), st.text(max_size=40))
def test_a_matcher_is_written_so_that_it_is_read_again(value: str, op: str, other: str) -> None:
    escaped = value.replace("\\", r"\\").replace('"', r"\"").replace("\n", r"\n")
    matcher = read_matcher(f'a{op}"{escaped}"')
    assert matcher.value == value
    assert read_matcher(str(matcher)) == matcher
    assert holds(matcher, {"a": other}) is ((value == other) is (op == "="))


def test_a_pattern_costs_no_more_than_the_value_is_long() -> None:
    matcher = read_matcher('a=~"(a+)+$"')
    with work_below(1):
        assert not holds(matcher, {"a": "a" * 50_000 + "b"})


def test_more_labels_come_first_then_exact_ones_and_ties_are_told() -> None:
    found = match(
        [
            runbook("pattern", 'alertname=~"Kube.+"'),
            runbook("b", "alertname=KubeDown"),
            runbook("a", "alertname=KubeDown"),
            runbook("two", 'alertname="KubeDown", severity!="info"'),
            runbook("other", 'alertname="KubeDown", severity!="page"'),
        ],
        {"alertname": "KubeDown", "severity": "page"},
    )
    assert said(found) == [
        ("two", 1, False, 'alertname=KubeDown, severity!="info"'),
        ("a", 2, True, "alertname=KubeDown"),
        ("b", 2, True, "alertname=KubeDown"),
        ("pattern", 4, False, 'alertname=~"Kube.+" (KubeDown)'),
    ]
    assert all(one.sure for one in found)


@pytest.mark.parametrize(
    ("url", "fits"),
    [
        ("https://wiki.example/pool", True),
        ("https://wiki.example/pool/", True),
        ("https://wiki.example/pool2", False),
        ("https://git.example/runbooks/blob/main/postgres/pool.md", True),
        ("https://git.example/postgres/pool?tab=1#top", True),
        ("https://git.example/my-postgres/pool", False),
        ("https://git.example/pool", False),
        ("https://evil.example/?/postgres/pool", False),
        ("", False),
        ("http://[", False),
    ],
)
def test_the_annotation_runbook_url_names_a_runbook(url: str, fits: bool) -> None:
    one = runbook("postgres/pool", runbook_urls=("https://wiki.example/pool",))
    found = match([one], {"alertname": "X"}, {"runbook_url": url})
    assert [one.why for one in found] == ([f"runbook_url {url}"] if fits else [])
    assert all(one.way == "runbook_url" and one.sure for one in found)


def test_the_service_of_an_alert_is_the_last_thing_that_leads_somewhere() -> None:
    books = [
        runbook("ours", service="checkout"),
        runbook("theirs", service="cart"),
        runbook("none"),
        runbook("by-url"),
        runbook("by-label", "alertname=X"),
    ]
    labels = {"alertname": "X", "deployment": "checkout"}
    found = match(books, labels, {"runbook_url": "https://x/by-url.html"})
    assert said(found) == [
        ("by-label", 1, False, "alertname=X"),
        ("by-url", 2, False, "runbook_url https://x/by-url.html"),
        ("ours", 3, False, "deployment=checkout is the runbook's service"),
    ]


def test_what_else_speaks_for_a_runbook_breaks_a_tie_and_is_said() -> None:
    books = [runbook("a", "alertname=X"), runbook("b", "alertname=X", service="cart")]
    found = match(books, {"alertname": "X", "service": "cart"})
    assert said(found) == [
        ("b", 1, False, "alertname=X; service=cart is the runbook's service"),
        ("a", 2, False, "alertname=X"),
    ]


POOL = runbook(
    "postgres/pool",
    title="The connection pool is exhausted",
    hypotheses={
        "leak": HypothesisSpec.model_validate({"claim": "Connections leak.", "for": ["x"]})
    },
)
CRASH = runbook("kubernetes/crash", title="Pods crash again and again", prose="A pod in a loop.")


def test_words_only_suggest_and_never_lead() -> None:
    labels = {"alertname": "KubePodCrashLooping", "severity": "page"}
    assert match([POOL, CRASH], labels) == ()
    [found] = suggestions([POOL, CRASH], labels)
    assert (found.runbook, found.sure, found.way) == (CRASH, False, "words")
    assert found.why == "words: pod, crash, looping"
    assert ranking([POOL, CRASH], labels) == (found,)


def test_a_suggestion_comes_after_all_that_leads() -> None:
    books = [POOL, CRASH, runbook("z", "alertname=PodCrash")]
    found = ranking(books, {"alertname": "PodCrash"})
    assert [(one.runbook.name, one.rank, one.sure) for one in found] == [
        ("z", 1, True),
        ("kubernetes/crash", 2, False),
    ]


def test_one_word_alone_and_words_of_every_alert_suggest_nothing() -> None:
    assert suggestions([POOL, CRASH], {"alertname": "PodSlow"}) == ()
    assert suggestions([POOL, CRASH], {}, {"summary": "the error is and was very critical"}) == ()
    assert suggestions([], {"alertname": "KubePodCrashLooping"}) == ()


@given(st.text(max_size=200))
def test_what_an_alert_says_is_never_an_operator_of_the_search(text: str) -> None:
    found = suggestions([POOL, CRASH], {"alertname": text}, {"description": text})
    assert all(not one.sure for one in found)


@pytest.mark.parametrize(
    "text", ['pool" OR "crash', "pool* NEAR(pods connection)", "title:pods -pool"]
)
def test_operators_in_an_alert_are_words(text: str) -> None:
    for one in suggestions([POOL, CRASH], {}, {"summary": text}):
        assert set(one.why.removeprefix("words: ").split(", ")) <= {
            *("pool", "pods", "crash", "connection", "near", "title")
        }


def test_a_hundred_runbooks_are_searched_in_a_twentieth_of_a_second() -> None:
    prose = " ".join(f"word{number % 300} and others" for number in range(500))
    books = [
        runbook(f"r{number}", f"alertname=A{number}", title=f"Trouble {number}", prose=prose)
        for number in range(99)
    ] + [CRASH]
    labels = {"alertname": "KubePodCrashLooping"}
    summary = {"description": "Pod checkout-1 crashes again and again in a loop of restarts."}
    took = []
    for _ in range(3):
        start = time.process_time()
        with uncovered():
            assert suggestions(books, labels, summary)[0].runbook == CRASH
        took.append(time.process_time() - start)
    below(min(took), 0.05)
