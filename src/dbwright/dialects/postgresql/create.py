"""Tables, columns, constraints and indexes in a syntax tree, as facts."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from typing import Literal

from dbwright.core.operation import CreateIndex, CreateTable, Operation, Other
from dbwright.core.schema import (
    SERIAL_DEFAULT,
    Check,
    Column,
    Exclude,
    ForeignKey,
    Index,
    IndexKey,
    PrimaryKey,
    Table,
    TableKind,
    Unique,
)
from dbwright.dialects.postgresql import expressions, grammar, names, types
from dbwright.dialects.postgresql.grammar import Node

# How the default of a serial column reads: the sequence's name is the server's affair.
Constraint = PrimaryKey | Unique | ForeignKey | Check | Exclude | None
_ACTIONS = {"c": "CASCADE", "n": "SET NULL", "d": "SET DEFAULT", "r": "RESTRICT"}
_STRATEGIES = {1: "LIST", 2: "RANGE", 3: "HASH"}


@dataclass(slots=True)
class Written:
    """A column as it is written, with the constraints that stand in it."""

    column: Column
    primary_key: PrimaryKey | None = None
    uniques: list[Unique] = field(default_factory=list)
    foreign_keys: list[ForeignKey] = field(default_factory=list)
    checks: list[Check] = field(default_factory=list)

    def constraints(self) -> list[Constraint]:
        """Give all constraints written in the column."""
        return [self.primary_key, *self.uniques, *self.foreign_keys, *self.checks]


def create_table(statement: Node) -> tuple[Operation, ...]:
    """Give the operations of CREATE TABLE; what copies another table's columns is unknown."""
    relation = statement.relation
    elements = [getattr(element, element.WhichOneof("node")) for element in statement.table_elts]
    kinds = {type(element).__name__ for element in elements}
    copies = "TableLikeClause" in kinds or statement.HasField("of_typename")
    inherits = bool(statement.inh_relations) and not statement.HasField("partbound")
    if copies or inherits:
        return (Other("CREATE TABLE", unknown=True, table=names.key_of(relation)),)
    table = _with_elements(_empty_table(statement), elements)
    temporary = relation.relpersistence == "t"
    return (CreateTable(table, statement.if_not_exists, temporary),)


def _empty_table(statement: Node) -> Table:
    relation = statement.relation
    kind: TableKind = "table"
    parts = []
    info: dict[str, object] = {}
    if statement.HasField("partspec"):
        kind = "partitioned"
    if statement.HasField("partbound"):
        kind = "partition"
        parent = statement.inh_relations[0].range_var
        info = {"partition_of": names.key_of(parent)}
        parts.append(f"PARTITION OF {_quoted_key(parent)} {bound(statement.partbound)}")
    if statement.HasField("partspec"):
        parts.append(f"PARTITION BY {_partition_key(statement.partspec)}")
    schema = names.own_schema(relation.schemaname)
    partition = " ".join(parts) or None
    return Table(relation.relname, schema=schema, kind=kind, partition=partition, info=info)


def _quoted_key(relation: Node) -> str:
    schema = names.own_schema(relation.schemaname)
    name = names.quoted(relation.relname)
    return f"{names.quoted(schema)}.{name}" if schema else name


def _partition_key(spec: Node) -> str:
    parts = []
    for node in spec.part_params:
        element = node.partition_elem
        text = names.quoted(element.name) if element.name else grammar.text_of(element.expr)
        parts.append(text)
    return f"{_STRATEGIES.get(spec.strategy, 'RANGE')} ({', '.join(parts)})"


def bound(spec: Node) -> str:
    """Give a partition's bound in SQL's words: `FOR VALUES FROM (1) TO (2)`."""
    if spec.is_default:
        return "DEFAULT"
    if spec.strategy == "l":
        return f"FOR VALUES IN ({_values(spec.listdatums)})"
    if spec.strategy == "r":
        lower, upper = _values(spec.lowerdatums), _values(spec.upperdatums)
        return f"FOR VALUES FROM ({lower}) TO ({upper})"
    return f"FOR VALUES WITH (modulus {spec.modulus}, remainder {spec.remainder})"


def _values(data: Iterable[Node]) -> str:
    return ", ".join(_value(node) for node in data)


def _value(node: Node) -> str:
    text = grammar.text_of(node)
    return text.upper() if text in ("minvalue", "maxvalue") else text


def _with_elements(table: Table, elements: Iterable[Node]) -> Table:
    columns: list[Column] = []
    for element in elements:
        if type(element).__name__ == "ColumnDef":
            written = column(element)
            columns.append(written.column)
            parts = written.constraints()
        else:
            parts = [constraint(element)]
        for part in parts:
            table = with_constraint(table, _validated(part, element))
    return replace(table, columns=_key_columns_not_null(columns, table.primary_key))


def _key_columns_not_null(
    columns: Iterable[Column], primary_key: PrimaryKey | None
) -> tuple[Column, ...]:
    keys = primary_key.columns if primary_key else ()
    return tuple(
        replace(each, nullable=each.nullable and each.name not in keys) for each in columns
    )


def _validated(part: Constraint, element: Node) -> Constraint:
    # A new table has no rows to check: NOT VALID says nothing there, NOT ENFORCED does.
    if isinstance(part, (ForeignKey, Check)) and getattr(element, "skip_validation", False):
        return replace(part, validated=element.is_enforced)
    return part


def with_constraint(table: Table, part: Constraint) -> Table:
    """Give the table with one more constraint."""
    match part:
        case PrimaryKey():
            return replace(table, primary_key=part)
        case Unique():
            return replace(table, uniques=(*table.uniques, part))
        case ForeignKey():
            return replace(table, foreign_keys=(*table.foreign_keys, part))
        case Check():
            return replace(table, checks=(*table.checks, part))
        case Exclude():
            return replace(table, excludes=(*table.excludes, part))
    return table


def column(definition: Node) -> Written:
    """Give a column with the constraints written in its definition."""
    name = definition.colname
    base = Column(name, types.spelled(definition.type_name))
    if types.is_serial(definition.type_name):
        base = replace(base, nullable=False, default=SERIAL_DEFAULT)
    if definition.HasField("coll_clause"):
        base = replace(base, collation=_collation(definition.coll_clause.collname))
    written = Written(base)
    for node in definition.constraints:
        _apply(written, node.constraint)
    # DEFERRABLE and the like stand as constraints of their own, after the one they belong to.
    written.foreign_keys = [_deferred(each, definition) for each in written.foreign_keys]
    return written


def _apply(written: Written, node: Node) -> None:
    kinds = grammar.nodes
    base = written.column
    match node.contype:
        case kinds.CONSTR_NOTNULL:
            written.column = replace(base, nullable=False)
        case kinds.CONSTR_DEFAULT:
            text = grammar.text_of(node.raw_expr)
            written.column = replace(base, default=None if text.upper() == "NULL" else text)
        case kinds.CONSTR_IDENTITY:
            written.column = replace(base, nullable=False, identity=identity(node))
        case kinds.CONSTR_GENERATED:
            stored = node.generated_kind != "v"
            text = grammar.text_of(node.raw_expr)
            written.column = replace(base, computed=text, stored=stored)
        case kinds.CONSTR_PRIMARY:
            written.primary_key = PrimaryKey((base.name,), node.conname or None)
            written.column = replace(base, nullable=False)
        case kinds.CONSTR_UNIQUE:
            written.uniques.append(replace(_unique(node), columns=(base.name,)))
        case kinds.CONSTR_FOREIGN:
            written.foreign_keys.append(replace(_foreign_key(node), columns=(base.name,)))
        case kinds.CONSTR_CHECK:
            written.checks.append(_check(node))


def _deferred(foreign_key: ForeignKey, definition: Node) -> ForeignKey:
    kinds = {node.constraint.contype for node in definition.constraints}
    late = grammar.nodes.CONSTR_ATTR_DEFERRED in kinds
    deferrable = late or grammar.nodes.CONSTR_ATTR_DEFERRABLE in kinds
    return replace(foreign_key, deferrable=deferrable, initially_deferred=late)


def identity(node: Node) -> Literal["always", "by default"]:
    """Give the kind of identity of a GENERATED … AS IDENTITY."""
    return "always" if node.generated_when == "a" else "by default"


def constraint(node: Node) -> Constraint:
    """Give a constraint of a table; None for a kind that is kept with the column."""
    kinds = grammar.nodes
    match node.contype:
        case kinds.CONSTR_PRIMARY:
            return PrimaryKey(names.strings(node.keys), node.conname or None)
        case kinds.CONSTR_UNIQUE:
            return _unique(node)
        case kinds.CONSTR_FOREIGN:
            return _foreign_key(node)
        case kinds.CONSTR_CHECK:
            return _check(node)
        case kinds.CONSTR_EXCLUSION:
            return _exclude(node)
    return None


def _unique(node: Node) -> Unique:
    return Unique(
        names.strings(node.keys),
        node.conname or None,
        node.nulls_not_distinct,
        node.deferrable,
        names.strings(node.including),
    )


def _check(node: Node) -> Check:
    text = grammar.text_of(node.raw_expr)
    validated = not node.skip_validation and node.is_enforced
    used = expressions.columns(node.raw_expr)
    return Check(text, node.conname or None, validated, columns=used)


def _foreign_key(node: Node) -> ForeignKey:
    on_delete = _ACTIONS.get(node.fk_del_action)
    if on_delete and node.fk_del_set_cols:
        columns = ", ".join(map(names.quoted, names.strings(node.fk_del_set_cols)))
        on_delete = f"{on_delete} ({columns})"
    return ForeignKey(
        names.strings(node.fk_attrs),
        node.pktable.relname,
        names.strings(node.pk_attrs),
        names.own_schema(node.pktable.schemaname),
        node.conname or None,
        on_delete,
        _ACTIONS.get(node.fk_upd_action),
        node.deferrable,
        node.initdeferred,
        validated=not node.skip_validation and node.is_enforced,
    )


def _exclude(node: Node) -> Exclude:
    parts, columns = [], []
    for pair in node.exclusions:
        element, operator = pair.list.items
        key = index_key(element.index_elem)
        name = operator.list.items[-1].string.sval
        columns += [key.column] if key.column else []
        parts.append(f"{names.quoted(key.column) if key.column else key.expression} WITH {name}")
    where = ""
    if node.HasField("where_clause"):
        where = f" WHERE ({grammar.text_of(node.where_clause)})"
    method = node.access_method or "btree"
    definition = f"EXCLUDE USING {method} ({', '.join(parts)}){where}"
    return Exclude(node.conname, definition, tuple(columns))


def create_index(statement: Node) -> tuple[Operation, ...]:
    """Give the operation of CREATE INDEX; a name left to the server is empty."""
    where = statement.where_clause if statement.HasField("where_clause") else None
    index = Index(
        statement.idxname,
        tuple(index_key(node.index_elem) for node in statement.index_params),
        statement.unique,
        statement.access_method or "btree",
        grammar.text_of(where) if where else None,
        tuple(node.index_elem.name for node in statement.index_including_params),
        statement.nulls_not_distinct,
        options=_options(statement.options),
        uses=_used(statement, where),
    )
    table = names.key_of(statement.relation)
    only = not statement.relation.inh
    return (CreateIndex(table, index, statement.concurrent, statement.if_not_exists, only),)


def _used(statement: Node, where: Node | None) -> tuple[str, ...]:
    found: list[str] = []
    for node in (*statement.index_params, *statement.index_including_params):
        element = node.index_elem
        found += [element.name] if element.name else expressions.columns(element.expr)
    found += expressions.columns(where) if where else []
    return tuple(sorted(set(found)))


def index_key(element: Node) -> IndexKey:
    """Give one key of an index in a syntax tree."""
    kinds = grammar.nodes
    descending = element.ordering == kinds.SORTBY_DESC
    first = element.nulls_ordering == kinds.SORTBY_NULLS_FIRST
    last = element.nulls_ordering == kinds.SORTBY_NULLS_LAST
    unusual = (first and not descending) or (last and descending)
    return IndexKey(
        element.name or None,
        None if element.name else grammar.text_of(element.expr),
        descending,
        first if unusual else None,
        names.strings(element.opclass)[-1] if element.opclass else None,
        _collation(element.collation) if element.collation else None,
    )


def _collation(nodes: Iterable[Node]) -> str | None:
    name = names.strings(nodes)[-1]
    return None if name == "default" else name


def _options(nodes: Iterable[Node]) -> tuple[str, ...]:
    return tuple(sorted(f"{node.def_elem.defname}={_option(node.def_elem)}" for node in nodes))


def _option(element: Node) -> str:
    if not element.HasField("arg"):
        return "true"
    value = getattr(element.arg, element.arg.WhichOneof("node"))
    for name in ("ival", "fval", "sval", "boolval"):
        if hasattr(value, name):
            found = getattr(value, name)
            return str(found).lower() if isinstance(found, bool) else str(found)
    return names.strings(value.names)[-1] if hasattr(value, "names") else ""
