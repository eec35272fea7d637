"""What an answer says as plain data: bounded, masked, and never more than it is."""

import json

from hypothesis import given
from hypothesis import strategies as st

from stanch.tools.clients.cap import Cap, size_of
from stanch.tools.clients.http.certificates import facts_of
from stanch.tools.clients.http.line import merged
from stanch.tools.clients.http.reading import data_of, masked
from stanch.tools.clients.http.sending import Answer


def answer(body: bytes, *headers: tuple[str, str], truncated: bool = False) -> Answer:
    return Answer(
        status=200,
        headers=headers,
        body=body,
        truncated=truncated,
        seconds=0.01,
        version="HTTP/1.1",
    )


@given(body=st.binary(max_size=400), size=st.integers(900, 4000))
def test_any_body_gives_data_under_the_cap(body: bytes, size: int) -> None:
    data = data_of(answer(body), secrets=(), cap=Cap(size))
    assert size_of(data) <= size + 64
    assert data["binary"] is (b"\x00" in body)


@given(
    value=st.recursive(
        st.none() | st.booleans() | st.integers() | st.text(max_size=10),
        lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner),
        max_leaves=6,
    )
)
def test_json_comes_back_as_it_was_sent(value: object) -> None:
    body = json.dumps(value).encode()
    kind = ("content-type", "application/problem+json; charset=utf-8")
    assert data_of(answer(body, kind), secrets=(), cap=Cap(100_000))["json"] == value


@given(
    secret=st.text(alphabet="abcdef0123456789", min_size=6, max_size=12), around=st.text(max_size=9)
)
def test_the_credential_that_was_sent_never_comes_back(secret: str, around: str) -> None:
    body = json.dumps({"echo": around + secret + around, secret: [secret]}).encode()
    headers = (("x-echo", secret), ("content-type", "application/json"))
    data = data_of(answer(body, *headers), secrets=(secret,), cap=Cap(100_000))
    assert secret not in json.dumps(data["json"])
    assert secret not in data["body"]
    assert secret not in data["headers"]["x-echo"]


def test_a_short_secret_is_not_looked_for_in_every_word() -> None:
    assert masked("a banana", ("an",)) == "a banana"


def test_a_header_that_comes_several_times_is_told_as_one() -> None:
    found = data_of(answer(b"", ("vary", "a"), ("vary", "b")), secrets=(), cap=Cap(9_000))
    assert found["headers"] == {"vary": "a, b"}


def test_a_truncated_body_is_marked_and_has_no_value() -> None:
    cap = Cap(9_000)
    data = data_of(answer(b"[1, 2]", truncated=True), secrets=(), cap=cap)
    assert data["json"] is None
    assert cap.truncated


def test_what_is_no_certificate_is_left_out() -> None:
    assert facts_of((b"nonsense", b"")) == []


def test_later_headers_go_before_earlier_ones_whatever_their_case() -> None:
    assert merged({"Accept": "a", "X": "1"}, {"ACCEPT": "b"}) == {"accept": "b", "x": "1"}
