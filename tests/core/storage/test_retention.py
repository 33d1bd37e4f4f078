"""What is forgotten, what is kept, and that nothing in use is lost on the way."""

from __future__ import annotations

import asyncio
import random

import pytest

from core.domain.names import BlobId
from core.errors import NotFoundError
from core.storage.blobs import BlobStore
from core.storage.database import Database
from core.storage.jobs import JobStore
from core.storage.retention import Swept, sweep
from core.storage.tables import BlobRow
from tests.core.storage.making import HINT, NO_LIMITS, FakeClock, Jobs, outcome

DAY = 86_400.0


async def work_on(jobs: JobStore, result: BlobId) -> None:
    lease = await jobs.lease("one", 30.0, 3)
    assert lease is not None
    assert await jobs.finish(lease, outcome(result)) is not None


async def test_old_jobs_go_and_take_their_pictures_along(blobs: BlobStore, jobs: JobStore, clock: FakeClock) -> None:
    picture, mask, result = [await blobs.put(data, "image/png") for data in (b"picture", b"mask", b"result")]
    await jobs.submit([Jobs()(picture=picture, mask=mask)], NO_LIMITS)
    await work_on(jobs, result)
    clock.time += 29 * DAY
    assert await sweep(jobs, blobs, clock, days=30) == Swept(jobs=0, blobs=0)
    clock.time += 2 * DAY
    assert await sweep(jobs, blobs, clock, days=30) == Swept(jobs=1, blobs=3)
    assert not [blob for blob in (picture, mask, result) if await blobs.exists(blob)]


async def test_a_picture_is_kept_while_any_job_uses_it(blobs: BlobStore, jobs: JobStore, clock: FakeClock) -> None:
    picture, result, new = await blobs.put(b"picture", "image/png"), await blobs.put(b"result", "image/png"), Jobs()
    await jobs.submit([new(picture=picture)], NO_LIMITS)
    await work_on(jobs, result)
    await jobs.submit([new(picture=result, mask=picture)], NO_LIMITS)  # a variation, still waiting
    clock.time += 400 * DAY
    assert await sweep(jobs, blobs, clock, days=30) == Swept(jobs=1, blobs=0)
    assert await blobs.get(picture) == b"picture"
    assert await blobs.get(result) == b"result"


async def test_a_control_map_is_kept_while_a_job_uses_it(blobs: BlobStore, jobs: JobStore, clock: FakeClock) -> None:
    picture, hint, new = await blobs.put(b"picture", "image/png"), await blobs.put(b"map", "image/png"), Jobs()
    first, second = new(picture=picture, hint=hint), new(picture=picture, hint=hint)
    await jobs.submit([first], NO_LIMITS)
    await jobs.submit([second], NO_LIMITS)
    clock.time += 400 * DAY
    assert await sweep(jobs, blobs, clock, days=30) == Swept(jobs=0, blobs=0)
    await jobs.delete(first.card)
    assert not await blobs.delete(hint)
    assert await blobs.get(hint) == b"map"
    await jobs.delete(second.card)
    assert await sweep(jobs, blobs, clock, days=30) == Swept(jobs=0, blobs=2)


async def test_a_control_map_goes_with_the_last_job_that_expires(
    blobs: BlobStore, jobs: JobStore, clock: FakeClock
) -> None:
    picture, hint, result = [await blobs.put(data, "image/png") for data in (b"picture", b"map", b"result")]
    await jobs.submit([Jobs()(picture=picture, hint=hint)], NO_LIMITS)
    await work_on(jobs, result)
    clock.time += 31 * DAY
    assert await sweep(jobs, blobs, clock, days=30) == Swept(jobs=1, blobs=3)


async def test_a_job_whose_control_map_was_deleted_is_refused(blobs: BlobStore, jobs: JobStore) -> None:
    picture = await blobs.put(b"picture", "image/png")
    with pytest.raises(NotFoundError):
        await jobs.submit([Jobs()(picture=picture, hint=HINT)], NO_LIMITS)
    assert (await jobs.load()).waiting == 0


async def test_a_picture_put_within_the_day_waits_for_its_job(
    blobs: BlobStore, jobs: JobStore, clock: FakeClock
) -> None:
    old = await blobs.put(b"picture", "image/png")
    clock.time += 10 * DAY
    await blobs.put(b"picture", "image/png")  # again: it counts as new
    clock.time += 0.9 * DAY
    assert await sweep(jobs, blobs, clock, days=0) == Swept(jobs=0, blobs=0)
    clock.time += 0.2 * DAY
    assert await sweep(jobs, blobs, clock, days=0) == Swept(jobs=0, blobs=1)
    with pytest.raises(NotFoundError):
        await jobs.submit([Jobs()(picture=old)], NO_LIMITS)


async def test_the_pictures_of_a_deleted_card_go_with_the_next_sweep(
    blobs: BlobStore, jobs: JobStore, clock: FakeClock
) -> None:
    picture = await blobs.put(b"picture", "image/png")
    job = Jobs()(picture=picture)
    await jobs.submit([job], NO_LIMITS)
    await jobs.delete(job.card)
    clock.time += 25 * 3600
    assert await sweep(jobs, blobs, clock, days=30) == Swept(jobs=0, blobs=1)


async def test_more_pictures_than_one_transaction_takes_are_deleted(
    blobs: BlobStore, jobs: JobStore, database: Database, clock: FakeClock
) -> None:
    async with database.write() as session:
        session.add_all(BlobRow(id=f"{number:064}", size=1, media_type="x", created_at=0.0) for number in range(250))
    assert await sweep(jobs, blobs, clock, days=30) == Swept(jobs=0, blobs=250)


async def test_submissions_beside_a_sweep_are_refused_or_keep_their_picture(
    blobs: BlobStore, jobs: JobStore, clock: FakeClock
) -> None:
    draw, new = random.Random(5), Jobs()
    pictures = {number: b"picture %d" % number for number in range(40)}
    names = {number: await blobs.put(data, "image/png") for number, data in pictures.items()}
    clock.time += 2 * DAY  # all of them may be swept

    async def use_again(number: int) -> bool:
        """Half of the people send the picture again, half use it by its name."""
        await asyncio.sleep(draw.random() * 0.1)
        if number % 2:
            await blobs.put(pictures[number], "image/png")
        try:
            await jobs.submit([new(picture=names[number])], NO_LIMITS)
        except NotFoundError:
            assert not number % 2, "a picture that was sent again is there"
            return False
        return True

    async def sweep_on() -> None:
        for _ in range(5):
            await sweep(jobs, blobs, clock, days=0)

    *accepted, _ = await asyncio.gather(*(use_again(number) for number in pictures), sweep_on())
    for number, was_accepted in enumerate(accepted):
        if was_accepted:
            assert await blobs.get(names[number]) == pictures[number]


async def test_a_put_that_meets_a_deletion_half_way_writes_its_bytes_again(
    blobs: BlobStore, database: Database, clock: FakeClock
) -> None:
    """The deletion holds the writers' lock from before the bytes go until after the row went."""
    blob = await blobs.put(b"picture", "image/png")
    async with database.write() as session:
        again = asyncio.create_task(blobs.put(b"picture", "image/png"))
        await asyncio.sleep(0.05)
        await blobs._delete(session, [blob])
    await again
    assert await blobs.get(blob) == b"picture"
    clock.time += 3000
    assert await blobs.delete_unused(clock.time - 3600) == 0
