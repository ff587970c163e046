"""Kinds of texts that are taken for a statement."""

from __future__ import annotations

PLANNED, OTHER, BROKEN, SEVERAL = "", "other", "broken", "several"
"""One statement that has a plan, one that has none, what cannot be read, and several at once."""
