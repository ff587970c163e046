"""The server on HTTP: loopback, a bearer token, and the names that Host and Origin may have."""

from __future__ import annotations

import hmac
import ipaddress
import secrets
import socket
from collections.abc import Awaitable, Callable, MutableMapping, Sequence
from typing import TYPE_CHECKING, Any

import anyio

from dbwright.core.errors import UsageError
from dbwright.frontends.mcp_server.desk import GONE

if TYPE_CHECKING:
    from dbwright.frontends.mcp_server.server import Server

MOST_BYTES = 4_000_000
"""A request may have so many bytes."""
LOCAL = ("127.0.0.1", "localhost", "[::1]")
SHORTEST = 16

Scope = MutableMapping[str, Any]
App = Callable[[Scope, Any, Any], Awaitable[None]]


class Guarded:
    """An ASGI application behind a bearer token."""

    def __init__(self, app: App, token: str) -> None:
        self.app = app
        self._expected = f"Bearer {token}".encode()

    async def __call__(self, scope: Scope, receive: Any, send: Any) -> None:
        """Passes on a request that has the token, and refuses any other."""
        if scope["type"] == "lifespan":
            await self.app(scope, receive, send)
            return
        if self._knows(scope):
            await self._pass(scope, receive, send)
            return
        headers = [(b"www-authenticate", b"Bearer"), (b"content-type", b"application/json")]
        await send({"type": "http.response.start", "status": 401, "headers": headers})
        body = b'{"error":"send the token: Authorization: Bearer TOKEN"}'
        await send({"type": "http.response.body", "body": body})

    async def _pass(self, scope: Scope, receive: Any, send: Any) -> None:
        """Passes a request on, and tells its jobs when the client leaves in the middle.

        A client of an older protocol does not cancel by that, but nothing could reach it any more.
        """
        gone = scope[GONE] = anyio.Event()

        async def heard() -> Any:
            message = await receive()
            if message["type"] == "http.disconnect":
                gone.set()
            return message

        await self.app(scope, heard, send)

    def _knows(self, scope: Scope) -> bool:
        given = [value for name, value in scope["headers"] if name == b"authorization"]
        return len(given) == 1 and hmac.compare_digest(given[0], self._expected)


def new_token() -> str:
    """Gives a token that cannot be guessed."""
    return secrets.token_urlsafe(32)


def check_token(token: str) -> None:
    """Raises UsageError for a token that is too short or cannot stand in a header."""
    if len(token) < SHORTEST or not token.isascii() or not token.isprintable() or " " in token:
        raise UsageError(
            f"the token has to be at least {SHORTEST} ASCII characters without spaces",
            way_out="Leave DBWRIGHT_MCP_TOKEN away: a token is made and shown.",
        )


def listen(host: str, port: int, names: Sequence[str]) -> socket.socket:
    """Gives a socket that listens; beyond this machine only where its names were given."""
    if not names and not _is_local(host):
        raise UsageError(
            f"{host} can be reached from other machines",
            way_out="Listen on 127.0.0.1 and let a tunnel or a proxy with TLS lead there. If it "
            "has to be, name how clients reach it: --allow-remote NAME",
        )
    try:
        family = socket.AF_INET6 if ":" in host else socket.AF_INET
        found = socket.socket(family, socket.SOCK_STREAM)
        found.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        found.bind((host, port))
        found.listen(128)
    except OSError as error:
        raise UsageError(
            f"cannot listen on {host}:{port}: {error.strerror}", way_out="Name another --port."
        ) from error
    return found


def _is_local(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def application(server: Server, port: int, names: Sequence[str], token: str) -> Guarded:
    """Gives the server as an ASGI application that answers on /mcp."""
    from mcp.server.transport_security import TransportSecuritySettings

    hosts = [f"{name}:{port}" for name in (*LOCAL, *names)] + list(names)
    schemes = ("http", "https") if names else ("http",)
    security = TransportSecuritySettings(
        enable_dns_rebinding_protection=True,
        allowed_hosts=hosts,
        allowed_origins=[f"{scheme}://{host}" for scheme in schemes for host in hosts],
    )
    app = server.streamable_http_app(transport_security=security, max_request_body_size=MOST_BYTES)
    return Guarded(app, token)


def serve(app: Guarded, listening: socket.socket) -> None:
    """Answers until the process is told to stop."""
    import uvicorn

    config = uvicorn.Config(
        app, log_level="warning", access_log=False, timeout_graceful_shutdown=20
    )
    uvicorn.Server(config).run(sockets=[listening])
