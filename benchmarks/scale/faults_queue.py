"""Scenes of a queue: its broker killed, its workers asked to end; the process asked to end."""

from __future__ import annotations

import random
import signal
import sys
import threading
import time
from argparse import Namespace
from pathlib import Path

from kills import ADD, COMMAND, Workers, chains_of, commands, fill, hired, judged
from servers import Redis, until
from sqlalchemy import Engine
from trial import ROWS, SMALL, server

from dbwright.backfill import chains, engine_of, start, status, work
from dbwright.backfill.run import Progress

chains.SECONDS, chains.LATER = 2.0, 1.0
"""As those of the workers."""


def broker(place: Path, times: int) -> str:
    """Redis killed and started again, with and without a file of what it has."""
    return "; ".join(
        f"{'with' if keeps else 'without'} its file: {_broker(place, times, keeps)}"
        for keeps in (True, False)
    )


def _broker(place: Path, times: int, keeps: bool) -> str:
    chance = random.Random(15)
    sent: list[str] = []
    said: list[Progress] = []
    with server(place / f"pg{keeps}") as primary:
        redis = Redis(place / f"redis{keeps}", keeps).start()
        arguments = Namespace(engine="celery", broker=redis.url, url=primary.url())
        engine = engine_of(arguments.url)
        fill(engine, ROWS * times // 10)
        command, variables = commands(arguments, place)
        made = chains_of(arguments, variables, place)

        def send(name: str, workers: int, seconds: float) -> None:
            made.send(name, workers, seconds)
            sent.append(name)

        counted = chains.Chains(made.engine, send)
        counted.start(ADD, SMALL, workers=2)
        waits = threading.Thread(target=lambda: counted.wait("add", 2, watch=said.append))
        waits.start()
        killed = 0
        try:
            with hired(command, variables, place) as workers:
                while killed < times and waits.is_alive():
                    _walks(engine, workers, chance.randrange(5, 60))
                    redis.kill()
                    killed += 1
                    time.sleep(chance.random())
                    redis.start()
                until(lambda: workers.keep() or not waits.is_alive(), "the backfill ends")
        finally:
            redis.kill()
        away = sum("broker" in each.waits_for for each in said)
        found = status(engine, "add")
        return (
            f"{killed} kills, {len(sent)} messages sent by who waits, {away} times without a "
            f"broker, {found.state}, {found.batches:,} batches, {judged(engine)}"
        )


def _walks(engine: Engine, workers: Workers, count: int) -> None:
    """Waits until so many more batches are done, by workers that are kept."""
    batches = status(engine, "add").batches + count
    until(lambda: workers.keep() or _is_at(engine, batches), "batches go on")


def _is_at(engine: Engine, batches: int) -> bool:
    found = status(engine, "add")
    return found.state != "running" or found.batches >= batches


def interrupted(place: Path, times: int) -> str:
    """SIGINT to each engine in the middle of its work, then another worker that ends it."""
    with server(place / "pg") as primary:
        redis = Redis(place / "redis", keeps=False).start()
        try:
            names = ("process", "celery", "procrastinate")
            return "; ".join(_interrupted(place, primary.url(), redis.url, name) for name in names)
        finally:
            redis.kill()


def _interrupted(place: Path, url: str, broker: str, name: str) -> str:
    arguments = Namespace(engine=name, broker=broker, url=url)
    engine = engine_of(url)
    fill(engine, 3 * ROWS)  # so many that it is still at work
    start(engine, ADD, SMALL)
    command, variables = commands(arguments, place)
    if name == "process":
        words = ["migrations", "backfill", "add", "--db", url, "--resume", "--yes", "-q"]
        command = [sys.executable, "-c", COMMAND, *words, "--target-seconds", "0.02"]
    else:
        chains_of(arguments, variables, place).ensure("add", 1)
    with hired(command, variables, place, count=1) as workers:
        _walks(engine, workers, 20)
        worker = workers.each[0]
        began = time.monotonic()
        worker.send_signal(signal.SIGINT)
        worker.wait()
        seconds = time.monotonic() - began
    found = status(engine, "add")
    start(engine, ADD, SMALL)
    ended = work(engine, "add").outcome
    return (
        f"{name}: status {worker.returncode} after {seconds:.1f} s, {found.workers} ranges held, "
        f"{found.state} at {found.rows:,} rows; then {ended}, {judged(engine)}"
    )


SCENES = (broker, interrupted)
