"""Limits of numbers and of lengths, units and currencies behind a noun."""

from __future__ import annotations

from dbwright.collect.words.item import Item
from dbwright.collect.words.scan import Scan

_CURRENCIES = {
    "eur": "EUR", "euro": "EUR", "euros": "EUR", "€": "EUR", "usd": "USD", "dollar": "USD",
    "dollars": "USD", "$": "USD", "gbp": "GBP", "pounds": "GBP", "£": "GBP", "chf": "CHF",
    "francs": "CHF", "yen": "JPY", "jpy": "JPY", "cad": "CAD", "aud": "AUD", "inr": "INR",
}  # fmt: skip
_UNITS = {
    "kg", "g", "grams", "kilograms", "km", "m", "cm", "mm", "meters", "metres", "kilometers",
    "miles", "minutes", "seconds", "hours", "days", "weeks", "months", "years", "celsius", "°c",
    "fahrenheit", "liters", "litres", "ml", "mg", "kwh", "watts", "volts", "pages", "bytes", "mb",
    "gb", "ms", "milliseconds", "points", "pieces", "units", "lbs", "pounds", "feet", "inches",
    "degrees", "m²", "m2", "m³", "m3", "km²", "sqm", "kw", "mw", "mwh", "wh", "l", "t", "cl",
    "gram", "kilogram", "kilometer", "kilometre", "meter", "metre", "litre", "liter", "minute",
    "second", "hour", "kb", "sqft", "mins", "secs", "hrs", "ha", "hpa", "pascal", "lux", "ppm",
    "db", "cents", "kilometres", "centimeters",
}  # fmt: skip
_LENGTHS = {"characters", "chars", "character", "letters", "char", "symbols", "signs"}
_ENDS = ("", ",", ")", "long")
_AT_LEAST = (">=", "at least", "min", "minimum", "minimum of", "no less than", "not less than",
             "min length", "not below", "minimum length", "greater than or equal to", "min.",
             "starting at",
             "not shorter than", "must be at least", "starting from", "no fewer than")  # fmt: skip
_AT_MOST = ("<=", "at most", "max", "maximum", "maximum of", "no more than", "not more than",
    "up to",
            "max length", "maximum length", "not longer than", "no longer than", "limited to",
            "must not exceed", "may not exceed", "cannot exceed", "not exceeding", "never exceeds",
            "less than or equal to", "not above", "not over", "max of", "up to a maximum of",
            "not greater than", "no greater than", "not longer", "may not be longer than",
            "must not be longer than", "cannot be longer than", "capped at",
            "length")  # fmt: skip
_ABOVE = (
    ">",
    "greater than",
    "more than",
    "above",
    "larger than",
    "bigger than",
    "over",
    "exceeding",
)
_BELOW = (
    "<",
    "less than",
    "below",
    "smaller than",
    "under",
    "fewer than",
    "lower than",
    "shorter than",
)


_PLACES = ("decimals", "decimal places", "decimal digits", "decimal place", "decimal",
    "digits after the point", "digits behind the point", "fractional digits", "decimal points",
    "digits after the decimal point")  # fmt: skip
_WHOLE_DIGITS = 12


def decimals(scan: Scan, item: Item) -> bool:
    """Reads `with 3 decimals`, `to two decimal places`."""
    start = scan.at
    scan.take("with up to", "with", "to", "up to", "at most", "max", "of", "has", "have", "in")
    value = scan.number()
    if value is None or value > _WHOLE_DIGITS or not scan.take(*sorted(_PLACES, key=len)[::-1]):
        scan.at = start
        return False
    scan.take("precision")
    alone = scan.done or scan.separated() or scan.low() == ")"
    if scan.tokens[scan.at - 1].low == "decimal" and not alone:
        scan.at = start
        return False
    kind = item.said.get("type", "decimal")
    item.take({"type": "decimal" if kind in ("integer", "float", "string") else kind})
    item.take({"precision": _WHOLE_DIGITS + int(value), "scale": int(value)})
    return True


def _exactly(scan: Scan, item: Item) -> bool:
    """`exactly 2 characters`."""
    start = scan.at
    if scan.take("exactly", "of exactly"):
        value = scan.number()
        if value is not None and scan.low() in _LENGTHS | {"digits"}:
            scan.at += 1
            scan.take("long")
            item.take({"minimum": int(value), "length": int(value), "type": "string"})
            return True
    scan.at = start
    return False


def limits(scan: Scan, item: Item) -> bool:
    """Reads a limit, `at most 200`, `from 1 to 5`; gives whether one was there."""
    if _exactly(scan, item):
        return True
    start = scan.at
    if scan.take("from", "between", "in the range", "ranging from", "range", "in range"):
        scan.take("from", "of", "between")
        if _range(scan, item):
            return True
        scan.at = start
        return False
    if scan.now.kind == "number" and _range(scan, item):
        return True
    scan.at = start
    for phrases, key in (
        (_AT_LEAST, "minimum"),
        (_AT_MOST, "maximum"),
        (_ABOVE, "above"),
        (_BELOW, "below"),
    ):
        for phrase in sorted(phrases, key=len, reverse=True):
            if scan.take(phrase):
                scan.take(":", "=", "of", "is")
                value = scan.number()
                if value is not None and scan.low() != "of":
                    _limit(scan, item, key, value)
                    return True
                scan.at = start
    return _trailing_limit(scan, item, start)


def _trailing_limit(scan: Scan, item: Item, start: int) -> bool:
    """`200 characters`, `1 or more`, `not zero`."""
    value = scan.number()
    if value is not None:
        if scan.take("or more", "or higher", "or greater", "and up", "or above", "and more"):
            item.take({"minimum": value})
            return True
        if scan.take("or less", "or fewer", "or lower", "at most", "max", "or below"):
            item.take({"maximum": value})
            return True
        if scan.low() in _LENGTHS or (scan.low() == "digits" and scan.low(1) in _ENDS):
            scan.at += 1
            scan.take("long", "max", "at most", "maximum")
            item.take({"length": int(value)})
            return True
    scan.at = start
    return False


def _range(scan: Scan, item: Item) -> bool:
    low = scan.number()
    if low is None or not scan.take("to", "and", "-", "—", "..", "through", "until"):
        if low is None or scan.done or not scan.low().startswith("-"):
            return False
        high = scan.number()
        high = -high if high is not None else None
    else:
        high = scan.number()
    if high is None:
        return False
    if scan.low() in _LENGTHS or item.said.get("type") in ("string", "text"):
        scan.at += scan.low() in _LENGTHS
        scan.take("long")
        item.take({"minimum": low, "length": int(high)})
        return True
    item.take({"minimum": low, "maximum": high})
    unit(scan, item)
    return True


def _limit(scan: Scan, item: Item, key: str, value: float) -> None:
    if scan.low() in _LENGTHS:
        scan.at += 1
        scan.take("long", "in length")
        item.take({"length": int(value)} if key == "maximum" else {key: value, "type": "string"})
    elif key == "maximum" and (
        item.said.get("type") in ("string", "text")
        or item.marks.get("guess") in ("text", "url", "email", "slug")
        or scan.take("long")
    ):
        item.take({"length": int(value)})
    else:
        item.take({key: value})
        unit(scan, item)


def is_unit(word: str) -> bool:
    """Whether a word is a unit, which behind a comma is a name rather than a qualifier."""
    return word in _UNITS


def unit(scan: Scan, item: Item) -> bool:
    """Reads a unit behind a number or after `in`."""
    start = scan.at
    scan.take("in", "(in", "measured in")
    if scan.take("percent", "%", "per cent"):
        item.take({"type": "percent"})
        return True
    if scan.low() in _UNITS and (scan.at > start or scan.low() != "m"):
        item.take({"unit": scan.low()})
        scan.at += 1
        scan.take("or more", "or less")
        return True
    scan.at = start
    return False


def money(scan: Scan, item: Item) -> bool:
    """Reads a currency, which makes an amount of money."""
    start = scan.at
    scan.take("in")
    if scan.low() in _CURRENCIES:
        item.take({"type": "money", "currency": _CURRENCIES[scan.low()]})
        scan.at += 1
        return True
    scan.at = start
    return False


def currency_of(word: str) -> str:
    """Gives the code of a currency that a word names, "" for none."""
    return _CURRENCIES.get(word, "")
