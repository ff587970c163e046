"""One step of a table on SQLite, forward or back: added in place, else copied by a batch."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from dbwright import dialects
from dbwright.core.errors import FixError
from dbwright.core.schema import (
    Check,
    Column,
    ForeignKey,
    Index,
    IndexKey,
    Schema,
    Table,
    Trigger,
    Unique,
)
from dbwright.recipes import batch_copy, code, plain_code
from dbwright.recipes.autogenerate_change import execute
from dbwright.recipes.autogenerate_columns import STOP
from dbwright.recipes.autogenerate_context import Context
from dbwright.recipes.autogenerate_edits import Edits
from dbwright.recipes.constraints import unwrapped
from dbwright.recipes.sqlalchemy_code import foreign_key_words

# https://alembic.sqlalchemy.org/en/latest/batch.html#dropping-unnamed-or-named-foreign-keys
CONVENTIONS = {
    ForeignKey: ("fk", "fk_%(table_name)s_%(column_0_N_name)s_%(referred_table_name)s"),
    Unique: ("uq", "uq_%(table_name)s_%(column_0_N_name)s"),
}
TYPES = {ForeignKey: "foreignkey", Unique: "unique", Check: "check"}
NUMBERS = ("smallint", "integer", "bigint", "float", "numeric", "boolean")


def quoted(name: str) -> str:
    """Gives a name as it stands in SQLite's SQL."""
    found: str = dialects.get("sqlite").quoting.quoted(name)
    return found


def as_kept(definition: str | None) -> str:
    """Gives the code that makes a view or trigger again, letter for letter as SQLite keeps it."""
    sql = code.escaped_binds(definition or "")
    line = f"op.execute({code.literal(sql)})"
    fits = "\n" not in sql and len(line) <= code.WIDTH - 4
    return line if fits else code.verbatim(definition or "")


def name_of(table: str, part: Any) -> str | None:
    """Gives the name of a constraint, or the one that the convention above gives it."""
    if part.name or isinstance(part, Check):
        name: str | None = part.name
        return name
    referred = (part.referred_table,) if isinstance(part, ForeignKey) else ()
    return "_".join((CONVENTIONS[type(part)][0], table, *part.columns, *referred))


@dataclass(slots=True)
class Step:
    """What takes a table from one side of its changes to the other; `copies` once it was written.

    Forward goes from what is there to what is wanted.
    """

    context: Context
    edits: Edits
    forward: bool
    copies: bool = False

    def code(self) -> str:
        """Gives the code; FixError for a column that a batch cannot carry."""
        fills = self._fills()
        in_batch = [pair for pair in self._pairs("columns") if not self._in_place(pair, fills)]
        parts = self._pairs("parts")
        late = [new.name for _, new in self._pairs("columns") if new and new.name in fills]
        self.copies = bool(in_batch or parts or late)
        if self.copies:  # one copy is enough for all
            in_batch = [p for p in self._pairs("columns") if p[0] or p[1].name not in fills]
        moved = [pair for pair in self._pairs("columns") if pair not in in_batch]
        return code.lines(
            *self._stops(fills),
            *self._cast_stops(in_batch),
            *(f"op.drop_index({code.literal(each.name)}, table_name={self._name})"
              for each in self._indexes_before()),
            *self._aside(),
            *(self._add(new, "op.add_column", nullable=new.name in fills) for _, new in moved),
            *self._updates(fills),
            *(self._batch(in_batch, parts, late) if self.copies else ()),
            *self._after(),
        )  # fmt: skip

    @property
    def _before(self) -> Table:
        return self.edits.old if self.forward else self.edits.new

    @property
    def _schema(self) -> Schema:
        return self.context.migrated if self.forward else self.context.models

    @property
    def _table(self) -> str:
        return self.edits.new.name

    @property
    def _name(self) -> str:
        return code.literal(self._table)

    def _pairs(self, what: str) -> list[tuple[Any, Any]]:
        pairs = getattr(self.edits, what)
        return list(pairs) if self.forward else [(new, old) for old, new in pairs]

    def _fills(self) -> dict[str, str]:
        """What the rows get in columns that become NOT NULL, or come back."""
        meant = self.context.meant
        given = meant.fills if self.forward else meant.fills_back
        found = {}
        for _, new in self._pairs("columns"):
            key = f"{self.edits.new.key}.{new.name}" if new else ""
            if key in given:
                found[new.name] = given[key]
        return found

    def _in_place(self, pair: tuple[Any, Any], fills: dict[str, str]) -> bool:
        """Whether ALTER TABLE ADD COLUMN can do it: https://www.sqlite.org/lang_altertable.html"""
        old, new = pair
        if old is not None or new is None or (new.computed and new.stored):
            return False
        if new.name in fills:
            return True
        constant = new.default is None or _is_constant(new.default)
        return constant and (new.nullable or new.default is not None or bool(new.computed))

    def _stops(self, fills: dict[str, str]) -> Iterator[str]:
        """What keeps a downgrade from adding a column whose values are gone."""
        if self.forward:
            return
        for old, new in self._pairs("columns"):
            if old is None and new is not None and new.name not in fills and not new.computed:
                name = f"{self.edits.new.key}.{new.name}"
                why = f"{name} {STOP}: bring them back from the copy, then take this line out"
                yield _stop_where(f"SELECT 1 FROM {quoted(self._table)}", why)

    def _cast_stops(self, pairs: list[tuple[Any, Any]]) -> Iterator[str]:
        """What keeps a value from being lost in a cast: SQLite makes 0 of a text without digits."""
        types = dialects.get("sqlite").types
        for old, new in pairs:
            if not (old and new) or old.type == new.type or _keeps_values(new):
                continue
            if types.affinity(new.type) in ("TEXT", "BLOB") or types.fits(old.type, new.type):
                continue
            name = quoted(new.name)
            cast = f"CAST(CAST({name} AS {new.type.upper()}) AS TEXT)"
            rows = f"SELECT 1 FROM {quoted(self._table)} WHERE {cast} <> CAST({name} AS TEXT)"
            yield _stop_where(rows, f"{self._table}.{new.name} has values that are no {new.type}")

    def _updates(self, fills: dict[str, str]) -> Iterator[str]:
        for name, value in fills.items():
            column = quoted(name)
            yield execute(
                f"UPDATE {quoted(self._table)} SET {column} = {value} WHERE {column} IS NULL"
            )

    def _indexes_before(self) -> list[Index]:
        """The indexes that go, and those that a batch would lose or build otherwise."""
        gone = [old for old, _ in self._pairs("indexes") if old]
        return [*gone, *(each for each in self._fragile() if each not in gone)]

    def _fragile(self) -> list[Index]:
        if not self.copies:
            return []
        new = {pair[1].name for pair in self._pairs("indexes") if pair[1]}
        return [
            each
            for each in self._before.indexes
            if each.name not in new and (each.predicate or any(map(_is_special, each.keys)))
        ]

    def _readers(self) -> tuple[list[Table], list[Trigger]]:
        """The views and other tables' triggers that name the table: a renamed copy is refused."""
        if not self.copies:
            return [], []
        names, views = {self._table.lower()}, []
        waiting = [each for each in self._schema.tables if each.kind == "view"]
        while found := [view for view in waiting if _words(view.definition or "") & names]:
            views += found
            names |= {view.name.lower() for view in found}
            waiting = [view for view in waiting if view not in found]
        triggers = [
            trigger
            for table in self._schema.tables
            if table.name != self._table
            for trigger in table.triggers
            if _words(trigger.definition) & names
        ]
        return views, triggers

    def _aside(self) -> Iterator[str]:
        views, triggers = self._readers()
        own = [old for old, _ in self._pairs("triggers") if old and not self.copies]
        for trigger in (*triggers, *own):
            yield execute(f"DROP TRIGGER {quoted(trigger.name)}")
        for view in reversed(views):
            yield execute(f"DROP VIEW {quoted(view.name)}")

    def _after(self) -> Iterator[str]:
        from dbwright.recipes.autogenerate_sqlite import create_index

        gone = [old for old, _ in self._pairs("indexes") if old]
        for each in self._fragile():
            if each not in gone:
                yield create_index(self._table, each)
        yield from (create_index(self._table, new) for _, new in self._pairs("indexes") if new)
        views, triggers = self._readers()
        yield from (as_kept(view.definition) for view in views)
        dropped = [old for old, _ in self._pairs("triggers") if old]
        if self.copies:
            triggers += [each for each in self._before.triggers if each not in dropped]
        triggers += [new for _, new in self._pairs("triggers") if new and new not in triggers]
        yield from (as_kept(each.definition) for each in triggers)

    def _add(self, found: Column, function: str, *, nullable: bool = False) -> str:
        made = plain_code.column_code(found, "sqlite", nullable=nullable)
        if made is None:
            raise _no_class(self.edits.new.key, found)
        owner = [] if function.startswith("batch_op") else [self._name]
        return code.call(function, [*owner, made])

    def _batch(self, columns: Any, parts: Any, late: list[str]) -> Iterator[str]:
        lines = [self._drop(old) for old, _ in parts if old and name_of(self._table, old)]
        overrides, untold = [], {new.name for _, new in columns if new}
        for name in late:
            if name not in untold:
                lines.append(f"batch_op.alter_column({code.literal(name)}, nullable=False)")
        for old, new in columns:
            if old is None:
                lines.append(self._add(new, "batch_op.add_column"))
            elif new is None:
                lines.append(f"batch_op.drop_column({code.literal(old.name)})")
            elif (_keeps_values(new) and old.type != new.type) or new.collation or old.collation:
                overrides.append(new)
            else:
                lines.append(self._alter(old, new))
        named = [new for _, new in parts if new and name_of(self._table, new)]
        lines += [self._create(new) for new in named]
        words = self._arguments(parts, overrides, columns)
        if not any(line.startswith("batch_op") for line in lines):
            lines, words = ["pass"], [*words, 'recreate="always"']
        opening = code.call("op.batch_alter_table", [self._name, *words])
        body = textwrap.indent("\n".join(lines), "    ")
        refers = any(self._schema.referring(self._before.key))
        yield batch_copy.OFF if refers else ""
        yield f"with {opening} as batch_op:\n{body}"
        yield batch_copy.ON if refers else ""

    def _arguments(self, parts: Any, overrides: list[Column], columns: Any) -> list[str]:
        """The arguments that hand a batch what it does not read from the database."""
        touched = {old.name for old, _ in columns if old}
        for each in self._before.columns:
            if each.name not in touched:
                if plain_code.type_code(each.type, "sqlite") is None:
                    raise _no_class(self.edits.new.key, each)
                overrides += [each] if each.collation else []
        dropped = [old for old, _ in parts if isinstance(old, Check)]
        kept = (*self._before.checks, *(new for _, new in parts if isinstance(new, Check)))
        checks = [c for c in kept if c.name is None and c not in dropped]
        words = []
        if overrides:
            made = [plain_code.column_code(each, "sqlite") for each in overrides]
            words.append(f"reflect_args=[{', '.join(filter(None, made))}]")
        if checks:
            listed = (code.literal(code.escaped_binds(c.expression)) for c in checks)
            words.append(f"table_args=({''.join(f'sa.CheckConstraint({c}),' for c in listed)})")
        unnamed = {type(old) for old, _ in parts if old and not old.name}
        names = [CONVENTIONS[kind] for kind in CONVENTIONS if kind in unnamed]
        if names:
            listed = (f"{code.literal(kind)}: {code.literal(text)}" for kind, text in names)
            words.append(f"naming_convention={{{', '.join(listed)}}}")
        options = {
            "autoincrement": ("sqlite_autoincrement", True),
            "without_rowid": ("sqlite_with_rowid", False),
            "strict": ("sqlite_strict", True),
        }
        told = dict(options[name] for name in options if self._before.info.get(name))
        return words + ([f"table_kwargs={told!r}"] if told else [])

    def _alter(self, old: Column, new: Column) -> str:
        words = [code.literal(new.name)]
        type_ = plain_code.type_code(old.type, "sqlite")
        words += [f"existing_type={type_}"] if type_ else []
        if old.type != new.type:
            made = plain_code.type_code(new.type, "sqlite")
            if made is None:
                raise _no_class(self.edits.new.key, new)
            words.append(f"type_={made}")
        if old.nullable != new.nullable:
            words.append(f"nullable={new.nullable}")
        if old.default != new.default:
            words.append(f"server_default={plain_code.default_code(new)}")
        return code.call("batch_op.alter_column", words)

    def _drop(self, part: Any) -> str:
        name = self.context.style.name(name_of(self._table, part) or "")
        return f"batch_op.drop_constraint({name}, type_={code.literal(TYPES[type(part)])})"

    def _create(self, part: Any) -> str:
        name = self.context.style.name(name_of(self._table, part) or "")
        if isinstance(part, Check):
            text = code.literal(code.escaped_binds(unwrapped(part.expression)))
            return code.call("batch_op.create_check_constraint", [name, text])
        if isinstance(part, Unique):
            return code.call("batch_op.create_unique_constraint", [name, code.names(part.columns)])
        words = [name, code.literal(part.referred_table), code.names(part.columns)]
        words += [code.names(part.referred_columns), *foreign_key_words(part)]
        return code.call("batch_op.create_foreign_key", words)


def _keeps_values(new: Column) -> bool:
    """Whether values are kept as they are: a cast to DATE makes a number of a text."""
    types = dialects.get("sqlite").types
    return types.affinity(new.type) == "NUMERIC" and types.family(new.type) not in NUMBERS


def _is_constant(default: str) -> bool:
    tokens = dialects.get("sqlite").reader.tokens(default)
    words = [token.word for token in tokens if token.word not in ("+", "-")]
    return len(words) == 1 and not words[0].startswith("CURRENT_")


def _is_special(key: IndexKey) -> bool:
    return bool(key.expression or key.descending or key.collation)


def _words(sql: str) -> set[str]:
    reader = dialects.get("sqlite").reader
    return {reader.unquoted(token.text).lower() for token in reader.tokens(sql)}


def _stop_where(rows: str, why: str) -> str:
    return (
        "if op.get_context().as_sql or op.get_bind().scalar(\n"
        f"    sa.text({code.literal(code.escaped_binds(f'SELECT EXISTS ({rows})'))})\n"
        "):\n"
        f"    raise RuntimeError(\n        {code.literal(why)}\n    )"
    )


def _no_class(table: str, column: Column) -> FixError:
    return FixError(
        f"{table}.{column.name} is of the type {column.type}, of which SQLAlchemy has no class, "
        "and a batch would make another one of it",
        way_out="Write that revision by hand, with batch_alter_table(…, copy_from=the table).",
    )
