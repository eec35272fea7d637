import pytest
from hypothesis import given
from hypothesis import strategies as st

from stanch.runbook.binding import NARROW
from stanch.runbook.kinds import sample
from stanch.runbook.model import Param, ParamType
from stanch.runbook.values import PATTERNS, bounds, fits, wanted

PARAMS: dict[ParamType, Param] = {
    **{type_: Param(type=type_) for type_ in PATTERNS},
    "enum": Param(type="enum", values=("blue", "green")),
    "integer": Param(type="integer", least=-5, most=50),
    "path": Param(type="path", under="/var/log"),
}
YES: dict[ParamType, tuple[str, ...]] = {
    "dns-label": ("a", "shop-2", "a" * 63),
    "dns-subdomain": ("a", "web.shop.svc", "0.0"),
    "label-value": ("A_b.c-d", "v1.2.3", "0"),
    "hostname": ("db-1", "DB.example.com", "10.0.0.7", "255.255.255.255", "3com.com", "x1"),
    "path": ("/var/log/syslog", "/var/log/app@1/a,b+c=d:e_%.log", "/var/log/..."),
    "integer": ("0", "-5", "50", "7"),
    "duration": ("90s", "10m", "1h30m", "1h", "2h5m7s", "0s"),
    "quantity": ("500m", "1Gi", "2", "0.5", "100Mi", "3k", "0"),
    "enum": ("blue", "green"),
    "sql-identifier": ("orders", "_x", "Orders_2"),
    "sql-value": ("o'Brien", "a; DROP TABLE b --", "ü", " ", "x" * 200, "$1", "日本"),
    "commit": ("0a1b2c3", "a" * 40, "f" * 64, "1234567"),
}
NO: dict[ParamType, tuple[str, ...]] = {
    "dns-label": ("", "A", "-a", "a-", "a.b", "a" * 64, "a\n", "a b", "\u0430"),
    "dns-subdomain": ("", ".a", "a..b", "a.", "a_b", "a/b", "a" * 254),
    "label-value": ("", "a/b", "-a", "a-", "a b", "a" * 64, "a,b=c", "é"),
    "hostname": (
        *("", "-a", "a_b", "a..b", "a.", "a b", "::1", "user@h", "h:22", "a/b", "--help"),
        *("2130706433", "127.1", "0x7f000001", "0177.0.0.1", "10.0.0.256", "1.2.3.4.5", "a.0x1"),
    ),
    "path": (
        *("", "/", "/var/log", "/var/log/", "/var/log/../../etc/shadow", "/var/log/./a"),
        *("/var/logs/a", "/etc/passwd", "var/log/a", "/var/log//a", "/var/log/a*", "/var/log/~a"),
        *("/var/log/a b", "/var/log/a\n", "/var/log/a;b", "/var/log/$x", "/var/log/a\0", "-/a"),
        *("/var/log/{a,b}", "/var/log/[a]", "/var/log/a?", "/var/log/..", "/var/log/" + "a" * 2000),
    ),
    "integer": ("", "-6", "51", "007", "+1", "1e1", "1.0", "-0", " 1", "1_0", "٣", "0x1", "--1"),
    "duration": ("", "90", "s", "30m1h", "1h1h", "-5m", "1.5h", "1d", "5 m", "10ms", "1234567s"),
    "quantity": ("", "-1", "1.", ".5", "1GB", "1 Gi", "01", "1e3", "1mi", "Gi"),
    "enum": ("", "red", "Blue", "blue\n", "blue,green"),
    "sql-identifier": ("", "1a", "a-b", "a.b", 'a"', "a b", "a;", "a" * 64, "$a", "é"),
    "sql-value": ("", "a\0", "a\nb", "a\tb", "\u202ea", "\u200b", "x" * 201, "\x7f", "\ud800"),
    "commit": ("", "0a1b2c", "A" * 40, "g" * 7, "HEAD", "main", "0a1b2c3^", "a" * 65, "0a1b2c3\n"),
}


@pytest.mark.parametrize("type_", sorted(PATTERNS))
def test_a_type_takes_what_is_of_it_and_nothing_else(type_: ParamType) -> None:
    param = PARAMS[type_]
    assert [value for value in YES[type_] if not fits(value, param)] == []
    assert [value for value in NO[type_] if fits(value, param)] == []


@pytest.mark.parametrize("type_", sorted(PATTERNS))
def test_the_sample_of_a_type_is_of_it_and_a_person_is_told_what_fits(type_: ParamType) -> None:
    assert fits(sample(PARAMS[type_]), PARAMS[type_])
    assert len(wanted(PARAMS[type_])) > 10


def test_the_bounds_of_a_parameter_are_told() -> None:
    assert wanted(PARAMS["integer"]).endswith("from -5 to 50")
    assert wanted(PARAMS["path"]).endswith("under /var/log")
    assert wanted(PARAMS["enum"]) == "one of blue, green"
    assert bounds(Param(type="integer")) == (0, 999_999_999)
    assert bounds(Param(type="integer", most=3)) == (0, 3)


def test_what_lacks_its_bounds_takes_nothing() -> None:
    assert not fits("/var/log/a", Param(type="path"))
    assert not fits("a", Param(type="enum"))


@given(
    value=st.one_of(
        st.text(min_size=1),
        st.from_regex(r"/var/log/[-a-z./*~ ]{1,20}", fullmatch=True),
        st.from_regex(r"[-+a-zA-Z0-9._:/]{1,20}", fullmatch=True),
    ),
    type_=st.sampled_from(sorted(PATTERNS)),
)
def test_no_type_but_the_one_for_databases_takes_what_could_be_read_as_more(
    value: str, type_: ParamType
) -> None:
    if not fits(value, PARAMS[type_]):
        return
    assert value.isprintable()
    if type_ == "sql-value":
        return
    assert value.isascii()
    assert not set(value) & set(" \t\n;&|<>()$`\\\"'*?[]{}#~!^")
    assert ".." not in value.split("/")
    assert not value.startswith("-") or type_ == "integer"
    if type_ in NARROW:
        assert not set(value) & set("/:=,@%+")
