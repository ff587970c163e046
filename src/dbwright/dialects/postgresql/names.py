"""Names as PostgreSQL prints them: quoted where they must be, `public` left out."""

from __future__ import annotations

import functools
import re
from collections.abc import Iterable, Sequence

from dbwright.core.schema import qualified
from dbwright.dialects.postgresql import grammar
from dbwright.dialects.postgresql.grammar import Node

DEFAULT_SCHEMA = "public"
_PLAIN = re.compile(r"[a-z_][a-z0-9_]*")


@functools.lru_cache(maxsize=4096)
def quoted(name: str) -> str:
    """Give the name as it stands in SQL, as the server's quote_identifier does.

    >>> quoted("order"), quoted("orders"), quoted("Order")
    ('"order"', 'orders', '"Order"')
    """
    if _PLAIN.fullmatch(name) and grammar.keyword_kind(name) <= 1:
        return name
    return '"' + name.replace('"', '""') + '"'


def own_schema(schema: str | None) -> str | None:
    """Give the schema as facts name it: None for the default one."""
    return None if schema in (None, "", DEFAULT_SCHEMA) else schema


def key(name: str, schema: str | None) -> str:
    """Give the key of an object: its schema in front unless it is the default one."""
    return qualified(name, own_schema(schema))


def key_of(relation: Node) -> str:
    """Give the key of a relation (RangeVar) in a syntax tree."""
    return key(relation.relname, relation.schemaname)


def strings(nodes: Iterable[Node]) -> tuple[str, ...]:
    """Give the texts of a list of names."""
    return tuple(node.string.sval for node in nodes)


def split_name(nodes: Sequence[Node]) -> tuple[str, str | None]:
    """Give the name and the schema of a qualified name in a syntax tree."""
    parts = strings(nodes)
    return parts[-1], own_schema(parts[-2]) if len(parts) > 1 else None


def key_of_names(nodes: Sequence[Node]) -> str:
    """Give the key of a qualified name in a syntax tree."""
    return qualified(*split_name(nodes))
