"""Without the extra there is nothing to try here."""

from __future__ import annotations

import importlib.util

collect_ignore_glob = ["test_*.py"] if importlib.util.find_spec("mcp") is None else []
