"""Scripted models, and a project that needs no server."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("pydantic_ai")

from pydantic_ai import models
from pydantic_ai.messages import ModelMessage, ModelResponse, TextPart, ToolCallPart
from pydantic_ai.models.function import AgentInfo, FunctionModel

from dbwright.frontends.agent import talk

Script = Callable[[list[ModelMessage], AgentInfo], ModelResponse]


@pytest.fixture(autouse=True)
def no_provider(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """No test reaches a provider, and none sees a key of the machine."""
    for name in ("DBWRIGHT_MODEL", "DBWRIGHT_MODEL_URL", "OPENAI_API_KEY", "ANTHROPIC_API_KEY"):
        monkeypatch.delenv(name, raising=False)
    before, models.ALLOW_MODEL_REQUESTS = models.ALLOW_MODEL_REQUESTS, False
    yield
    models.ALLOW_MODEL_REQUESTS = before


@pytest.fixture
def script(monkeypatch: pytest.MonkeyPatch) -> Callable[[Script], None]:
    """Has the model of `ask` be a function; what it raises is what the provider raised."""

    def be(function: Script) -> None:
        monkeypatch.setattr(talk, "model_of", lambda wanted: FunctionModel(function))

    return be


def answer(*statements: dict[str, Any]) -> ModelResponse:
    """What a model that keeps to the form answers."""
    return ModelResponse(parts=[ToolCallPart("final_result", {"statements": list(statements)})])


def call(name: str, /, **arguments: Any) -> ModelResponse:
    """What a model answers that calls a tool."""
    return ModelResponse(parts=[ToolCallPart(name, arguments)])


def prose(text: str) -> ModelResponse:
    """What a model answers that does not keep to the form."""
    return ModelResponse(parts=[TextPart(text)])


def results(messages: list[ModelMessage]) -> list[Any]:
    """What tools have given so far."""
    return [
        part.content
        for message in messages
        for part in message.parts
        if part.part_kind == "tool-return"
    ]


@pytest.fixture
def shelf(models: Path) -> Path:
    """A folder with models, two findings and no git."""
    return models.parent
