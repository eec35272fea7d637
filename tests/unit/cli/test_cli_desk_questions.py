"""Where a program says yes to what is asked, it leaves what nobody can know to people."""

import os
from io import StringIO
from pathlib import Path

import pytest
from rich.console import Console

from stanch.cli.desk import Desk
from stanch.cli.session import Session
from stanch.graph.context import Context
from stanch.graph.unsure import wonder
from stanch.incident import Question, answer_to
from stanch.settings import Settings
from stanch.store import Store
from tests.unit.graph.graph_contexts import context, put

POLICY = """\
version: 1
environments:
  - name: production
    where: {namespaces: [shop]}
    approval: {approvers: [ann]}
"""


def ask(here: Context) -> Question:
    question = Question(
        id="INC-1:history:1:a#b",
        incident="INC-1",
        about="history",
        mitigation="a#b",
        says="Try b all the same?",
        answers=("try", "people"),
    )
    wonder(here, put(here.store), question, reason="")
    return question


def desk(store: Store, home: Path, *, answers: bool, ask: bool = False) -> Desk:
    settings = Settings(home=home, user="ann")
    settings.policy_file.write_text(POLICY, encoding="utf-8")
    return Desk(
        Session(settings, store),
        Console(file=StringIO()),
        answer=(lambda _: None) if answers else None,
        ask=ask,
        slow=None,
    )


def test_a_question_is_left_to_people_once(store: Store, home: Path) -> None:
    question = ask(context(store))
    [asked] = store.journal.events("INC-1")
    one = desk(store, home, answers=True)
    one.take(asked)
    one.take(asked)
    answer = answer_to(store.journal.events("INC-1"), question.id)
    assert answer is not None
    assert (answer["answer"], answer["by"]) == ("people", "ann")
    assert len(store.journal.events("INC-1")) == 2


def test_a_person_is_not_answered_for(store: Store, home: Path) -> None:
    question = ask(context(store))
    [asked] = store.journal.events("INC-1")
    desk(store, home, answers=False).take(asked)
    assert answer_to(store.journal.events("INC-1"), question.id) is None


def test_a_person_at_the_terminal_types_the_answer(
    store: Store, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    question = ask(context(store))
    [asked] = store.journal.events("INC-1")
    reader, writer = os.pipe()
    with os.fdopen(reader) as typed, os.fdopen(writer, "wb", buffering=0) as keys:
        monkeypatch.setattr("sys.stdin", typed)
        one = desk(store, home, answers=False, ask=True)
        one.take(asked)
        assert one.listens
        one.poll()
        keys.write(b"maybe\n")
        one.poll()
        assert answer_to(store.journal.events("INC-1"), question.id) is None
        assert one.listens
        keys.write(b"try\n")
        one.poll()
    assert not one.listens
    answer = answer_to(store.journal.events("INC-1"), question.id)
    assert answer is not None
    assert (answer["answer"], answer["by"]) == ("try", "ann")
