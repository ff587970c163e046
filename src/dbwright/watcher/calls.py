"""Which call of a function a frame is of.

A number that a frame is given goes with it: a mark stands where a frame has what traces it, which
nothing reads unless something traces; then no number is given. So two looks at one call see one
number, those at two calls two, and nothing of the program is held.
"""

from __future__ import annotations

import itertools
import sys
from types import FrameType

_NUMBERS = itertools.count(1)
_SAFE = sys.implementation.name == "cpython" and sys.version_info >= (3, 11)
"""Before 3.11 a frame that has what traces it may tell a line that is not the last."""


class _Mark:
    __slots__ = ("number",)

    def __init__(self) -> None:
        self.number = next(_NUMBERS)

    def __call__(self, frame: FrameType, event: str, argument: object) -> None:
        """Traces nothing, where something begins to trace after the look."""


def are_told() -> bool:
    """Whether calls can be told apart: not where a debugger or a measure of coverage traces."""
    return _SAFE and sys.gettrace() is None


def number(frame: FrameType) -> int:
    """Gives what names the call that a frame is of, 0 where something traces it."""
    mark = frame.f_trace
    if mark is None:
        mark = _Mark()
        frame.f_trace = mark
    return mark.number if type(mark) is _Mark else 0
