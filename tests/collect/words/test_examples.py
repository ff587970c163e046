"""The examples in the docstrings of the reader hold."""

from __future__ import annotations

import doctest
import importlib
import pkgutil

import pytest

from dbwright.collect import words

MODULES = [found.name for found in pkgutil.iter_modules(words.__path__)]


@pytest.mark.parametrize("name", MODULES)
def test_examples_hold(name: str) -> None:
    module = importlib.import_module(f"dbwright.collect.words.{name}")
    assert doctest.testmod(module).failed == 0
