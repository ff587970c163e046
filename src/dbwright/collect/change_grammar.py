"""Words that several forms of clauses share, and how a form is matched.

In a form a space stands for any white space, outside of square brackets.
"""

from __future__ import annotations

import functools
import re

BAG = (
    r"(?:preferences?|settings?|options|configurations?|config|custom fields|extra "
    r"data|metadata|properties|feature flags|extra attributes|additional data)"
)
STORE = (
    r"(?:track|store|keep|hold|record|save|remember|log|capture|persist)(?:s|ing)?(?: "
    r"track of)?"
)
COLUMN = (
    r"(?:(?:an?|the|new|another|extra|additional|json|jsonb) )*(?:columns?|fields?|"
    r"attributes?|place|way|property)"
)
ADD = r"(?:add|create|introduce|include|put|append)"


@functools.cache
def compiled(form: str) -> re.Pattern[str]:
    """Gives a form as a pattern that ignores case.

    >>> bool(compiled(r"rename (?P<old>[\\w ]+?) to (?P<new>\\w+)").fullmatch("Rename a b  to c"))
    True
    """
    parts = re.split(r"(\[[^\]]*\])", form)
    text = "".join(part if part.startswith("[") else part.replace(" ", r"\s+") for part in parts)
    return re.compile(text, re.IGNORECASE)
