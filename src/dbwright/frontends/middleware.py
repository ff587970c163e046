"""ASGI and WSGI middleware: a web application's requests are watched, each by itself.

It needs no framework. It is off unless it is asked for: by `enabled=True`, by the variable
DBWRIGHT_MIDDLEWARE=1, or by the application's own `debug`.
"""

from __future__ import annotations

import json
import logging
import os
import weakref
from collections.abc import Awaitable, Callable, Iterable, Iterator, MutableMapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from dbwright.core.finding import Recommendation
    from dbwright.jobs.watch_requests import Request, Requests, Seen

VARIABLE = "DBWRIGHT_MIDDLEWARE"
LOG = logging.getLogger("dbwright")
_NO = ("", "0", "no", "off", "false")

ASGIScope = MutableMapping[str, Any]
Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
ASGIApp = Callable[[ASGIScope, Receive, Send], Awaitable[None]]


class _Middleware:
    """What both kinds share: whether they are on, and the requests that they watch.

    `sample` is the share of the requests that are watched, `page` a path that answers with the
    findings so far as JSON.
    """

    def __init__(
        self,
        app: Any,
        *,
        enabled: bool | None = None,
        sample: float = 1.0,
        page: str | None = None,
    ) -> None:
        if not 0 <= sample <= 1:
            raise ValueError(f"sample is a share from 0 to 1, not {sample!r}")
        self.app, self.enabled, self.sample, self.page = app, enabled, sample, page
        self._requests: Requests | None = None
        self._off: bool | None = None

    def findings(self) -> list[dict[str, Any]]:
        """Gives the findings so far, with the routes that show them, as JSON."""
        return self._requests.findings() if self._requests is not None else []

    def stop(self) -> None:
        """Ends the watching; requests go on."""
        self._off = True
        if self._requests is not None:
            self._requests.stop()

    def _watching(self, debug: Any) -> Requests | None:
        """Gives what watches, begun at the first request; None where it is off."""
        if self._off is None:
            self._off = not _is_on(self.enabled, debug)
            if self._off:
                LOG.info("the middleware is off: %s=1 or enabled=True turns it on", VARIABLE)
            else:
                self._begin()
        return None if self._off else self._requests

    def _begin(self) -> None:
        from dbwright.core.errors import DbwrightError
        from dbwright.jobs.watch_requests import Requests

        try:
            self._requests = Requests(Path.cwd(), self.sample, _told)
        except DbwrightError as error:  # settings: no reason to answer no request
            LOG.error("the middleware cannot watch: %s", error)
            self._off = True
            return
        self._requests.start()
        _ACTIVE.add(self)

    def _page(self) -> bytes:
        return json.dumps({"findings": self.findings()}, indent=1).encode()


_ACTIVE: weakref.WeakSet[_Middleware] = weakref.WeakSet()


def findings() -> list[dict[str, Any]]:
    """Gives what all middleware of this process found so far, as JSON."""
    return [found for each in list(_ACTIVE) for found in each.findings()]


class ASGIMiddleware(_Middleware):
    """Watches the HTTP requests of an ASGI application; all else passes through.

        app.add_middleware(ASGIMiddleware, page="/_dbwright")

    Each response says what was sent in `Server-Timing` and `X-Dbwright`; findings are logged as
    warnings of `dbwright` when they are first seen.
    """

    async def __call__(self, scope: ASGIScope, receive: Receive, send: Send) -> None:
        """Answers a request as the application does."""
        requests = self._watching(_debug(scope.get("app", self.app)))
        if requests is None or scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        if self.page is not None and scope["path"] == self.page:
            await self._answer(send)
            return
        request, root = requests.begin(), str(scope.get("root_path", ""))
        if request is None:
            await self.app(scope, receive, send)
            return

        async def sent(message: Message) -> None:
            if message["type"] == "http.response.start":
                seen = requests.look(request, _asgi_route(scope, root))
                added = [(k.lower().encode(), v.encode()) for k, v in _headers(seen)]
                message = {**message, "headers": [*message.get("headers", ()), *added]}
            await send(message)

        try:
            with requests.within(request):
                await self.app(scope, receive, sent)
        finally:
            route = _asgi_route(scope, root)
            _log(route, requests.end(request, route))

    async def _answer(self, send: Send) -> None:
        headers = [(b"content-type", b"application/json")]
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        await send({"type": "http.response.body", "body": self._page()})


class WSGIMiddleware(_Middleware):
    """Watches the requests of a WSGI application, the bodies that it streams too.

    app.wsgi_app = WSGIMiddleware(app.wsgi_app, enabled=app.debug)
    """

    def __call__(self, environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        """Answers a request as the application does."""
        requests = self._watching(_debug(self.app))
        if requests is None:
            return self.app(environ, start_response)  # type: ignore[no-any-return]
        if self.page is not None and environ.get("PATH_INFO") == self.page:
            start_response("200 OK", [("Content-Type", "application/json")])
            return [self._page()]
        request = requests.begin()
        if request is None:
            return self.app(environ, start_response)  # type: ignore[no-any-return]

        def started(status: str, headers: list[tuple[str, str]], *more: Any) -> Any:
            seen = requests.look(request, _wsgi_route(environ))
            return start_response(status, [*headers, *_headers(seen)], *more)

        def ended() -> None:
            route = _wsgi_route(environ)
            _log(route, requests.end(request, route))

        body: Iterable[bytes] = ()
        try:
            with requests.within(request):
                body = self.app(environ, started)
        except BaseException:
            ended()
            raise
        if isinstance(body, (list, tuple)):
            ended()
            return body
        return _Body(body, requests, request, ended)


class _Body:
    """A body that is made while it is sent, as part of its request; ends once."""

    def __init__(
        self, body: Iterable[bytes], requests: Requests, request: Request, ended: Callable[[], None]
    ) -> None:
        self._body, self._requests, self._request = body, requests, request
        self._ended: Callable[[], None] | None = ended
        self._parts: Iterator[bytes] | None = None

    def __iter__(self) -> _Body:
        """Gives itself."""
        return self

    def __next__(self) -> bytes:
        """Gives the next part."""
        try:
            with self._requests.within(self._request):
                if self._parts is None:
                    self._parts = iter(self._body)
                return next(self._parts)
        except BaseException:
            self._end()
            raise

    def close(self) -> None:
        """Closes the application's own body."""
        try:
            close = getattr(self._body, "close", None)
            if close is not None:
                with self._requests.within(self._request):
                    close()
        finally:
            self._end()

    def _end(self) -> None:
        ended, self._ended = self._ended, None
        if ended is not None:
            ended()


def _is_on(enabled: bool | None, debug: Any) -> bool:
    if enabled is not None:
        return enabled
    said = os.environ.get(VARIABLE)
    return said.strip().lower() not in _NO if said is not None else debug is True


def _debug(app: Any) -> Any:
    """Gives an application's `debug`; what a framework hands in may be a method of it."""
    return getattr(app, "debug", getattr(getattr(app, "__self__", None), "debug", None))


def _asgi_route(scope: ASGIScope, root: str) -> str:
    """Gives method and pattern; what is known by its path alone has its parameters by their names.

    `root` is the path that the application itself is mounted at; what is mounted in it is told.
    """
    path = getattr(scope.get("route"), "path", None)
    if path is None:
        path = _by_names(scope, str(scope.get("path", "")))
    else:
        path = _by_names(scope, str(scope.get("root_path", "")).removeprefix(root)) + path
    return f"{scope.get('method', '')} {path}"


def _by_names(scope: ASGIScope, path: str) -> str:
    names = {str(value): name for name, value in scope.get("path_params", {}).items()}
    return "/".join(f"{{{names[each]}}}" if each in names else each for each in path.split("/"))


def _wsgi_route(environ: dict[str, Any]) -> str:
    """Gives method and pattern, of Flask by the rule that its request was matched with."""
    rule = getattr(environ.get("werkzeug.request"), "url_rule", None)
    path = getattr(rule, "rule", None) or environ.get("PATH_INFO", "")
    return f"{environ.get('REQUEST_METHOD', '')} {path}"


def _headers(seen: Seen) -> list[tuple[str, str]]:
    timing = f'db;dur={seen.milliseconds:.1f};desc="{seen.statements} statements"'
    counts = f"statements={seen.statements}, findings={seen.findings}"
    return [("Server-Timing", timing), ("X-Dbwright", counts)]


def _log(route: str, seen: Seen) -> None:
    LOG.debug(
        "%s: %d statements, %.1f ms, findings: %d",
        route,
        seen.statements,
        seen.milliseconds,
        seen.findings,
    )


def _told(route: str, item: Recommendation) -> None:
    place = item.location
    LOG.warning(
        "%s: %s: %s (%s:%s). %s",
        route,
        place.object or item.rule,
        item.message,
        place.file,
        place.line,
        item.advice.fix.title,
    )
