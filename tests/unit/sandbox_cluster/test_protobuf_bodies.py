"""Bodies in protobuf; the encoder here is the tests' own, written from the format's description."""

import base64
from typing import TypeAlias

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stanch.sandbox.cluster import bodies, protobuf
from stanch.sandbox.cluster.status import ApiError

Parts: TypeAlias = list[tuple[int, "int | bytes"]]
NAME = b"web"


def number(value: int) -> bytes:
    value %= 1 << 64
    found = bytearray()
    while value > 0x7F:
        found.append(value & 0x7F | 0x80)
        value >>= 7
    return bytes([*found, value])


def message(*parts: tuple[int, int | bytes]) -> bytes:
    found = b""
    for field, value in parts:
        if isinstance(value, int):
            found += number(field << 3) + number(value)
        else:
            found += number(field << 3 | 2) + number(len(value)) + value
    return found


def pair(key: str, value: bytes) -> bytes:
    return message((1, key.encode()), (2, value))


def enveloped(api_version: str, kind: str, raw: bytes) -> bytes:
    head = message((1, api_version.encode()), (2, kind.encode()))
    # The empty third and fourth fields are what Go sends for what was not set.
    return b"k8s\x00" + message((1, head), (2, raw), (3, b""), (4, b""))


METADATA = message((1, NAME), (2, b""), (7, 0), (8, b""))


@given(data=st.dictionaries(st.text(min_size=1), st.text()))
def test_every_text_of_a_config_map_arrives(data: dict[str, str]) -> None:
    entries: Parts = [(2, pair(key, text.encode())) for key, text in data.items()]
    found = protobuf.read(enveloped("v1", "ConfigMap", message((1, METADATA), *entries)))
    assert found.pop("data", {}) == data
    assert found == {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "web"}}


@given(data=st.dictionaries(st.text(min_size=1), st.binary()))
def test_every_byte_of_a_secret_arrives(data: dict[str, bytes]) -> None:
    entries: Parts = [(2, pair(key, held)) for key, held in data.items()]
    found = protobuf.read(enveloped("v1", "Secret", message((1, METADATA), *entries)))
    held = {key: base64.b64decode(text) for key, text in found.get("data", {}).items()}
    assert held == data


@given(replicas=st.integers(min_value=-(2**31), max_value=2**31 - 1))
def test_a_count_arrives_even_when_it_is_nought_or_negative(replicas: int) -> None:
    spec = message((1, replicas), (5, 0), (7, 0))
    raw = message((1, METADATA), (2, spec), (3, message((1, 0), (2, 0))))
    assert protobuf.read(enveloped("apps/v1", "Deployment", raw))["spec"] == {"replicas": replicas}


def test_a_deployment_is_read_down_to_its_ports() -> None:
    port = message((2, 0), (3, 80), (5, b""))
    main = message((1, NAME), (2, b"web:1"), (6, port), (3, b"run"), (3, b"fast"), (8, b""))
    template = message((1, message((11, pair("app", NAME)))), (2, message((2, main), (11, 0))))
    chosen = message((1, pair("app", NAME)))
    raw = message((1, METADATA), (2, message((2, chosen), (3, template), (4, message((1, b""))))))
    assert protobuf.read(enveloped("apps/v1", "Deployment", raw))["spec"] == {
        "selector": {"matchLabels": {"app": "web"}},
        "template": {
            "metadata": {"labels": {"app": "web"}},
            "spec": {
                "containers": [
                    {
                        "name": "web",
                        "image": "web:1",
                        "ports": [{"containerPort": 80}],
                        "command": ["run", "fast"],
                    }
                ]
            },
        },
    }


@pytest.mark.parametrize(
    "body",
    [
        enveloped("v1", "ResourceQuota", message((1, METADATA))),
        enveloped("apps/v1beta1", "Deployment", message((1, METADATA))),
        enveloped("apps/v1", "Deployment", message((2, message((7, 1))))),
        enveloped("v1", "ConfigMap", message((1, message((1, NAME), (14, b"keep"))))),
    ],
    ids=["another kind", "another version", "an unknown field", "an unknown inner field"],
)
def test_what_would_be_lost_is_refused_with_the_forms_that_are_read(body: bytes) -> None:
    with pytest.raises(ApiError) as caught:
        bodies.read(body, bodies.PROTOBUF)
    assert caught.value.code == 415
    assert "application/json" in caught.value.message


@given(cut=st.integers(min_value=0, max_value=200), noise=st.binary(max_size=40))
def test_a_damaged_body_is_refused_and_never_an_accident(cut: int, noise: bytes) -> None:
    whole = enveloped("v1", "ConfigMap", message((1, METADATA), (2, pair("a", b"1"))))
    for body in (whole[:cut], whole[:cut] + noise, b"k8s\x00" + noise):
        try:
            bodies.read(body, bodies.PROTOBUF)
        except ApiError as error:
            assert error.code in {400, 415}  # noqa: PT017 - a body may also be whole by chance
