"""Tests of a sync session as those of an async one: functions are async, calls are awaited."""

from __future__ import annotations

import libcst as cst

_AWAITED = ("flush", "delete", "refresh", "scalar")


def as_async(text: str) -> str:
    """Gives functions that take `session` as async ones, which await it and each other."""
    return cst.parse_module(text).visit(_Awaiting()).code


class _Awaiting(cst.CSTTransformer):
    def leave_Call(self, original_node: cst.Call, updated_node: cst.Call) -> cst.BaseExpression:
        """Awaits a function of the module, and what talks to the database."""
        func = updated_node.func
        if isinstance(func, cst.Name):
            own = func.value.startswith("new_") or func.value == "saved"
            return cst.Await(updated_node) if own else updated_node
        if not isinstance(func, cst.Attribute) or not isinstance(func.value, cst.Name):
            return updated_node
        asks = func.value.value == "session" and func.attr.value in _AWAITED
        return cst.Await(updated_node) if asks else updated_node

    def leave_Attribute(
        self, original_node: cst.Attribute, updated_node: cst.Attribute
    ) -> cst.Attribute:
        """Puts brackets around what is awaited before a part of it is taken."""
        value = updated_node.value
        if not isinstance(value, cst.Await):
            return updated_node
        inner = value.with_changes(lpar=[cst.LeftParen()], rpar=[cst.RightParen()])
        return updated_node.with_changes(value=inner)

    def leave_FunctionDef(
        self, original_node: cst.FunctionDef, updated_node: cst.FunctionDef
    ) -> cst.FunctionDef:
        """Makes a function async that has the session."""
        names = [param.name.value for param in updated_node.params.params]
        if "session" not in names:
            return updated_node
        return updated_node.with_changes(asynchronous=cst.Asynchronous())
