"""The child's loop: fences up, then one command after the other."""

from __future__ import annotations

import contextlib
import faulthandler
import gc
import os
import signal
import sys
import traceback
from typing import Any, NoReturn

from . import failures, fence_drivers, fence_engine, fence_network, frames, overlay, refusal
from .channel import Channel
from .state import current


def serve(read_fd: int, write_fd: int) -> None:
    """Serves the parent until it closes the pipe; never returns."""
    channel = Channel(read_fd, write_fd)
    hello = channel.receive()
    if hello is None:
        os._exit(0)
    _settle(channel, hello)
    _show_last_line()
    from . import commands

    fences = _fences_of(hello.get("deploys"))
    # a large project's classes live on: looking through them for garbage again and again is waste
    gc.freeze()
    gc.set_threshold(50_000, 20, 100)
    overlay.install()
    while True:
        order = channel.receive()
        if order is None:
            os._exit(0)
        channel.send(_answer(commands, order, fences))


def _settle(channel: Channel, hello: dict[str, Any]) -> None:
    current.channel = channel
    current.root = os.path.abspath(hello["root"])
    current.dialect = hello["dialect"]
    current.server_version = hello.get("server_version")
    frames.forget()
    os.chdir(current.root)
    sys.argv = ["alembic"]
    for folder in (current.root, os.path.join(current.root, "src"), current.above_package()):
        if os.path.isdir(folder) and folder not in sys.path:
            sys.path.append(folder)


def _show_last_line() -> None:
    """Prints where user code stands when it is asked to, when it crashes, or calls os._exit."""
    output = os.dup(2)
    faulthandler.enable(output, all_threads=False)
    if hasattr(faulthandler, "register"):
        faulthandler.register(signal.SIGUSR1, output, all_threads=False)
    owner, leave = os.getpid(), os._exit

    def shown(status: int) -> NoReturn:
        if os.getpid() == owner and frames.caller():
            faulthandler.dump_traceback(output, all_threads=False)
        leave(status)

    os._exit = shown


def _raise_fences() -> list[str]:
    held = fence_network.install()
    refusal.hurry()
    fence_drivers.install()
    fence_engine.install()
    return ["engines", "drivers", *held]


def _fences_of(deploys: str | None) -> list[str]:
    """Gives the fences: around one database in a deployment, none where it lists its databases."""
    if deploys is None:
        return _raise_fences()
    if deploys == "list":
        return []
    from . import deploy_engine, deploy_watch

    deploy_engine.install()
    deploy_watch.install()
    return ["engines", "drivers"]


def _answer(commands: Any, order: dict[str, Any], fences: list[str]) -> dict[str, Any]:
    """Gives the result of one command, or what stopped it; user code may raise anything."""
    current.begin(bool(order.get("hosted")))
    overlay.lay(order.get("edited") or {})
    owner = os.getpid()
    try:
        result = {"result": commands.run(order["command"], order["arguments"], fences)}
    except BaseException as error:
        traceback.print_exception(type(error), error, error.__traceback__)
        result = {"failure": failures.described(error)}
    if os.getpid() != owner:
        os._exit(0)
    for stream in (sys.stdout, sys.stderr):
        with contextlib.suppress(Exception):
            stream.flush()
    if current.channel is not None:
        fence_engine.empty_pools()
        gone = sys.modules.get(f"{__package__}.deploy_engine")
        if gone is not None:
            gone.empty_pools()
        current.channel.callbacks.clear()
    gc.collect()  # connections that user code left open are closed before the answer
    if not current.hosted:
        gc.freeze()  # what was left without a database is no connection: classes, mostly
    return result
