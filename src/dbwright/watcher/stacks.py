"""The lines of the user's own code that a statement comes from, as the stack has them."""

from __future__ import annotations

import os
import sys
import sysconfig
from types import CodeType, FrameType, TracebackType
from typing import Any

from . import calls

_OURS = os.path.dirname(os.path.dirname(os.path.abspath(__file__))) + os.sep
_LIBRARIES = tuple(
    os.path.realpath(path) + os.sep
    for name in ("stdlib", "platstdlib", "purelib", "platlib")
    if (path := sysconfig.get_path(name))
)
MOST = 12
"""So many lines of one stack are kept, the innermost."""
_DEEPEST = 400
"""So many frames are looked at: a recursion may be a thousand deep."""

BEHIND = 16
"""A mark that stands behind a line of the user's, as it does for a listener's, is also set here."""
_TEMPLATE = -1
Line = tuple[CodeType, int]


def _template_line(frame: FrameType) -> int:
    """Gives the line of a Jinja template that its generated code stands for."""
    template = frame.f_globals.get("__jinja_template__")
    if template is None:
        return frame.f_lineno
    return int(template.get_corresponding_lineno(frame.f_lineno))


class Stack:
    """The user's lines, innermost first, and through which functions of SQLAlchemy it went.

    `calls` has for each line what names the call of its function (calls.py); it is empty unless it
    is asked for.
    """

    __slots__ = ("calls", "lines", "numbers", "through")

    def __init__(self) -> None:
        self.lines: list[Line] = []
        self.calls: list[int] = []
        self.numbers = False
        self.through = 0


class Stacks:
    """Reads stacks; what is known of a function is kept.

    `marks` are functions of libraries that matter: their code, and the bit that stands for each.
    Files are told relative to `root`, where the program began unless it is given.
    """

    def __init__(self, marks: dict[CodeType, int] | None = None, root: str | None = None) -> None:
        self._root = os.path.join(os.path.realpath(root or os.getcwd()), "")
        self._known: dict[CodeType, int | None] = dict(marks or {})
        self._names: dict[str, str | None] = {}

    def now(
        self, frame: FrameType | None = None, most: int = MOST, *, called: bool = False
    ) -> Stack:
        """Gives the stack as it is, of its lines so many; `called` asks for its calls.

        The driver of an async engine runs in a greenlet: the code that awaits it is on the stack
        of the one that waits.
        """
        stack = Stack()
        stack.numbers = called and calls.are_told()
        left = self._read(frame or sys._getframe(1), stack, _DEEPEST, most)
        module = sys.modules.get("greenlet")
        current: Any = module.getcurrent() if module is not None else None
        while current is not None and left and len(stack.lines) < most:
            current = current.parent
            if current is not None and current.gr_frame is not None:
                left = self._read(current.gr_frame, stack, left, most)
        return stack

    def begin_at(self, frame: FrameType | None) -> None:
        """Leaves out what the code that begins to watch was called by: a loop there is not ours."""
        within = False
        while frame is not None:
            code = frame.f_code
            mark = self._known.get(code)
            if within and not mark:
                self._known[code] = None
            within = within or self._is_users(frame)
            frame = frame.f_back

    def of(self, traceback: TracebackType | None) -> list[Line]:
        """Gives the user's lines that an error went through, innermost first."""
        lines: list[Line] = []
        while traceback is not None:
            code = traceback.tb_frame.f_code
            if self._is_users(traceback.tb_frame):
                lines.insert(0, (code, traceback.tb_lineno))
            traceback = traceback.tb_next
        return lines[:MOST]

    def _read(self, frame: FrameType | None, stack: Stack, left: int, most: int) -> int:
        known, lines = self._known, stack.lines
        while frame is not None and left:
            code = frame.f_code
            try:
                mark = known[code]
            except KeyError:
                mark = self._learn(frame)
            if mark is not None:
                if mark > 0:
                    stack.through |= mark | mark << BEHIND if lines else mark
                else:
                    lines.append((code, frame.f_lineno if not mark else _template_line(frame)))
                    if stack.numbers:
                        stack.calls.append(calls.number(frame))
                    if len(lines) >= most:
                        return 0
            frame = frame.f_back
            left -= 1
        return left

    def _learn(self, frame: FrameType) -> int | None:
        """Takes down of a function: the user's (0), a template's (-1), a library's (None)."""
        code, found = frame.f_code, None
        if self._is_users(frame):
            found = 0 if code.co_filename.endswith((".py", ">", ".pyx")) else _TEMPLATE
        if len(self._known) > 50_000:  # functions that a program makes without end
            self._known = {each: mark for each, mark in self._known.items() if mark}
        self._known[code] = found
        return found

    def _is_users(self, frame: FrameType) -> bool:
        """Whether a function is the user's; one that is made from text is of who made it.

        SQLAlchemy 2.0 makes functions that way: `Session.commit`, `create_engine`.
        """
        file = frame.f_code.co_filename
        if file == "<string>":
            module = sys.modules.get(str(frame.f_globals.get("__name__")))
            made_in = getattr(module, "__file__", None)
            if isinstance(made_in, str) and self.name(made_in) is None:
                return False
        return self.name(file) is not None

    def name(self, file: str) -> str | None:
        """Gives a file as it is told, relative to where the program began; None for a library's."""
        if file not in self._names:
            if len(self._names) > 10_000:
                self._names.clear()
            self._names[file] = self._named(file)
        return self._names[file]

    def _named(self, file: str) -> str | None:
        if file.startswith("<"):
            return file if file in ("<stdin>", "<string>") or "ipython" in file else None
        path = os.path.realpath(file)
        library = path.startswith(_LIBRARIES) or "site-packages" in path or path.startswith(_OURS)
        return None if library else path.removeprefix(self._root)
