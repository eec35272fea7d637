"""Laws of changes by kubectl: no value, patch or flag makes one look like less than it is."""

import json
import shlex
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from stanch.runbook.kinds import models
from stanch.tools.operations import BaseIntent
from stanch.tools.operations.kubernetes_intents import CreateObject, PatchObjects
from tests.unit.runbook.kubectl_effects import read

JSON = st.recursive(
    st.one_of(st.booleans(), st.integers(), st.text("abc", max_size=3)),
    lambda inner: st.one_of(
        st.lists(inner, min_size=1, max_size=3),
        st.dictionaries(st.text("abc", min_size=1), inner, max_size=3),
    ),
)


@given(
    body=st.dictionaries(st.text("abc", min_size=1), JSON, min_size=1),
    path=st.lists(st.text("xyz", min_size=1), max_size=4),
    final=st.sampled_from([None, "finalizers", "$patch"]),
)
def test_a_removal_anywhere_in_a_patch_is_destructive(
    body: dict[str, Any], path: list[str], final: str | None
) -> None:
    inner: Any = {"z": None} if final is None else {final: ["a"]}
    for step in path:
        inner = {step: [inner]}
    common: dict[str, Any] = {"objects": ({"resource": "pods", "name": "a"},), "type": "merge"}
    removing = PatchObjects.model_validate({**common, "patch": json.dumps({**body, "zz": inner})})
    keeping = PatchObjects.model_validate({**common, "patch": json.dumps(body)})
    assert removing.effect.word == "destructive"
    assert keeping.effect.word == "mutate"


def test_every_intent_says_how_a_person_would_type_it() -> None:
    for text in ("delete pod a", "taint nodes a b=c:NoSchedule", "label pod a b=c d-", "drain a"):
        template, _ = read(f"-n shop {text}")
        made = models()[template.kind].model_validate(template.fields)
        assert isinstance(made, BaseIntent)
        again, _ = read(made.as_text().removeprefix("kubectl "))
        assert models()[again.kind].model_validate(again.fields) == made


@given(value=st.text(st.characters(codec="ascii", exclude_categories=["Cc"]), max_size=20))
def test_a_value_that_is_shown_in_a_command_stays_one_word(value: str) -> None:
    objects = {"objects": ({"resource": "pods", "name": "a"},)}
    patch = json.dumps({"a": value})
    for kind, fields, word in (
        ("intent.annotate", {"assign": [{"key": "b", "value": value}]}, f"b={value}"),
        ("intent.set", {"part": "env", "values": [f"B={value}"]}, f"B={value}"),
        ("intent.patch", {"patch": patch}, patch),
    ):
        made = models()[kind].model_validate({**objects, **fields})
        assert word in shlex.split(made.as_text())
    applied = models()["intent.apply"].model_validate({"verb": "apply", "files": [f"x{value}"]})
    assert shlex.split(applied.as_text()) == ["kubectl", "apply", "-f", f"x{value}"]
    created = CreateObject(resource="configmaps", words=(f"--from-literal=a={value}",))
    assert shlex.split(created.as_text())[-1] == f"--from-literal=a={value}"


def test_an_object_made_from_words_shows_them() -> None:
    made = CreateObject(resource="namespaces", words=("a",))
    assert made.as_text() == "kubectl create namespaces a"


FLAGS = st.lists(
    st.sampled_from(
        [
            *("-n get", "-nget", "-n=get", "--namespace get", "--namespace=get"),
            *("--context logs", "--context=logs", "--request-timeout 1s"),
        ]
    ),
    max_size=3,
    unique_by=lambda flag: flag.lstrip("-")[0],
)


@given(flags=FLAGS, at=st.integers(0, 3))
def test_no_flag_around_a_verb_makes_another_verb_of_it(flags: list[str], at: int) -> None:
    for verb, wanted in (("delete pod a", "destructive"), ("label pod a b=c", "mutate")):
        template, worst = read(" ".join((*flags[:at], verb, *flags[at:])))
        assert (template.kind.partition(".")[0], worst) == ("intent", wanted)
