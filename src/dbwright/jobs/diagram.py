"""The diagram job: a project's models, read as for a review, or a user's database, and drawn."""

from __future__ import annotations

from collections.abc import Sequence

from dbwright.collect.database import opened
from dbwright.core.errors import ProjectError, UsageError
from dbwright.core.mapping import Mapping
from dbwright.core.schema import Schema
from dbwright.jobs.check import read
from dbwright.jobs.workplace import Workplace
from dbwright.render.diagram import diagram_formats, render_diagram
from dbwright.render.diagram.contents import diagram_of
from dbwright.render.diagram.selection import chosen


def run(
    place: Workplace,
    format: str,
    tables: Sequence[str] = (),
    around: str | None = None,
    depth: int = 1,
) -> str:
    """Gives the diagram of the project's models as text; what stops their import is raised."""
    found = read(place)
    if found.mapping is None:
        raise found.models_error or ProjectError(
            "no models were found to draw",
            file=str(place.path),
            way_out="--models MODULE:BASE names them; a file of models can be given as PATH.",
        )
    return drawn(found.mapping.schema, format, found.mapping, tables, around, depth)


def run_database(
    url: str,
    format: str,
    tables: Sequence[str] = (),
    around: str | None = None,
    depth: int = 1,
) -> str:
    """Gives the diagram of a user's database as text; it is opened read-only, and rolled back."""
    with opened(url) as database:
        schema = database.schema()
    return drawn(schema, format, None, tables, around, depth)


def drawn(
    schema: Schema,
    format: str,
    mapping: Mapping | None = None,
    tables: Sequence[str] = (),
    around: str | None = None,
    depth: int = 1,
) -> str:
    """Gives a schema, wherever it comes from, as a diagram in one of the formats.

    Raises UsageError for a format or a table that there is not, and for a schema of no table.
    """
    if format not in diagram_formats():
        raise UsageError(
            f"{format!r} is no format of a diagram",
            way_out=f"The formats are: {', '.join(diagram_formats())}",
        )
    if not schema.tables:
        raise UsageError(
            "there is no table to draw",
            way_out="--models names the models, --db a database that has tables.",
        )
    keys = chosen(schema, tables, around, depth)
    return render_diagram(diagram_of(schema, mapping, keys), format)
