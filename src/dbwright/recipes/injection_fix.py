"""Turns an f-string inside text() into a text with bound parameters, by libcst."""

from __future__ import annotations

import re

import libcst as cst

from dbwright.recipes import model_splice
from dbwright.recipes.model_source import AtLine, call_name, edited

_VALUE = re.compile(r"(=|<|>|\b(like|ilike|limit|offset|between|and|values\s*\())\s*$", re.I)
_SQL_NAME = re.compile(r"[^0-9A-Za-z_]+")


def bound(text: str, line: int) -> str | None:
    """Gives the text with `text(f"… {x} …")` at the line as `text("… :x …").bindparams(x=x)`.

    None when a hole stands where SQL takes no parameter, as a table's name or an order.
    """
    return model_splice.at_statement(
        text, line, lambda piece, at: edited(piece, _Binder(piece, at))
    )


class _Binder(AtLine):
    def leave_Call(self, original_node: cst.Call, updated_node: cst.Call) -> cst.BaseExpression:
        place = self.positions[original_node]
        here = self.inside and place.start.line == self.line and not self.done
        if not here or call_name(original_node) != "text" or not original_node.args:
            return updated_node
        argument = original_node.args[0]
        if not isinstance(argument.value, cst.FormattedString):
            return updated_node
        made = _Text(argument.value).made()
        if made is None:
            return updated_node
        string, values = made
        self.done = True
        first = updated_node.args[0].with_changes(value=string)
        call = updated_node.with_changes(args=[first, *updated_node.args[1:]])
        tight = cst.SimpleWhitespace("")
        equal = cst.AssignEqual(whitespace_before=tight, whitespace_after=tight)
        bound = [
            cst.Arg(cst.parse_expression(value), keyword=cst.Name(name), equal=equal)
            for name, value in values.items()
        ]
        return cst.Call(cst.Attribute(call, cst.Name("bindparams")), bound)


class _Text:
    """One f-string with its holes, as texts before, between and after them."""

    def __init__(self, node: cst.FormattedString) -> None:
        self.start = node.start
        self.end = node.end
        self.texts = [""]
        self.holes: list[str] = []
        for part in node.parts:
            if isinstance(part, cst.FormattedStringText):
                self.texts[-1] += part.value
            elif isinstance(part, cst.FormattedStringExpression):
                self.holes.append(cst.Module([]).code_for_node(part.expression))
                self.texts.append("")

    def made(self) -> tuple[cst.BaseExpression, dict[str, str]] | None:
        """Gives the plain string and the values by name; None where a hole cannot be bound."""
        values: dict[str, str] = {}
        for number, hole in enumerate(self.holes):
            before, after = self.texts[number], self.texts[number + 1]
            name = self._name(hole, values)
            if "".join(self.texts[: number + 1]).count("'") % 2 == 1:
                if "'" not in before or "'" not in after:
                    return None
                head, _, prefix = before.rpartition("'")
                suffix, _, tail = after.partition("'")
                self.texts[number], self.texts[number + 1] = f"{head}:{name}", tail
                around = prefix or suffix
                values[name] = f'f"{prefix}{{{hole}}}{suffix}"' if around else hole
            elif _VALUE.search(before):
                self.texts[number] = f"{before}:{name}"
                values[name] = hole
            else:
                return None
        start = self.start.replace("f", "", 1).replace("F", "", 1)
        body = "".join(self.texts).replace("{{", "{").replace("}}", "}")
        return cst.parse_expression(f"{start}{body}{self.end}"), values

    @staticmethod
    def _name(hole: str, values: dict[str, str]) -> str:
        head, called, _ = hole.partition("(")
        bare = head.rpartition(".")[0] if called and "." in head else head
        last = _SQL_NAME.sub("_", bare.rpartition(".")[2]).strip("_").lower() or "value"
        name = last if last[0].isalpha() else f"value_{last}"
        while name in values:
            name += "_"
        return name
