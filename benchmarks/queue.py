"""What the queue costs with 10,000 jobs waiting, against an empty one, in one run.

    python -m benchmarks.queue

Prints each operation's median and ratio, and how much resident memory grew; writes benchmarks/results/queue.json.
"""

from __future__ import annotations

import asyncio
import statistics
import tempfile
import time
from collections.abc import Coroutine
from dataclasses import dataclass, field
from decimal import Decimal
from itertools import count
from pathlib import Path
from typing import Any, TypeVar

import psutil

from benchmarks.reporting import report
from core.domain.clock import SystemClock
from core.domain.job import Job, Status
from core.domain.names import BlobId, CardId, JobId, PersonId, Place, Platform, new_id
from core.domain.request import Request
from core.queue.ports import Limits
from core.storage.database import Database
from core.storage.jobs import JobStore
from core.storage.tables import BlobRow

WAITING = 10_000
ROUNDS = 300
LIMITS = Limits()
PICTURE = BlobId("a" * 64)
Answer = TypeVar("Answer")


@dataclass
class Bench:
    """One queue. Each job is somebody else's, so that nobody is at a limit."""

    jobs: JobStore
    people: count[int] = field(default_factory=count)
    seconds: dict[str, list[float]] = field(default_factory=dict)

    async def measure(self, rounds: int) -> dict[str, float]:
        """Median milliseconds of each operation; as many jobs wait afterwards as before."""
        self.seconds = {}
        for _ in range(rounds):
            job = _job(PersonId(f"web:{next(self.people)}"))
            await self._timed("submit", self.jobs.submit([job], LIMITS))
            await self._timed("standing", self.jobs.standings([job.id]))
            lease = await self._timed("lease", self.jobs.lease("bench", 60.0, LIMITS.running))
            assert lease is not None
            await self._timed("cancel", self.jobs.cancel(lease.job.id))
        return {name: statistics.median(taken) * 1000 for name, taken in self.seconds.items()}

    async def fill(self, amount: int) -> None:
        for _ in range(amount // LIMITS.waiting):
            owner = PersonId(f"web:{next(self.people)}")
            await self.jobs.submit([_job(owner) for _ in range(LIMITS.waiting)], LIMITS)

    async def _timed(self, name: str, work: Coroutine[Any, Any, Answer]) -> Answer:
        started = time.perf_counter()
        answer = await work
        self.seconds.setdefault(name, []).append(time.perf_counter() - started)
        return answer


def _job(owner: PersonId) -> Job:
    now = time.time()
    request = Request(
        picture=PICTURE,
        prompt="a fox, watercolour",
        width=512,
        height=512,
        strength=Decimal("0.6"),
        steps=20,
        guidance=7.5,
        scheduler="ddim",
        seed=1,
        model="bundled",
    )
    return Job(
        id=JobId(new_id(now)),
        card=CardId(new_id(now)),
        index=0,
        owner=owner,
        owner_name="somebody",
        place=Place(platform=Platform.WEB, conversation="page"),
        command="restyle",
        words="watercolour 0.6",
        request=request,
        status=Status.QUEUED,
        cost=5.0,
        created_at=now,
        original_width=4032,
        original_height=3024,
    )


def _resident_mb() -> float:
    return float(psutil.Process().memory_info().rss) / 1e6


async def run(folder: Path) -> dict[str, Any]:
    async with Database(f"sqlite+aiosqlite:///{folder}/restyle.db") as database:
        async with database.write() as session:
            session.add(BlobRow(id=PICTURE, size=1, media_type="image/png", created_at=time.time()))
        bench = Bench(JobStore(database, SystemClock()))
        await bench.measure(50)  # statements are compiled, files exist
        empty = await bench.measure(ROUNDS)
        before = _resident_mb()
        await bench.fill(WAITING)
        grown = _resident_mb() - before
        full = await bench.measure(ROUNDS)
    figures: dict[str, Any] = {"waiting": WAITING, "memory_grown_mb": grown}
    for name in empty:
        figures |= {
            f"{name}_empty_ms": empty[name],
            f"{name}_full_ms": full[name],
            f"{name}_ratio": full[name] / empty[name],
        }
    return figures


def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        report("queue", asyncio.run(run(Path(folder))))


if __name__ == "__main__":
    main()
