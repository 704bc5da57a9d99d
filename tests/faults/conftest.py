"""Processes to kill, forked from one that has imported everything and opened nothing."""

from __future__ import annotations

import multiprocessing
from collections.abc import Callable, Sequence
from multiprocessing.connection import Connection
from multiprocessing.process import BaseProcess
from pathlib import Path
from typing import Any

import pytest

from tests.support.killed_commands import Command, act, act_on_full_disk

Started = tuple[BaseProcess, Connection]
Start = Callable[..., Started]


@pytest.fixture(scope="session")
def context() -> Any:
    """Where processes come from."""
    context: Any = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(["tests.support.killed_commands"])
    return context


@pytest.fixture(scope="session")
def start(context: Any) -> Start:
    """Start a process that runs commands; `die_at` and `room` are those of `act` and `act_on_full_disk`."""

    def started(data: Path, commands: Sequence[Command], die_at: int | None = None, room: int | None = None) -> Started:
        told, teller = context.Pipe(duplex=False)
        if room is None:
            process = context.Process(target=act, args=(data, commands, teller, die_at))
        else:
            process = context.Process(target=act_on_full_disk, args=(data, *commands, teller, room))
        process.start()
        teller.close()
        return process, told

    return started
