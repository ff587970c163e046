"""The forms of clauses that change models, in the order in which they are tried.

A space stands for any white space.
"""

from __future__ import annotations

from collections.abc import Sequence

from dbwright.collect import change_reads, change_reads_more
from dbwright.collect.change_grammar import ADD, BAG, COLUMN, STORE
from dbwright.collect.change_relationships import RELATIONSHIPS, Form

_ACCESS = (
    r"(?:list|look up|search|filter|find|query|fetch|sort|show|read|get|order|page "
    r"through)"
)
_WHO = (
    r"(?:we|users|they|people|the app|support|it) (?:(?:often|always|mostly|frequently|"
    r"usually|will|only) )*"
)
_ORDER = (
    r"(?P<order>,?\s*(?:(?:newest|latest|oldest|most recent)(?: first)?|(?:sorted|"
    r"ordered|and sort|and order) by \w+(?: desc(?:ending)?| newest first)?))"
)
_WHOLE = r"(?:[^()]|\([^()]*\))+?"
"""What ends in no bracket: (open, on hold) is one thing."""
FORMS: Sequence[Form] = (
    (
        r"rename (?:the )?(?:column |field |attribute )?(?P<old>[\w.`' ]+?) (?:column |"
        r"field )?(?:on|in|of|from) (?P<model>[\w. ]+?) (?:to|as|into) (?P<new>[\w.`]+)",
        change_reads.rename_read,
    ),
    (
        r"rename (?:the )?(?:column |field |attribute )?(?P<old>[\w.`' ]+?) (?:to|as|"
        r"into) (?P<new>[\w.`]+) (?:on|in|of) (?P<model>[\w. ]+)",
        change_reads.rename_read,
    ),
    (
        r"rename (?:the )?(?:column |field |attribute |model |table |class "
        r")?(?P<old>[\w.`' ]+?) (?:to|as|into) (?P<new>[\w.`]+)",
        change_reads.rename_read,
    ),
    (
        r"(?:remove|drop|delete|take away) (?:the )?(?P<kind>unique(?:ness)?(?: constraint|"
        r" index)?|index|not[ -]null(?: constraint)?) (?:on|of|from|for) (?P<what>.+)",
        change_reads_more.take_read,
    ),
    (
        r"alter table (?P<sure>)(?P<model>\w+) add (?:column )?(?P<what>.+)",
        change_reads.columns_read,
    ),
    (
        r"alter table (?P<model>\w+) drop (?:column )?(?P<what>\w+)",
        change_reads_more.dropped_read,
    ),
    (
        r"alter table (?P<model>\w+) rename (?:column )?(?P<old>\w+) to (?P<new>\w+)",
        change_reads.rename_read,
    ),
    (
        r"(?:make )?(?P<model>[\w.]+(?: \w+)??) (?:(?:should|must) be |are |is |to be )?"
        r"soft[- ]delet(?:able|ed)",
        change_reads_more.soft_read,
    ),
    (
        r"(?:remove|drop|delete|get rid of) (?P<what>.+)",
        change_reads.remove_read,
    ),
    (
        rf"(?:{ADD} )?(?:an? )?(?P<unique>unique )?(?:composite |combined )?index "
        rf"(?:on|for|to|over) (?P<what>.+)",
        change_reads.index_read,
    ),
    (
        rf"(?:{ADD} )?(?:an? )?(?P<unique>unique) (?:constraint|key) (?:on|for|over) "
        rf"\(?(?P<what>[\w,. ]+?)\)? (?:to|on|of|in) (?P<model>[\w. ]+)",
        change_reads.index_read,
    ),
    (
        rf"(?:{ADD} )?(?:an? )?(?P<unique>unique) (?:constraint|key) (?:on|for|to|over) "
        rf"(?P<what>.+)",
        change_reads.index_read,
    ),
    (
        r"index (?P<what>.+)",
        change_reads.index_read,
    ),
    (
        rf"(?:{_WHO})?{_ACCESS} (?:the |all |our )?(?P<model>\w+) by "
        rf"(?P<by>.+?)(?:{_ORDER})?",
        change_reads.access_read,
    ),
    (
        rf"(?:{_WHO}){_ACCESS} (?:an? |the |each |every )?(?P<owner>\w+)['’]s? "
        rf"(?P<model>[\w ]+?){_ORDER}?",
        change_reads.access_read,
    ),
    (
        rf"(?:{_WHO}){_ACCESS} (?:the |all )?(?P<model>\w+) of (?:an? |the |one "
        rf")?(?P<owner>\w+){_ORDER}?",
        change_reads.access_read,
    ),
    (
        r"(?:increase|extend|raise|set|limit|reduce|shorten|widen|change) (?:the )?"
        r"(?:max(?:imum)? )?(?:length|size|limit) of (?P<what>[\w.'` ]+?) to (?P<size>\d+)"
        r"(?: characters?| chars?)?",
        change_reads_more.sized_read,
    ),
    (
        r"allow (?:nulls? (?:in|on|for) )?(?P<what>[\w.'`’]+(?: (?:of|on|in) \w+)?)"
        r"(?: to be (?:null|empty|missing|optional|nullable))?",
        change_reads_more.nulls_read,
    ),
    (
        r"(?P<what>\w+\.\w+) (?:is|are) (?P<no>not |no longer )?(?P<how>optional|nullable|"
        r"required|mandatory|unique|indexed)",
        change_reads.make_read,
    ),
    (
        r"(?:change|convert|alter|switch|turn|widen) (?:the )?(?:type of "
        r")?(?P<what>[\w.'` ]+?)(?: (?:column|field))?(?:['’]s type)?(?: from "
        r"\S+(?:\s*\([\d,\s]+\))?)? (?:in)?to (?:be )?(?:an? "
        r")?(?P<type>\w+(?:\s*\([\d\s,]+\))?)",
        change_reads.retype_read,
    ),
    (
        r"(?:make|mark|set|declare|turn) (?P<what>[\w.'`’, ]+?) (?:(?:to be|as) "
        r")?(?P<no>no longer |non-)?(?P<how>(?:not null|nullable|optional|required|"
        r"mandatory|unique|indexed|an? \w+(?:\([\d,\s]+\))?|\w+\([\d,\s]+\)|text|"
        r"bigint)(?:(?:\s*,\s*| and )(?:not null|nullable|optional|required|unique|"
        r"indexed))*)(?: (?:on|in|of|for) (?P<model>[\w. ]+))?",
        change_reads.make_read,
    ),
    (
        r"(?P<what>[\w.'`’]+(?: \w+)?) (?:should|must|has to|have to|needs to|may|can) "
        r"(?P<no>not |no longer )?(?:always )?be (?P<how>.+)",
        change_reads.make_read,
    ),
    (
        r"(?:set )?(?:the )?default (?:value )?(?:of|for) (?P<what>[\w.'’]+) (?:to|is|"
        r"should be|=) (?P<value>\S+)",
        change_reads.default_read,
    ),
    (
        r"(?P<what>\w+\.\w+) (?:should )?defaults? to (?P<value>\S+)",
        change_reads.default_read,
    ),
    *RELATIONSHIPS,
    (
        rf"{ADD} (?:an? |the )?(?:new )?(?:table|model) for (?P<name>[\w ]+?)"
        rf"(?: (?:with|having|containing) (?P<attrs>.+))?",
        change_reads.model_read,
    ),
    (
        rf"{ADD} (?P<sure>)(?P<model>\w+)\.(?P<what>\w.*)",
        change_reads.columns_read,
    ),
    (
        rf"{ADD} (?:an? |the )?(?:new )?(?P<name>[\w ]+?) (?:model|table|entity|"
        rf"class)(?: (?:with|having|containing) (?:an? |the "
        rf")?(?P<attrs>.+?))??(?:[\s,]+(?:and )?(?:(?:with )?(?:an? )?relationships? "
        rf"to|related to|for|belonging to|linked to|that belongs to|which belongs to|"
        rf"of|owned by|referencing|referring to|pointing to|attached to) "
        rf"(?P<rel>[\w ,]+))?",
        change_reads.model_read,
    ),
    (
        rf"{ADD} (?:an? |the )?(?:new )?(?:{BAG}) (?:column|field) (?:to {STORE}|for) "
        rf"(?P<topic>.+)",
        change_reads.stored_read,
    ),
    (
        rf"(?:{ADD} )?{COLUMN} (?:(?:on|to|in) (?P<model>[\w. ]+?) )?(?:(?:to|that|"
        rf"which|where we|so we can) {STORE}|for) (?P<topic>.+)",
        change_reads.stored_read,
    ),
    (
        rf"{STORE} (?P<topic>.+)",
        change_reads.stored_read,
    ),
    (
        rf"{ADD} (?P<what>{_WHOLE}) (?P<sure>to|on|onto|into|in) (?P<model>[\w.]+(?: "
        rf"\w+)??(?: (?:model|table|class))?)(?P<rest>(?:\s*[,(]| with default| "
        rf"default| that (?:is|must)| as\s).*)?",
        change_reads.columns_read,
    ),
    (
        rf"{ADD} (?P<what>{_WHOLE}) for (?P<model>[\w.]+(?: \w+)??(?: (?:model|table|"
        rf"class))?)(?P<rest>\s*[,(].*)?",
        change_reads.columns_read,
    ),
    (
        r"give (?:each |every |all |the |an? )?(?P<sure>)(?P<model>[\w.]+) "
        r"(?P<what>(?:an? |the |their |its ).+)",
        change_reads.columns_read,
    ),
    (
        rf"{ADD} {COLUMN}",
        change_reads_more.nothing_read,
    ),
    (
        r"(?:the |each |every |an? )?(?P<sure>)(?P<model>[\w.]+(?: \w+)??) "
        r"(?:(?:will|also|can|may|might) )?(?:needs?(?: to have)?|should (?:have|get)|"
        r"must have|gets?|requires?|wants?|ha(?:s|ve)) (?P<what>.+)",
        change_reads.columns_read,
    ),
)
