"""A failure: an error that a user pasted, as far as its text tells."""

from __future__ import annotations

from dataclasses import dataclass, field

from dbwright.core.mapping import Mapper, Mapping, Relationship
from dbwright.core.migration import History
from dbwright.core.place import Place


@dataclass(frozen=True, slots=True)
class Frame:
    """One step of a traceback: its place as written, and the line of code where it is shown."""

    place: Place
    function: str = ""
    code: str = ""


@dataclass(frozen=True, slots=True)
class Failure:
    """An error as it was pasted.

    `kind` is the innermost class that names it ("NotNullViolation"), `wrapper` the one that was
    raised where that differs ("IntegrityError"). `frames` go from the outermost in; `own` is the
    last one that is in the user's code. `detail` is the server's DETAIL, `statement` the SQL.
    """

    kind: str
    message: str
    wrapper: str = ""
    detail: str = ""
    statement: str = ""
    frames: tuple[Frame, ...] = ()
    own: Frame | None = None

    @property
    def text(self) -> str:
        """All that it says, to be searched."""
        return f"{self.message}\n{self.detail}"


@dataclass(frozen=True, slots=True)
class Known:
    """What is known of the project beside the error; None where it could not be read."""

    mapping: Mapping | None = None
    history: History | None = None
    order: tuple[str, ...] = field(default=())

    def relationships(self, name: str) -> tuple[tuple[Mapper, Relationship], ...]:
        """Gives the relationships of that name, with the models that have them."""
        mappers = self.mapping.mappers if self.mapping else ()
        found = ((mapper, mapper.relationship(name)) for mapper in mappers)
        return tuple((mapper, each) for mapper, each in found if each is not None)

    def mapper_of(self, table: str) -> Mapper | None:
        """Gives the model of a table, None where none is known."""
        if self.mapping is None:
            return None
        return next(iter(self.mapping.mappers_of(table)), None)

    def named(self, table: str, column: str) -> tuple[str, Place | None]:
        """Gives a column as the models spell it, and where it is declared."""
        mapper = self.mapper_of(table)
        attribute = mapper.attribute_of(column) if mapper else None
        if mapper is None or attribute is None:
            return f"{table}.{column}", mapper.place if mapper else None
        return f"{mapper.name}.{attribute.name}", attribute.place or mapper.place
