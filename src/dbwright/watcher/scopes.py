"""Scopes: what is judged by itself, such as a request or a test."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator

from .groups import Scope
from .hook import Watcher


@contextlib.contextmanager
def scope(watcher: Watcher, name: str) -> Iterator[Scope]:
    """Has what runs within, and the tasks that it begins, counted by itself."""
    with entered(watcher, Scope(name)) as made:
        try:
            yield made
        finally:
            watcher.ended.add(made)


@contextlib.contextmanager
def entered(watcher: Watcher, scope: Scope) -> Iterator[Scope]:
    """Has what runs within counted with a scope that its maker ends and judges."""
    token = watcher.current.set(scope)
    try:
        yield scope
    finally:
        watcher.current.reset(token)


@contextlib.contextmanager
def alone(watcher: Watcher, name: str) -> Iterator[Scope]:
    """Gives a scope that all of the process belongs to, threads that are there already too.

    It ends with what runs within; its maker judges it.
    """
    made, before = Scope(name), watcher.rest
    watcher.rest = made
    try:
        with entered(watcher, made):
            yield made
    finally:
        watcher.rest = before
        with watcher.held():
            made.end()
