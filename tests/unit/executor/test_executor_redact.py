"""No secret passes; names of secrets and ordinary words do."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stanch.executor import Redactor
from stanch.executor.redact import MASK
from tests.time_bounds import work_below

JWT = "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0NSJ9.c2lnbmF0dXJl"
SECRETS = [
    ("password=hunter2", "hunter2"),
    ("DB_PASSWORD: s3cr3t-value", "s3cr3t-value"),
    ('{"api_key": "abcdef123456"}', "abcdef123456"),
    ("Authorization: Bearer abc.def-ghi", "abc.def-ghi"),
    ("curl -H 'authorization: Basic dXNlcjpwYXNz'", "dXNlcjpwYXNz"),
    ("postgres://shop:pa55w0rd@db:5432/shop", "pa55w0rd"),
    ("redis://:only-pass@cache", "only-pass"),
    (f"token is {JWT}", JWT),
    ("key AKIAIOSFODNN7EXAMPLE used", "AKIAIOSFODNN7EXAMPLE"),
    ("ghp_abcdefghijklmnopqrstuvwxyz0123456789", "ghp_abcdefghijklmnopqrstuvwxyz0123456789"),
    ("sk-proj-abcdefghijklmnopqrstuvwx", "sk-proj-abcdefghijklmnopqrstuvwx"),
    ("xoxb-1234567890-abcdefghij", "xoxb-1234567890-abcdefghij"),
    ("-----BEGIN RSA PRIVATE KEY-----\nMIIEow\n-----END RSA PRIVATE KEY-----", "MIIEow"),
    ("-----BEGIN PRIVATE KEY-----\nMIIEow cut off", "MIIEow"),
    ("client_secret='a b c d'", "a b c d"),
    ("dbPassword=hunter2", "hunter2"),
    ("aws_secret_access_key = wJalrXUtnFEMI", "wJalrXUtnFEMI"),
    ("DB_PASS=hunter2", "hunter2"),
    ("MYSQL_PWD=hunter2", "hunter2"),
    ("SIGNING_KEY: hunter22", "hunter22"),
    ("DSN=root:pw1234@tcp(db:3306)/shop", "pw1234"),
    ("login --password hunter2 --host db", "hunter2"),
    ('{\\"password\\":\\"hunter2\\"}', "hunter2"),
    ("postgres://u:p@ss@host/db", "ss@host"),
    ("Cookie: a=b; session=hunter22", "hunter22"),
    ("github_pat_11ABCDEFG0abcdefghijkl_mnop", "github_pat_11ABCDEFG0abcdefghijkl_mnop"),
    ("hvs.CAESIJabcdefghijklmnop", "hvs.CAESIJabcdefghijklmnop"),
    ("sk_live_abcdefghijklmnop1234", "sk_live_abcdefghijklmnop1234"),
    ("-----BEGIN PGP PRIVATE KEY BLOCK-----\nlQOY", "lQOY"),
]
HARMLESS = [
    "author: bob",
    "token bucket is full",
    "level=error route=/pay msg=upstream timed out",
    "authorization failed for user 7",
    "secretName: checkout-tls",
    "image: registry.local/token-service:1.2",
    "max_tokens=4096",
    "the key of the map is 7",
    "mail to ops@example.com",
    "compass=north",
    "password must be changed",
    "https://example.com/path?page=2",
]


@pytest.mark.parametrize(("text", "secret"), SECRETS)
def test_a_secret_is_masked_in_text(text: str, secret: str) -> None:
    redactor = Redactor()
    shown = redactor.text(text)
    assert secret not in shown
    assert MASK in shown
    assert redactor.count >= 1


@pytest.mark.parametrize("text", HARMLESS)
def test_ordinary_words_stay(text: str) -> None:
    redactor = Redactor()
    assert (redactor.text(text), redactor.count) == (text, 0)


@given(
    secret=st.text("abcdefghijklmnop0123456789-_", min_size=6, max_size=40),
    before=st.text(max_size=20),
    after=st.text(max_size=20),
)
def test_a_known_secret_never_passes_wherever_it_stands(
    secret: str, before: str, after: str
) -> None:
    data = {"a": [before + secret + after, {"b": secret}], "name": "X"}
    shown = Redactor([secret]).data(data)
    assert secret not in json.dumps(shown, ensure_ascii=False)


@pytest.mark.parametrize(
    "piece",
    ["a", "token", "token:", "a.b-", "x://", "secret ", "bearer ", "eyJaaaaaaaa.", "-----BEGIN "],
)
def test_a_hostile_line_takes_no_longer_than_a_long_one(piece: str) -> None:
    line = piece * (100_000 // len(piece))
    with work_below(5):
        Redactor(["a-known-secret"]).text(line)
        # Linear work takes milliseconds here; a pattern that tries again from every letter, hours.


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("msg=token=abcdef rest", f"msg=token={MASK} rest"),
        ('a"token":"abc"', f'a"token":{MASK}'),
        ("token=ab token=abc", f"token=ab token={MASK}"),
        ("token = 'a b', key=1", f"token = {MASK}, key=1"),
        ("my.access-key.id: abc;next", f"my.access-key.id: {MASK};next"),
        ("bearer\tabcdef", f"bearer\t{MASK}"),
        ("dsn=x://u:p@h/p?password=pw1", f"dsn=x://u:{MASK}@h/p?password={MASK}"),
        ("\u017fecret=abc to\u212aen:abc", f"\u017fecret={MASK} to\u212aen:{MASK}"),
    ],
)
def test_only_the_value_is_masked(text: str, shown: str) -> None:
    assert Redactor().text(text) == shown


@given(text=st.text(max_size=200))
def test_redacting_twice_changes_nothing_more(text: str) -> None:
    once = Redactor().text(text)
    again = Redactor()
    assert again.text(once) == once


@pytest.mark.parametrize(
    ("data", "shown"),
    [
        (
            {"env": [{"name": "DB_PASSWORD", "value": "x"}, {"name": "URL", "value": "http://p"}]},
            {"env": [{"name": "DB_PASSWORD", "value": MASK}, {"name": "URL", "value": "http://p"}]},
        ),
        ({"password": "x", "secretName": "tls"}, {"password": MASK, "secretName": "tls"}),
        ({"items": [1, None, True, 2.5]}, {"items": [1, None, True, 2.5]}),
        ({"name": "API_TOKEN", "value": None}, {"name": "API_TOKEN", "value": MASK}),
    ],
)
def test_fields_that_hold_secrets_are_masked_by_their_name(data: Any, shown: Any) -> None:
    assert Redactor().data(data) == shown


def test_the_argument_after_a_flag_of_a_secret_is_masked() -> None:
    shown = Redactor().data(["--password", "hunter2", "--host", "db", "--token=abc123"])
    assert shown == ["--password", MASK, "--host", "db", f"--token={MASK}"]


@pytest.mark.parametrize(
    ("path", "before", "after", "shown"),
    [
        ("spec.containers[token-service].image", "a:1", "a:2", ("a:1", "a:2")),
        ("spec.automountServiceAccountToken", True, False, (True, False)),
        ("spec.containers[a].env[DB_PASS].value", "x1", "x2", (MASK, f"{MASK} (another one)")),
        ("spec.containers[a].env[DB_PASS].value", None, "x2", (None, MASK)),
        ("spec.containers[a].env[PORT].value", "80", "81", ("80", "81")),
        (
            "spec.containers[a].env[DB_PASS].valueFrom.secretKeyRef",
            {"name": "db", "key": "old"},
            {"name": "db", "key": "new"},
            ({"name": "db", "key": "old"}, {"name": "db", "key": "new"}),
        ),
    ],
)
def test_a_difference_hides_a_secret_and_nothing_else(
    path: str, before: Any, after: Any, shown: tuple[Any, Any]
) -> None:
    assert Redactor().difference(path, before, after) == shown


def test_masks_are_counted_once() -> None:
    redactor = Redactor(["hunter2hunter2"])
    redactor.text("hunter2hunter2 and again hunter2hunter2")
    assert redactor.count == 2
    redactor.data({"password": MASK, "name": "TOKEN", "value": MASK})
    redactor.text(f"redis://:{MASK}@x token={MASK}")
    redactor.text(f"Cookie: {MASK}")
    assert redactor.count == 2
