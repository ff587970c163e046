"""The model as pydantic-ai knows it, with a bound on what it may answer; or why there is none."""

from __future__ import annotations

import contextlib
import importlib.util
import json
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from dbwright.frontends.agent.wanted import URL, Wanted

if TYPE_CHECKING:
    from pydantic_ai.models import Model

ANSWER_BYTES = 400_000
"""An answer of a model that is longer is not read: no use of one is."""
_MISSING = 'the extra is not installed: pip install "dbwright[agent-{}]"'


class NoModel(Exception):
    """There is no model to ask; the message says why, in one line."""


TOO_LONG = f"the answer has more than {ANSWER_BYTES:,} bytes"


def model_of(wanted: Wanted) -> Model:
    """Gives the model; raises NoModel where it cannot be had, before anything is sent."""
    if importlib.util.find_spec("pydantic_ai") is None:
        raise NoModel(_MISSING.format("openai" if wanted.url else "anthropic"))
    if wanted.url:
        return _served(wanted)
    from pydantic_ai.exceptions import UserError
    from pydantic_ai.models import infer_model

    try:
        return infer_model(wanted.model)
    except ImportError as error:
        raise NoModel(_MISSING.format(wanted.model.partition(":")[0])) from error
    except UserError as error:
        raise NoModel(_reason(str(error), wanted)) from error


def _reason(text: str, wanted: Wanted) -> str:
    """What pydantic-ai says, in our words where it is one of the usual things."""
    if text.startswith("Unknown model"):
        return (
            f"{wanted.model!r} is no model that is known; write PROVIDER:NAME, as anthropic:NAME "
            f"or openai:NAME, or name a server of your own: {URL}"
        )
    variable = next((w.strip("`") for w in text.split() if w.strip("`").endswith("_KEY")), "")
    if variable:
        return f"there is no key for {wanted.model}: {variable} is not set"
    return text.partition(". ")[0]


def _served(wanted: Wanted) -> Model:
    """A model behind a server that speaks OpenAI's protocol; it gets no provider's key."""
    try:
        from openai import AsyncOpenAI
        from pydantic_ai.models.openai import OpenAIChatModel
        from pydantic_ai.providers.openai_compatible import OpenAICompatibleProvider
    except ImportError as error:
        raise NoModel(_MISSING.format("openai")) from error

    client = AsyncOpenAI(
        base_url=wanted.url,
        api_key=wanted.key or "none",
        max_retries=1,
        timeout=float(wanted.seconds),
        http_client=_bounded_client(wanted.seconds),
    )
    client.organization = client.project = None  # of the environment: for OpenAI, not for this
    name = wanted.model.removeprefix("openai:")
    provider = OpenAICompatibleProvider("openai-compatible", openai_client=client)
    return OpenAIChatModel(name, provider=provider)


def _bounded_client(seconds: int) -> Any:
    """An HTTP client that follows no redirect and stops reading a long answer."""
    import openai
    from pydantic_ai.exceptions import UnexpectedModelBehavior

    http = importlib.import_module(_http_of(openai))

    class Bounded(http.AsyncHTTPTransport):  # type: ignore[misc, name-defined]
        async def handle_async_request(self, request: Any) -> Any:
            response = await super().handle_async_request(request)
            response.stream = _Cut(response.stream)
            return response

    class _Cut(http.AsyncByteStream):  # type: ignore[misc, name-defined]
        def __init__(self, inner: Any) -> None:
            self._inner = inner

        async def __aiter__(self) -> Any:
            count = 0
            async for piece in self._inner:
                count += len(piece)
                if count > ANSWER_BYTES:
                    raise UnexpectedModelBehavior(TOO_LONG)
                yield piece

        async def aclose(self) -> None:
            await self._inner.aclose()

    return http.AsyncClient(transport=Bounded(), timeout=float(seconds), follow_redirects=False)


def _http_of(openai: Any) -> str:
    """The HTTP library that this version of openai is built on."""
    for base in openai.DefaultAsyncHttpxClient.__mro__:
        if base.__name__ == "AsyncClient":
            return str(base.__module__.partition(".")[0])
    return "httpx"


def watched(model: Model, sent: Callable[[dict[str, Any]], None]) -> Model:
    """Gives the model with each request told to `sent`, and long answers refused."""
    from pydantic_ai.exceptions import UnexpectedModelBehavior
    from pydantic_ai.messages import ModelMessagesTypeAdapter
    from pydantic_ai.models.wrapper import WrapperModel

    class Watched(WrapperModel):
        async def request(self, messages: Any, model_settings: Any, parameters: Any) -> Any:
            tools = [*parameters.function_tools, *parameters.output_tools]
            sent(
                {
                    "messages": json.loads(ModelMessagesTypeAdapter.dump_json(messages)),
                    "tools": [
                        {"name": t.name, "description": t.description,
                         "parameters": t.parameters_json_schema} for t in tools
                    ],
                }
            )  # fmt: skip
            answer = await super().request(messages, model_settings, parameters)
            size = sum(len(_text(part)) for part in answer.parts)
            if size > ANSWER_BYTES:
                raise UnexpectedModelBehavior(TOO_LONG)
            return answer

    return Watched(model)


def _text(part: Any) -> str:
    content = getattr(part, "content", None)
    if isinstance(content, str):
        return content
    arguments = getattr(part, "args", None)
    if isinstance(arguments, str):
        return arguments
    with contextlib.suppress(TypeError, ValueError):
        return json.dumps(arguments)
    return ""
