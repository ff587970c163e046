"""The pure fold of a schema's history: a schema and an operation give the next schema.

What an operation cannot tell (the server's spelling of an expression, the columns of a view,
whatever `Other` does) stays as it is written or as it was.
"""

from __future__ import annotations

from collections.abc import Iterable

# The steps register themselves when their modules are read.
from dbwright.core import operation as op
from dbwright.core import step_keys as _keys  # noqa: F401
from dbwright.core import step_tables as _tables  # noqa: F401
from dbwright.core import step_types as _types  # noqa: F401
from dbwright.core.draft import Draft
from dbwright.core.schema import Schema
from dbwright.core.step import STEPS


class Fold:
    """A schema that takes operations one after another, each in time that its table needs."""

    def __init__(self, schema: Schema) -> None:
        self._draft = Draft(schema)

    def apply(self, operations: Iterable[op.Operation]) -> None:
        """Take the operations in order."""
        for operation in operations:
            step = STEPS.get(type(operation))
            if step:
                step(self._draft, operation)

    def schema(self) -> Schema:
        """Give the schema as it stands now."""
        return self._draft.frozen()


def apply(schema: Schema, operation: op.Operation) -> Schema:
    """Give the schema after one operation."""
    return apply_all(schema, (operation,))


def apply_all(schema: Schema, operations: Iterable[op.Operation]) -> Schema:
    """Give the schema after operations in order, in time linear in their number."""
    fold = Fold(schema)
    fold.apply(operations)
    return fold.schema()
