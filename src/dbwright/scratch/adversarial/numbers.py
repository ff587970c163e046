"""Numbers around constants: neighbors, signs, and where a division or a product turns."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from decimal import Decimal, localcontext

from dbwright.scratch.adversarial.known import Known, grouped, interleaved
from dbwright.scratch.rows_types import Shape

INTEGERS = ("smallint", "integer", "bigint")
_LIMITS = {"smallint": 2**15, "integer": 2**31, "bigint": 2**63}
_LARGEST = Decimal(10) ** 18


def near(shape: Shape, beside: Sequence[Known]) -> list[str]:
    """Gives numbers at which comparisons with these constants turn, the nearest first."""
    with localcontext() as context:
        context.prec = 40
        return interleaved(
            [_text(number, shape) for number in _turning(numbers, shape)]
            for numbers in ([k.number for k in group] for group in grouped(beside))
        )


def plain(shape: Shape) -> list[str]:
    """Gives a few numbers that are always good to have: zero, signs, small ones."""
    if shape.family in INTEGERS:
        return ["1", "2", "0", "3", "-1", "5", "-3", "10", "9", "100", "250", "-150"]
    if shape.family == "float":
        return ["1", "0", "-1", "0.5", "1.5", "2.5", "-0.5", "1.75", "10"]
    return ["1", "0", "-1", "0.5", "1.5", "-0.5", "10", "9", "99.99"]


def edges(shape: Shape, dialect: str) -> list[str]:
    """Gives the ends of the type, and numbers that are none."""
    if shape.family in INTEGERS:
        limit = _LIMITS[shape.family]
        wide = [str(2**53), str(2**53 + 1)] if shape.family == "bigint" else []
        return [str(limit - 1), str(-limit), *wide, str(limit // 10), "46341"]
    if dialect != "postgresql":
        return ["1e10", "-1e10"]
    if shape.family == "float":
        return ["NaN", "Infinity", "-Infinity", "1e10", "-1e10"]
    if shape.length:
        top = Decimal(10) ** (shape.length - (shape.scale or 0)) - _step(shape)
        return ["NaN", str(top), str(-top)]
    return ["NaN", "Infinity", "-Infinity", "12345678901234567890"]


def _turning(numbers: Sequence[Decimal | None], shape: Shape) -> Iterator[Decimal]:
    found = [number for number in dict.fromkeys(numbers) if number is not None]
    found = [number for number in found if abs(number) < _LARGEST * 10]
    step = _step(shape)
    yield from found
    for number in found:
        yield from (number + step, number - step)
    for one in found:
        for other in found:
            if one != other or len(found) == 1:
                yield from _together(one, other, step)
    for number in found:
        yield from (-number, -number + step, -number - step, number * 2, number / 2)
        if shape.family not in ("smallint", "integer", "bigint"):
            yield from (number + Decimal("0.5"), number - Decimal("0.5"))


def _together(one: Decimal, other: Decimal, step: Decimal) -> Iterator[Decimal]:
    """Where `x / one` or `x * one` or `x + one` meets the other constant, and around it."""
    product = one * other
    inside = product + abs(one) / 2
    around = (product - step, product + step, product + one, product + one - step)
    yield from (product, inside, *around, -product, -inside, *(-item for item in around))
    yield from (other - one, other - one + step, other - one - step, other + one)
    if one:
        yield from (other / one, other / one + step)


def _step(shape: Shape) -> Decimal:
    if shape.family in INTEGERS:
        return Decimal(1)
    if shape.family == "float":
        return Decimal("0.5")
    return Decimal(1).scaleb(-(shape.scale if shape.scale is not None else 2))


def _text(number: Decimal, shape: Shape) -> str:
    if shape.family in INTEGERS:
        return str(int(number))
    if shape.family == "float":
        return str(float(number))
    scale = shape.scale if shape.scale is not None else (0 if shape.length else 2)
    return str(number.quantize(Decimal(1).scaleb(-scale)))
