"""A request answered with a model as a value, and by the bare model."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from pydantic_ai.messages import ModelMessage, ModelResponse
from pydantic_ai.models.function import AgentInfo, FunctionModel

from dbwright.core.errors import UsageError
from dbwright.core.options import Options
from dbwright.core.report import Report
from dbwright.frontends.agent import answer as answered
from dbwright.frontends.agent import bare
from dbwright.frontends.agent.beside import companion
from dbwright.frontends.agent.wanted import Wanted

from .conftest import Script, answer, call, prose, results

MODEL = Wanted("scripted", seconds=120)


def test_answer_holds_what_the_model_asked_for_and_cites(shelf: Path) -> None:
    def function(messages: list[ModelMessage], info: AgentInfo) -> ModelResponse:
        if len(results(messages)) == 1:
            return call("change_models", request="add a title to Book")
        return answer(
            {"text": "Book gets a title.", "cites": ["c1"]},
            {"text": "Titles are nice.", "cites": []},
        )

    found = answered(
        "list the models", shelf, Options(), model=MODEL, scripted=FunctionModel(function)
    )
    assert found.failed == ""
    assert found.traced == ("Book gets a title.",)
    assert found.untraced == ("Titles are nice.",)
    assert [type(each).__name__ for each in found.answers] == ["Answered", "ModelsChanged"]
    assert "title" in (found.files["models.py"] or "")
    assert (found.requests, found.calls) == (2, 1)
    assert "title" not in (shelf / "models.py").read_text(), "nothing is written"


def test_refusal_has_its_way_out(shelf: Path) -> None:
    model = FunctionModel(lambda messages, info: answer({"text": "Hello.", "cites": []}))
    found = answered("hello", shelf, Options(), model=MODEL, scripted=model)
    assert "For example" in found.refused or "dbwright ask" in found.refused


def test_talk_goes_on_from_the_last_one(
    shelf: Path, script: Callable[[Script], None], capsys: pytest.CaptureFixture[str]
) -> None:
    asked: list[list[object]] = []

    def function(messages: list[ModelMessage], info: AgentInfo) -> ModelResponse:
        parts = [part for message in messages for part in message.parts]
        asked.append([part.content for part in parts if part.part_kind == "user-prompt"])
        return answer({"text": "Hm.", "cites": []})

    script(function)
    look = companion(shelf, {"model": "scripted", "quiet": True})
    assert look is not None
    look("list the models", Report())
    look("and now?", UsageError("it is not understood"))
    assert asked == [["list the models"], ["list the models", "and now?"]]
    assert capsys.readouterr().out.count("? Hm.") == 2


def test_session_without_a_model_has_no_companion(shelf: Path) -> None:
    assert companion(shelf, {}) is None


def test_bare_model_is_asked_once_without_tools() -> None:
    def function(messages: list[ModelMessage], info: AgentInfo) -> ModelResponse:
        assert not info.function_tools
        return prose("Do:\n```sql\nselect 1\n```\n")

    found = bare("faster?", "# FILE: x.py", model=MODEL, scripted=FunctionModel(function))
    assert found.code == ("select 1\n",)
    assert found.requests == 1


def test_bare_model_that_cannot_be_had_says_so() -> None:
    assert "no model that is known" in bare("x", "", model=Wanted("nobody")).failed
