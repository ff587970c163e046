"""One column in words: its name, what it holds, and what was said about it."""

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace

from dbwright.collect.change_names import snake
from dbwright.core.brief import AttributeType, BriefAttribute

TYPES: dict[str, tuple[AttributeType, str]] = {
    "string": ("string", ""), "str": ("string", ""), "varchar": ("string", ""),
    "char": ("string", ""), "text": ("text", ""),
    "integer": ("integer", ""), "int": ("integer", ""), "number": ("integer", ""),
    "counter": ("integer", ""),
    "bigint": ("integer", "BigInteger"),
    "biginteger": ("integer", "BigInteger"), "smallint": ("integer", "SmallInteger"),
    "decimal": ("decimal", ""), "numeric": ("decimal", ""), "money": ("money", ""),
    "float": ("float", ""), "double": ("float", ""), "boolean": ("boolean", ""),
    "bool": ("boolean", ""), "flag": ("boolean", ""), "date": ("date", ""), "time": ("time", ""),
    "datetime": ("datetime", ""), "timestamp": ("datetime", ""), "timestamptz": ("datetime", ""),
    "instant": ("datetime", ""), "duration": ("duration", ""), "interval": ("duration", ""),
    "uuid": ("uuid", ""), "guid": ("uuid", ""), "json": ("json", ""), "jsonb": ("json", ""),
    "bytes": ("bytes", ""), "binary": ("bytes", ""), "blob": ("bytes", ""), "bytea": ("bytes", ""),
    "inet": ("ip", ""), "enum": ("string", ""),
}  # fmt: skip
"""Words that name a type, with SQLAlchemy's own where the meaning alone does not settle it."""
NAMED: tuple[tuple[str, AttributeType], ...] = (
    (r"(?:.*_)?e_?mail(?:_address)?", "email"),
    (r"(?:.*_)?(?:url|website|link|homepage)", "url"),
    (r"(?:.*_)?slug", "slug"),
    (r"(?:.*_)?(?:phone|mobile|telephone|fax)(?:_number|_no)?", "phone"),
    (r"(?:.*_)?ip(?:_address|_addr)?", "ip"),
    (r"(?:.*_)?(?:password|passwd)", "password"),
    (r"(?:api|access|refresh|reset|session|auth|invite)_token|token", "token"),
    (r".*_at|(?:.*_)?(?:timestamp|datetime)", "datetime"),
    (r"(?:.*_)?(?:date|birthday|birthdate|dob|day)|date_of_.*|.*_on", "date"),
    (r"(?:is|has|can|was|should|allows?|wants?|needs)_.*|(?:.*_)?(?:enabled|active|flag|verified"
     r"|archived|deleted|hidden|visible|featured|approved|opt_in|public|private)", "boolean"),
    (r"(?:.*_)?(?:price|amount|balance|salary|fee|subtotal|cost|deposit|discount_amount|total)",
     "money"),
    (r"(?:.*_)?(?:percent|percentage)", "percent"),
    (r"(?:.*_)?(?:count|quantity|qty|age|position|sort_order|year|stock|points|score|attempts"
     r"|minutes|seconds|days|level|priority|rank|views|likes|size|capacity|rating)", "integer"),
    (r"number_of_.*|num_.*", "integer"),
    (r"(?:.*_)?(?:weight|width|height|depth|distance|temperature|ratio|rate)", "decimal"),
    (r"(?:.*_)?(?:lat|latitude)", "latitude"), (r"(?:.*_)?(?:lon|lng|longitude)", "longitude"),
    (r"(?:.*_)?(?:description|notes?|bio|body|content|comments?|message|summary|reason|remarks?"
     r"|instructions|text)", "text"),
    (r"country(?:_code)?", "country"), (r"currency(?:_code)?", "currency"),
    (r"(?:.*_)?(?:language|locale)", "language"), (r"time_?zone|tz", "timezone"),
    (r"(?:.*_)?(?:uuid|guid)", "uuid"), (r"tags|labels|keywords", "tags"),
    (r"(?:.*_)?(?:metadata|preferences|settings|payload|options|config|configuration)", "json"),
)  # fmt: skip
"""What a name says about its value, the first that fits."""
NO_NAME = frozenset(
    {
        *("to", "on", "with", "for", "and", "or", "that", "which", "when", "where", "values"),
        *("value", "from", "by", "be", "is", "are", "was", "into", "as", "if", "so", "who"),
        *("constraint", "must", "should", "can", "not"),
    }
)
"""Words that stand between names and in none: a phrase with one of them was not understood."""
LONGEST = 4
_NOUNS = r"(?:columns?|fields?|attributes?|property|properties)"
_LEAD = re.compile(
    r"^(?:(?P<art>an?|the|another|new|extra|additional|separate)"
    r"|(?P<null>nullable|optional)|(?P<req>required|mandatory|non-?null(?:able)?|not[ -]null)"
    r"|(?P<uniq>unique)|(?P<idx>indexed))(?=\s)\s+",
    re.IGNORECASE,
)
_MONTH = r"\d{4}-\d\d-\d\d"
_VALUE = r"(?P<value>\"[^\"]*\"|'[^']*'|[\w.+-]+)"
_TAILS: tuple[tuple[str, str], ...] = (
    ("default", rf"(?:(?:with|and|has)\s+)?(?:an?\s+|the\s+)?(?:default(?:s|ing)?(?:\s+to)?"
                rf"|default\s+value(?:\s+of)?|default\s*=)\s*(?:of\s+|is\s+|value\s+)?{_VALUE}"),
    ("required", r"(?:that\s+|which\s+)?(?:(?:is|are|must\s+be)\s+)?"
                 r"(?:required|mandatory|not[ -]null|non-?null(?:able)?)"),
    ("null", r"(?:that\s+|which\s+)?(?:(?:is|are|may\s+be|can\s+be)\s+)?"
             r"(?:nullable|optional|null(?:\s+allowed)?)"),
    ("unique", r"(?:that\s+|which\s+)?(?:(?:is|are|must\s+be)\s+)?unique"),
    ("indexed", r"(?:(?:is|and)\s+)?(?:indexed|with\s+an\s+index)"),
    ("length", r"(?:of\s+)?(?:(?:with\s+)?(?:a\s+)?max(?:imum)?(?:\s+(?:length|of))*|up\s+to"
               r"|at\s+most)\s+(?P<value>\d+)\s*(?:characters?|chars?|letters)?"),
    ("length", r"(?P<value>\d+)\s+(?:characters?|chars?|letters)"
               r"(?:\s+(?:max(?:imum)?|long|at\s+most))?"),
    ("between", r"(?:from|between)\s+(?P<value>-?\d+(?:\.\d+)?)\s+(?:and|to)\s+"
                r"(?P<high>-?\d+(?:\.\d+)?)"),
    ("minimum", r"(?:at\s+least|not\s+(?:less|lower)\s+than|>=)\s+(?P<value>-?\d+(?:\.\d+)?)"),
    ("positive", r"(?:(?:is|must\s+be)\s+)?positive"),
    ("values", r"(?:(?:is\s+)?(?:one\s+of|either)|with\s+(?:the\s+)?values|values)\s*:?\s+"
               r"(?P<value>[\w\-]+(?:\s*(?:,|/|\bor\b|\band\b)\s*(?:or\s+|and\s+)?[\w\-]+)+)"),
    ("type", r"(?:as|of\s+type|type)\s+(?:an?\s+)?(?P<value>\w+(?:\s*\([\d\s,]+\))?)"),
)  # fmt: skip
_TYPE = re.compile(r"(?P<word>[A-Za-z]+)\s*(?:\(\s*(?P<a>\d+)\s*(?:,\s*(?P<b>\d+)\s*)?\))?")


@dataclass(frozen=True, slots=True)
class Column:
    """A column as words describe it; `wrong` says what in them cannot be."""

    name: str
    attribute: BriefAttribute
    required: bool | None = None
    indexed: bool = False
    sql: str = ""
    typed: bool = False
    wrong: str = ""
    target: str = ""
    said: frozenset[str] = field(default_factory=frozenset)


def column(phrase: str) -> Column:
    """Gives the column that a phrase describes: `a nullable phone`, `price decimal(10,2)`.

    >>> found = column("a unique sku varchar(40)")
    >>> found.name, found.attribute.unique, found.attribute.length
    ('sku', True, 40)
    """
    text = phrase.strip(" \t.,;:`")
    found = Column("", BriefAttribute("", required=False))
    text, found = _leads(text, found)
    text, found = _brackets(text, found)
    text, found = tails(text, found)
    text, found = _leads(text, found)
    text, found = _typed(text, found)
    name = snake(text)
    if name in ("soft_delete", "soft_deletion"):
        name, found = "deleted_at", _with(found, type="datetime")
        return replace(found, name=name, attribute=replace(found.attribute, name=name))
    words = set(text.lower().split())
    if len(words) > 1 and (words & NO_NAME or len(words) > LONGEST):
        wrong = f"“{' '.join(text.split())}” does not read as the name of a column"
        found = replace(found, wrong=found.wrong or wrong)
    if not found.typed and not found.attribute.values:
        found = _with(found, type=meaning(name))
    return replace(found, name=name, attribute=replace(found.attribute, name=name))


def meaning(name: str) -> AttributeType:
    """Gives what a column of that name holds.

    >>> meaning("cancelled_at"), meaning("phone"), meaning("is_admin"), meaning("nickname")
    ('datetime', 'phone', 'boolean', 'string')
    """
    stem = name.partition("_in_")[0]
    return next((kind for form, kind in NAMED if re.fullmatch(form, stem)), "string")


def type_named(text: str) -> tuple[BriefAttribute, str] | None:
    """Gives the type that words name, with SQLAlchemy's own as code; None for no type."""
    match = _TYPE.fullmatch(text.strip().strip("`"))
    if match is None or match["word"].lower() not in TYPES:
        return None
    kind, sql = TYPES[match["word"].lower()]
    first, second = match["a"], match["b"]
    found = BriefAttribute("", kind, required=False)
    if first and kind == "string":
        found = replace(found, length=int(first))
    elif first and kind in ("decimal", "money"):
        found = replace(found, precision=int(first), scale=int(second or 0))
    elif first:
        return None
    return found, sql


def tails(text: str, found: Column) -> tuple[str, Column]:
    """Takes what is said behind a column: `default draft`, `not null`, `up to 40 characters`."""
    changed = True
    while changed:
        changed = False
        for name, form in _TAILS:
            match = re.search(rf"(?:^|[\s,]+)(?:and\s+)?{form}\s*$", text, re.IGNORECASE)
            if match is None or (name in found.said and name not in ("required", "null")):
                continue
            text, changed = text[: match.start()].rstrip(" ,"), True
            found = _said(found, name, match.groupdict())
    return text, found


def _said(found: Column, name: str, groups: dict[str, str]) -> Column:
    value = (groups.get("value") or "").strip("\"'")
    found = replace(found, said=found.said | {name})
    if name in ("required", "null"):
        clash = found.required is not None and found.required != (name == "required")
        wrong = "it cannot be required and nullable at once" if clash else found.wrong
        return replace(found, required=name == "required", wrong=wrong)
    if name == "indexed":
        return replace(found, indexed=True)
    if name == "unique":
        return _with(found, unique=True)
    if name == "default":
        return _with(found, default=value)
    if name == "length":
        return _with(found, length=int(value))
    if name == "minimum":
        return _with(found, minimum=float(value))
    if name == "positive":
        return _with(found, above=0.0)
    if name == "between":
        return _with(found, minimum=float(value), maximum=float(groups["high"]))
    if name == "values":
        return _with(found, values=values_of(value))
    known = type_named(value)
    if known is None:
        return replace(found, wrong=f"{value!r} is no type that it knows")
    return _as(found, *known)


def values_of(text: str) -> tuple[str, ...]:
    """Gives the values that a list names: `draft, published or archived`."""
    parts = re.split(r"\s*(?:,|/|\||\bor\b|\band\b)\s*", text.strip())
    return tuple(part.strip(" \"'`") for part in parts if part.strip(" \"'`"))


def _leads(text: str, found: Column) -> tuple[str, Column]:
    while match := _LEAD.match(text):
        text = text[match.end() :]
        if match["null"] or match["req"]:
            found = _said(found, "required" if match["req"] else "null", {})
        elif match["uniq"]:
            found = _said(found, "unique", {})
        elif match["idx"]:
            found = replace(found, indexed=True)
    return text, found


def _brackets(text: str, found: Column) -> tuple[str, Column]:
    """Takes what stands in brackets: values, a type, or the model that is referred to."""
    match = re.search(r"(?P<word>\w*)\s*\((?P<in>[^()]*)\)", text)
    if match is None:
        return text, found
    inside = match["in"].strip()
    if match["word"].lower() in TYPES and re.fullmatch(r"\d+(?:\s*,\s*\d+)?", inside):
        return text, found
    rest = (text[: match.start("in") - 1] + text[match.end() :]).strip()
    rest = re.sub(r"\s+,", ",", rest)
    parts = values_of(inside.partition(":")[2] or inside)
    span = re.fullmatch(r"(-?\d+(?:\.\d+)?)\s*(?:-|–|to|\.\.)\s*(-?\d+(?:\.\d+)?)", inside)
    if span:
        return rest, _with(found, minimum=float(span[1]), maximum=float(span[2]))
    bare, led = _leads(inside, found)
    known = type_named(bare)
    if known is not None:
        return rest, _as(led, *known)
    left, after = tails(f" {inside}", found)
    known = type_named(left.strip(" ,"))
    if known is not None:  # (bool, default true)
        return rest, _as(after, *known)
    if len(parts) > 1:
        text_, after = rest, _with(found, values=parts)
        left, after = tails(f" {inside}", after)
        # (required, unique) are words about the column and no values
        if not left.strip(" ,"):
            _, only = tails(f" {inside}", found)
            return text_, only
        return text_, _with(found, values=parts)
    left, after = tails(f" {inside}", found)
    if not left.strip():
        return rest, after
    return rest, replace(found, target=inside)


def _typed(text: str, found: Column) -> tuple[str, Column]:
    """Takes the words that name a type, and the word column, from around the name."""
    text = re.sub(rf"^{_NOUNS}\s+(?:(?:called|named|for)\s+)?(?:the\s+)?", "", text, flags=re.I)
    called = re.search(rf"^(?P<kind>.*?)\s*{_NOUNS}?\s*(?:called|named)\s+(?P<name>\S+)$", text)
    if called:
        text = f"{called['kind']} {called['name']}".strip()
    text = re.sub(rf"\s+{_NOUNS}$", "", text, flags=re.IGNORECASE)
    text = re.sub(rf"\s+{_NOUNS}\s+", " ", text, flags=re.IGNORECASE)
    behind = re.fullmatch(r"(?P<name>.+?):?\s+(?P<type>\w+(?:\s*\([\d\s,]+\))?)", text)
    first, _, _ = text.partition(" ")
    if behind and (known := type_named(behind["type"])) and not _is_noun(behind["name"], text):
        name = behind["name"]
        return name.strip(), _as(found, *known)
    front = re.fullmatch(r"(?P<type>\w+(?:\s*\([\d\s,]+\))?)\s+(?P<name>\w+)", text)
    if front and (known := type_named(front["type"])) and first.lower() not in ("time", "number"):
        return front["name"], _as(found, *known)
    return text, found


def _is_noun(name: str, whole: str) -> bool:
    """Whether the last word belongs to the name: `phone number`, `birth date`."""
    last = whole.rsplit(" ", 1)[-1].lower()
    plain = "_" not in name and " " not in name
    return (
        plain
        and last in ("number", "date", "time", "text", "timestamp")
        and (last == "number" or meaning(snake(whole)) == TYPES[last][0] != meaning(snake(name)))
        and not name.endswith(("_at", "_on"))
    )


def _as(found: Column, attribute: BriefAttribute, sql: str) -> Column:
    kept = found.attribute
    merged = replace(
        kept,
        type=attribute.type,
        length=attribute.length or kept.length,
        precision=attribute.precision,
        scale=attribute.scale,
    )
    return replace(found, attribute=merged, sql=sql, typed=True)


def _with(found: Column, **changes: object) -> Column:
    return replace(found, attribute=replace(found.attribute, **changes))  # type: ignore[arg-type]
