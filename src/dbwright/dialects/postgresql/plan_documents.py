"""EXPLAIN's JSON, YAML and XML into its data; what of a document is cut off has its line named."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from typing import Any
from xml.etree import ElementTree

import yaml  # type: ignore[import-untyped]

from dbwright.core.errors import PlanError
from dbwright.dialects.postgresql.plan_lines import unframed
from dbwright.dialects.postgresql.plan_text import WAY_OUT

Values = dict[str, Any]
_YAML = re.compile(r"^\s*(?:- )?(?:Plan:\s*$|Query Text: \")", re.MULTILINE)
_XML = re.compile(r"<(?:\w+:)?(?:explain|Query|Plan)[\s>]")
_XML_ROOT = re.compile(r"<((?:\w+:)?\w+)")
_JSON = re.compile(r"[\[{]")
_NAMESPACE = re.compile(r"^\{[^}]*\}")
_HYPHENED = {"I-O": "I/O", "One-Time": "One-Time", "Full-sort": "Full-sort"}
_HYPHENED |= {"Pre-sorted": "Pre-sorted"}
_LISTS = {"Plans", "Triggers", "Workers", "Grouping-Sets", "Target-Tables", "Output"}
_LISTS |= {"Group-Keys", "Hash-Keys", "Group-Key", "Hash-Key", "Sort-Key", "Presorted-Key"}
_TEXTS: tuple[str, ...] = (
    "Name",
    "Alias",
    "Schema",
    "Relation",
    "Relations",
    "Filter",
    "Cond",
    "Key",
    "Call",
)
_TEXTS += ("Item", "Text", "Type", "Window", "Seed", "By", "Parameters", "Condition")
_NUMBER = re.compile(r"-?\d{1,18}(?:\.\d{1,9})?")
_RENAMED = {
    "Incremental Sort Groups": ("Full-sort Groups", "Pre-sorted Groups"),
    "Sort Space": ("Sort Space Memory", "Sort Space Disk"),
}
"""What XML calls by one name and the other formats by two."""
_FOUND = ("Plan", "Node Type", "query_block")


class _Strict(yaml.SafeLoader):  # type: ignore[misc]
    """YAML without aliases, which a server does not write and which can grow without end."""

    def compose_node(self, parent: Any, index: Any) -> Any:
        if self.check_event(yaml.AliasEvent):
            mark = self.peek_event().start_mark
            raise yaml.MarkedYAMLError(problem="an alias", problem_mark=mark)
        return super().compose_node(parent, index)


def read(text: str) -> Any:
    """Gives the data of a document in JSON, YAML or XML; None for a text that is none.

    A document that is cut off or damaged raises PlanError with the line.
    """
    lines = unframed(text)
    if not lines:
        return None
    whole = "\n".join(line for _, line in lines)
    for starts, parse in ((_XML, _xml), (_JSON, _json), (_YAML, _yaml)):
        for begin in _starts(starts, whole):
            found = _guarded(parse, whole[begin:], lines, whole.count("\n", 0, begin))
            if found is not None:
                return found
    return None


def _starts(pattern: re.Pattern[str], text: str) -> Iterator[int]:
    """Where a document may begin: only blanks, or auto_explain's words, stand before it."""
    found = pattern.search(text)
    if found is None:
        return
    before = text[: found.start()].rsplit("\n", 1)[-1]
    if pattern is not _JSON or not before.strip() or before.rstrip().endswith("plan:"):
        yield found.start()
    elif pattern is _JSON:
        for line in re.finditer(r"^\s*[\[{]", text, re.MULTILINE):
            yield line.end() - 1
            return


def _guarded(
    parse: Callable[[str], Any], text: str, lines: list[tuple[int, str]], skipped: int
) -> Any:
    try:
        return parse(text)
    except _Cut as error:
        at = min(skipped + error.line, len(lines) - 1)
        raise PlanError(error.message, line=lines[at][0], way_out=WAY_OUT) from error
    except RecursionError as error:
        raise PlanError("the plan is nested too deeply", line=lines[0][0]) from error


class _Cut(Exception):
    """A document of which a part is missing or wrong, from a line (of 0) on."""

    def __init__(self, message: str, line: int) -> None:
        super().__init__(message)
        self.message = message
        self.line = line


def _json(text: str) -> Any:
    decoder = json.JSONDecoder(strict=False)
    error: json.JSONDecodeError | None = None
    for each in (text, text.replace('""', '"')):
        try:
            found, _ = decoder.raw_decode(each)
        except json.JSONDecodeError as failure:
            error = error or failure
        else:
            return found if _is_known(found) else None
    if error is None or not any(f'"{name}"' in text for name in _FOUND):
        return None
    raise _Cut(f"the JSON of the plan is damaged or cut off: {error.msg}", error.lineno - 1)


def _is_known(found: Any) -> bool:
    first = found[0] if isinstance(found, list) and found else found
    return isinstance(first, dict) and any(name in first for name in _FOUND)


def _yaml(text: str) -> Any:
    try:
        found = yaml.load(text, _Strict)  # a safe loader
    except yaml.MarkedYAMLError as error:
        line = error.problem_mark.line if error.problem_mark else 0
        problem = f"the YAML of the plan is damaged or cut off: {error.problem}"
        raise _Cut(problem, line) from error
    except (yaml.YAMLError, ValueError, TypeError, OverflowError) as error:
        raise _Cut("the YAML of the plan is damaged", 0) from error
    return found if _is_known(found) else None


def _xml(text: str) -> Any:
    if "<!" in text:
        raise _Cut("the XML of a plan has no declarations, and this one has", 0)
    name = _XML_ROOT.match(text)
    end = text.rfind(f"</{name[1]}>") if name else -1
    whole = text[: end + len(name[1]) + 3] if name and end >= 0 else text
    try:
        root = ElementTree.fromstring(whole)
    except ElementTree.ParseError as error:
        problem = f"the XML of the plan is damaged or cut off: {str(error).partition(':')[0]}"
        raise _Cut(problem, error.position[0] - 1) from error
    queries = [each for each in root.iter() if _name(each) == "Query"] or [root]
    found = [_element(each) for each in queries]
    if _name(root) == "Plan":
        found = [{"Plan": found[0]}]
    return found if _is_known(found) else None


def _name(element: ElementTree.Element) -> str:
    return _NAMESPACE.sub("", element.tag)


def _key(name: str) -> str:
    """The name in JSON: XML has `-` for a blank and for what its names cannot have."""
    for written, meant in _HYPHENED.items():
        if name.startswith(f"{written}-") or f"-{written}-" in name:
            return meant.join(part.replace("-", " ") for part in name.split(written))
    return name.replace("-", " ")


def _element(element: ElementTree.Element) -> Any:
    children = list(element)
    name = _name(element)
    if name in _LISTS or (children and all(_name(c) == "Item" for c in children)):
        return [_element(child) for child in children]
    if name == "Settings":
        return {_name(child): child.text or "" for child in children}
    if not children:
        text = element.text or ""
        return text if name.endswith(_TEXTS) else _scalar(text)
    found: Values = {}
    for child in children:
        key = _key(_name(child))
        for meant in _RENAMED.get(key, (key,)):
            if meant not in found:
                found[meant] = _element(child)
                break
    return found


def _scalar(text: str) -> Any:
    """The number or truth of a text that is one: XML has no types."""
    if text in ("true", "false"):
        return text == "true"
    if _NUMBER.fullmatch(text):
        return float(text) if "." in text else int(text)
    return text
