"""The middleware in real FastAPI, Starlette and Flask applications on SQLite."""

from __future__ import annotations

import importlib
import json
import logging
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any

import pytest
from fastapi import FastAPI, WebSocket
from fastapi.responses import StreamingResponse
from fastapi.testclient import TestClient
from flask import Flask
from sqlalchemy import Engine, create_engine, select
from sqlalchemy.orm import Session, selectinload
from sqlalchemy.pool import StaticPool
from starlette.applications import Starlette
from starlette.responses import PlainTextResponse
from starlette.routing import Mount, Route
from tests.watcher.conftest import Author, Base, Post

from dbwright.frontends.middleware import _ACTIVE
from dbwright.middleware import ASGIMiddleware, WSGIMiddleware, findings

ROOT = Path(__file__).parents[2]
LAZY = "19 SELECTs load it, one for each object"


@pytest.fixture
def engine() -> Iterator[Engine]:
    made = create_engine(
        "sqlite://", poolclass=StaticPool, connect_args={"check_same_thread": False}
    )
    Base.metadata.create_all(made)
    with Session(made) as session:
        session.add_all(Author(posts=[Post()]) for _ in range(19))
        session.commit()
    yield made
    made.dispose()


@pytest.fixture
def stopped() -> Iterator[list[Any]]:
    """Middleware that is ended behind the test: its listeners are on every engine."""
    made: list[Any] = []
    yield made
    for each in made:
        each.stop()


def authors(engine: Engine, *options: Any) -> list[int]:
    with Session(engine) as session:
        return [
            sum(post.id > 0 for post in each.posts)
            for each in session.scalars(select(Author).options(*options))
        ]


def api(engine: Engine) -> FastAPI:
    app = FastAPI()

    @app.get("/authors/{least}")
    def slow(least: int) -> list[int]:
        return [each for each in authors(engine) if each > least]

    @app.get("/fast")
    async def fast() -> list[int]:
        return authors(engine, selectinload(Author.posts))

    @app.get("/stream")
    async def stream() -> StreamingResponse:
        async def parts() -> AsyncIterator[bytes]:
            for each in authors(engine):
                yield str(each).encode()

        return StreamingResponse(parts())

    @app.get("/error")
    def error() -> None:
        authors(engine)
        raise LookupError("its own")

    @app.websocket("/socket")
    async def socket(websocket: WebSocket) -> None:
        await websocket.accept()
        await websocket.send_json(authors(engine)[:2])
        await websocket.close()

    return app


def test_requests_of_fastapi_are_scopes(
    engine: Engine, stopped: list[Any], caplog: pytest.LogCaptureFixture
) -> None:
    app = api(engine)
    wrapped = ASGIMiddleware(app, enabled=True, page="/_dbwright")
    stopped.append(wrapped)
    caplog.set_level(logging.WARNING, "dbwright")
    with TestClient(wrapped) as client:
        for number in (0, 1):
            answer = client.get(f"/authors/{number}")
            assert answer.headers["x-dbwright"] == "statements=20, findings=1"
            assert answer.headers["server-timing"].startswith("db;dur=")
        assert len(caplog.records) == 1
        assert "GET /authors/{least}: Author.posts" in caplog.text
        assert LAZY in caplog.text
        assert client.get("/fast").headers["x-dbwright"] == "statements=2, findings=0"
        (found,) = client.get("/_dbwright").json()["findings"]
        assert found["routes"] == ["GET /authors/{least}"]
        assert found["object"] == "Author.posts"
        assert found in findings()


def test_what_is_streamed_counts_and_all_else_passes(engine: Engine, stopped: list[Any]) -> None:
    wrapped = ASGIMiddleware(api(engine), enabled=True)
    stopped.append(wrapped)
    with TestClient(wrapped) as client:
        assert client.get("/stream").text == "1" * 19
        (found,) = wrapped.findings()
        assert found["routes"] == ["GET /stream"]
        with pytest.raises(LookupError, match="its own"):
            client.get("/error")
        with client.websocket_connect("/socket") as socket:
            assert socket.receive_json() == [1, 1]
    assert {each["line"] for each in wrapped.findings()} == {found["line"]}
    assert wrapped.findings()[0]["routes"] == ["GET /stream", "GET /error"]


def test_routes_of_starlette_are_told_by_their_pattern(engine: Engine, stopped: list[Any]) -> None:
    def show(request: Any) -> PlainTextResponse:
        return PlainTextResponse(str(authors(engine)))

    inner = Mount("/v1", routes=[Route("/authors/{name}", show)])
    app = Starlette(routes=[inner])
    wrapped = ASGIMiddleware(app, enabled=True)
    stopped.append(wrapped)
    client = TestClient(wrapped)
    client.get("/v1/authors/ada")
    client.get("/v1/authors/bob")
    assert wrapped.findings()[0]["routes"] == ["GET /v1/authors/{name}"]


def shop(engine: Engine) -> Flask:
    app = Flask("shop")

    @app.get("/authors/<int:least>")
    def slow(least: int) -> list[int]:
        return [each for each in authors(engine) if each > least]

    @app.get("/stream")
    def stream() -> Any:
        return app.response_class(str(each) for each in authors_one_by_one(engine))

    @app.get("/error")
    def error() -> None:
        raise LookupError("its own")

    return app


def authors_one_by_one(engine: Engine) -> Iterator[int]:
    with Session(engine) as session:
        for each in session.scalars(select(Author)):
            yield sum(post.id > 0 for post in each.posts)


def test_requests_of_flask_are_scopes(engine: Engine, stopped: list[Any]) -> None:
    app = shop(engine)
    app.testing = True
    wrapped = WSGIMiddleware(app.wsgi_app, enabled=True, page="/_dbwright")
    stopped.append(wrapped)
    app.wsgi_app = wrapped  # type: ignore[method-assign]
    client = app.test_client()
    answer = client.get("/authors/0")
    assert answer.headers["X-Dbwright"] == "statements=20, findings=1"
    assert len(answer.json) == 19
    assert client.get("/stream").text == "1" * 19
    with pytest.raises(LookupError, match="its own"):
        client.get("/error")
    told = json.loads(client.get("/_dbwright").text)["findings"]
    assert [each["routes"] for each in told] == [["GET /authors/<int:least>"], ["GET /stream"]]


def test_it_is_off_unless_asked_for(
    engine: Engine, stopped: list[Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("DBWRIGHT_MIDDLEWARE", raising=False)
    app = api(engine)
    for debug, said, is_on in (
        (False, None, False),
        (True, None, True),
        (True, "0", False),
        (False, "1", True),
    ):
        app.debug = debug
        if said is not None:
            monkeypatch.setenv("DBWRIGHT_MIDDLEWARE", said)
        wrapped = ASGIMiddleware(app)
        stopped.append(wrapped)
        answer = TestClient(wrapped).get("/authors/0")
        assert ("x-dbwright" in answer.headers) is is_on, (debug, said)
        wrapped.stop()


def test_a_sample_leaves_requests_alone(engine: Engine, stopped: list[Any]) -> None:
    wrapped = ASGIMiddleware(api(engine), enabled=True, sample=0)
    stopped.append(wrapped)
    answer = TestClient(wrapped).get("/authors/0")
    assert "x-dbwright" not in answer.headers
    assert wrapped.findings() == []
    with pytest.raises(ValueError, match="a share from 0 to 1"):
        ASGIMiddleware(api(engine), sample=10)


def test_routes_without_end_take_no_memory_without_end(engine: Engine, stopped: list[Any]) -> None:
    """An application without routes: each path is a route of its own, up to 500."""

    async def app(scope: Any, receive: Any, send: Any) -> None:
        if "slow" in scope["path"]:
            authors(engine)
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await send({"type": "http.response.body", "body": b""})

    wrapped = ASGIMiddleware(app, enabled=True)
    stopped.append(wrapped)
    client = TestClient(wrapped)
    for number in range(510):
        client.get(f"/{number}")
    client.get("/slow")
    assert wrapped.findings()[0]["routes"] == ["(other routes)"]


def test_two_watchers_count_each_for_itself(engine: Engine, stopped: list[Any]) -> None:
    """A second middleware within the first, and dbwright.watch() around both."""
    from dbwright import watch

    inner = ASGIMiddleware(api(engine), enabled=True)
    outer = ASGIMiddleware(inner, enabled=True)
    stopped += [inner, outer]
    with watch(engine) as seen:
        answer = TestClient(outer).get("/authors/0")
    assert answer.headers.get_list("x-dbwright") == ["statements=20, findings=1"] * 2
    assert seen.recording.statements == 20
    assert Path(seen.report().recommendations[0].location.file or "").name == "test_middleware.py"


def recipe(name: str, folder: Path, monkeypatch: pytest.MonkeyPatch) -> Any:
    """Imports the recipe of the page on watching, as the reader pastes it."""
    text = (ROOT / "docs" / "watch.md").read_text(encoding="utf-8")
    blocks = [part.partition("```")[0] for part in text.split("```python\n")[1:]]
    (code,) = [block for block in blocks if block.startswith(f"# recipe: {name}\n")]
    (folder / f"recipe_{name}.py").write_text(code, encoding="utf-8")
    monkeypatch.syspath_prepend(folder)
    monkeypatch.setenv("DBWRIGHT_MIDDLEWARE", "1")
    return importlib.import_module(f"recipe_{name}")


def test_the_recipe_for_fastapi_works(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    shop = recipe("fastapi", tmp_path, monkeypatch)
    shop.Base.metadata.create_all(shop.engine)
    with Session(shop.engine) as session:
        session.add_all(shop.Author(posts=[shop.Post()]) for _ in range(19))
        session.commit()
    with TestClient(shop.app) as client:
        answer = client.get("/authors/1")
        assert answer.headers["x-dbwright"] == "statements=20, findings=1"
        (found,) = client.get("/_dbwright").json()["findings"]
    assert found["routes"] == ["GET /authors/{least}"]
    _stop_all()


def test_the_recipe_for_flask_works(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    shop = recipe("flask", tmp_path, monkeypatch)
    with shop.app.app_context():
        shop.db.create_all()
        shop.db.session.add_all(shop.Author(posts=[shop.Post()]) for _ in range(19))
        shop.db.session.commit()
    client = shop.app.test_client()
    assert client.get("/authors/1").headers["X-Dbwright"] == "statements=20, findings=1"
    (found,) = client.get("/_dbwright").json["findings"]
    assert found["routes"] == ["GET /authors/<int:least>"]
    shop.app.wsgi_app.stop()


def _stop_all() -> None:
    for each in list(_ACTIVE):
        each.stop()
