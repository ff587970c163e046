"""Words of how rows are looked up: which come first, and words there that say nothing."""

from __future__ import annotations

from dbwright.collect.words.tokens import Token

NEWEST = (("newest", "first"), ("latest", "first"), ("most", "recent", "first"), ("newest", "to",
    "oldest"),
           ("in", "reverse", "chronological", "order"), ("most", "recent", "ones", "first"),
           ("recent", "first"),
           ("last", "first"), ("from", "newest", "to", "oldest"), ("the", "newest", "first"),
           ("newest", "on", "top"))  # fmt: skip
OLDEST = (("oldest", "first"), ("earliest", "first"), ("in", "chronological", "order"),
    ("chronologically",),
           ("oldest", "to", "newest"), ("by", "age"), ("the", "oldest", "first"))  # fmt: skip
RECENT = {"latest", "newest", "recent", "last"}
LOOSE = {"often", "frequently", "usually", "quickly", "mostly", "constantly", "regularly", "all",
    "the", "a", "an",
          "most", "their", "its", "always", "up", "open_ended", "every", "mainly", "typically",
          "fast",
          "list", "lists", "of", "given", "certain", "specific", "particular", "each", "one",
          "any", "top"}  # fmt: skip
DATED = ("created", "placed", "ordered", "posted", "recorded", "measured", "sent", "published",
    "received", "moved",
          "taken", "logged", "started", "starts", "booked", "occurred", "happened", "paid",
          "issued", "registered",
          "enrolled", "uploaded", "submitted", "read", "observed", "written", "made", "date",
          "timestamp", "time",
          "due", "changed", "updated", "transferred", "captured", "opened", "reported")  # fmt: skip


def order(words: list[Token]) -> tuple[list[Token], str]:
    """Takes `newest first` and the like out of words, and says which it is."""
    lows = [t.low for t in words]
    for phrases, which in ((NEWEST, "newest"), (OLDEST, "oldest")):
        for phrase in phrases:
            for at in range(len(lows) - len(phrase) + 1):
                if tuple(lows[at : at + len(phrase)]) == phrase:
                    return [*words[:at], *words[at + len(phrase) :]], which
    for at, low in enumerate(lows):
        named = words[at + 1 : -1]
        first = low in ("latest", "newest", "highest", "oldest", "earliest") and 0 < len(named) < 4
        if first and lows[-1] == "first":  # `latest pickup first`
            down = [_DOWN] if low in ("latest", "newest", "highest") else []
            return [*words[:at], _SORTED, *named, *down], ""
    return words, ""


_SORTED = Token("sorted", "sorted", "word", 0, 0, 0)
_DOWN = Token("desc", "desc", "word", 0, 0, 0)
