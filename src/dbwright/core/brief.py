"""Brief: what a domain is, in the words of those who know it; models are designed from it.

An agent, a person or the reader of words fills it; `collect/brief.py` reads it from YAML or JSON.
It says what is true (an order has one customer, an e-mail is unique, a booking may not overlap),
never how a database keeps it: keys, types, indexes, constraints and cascades are the designer's.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

BRIEF_VERSION = 1

Scalar = str | int | float | bool
Where = dict[str, Scalar | tuple[Scalar, ...] | None]
"""Values of attributes; several are alternatives, None is "is not set"."""
AttributeType = Literal[
    "string",
    "text",
    "email",
    "url",
    "slug",
    "phone",
    "integer",
    "decimal",
    "money",
    "percent",
    "float",
    "boolean",
    "date",
    "time",
    "datetime",
    "duration",
    "uuid",
    "json",
    "bytes",
    "ip",
    "password",
    "token",
    "country",
    "currency",
    "language",
    "timezone",
    "tags",
    "latitude",
    "longitude",
]
"""What a value means; `values` beside it makes it a value set.

`password` is stored as a slow hash and `token` as a digest, `tags` are a list of short texts,
`money` comes with a currency, `percent` lies between 0 and 100, `datetime` is an instant.
"""
Cardinality = Literal["many-to-one", "one-to-one", "many-to-many"]
OnDelete = Literal["restrict", "cascade", "set null"]
RuleKind = Literal[
    "ordered",
    "no-overlap",
    "exactly-one",
    "at-least-one",
    "at-most-one",
    "together",
    "when",
    "differ",
]


@dataclass(frozen=True, slots=True)
class BriefAttribute:
    """A value of an entity.

    values: the only ones allowed, in order; transitions: from a value to those that may follow,
    () for a last one. default: a value, or "now" or "today". minimum and maximum count for the
    value, for a text its length; `above` and `below` are the same without the bound itself.
    never: values that it must not have (`[0]`). ignore_case: a text whose case means nothing, so
    that Ann and ann are the same.
    unique: over all rows (with a tenant: within it, unless the entity is shared); for one that
    is unique within something else see BriefUnique. copied_from: "Product.price", a value frozen
    at the time of writing. immutable: never changed once written. personal: about a person.
    encrypted: must be read back, yet not be readable where it is stored. computed: an expression
    over the entity's own attributes (`quantity * unit_price`), never stored by hand.
    """

    name: str
    type: AttributeType = "string"
    required: bool = True
    unique: bool = False
    values: tuple[str, ...] = ()
    transitions: dict[str, tuple[str, ...]] = field(default_factory=dict)
    default: Scalar | None = None
    minimum: float | None = None
    maximum: float | None = None
    above: float | None = None
    below: float | None = None
    never: tuple[Scalar, ...] = ()
    ignore_case: bool = False
    length: int | None = None
    precision: int | None = None
    scale: int | None = None
    unit: str = ""
    immutable: bool = False
    copied_from: str = ""
    personal: bool = False
    encrypted: bool = False
    computed: str = ""
    doc: str = ""


@dataclass(frozen=True, slots=True)
class BriefUnique:
    """What may not be there twice: names of attributes and of relationships of one entity.

    where: only among rows whose attributes have these values, None for "is not set", a list for
    any of several (`{"cancelled_at": None}`, `{"status": ["active", "trial"]}`). nulls: whether
    two rows in which something is not set can be the same, "" is the designer's choice: they can
    where the rest is the same and one thing is not set.
    """

    of: tuple[str, ...]
    where: Where = field(default_factory=dict)
    nulls: Literal["", "equal", "distinct"] = ""


@dataclass(frozen=True, slots=True)
class BriefRule:
    """A rule between values of one row, or of rows of one entity.

    ordered: each of `of` lies before the next; with `or_equal` they may be equal, with it false
    never, and unasked two days may be the same day and no two others. no-overlap: the
    periods `of` (start, end) of rows that agree in `per` do not overlap, among rows that `where`
    names. exactly-one, at-least-one, at-most-one: so many of `of` are set. together: all of `of`
    are set or none. when: where `where` holds, `of` are set (`{"status": "shipped"}`,
    `["shipped_at"]`). differ: no two of `of` have the same value.
    """

    kind: RuleKind
    of: tuple[str, ...]
    per: tuple[str, ...] = ()
    where: Where = field(default_factory=dict)
    doc: str = ""
    or_equal: bool | None = None


@dataclass(frozen=True, slots=True)
class BriefGrowth:
    """How a table grows and how long its rows are kept; `by` is the instant that dates a row."""

    rows_per_month: int | None = None
    keep_days: int | None = None
    by: str = ""


@dataclass(frozen=True, slots=True)
class BriefEntity:
    """A kind of thing with an identity of its own; the name is singular, as a class is called.

    key: "" is the designer's choice, else "integer", "uuid", or "natural" over `natural_key`
    (attributes and relationships). soft_delete: rows are marked as deleted and their names become
    free again. append_only: rows are never changed. versioned: a write over somebody else's write
    is refused. timestamps: when a row was made and changed. shared: not owned by a tenant, in a
    domain that has one. kind_of: the entity that this one is a special case of. public_id: seen
    in addresses by the public.
    """

    name: str
    doc: str = ""
    attributes: tuple[BriefAttribute, ...] = ()
    key: Literal["", "integer", "uuid", "natural"] = ""
    natural_key: tuple[str, ...] = ()
    uniques: tuple[BriefUnique, ...] = ()
    rules: tuple[BriefRule, ...] = ()
    growth: BriefGrowth | None = None
    soft_delete: bool = False
    append_only: bool = False
    versioned: bool = False
    timestamps: bool = True
    shared: bool = False
    public_id: bool = False
    kind_of: str = ""

    def attribute(self, name: str) -> BriefAttribute | None:
        """The attribute of that name, or None."""
        return next((found for found in self.attributes if found.name == name), None)


@dataclass(frozen=True, slots=True)
class BriefRelationship:
    """A relationship, read from `source` to `target`.

    many-to-one and one-to-one: source refers to target (Order to Customer, Profile to User) by
    the attribute `name` ("" is the target's name), and target sees it as `inverse` ("" is the
    designer's choice). required: source cannot be without it. on_delete: what becomes of source
    when target is deleted, "" is the designer's choice. many-to-many: `through` is the entity
    that stands for a pair and has attributes of its own, "" is a plain pair; a pair is unique.
    position: the target keeps the sources in an order that people choose. immutable: never
    changed once written.
    """

    source: str
    target: str
    kind: Cardinality = "many-to-one"
    name: str = ""
    inverse: str = ""
    required: bool = True
    on_delete: OnDelete | Literal[""] = ""
    through: str = ""
    position: bool = False
    immutable: bool = False
    doc: str = ""


@dataclass(frozen=True, slots=True)
class BriefAccess:
    """A way in which rows are looked up, often: "a customer's orders, newest first".

    by: attributes and relationships compared for equality; range: one compared with a range;
    order: attributes, "-placed_at" for the newest first; where: as in BriefUnique, the only rows
    that are looked at; search: texts searched for words.
    """

    entity: str
    by: tuple[str, ...] = ()
    range: str = ""
    order: tuple[str, ...] = ()
    where: Where = field(default_factory=dict)
    search: tuple[str, ...] = ()
    doc: str = ""


@dataclass(frozen=True, slots=True)
class Brief:
    """A domain: entities, the relationships between them, and how they are looked up.

    tenant: the entity that owns the rows of all others that are not `shared`. keys: what keys are
    unless an entity says otherwise. currency: the only one, where money needs none beside it.
    """

    version: int = BRIEF_VERSION
    domain: str = ""
    entities: tuple[BriefEntity, ...] = ()
    relationships: tuple[BriefRelationship, ...] = ()
    accesses: tuple[BriefAccess, ...] = ()
    tenant: str = ""
    keys: Literal["integer", "uuid"] = "integer"
    currency: str = ""

    def entity(self, name: str) -> BriefEntity | None:
        """The entity of that name, or None."""
        return next((found for found in self.entities if found.name == name), None)


@dataclass(frozen=True, slots=True)
class Understood:
    """A clause of a request, its line in it, and what was made of it."""

    text: str
    line: int
    meaning: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Unused:
    """A clause of a request that nothing was made of, and why."""

    text: str
    line: int
    why: str


@dataclass(frozen=True, slots=True)
class Reading:
    """A request as it was read: the brief, clause by clause, and what was not used.

    problems: contradictions and questions that keep models from being designed, each naming its
    clause; brief holds what was clear all the same. guessed: attributes that are texts only
    because nothing says what they are, as `Record.copies`; unlinked: entities of which nothing
    says what they have to do with the others.
    """

    brief: Brief
    understood: tuple[Understood, ...] = ()
    unused: tuple[Unused, ...] = ()
    problems: tuple[Unused, ...] = ()
    guessed: tuple[str, ...] = ()
    unlinked: tuple[str, ...] = ()
