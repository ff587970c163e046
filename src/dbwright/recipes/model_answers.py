"""The answer to a question about models, from what SQLAlchemy configured of them."""

from __future__ import annotations

from collections.abc import Sequence

from dbwright.core.answered import Answered, Condition, Fact, Question
from dbwright.core.mapping import Mapping
from dbwright.core.schema import Table
from dbwright.recipes import model_answers_one, model_facts

NOUNS = {
    "models": ("model", "models"),
    "columns": ("column", "columns"),
    "foreign keys": ("foreign key", "foreign keys"),
    "relationships": ("relationship", "relationships"),
    "indexes": ("index", "indexes"),
}
_HAS = {
    "primary key": "a primary key",
    "composite key": "a primary key of several columns",
    "unique": "a UNIQUE",
    "check": "a CHECK",
    "foreign key": "a foreign key",
    "relationship": "a relationship",
    "index": "an index",
    "comment": "a comment",
    "soft delete": "a mark for deleted rows",
    "timestamps": "a column for when a row was made or changed",
    "cascade": "a cascading delete",
    "default": "a default",
    "time zone": "a time zone",
    "length": "a length",
    "on delete": "ON DELETE",
    "other side": "back_populates or a backref",
    "order_by": "an order_by",
    "loading": "eager loading",
}
MEANS = {
    "nullable": "NULL means that no value is there.",
    "required": "Such a column is NOT NULL: a row without a value is refused.",
    "index": "An index finds rows without reading the whole table.",
    "unique": "The database refuses a second row with the same value.",
    "check": "A CHECK is a rule about values that the database holds every program to.",
    "on delete": "Without ON DELETE the database refuses to delete a row that others refer to.",
    "cascade": "A cascading delete takes the rows along that refer to the deleted one.",
    "order_by": "Without order_by a list comes in no certain order.",
    "time zone": "Without a time zone its moment depends on who reads it.",
    "default": "Counted are the server's default and Python's.",
    "other side": "With it a change of one side shows on the other before a flush.",
}
"""What a property means to somebody who knows little SQL."""


def answered(question: Question, mapping: Mapping) -> Answered:
    """Gives the answer: a sentence, and a line for each thing that it is about."""
    if question.kind not in NOUNS:
        return model_answers_one.answered(question, mapping)
    facts, count = _facts(question, mapping, question.conditions)
    where = _where(question, mapping)
    one, many = NOUNS[question.kind]
    such = phrase(question.conditions, question.kind)
    reading = f"which {many}{where}{such}" if such or where else f"which {many} there are"
    notes = [MEANS[c.what] for c in question.conditions if c.what in MEANS]
    total = f"{count} {one if count == 1 else many}{where}"
    if question.asks == "all":
        facts, _ = _facts(question, mapping, _against(question.conditions))
        answer = _all(facts, total, such)
    elif not count:
        answer = f"There are no {many}{where}."
    elif not such:
        answer = f"There {'is' if count == 1 else 'are'} {total}."
    else:
        answer = _some(question, len(facts), total)
    return Answered(_sentence(reading), answer, tuple(facts), notes=tuple(dict.fromkeys(notes)))


def _some(question: Question, fit: int, total: str) -> str:
    """`2 of 12 columns have no default.`, `No, all 22 models have a primary key.`"""
    whether = question.asks == "whether"
    only = question.conditions[0]
    if not fit and len(question.conditions) == 1 and not only.wanted:
        lead = "No, all" if whether else "None: all"
        return f"{lead} {total}{phrase(_against(question.conditions), question.kind)}."
    such = phrase(question.conditions, question.kind)
    if not fit:
        return f"{'No, none' if whether else 'None'} of {total}{such}."
    return f"{'Yes, ' if whether else ''}{fit} of {total}{of_one(such) if fit == 1 else such}."


def of_one(words: str) -> str:
    """Gives what is true of several as it is said of one.

    >>> of_one(" are unique and have no index"), of_one(" may be NULL")
    (' is unique and has no index', ' may be NULL')
    """
    ends = {"are": "is", "have": "has", "do": "does", "hold": "holds", "cascade": "cascades"}
    return " and ".join(
        f"{' ' if part.startswith(' ') else ''}{ends.get(first, first)} {rest}".rstrip()
        for part in words.split(" and ")
        for first, _, rest in [part.strip().partition(" ")]
    )


def _against(conditions: Sequence[Condition]) -> tuple[Condition, ...]:
    """The contrary of the first condition; the others stay."""
    if not conditions:
        return ()
    first = conditions[-1]
    return (*conditions[:-1], Condition(first.what, not first.wanted, first.name))


def _all(facts: Sequence[Fact], total: str, such: str) -> str:
    if not facts:
        return f"Yes, all {total}{such}."
    return f"No, {len(facts)} of {total} {'does' if len(facts) == 1 else 'do'} not."


def _facts(
    question: Question, mapping: Mapping, conditions: Sequence[Condition]
) -> tuple[list[Fact], int]:
    """The lines of those that fit, and how many there are at all."""
    match question.kind:
        case "models":
            chosen = model_facts.mappers(mapping, question.models)
            fit = [m for m in chosen
                   if all(model_facts.has_of_model(mapping, m, c) for c in conditions)]  # fmt: skip
            return [model_facts.model_fact(mapping, m) for m in fit], len(chosen)
        case "columns":
            whole = [*model_facts.parts(mapping, question.models)]
            columns = [
                part
                for part in whole
                if all(model_facts.has_of_column(mapping, part, c) for c in conditions)
            ]
            return [model_facts.column_fact(part) for part in columns], len(whole)
        case "relationships":
            pairs = [(m, r) for m in model_facts.mappers(mapping, question.models)
                     for r in m.relationships if not r.inherited]  # fmt: skip
            if any(c.what == "order_by" for c in conditions):
                pairs = [pair for pair in pairs if pair[1].uselist]
            own = [(m, r) for m, r in pairs
                   if all(model_facts.has_of_relationship(r, c) for c in conditions)]  # fmt: skip
            return [model_facts.relationship_fact(m, r) for m, r in own], len(pairs)
        case "foreign keys":
            keys = [(t, key) for t in _tables(mapping, question.models) for key in t.foreign_keys]
            some = [(t, key) for t, key in keys
                    if all(model_facts.has_of_key(t, key, c) for c in conditions)]  # fmt: skip
            return [model_facts.key_fact(mapping, t, key) for t, key in some], len(keys)
        case _:
            indexes = [(t, i) for t in _tables(mapping, question.models) for i in t.indexes]
            fitting = [(t, i) for t, i in indexes if all(_fits(c, i) for c in conditions)]
            return [model_facts.index_fact(t, i) for t, i in fitting], len(indexes)


def _fits(condition: Condition, index: object) -> bool:
    if condition.what == "unique":
        return getattr(index, "unique", False) == condition.wanted
    columns = [str(name).lower() for name in getattr(index, "columns", ())]
    return (condition.name.lower() in columns) == condition.wanted


def _tables(mapping: Mapping, models: tuple[str, ...]) -> list[Table]:
    chosen = {m.table for m in mapping.mappers if m.qualified in models}
    tables = [t for t in mapping.schema.tables if not models or t.key in chosen]
    return sorted(tables, key=lambda table: table.key)


def phrase(conditions: Sequence[Condition], kind: str) -> str:
    """Gives what is true of the things that are meant: ` may be NULL and have no index`."""
    words = [_condition(condition, kind) for condition in conditions]
    return f" {' and '.join(words)}" if words else ""


def _condition(condition: Condition, kind: str) -> str:
    no = "" if condition.wanted else "not "
    match condition.what:
        case "nullable" if kind == "models":
            return f"{'have no' if no else 'have a'} column that may be NULL"
        case "nullable":
            return f"may {no}be NULL"
        case "required":
            return f"are {no}required"
        case "type" if kind == "models":
            return f"{'have no' if no else 'have a'} column that holds {condition.name}"
        case "type":
            return f"hold {condition.name}" if not no else f"do not hold {condition.name}"
        case "column" if kind == "models":
            return f"have {'no' if no else 'a'} column {condition.name}"
        case "column":
            return f"are {no}{'on' if kind == 'indexes' else 'called'} {condition.name}"
        case "unique" if kind in ("columns", "indexes", "foreign keys"):
            return f"are {no}unique"
        case "cascade" if kind == "foreign keys":
            return "do not cascade a delete" if no else "cascade a delete"
        case "primary key" | "foreign key" if kind == "columns":
            return f"are {no}part of a {condition.what}"
    thing = _HAS[condition.what]
    bare = thing.removeprefix("an ").removeprefix("a ")
    return f"have {thing}" if condition.wanted else f"have no {bare}"


def _where(question: Question, mapping: Mapping) -> str:
    if not question.models:
        return ""
    return f" of {' and '.join(m.name for m in model_facts.mappers(mapping, question.models))}"


def _sentence(text: str) -> str:
    return text[:1].upper() + text[1:]


__all__ = ["answered", "of_one", "phrase"]
