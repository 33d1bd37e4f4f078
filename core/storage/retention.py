"""Forgetting: finished jobs after some days, and pictures that no job uses any more."""

from __future__ import annotations

from dataclasses import dataclass

from core.domain.clock import Clock
from core.queue.ports import JobQueue
from core.storage.blobs import BlobStore

_DAY = 86_400.0
_GRACE = _DAY  # a picture that was put may wait this long for its job: pages stay open overnight


@dataclass(frozen=True, kw_only=True, slots=True)
class Swept:
    """What one sweep did."""

    jobs: int
    blobs: int


async def sweep(jobs: JobQueue, blobs: BlobStore, clock: Clock, days: float) -> Swept:
    """Forget jobs that ended more than `days` ago, then every original, mask and result that no job uses.

    A job that is still there keeps its pictures however old they are. Safe at any time, beside anything else.
    """
    forgotten = await jobs.expire(clock.now() - days * _DAY)
    await blobs.adopt_strays()
    return Swept(jobs=forgotten, blobs=await blobs.delete_unused(clock.now() - _GRACE))
