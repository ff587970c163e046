"""Rules about rows over time: deletion, freezing, versions, growth, who owns them."""

from __future__ import annotations

from collections.abc import Sequence

from dbwright.collect.words.attributes import Having
from dbwright.collect.words.clause import Clause
from dbwright.collect.words.draft import DETERMINERS, Draft, attribute_name, naming, shown_entity
from dbwright.collect.words.morphology import FINAL_PARTICIPLE
from dbwright.collect.words.patterns import Grammar
from dbwright.collect.words.resolve import PRONOUNS, attribute, subject
from dbwright.collect.words.tokens import Token
from dbwright.collect.words.vocabulary import CHOICES

grammar = Grammar()
Found = dict[str, Sequence[Token]]


@grammar.reads(
    "{rows} <notbe>|<not>_get changed|updated|modified|edited|altered [after|once|when {more*}]",
    "{rows} is|are "
    "immutable|append-only|append_only|write-once|read-only|insert-only|only_ever_inserted|"
    "only_added|only_appended",
    "never update|change|modify|edit {rows*}",
    "{rows} <not> change|changes",
    "append-only {rows*}",
    "append-only|append_only|insert-only|immutable",
    "never changed|updated|modified|edited|altered [later|again|afterwards]",
    "{rows} never changed|updated|modified|edited|altered [later|again|afterwards]",
    "{rows} <notbe>|<not>_get changed|updated|modified|edited|altered afterwards|later|again",
)
def append_only(clause: Clause, draft: Draft, slots: Found) -> bool:
    """`movements are never changed`; of an attribute, that it is not."""
    rows = slots.get("rows", ())
    found = draft.find(rows)
    if found is None and all(token.low in PRONOUNS for token in rows):
        found = (clause.subject or draft.last, ())
    if found is None or not found[0] or slots.get("more"):
        return False
    if found[1] and not _says_nothing(draft, found[0], found[1]):
        return False
    if rows and attribute(clause, draft, rows) and not draft.is_thing(rows):
        return False
    draft.entity(found[0]).flags["append_only"] = True
    clause.means(f"{shown_entity(found[0])}: rows are never changed")
    return True


def _says_nothing(draft: Draft, entity: str, words: Sequence[Token]) -> bool:
    """`a submitted bid`: what is done to all rows of what has no states and no such moment."""
    plain = [t for t in words if t.low not in DETERMINERS]
    if len(plain) != 1 or not FINAL_PARTICIPLE.match(plain[0].low):
        return not plain
    names = draft.attributes_of(entity)
    known = any(n in CHOICES or n.split("_")[0] == plain[0].low for n in names)
    return not known and not {"status", "state", "stage"} & set(names)


@grammar.reads(
    "{rows} <may> be {done}",
    "{rows} <may> be flagged|marked as an|a? {flag}",
    "{rows} <may> be flagged|marked as an|a? {flag} , which by default it is not",
)
def can_be(clause: Clause, draft: Draft, slots: Found) -> bool:
    """`a booking can be cancelled`, `can be flagged as an outlier`: when, or whether, it was."""
    may = {"can", "may", "could", "might"} & set(clause.words)
    entity = subject(clause, draft, slots["rows"], new=False)
    words = list(slots.get("flag") or slots.get("done", ()))
    found = draft.find(slots["rows"])
    if found is None and all(t.low in PRONOUNS for t in slots["rows"]):
        found = (entity, ())
    if found is None or [t for t in found[1] if t.low not in DETERMINERS] or "only" in clause.words:
        return False
    if not may or not entity or len(words) != 1 or not words[0].is_name:
        return False
    low = words[0].low
    if "flag" in slots:
        draft.entity(entity).attribute("is_" + low).say(clause, type="boolean", default=False)
        clause.means(f"{shown_entity(entity)}.is_{low}: boolean, false by default")
        return True
    values = [v for each in draft.values_of(entity).values() for v in each]
    if not FINAL_PARTICIPLE.match(low) or low in _DONE_OTHERWISE:
        return False
    if low in values:
        clause.means(f"{low} is a value of {shown_entity(entity)} already")
        return True
    draft.entity(entity).attribute(low + "_at").say(clause, type="datetime", required=False)
    clause.means(f"{shown_entity(entity)}.{low}_at: datetime, optional")
    return True


_DONE_OTHERWISE = {"deleted", "removed", "changed", "updated", "modified", "edited", "nested",
    "used", "shared", "booked", "listed", "found", "read", "seen", "searched", "sorted", "filtered",
    "assigned", "linked", "restored", "related", "reused", "opened", "repeated"}  # fmt: skip


@grammar.reads(
    "[we] store|stores|keep|keeps|save only|just? a|the hash|digest of a|the|its|their? {name*}",
    "only|just a|the hash|digest of a|the|its|their? {name} is stored|kept|saved",
    "{name} is|are|must_be stored|kept|saved only|just? as a? hash|digest",
)
def hash_only(clause: Clause, draft: Draft, slots: Found) -> bool:
    """`store only a hash of the key`: a token, of which a digest is kept."""
    words = list(slots["name"])
    comma = next((at for at, token in enumerate(words) if token.low == ","), len(words))
    entity = clause.subject or draft.last
    name = attribute_name(naming(words[:comma]))
    if not entity or not name or len(name.split("_")) > 3:
        return False
    kind = "password" if name.endswith(("password", "pin", "passphrase")) else "token"
    draft.entity(entity).attribute(name).say(clause, type=kind)
    clause.means(f"{shown_entity(entity)}.{name}: {kind}, of which only a hash is stored")
    rest = [t for t in words[comma + 1 :] if t.low != "with" or t is not words[comma + 1]]
    if rest:
        Having(clause, draft, entity, listed=True).read(rest)
    return True


@grammar.reads(
    "the? {name} is|are|must_be|gets copied to|into|onto [the|a|an|each] {rows} [and|,] "
    "[then|is|it] "
    "[then|is] [frozen|fixed|kept|unchanged|never_changes|never_changed]",
)
def copied_to(clause: Clause, draft: Draft, slots: Found) -> bool:
    """`the daily rate is copied to the rental and then frozen`."""
    rows = draft.find(slots["rows"])
    if rows is None or rows[1]:
        return False
    name = attribute_name(naming(slots["name"]))
    draft.entity(rows[0]).attribute(name).said["immutable"] = True
    draft.entity(rows[0]).flags.setdefault("frozen", set()).add(name)
    clause.means(f"{shown_entity(rows[0])}.{name} is a copy that later changes do not touch")
    return True


@grammar.reads(
    "concurrent|simultaneous|parallel edits|changes|updates|writes|modifications [of|to|on "
    "{rows}] <not> overwrite|clobber|lose {rest*}",
    "concurrent|simultaneous|parallel edits|changes|updates|writes [of|to|on {rows}] <not> be lost",
    "two users|people|editors|persons <not> overwrite {rest*}",
    "two|several|2|many {who} editing|changing|updating|working_on|saving the? same {rows} [at "
    "the same time] "
    "<not> overwrite {rest*}",
    "{before*} -> optimistic locking|lock|concurrency on|for|of {rows}",
    "no lost updates|update [on|of|for|to {rows*}]",
    "lost updates [on|of|for|to {rows}] <not>_be|must_be|are|should_be "
    "prevented|detected|refused|allowed|avoided|lost|possible",
    "{rows} is|are|use|uses|needs|need|has|have optimistic locking|locked|concurrency|lock "
    "[control]",
    "{rows} is|are|must_be|should_be optimistically locked",
    "use|add|apply|with? optimistic locking|lock|concurrency on|for|of {rows*}",
    "{rows} is|are|must_be versioned",
    "nobody <may>? overwrite|overwrites {rest*}",
    "use|with? optimistic locking|concurrency [control]",
    "prevent lost updates [on|of|for|to {rows*}]",
    "an? edit|update|write <not> overwrite {rest*}",
)
def versioned(clause: Clause, draft: Draft, slots: Found) -> bool:
    """`concurrent edits must not overwrite each other`."""
    words = list(slots.get("rows", ()))
    lows = [t.low for t in slots.get("rest", ())]
    if not words and any(low in lows for low in ("of", "to", "on")):
        at = max(index for index, low in enumerate(lows) if low in ("of", "to", "on"))
        words = list(slots["rest"])[at + 1 :]
    entity = subject(clause, draft, words, new=False)
    if not entity:
        return False
    draft.entity(entity).flags["versioned"] = True
    clause.means(f"{shown_entity(entity)}: a write over somebody else's write is refused")
    return True


@grammar.reads(
    "{name} at_the_time_of|at_time_of|at_the_moment_of {event} "
    "is|are|must_be|has_to_be|should_be "
    "kept|stored|frozen|saved|remembered|preserved|recorded|copied|fixed",
    "[we] keep|keeps|store|stores|freeze|save|remember|record {name} "
    "at_the_time_of|at_time_of|as_of|valid_at|at_the_moment_of {event*}",
    "{name} is|are|must_be frozen|fixed|copied|snapshotted|kept|stored when|once|as|at {event*}",
    "later changes of|to|in {name} <not> change|affect|alter|touch {event*}",
    "changing {name} <not> change|affect|alter|touch {event*}",
    "price changes <not> change|affect|alter|touch {event*}",
)
def frozen(clause: Clause, draft: Draft, slots: Found) -> bool:
    """`the price at the time of the order is kept`."""
    words = [t for t in slots.get("name", ()) if t.low not in ("we",)] or [
        t for t in clause.tokens if t.low == "price"
    ]
    lows = [t.low for t in words]
    source = ""
    if "of" in lows[1:]:
        at = lows.index("of", 1)
        known = draft.find(words[at + 1 :])
        source, words = (known[0] if known else ""), words[:at]
    elif len(words) > 1 and (known := draft.find(words[:-1])) and not draft.is_thing(words):
        source, words = known[0], [t for t in words[-1:] if t.low != "'s"]
    name = attribute_name(naming(words)[-2:])
    event = draft.find(
        [
            t
            for t in slots.get("event", ())
            if t.low not in ("placed", "is", "was", "are", "existing", "old", "past", "existing")
        ]
    )
    holder = _holder(draft, name, event[0] if event else "", source)
    if holder is None:
        clause.unread(
            clause.tokens, "No entity that belongs to it holds such a value: name where it is kept."
        )
        return False
    entity, held = holder
    draft.entity(entity).attribute(held).said["immutable"] = True
    draft.entity(entity).flags.setdefault("frozen", set()).add(held)
    clause.means(f"{shown_entity(entity)}.{held} is a copy that later changes do not touch")
    return True


def _holder(draft: Draft, name: str, event: str, source: str) -> tuple[str, str] | None:
    """The entity that keeps the copy: what was meant, or what belongs to it and has such a one."""
    last = name.split("_")[-1]
    near = [key for key in draft.keys_of() if key == event or event in draft.roles_of(key).values()]
    near.sort(key=lambda key: key == event)
    for key in near:
        if key == source:
            continue
        for held in draft.attributes_of(key):
            if held == name or held.split("_")[-1] == last:
                return key, held
    if near and source:
        return near[0], last
    return None


# growth
