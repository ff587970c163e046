"""What the tests of a suite showed, in the few lines behind pytest's own."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator, Sequence

from dbwright.core.finding import Recommendation
from dbwright.core.recording import IN_LOOP, LINE

SHOWN = 8
"""So many findings are told with what to do; of the others there is a line."""
Told = tuple[Recommendation, Sequence[str], int]
"""A finding, the names of tests that show it, and how many more there are."""
_TESTS = 3
_PLACES = 3
_LINES = 20


def told(found: Sequence[Told], width: int = 80) -> Iterator[str]:
    """Gives the lines on findings with the names of their tests, and how many more there are.

    They stand by rule, in the order that they are given in; only a name is wider than `width`.
    """
    groups = told_once(found)
    whole, rest = groups[:SHOWN], groups[SHOWN:]
    for rule in dict.fromkeys(group[0][0].rule for group in whole):
        yield rule
        for group in whole:
            if group[0][0].rule == rule:
                yield from _block(group, width)
    for group in rest[:_LINES]:
        item, tests, more = group[0]
        line = f"{headline(item)}{_others(group)} ({item.rule}, {_counted(len(tests) + more)})"
        yield from _filled(line, "", width)
    if len(rest) > _LINES:
        yield f"and {len(rest) - _LINES:,} more: --dbwright-report text:FILE has all"


def told_once(found: Sequence[Told]) -> list[list[Told]]:
    """Gives findings in groups that are told as one.

    What is said of no object, and in the same words of several lines, has one cause; so have
    several objects of one line that the same fix cures.
    """
    groups: dict[tuple[str, ...], list[Told]] = {}
    for each in found:
        item, place = each[0], each[0].location
        cause = [item.message]
        if place.object is not None:
            cause = [f"{place.file}:{place.line}", item.advice.fix.title]
        groups.setdefault((item.rule, *cause), []).append(each)
    return list(groups.values())


def _block(group: Sequence[Told], width: int) -> Iterator[str]:
    item, tests, more = group[0]
    yield from _filled(f"{headline(item)}{_others(group)}", "  ", width)
    for line in (*_loop(item), *_what_to_do(item), _shown_by(tests, more, width - 6)):
        yield from _filled(line, "      ", width)


def _others(group: Sequence[Told]) -> str:
    """Gives the further lines of a group, or the further objects of its line, the first few."""
    first, *rest = (item.location for item, _, _ in group)
    if first.object is None:
        others = [f"{each.file}:{each.line}" for each in rest]
    else:
        others = list(dict.fromkeys(each.object or "" for each in rest))
        others = [each for each in others if each != first.object]
    left = len(others) - _PLACES
    said = ", ".join(others[:_PLACES]) + (f" (+{left:,})" if left > 0 else "")
    if not said:
        return ""
    return f", {said}" if first.object is None else f" (also {said})"


def _filled(text: str, indent: str, width: int) -> list[str]:
    return textwrap.wrap(
        text,
        width,
        initial_indent=indent,
        subsequent_indent=f"{indent}  ",
        break_long_words=False,
        break_on_hyphens=False,
    )


def _shown_by(tests: Sequence[str], more: int, width: int) -> str:
    """Gives the names of the tests that show a finding: one, and further ones that fit the line."""
    names, rest = [_short(tests[0])], len(tests) + more - 1
    for name in map(_short, tests[1:_TESTS]):
        if len(f"shown by {', '.join([*names, name])} (+{rest:,})") > width:
            break
        names, rest = [*names, name], rest - 1
    return f"shown by {', '.join(names)}" + (f" (+{rest:,})" if rest else "")


def _short(test: str) -> str:
    """Gives a test's name without its folders; a parameter may have a slash too."""
    file, two, name = test.partition("::")
    return f"{file.rpartition('/')[2]}{two}{name}"


def _loop(item: Recommendation) -> Iterator[str]:
    """Gives the line with the loop around it, where that begins elsewhere."""
    for each in item.evidence:
        if each.startswith(LINE) and IN_LOOP in each:
            yield each.removeprefix(LINE)


def failure(found: Sequence[Recommendation]) -> str:
    """Gives the text that a test fails with; empty where it shows nothing that fails it."""
    parts = []
    for item in found:
        if item.severity == "info":
            continue
        lines = [headline(item), *(f"    {each}" for each in item.evidence[:3])]
        lines += [f"  {each}" for each in _what_to_do(item)]
        lines.append(f"  {item.rule}: to live with it, # dbwright: allow {item.rule} because …")
        parts.append("\n".join(lines))
    return "\n\n".join(parts)


def headline(item: Recommendation) -> str:
    """Gives object, effect and place."""
    place = item.location
    where = f"{place.file}:{place.line}" if place.line else place.file or ""
    name = f"{place.object}: " if place.object else ""
    return f"{name}{item.message}  {where}".rstrip()


def _what_to_do(item: Recommendation) -> Iterator[str]:
    fix = item.advice.fix
    first = fix.code.partition("\n")[0].removeprefix("# ")
    at = f"  ({first})" if first.partition(":")[2].partition(":")[0].isdigit() else ""
    yield f"{fix.title[:1].upper()}{fix.title[1:]}{at}"
    measured = next((each for each in item.proofs if each.factor is not None), None)
    if measured is not None:
        yield f"{measured.level}: {measured.witness}"


def _counted(tests: int) -> str:
    return "1 test" if tests == 1 else f"{tests:,} tests"
