"""Things the storage tests are made of."""

from __future__ import annotations

from dataclasses import dataclass, field
from decimal import Decimal
from itertools import count

from core.domain.job import Job, Outcome, Status
from core.domain.names import BlobId, CardId, JobId, PersonId, Place, Platform
from core.domain.request import MAX_SEED, Control, Request
from core.queue.ports import Limits
from core.storage.database import Database
from core.storage.tables import BlobRow

PICTURE = BlobId("a" * 64)
MASK = BlobId("b" * 64)
RESULT = BlobId("c" * 64)
HINT = BlobId("d" * 64)
LIMITS = Limits()
NO_LIMITS = Limits(running=10**6, waiting=10**6)


@dataclass
class FakeClock:
    """Time that tests move."""

    time: float = 1_700_000_000.0

    def now(self) -> float:
        return self.time

    def monotonic(self) -> float:
        return self.time


@dataclass
class Jobs:
    """Makes jobs whose ids rise, as those of real ones do."""

    numbers: count[int] = field(default_factory=lambda: count(1))

    def __call__(
        self,
        owner: str = "web:ann",
        cost: float = 1.0,
        *,
        card: str | None = None,
        index: int = 0,
        picture: BlobId = PICTURE,
        mask: BlobId | None = None,
        hint: BlobId | None = None,
        conversation: str = "page",
        seed: int = MAX_SEED,
        deadline: float | None = None,
    ) -> Job:
        number = next(self.numbers)
        return Job(
            id=JobId(f"{number:016}"),
            card=CardId(card or f"card{number:012}"),
            index=index,
            owner=PersonId(owner),
            identity=PersonId(owner),
            owner_name=owner.partition(":")[2],
            place=Place(platform=Platform.WEB, conversation=conversation),
            command="restyle",
            words='watercolour 0.6 "🦊" \u202eright to left',
            request=request_for(picture, mask, hint).varied(seed=seed),
            deadline=deadline,
            status=Status.QUEUED,
            cost=cost,
            created_at=1_700_000_000.0 + number,
            original_width=4032,
            original_height=3024,
        )


def request_for(picture: BlobId = PICTURE, mask: BlobId | None = None, hint: BlobId | None = None) -> Request:
    return Request(
        picture=picture,
        mask=mask,
        prompt="a fox, watercolour",
        width=512,
        height=384,
        strength=Decimal("0.58"),
        steps=50,
        guidance=7.5,
        scheduler="ddim",
        seed=MAX_SEED,
        model="bundled",
        controls=(Control(net="edges", hint=hint),) if hint else (),
    )


def outcome(result: BlobId = RESULT) -> Outcome:
    return Outcome(result=result, width=512, height=384, steps_run=29, seconds=2.5, note="512x384 from 4032x3024")


async def store_blob_rows(database: Database, *blobs: BlobId) -> None:
    """The rows that jobs need, without bytes."""
    async with database.write() as session:
        for blob in blobs or (PICTURE, MASK, RESULT):
            session.add(BlobRow(id=blob, size=1, media_type="image/png", created_at=0.0))
