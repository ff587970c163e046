"""JSON documents around constants: keys that lack, JSON's null, numbers as texts, deeper ones."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from typing import Any

from dbwright.scratch.adversarial.known import Known, grouped, interleaved

_MOST_KEYS = 4
PLAIN = ("{}", '{"a": 1}', "[]", '{"a": null}')
EDGES = ("null", "1", '"a"', '["a"]', "true")


def near(beside: Sequence[Known]) -> list[str]:
    """Gives documents that the constants are keys, values or parts of."""
    return interleaved([json.dumps(item) for item in _of(group)] for group in grouped(beside))


def _of(group: Sequence[Known]) -> Iterator[Any]:
    texts: list[str] = []
    documents: list[Any] = []
    for known in group:
        _sort_in(known, texts, documents)
    texts = list(dict.fromkeys(texts))[:_MOST_KEYS]
    if len(texts) > 2:
        yield {texts[0]: {texts[1]: texts[2]}}
    for key in texts[:-1]:
        for value in texts:
            if value != key:
                yield from _with(key, value)
    for document in documents:
        yield from _like(document)
        for key in texts:
            yield from _with(key, document)
    for key in texts:
        yield from ({key: None}, {key: 1}, {key: "other"}, {key: True}, {}, [key], key)
        yield {"more": {key: 1}}


def _sort_in(known: Known, texts: list[str], documents: list[Any]) -> None:
    """Puts a constant among the documents, or its words among the keys and values."""
    try:
        found = json.loads(known.text)
    except ValueError:
        found = None
    if isinstance(found, (dict, list)) or (isinstance(found, str) and known.text.startswith('"')):
        documents.append(found)
    elif known.text.startswith("{") and known.text.endswith("}"):
        texts += [part.strip('" ') for part in known.text[1:-1].split(",")]
    else:
        texts.append(known.text)


def _with(key: str, value: Any) -> Iterator[dict[str, Any]]:
    yield {key: value}
    if isinstance(value, str):
        try:
            yield {key: json.loads(value)}
        except ValueError:
            yield {key: value.swapcase()}
    yield from ({key: [value]}, {key: value, "more": 1}, {key: None}, {key: {"in": value}})
    yield {key: [value, value, "more"]}
    if isinstance(value, list) and value:
        yield from ({key: value[0]}, {key: value * 2}, {key: value[:-1]})
        yield {key: [*value, "more"]}
    if isinstance(value, dict):
        yield {key: {**value, "more": 1}}


def _like(document: Any) -> Iterator[Any]:
    """Gives the document, and others with a key more, less, null or of another type."""
    yield document
    if isinstance(document, list):
        yield from (document[:-1], [*document, "more"], [*document, *document])
    if not isinstance(document, dict):
        return
    yield {**document, "more": 1}
    for key, value in document.items():
        yield {**document, key: None}
        yield {name: item for name, item in document.items() if name != key}
        yield {**document, key: [value]}
        for other in _like(value) if isinstance(value, (dict, list)) else _otherwise(value):
            yield {**document, key: other}


def _otherwise(value: Any) -> Iterator[Any]:
    if isinstance(value, bool) or value is None:
        yield from (str(value).lower(), not value)
    elif isinstance(value, str):
        yield value + "x"
        if value.isdigit():
            yield int(value)
    else:
        yield from (str(value), value + 1)
