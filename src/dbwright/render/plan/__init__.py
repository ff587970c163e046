"""A plan as people look at it: a tree for the terminal, and where the time goes in a sentence."""

from __future__ import annotations

from dbwright.render.plan.lines import tree
from dbwright.render.plan.summary import sentence

__all__ = ["sentence", "tree"]
