"""The ways out that rules for queries share: an index, another form, statistics, a setting."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from sqlglot import exp

from dbwright.core.candidate import Candidate, IndexKey
from dbwright.core.claim import Claim, QueryProbe
from dbwright.core.finding import (
    Advice,
    Alternative,
    Edit,
    Finding,
    Fix,
    Location,
    Remedy,
    Risk,
    Step,
    Undo,
)
from dbwright.core.identifiers import spelled
from dbwright.core.query import Query
from dbwright.core.schema import Table
from dbwright.dialects.mysql import indexes as mysql_indexes
from dbwright.recipes.queries import index_code, indexes, reworded, tree
from dbwright.recipes.queries.changed import changed
from dbwright.recipes.tune.names import index_name

MYSQL = index_code.MYSQL
QUERY_FILE = "query.sql"
_KINDS = {"index": "an index", "rewrite": "another form of the query"}


def table_name(table: Table) -> str:
    """Gives a table's name as it stands in SQL, with its schema where it has one."""
    schema = f"{spelled(table.schema)}." if table.schema else ""
    return f"{schema}{spelled(table.name)}"


def key(query: Query, expression: str, opclass: str | None = None) -> IndexKey:
    """Gives an index key of an SQL expression, which may be a plain column."""
    return IndexKey(expression, opclass=opclass, is_column=False)


def column(name: str, *, descending: bool = False, opclass: str | None = None) -> IndexKey:
    """Gives an index key of a column."""
    return IndexKey(spelled(name), descending, descending, opclass)


def index(
    query: Query,
    table: Table,
    keys: Sequence[IndexKey],
    *,
    where: str | None = None,
    include: Sequence[str] = (),
    method: str = "btree",
    tradeoff: str = "",
) -> Remedy:
    """Gives the index as a model's line, a migration and SQL."""
    schema = table.schema or "public"
    made = Candidate(schema, table.name, tuple(keys), tuple(include), where, method)
    made = made.named(_free_name(query, made))
    sql = index_code.sql_of(query, table, made)
    online = query.target.dialect == "postgresql" and not table.is_cut
    listed = ", ".join(
        " ".join(filter(None, (each.expression, each.opclass, "desc" if each.descending else "")))
        for each in keys
    )
    name = spelled(made.name)
    return Remedy(
        "index",
        f"an index on {table.key} ({listed})"
        + (f" carrying {', '.join(include)}" if include else "")
        + (f" where {where}" if where else ""),
        f"{index_code.declared(made)}\n# and in a revision of its own:\n"
        f"{index_code.migration(query, table, made)}",
        tradeoff or "every INSERT, and each UPDATE of these columns, keeps one more index",
        Risk(
            "each write of these columns keeps one more index, which takes room on the disk",
            "look at the share of writes on the table before many such indexes are added",
        ),
        mysql_indexes.dropping(made.name, table.name)
        if query.target.dialect in MYSQL
        else f"drop index {'concurrently ' if online else ''}{name}",
        "EXPLAIN of the query names the index",
        steps=(Step(index_code.online(sql) if online else sql, autocommit=online),),
        table=table.key,
        candidate=made,
    )


def _free_name(query: Query, made: Candidate) -> str:
    """Gives a name that no index of the schema has."""
    taken = {index.name for table in query.schema.tables for index in table.indexes}
    name = index_name(made)
    for word in (*(key.opclass or "" for key in made.keys), "new"):
        if name in taken and word:
            name = f"{name[: 62 - len(word)]}_{word}"
    return name


def of_candidate(query: Query, made: Candidate, tradeoff: str = "") -> Remedy:
    """Gives the remedy of a candidate of the query."""
    table = query.schema.table(indexes.table_key(made))
    assert table is not None
    return index(
        query,
        table,
        made.keys,
        where=made.where,
        include=made.include,
        method=made.method,
        tradeoff=tradeoff,
    )


def rewrite(
    query: Query,
    root: exp.Expr,
    title: str,
    *,
    sqlalchemy: str = "",
    tradeoff: str = "the code of the query changes, and nothing in the database",
    conditions: Sequence[str] = (),
    same: bool = True,
    table: str | None = None,
    risk: Risk | None = None,
) -> Remedy:
    """Gives the statement in another form; `same` says whether it must return the same rows."""
    other = tree.pretty(query, root)
    code = f"-- SQLAlchemy: {sqlalchemy}\n{other}" if sqlalchemy else other
    safe = Risk(
        "the form is equal as long as the schema stays as it is",
        "; ".join(conditions) or "compare both on a copy before a change of the schema",
    )
    return Remedy(
        "rewrite",
        title,
        code,
        tradeoff,
        risk or safe,
        "put the former statement back",
        "both forms on the same data: the same rows, and EXPLAIN with the lower cost",
        query=other,
        same=same,
        conditions=tuple(conditions),
        table=table,
        backup="none needed: the query only reads",
    )


def statements(
    kind: str,
    title: str,
    steps: Sequence[str],
    *,
    tradeoff: str,
    risk: Risk,
    undo: str,
    tests: str = "EXPLAIN of the query estimates what comes, and its cost is lower",
    table: str | None = None,
    autocommit: bool = False,
    code: str = "",
) -> Remedy:
    """Gives statements that change the database: statistics, or vacuum."""
    return Remedy(
        "vacuum" if kind == "vacuum" else "statistics",
        title,
        code or ";\n".join(steps) + ";",
        tradeoff,
        risk,
        undo,
        tests,
        steps=tuple(Step(sql, autocommit=autocommit) for sql in steps),
        table=table,
    )


def setting(title: str, name: str, value: str, *, tradeoff: str, risk: Risk) -> Remedy:
    """Gives a setting that holds for the statement's transaction alone."""
    return settings(title, ((name, value),), tradeoff=tradeoff, risk=risk)


def settings(title: str, pairs: Sequence[tuple[str, str]], *, tradeoff: str, risk: Risk) -> Remedy:
    """Gives settings that hold for the statement's transaction alone."""
    names = " and ".join(name for name, _ in pairs)
    lines = [f"set local {name} = '{value}'" for name, value in pairs]
    called = [f'-- SQLAlchemy: session.execute(text("{line}"))' for line in lines]
    return Remedy(
        "setting",
        title,
        "\n".join(called + [f"{line};" for line in lines]),
        tradeoff,
        risk,
        f"leave the SET out: it ends with its transaction; nothing else knows of {names}",
        "EXPLAIN (ANALYZE, BUFFERS) of the query with the setting and without",
        settings=tuple(pairs),
        backup="none needed: nothing is stored",
    )


def in_code(title: str, code: str, *, tradeoff: str, risk: Risk, kind: str = "code") -> Remedy:
    """Gives a change that no database can run: in the program, or of what it means."""
    return Remedy(
        "model" if kind == "model" else "code",
        title,
        code,
        tradeoff,
        risk,
        "put the former code back",
        "run the page before and after, and compare what it shows and how long it takes",
        backup="none needed: the query only reads",
    )


def finding(
    query: Query,
    message: str,
    object: str | None,
    remedies: Sequence[Remedy],
    claims: Sequence[Claim] = (),
    *,
    evidence: Sequence[str] = (),
    **details: object,
) -> Finding:
    """Gives a finding with the claims that its remedies make beside its own."""
    remedies = [*remedies, *reworded.forms(query, remedies)]
    both = [*claims, *_claimed(query, remedies)]
    return Finding(
        message,
        Location.at(query.place, object),
        tuple(both),
        evidence=tuple(evidence),
        details=dict(details),
        remedies=tuple(remedies),
    )


def _claimed(query: Query, remedies: Sequence[Remedy]) -> list[Claim]:
    found = []
    for number, each in enumerate(remedies):
        setup = tuple(plain(step.sql) for step in each.steps)
        if each.query is not None and each.same:
            probe = QueryProbe(
                query.sql, "same_rows", other=each.query, setup=setup, conditions=each.conditions
            )
            found.append(Claim("same_rows", each.table, probe=probe, remedy=number))
        if each.measurable:
            probe = QueryProbe(
                query.sql,
                "cheaper",
                other=each.query,
                setup=setup,
                settings=each.settings,
                table=each.table,
                in_plan=each.in_plan,
                values=each.values,
            )
            found.append(Claim("cheaper_plan", each.table, probe=probe, remedy=number))
    return found


def plain(sql: str) -> str:
    """Gives a statement as it runs inside of a transaction."""
    return sql.replace(" CONCURRENTLY ", " ").replace(" concurrently ", " ")


def advice(found: Finding, query: Query, reason: str) -> Advice:
    """Gives the advice of a finding: its first remedy as the fix, the others as alternatives."""
    first, *others = found.remedies
    before = query.written or query.sql
    edits = (Edit(QUERY_FILE, before, first.query),) if first.query and first.same else ()
    lines = _changed(query, first)
    fix = Fix(first.title, first.code, edits=edits, steps=first.steps, changed=lines)
    back = tuple(Edit(edit.path, edit.after, edit.before) for edit in edits)
    ways = [Alternative(_titled(each), each.tradeoff) for each in others]
    ways.append(Alternative("leave it", "no cost on writes; the time grows with the table"))
    return Advice(
        reason=reason,
        fix=fix,
        alternatives=tuple(ways),
        risk=first.risk,
        undo=Undo(first.undo, back),
        tests=first.tests,
        backup=first.backup,
    )


def _changed(query: Query, first: Remedy) -> str:
    """Gives the lines of the statement that another form changes; empty with all its other code."""
    parsed = tree.tree(query)
    if first.kind != "rewrite" or first.steps or parsed is None:
        return ""
    hints = [line for line in first.code.splitlines() if line.startswith("--")]
    other = [line for line in first.code.splitlines() if not line.startswith("--")]
    lines = changed(tree.pretty(query, parsed), "\n".join(other))
    return "\n".join([*hints, lines]) if lines else ""


def also(given: Advice, title: str, tradeoff: str) -> Advice:
    """Gives an advice with one more way, which no run here can try."""
    *ways, last = given.alternatives
    return replace(given, alternatives=(*ways, Alternative(title, tradeoff), last))


def _titled(remedy: Remedy) -> str:
    gain = f" ({remedy.factor:,.0f} times less)" if remedy.factor and remedy.factor >= 2 else ""
    return f"{remedy.title}{gain}"


def without(remedy: Remedy, **parts: object) -> Remedy:
    """Gives a remedy with other parts."""
    return replace(remedy, **parts)  # type: ignore[arg-type]


def with_index(rewrite: Remedy, index: Remedy) -> Remedy:
    """Gives a form of the query together with the index that it needs."""
    return replace(
        index,
        kind="rewrite",
        title=f"{rewrite.title}, with {index.title}",
        code=f"{index.code}\n# and the query:\n{rewrite.code}",
        query=rewrite.query,
        same=rewrite.same,
        conditions=rewrite.conditions,
    )


def together(several: Sequence[Remedy], title: str) -> Remedy:
    """Gives remedies that serve only when they are all there as one."""
    first = several[0]
    steps = tuple(step for each in several for step in each.steps)
    return replace(
        first,
        title=title,
        code="\n".join(each.code for each in several),
        tradeoff="; ".join(dict.fromkeys(each.tradeoff for each in several)),
        undo=";\n".join(each.undo for each in several),
        steps=steps,
    )
