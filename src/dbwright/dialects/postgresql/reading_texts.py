"""Texts of others' statements: shown without their constants, never computed with."""

from __future__ import annotations

import re
from collections.abc import Iterator

from dbwright.core.errors import ReadRefused
from dbwright.dialects.postgresql import grammar, names
from dbwright.dialects.postgresql.grammar import Node, nodes

COLUMN = "query"
_TESTS = frozenset(("~~", "!~~", "~~*", "!~~*", "=", "<>", "~", "~*", "!~", "!~*"))
_WAY_OUT = (
    "Read the column query by itself, in the statement: its constants are left out there. It may "
    "be tested in WHERE with LIKE, ~ or = for words of SQL and names of tables."
)
_SETTINGS = frozenset(
    ("setting", "reset_val", "boot_val", "setconfig", "srvoptions", "option_value")
) | {"rolconfig", "useconfig"}
"""Columns that hold values of settings."""
_SHORTEST = 4
"""Letters of a word that others' statements are searched for: shorter ones are parts of words."""


def places_shown(tree: Node, through_view: bool) -> tuple[int, ...]:
    """Gives the places of the answer's columns that hold statements, or their beginnings.

    Raises ReadRefused where a statement's text is put into another expression, or under another
    name within: what is computed from it would show the constants that others have sent, and
    under another name it would not be known any more.
    """
    if through_view:
        raise ReadRefused(
            "the read is refused: a view or function in it reads the texts of others' statements",
            way_out="Read pg_stat_activity or pg_stat_statements themselves.",
        )
    if any(query.op != nodes.SETOP_NONE for query in grammar.all_of(tree, "SelectStmt")):
        raise _refused("UNION puts others' statements under another name")
    for kind, field in (("Alias", "colnames"), ("CommonTableExpr", "aliascolnames")):
        if any(getattr(each, field) for each in grammar.all_of(tree, kind)):
            raise _refused("columns that hold others' statements get new names")
    if _joins_by_name(tree, frozenset((COLUMN,))):
        raise _refused("a join by names compares others' statements")
    outermost = dict(_outermost(tree))
    plain = _plain_places(tree) | set(outermost)
    for found in grammar.all_of(tree, "ColumnRef"):
        if names.strings(found.fields)[-1:] == (COLUMN,) and found.location not in plain:
            raise _refused("it computes with the texts of others' statements")
    _refuse_rows(tree)
    return tuple(outermost.values())


def words_tested(tree: Node) -> set[str]:
    """Gives the words that others' statements are searched for, words of SQL left out.

    What is no text of plain words raises ReadRefused: a letter of a constant could be asked for,
    and the next one then.
    """
    words: set[str] = set()
    for test in grammar.all_of(tree, "A_Expr"):
        if names.strings(test.name)[-1] in _TESTS and _last(test.lexpr.column_ref) == COLUMN:
            text = test.rexpr.a_const.sval.sval
            plain = test.rexpr.HasField("a_const") and _PLAIN_WORDS.fullmatch(text)
            if not plain:
                raise _refused("it searches others' statements for what are no plain words")
            words |= set(_BETWEEN.split(text.lower())) - {""}
    return {word for word in words if not _is_of_sql(word)}


_PLAIN_WORDS = re.compile(r"[%^$\s\w]*")
_BETWEEN = re.compile(r"[%^$\s]+")


def _is_of_sql(word: str) -> bool:
    found = grammar.tokens(word)
    known = len(found) == 1 and found[0][0] != grammar.nodes.Token.Value("IDENT")
    return known and word.isalpha() and len(word) >= _SHORTEST


def refuse_words(words: set[str]) -> None:
    """Raises ReadRefused where words are left that are names of nothing."""
    if words:
        raise _refused(f"it searches others' statements for {sorted(words)[0]!r}, which is no "
                       "word of SQL and no name of a table")  # fmt: skip


def refuse_computed_settings(tree: Node, through_view: bool) -> None:
    """Raises ReadRefused where values of settings are more than shown, and some are secret.

    A secret is replaced where it stands as a whole: what is computed from it is not known as one.
    """
    way_out = "Read the column by itself, or one setting:  current_setting('NAME')"
    named = [
        each.location for each in grammar.all_of(tree, "ColumnRef") if _last(each) in _SETTINGS
    ]
    shown = {
        place for target in tree.select_stmt.target_list for place in _places(target.res_target.val)
    }
    query = tree.select_stmt
    simple = query.op == nodes.SETOP_NONE and not _renames(tree)
    simple = simple and not _joins_by_name(tree, _SETTINGS)
    if through_view or not simple or set(named) - shown or _has_rows(tree):
        raise ReadRefused(
            "the read is refused: it computes with values of settings, and some are secret",
            way_out=way_out,
        )


def _joins_by_name(tree: Node, columns: frozenset[str]) -> bool:
    """Whether a NATURAL JOIN, or one USING such a column, compares it with what is made up."""
    return any(
        join.is_natural or columns & set(names.strings(join.using_clause))
        for join in grammar.all_of(tree, "JoinExpr")
    )


def _renames(tree: Node) -> bool:
    return any(
        getattr(each, field)
        for kind, field in (("Alias", "colnames"), ("CommonTableExpr", "aliascolnames"))
        for each in grammar.all_of(tree, kind)
    )


def _has_rows(tree: Node) -> bool:
    try:
        _refuse_rows(tree)
    except ReadRefused:
        return True
    return False


def _outermost(tree: Node) -> Iterator[tuple[int, int]]:
    """Gives where the column stands in what is shown at last, and as which of its columns."""
    targets = [target.res_target.val for target in tree.select_stmt.target_list]
    if any(_is_star(value) for value in targets):
        return
    for at, value in enumerate(targets):
        shown = value.func_call.args[0] if _is_beginning(value) else value
        if shown.HasField("column_ref") and _last(shown.column_ref) == COLUMN:
            yield shown.column_ref.location, at


def _is_star(value: Node) -> bool:
    kinds = {node.WhichOneof("node") for node in value.column_ref.fields}
    return "a_star" in kinds or value.HasField("a_indirection")


def _is_beginning(value: Node) -> bool:
    """Whether it is the beginning of a text: left(x, 50), substring(x, 1, 50).

    What begins in the middle of a constant could not be told from a name.
    """
    call = value.func_call
    if not value.HasField("func_call") or not call.args:
        return False
    name = names.strings(call.funcname)[-1]
    numbers = [argument.a_const.ival.ival for argument in call.args[1:]]
    if not all(argument.HasField("a_const") for argument in call.args[1:]):
        return False
    if name == "left":
        return len(numbers) == 1
    return name in ("substr", "substring") and len(numbers) == 2 and numbers[0] == 1


def _last(column: Node) -> str:
    return (names.strings(column.fields) or ("",))[-1]


def _refused(why: str) -> ReadRefused:
    return ReadRefused(f"the read is refused: {why}", way_out=_WAY_OUT)


def _plain_places(tree: Node) -> set[int]:
    """Where a column stands that is only shown, grouped by, sorted by, or tested in a WHERE."""
    found = set()
    for target in grammar.all_of(tree, "ResTarget"):
        if target.name in ("", COLUMN):
            found |= _places(target.val)
    for query in grammar.all_of(tree, "SelectStmt"):
        for node in (*query.group_clause, *(each.sort_by.node for each in query.sort_clause)):
            found |= _places(node)
        if query.HasField("where_clause"):
            found |= _tested(query.where_clause)
    for value in grammar.all_of(tree, "SubLink"):
        # what a query in an expression shows is computed with
        for target in grammar.all_of(value.subselect, "ResTarget"):
            found -= _places(target.val)
    return found


def _tested(tree: Node) -> set[int]:
    found = set()
    for test in grammar.all_of(tree, "A_Expr"):
        if names.strings(test.name)[-1] in _TESTS:
            found |= _places(test.lexpr)
    for null in grammar.all_of(tree, "NullTest"):
        found |= _places(null.arg)
    return found


def _places(node: Node) -> set[int]:
    return {node.column_ref.location} if node.HasField("column_ref") else set()


def _refuse_rows(tree: Node) -> None:
    """A row as one value holds the text as well: `select a from pg_stat_activity a`."""
    aliases = set()
    for relation in grammar.all_of(tree, "RangeVar"):
        aliases.add(relation.alias.aliasname or relation.relname)
    for kind in ("RangeSubselect", "RangeFunction", "JoinExpr"):
        aliases |= {each.alias.aliasname for each in grammar.all_of(tree, kind)}
        if kind == "JoinExpr":
            aliases |= {each.join_using_alias.aliasname for each in grammar.all_of(tree, kind)}
    shown = _plain_places(tree)
    for found in grammar.all_of(tree, "ColumnRef"):
        fields = names.strings(found.fields)
        star = any(node.WhichOneof("node") == "a_star" for node in found.fields)
        whole = not star and len(found.fields) <= 2 and fields[-1] in aliases - {COLUMN}
        if whole or (star and found.location not in shown):
            raise _refused("it makes one value of rows that hold others' statements")


def without_constants(text: str) -> str:
    """Gives a statement, or its beginning, with ? for its constants and without its comments.

    >>> without_constants("select * from t where a = 'secret' and b = 17 -- why")
    'select * from t where a = ? and b = ? '
    >>> without_constants("alter role me password 'sec")
    'alter role me password …'
    """
    raw = text.encode("utf-8", "replace")
    end = len(raw)
    found = grammar.tokens(text)
    while not found and end:
        # the server keeps the beginning of a long statement: what is open at its end is a constant
        end = max(raw.rfind(sign, 0, end) for sign in (b"'", b"$", b'"', b"/*"))
        end = max(end, 0)
        found = grammar.tokens(raw[:end].decode("utf-8", "replace"))
    pieces, at = [], 0
    for kind, start, stop in found:
        if kind in _CONSTANTS or kind in _COMMENTS:
            pieces += [raw[at:start], b"?" if kind in _CONSTANTS else b""]
            at = stop
    pieces.append(raw[at:end])
    return b"".join(pieces).decode("utf-8", "replace") + ("…" if end < len(raw) else "")


_CONSTANTS = frozenset(
    grammar.nodes.Token.Value(name)
    for name in ("SCONST", "ICONST", "FCONST", "BCONST", "XCONST", "USCONST")
)
_COMMENTS = frozenset(grammar.nodes.Token.Value(name) for name in ("SQL_COMMENT", "C_COMMENT"))
