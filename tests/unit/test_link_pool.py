"""Processes that link: the time limit holds, and whoever comes next is served."""

from __future__ import annotations

import asyncio
import json
from dataclasses import replace

import pytest

from service.errors import InvalidArgument, StoreUnavailable, TimedOut
from service.settings import Settings
from service.workers.link_pool import LinkPool
from service.workers.link_task import LinkTask

pytestmark = pytest.mark.system


def test_texts_past_the_time_limit_are_given_up_and_the_next_ones_served(demo_settings: Settings) -> None:
    store = str(demo_settings.data / "current" / "store")
    task = LinkTask(release=1, store=store, tag="1", texts=["analyse data"])
    many = replace(task, texts=["analyse big data in the cloud, and write it down. " * 300] * 500)

    async def work() -> None:
        pool = LinkPool(demo_settings.model_copy(update={"link_seconds": 15.0}))
        try:
            with pytest.raises(TimedOut):
                await pool.run(many)
            assert json.loads(await pool.run(task))["results"][0]["links"]
            with pytest.raises(InvalidArgument):
                await pool.run(replace(task, language="xx"))
            with pytest.raises(StoreUnavailable):
                await pool.run(replace(task, store=store + "-gone", tag="2"))
            assert json.loads(await pool.run(task))["results"][0]["links"]
        finally:
            await pool.close()

    asyncio.run(work())
