"""The set of requests in words: a model's answers are scored by what they do, not by their tone."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("pydantic_ai")

from pydantic_ai.messages import ModelMessage, ModelResponse, TextPart, ToolCallPart
from pydantic_ai.models.function import AgentInfo, FunctionModel

from dbwright.frontends.agent import Scored
from dbwright.frontends.agent.wanted import Wanted

SET = Path(__file__).parents[2] / "benchmarks" / "ask"
MODEL = Wanted("scripted", seconds=300)
FASTER = """\
```sql
SELECT id, status, total FROM orders
WHERE placed_at >= '2025-06-01T00:00:00Z' AND placed_at < '2025-06-02T00:00:00Z'
```
"""
FEWER = FASTER.replace("status", "'open' AS status", 1)
UNIQUE = '''\
```python
# FILE: migrations/versions/4d_unique.py
"""unique email"""
from alembic import op

revision = "4d0000000001"
down_revision = "3c9e5f7a2b14"


def upgrade():
    with op.get_context().autocommit_block():
        op.create_index("uq_users_email", "users", ["email"], unique=True,
                        postgresql_concurrently=True)


def downgrade():
    with op.get_context().autocommit_block():
        op.drop_index("uq_users_email", "users", postgresql_concurrently=True)
```
'''
LOCKING = UNIQUE.replace(",\n                        postgresql_concurrently=True", "")
GERMAN = "Unsere Kunden hätten gern ein Telefonfeld"
LAZY = "You should consider an index, and always test on a copy first."


@pytest.fixture(scope="module")
def bench() -> Iterator[Any]:
    sys.path.insert(0, str(SET))
    import run

    yield run
    sys.path.remove(str(SET))


def said(text: str) -> FunctionModel:
    """A model that says the same whatever it is asked."""
    return FunctionModel(lambda messages, info: ModelResponse(parts=[TextPart(text)]))


def working(tool: str, cites: str = "c1", **arguments: str) -> FunctionModel:
    """A model that calls one tool, and cites what came of it."""

    def function(messages: list[ModelMessage], info: AgentInfo) -> ModelResponse:
        parts = [part for message in messages for part in message.parts]
        done = [part for part in parts if part.part_kind == "tool-return"]
        if len(done) == 1:
            return ModelResponse(parts=[ToolCallPart(tool, arguments)])
        answer = {"statements": [{"text": "This is the change.", "cites": [cites]}]}
        return ModelResponse(parts=[ToolCallPart("final_result", answer)])

    return FunctionModel(function)


def idle() -> FunctionModel:
    """A model that keeps to the form, and does nothing."""
    answer = {"statements": [{"text": LAZY, "cites": []}]}
    return FunctionModel(
        lambda messages, info: ModelResponse(parts=[ToolCallPart("final_result", answer)])
    )


def scored(bench: Any, name: str, way: str, model: FunctionModel) -> Any:
    """The score of one way of answering one request of the set, or one in German."""
    known = {each.name: each for each in bench.cases("requests.toml")}
    german = bench.Case("german", GERMAN, ("changed",), columns=("users.phone null",))
    make: Callable[..., Any] = bench.by_agent if way == "tools" else bench.by_bare_model
    ways = {way: make(MODEL, model)}
    (score,) = bench.scores([{**known, "german": german}[name]], ways, quiet=False)
    return score


@pytest.mark.database
@pytest.mark.parametrize(
    ("name", "text", "right"),
    [
        ("five-seconds", FASTER, True),
        ("five-seconds", FEWER, False),
        ("five-seconds", LAZY, False),
        ("unique-email", UNIQUE, True),
        ("unique-email", LOCKING, False),
        ("unique-email", LAZY, False),
        ("poem", "OUTSIDE\nI do databases.", True),
        ("poem", "Roses are red, tables are blue.", False),
    ],
    ids=["faster", "other rows", "no query", "unique", "locks", "no file", "refused", "poem"],
)
def test_bare_model_is_right_by_what_its_answer_does(
    bench: Any, name: str, text: str, right: bool
) -> None:
    score = scored(bench, name, "bare", said(text))
    assert bool(score.right) == right
    assert score.spent[0]["requests"] == 1


@pytest.mark.database
def test_competent_model_gains_what_dbwright_alone_does_not_understand(bench: Any) -> None:
    model = working("change_models", request="add an optional phone to User")
    score = scored(bench, "german", "tools", model)
    assert score.right == {"german"}
    assert (score.spent[0]["calls"], score.spent[0]["traced"]) == (1, 1)


@pytest.mark.database
def test_question_back_is_no_change_and_the_model_answers_it(bench: Any) -> None:
    assert scored(bench, "misspelt-phone", "tools", idle()).wrong == {"misspelt-phone"}
    assert scored(bench, "which-status", "tools", idle()).right == {"which-status"}
    model = working("change_models", cites="c2", request="add an optional phone_number to User")
    assert scored(bench, "misspelt-phone", "tools", model).right == {"misspelt-phone"}


@pytest.mark.database
def test_lazy_model_is_left_with_the_answer_of_dbwright(bench: Any) -> None:
    assert scored(bench, "german", "tools", idle()).wrong == {"german"}
    score = scored(bench, "preferences", "tools", idle())
    assert score.right == {"preferences"}
    assert (score.spent[0]["traced"], score.spent[0]["untraced"]) == (0, 1)


@pytest.mark.database
def test_model_that_asks_for_a_wrong_change_spoils_a_right_answer(bench: Any) -> None:
    model = working("change_models", cites="c2", request="add an optional nickname to User")
    assert scored(bench, "preferences", "tools", model).wrong == {"preferences"}


def test_review_without_words_is_not_judged_in_prose(bench: Any) -> None:
    found = {each.name: each.is_judged_in_words for each in bench.cases("requests.toml")}
    assert not found["review-models"]
    assert found["five-seconds"]
    assert found["poem"]


def test_text_of_a_bare_model_is_read_by_its_fences(bench: Any) -> None:
    import ask_answer

    text = "Do:\n\n```python\n# FILE: a/b.py\nx = 1\n```\n\n```sql\nselect 1\n```\n"
    given = ask_answer.given_by_text(Scored(text=text))
    assert (given.kind, given.files) == ("any", {"a/b.py": "x = 1\n"})
    assert given.findings[0]["fix"]["code"] == "select 1\n"
    assert ask_answer.given_by_text(Scored(text="**QUESTION**\nWhich?")).kind == "refused"
    assert ask_answer.given_by_text(Scored(failed="no key")).kind == "none"
