"""The judge: whether what a model says is traced to what dbwright found, statement by statement.

A model's sentence is never printed as verified, however it is judged: what is printed so is the
recommendation itself. Traced means that each id is there, that the sentence lays claim to no more
proof than it has, and that each figure, name and piece of code stands in what it cites.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from dbwright.frontends.agent.ledger import LEVELS, Ledger, Source, least
from dbwright.frontends.agent.said import Said, figures_in, said
from dbwright.frontends.agent.tokens import code_tokens, within


@dataclass(frozen=True, slots=True)
class Statement:
    """A sentence or a few of a model, with the ids that it cites; `code` is what it wrote.

    `language` is sql, models, migration, python or text; `instead_of` names the statement of the
    user's that a SELECT would replace.
    """

    text: str
    cites: tuple[str, ...] = ()
    code: str = ""
    language: str = "sql"
    instead_of: str = ""


@dataclass(frozen=True, slots=True)
class Judged:
    """A statement, what it is traced to, and why not where it is not.

    `tried` says what came of the code that the model wrote, where dbwright ran it.
    """

    statement: Statement
    sources: tuple[Source, ...] = ()
    why_not: tuple[str, ...] = ()
    tried: str = ""

    @property
    def traced(self) -> bool:
        """Whether all of it stands in what it cites."""
        return not self.why_not


def judge(statements: Sequence[Statement], ledger: Ledger) -> list[Judged]:
    """Gives each statement with what it is traced to, or why it is not."""
    return [_judged(each, ledger) for each in statements]


def _judged(statement: Statement, ledger: Ledger) -> Judged:
    known = [ledger.sources[each] for each in statement.cites if each in ledger.sources]
    missing = [each for each in statement.cites if each not in ledger.sources]
    if not statement.cites:
        return Judged(statement, (), ("it cites nothing",))
    if missing:
        unknown = f"it cites {', '.join(map(_short, missing))}, which dbwright never gave"
        return Judged(statement, tuple(known), (unknown,))
    parts = said(statement.text)
    strange = [*_turned(parts, known), *_figures(parts, known), *_names(parts, known, ledger)]
    listed = ", ".join(map(_short, dict.fromkeys(strange)))
    why = (
        *_level(parts, known),
        *((f"not in what it cites: {listed}",) if listed else ()),
        *_code(parts, statement, known, ledger.dialect),
    )
    return Judged(statement, tuple(known), why)


def _level(parts: Said, sources: Sequence[Source]) -> Sequence[str]:
    """A claim of proof that no source bears: the weakest counts, and the words must be its own."""
    if not parts.level:
        return ()
    levels = [source.level for source in sources]
    has = least(levels) if all(levels) else ""
    if LEVELS.index(has) < LEVELS.index(parts.level):
        return (f"it says {parts.level}, and what it cites is {has or 'no proof'}",)
    there = " ".join(re.findall(r"\w+", " ".join(_texts(sources)).casefold()))
    if all(f" {sentence} " in f" {there} " for sentence in parts.sentences):
        return ()
    return (f"it calls {parts.level} what is not said so in what it cites",)


def _turned(parts: Said, sources: Sequence[Source]) -> Sequence[str]:
    """Words that turn a meaning round, or give the all-clear, and stand in no source."""
    there = set(re.findall(r"[^\W\d_]+", " ".join(_texts(sources)).casefold()))
    return [word for word in parts.turning if word not in there]


def _texts(sources: Sequence[Source]) -> list[str]:
    return [text for source in sources for text in source.texts]


def _figures(parts: Said, sources: Sequence[Source]) -> Sequence[str]:
    there = figures_in(_texts(sources))
    return [n for n in parts.numbers if n not in there and n.lstrip("-") not in there]


def _names(parts: Said, sources: Sequence[Source], ledger: Ledger) -> Sequence[str]:
    """Names that stand in no cited source: those in code marks, those that look like names, and
    plain words that are tables, columns or models of this project."""
    texts = [text.casefold() for text in _texts(sources)]
    whole = "\n".join(texts)
    words = set(re.findall(r"\w+", whole))
    strange = []
    for name in parts.names:
        folded = name.casefold()
        if folded in {source.id for source in sources} or _stands(folded, whole):
            continue
        pieces = re.findall(r"\w+", folded)
        if folded in ledger.names and all(piece in words for piece in pieces):
            continue
        strange.append(name)
    plain = parts.words & {name for name in ledger.names if "." not in name}
    strange += sorted(word for word in plain if word not in words and word not in _ENGLISH)
    return strange


_ENGLISH = {"id", "name", "type", "date", "time", "value", "order", "data", "status", "state"}
"""Names of columns that are words of any sentence about a database."""


def _stands(name: str, whole: str) -> bool:
    return re.search(rf"(?<!\w){re.escape(name)}(?!\w)", whole) is not None


def _code(
    parts: Said, statement: Statement, sources: Sequence[Source], dialect: str
) -> Sequence[str]:
    texts = _texts(sources)
    pieces = [*parts.code, *([statement.code] if statement.code.strip() else [])]
    strange = [piece for piece in pieces if not _is_there(piece, texts, dialect)]
    return tuple(f"code that it wrote itself: {_short(piece)}" for piece in strange)


def _is_there(code: str, texts: Sequence[str], dialect: str) -> bool:
    """Whether code stands in a text, token by token as SQL or as Python."""
    for language in (dialect, "python"):
        wanted = code_tokens(code, language)
        if any(within(wanted, code_tokens(text, language)) for text in texts if _may(code, text)):
            return True
    return False


def _may(code: str, text: str) -> bool:
    """Whether it is worth taking a text apart: each of the code's words is in it."""
    folded = text.casefold()
    return all(word in folded for word in re.findall(r"\w+", code.casefold()))


def _short(text: str) -> str:
    line = " ".join(text.split())
    return line if len(line) <= 60 else f"{line[:59]}…"
