"""Coding agents and language models: agent files, and a model beside `ask`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from dbwright.frontends.agent.answering import Scored, answer, bare

__all__ = ["Scored", "answer", "bare"]


def __getattr__(name: str) -> Any:
    """Gives what answers a request with a model; its module is imported when first asked for."""
    if name in __all__:
        from dbwright.frontends.agent import answering

        return getattr(answering, name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
