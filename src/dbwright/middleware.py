"""The middleware for ASGI and WSGI: `from dbwright.middleware import ASGIMiddleware`."""

from dbwright.frontends.middleware import ASGIMiddleware, WSGIMiddleware, findings

__all__ = ["ASGIMiddleware", "WSGIMiddleware", "findings"]
