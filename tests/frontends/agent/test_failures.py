"""A model that fails, in every way: dbwright's answer stands, with one line about the model."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from pydantic_ai import exceptions
from pydantic_ai.messages import ModelMessage, ModelResponse, ToolCallPart
from pydantic_ai.models.function import AgentInfo, FunctionModel

from dbwright.core.options import Options
from dbwright.core.report import Report
from dbwright.frontends.agent import told
from dbwright.frontends.agent.answering import opened
from dbwright.frontends.agent.talk import Talk, talk
from dbwright.frontends.agent.wanted import Wanted

from ..conftest import Run
from .conftest import Script, answer, call, prose

FEW = Wanted("scripted", requests=4, calls=5, tokens=20_000, seconds=60)


def talked(script: Script, path: Path, wanted: Wanted = FEW) -> Talk:
    tools, request, first = opened("review it", path, Options(), Report(), lambda text: None)
    return talk(request, first, tools, wanted, FunctionModel(script))


def raises(error: Exception) -> Script:
    def function(messages: list[ModelMessage], info: AgentInfo) -> ModelResponse:
        raise error

    return function


def always(response: ModelResponse) -> Script:
    return lambda messages, info: response


def slow(messages: list[ModelMessage], info: AgentInfo) -> ModelResponse:
    time.sleep(20)
    return prose("late")


def loops(messages: list[ModelMessage], info: AgentInfo) -> ModelResponse:
    return call("rule", name=f"rule-{len(messages)}")


FAILURES: dict[str, tuple[Script, str]] = {
    "nonsense": (always(prose("colorless green ideas")), "form that was asked for"),
    "an empty answer": (always(ModelResponse(parts=[])), "form that was asked for"),
    "an empty list": (always(answer()), "form that was asked for"),
    "broken JSON": (
        always(ModelResponse(parts=[ToolCallPart("final_result", '{"statements": [{"te')])),
        "form that was asked for",
    ),
    "wrong types": (
        always(ModelResponse(parts=[ToolCallPart("final_result", {"statements": "all well"})])),
        "form that was asked for",
    ),
    "a tool that does not exist": (always(call("drop_database", name="shop")), "form that was"),
    "wrong arguments": (always(call("review", what="everything", file=7)), "form that was asked"),
    "a loop": (loops, "within the limits"),
    "ten megabytes": (always(prose("x" * 10_000_000)), "too long to be read"),
    "too many statements": (
        always(answer(*({"text": f"{n}"} for n in range(500)))), "form that was asked for",
    ),
    "no such model": (raises(exceptions.ModelNotFoundError("m", "nope")), "no model of that name"),
    "a wrong key": (raises(exceptions.ModelHTTPError(401, "m")), "refused the key"),
    "too many requests": (raises(exceptions.ModelHTTPError(429, "m")), "(429)"),
    "a fault of the provider": (raises(exceptions.ModelHTTPError(500, "m")), "(500)"),
    "a provider that is down": (raises(ConnectionRefusedError("no")), "could not be reached"),
    "an error of another kind": (raises(ZeroDivisionError("by zero\nand more")), "by zero"),
}  # fmt: skip


@pytest.mark.parametrize(("script", "why"), FAILURES.values(), ids=FAILURES)
def test_failure_is_one_line(script: Script, why: str, tmp_path: Path) -> None:
    found = talked(script, tmp_path)
    assert why in found.failed
    assert found.judged == []
    assert len(list(told.lines(found))) == 1
    assert len(next(told.lines(found))) < 300


def test_model_that_gives_no_answer_is_left_in_time(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("dbwright.frontends.agent.talk.GRACE", 1.0)
    started = time.monotonic()
    found = talked(slow, tmp_path, Wanted("scripted", seconds=1))
    assert "no answer in 1 seconds" in found.failed
    assert time.monotonic() - started < 10


def test_tool_that_neither_ends_nor_tells_is_stopped(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As Ctrl-C would: what it holds is given back on the way."""
    started, given_back, answers = threading.Event(), [], []

    def endless(name: str) -> None:
        started.set()
        try:
            while True:
                threading.Event().wait(0.01)
        finally:
            given_back.append(name)

    monkeypatch.setattr("dbwright.api.rule", endless)
    tools, _, _ = opened("x", tmp_path, Options(), Report(), lambda text: None)
    thread = threading.Thread(target=lambda: answers.append(tools.rule("x")), daemon=True)
    thread.start()
    assert started.wait(60)
    tools.stop()
    thread.join(60)
    assert given_back == ["x"]
    assert "TimeoutError" in answers[0]["error"]["message"]
    tools.stop()  # nothing runs: nothing happens


def test_tokens_are_counted_and_stop_it(tmp_path: Path) -> None:
    found = talked(loops, tmp_path, Wanted("scripted", tokens=50))
    assert "within the limits" in found.failed


def test_mistakes_are_forgiven_once(tmp_path: Path) -> None:
    turns = [call("nope"), call("rule", nome="x"), call("rule", name="missing-index"),
             answer({"text": "An index is missing.", "cites": ["p1"]})]  # fmt: skip

    def function(messages: list[ModelMessage], info: AgentInfo) -> ModelResponse:
        return turns.pop(0)

    found = talked(function, tmp_path)
    assert found.failed == ""
    assert found.judged[0].traced
    assert found.requests == 4


@pytest.mark.parametrize("name", ["anthropic:claude", "openai:gpt-5", "nobody:nothing", "x", "…:é"])
def test_model_that_cannot_be_had_leaves_the_answer(name: str, shelf: Path, run: Run) -> None:
    done = run("ask", "list the models", "--model", name)
    assert done.returncode == 0
    assert "Shelf" in done.stdout
    assert done.stdout.count("The answer is dbwright's own.") == 1


def test_refusal_stands_where_the_model_fails_too(
    shelf: Path, run: Run, script: Callable[[Script], None]
) -> None:
    script(always(prose("?")))
    done = run("ask", "sing me a song", "--model", "scripted")
    assert done.returncode == 2
    assert "The answer is dbwright's own." in done.stderr
    assert "cannot be answered" in done.stderr


def test_json_stays_one_report(shelf: Path, run: Run, script: Callable[[Script], None]) -> None:
    import json

    script(always(answer({"text": "Hm.", "cites": []})))
    done = run("ask", "list the models", "--model", "scripted", "--format", "json")
    assert json.loads(done.stdout)["kind"] == "answer"
    assert "Hm." in done.stderr


def test_controls_of_a_terminal_stay_visible(tmp_path: Path) -> None:
    found = talked(always(answer({"text": "ok \x1b[2J\u202e gone", "code": "a\x1b[31m"})), tmp_path)
    lines: Any = "\n".join(told.lines(found))
    assert "\x1b" not in lines
    assert "\u202e" not in lines
