"""Where a parameter's values come from: judged at the calls of its function, some levels up.

Fixed is what the code itself names. Outside is what an endpoint, a command or a request brings.
Open is a public function that nothing in the project calls. What cannot be followed is left.
"""

from __future__ import annotations

import ast
from enum import IntEnum

from dbwright.core.source import Source
from dbwright.recipes import injection_calls, injection_entry, injection_types
from dbwright.recipes.injection_calls import Call, Place
from dbwright.recipes.injection_taint import Blamed, Scope
from dbwright.recipes.model_syntax import Function, dotted

LEVELS = 5


class Origin(IntEnum):
    """Where values come from, the worst last."""

    FIXED = 0
    LEFT = 1
    OPEN = 2
    OUTSIDE = 3


class Origins:
    """Judges the parameters of a project's functions; `wanted` are the names that it looked up."""

    def __init__(self, sources: tuple[Source, ...]) -> None:
        self.calls = injection_calls.Calls(sources)
        self.types = injection_types.of(sources)
        self.wanted: set[str] = set()
        self._scopes: dict[ast.AST, Scope] = {}
        self._known: dict[tuple[Place, Blamed], Origin] = {}

    def of(self, place: Place, blamed: Blamed, levels: int = LEVELS) -> Origin:
        """Gives where the values of a parameter, or of an attribute of it, come from."""
        key = (place, blamed)
        if key not in self._known:
            self._known[key] = Origin.FIXED  # a function that calls itself adds nothing
            self._known[key] = self._judged(place, blamed, levels)
        return self._known[key]

    def _judged(self, place: Place, blamed: Blamed, levels: int) -> Origin:
        function = place.function
        if function is None:
            return Origin.LEFT
        annotation = injection_entry.annotation_of(function, blamed.name)
        default = injection_entry.default_of(function, blamed.name)
        self.wanted |= _type_names(annotation)
        if self.types.holds_no_sql(annotation, default):
            return Origin.FIXED
        if blamed.attribute and self.types.of_attribute(annotation, blamed.attribute):
            return Origin.FIXED
        if injection_entry.is_entry(function, place.owner):
            return self._of_entry(function, blamed, annotation)
        self.wanted.add(_called_name(place))
        found = self.calls.of(place)
        if not found:
            private = function.name.startswith("_") and not function.name.endswith("__")
            return Origin.LEFT if private else Origin.OPEN
        if not levels:
            return Origin.LEFT
        return max(self._of_call(call, place, blamed, levels - 1) for call in found)

    def _of_entry(self, function: Function, blamed: Blamed, annotation: ast.expr | None) -> Origin:
        if injection_entry.enters(function, blamed.name):
            return Origin.OUTSIDE
        brought = blamed.attribute and self.types.brings(annotation, blamed.attribute)
        return Origin.OUTSIDE if brought else Origin.LEFT

    def _of_call(self, call: Call, place: Place, blamed: Blamed, levels: int) -> Origin:
        worst = Origin.FIXED
        for value in injection_calls.given(call, place, blamed.name):
            made = _made_with(value, blamed.attribute)
            for at in self._around(call.at):
                worst = max(worst, self._of_value(made or value, at, blamed, levels, bool(made)))
        return worst

    def _of_value(
        self, value: ast.expr, at: Place, blamed: Blamed, levels: int, whole: bool
    ) -> Origin:
        scope = self._scope(at)
        outside, parameters = scope.judge(value)
        if outside:
            option = blamed.attribute
            checked = option and injection_entry.is_checked_option(scope.tree, option)
            return Origin.LEFT if checked else Origin.OUTSIDE
        worst = Origin.LEFT if not isinstance(value, ast.Constant) else Origin.FIXED
        for parameter in parameters:
            if parameter.attribute is None and not whole:
                parameter = Blamed(parameter.name, blamed.attribute)
            extra = at.function.args.kwarg if at.function else None
            if extra is not None and extra.arg == parameter.name:
                parameter = Blamed(blamed.name, blamed.attribute)
            worst = max(worst, self.of(at, parameter, levels))
        return worst

    def _around(self, at: Place) -> list[Place]:
        if at.function is None:
            return [at]
        outer = [self.calls.place(at.source, function) for function in at.around]
        return [at, *outer]

    def _scope(self, at: Place) -> Scope:
        node = at.function or at.source.tree
        if node not in self._scopes:
            self._scopes[node] = Scope(node, at.source.tree)
        return self._scopes[node]


def _made_with(value: ast.expr, attribute: str | None) -> ast.expr | None:
    """The value of the attribute where the object is made at the call: `Page(sort=sort)`."""
    if not attribute or not isinstance(value, ast.Call):
        return None
    return next((word.value for word in value.keywords if word.arg == attribute), None)


def _called_name(place: Place) -> str:
    assert place.function is not None
    if place.function.name == "__init__" and place.owner is not None:
        return place.owner.name
    return place.function.name


def _type_names(annotation: ast.expr | None) -> set[str]:
    nodes = list(ast.walk(annotation)) if annotation is not None else []
    names = {dotted(node).rpartition(".")[2] for node in nodes}
    return {name for name in names if name[:1].isupper()}
