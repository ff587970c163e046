"""A code or token is made by a generator whose next value can be foretold.

## What it does

Looks for `random.…` and `uuid1()` in functions and assignments named as a code, token, coupon,
password or key.

## Why is this bad?

`random` is made for simulations: after 624 outputs its state, and so every later and earlier code,
can be computed. `uuid1()` is the time and the machine's address. Who has a few coupons can make
the rest.

## When to leave it

When nobody gains by guessing, as in tests, seeds and samples (left alone), or when the generator
is `SystemRandom`.
"""

from __future__ import annotations

from collections.abc import Iterator

from dbwright.core.finding import Advice, Alternative, Finding, Location, Risk
from dbwright.core.mapping import Mapping
from dbwright.core.rule import Applies, ModelsExample, Reasoned
from dbwright.recipes import model_parts, model_random, models
from dbwright.recipes.model_draft import Draft

APPLIES = Applies()
SEVERITY = "warning"
SECURITY = True
REASONED = Reasoned("the function is the user's own; what it is called with is not known")

BAD = ModelsExample(
    code="""
class Coupon(Base):
    __tablename__ = "coupons"
    id: Mapped[int] = mapped_column(primary_key=True)
    code: Mapped[str] = mapped_column(String(8), unique=True)

def generate_code(length: int = 8) -> str:
    return "".join(random.choices("ABCDEFGH", k=length))
""",
    object="generate_code",
)
GOOD = ModelsExample(
    code="""
class Coupon(Base):
    __tablename__ = "coupons"
    id: Mapped[int] = mapped_column(primary_key=True)
    code: Mapped[str] = mapped_column(String(8), unique=True)

def generate_code(length: int = 8) -> str:
    return "".join(secrets.choice("ABCDEFGH") for _ in range(length))

def pick_a_color() -> str:
    return random.choice(["red", "green"])
""",
)
# as privacyIDEA's: what is drawn is drawn well, and its order tells nothing of it
GOOD_MIXED = ModelsExample(
    code="""
class Coupon(Base):
    __tablename__ = "coupons"
    id: Mapped[int] = mapped_column(primary_key=True)
    code: Mapped[str] = mapped_column(String(8), unique=True)

def generate_code() -> str:
    drawn = [secrets.choice("0123456789"), *(secrets.choice("ABCDEFGH") for _ in range(7))]
    random.shuffle(drawn)
    return "".join(drawn)
""",
)


def check(mapping: Mapping) -> Iterator[Finding]:
    """Yields a finding for each secret that a weak generator makes."""
    for found in model_random.weak(mapping.sources):
        yield Finding(
            message=f"{found.function}() makes it, and its next value can be foretold",
            location=Location.at(found.place, found.owner),
            details={"function": found.function, "written": found.written},
        )


def advise(finding: Finding, mapping: Mapping) -> Advice:
    """Gives the same call on the operating system's generator."""
    function, written = finding.details["function"], finding.details["written"]
    line = finding.location.line or 0
    clock = function == "uuid.uuid1"
    new = (
        written.replace("uuid1", "uuid4")
        if clock
        else f"secrets.SystemRandom().{function.rpartition('.')[2]}"
    )
    draft = Draft(mapping).change(
        finding.location,
        lambda text: model_parts.replace_call_function(text, line, written, new),
    )
    if not clock:
        draft = draft.imports(finding.location, "secrets")
    elif "." not in written:
        draft = draft.imports(finding.location, "uuid", "uuid4")
    fix = draft.fix("take the operating system's generator", otherwise=f"{new}(…)", safety="safe")
    return Advice(
        reason="the module's own page says that random is not to be used for security",
        fix=fix,
        alternatives=(
            Alternative(
                "secrets.token_urlsafe(16): longer, and nothing to choose",
                "nobody can read it out on the telephone",
            ),
        ),
        risk=Risk(
            "a seed no longer repeats the values, on which a test may rely",
            "give the test a generator of its own",
        ),
        undo=models.undo(fix, "put random back"),
        tests="with random.seed(1) called before each, two calls give different values",
        backup="none needed: no row changes; codes handed out so far stay guessable",
    )
