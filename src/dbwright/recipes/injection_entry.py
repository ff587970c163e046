"""Where values enter a program: the endpoints of a web application, the commands of a shell."""

from __future__ import annotations

import ast

from dbwright.recipes.model_syntax import Function, dotted, keyword

_VERBS = {"get", "post", "put", "patch", "delete", "head", "options"}
_ROUTES = {
    "route", "websocket", "api_route", "command", "expose", "view_config", "subscriber", "tool",
    "on_event", "on_message", "message_handler", "errorhandler", "query", "mutation",
    "context_processor", "api_view", "action", "lambda_handler",
}  # fmt: skip
_VIEWS = ("View", "Resource", "Endpoint", "Handler", "Controller", "ViewSet")


def is_entry(function: Function, owner: ast.ClassDef | None) -> bool:
    """Whether a framework calls it with what came from outside."""
    for node in function.decorator_list:
        name = dotted(node.func if isinstance(node, ast.Call) else node)
        head, _, last = name.rpartition(".")
        if last in _ROUTES or (head and last in _VERBS):
            return True
    bases = [dotted(base) for base in owner.bases] if owner else []
    return function.name in _VERBS and any(base.endswith(_VIEWS) for base in bases)


def enters(function: Function, parameter: str) -> bool:
    """Whether an entry's parameter is the caller's own text: not injected, and not one of a few."""
    default = default_of(function, parameter)
    if isinstance(default, ast.Call) and dotted(default.func).endswith(("Depends", "Security")):
        return False
    annotation = annotation_of(function, parameter)
    called = [node for node in ast.walk(annotation or ast.Pass()) if isinstance(node, ast.Call)]
    if any(dotted(node.func).endswith(("Depends", "Security")) for node in called):
        return False
    return not _is_narrow_option(function, parameter)


def _is_narrow_option(function: Function, parameter: str) -> bool:
    """`@click.option("--sort", type=click.Choice(…))`."""
    for node in function.decorator_list:
        if not isinstance(node, ast.Call):
            continue
        names = {str(item.value) for item in node.args if isinstance(item, ast.Constant)}
        if parameter not in {name.lstrip("-").replace("-", "_") for name in names}:
            continue
        kind = keyword(node, "type")
        if keyword(node, "is_flag") or keyword(node, "count"):
            return True
        return kind is not None and dotted(kind) not in {"str", "click.STRING", "STRING"}
    return False


def default_of(function: Function, parameter: str) -> ast.expr | None:
    """Gives a parameter's default, None without one."""
    arguments = function.args
    plain = [*arguments.posonlyargs, *arguments.args]
    given = dict(zip([one.arg for one in reversed(plain)], reversed(arguments.defaults)))  # noqa: B905
    only = zip(arguments.kwonlyargs, arguments.kw_defaults, strict=True)
    given |= {one.arg: value for one, value in only if value is not None}
    return given.get(parameter)


def annotation_of(function: Function, parameter: str) -> ast.expr | None:
    """Gives a parameter's annotation, None without one."""
    arguments = function.args
    for one in (*arguments.posonlyargs, *arguments.args, *arguments.kwonlyargs):
        if one.arg == parameter:
            return one.annotation
    return None


def is_checked_option(tree: ast.AST, option: str) -> bool:
    """Whether argparse lets only a few values or numbers through as `args.option`."""
    for node in ast.walk(tree):
        if not isinstance(node, ast.Call) or not dotted(node.func).endswith("add_argument"):
            continue
        names = [str(item.value) for item in node.args if isinstance(item, ast.Constant)]
        to = keyword(node, "dest")
        names += [str(to.value)] if isinstance(to, ast.Constant) else []
        if option not in {name.lstrip("-").replace("-", "_") for name in names}:
            continue
        kind, action = keyword(node, "type"), keyword(node, "action")
        narrow = kind is not None and dotted(kind) not in {"str", ""}
        return narrow or keyword(node, "choices") is not None or action is not None
    return False
