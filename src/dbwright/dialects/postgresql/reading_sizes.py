"""Texts whose size is computed, where they reach a function that looks at no cancel.

Trigrams of a text of some megabytes keep the server's process busy for minutes, and nothing ends
it: no cancel, no timeout, no limit. What makes a text of a size that does not stand in the
statement, in an argument of such a call or in what its row comes from, is therefore refused.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass

from dbwright.dialects.postgresql import names
from dbwright.dialects.postgresql.grammar import Node, nodes

BUSY = frozenset(
    (
        *("similarity", "word_similarity", "strict_word_similarity", "show_trgm"),
        *("similarity_op", "similarity_dist", "word_similarity_op", "word_similarity_dist_op"),
        *("word_similarity_commutator_op", "word_similarity_dist_commutator_op"),
        *("strict_word_similarity_op", "strict_word_similarity_dist_op"),
        *("strict_word_similarity_commutator_op", "strict_word_similarity_dist_commutator_op"),
    )
)
"""Functions of pg_trgm, those behind its operators included."""
WAY_OUT = "Cut what it compares:  left(…, 10000)"
_SIZED = frozenset(("repeat", "lpad", "rpad", "array_fill"))
_GATHERING = frozenset(
    (
        *("string_agg", "array_agg", "json_agg", "jsonb_agg", "xmlagg", "json_object_agg"),
        *("jsonb_object_agg", "query_to_xml", "cursor_to_xml"),
    )
)
_GROWING = frozenset(("replace", "regexp_replace", "overlay", "format", "concat_ws", "concat"))
_CUTTING = frozenset(("left", "right", "substr", "substring"))
_INSIDE = ("RangeSubselect", "CommonTableExpr", "RangeFunction")
_MOST = 100_000


@dataclass(frozen=True, slots=True)
class _Found:
    """A node of interest: what it is called, and the queries and calls that it stands in."""

    name: str
    within: tuple[int, ...]
    calls: tuple[int, ...]
    at: int


def problem(tree: Node, busy: Collection[str], signs: Collection[str]) -> str | None:
    """Gives the call that gets a text of computed size, None where none does.

    `busy` are names of functions, `signs` of operators that look at no cancel.
    """
    if not busy and not signs:
        return None
    makers: list[_Found] = []
    calls: list[tuple[_Found, bool]] = []
    for node, within, above in _walk(tree):
        what = _maker(node)
        if what:
            own = (id(node),) if type(node).__name__ in _INSIDE else ()
            makers.append(_Found(what, (*within, *own), above, id(node)))
        name = _busy(node, busy, signs)
        if name:
            calls.append((_Found(name, within, above, id(node)), _takes_columns(node)))
    for call, columns in calls:
        for maker in makers:
            inside = call.at in maker.calls
            feeds = columns and bool(maker.within) and maker.within[-1] not in call.within
            if inside or feeds:
                size = f"of a text whose size {maker.name} makes"
                return f"{call.name}, which looks at no cancel, {size}"
    return None


def _walk(tree: Node) -> Iterator[tuple[Node, tuple[int, ...], tuple[int, ...]]]:
    """Each node with the queries that it stands in and the calls; what is cut is left out."""
    waiting: list[tuple[Node, tuple[int, ...], tuple[int, ...]]] = [(tree, (), ())]
    while waiting:
        node, within, above = waiting.pop()
        if isinstance(node, nodes.Node):
            name = node.WhichOneof("node")
            if name is None:
                continue
            node = getattr(node, name)
        yield node, within, above
        kind = type(node).__name__
        if kind == "FuncCall" and _is_cut(node):
            continue
        within = (*within, id(node)) if kind in _INSIDE else within
        above = (*above, id(node)) if kind in ("FuncCall", "A_Expr") else above
        for slot, value in node.ListFields():
            if slot.message_type is not None:
                children = list(value) if slot.is_repeated else [value]
                waiting += [(child, within, above) for child in children]


def _busy(node: Node, busy: Collection[str], signs: Collection[str]) -> str:
    kind = type(node).__name__
    if kind == "FuncCall" and (name := names.strings(node.funcname)[-1]) in busy:
        return f"{name}()"
    if kind == "A_Expr" and (sign := names.strings(node.name)[-1]) in signs:
        return f"the operator {sign}"
    return ""


def _takes_columns(node: Node) -> bool:
    """Whether a column reaches the call that is not cut."""
    return any(type(inner).__name__ in ("ColumnRef", "SubLink") for inner, _, _ in _walk(node))


def _maker(node: Node) -> str:
    """What makes a text as large as a value says, "" for another node."""
    kind = type(node).__name__
    if kind == "SubLink" and node.sub_link_type == nodes.SubLinkType.Value("ARRAY_SUBLINK"):
        return "ARRAY(SELECT …)"
    if kind == "CommonTableExpr":
        return "a recursive query" if _concatenates(node) and _reads_itself(node) else ""
    if kind == "A_Expr" and names.strings(node.name)[-1] == "||":
        return "||" if _doubles(node) else ""
    if kind != "FuncCall":
        return ""
    name = names.strings(node.funcname)[-1]
    if name in _GATHERING:
        return f"{name}()"
    if name in _SIZED:
        sized = node.args[1] if name != "array_fill" and len(node.args) > 1 else node
        return "" if _is_constant(sized) else f"{name}()"
    if name in _GROWING and (_doubles(node) or _grows(node, name)):
        return f"{name}()"
    return ""


def _grows(node: Node, name: str) -> bool:
    """Whether a function makes more of a repeated text, or of a width that it is told."""
    if name == "format":
        text = node.args[0].a_const.sval.sval if node.args else ""
        return not text or "*" in text or any(sign.isdigit() for sign in text)
    inner = (n for n, _, _ in _walk(node) if type(n).__name__ == "FuncCall" and n is not node)
    return any(names.strings(each.funcname)[-1] in _SIZED for each in inner)


def _doubles(node: Node) -> bool:
    """Whether the same column stands in it twice."""
    seen = [
        ".".join(names.strings(inner.fields))
        for inner, _, _ in _walk(node)
        if type(inner).__name__ == "ColumnRef"
    ]
    return len(seen) > len(set(seen))


def _concatenates(node: Node) -> bool:
    return any(
        (type(n).__name__ == "A_Expr" and names.strings(n.name)[-1] == "||")
        or (type(n).__name__ == "FuncCall" and names.strings(n.funcname)[-1] in _GROWING)
        for n, _, _ in _walk(node)
    )


def _reads_itself(node: Node) -> bool:
    return any(
        type(n).__name__ == "RangeVar" and n.relname == node.ctename for n, _, _ in _walk(node)
    )


def _is_constant(node: Node) -> bool:
    kinds = {type(n).__name__ for n, _, _ in _walk(node)}
    return not kinds & {"ColumnRef", "SubLink", "FuncCall", "ParamRef", "A_Expr"}


def _is_cut(node: Node) -> bool:
    """Whether a call gives no more than so many characters: `left(x, 100)`."""
    name = names.strings(node.funcname)[-1]
    if name not in _CUTTING or len(node.args) < 2:
        return False
    constant = node.args[-1].a_const
    return bool(constant.HasField("ival")) and 0 < int(constant.ival.ival) <= _MOST
