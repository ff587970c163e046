"""A text is parsed beside whatever else the process has to do."""

from __future__ import annotations

import ast
import gc

from dbwright.core.source import parsed

TEXT = "\n".join(f"def f{n}(a, b):\n    return [a + b * {n} for a in b if a]" for n in range(200))


class Logs:
    """Garbage that parses when it is collected, as a traceback that is formatted does."""

    def __init__(self) -> None:
        self.itself = self

    def __del__(self) -> None:
        def deep(left: int) -> None:
            if left:
                deep(left - 1)
            else:
                ast.parse("(1 + 2) * 3")

        deep(20)


def test_garbage_that_parses_waits() -> None:
    left = gc.get_threshold()
    gc.set_threshold(50)
    try:
        for _ in range(5):
            Logs()
        assert len(parsed(TEXT).body) == 200
        assert gc.isenabled()
    finally:
        gc.set_threshold(*left)
