"""Clauses of everyday wording, said in the words that the reader of changes takes.

`+phone on users`, `no two users may share an email`, `we no longer need orders.note`. A form is
tried only where what it names is a model or a column of the project; a clause that none fits stays
as it is.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from dbwright.collect.change_grammar import compiled
from dbwright.collect.change_names import bare, normal
from dbwright.collect.change_spelling import corrected
from dbwright.collect.change_types import type_named
from dbwright.core.mapping import Mapping as Mapped

_SHORT = {
    "idx": "index", "indx": "index", "col": "column", "cols": "columns", "tbl": "table",
    "tabel": "table", "fk": "foreign key", "uniq": "unique", "pls": "please", "plz": "please",
    "ts": "timestamp", "bool": "boolean", "w/": "with", "w/o": "without", "thx": "thanks",
    "cna": "can", "yuo": "you", "wnat": "want", "ned": "need", "tabels": "tables",
}  # fmt: skip
_MODALS = r"(?:should|must|may|can|could|shall|will|might)"
_WHO = r"(?:i|we|they|you|it)"
_NO_MORE = r"(?: any\s*more| any longer)?"
_NEW = r"(?:an? |the |another |one )?(?:new |extra |additional )?(?:column|field|attribute)"
_DEEDS = {
    "review": "Review", "rate": "Rating", "like": "Like", "follow": "Follow",
    "bookmark": "Bookmark", "favorite": "Favorite", "favourite": "Favorite",
    "comment on": "Comment", "vote for": "Vote", "vote on": "Vote", "subscribe to": "Subscription",
}  # fmt: skip
"""What is kept of somebody who does this with something."""


@dataclass(frozen=True, slots=True)
class Known:
    """The models of a project by the names that a request may give them, and their columns."""

    models: Mapping[str, str]
    columns: Mapping[str, Sequence[str]]

    @staticmethod
    def of(declared: Mapping[str, tuple[str, Sequence[str]]]) -> Known:
        """Gives the names of models: each class with its table and its attributes."""
        models = {normal(t.rpartition(".")[2]): name for name, (t, _) in declared.items()}
        models |= {normal(name): name for name in declared}
        return Known(models, {name: attributes for name, (_, attributes) in declared.items()})

    @staticmethod
    def of_mapping(mapping: Mapped) -> Known:
        """Gives the names of configured models."""
        return Known.of(
            {m.name: (m.table, [a.name for a in m.attributes]) for m in mapping.mappers}
        )

    @property
    def words(self) -> frozenset[str]:
        """All names, as `normal` gives them."""
        own = {normal(name) for names in self.columns.values() for name in names}
        return frozenset({*self.models, *own})

    def model(self, said: str) -> str:
        """Gives the class of a name, "" where there is none."""
        return self.models.get(normal(bare(said)), "")

    def column(self, said: str) -> str:
        """Gives `Product.title` for `product titles`, `the title of a product` or `title`."""
        said = re.sub(r"['’]s?\s+", ".", bare(re.sub(r"(?i)\s+(?:column|field)s?\b", "", said)))
        behind = compiled(r"(?P<c>\w+) (?:of|on|in|from|for) (?P<m>[\w ]+)").fullmatch(said)
        parts = re.split(r"[.\s]+", f"{behind['m']}.{behind['c']}" if behind else said)
        for cut in range(1, len(parts)):
            model = self.model(" ".join(parts[:cut]))
            found = self._own(model, "_".join(parts[cut:])) if model else ""
            if found:
                return found
        owners = [found for name in self.columns if (found := self._own(name, "_".join(parts)))]
        return owners[0] if len(owners) == 1 else ""

    def _own(self, model: str, said: str) -> str:
        wanted = normal(said)
        return next((f"{model}.{n}" for n in self.columns[model] if normal(n) == wanted), "")


Form = tuple[str, Callable[[re.Match[str], Known], str]]


def rewritten(clause: str, known: Known) -> str:
    """Gives a clause in the reader's words, "" for one that no form fits."""
    text, _ = corrected(clause, lambda word: normal(word) in known.words)
    for form, rewrite in _FORMS:
        match = compiled(form).fullmatch(text)
        found = rewrite(match, known) if match else ""
        if found:
            return found
    return ""


def expanded(text: str) -> str:
    """Gives a text with its abbreviations written out.

    >>> expanded("idx on orders.status")
    'index on orders.status'
    """
    text = re.sub(r"(?i)\btoo (?=the\b)", "to ", text)
    return re.sub(
        r"(?<![\w.'\"-])(?:w/o?|[A-Za-z]{2,5})(?![\w.'\"])",
        lambda m: _SHORT.get(m[0].lower(), m[0]),
        text,
    )


def _added(match: re.Match[str], known: Known) -> str:
    """`+phone on users`, `orders: currency char(3)`, `a column on users, call it source`."""
    model, what = known.model(match["m"]), match["what"].strip()
    if not model or not what or known.model(what):
        return ""
    rest = re.sub(r"(?i)\b(?:can|may) be (?:empty|null|blank|missing)\b", "optional",
                  match.groupdict().get("rest") or "")  # fmt: skip
    kind = r"(?i)^[\s,]*(?:some |an? |free )?(text|number|integer|date|boolean)\b"
    rest = re.sub(kind, r" \1", rest)
    return f"add {what}{rest.rstrip(' ,')} to {model}"


def _typed(match: re.Match[str], known: Known) -> str:
    """`users.bio text`: a new column, where its first word is a type."""
    if known.column(f"{match['m']}.{match['what']}"):
        return ""
    word = re.match(r"\w+(?:\s*\([\d\s,]+\))?", match["rest"].strip())
    return _added(match, known) if word and type_named(word[0]) else ""


def _of_model(match: re.Match[str], known: Known) -> str:
    """`orders: currency char(3)`: columns; `orders: drop note`: what is done there."""
    what, model = match["what"].strip(), known.model(match["m"])
    verb = re.match(r"(?i)(?:add|new)\s+", what)
    if verb:
        return f"add {what[verb.end() :]} to {model}" if model else ""
    if re.match(r"(?i)(?:drop|remove|rename|index|make|why|is|are|how|what|which)\b", what):
        return ""
    typed = re.match(r"[a-z_]\w*\s+(?P<type>[a-z]\w*(?:\s*\([\d\s,]+\))?)", what, re.I)
    return _added(match, known) if typed and type_named(typed["type"]) else ""


def _flag(match: re.Match[str], known: Known) -> str:
    model, said = known.model(match["m"]), (match["d"] or "").lower()
    tail = f" default {'false' if said in ('off', 'false') else 'true'}" if said else ""
    return f"add {match['what']} boolean{tail} to {model}" if model else ""


def _removed(match: re.Match[str], known: Known) -> str:
    found = known.column(match["what"])
    return f"remove {found}" if found else ""


def _renamed(match: re.Match[str], known: Known) -> str:
    found = known.column(match["what"])
    return f"rename {found} to {match['new']}" if found else ""


def _sized(match: re.Match[str], known: Known) -> str:
    found = known.column(match["what"])
    return f"increase the length of {found} to {match['n']}" if found else ""


def _retyped(match: re.Match[str], known: Known) -> str:
    found, to = known.column(match["what"]), match["to"].strip()
    sized = compiled(r"(?:varchar|string)?\s*\(?(\d+)\)?(?:\s*char(?:acter)?s?)?").fullmatch(to)
    if not found:
        return ""
    return f"increase the length of {found} to {sized[1]}" if sized else f"change {found} to {to}"


def _unique(match: re.Match[str], known: Known) -> str:
    found = known.column(f"{match['m']}.{match['c'].strip()}")
    return f"make {found} unique" if found else ""


def _required(match: re.Match[str], known: Known) -> str:
    found = known.column(match["what"])
    return f"make {found} required" if found else ""


def _optional(match: re.Match[str], known: Known) -> str:
    found = known.column(match["what"])
    return f"make {found} optional" if found else ""


def _default(match: re.Match[str], known: Known) -> str:
    found = known.column(match["what"])
    return f"set the default of {found} to {match['value']}" if found else ""


def _soft(match: re.Match[str], known: Known) -> str:
    model = known.model(match["m"])
    return f"{model} should be soft deletable" if model else ""


def _deed(match: re.Match[str], known: Known) -> str:
    """`users should be able to review products: stars 1 to 5 and a text`: a model of its own."""
    who, what = known.model(match["u"]), known.model(match["p"])
    noun = _DEEDS[" ".join(match["v"].lower().split())]
    if not who or not what or known.model(noun):
        return ""
    span = match.groupdict().get("low")
    said = match["attrs"] or match.groupdict().get("more") or ""
    said = f"value between {span} and {match['high']}" if span else said
    said = re.sub(r"\b(\d+)\s*(?:to|-|–)\s*(\d+)\b", r"between \1 and \2", said).strip(" :,.()")
    attributes = f" with {said}" if said else ""
    return f"add a {noun} model{attributes} belonging to {who} and {what}"


def _indexed(match: re.Match[str], known: Known) -> str:
    return f"add an index on {match['what']}" if known.column(match["what"]) else ""


_VERBS = "|".join(sorted(_DEEDS, key=len, reverse=True))
_FORMS: Sequence[Form] = (
    (r"\+\s*(?:an? |the )?(?P<what>.+?) (?:on|to|in|for|at) (?P<m>[\w ]+)", _added),
    (r"(?P<m>\w+)\.(?P<what>\w+)(?P<rest> .+)", _typed),
    (r"(?:on |in |for |to )?(?:the )?(?P<m>\w+)(?: table| model)?:\s*(?P<what>.+)", _of_model),
    (
        rf"(?:.*\b)?{_WHO} (?:(?:also|now|really|just|probably) )*(?:need|want|would like|"
        rf"could use|should have)(?: to (?:have|add))? {_NEW} (?:on|in|to|for|at) "
        r"(?P<m>(?:the |our )?\w+)(?: table| model)?(?:,| and)?\s*"
        r"(?:call it|called|named|name it|with the name) (?P<what>\w+)(?P<rest>,.+)?",
        _added,
    ),
    (
        rf"(?:.*\b)?add {_NEW} (?:on|in|to|for) (?P<m>(?:the |our )?\w+)(?: table| model)?,?\s*"
        r"(?:call it|called|named|name it) (?P<what>\w+)(?P<rest>,.+)?",
        _added,
    ),
    (
        rf"(?:.*\b)?add {_NEW} (?P<what>\w+)(?P<rest>)? (?:on|in|to|for) (?P<m>(?:the |our )?\w+)"
        r"(?: table| model)?",
        _added,
    ),
    (
        r"(?:.*\b)?add (?:an? )?(?:flag|switch|toggle|checkbox|boolean)(?: called| named)? "
        r"(?P<what>\w+) (?:to|on|for|in) (?P<m>(?:the )?\w+)(?: table| model)?"
        r"(?:,?\s*(?:which is |that is )?(?P<d>off|on|true|false) by default)?",
        _flag,
    ),
    (
        rf"(?:lose|ditch|kill|scrap|nuke|throw (?:away|out)|dump|{_WHO} (?:don['’]?t|do not|"
        rf"no longer) need|nobody (?:uses|needs|reads)) (?P<what>[\w.'’ ]+?){_NO_MORE}(?:, .+)?",
        _removed,
    ),
    (
        r"(?:call|rename) (?P<what>[\w.]+(?: (?:of|on|in) (?:the )?\w+)?) (?:to )?"
        r"(?P<new>[a-z_]\w*)(?: from now on| instead| now)?",
        _renamed,
    ),
    (
        rf"(?P<what>[\w.]+(?: (?:of|on|in) (?:the )?\w+)?) (?:is now|is|{_MODALS} be) "
        r"(?:called|named) (?P<new>[a-z_]\w*)(?: from now on| instead| now)?",
        _renamed,
    ),
    (
        rf"(?P<what>[\w.'’ ]+?) (?:(?:have|has|need|needs|ought) to|{_MODALS}) (?:now |also )?"
        r"(?:allow|hold|take|fit|store|have|be)(?: up to| at most| a maximum of)? (?P<n>\d+) "
        r"(?:chars?|characters?|letters?|signs?)(?: long)?(?: now)?",
        _sized,
    ),
    (
        r"(?:bump|widen|grow|enlarge|lengthen|stretch|upgrade|extend|raise) (?:the )?"
        r"(?P<what>[\w.'’ ]+?)(?: up)? to (?P<to>[\w (),]+)",
        _retyped,
    ),
    (
        r"no two (?P<m>\w+) (?:may|can|should|must|are allowed to) "
        r"(?:ever )?(?:share|have|use) (?:the same |an? |one )?(?P<c>[\w ]+)",
        _unique,
    ),
    (
        r"(?:avoid|prevent|forbid|disallow|no|stop|reject) (?:more )?"
        r"(?:duplicated?|double|repeated) (?P<c>\w+?)s? (?:in|on|of|for|among|between) "
        r"(?P<m>(?:the )?\w+)",
        _unique,
    ),
    (
        rf"(?P<what>[\w.'’ ]+?) {_MODALS}(?:n['’]t| not|not) (?:be )?(?:nullable|null|empty|"
        rf"missing|blank|optional){_NO_MORE}",
        _required,
    ),
    (
        r"(?P<what>\w+\.\w+) (?:may|can|could) (?:now )?be (?:null|empty|missing|blank)(?: now)?",
        _optional,
    ),
    (
        rf"(?:the )?(?P<what>[\w.'’ ]+?) (?:{_MODALS} )?defaults? to (?P<value>\S+)(?: now)?",
        _default,
    ),
    (
        r"(?:instead of|rather than) (?:really |actually |hard[- ])?(?:deleting|removing) "
        r"(?P<m>\w+),?\s*.*\b(?:mark|flag|hid(?:e|den)|archive|soft)\b.*",
        _soft,
    ),
    (
        r"soft[- ]?delete (?P<m>(?:the |our )?\w+)(?: instead(?: of .+)?)?",
        _soft,
    ),
    (
        rf"(?:let|allow|enable) (?P<u>(?:the |our )?\w+) (?:to )?(?P<v>{_VERBS}) "
        r"(?P<p>(?:the |an? )?\w+)(?:\s*[:,(]\s*(?P<attrs>.+)| with (?P<more>.+))?",
        _deed,
    ),
    (
        rf"(?:an? |the |our )?(?P<u>\w+) (?:{_MODALS}(?: be able to)?|wants? to|would like to|"
        rf"need to) (?P<v>{_VERBS}) (?P<p>(?:the |an? )?\w+)"
        r"(?: (?:from|between) (?P<low>\d+) (?:to|and) (?P<high>\d+)|\s*[:,(]\s*(?P<attrs>.+))?",
        _deed,
    ),
    (r"(?:please )?(?:index|put an index on) (?P<what>\w+\.\w+)", _indexed),
    (r"index (?:on|for) (?P<what>[\w.]+)", _indexed),
)  # fmt: skip
