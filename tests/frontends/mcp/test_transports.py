"""The server as a process: over pipes and over HTTP, with clients that behave and that do not."""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import re
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx2
import pytest
from mcp.client import Client
from mcp.client.stdio import StdioServerParameters, stdio_client
from mcp.client.streamable_http import streamable_http_client

from .clients import HANGING, is_gone, project, started, text

HELLO = {
    "jsonrpc": "2.0",
    "id": 1,
    "method": "initialize",
    "params": {
        "protocolVersion": "2025-06-18",
        "capabilities": {},
        "clientInfo": {"name": "test", "version": "1"},
    },
}
READY = {"jsonrpc": "2.0", "method": "notifications/initialized"}
TOKEN = "a-token-of-the-tests-0123456789"


def command(folder: Path, *more: str) -> list[str]:
    return [sys.executable, "-m", "dbwright", "mcp", "--project", str(folder), *more]


@contextlib.contextmanager
def over_pipes(folder: Path) -> Iterator[subprocess.Popen[bytes]]:
    """A server that is spoken to line by line."""
    process = subprocess.Popen(
        command(folder), stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL
    )
    try:
        yield process
    finally:
        process.kill()
        process.wait()


def say(process: subprocess.Popen[bytes], *messages: object) -> None:
    assert process.stdin
    for message in messages:
        line = message if isinstance(message, bytes) else json.dumps(message).encode()
        process.stdin.write(line + b"\n")
    process.stdin.flush()


def heard(process: subprocess.Popen[bytes], id: int) -> dict[str, Any]:
    """The answer to a message; what comes before it is passed over."""
    assert process.stdout
    for line in process.stdout:
        found = json.loads(line)
        if found.get("id") == id:
            return dict(found)
    raise AssertionError("the server has gone")


def calling(id: int, tool: str, **arguments: Any) -> dict[str, Any]:
    params = {"name": tool, "arguments": arguments}
    return {"jsonrpc": "2.0", "id": id, "method": "tools/call", "params": params}


def test_real_client_over_pipes_gets_tools_and_answers(tmp_path: Path) -> None:
    folder = project(tmp_path / "shelves")
    first, *rest = command(folder)

    async def met() -> tuple[int, Any]:
        parameters = StdioServerParameters(command=first, args=rest, env=dict(os.environ))
        async with Client(stdio_client(parameters)) as client:
            tools = await client.list_tools()
            return len(tools.tools), await client.call_tool("schema", {})

    count, found = asyncio.run(met())
    assert count <= 12
    assert [table["name"] for table in found.structured_content["tables"]] == ["shelves", "books"]


def test_broken_and_enormous_messages_do_not_end_the_server(tmp_path: Path) -> None:
    folder = project(tmp_path / "shelves")
    with over_pipes(folder) as server:
        say(server, HELLO)
        assert heard(server, 1)["result"]["serverInfo"]["name"] == "dbwright"
        say(server, READY, b"{broken", b"\xff\xfe\x00", b"[" * 100_000, b"null", b"7", b"")
        say(server, {"jsonrpc": "2.0", "id": 2, "method": "no/such"})
        assert heard(server, 2)["error"]["code"] == -32601
        say(server, calling(3, "change_models", request="x" * 5_000_000))
        assert heard(server, 3)["result"]["isError"] is True
        say(server, calling(4, "rule", name="blocking-index-build"))
        assert not heard(server, 4)["result"].get("isError")


@pytest.mark.parametrize("ending", ["closes its end", "kills the server"])
def test_client_that_goes_away_leaves_no_process(ending: str, tmp_path: Path) -> None:
    folder = project(tmp_path / "hanging", HANGING)
    with over_pipes(folder) as server:
        say(server, HELLO)
        heard(server, 1)
        say(server, READY, calling(2, "review", what="models"))
        pid = asyncio.run(started(folder))
        if ending == "closes its end":
            assert server.stdin
            server.stdin.close()
            assert server.wait(timeout=30) is not None
        else:
            server.kill()
        assert is_gone(pid)


@contextlib.contextmanager
def on_http(folder: Path, **variables: str) -> Iterator[tuple[str, list[str]]]:
    """A server on HTTP: its URL, and what it said on standard error."""
    process = subprocess.Popen(
        command(folder, "--http", "--port", "0"),
        env={**os.environ, **variables},
        stderr=subprocess.PIPE,
        stdout=subprocess.DEVNULL,
        text=True,
    )
    try:
        assert process.stderr
        said = [process.stderr.readline()]
        if "DBWRIGHT_MCP_TOKEN" not in variables:
            said.append(process.stderr.readline())
        url = re.search(r"http://\S+", said[0])
        assert url, said
        yield url[0], said
    finally:
        process.terminate()
        process.wait(timeout=30)


def test_http_asks_for_the_token_and_knows_its_names(tmp_path: Path) -> None:
    folder = project(tmp_path / "shelves")
    with on_http(folder, DBWRIGHT_MCP_TOKEN=TOKEN) as (url, said):
        assert TOKEN not in "".join(said)
        right = {
            "authorization": f"Bearer {TOKEN}",
            "accept": "application/json, text/event-stream",
        }

        def status(**headers: str) -> int:
            given = {name: value for name, value in {**right, **headers}.items() if value}
            for _ in range(50):
                with contextlib.suppress(httpx2.ConnectError):
                    return httpx2.post(url, json=HELLO, headers=given).status_code
                time.sleep(0.1)
            raise AssertionError("nobody answers")

        assert status() == 200
        assert status(authorization="") == 401
        assert status(authorization="Bearer wrong") == 401
        assert status(authorization=f"Basic {TOKEN}") == 401
        assert status(host="evil.example") == 421
        assert status(origin="https://evil.example") == 403
        assert status(origin=url.removesuffix("/mcp")) == 200
        huge = httpx2.post(url, content=b"x" * 5_000_000, headers=right)
        assert huge.status_code == 413
        broken = httpx2.post(
            url, content=b"{broken", headers={**right, "content-type": "application/json"}
        )
        assert broken.status_code == 400
        assert status() == 200, "the server goes on"


def test_client_of_an_older_protocol_that_leaves_stops_its_job(tmp_path: Path) -> None:
    folder = project(tmp_path / "hanging", HANGING)
    with on_http(folder, DBWRIGHT_MCP_TOKEN=TOKEN) as (url, _):
        headers = {
            "authorization": f"Bearer {TOKEN}",
            "accept": "application/json, text/event-stream",
        }
        for _ in range(100):
            with contextlib.suppress(httpx2.ConnectError):
                hello = httpx2.post(url, json=HELLO, headers=headers)
                break
            time.sleep(0.1)
        headers["mcp-session-id"] = hello.headers["mcp-session-id"]
        headers["mcp-protocol-version"] = "2025-06-18"
        httpx2.post(url, json=READY, headers=headers)
        asked = calling(2, "review", what="models")
        with httpx2.stream("POST", url, json=asked, headers=headers, timeout=60):
            pid = asyncio.run(started(folder))
        assert is_gone(pid)
        del headers["mcp-session-id"]
        assert httpx2.post(url, json=HELLO, headers=headers).is_success, "the server goes on"


def test_two_clients_on_http_work_at_once_and_one_that_leaves_stops_its_job(
    tmp_path: Path,
) -> None:
    folder = project(tmp_path / "hanging", HANGING)
    with on_http(folder) as (url, said):
        token = said[1].rpartition(" ")[2].strip()
        assert len(token) >= 40

        def client(closing: contextlib.AsyncExitStack) -> Client:
            http = httpx2.AsyncClient(headers={"authorization": f"Bearer {token}"}, timeout=60)
            closing.push_async_callback(http.aclose)
            return Client(streamable_http_client(url, http_client=http))

        async def met() -> int:
            async with contextlib.AsyncExitStack() as closing:
                second = await closing.enter_async_context(client(closing))
                async with client(closing) as first:
                    task = asyncio.create_task(first.call_tool("review", {"what": "models"}))
                    pid = await started(folder)
                    page = await second.call_tool("rule", {"name": "blocking-index-build"})
                    assert "Why is this bad?" in text(page)
                    task.cancel()
                    await asyncio.gather(task, return_exceptions=True)
                page = await second.call_tool("rule", {"name": "blocking-index-build"})
                assert not page.is_error
                return pid

        assert is_gone(asyncio.run(met()))


@pytest.mark.parametrize(
    ("more", "variables", "said"),
    [
        (["--http", "--host", "0.0.0.0"], {}, "can be reached from other machines"),
        (["--http"], {"DBWRIGHT_MCP_TOKEN": "short"}, "at least 16 ASCII characters"),
        (["--http", "--host", "192.0.2.1", "--allow-remote", "x"], {}, "cannot listen on"),
    ],
)
def test_start_that_cannot_be_meant_is_refused(
    more: list[str], variables: dict[str, str], said: str, tmp_path: Path, run: Any
) -> None:
    done = run("mcp", "--project", str(project(tmp_path / "p")), *more, **variables)
    assert done.returncode == 2
    assert said in done.stderr


def test_missing_extra_is_told_with_the_command(monkeypatch: pytest.MonkeyPatch, run: Any) -> None:
    for name in [name for name in sys.modules if name.partition(".")[0] == "mcp"]:
        monkeypatch.delitem(sys.modules, name)

    class Missing:
        def find_spec(self, name: str, path: Any = None, target: Any = None) -> None:
            if name.partition(".")[0] == "mcp":
                raise ModuleNotFoundError(f"No module named {name!r}", name=name)

    monkeypatch.setattr(sys, "meta_path", [Missing(), *sys.meta_path])
    done = run("mcp")
    assert done.returncode == 2
    assert "pip install 'dbwright[mcp]'" in done.stderr


def test_help_loads_neither_the_sdk_nor_sqlalchemy() -> None:
    code = (
        "import sys; sys.argv = ['dbwright', 'mcp', '--help']\n"
        "from dbwright.frontends.cli import main\n"
        "try: main()\nexcept SystemExit: pass\n"
        "print([n for n in ('mcp', 'pydantic', 'sqlalchemy', 'alembic') if n in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.splitlines()[-1] == "[]"
