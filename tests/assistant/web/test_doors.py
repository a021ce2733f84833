"""Few are let in at once, the others wait, too many are turned away, and no place is ever lost."""

from __future__ import annotations

import asyncio

import pytest

from assistant.web.doors import Lane, Refused


async def test_no_more_than_the_bound_are_inside_and_all_come_through() -> None:
    lane, inside, most, through = Lane(), 0, 0, 0

    async def guest() -> None:
        nonlocal inside, most, through
        async with lane:
            inside += 1
            most = max(most, inside)
            await asyncio.sleep(0.001)
            inside -= 1
            through += 1

    await asyncio.gather(*(guest() for _ in range(Lane.AT_ONCE + Lane.WAITING)))
    assert (most, through) == (Lane.AT_ONCE, Lane.AT_ONCE + Lane.WAITING)


async def test_one_too_many_is_turned_away_and_who_gives_up_leaves_its_place() -> None:
    lane, leave = Lane(), asyncio.Event()

    async def guest() -> None:
        async with lane:
            await leave.wait()

    guests = [asyncio.create_task(guest()) for _ in range(Lane.AT_ONCE + Lane.WAITING)]
    await asyncio.sleep(0)
    with pytest.raises(Refused, match="waiting") as refused:
        await lane.__aenter__()
    assert refused.value.status == 429
    guests[-1].cancel()
    await asyncio.sleep(0)
    guests.append(asyncio.create_task(guest()))
    await asyncio.sleep(0)
    leave.set()
    done = await asyncio.gather(*guests, return_exceptions=True)
    assert sum(isinstance(outcome, asyncio.CancelledError) for outcome in done) == 1
    async with lane:
        pass
