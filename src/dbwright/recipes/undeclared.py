"""Why autogenerate drops what the database has: it is in no model."""

from __future__ import annotations

import re

from dbwright.core.explanation import Do, Explanation, Reason
from dbwright.core.failure import Known
from dbwright.core.finding import Alternative
from dbwright.core.operation import CreateIndex
from dbwright.core.place import Place
from dbwright.core.schema import Index

_NAME = re.compile(r"\b(?:(?:ix|idx|index|uq|fk|ck)_\w+|\w+_(?:ix|idx|index|key))\b")
ASKED = re.compile(
    r"\bautogenerate\w*\b.{0,80}\b(?:drop|remov|delet)\w*|\b(?:drop|remov|delet)\w*\b.{0,80}\bautogenerat",
    re.IGNORECASE | re.DOTALL,
)


def explain(question: str, known: Known) -> Explanation:
    """Gives why it is dropped, and how it is declared or kept."""
    said = _NAME.search(question)
    name = said[0] if said else ""
    what = name or "what it drops"
    declared = _declared(name, known)
    index, place = _made(name, known)
    reasons = [Reason("autogenerate compares the database with the models' metadata alone")]
    if index is not None:
        reasons.append(Reason(f"{name} is made by a revision", place))
    elif name:
        reasons.append(Reason(f"no revision here makes {name}: it was made by hand"))
    if declared is not None:
        answer = (
            f"{what} is declared in the models, so it is dropped because its definition differs "
            "there: columns, unique, WHERE or an expression."
        )
        reasons.append(Reason(f"{name} is declared here", declared))
    else:
        answer = f"{what} is in the database and in no model, so autogenerate takes it out."
    columns = ", ".join(f'"{column}"' for column in index.columns if column) if index else "…"
    do = (
        Do(
            "Declare it in the class whose table has it, as the database has it",
            f'__table_args__ = (Index("{name or "NAME"}", {columns}),)',
        ),
        Do(
            "Or keep what is made by hand out of the comparison, in env.py",
            "def include_object(object, name, type_, reflected, compare_to):\n"
            f'    return not (type_ == "index" and name == "{name or "NAME"}")\n\n'
            "context.configure(…, include_object=include_object)",
        ),
    )
    return Explanation(
        f"why autogenerate drops {what}",
        answer,
        do,
        tuple(reasons),
        (
            Alternative(
                "delete the drop from each new revision", "it is written again the next time"
            ),
        ),
        "an index that is declared otherwise than it is built is dropped and built again",
        "take the line out again; the database is not touched",
        "alembic check  # says nothing once models and database agree",
        "none needed: nothing is dropped before a revision runs",
        "reasoned: the models and the revisions of this folder were read; your database was not",
        more=("dbwright check --db URL", "dbwright rule undeclared-in-models"),
    )


def _declared(name: str, known: Known) -> Place | None:
    if known.mapping is None or not name:
        return None
    for table in known.mapping.schema.tables:
        if any(index.name == name for index in table.indexes):
            mapper = known.mapper_of(table.key)
            return mapper.place if mapper else Place(table.key)
    return None


def _made(name: str, known: Known) -> tuple[Index | None, Place | None]:
    for migration in known.history.migrations if known.history else ():
        for statement in migration.upgrade:
            for operation in statement.operations:
                if isinstance(operation, CreateIndex) and operation.index.name == name:
                    return operation.index, Place(migration.path)
    return None, None
