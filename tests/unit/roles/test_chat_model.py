"""A chat model over real HTTP: what is asked, how often, and which answers are believed."""

import json
from typing import Any

import pytest

from stanch.roles import Budget, ChatModel, Cost, Endpoint, Limits
from stanch.roles.errors import (
    ModelAnswerError,
    ModelBudgetError,
    ModelError,
    ModelRequestError,
)
from tests.services.scripted_model import ScriptedModel, Turn, fails, says
from tests.unit.roles.role_samples import KEY, menu, model, writing

GOOD = {"chosen": ["dependency"], "why": "The onset speaks for it.", "cites": ["C:onset"]}


def test_a_good_answer_becomes_a_choice_of_the_menu() -> None:
    with ScriptedModel([says(GOOD)]) as server:
        answer = model(server).ask(menu())
    assert answer.value.chosen == ("dependency",)
    assert answer.value.why == "The onset speaks for it."
    assert answer.value.cites == ("C:onset",)
    assert answer.value.by == "model:scripted"
    assert (answer.cost.tokens_in, answer.cost.tokens_out) == (100, 20)
    assert answer.cost.seconds > 0


def test_the_question_carries_the_key_the_schema_and_no_temperature_above_zero() -> None:
    with ScriptedModel() as server:
        model(server).choose(menu())
    [asked] = server.asked
    assert asked.path == "/v1/chat/completions"
    assert asked.headers["authorization"] == f"Bearer {KEY}"
    assert asked.body["temperature"] == 0
    assert asked.body["max_tokens"] == 4_000
    schema = asked.body["response_format"]["json_schema"]
    assert schema["strict"] is True
    chosen = schema["schema"]["properties"]["chosen"]["items"]["enum"]
    assert chosen == ["bad-release", "dependency", "no-incident"]
    assert KEY not in json.dumps(asked.body)


@pytest.mark.parametrize(
    ("turn", "words"),
    [
        (Turn(content="the release, I think"), "not of the asked shape"),
        (Turn(content='{"chosen": ["bad-release"'), "not of the asked shape"),
        (says({"choice": "bad-release"}), "not of the asked shape"),
        (says({**GOOD, "chosen": "dependency"}), "chosen"),
        (says({**GOOD, "chosen": ["everything"]}), "not on the menu"),
        (says({**GOOD, "chosen": []}), "0 options"),
        (says({**GOOD, "cites": ["E-777"]}), "not among the facts"),
        (says({**GOOD, "why": "See https://evil.example"}), "a link"),
        (says(GOOD, finish="length"), "finish_reason is 'length'"),
        (says(GOOD, finish="content_filter"), "finish_reason is 'content_filter'"),
        (says(GOOD, finish="tool_calls"), "finish_reason is 'tool_calls'"),
        (says(GOOD, finish=None), "finish_reason is 'nothing'"),
        (says(GOOD, refusal="I cannot help with that"), "refused: I cannot help"),
        (Turn(content="   "), "empty"),
        (Turn(body=b"{not json"), "no chat completion"),
        (Turn(body=b'{"choices": []}'), "no chat completion"),
        (Turn(body=b'{"choices": null}'), "no chat completion"),
        (Turn(body=b"[" * 100_000), "no chat completion"),
        (Turn(body=b"\xff\xfe"), "no chat completion"),
        (Turn(body=b" " * 1_100_000), "longer than"),
    ],
)
def test_an_unusable_answer_is_refused_and_not_asked_for_again(turn: Turn, words: str) -> None:
    with ScriptedModel([turn]) as server, pytest.raises(ModelAnswerError, match=words):
        model(server).choose(menu())
    assert len(server.asked) == 1


def test_an_answer_in_a_code_fence_is_read() -> None:
    with ScriptedModel([Turn(content=f"```json\n{json.dumps(GOOD)}\n```")]) as server:
        assert model(server).choose(menu()).chosen == ("dependency",)


def test_a_server_that_knows_only_json_mode_is_asked_in_json_mode_from_then_on() -> None:
    script = [fails(400, "response_format json_schema is not supported"), says(GOOD), says(GOOD)]
    with ScriptedModel(script) as server:
        chat = model(server)
        assert chat.choose(menu()).chosen == ("dependency",)
        assert chat.choose(menu()).chosen == ("dependency",)
    formats = [one.body["response_format"]["type"] for one in server.asked]
    assert formats == ["json_schema", "json_object", "json_object"]


def test_a_server_that_knows_neither_is_asked_in_words() -> None:
    script = [fails(400, "unknown field"), fails(422, "unknown field"), says(GOOD)]
    with ScriptedModel(script) as server:
        assert model(server).choose(menu()).chosen == ("dependency",)
    assert "response_format" not in server.asked[-1].body


def test_a_model_that_fixes_its_temperature_and_counts_its_thoughts_is_served() -> None:
    script = [
        fails(400, "'max_tokens' is not supported; use 'max_completion_tokens'"),
        fails(400, "'temperature' does not support 0 with this model"),
        says(GOOD),
    ]
    with ScriptedModel(script) as server:
        assert model(server).choose(menu()).chosen == ("dependency",)
    last = server.asked[-1].body
    assert last["max_completion_tokens"] == 4_000
    assert last["response_format"]["type"] == "json_schema"
    assert not {"temperature", "max_tokens"} & set(last)


def test_a_question_that_no_dialect_makes_acceptable_is_given_up() -> None:
    too_long = fails(400, "the context is too long")
    with ScriptedModel(otherwise=too_long) as server:
        with pytest.raises(ModelRequestError, match="too long"):
            model(server).choose(menu())
        assert len(server.asked) == 3


def test_tokens_that_the_server_does_not_count_are_guessed() -> None:
    with ScriptedModel([says(GOOD, usage={"prompt_tokens": -5})]) as server:
        cost = model(server).ask(menu()).cost
    assert cost.tokens_in > 300
    assert cost.tokens_out > 10


def test_a_refused_answer_is_paid_too() -> None:
    budget = Budget()
    with ScriptedModel([says(GOOD, finish="length"), Turn(body=b"{")]) as server:
        chat = model(server, budget)
        for _ in range(2):
            with pytest.raises(ModelAnswerError):
                chat.choose(menu())
    assert budget.spent.tokens_in > 400
    assert budget.spent.seconds > 0


def test_nothing_is_sent_when_the_budget_cannot_pay_it() -> None:
    with ScriptedModel() as server:
        for poor in (Budget(tokens=4_000), Budget(spent=Cost(seconds=1e6))):
            with pytest.raises(ModelBudgetError):
                model(server, poor).choose(menu())
    assert server.asked == []


def test_a_server_without_a_key_is_asked_without_one() -> None:
    with ScriptedModel([says(GOOD)]) as server:
        chat = ChatModel(Endpoint(model="m", base_url=server.url), Budget(), limits=Limits())
        assert chat.choose(menu()).chosen == ("dependency",)
    assert server.asked[0].headers["authorization"] == "Bearer none"


def test_a_key_in_the_environment_is_not_picked_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", "sk-from-the-environment")
    monkeypatch.setenv("OPENAI_BASE_URL", "http://127.0.0.1:1/v1")
    with ScriptedModel([says(GOOD)]) as server:
        ChatModel(Endpoint(model="m", base_url=server.url), Budget()).choose(menu())
    assert "sk-from-the-environment" not in str(server.asked[0])


def sections(**texts: Any) -> dict[str, Any]:
    return {
        "sections": [
            {"section": name, "sentences": [{"text": text, "cites": ["E-004"]}]}
            for name, text in texts.items()
        ]
    }


def test_sections_are_written_in_one_question() -> None:
    answer = sections(summary="It broke.", impact="Users noticed.", invented="Nothing.")
    with ScriptedModel([says(answer)]) as server:
        written = model(server).write([writing("summary"), writing("impact")])
    assert {name: claims[0].text for name, claims in written.items()} == {
        "summary": "It broke.",
        "impact": "Users noticed.",
    }
    assert len(server.asked) == 1


def test_a_section_that_cannot_stand_is_left_out_and_the_others_stay() -> None:
    answer = sections(summary="Now delete the namespace.", impact="Users noticed.")
    with ScriptedModel([says(answer)]) as server:
        written = model(server).write([writing("summary"), writing("impact")])
    assert list(written) == ["impact"]


@pytest.mark.parametrize("text", ["", "x" * 601])
def test_a_sentence_of_impossible_length_takes_its_section_out(text: str) -> None:
    with ScriptedModel([says(sections(summary=text, impact="Users noticed."))]) as server:
        written = model(server).write([writing("summary"), writing("impact")])
    assert list(written) == ["impact"]


def test_an_answer_that_writes_a_section_twice_is_refused() -> None:
    twice = {"sections": sections(summary="One.")["sections"] * 2}
    with ScriptedModel([says(twice)]) as server, pytest.raises(ModelAnswerError, match="twice"):
        model(server).write([writing("summary")])


def test_nothing_to_write_asks_nothing() -> None:
    with ScriptedModel() as server:
        assert model(server).write([]) == {}
    assert server.asked == []


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"model": " "}, "STANCH_MODEL"),
        ({"base_url": "api.openai.com"}, "OPENAI_BASE_URL"),
        ({"base_url": "https://user:pass@host/v1"}, "OPENAI_BASE_URL"),
        ({"base_url": "file:///etc/passwd"}, "OPENAI_BASE_URL"),
        ({"api_key": "two words"}, "OPENAI_API_KEY"),
        ({"api_key": "schlüssel"}, "OPENAI_API_KEY"),
    ],
)
def test_a_setting_that_cannot_work_is_an_error_that_names_it(
    fields: dict[str, str], words: str
) -> None:
    with pytest.raises(ValueError, match=words):
        Endpoint(**({"model": "m"} | fields))


@pytest.mark.parametrize("cause", ["an HTTP error", "a refusal"])
def test_no_piece_of_the_key_is_left_where_a_servers_words_are_cut(cause: str) -> None:
    repeats = [f"{'x' * pad}{KEY}{'y' * 300}" for pad in range(20, 140, 6)]
    script = [
        fails(401, words) if cause == "an HTTP error" else says(GOOD, refusal=words)
        for words in repeats
    ]
    with ScriptedModel(script) as server:
        chat = model(server)
        for _ in repeats:
            with pytest.raises(ModelError) as caught:
                chat.choose(menu())
            assert KEY[:7] not in str(caught.value)
            assert KEY[-7:] not in str(caught.value)


def test_the_key_is_not_in_the_printed_endpoint() -> None:
    assert KEY not in repr(Endpoint(model="m", api_key=KEY))
