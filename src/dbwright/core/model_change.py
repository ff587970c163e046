"""Change request: what words ask of existing models, and what came of it.

`collect/change_words.py` reads it, `recipes/model_edits.py` writes it into the source.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from dbwright.core.authoring import Authored, Question
from dbwright.core.brief import BriefAttribute, OnDelete, Understood, Unused
from dbwright.core.claim import Proof
from dbwright.core.finding import Edit


@dataclass(frozen=True, slots=True)
class AddColumn:
    """A new column of a model. `required` is None where the words leave it open.

    `sql` is SQLAlchemy's type as code where one was named (`Numeric(10, 2)`), else the
    attribute's type decides. `on_update`: it gets the time of each UPDATE.
    """

    model: str
    attribute: BriefAttribute
    required: bool | None = None
    indexed: bool = False
    sql: str = ""
    on_update: bool = False


@dataclass(frozen=True, slots=True)
class ChangeColumn:
    """A column that is there becomes something else; None and "" leave a thing as it is."""

    model: str
    attribute: str
    required: bool | None = None
    unique: bool | None = None
    indexed: bool | None = None
    retyped: BriefAttribute | None = None
    sql: str = ""
    default: str | int | float | bool | None = None


@dataclass(frozen=True, slots=True)
class RenameColumn:
    """An attribute and its column get another name."""

    model: str
    attribute: str
    to: str


@dataclass(frozen=True, slots=True)
class RemoveColumn:
    """A column goes, with its values."""

    model: str
    attribute: str


@dataclass(frozen=True, slots=True)
class RemoveModel:
    """A model goes, with its table."""

    model: str


@dataclass(frozen=True, slots=True)
class AddIndex:
    """Rows are looked up by these attributes; "-placed_at" is the newest first."""

    model: str
    attributes: tuple[str, ...]
    unique: bool = False


@dataclass(frozen=True, slots=True)
class AddRelationship:
    """A relationship between two models, read from `source` to `target`.

    Source refers to target in many-to-one and one-to-one. `required` is None where the words
    leave it open, `name` and `inverse` are "" where they are the writer's choice.
    """

    source: str
    target: str
    kind: str = "many-to-one"
    name: str = ""
    inverse: str = ""
    required: bool | None = None
    on_delete: OnDelete | str = ""


@dataclass(frozen=True, slots=True)
class AddModel:
    """A new model beside those that are there; relationships to them are steps of their own."""

    name: str
    columns: tuple[AddColumn, ...] = ()
    beside: str = ""


@dataclass(frozen=True, slots=True)
class AddBag:
    """Values without a fixed list of names: a user's preferences. `known` are those named."""

    model: str
    topic: str
    known: tuple[AddColumn, ...] = ()


Step = (
    AddColumn
    | ChangeColumn
    | RenameColumn
    | RemoveColumn
    | RemoveModel
    | AddIndex
    | AddRelationship
    | AddModel
    | AddBag
)


@dataclass(frozen=True, slots=True)
class ChangeRequest:
    """A request as it was read: its steps, clause by clause, and what was not used.

    problems: contradictions and questions that keep it from being done, each naming its clause
    and, where there is one, the command that answers it.
    """

    text: str
    steps: tuple[Step, ...] = ()
    understood: tuple[Understood, ...] = ()
    unused: tuple[Unused, ...] = ()
    problems: tuple[Unused, ...] = ()


@dataclass(frozen=True, slots=True)
class Way:
    """One way to build what was asked for: its name for `--choose`, what it is, its price."""

    name: str
    what: str
    price: str


@dataclass(frozen=True, slots=True)
class Decision:
    """What was decided about a thing, why, and the other ways that there are."""

    about: str
    chosen: str
    reason: str
    others: tuple[Way, ...] = ()


@dataclass(frozen=True, slots=True)
class Edited:
    """The edits of model files that make a request true, and what was decided on the way.

    `tables` are those that change, `meant` is what the migration has to know (a rename, a drop).
    """

    edits: tuple[Edit, ...]
    decisions: tuple[Decision, ...] = ()
    tables: tuple[str, ...] = ()
    meant: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class ModelsChanged:
    """What came of a request: the edits, the revisions, the proofs; or questions.

    `edits` hold the models and the new revisions; nothing is written yet. `statements` tell the
    DDL where no revision could be written, `why_no_revision` says why.
    """

    request: ChangeRequest
    edits: tuple[Edit, ...] = ()
    decisions: tuple[Decision, ...] = ()
    proofs: tuple[Proof, ...] = ()
    authored: Authored | None = None
    questions: tuple[Question, ...] = ()
    statements: tuple[str, ...] = ()
    why_no_revision: str = ""
    notes: tuple[str, ...] = field(default_factory=tuple)
