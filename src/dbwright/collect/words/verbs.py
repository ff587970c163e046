"""Verbs, and what each says of how two things refer to each other."""

from __future__ import annotations

HAVE = {
    "has", "have", "having", "contains", "contain", "includes", "include", "including",
    "containing", "stores", "records", "keeps", "holds", "carries", "owns", "own", "needs",
    "store", "tracks", "hold", "keep", "carry", "comprises", "comprise",
    "requires", "gets", "get", "knows", "know", "offers", "provides", "features", "captures",
    "consists", "consist", "lists", "receives", "receive", "track", "record", "saves",
}  # fmt: skip
HAVE_PHRASES = (
    "consists of", "consist of", "is made up of", "are made up of", "is composed of", "comes with",
    "come with", "are composed of", "is made of", "should have", "must have", "can have",
    "may have",
    "could have", "will have", "shall have", "has to have", "might have", "can contain",
    "may contain",
    "must contain", "can own", "may own", "can hold", "can also have", "is identified by",
    "is described by", "should contain", "should store", "should include", "must include",
    "can include",
    "needs to have", "always has", "always have", "can store", "is stored with", "register with",
    "registers with", "sign up with", "signs up with", "log in with", "logs in with",
    "are stored with",
    "need to have", "is defined by", "are identified by", "are described by", "optionally has",
    "optionally have", "is split into", "is divided into", "are divided into", "are split into",
    "may include",
    "will contain", "is associated with", "are associated with", "is characterized by", "do have",
    "can be associated with", "may receive", "can receive", "may get", "can get",
    "is uniquely identified by",
    "must store", "is grouped into", "should track", "sign in with", "are registered with",
    "is registered with",
)  # fmt: skip
BELONG_PHRASES = (
    "belongs to", "takes place in", "take place in", "takes place at", "is held in", "is held at",
    "belong to", "must belong to", "can belong to", "may belong to", "is part of",
    "are part of", "is owned by", "are owned by", "refers to", "refer to", "references",
    "reference", "points to", "is linked to", "are linked to", "links to", "is attached to",
    "are attached to",
    "is assigned to", "are assigned to", "can be assigned to", "may be assigned to",
    "must be assigned to",
    "is tied to", "are tied to", "is connected to", "are connected to", "is related to",
    "are related to",
    "always belongs to", "always belong to", "should belong to", "has to belong to",
    "must reference",
    "must refer to", "is a part of", "are a part of", "is always part of", "optionally belongs to",
    "is optionally assigned to", "are optionally assigned to", "can optionally belong to",
    "may optionally belong to", "optionally belong to", "is a child of", "is bound to",
    "are bound to",
    "can refer to", "may refer to", "may reference", "can reference", "can be part of",
    "may be linked to",
    "can be linked to", "is contained in", "are contained in", "is located in", "are located in",
    "lives in",
    "is held by", "sits in", "is a member of", "are members of", "can be members of",
    "can be a member of",
    "can be optionally assigned to", "reports to", "must be linked to", "is associated to",
    "optionally references",
    "can be attached to", "may be attached to", "should reference", "should be linked to",
    "are for", "is for", "goes to", "go to", "hangs in", "hang in", "sits at", "sit at", "sits on",
    "stands in", "is parked at", "are parked at", "is kept in", "is placed in", "are placed in",
    "happens at", "takes place on", "is stored at", "is at", "are at", "stands on", "stand on",
    "stand in", "stands at", "stand at", "lies in", "lie in", "lies on", "lie on", "hangs on",
    "hang on", "works at", "work at", "works for", "work for", "happens in", "happen in",
    "has access to", "have access to", "may have access to", "can have access to",
    "takes place in", "sit on", "sit in", "is kept at", "are kept at", "are stored at",
    "are stored in", "is stored in", "are kept in", "starts from", "hangs at",
)  # fmt: skip
MAKING = {
    "write", "place", "create", "make", "post", "submit", "upload", "open", "issue", "publish",
    "author", "send", "book", "own", "file", "order", "raise", "report", "start", "produce",
    "record", "schedule", "leave", "add", "prescribe", "pay", "emit", "measure", "request", "sell",
    "receive", "host", "organize", "organise", "teach", "run", "manage", "lead", "give", "generate",
    "log", "offer", "hold", "maintain_record", "perform", "conduct", "handle", "sign", "borrow",
    "rent", "supply_order",
    "earn", "hire", "employ", "list", "set", "keep", "lend", "contain", "deliver", "ship",
    "bill", "draw", "compose", "release", "register", "buy_ticket", "breed",
    "return", "store", "collect", "operate", "purchase_order", "process", "begin",
    "initiate", "lease", "quote", "propose", "maintain",
}  # fmt: skip
"""The object is made or held by one subject: many-to-one from object to subject."""

SHARING = {
    "enroll", "enrol", "attend", "take", "join", "like", "follow", "register_for", "subscribe",
    "treat",
    "visit", "favorite", "favourite", "vote", "work", "participate", "star", "bookmark", "play",
    "supply", "use", "speak", "know", "watch", "buy", "purchase", "love", "stock", "share", "tag",
    "carry", "cover", "study", "train", "serve", "support", "prefer", "compete", "act", "appear",
    "collaborate", "contribute", "volunteer", "friend", "block", "mention", "read",
}  # fmt: skip
"""Many of the one with many of the other."""

PAIR_NOUNS = {
    "enroll": "enrollment", "enrol": "enrolment", "subscribe": "subscription", "join": "membership",
    "register": "registration", "like": "like", "follow": "follow", "attend": "attendance",
    "favorite": "favorite", "vote": "vote", "participate": "participation", "bookmark": "bookmark",
    "book": "booking", "review": "review", "rate": "rating", "assign": "assignment",
    "apply": "application",
    "borrow": "loan", "star": "star", "react": "reaction", "buy": "purchase",
    "purchase": "purchase",
    "member": "membership", "supply": "supply",
}  # fmt: skip
"""What a pair is called: who enrolls has an enrollment."""

ROLE_NOUNS = {
    "assignee", "reporter", "author", "owner", "creator", "sender", "recipient", "receiver",
    "reviewer", "approver", "editor", "uploader", "admin", "requester", "organizer", "organiser",
    "host", "assigned_to", "created_by", "updated_by", "approved_by", "moderator", "instructor",
    "supervisor", "lead", "responsible", "poster", "writer", "publisher_user", "manager", "teacher",
    "invited_by", "contact", "buyer", "seller", "leader", "operator", "agent", "performed_by",
    "uploaded_by", "reported_by", "reviewed_by", "closed_by", "verified_by", "recorded_by",
}  # fmt: skip
"""Parts that a person plays, where the request has no table of that name."""
PERSONS = ("user", "person", "account", "member", "employee", "staff", "profile", "customer")

PAYLOAD = {"amount", "amounts", "quantity", "role", "roles", "hours", "position", "share",
    "percentage", "grade", "dose", "dosage", "note", "notes", "rank", "since", "joined",
    "order", "count", "weight", "rate", "level", "date"}  # fmt: skip
"""What is usually said of a pair rather than of one of the two: `ingredients with an amount`."""

MODALS = {"must", "can", "cannot", "may", "should", "shall", "will", "could", "might"}
FINITE = {
    "is", "are", "has", "have", "belongs", "belong", "contains", "contain", "consists", "consist",
    "includes", "refers", "refer", "stores", "does", "do", "was", "were", "gets", "get",
    "comprises", "needs", "owns", "keeps", "holds", "requires", "becomes", "become", "goes", "go",
    "starts", "form", "forms", "never", "expire", "expires", "defaults", "overlap", "overlaps",
    "tracks",
    "knows", "receives", "consisting", "cascade", "cascades", "survive", "survives", "exist",
    "exists",
    "equals", "lies", "equal", "deletes", "removes", "links", "connects", "joins", "generate",
    "generates",
    "optionally", "stay", "stays", "reports", "points", "applies", "disappear", "disappears",
    "lives",
    "happen", "happens", "vanish", "comes", "come", "carries", "represents", "describes", "moves",
    "move",
} | MODALS  # fmt: skip
"""Words that make a clause of the words around them."""
NOUNS_TOO = {"reports", "links", "points", "form", "forms", "starts", "moves", "move", "lives",
    "tracks",
             "needs", "stores", "joins", "stay", "stays", "cascade", "cascades",
             "exists"}  # fmt: skip
"""Of those, the ones that are nouns as well: they count where a noun that agrees stands before."""

AUXILIARY = {"is", "are", "be", "was", "were", "been", "get", "gets"}
ALL_VERBS = MAKING | SHARING | {"review", "rate", "comment", "react", "reply", "apply", "assign",
                                "link", "connect", "move", "hire"}  # fmt: skip
