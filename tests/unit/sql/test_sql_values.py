"""What PostgreSQL writes becomes what JSON keeps, and nothing of it is lost on the way."""

import json
from datetime import UTC, datetime
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st
from psycopg.adapt import AdaptersMap

from stanch.tools.clients.sql.query import _names
from stanch.tools.clients.sql.values import _LOADERS, moment, number, register

decimals = st.decimals(allow_nan=False, allow_infinity=False, places=6).map(lambda d: f"{d:f}")


@given(text=st.one_of(decimals, st.integers().map(str)))
def test_a_decimal_keeps_all_of_its_value(text: str) -> None:
    found = number(text)

    assert Decimal(str(found) if isinstance(found, str) else repr(found)) == Decimal(text)
    assert json.loads(json.dumps(found, allow_nan=False)) == found


@given(value=st.integers(-(2**80), 2**80))
def test_a_whole_number_of_64_bits_stays_a_number(value: int) -> None:
    assert isinstance(number(str(value)), int) is (-(2**63) <= value < 2**63)


@given(value=st.datetimes(datetime(1000, 1, 1), datetime(9999, 1, 1)))  # noqa: DTZ001 - they are made aware below
def test_a_moment_is_the_same_moment_in_one_form(value: datetime) -> None:
    aware = value.replace(tzinfo=UTC)
    text = f"{aware:%Y-%m-%d %H:%M:%S}"
    fraction = f"{aware.microsecond:06d}".rstrip("0")
    written = f"{aware.year:04d}{text[text.index('-') :]}" + (f".{fraction}" if fraction else "")

    assert moment(f"{written}+00") == aware.isoformat(timespec="microseconds")


@pytest.mark.parametrize("text", ["infinity", "-infinity", "0044-03-15 12:00:00+00 BC", "", "x"])
def test_what_is_no_moment_of_ours_stays_what_it_is(text: str) -> None:
    assert moment(text) == text


@given(data=st.binary(max_size=40), name=st.sampled_from(["json", "jsonb"]))
def test_json_that_cannot_be_read_stays_text(data: bytes, name: str) -> None:
    loaded = _LOADERS[name](0, None).load(data)

    assert json.loads(json.dumps(loaded)) == loaded


@pytest.mark.parametrize("text", ["NaN", "Infinity", "-Infinity"])
def test_what_json_has_no_number_for_stays_text(text: str) -> None:
    assert number(text) == text
    assert _LOADERS["float8"](0, None).load(text.encode()) == text


def test_json_with_no_number_in_it_is_still_json() -> None:
    assert _LOADERS["json"](0, None).load(b'{"a": NaN}') == {"a": "NaN"}


def test_every_type_has_a_way_to_be_read() -> None:
    adapters = AdaptersMap()
    register(adapters)

    assert adapters.get_loader(0, 0) is not None  # type: ignore[arg-type]


@given(names=st.lists(st.sampled_from(["a", "a_2", "b", "?column?"]), max_size=12))
def test_columns_of_one_name_are_told_apart(names: list[str]) -> None:
    found = _names(names)

    assert len(set(found)) == len(names)
    for name, own in zip(names, found, strict=True):
        assert own == name or own.startswith(f"{name}_")
