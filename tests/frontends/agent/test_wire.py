"""A real server that speaks OpenAI's protocol wrongly, or well: nothing but a line is lost."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
from pydantic_ai import models

from dbwright.core.options import Options
from dbwright.core.report import Report
from dbwright.frontends.agent.answering import opened
from dbwright.frontends.agent.talk import Talk, talk
from dbwright.frontends.agent.wanted import Wanted

pytest.importorskip("openai")
Reply = Callable[[BaseHTTPRequestHandler, dict[str, Any]], None]


class Server(ThreadingHTTPServer):
    """One server for all tests; `reply` is what it does with a request, `seen` what came."""

    daemon_threads = True
    reply: Reply
    seen: list[tuple[str, dict[str, str], dict[str, Any]]]


class Handler(BaseHTTPRequestHandler):
    server: Server

    def do_POST(self) -> None:
        body = json.loads(self.rfile.read(int(self.headers["content-length"])))
        self.server.seen.append((self.path, dict(self.headers), body))
        self.server.reply(self, body)

    def log_message(self, format: str, *arguments: Any) -> None:
        pass


@pytest.fixture(scope="module")
def served() -> Iterator[Server]:
    server = Server(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield server
    server.shutdown()
    server.server_close()


def sent(handler: BaseHTTPRequestHandler, status: int, body: bytes, length: int = -1) -> None:
    handler.send_response(status)
    handler.send_header("content-type", "application/json")
    handler.send_header("content-length", str(len(body) if length < 0 else length))
    handler.end_headers()
    handler.wfile.write(body)


def completion(message: dict[str, Any]) -> bytes:
    choice = {"index": 0, "finish_reason": "stop", "message": {"role": "assistant", **message}}
    whole = {"id": "1", "object": "chat.completion", "created": 1, "model": "m",
             "choices": [choice], "usage": {"prompt_tokens": 5, "completion_tokens": 5,
                                            "total_tokens": 10}}  # fmt: skip
    return json.dumps(whole).encode()


def tool(name: str, arguments: str) -> bytes:
    function = {"name": name, "arguments": arguments}
    return completion({"tool_calls": [{"id": "c1", "type": "function", "function": function}]})


def breaks_off(handler: BaseHTTPRequestHandler, body: dict[str, Any]) -> None:
    sent(handler, 200, completion({"content": "half"})[:40], length=4_000)
    handler.close_connection = True


def streams(handler: BaseHTTPRequestHandler, body: dict[str, Any]) -> None:
    handler.send_response(200)
    handler.send_header("content-type", "text/event-stream")
    handler.end_headers()
    handler.wfile.write(b'data: {"choices": [{"delta": {"content": "ha')
    handler.close_connection = True


def floods(handler: BaseHTTPRequestHandler, body: dict[str, Any]) -> None:
    sent(handler, 200, completion({"content": "x" * 10_000_000}))


def hangs(handler: BaseHTTPRequestHandler, body: dict[str, Any]) -> None:
    time.sleep(6)


def redirects(handler: BaseHTTPRequestHandler, body: dict[str, Any]) -> None:
    handler.send_response(307)
    handler.send_header("location", "http://127.0.0.1:9/v1/chat/completions")
    handler.send_header("content-length", "0")
    handler.end_headers()


def gives(status: int, body: bytes) -> Reply:
    return lambda handler, asked: sent(handler, status, body)


REPLIES: dict[str, tuple[Reply, str]] = {
    "broken JSON": (gives(200, b'{"choices": [{"mess'), ""),
    "JSON of another kind": (gives(200, b"[1, 2, 3]"), ""),
    "a page": (gives(200, b"<html>hello</html>"), ""),
    "nothing": (gives(200, b""), ""),
    "no choices": (gives(200, b'{"id": "1", "object": "x", "choices": []}'), ""),
    "arguments that are no JSON": (gives(200, tool("final_result", "{{{")), "form that was"),
    "too many requests": (gives(429, b'{"error": {"message": "slow down"}}'), "(429)"),
    "a fault": (gives(500, b"oh no"), "(500)"),
    "a wrong key": (gives(401, b'{"error": {"message": "who?"}}'), "refused the key"),
    "a wrong name": (gives(404, b'{"error": {"message": "no such model"}}'), "of that name"),
    "a request that is refused": (gives(400, b'{"error": {"message": "tools?"}}'), "(400)"),
    "an answer that breaks off": (breaks_off, "broke off"),
    "a stream that breaks off": (streams, ""),
    "ten megabytes": (floods, "too long to be read"),
    "an answer that is cut": (
        gives(200, completion({"content": "I am"}).replace(b'"stop"', b'"length"')),
        "",
    ),
    "another place": (redirects, ""),
    "silence": (hangs, "no answer in 2 seconds"),
}


def talked(server: Server, path: Path, monkeypatch: pytest.MonkeyPatch, **more: Any) -> Talk:
    monkeypatch.setattr(models, "ALLOW_MODEL_REQUESTS", True)
    server.seen = []
    url = f"http://127.0.0.1:{server.server_address[1]}/v1"
    tools, request, first = opened("review it", path, Options(), Report(), lambda text: None)
    return talk(request, first, tools, Wanted("tiny", url, seconds=2, **more))


@pytest.mark.parametrize(("reply", "why"), REPLIES.values(), ids=REPLIES)
def test_server_that_answers_wrongly_is_a_line(
    reply: Reply, why: str, served: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    served.reply = reply
    started = time.monotonic()
    found = talked(served, tmp_path, monkeypatch)
    assert found.failed
    assert why in found.failed
    assert "\n" not in found.failed
    assert len(found.failed) < 250
    assert time.monotonic() - started < 12


def test_server_that_is_not_there_is_a_line(
    served: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(models, "ALLOW_MODEL_REQUESTS", True)
    tools, request, first = opened("x", tmp_path, Options(), Report(), lambda text: None)
    found = talk(request, first, tools, Wanted("tiny", "http://127.0.0.1:9/v1", seconds=5))
    assert "could not be reached" in found.failed


def test_keys_of_providers_are_not_sent_to_a_server_of_ones_own(
    served: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", "sk-of-the-provider")
    monkeypatch.setenv("OPENAI_ORG_ID", "org-of-the-provider")
    served.reply = gives(200, tool("final_result", '{"statements": [{"text": "Hm."}]}'))
    found = talked(served, tmp_path, monkeypatch, key="own")
    assert found.failed == ""
    assert [each.statement.text for each in found.judged] == ["Hm."]
    path, headers, body = served.seen[0]
    assert path == "/v1/chat/completions"
    assert "of-the-provider" not in str(headers)
    assert {name.lower(): value for name, value in headers.items()}["authorization"] == "Bearer own"
    assert {"review", "review_query", "final_result"} <= {
        t["function"]["name"] for t in body["tools"]
    }
