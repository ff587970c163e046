"""Rules about a whole domain: whose rows they are, which keys and which currency."""

from __future__ import annotations

from collections.abc import Sequence

from dbwright.collect.words.attributes import Having
from dbwright.collect.words.clause import Clause
from dbwright.collect.words.draft import Draft, naming, shown_entity, spoken
from dbwright.collect.words.keywords import listed
from dbwright.collect.words.limits import currency_of
from dbwright.collect.words.patterns import Grammar
from dbwright.collect.words.resolve import split_and, subject
from dbwright.collect.words.tokens import Token
from dbwright.collect.words.vocabulary import BUNDLE_NAMES

grammar = Grammar()
Found = dict[str, Sequence[Token]]
_EVERYTHING = "|".join(
    sorted(
        listed(
            """
    every_row every_record each_row each_record everything all_data all_rows all_tables
    every_table all_records each_table all_entities every_entity all_other_tables
    everything_else all_of_it the_data data all_the_data all_models every_model all_objects
    """
        )
    )
)


@grammar.reads(
    _EVERYTHING
    + " belongs_to|belong_to|is_owned_by|are_owned_by|is_scoped_to|are_scoped_to|is_separated_by|"
    "are_separated_by|must_belong_to|is_isolated_per|is_isolated_by|is_per|are_per|is_scoped_by|"
    "are_scoped_by|is_partitioned_by|is_tied_to|is_kept_per|is_separate_per|should_belong_to|has|"
    "is_separated_per|are_isolated_per a|an|one|exactly_one|its|the|each? {tenant*}",
    "multi-tenant|multitenant|multi_tenant [system|app|application|platform] "
    "by|per|with|on|,|—|(|: {tenant} )?",
    "it|this|the_system|the_app|the_application|we is|are a? "
    "multi-tenant|multitenant|multi_tenant [system|app|application|platform] by|per|with {tenant*}",
    "tenants|the_tenants|tenant|the_tenant|a_tenant|each_tenant|every_tenant "
    "is|are [a|an|the|called|our] {tenant*}",
    "tenant|the_tenant :|=|is {tenant*}",
    "every|all|each table|tables|row|rows|record|records|entity|entities|thing|things|data|model|"
    "models except|but|besides|other_than {others} "
    "belongs_to|belong_to|is_scoped_to|are_scoped_to|has|have|is_owned_by|are_owned_by "
    "a|an|one|exactly_one|its|the|each? {tenant*}",
    "everything|all except|but|besides|other_than {others} belongs_to|belong_to|is_scoped_to|"
    "is_owned_by a|an|one|exactly_one|its|the|each? {tenant*}",
    "the? {tenant} is the tenant",
    "{tenant} are|is our? the? tenants|tenant",
    "scoped by|per|to {tenant*}",
    "tenancy [is|by|:|per] {tenant*}",
    "rows|data of one? {tenant} <not> be visible|seen|accessible|reachable to|by|for {rest*}",
    "{tenant} <not> see|access|read each_other's|other_tenants'|another_tenant's data|rows",
)
def tenant(clause: Clause, draft: Draft, slots: Found) -> bool:
    """`every row belongs to an organization`."""
    words = [t for t in slots["tenant"] if t.low not in ("called", "id", "_id")]
    words, others = _excepted(words)
    others = [*others, *slots.get("others", ())]
    key = subject(clause, draft, words, new=True)
    if not key or (not draft.is_thing(words) and {"has", "have"} & set(clause.words)):
        return False
    if draft.tenant and draft.tenant != key:
        clause.problem(
            f"Rows belong to a {spoken(draft.tenant)} elsewhere and to a {spoken(key)} here."
        )
        return True
    draft.tenant = key
    draft.entity(key).defined = True
    clause.means(f"every row belongs to a {spoken(key)}, but for what is shared")
    for part in split_and(others):
        if known := draft.find(part):
            draft.shared.append((known[0], clause))
            draft.entity(known[0]).flags["shared"] = True
            clause.means(f"{shown_entity(known[0])} is shared, not owned")
        else:
            clause.unread(part)
    return True


def _excepted(words: list[Token]) -> tuple[list[Token], list[Token]]:
    """`an organization except plans, which are shared`: the tenant, and what it does not own."""
    lows = [t.low for t in words]
    at = next((n for n, low in enumerate(lows) if low in ("except", "besides", "but")), len(words))
    others = [t for t in words[at + 1 :] if t.low not in ("for", "the", "shared", "global")]
    end = next((n for n, t in enumerate(others) if t.low in ("which", "that", "who")), len(others))
    return [t for t in words[:at] if t.low != ","], others[:end]


@grammar.reads("multi-tenant|multitenant|multi_tenant|it_is_multi-tenant [system|app|application]")
def several_tenants(clause: Clause, draft: Draft, slots: Found) -> bool:
    """`multi-tenant`: who the tenant is, another clause says."""
    if not draft.known.tenant:
        return False
    clause.means(f"every row belongs to a {spoken(draft.known.tenant)}, but for what is shared")
    return True


@grammar.reads(
    "{rows} <not> refer_to|point_at|point_to|reference|belong_to|use|be_linked_to|link_to|have "
    "{other} "
    "of|from another|a_different|other|different {tenant*}",
    "{rows} and {other} <may> belong_to|be_of the_same {tenant*}",
)
def within_tenant(clause: Clause, draft: Draft, slots: Found) -> bool:
    """`a booking must never point at a room of another company`: keys keep tenants apart."""
    rows, other = draft.find(slots["rows"]), draft.find(slots["other"])
    owner = draft.find(slots["tenant"])
    if not (rows and other and owner) or owner[0] != draft.known.tenant:
        return False
    clause.means(
        f"the {spoken(other[0])} of a {spoken(rows[0])} is of the same {spoken(owner[0])}: keys "
        f"between rows hold the tenant"
    )
    return True


@grammar.reads(
    "{rows} is|are global|shared|common [between|by|across|among|for|to {all*}]",
    "{rows} <notbe> owned_by|tied_to|scoped_to|part_of a|an|any {all*}",
    "{rows} <not> belong_to a|an|any {all*}",
    "shared : {rows*}",
    "{rows} is|are the same for all|every {all*}",
)
def shared(clause: Clause, draft: Draft, slots: Found) -> bool:
    """`countries are shared between tenants`."""
    done = False
    if "belong" in clause.words and not (draft.tenant and draft.find(slots.get("all", ()))):
        return False
    for part in split_and(slots["rows"]):
        found = draft.find(part)
        if found:
            clause.unread(found[1])
            draft.shared.append((found[0], clause))
            draft.entity(found[0]).flags["shared"] = True
            clause.means(f"{shown_entity(found[0])} is shared, not owned")
            done = True
        else:
            clause.unread(part)
    return done


@grammar.reads(
    "[use] uuid|uuids|guids [as|for] primary? keys|ids|key",
    "use uuids|uuid|guids [everywhere]",
    "use uuid|uuids|guids [as|for] all? primary? keys|ids|key "
    "everywhere|for_all_tables|in_all_tables",
    "[use|all] primary? keys|ids are|as uuid|uuids|guids",
    "all? [primary] keys|ids are|should_be|must_be uuid|uuids",
    "use uuid primary? keys",
    "with uuid|uuids primary? keys",
    "all? tables use|have uuid|uuids primary? keys|ids|key",
)
def uuids(clause: Clause, draft: Draft, slots: Found) -> bool:
    """`use UUIDs as primary keys`."""
    draft.keys = "uuid"
    clause.means("keys are UUIDs")
    return True


@grammar.reads(
    "[use] integer|integers|bigint|bigints|serial|numeric primary? keys|ids|key",
    "[use] integers as|for primary? keys|ids",
    "all? primary? keys|ids are integers|integer",
)
def integers(clause: Clause, draft: Draft, slots: Found) -> bool:
    """`integer keys`."""
    draft.keys = "integer"
    clause.means("keys are integers")
    return True


@grammar.reads(
    "[all] prices|amounts|money|sums|totals|payments|everything|values [and {more}] "
    "is|are|stored|must_be always|only|all? stored? in|as {currency*}",
    "currency is|: [always] {currency*}",
    "[we] only? use|uses only? {currency} "
    "as_currency|as_the_currency|as_our_currency|only|everywhere",
    "the currency is always? {currency*}",
    "all? prices|amounts in {currency*}",
)
def currency(clause: Clause, draft: Draft, slots: Found) -> bool:
    """`all amounts are in EUR`."""
    words = [t for t in naming(slots["currency"]) if t.low not in ("only", "currency", "always")]
    code = currency_of(words[0].low) if len(words) == 1 else ""
    if not code and len(words) == 1 and words[0].text.isupper() and len(words[0].text) == 3:
        code = words[0].text
    if not code:
        return False
    draft.currency = code
    clause.means(f"amounts are in {code}")
    return True


@grammar.reads(
    "{kind} is|are a? "
    "kind|kinds|type|types|sort|special_case|special_kind|subtype|special_type|subclass of {base*}",
    "{kind} inherits|inherit|extends|extend|derives|derive from? {base*}",
    "{kind} is|are also? a|an {base*}",
)
def kind_of(clause: Clause, draft: Draft, slots: Found) -> bool:
    """`a manager is a kind of employee`."""
    base = draft.find(slots["base"])
    plain = not {
        "kind",
        "type",
        "sort",
        "kinds",
        "types",
        "inherits",
        "inherit",
        "extends",
        "extend",
        "special",
        "subtype",
        "subclass",
        "derives",
    } & set(clause.words)
    if base is None or base[1] or (plain and draft.find(slots["kind"]) is None):
        return False
    kind = subject(clause, draft, slots["kind"], new=True)
    if not kind or kind == base[0]:
        return False
    draft.entity(kind).flags["kind_of"] = base[0]
    draft.entity(kind).defined = True
    clause.means(f"{shown_entity(kind)} is a kind of {spoken(base[0])}")
    return True


@grammar.reads(
    "{base} is|are the|a|an? general|base|abstract|common|generic|parent|super "
    "thing|class|type|entity|kind|concept|term|model|one|table|case [for|of {kinds}] : {items*}",
    "{base} is|are the|a|an? general|base|abstract|common|generic|parent "
    "thing|class|type|entity|kind|concept|term|model|one|table|case with {items*}",
    "{base} is|are the|a|an? superclass|supertype|base|parent [for|of {kinds}] :|with {items*}",
)
def base_with(clause: Clause, draft: Draft, slots: Found) -> bool:
    """`vehicle is the general thing: plate number, daily rate`: what all kinds of it have."""
    base = subject(clause, draft, slots["base"], new=True)
    if not base:
        return False
    draft.entity(base).defined = True
    draft.last = base
    clause.means(f"{shown_entity(base)} is an entity, of which there are kinds")
    for part in split_and(slots.get("kinds", ())):
        kind = draft.find(part)
        if kind and not kind[1] and kind[0] != base:
            draft.entity(kind[0]).flags["kind_of"] = base
            clause.means(f"{shown_entity(kind[0])} is a kind of {spoken(base)}")
    return Having(clause, draft, base, listed=True).read(slots["items"])


@grammar.reads(
    "everything|every_table|all_tables|each_table|every_row|all_rows|every_entity|all_entities|"
    "all_models|every_model has|have|gets|get|needs|need|with {bundle*}",
    "add|use {bundle} to|on|in|for everything|every_table|all_tables|each_table|all_entities|"
    "all_models|every_model|every_entity",
)
def everywhere(clause: Clause, draft: Draft, slots: Found) -> bool:
    """`everything has created and updated timestamps`."""
    words = [t.low for t in slots["bundle"] if t.low not in ("a", "an", "the", "and", "columns")]
    text = " ".join(words).replace(" / ", "/")
    bundle = BUNDLE_NAMES.get(text) or BUNDLE_NAMES.get(text.replace("_", " "))
    if set(words) <= _STAMPS and words:
        bundle = "timestamps"
    if bundle not in ("timestamps", "soft delete"):
        return False
    for key in draft.keys_of():
        draft.entity(key).flags["timestamps" if bundle == "timestamps" else "soft_delete"] = True
    told = (
        "keeps when a row was made and changed" if bundle == "timestamps" else "marks deleted rows"
    )
    clause.means(f"every table {told}")
    return True


_STAMPS = {"created_at", "updated_at", "created", "updated", "at", "timestamps", "/", "timestamp",
    "changed", "modified", "dates"}  # fmt: skip


@grammar.reads("{kind} is|are a|an {base} with|that_has|which_has {items*}")
def kind_with(clause: Clause, draft: Draft, slots: Found) -> bool:
    """`a car is a vehicle with a number of doors`."""
    base = draft.find(slots["base"])
    kind = subject(clause, draft, slots["kind"], new=True)
    if base is None or base[1] or not kind or kind == base[0]:
        return False
    draft.entity(kind).flags["kind_of"] = base[0]
    draft.entity(kind).defined = True
    draft.last = kind
    clause.means(f"{shown_entity(kind)} is a kind of {spoken(base[0])}")
    return Having(clause, draft, kind).read(slots["items"])


@grammar.reads(
    "{rows} have|has|get|gets|need|needs|use|uses a? public|opaque ids|id|identifier|identifiers",
    "{rows} is|are publicly? visible|addressed|reachable|exposed in|by urls|url|the_url|addresses",
    "ids|id of {rows} is|are public",
)
def public(clause: Clause, draft: Draft, slots: Found) -> bool:
    """`orders have a public id`."""
    entity = subject(clause, draft, slots["rows"], new=False)
    if not entity:
        return False
    draft.entity(entity).flags["public_id"] = True
    clause.means(f"{shown_entity(entity)} is seen in addresses by the public")
    return True
