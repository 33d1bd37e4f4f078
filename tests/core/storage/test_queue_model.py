"""The queue in its database against a queue of lists, through drawn histories."""

from __future__ import annotations

import asyncio
import shutil
import tempfile
from collections.abc import Coroutine
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar, TypeVar

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule, run_state_machine_as_test

from core.domain.job import Job, Lease, Problem, Status
from core.domain.names import CardId, JobId
from core.errors import RefusedError
from core.queue.fairness import Turn, close_gap, take_turns
from core.queue.limits import MAX_DEATHS
from core.queue.ports import Limits
from core.storage.database import Database
from core.storage.jobs import JobStore
from tests.core.storage.making import FakeClock, Jobs, outcome, store_blob_rows

Answer = TypeVar("Answer")
LIMITS = Limits(running=2, waiting=4)
people = st.sampled_from(["web:ann", "web:bob", "web:cy"])
costs = st.sampled_from([0.25, 1.0, 4.0, 16.0])  # sums are exact, so that the model may compare floats
choices = st.integers(min_value=0, max_value=10**6)


@dataclass
class Entry:
    """What the model knows about one job."""

    job: Job
    turn: Turn
    status: Status = Status.QUEUED
    deaths: int = 0
    until: float = 0.0
    worker: str = ""
    token: str = ""
    ends: int = 0

    @property
    def is_unfinished(self) -> bool:
        return self.status in {Status.QUEUED, Status.RUNNING}

    def end(self, status: Status) -> None:
        self.status, self.token = status, ""
        self.ends += 1

    def requeue(self) -> None:
        self.status, self.token = Status.QUEUED, ""


class QueueMachine(RuleBasedStateMachine):
    """Each rule does one thing to the queue and to the model, and compares the answers."""

    source: ClassVar[Path]  # a migrated database, copied for each history

    def __init__(self) -> None:
        super().__init__()
        self.runner = asyncio.Runner()
        self.folder = Path(tempfile.mkdtemp())
        self.clock, self.new = FakeClock(), Jobs()
        self.entries: list[Entry] = []
        self.now, self.last = 0.0, dict[str, float]()
        self.leases: list[Lease] = []
        shutil.copy(self.source, self.folder / "restyle.db")
        self.database = Database(f"sqlite+aiosqlite:///{self.folder}/restyle.db")
        self.jobs = JobStore(self.database, self.clock)

    def await_(self, work: Coroutine[Any, Any, Answer]) -> Answer:
        return self.runner.run(work)

    def teardown(self) -> None:
        self.await_(self.database.__aexit__(None, None, None))
        self.runner.close()
        shutil.rmtree(self.folder)

    def queued(self, owner: str | None = None) -> list[Entry]:
        found = [each for each in self.entries if each.status is Status.QUEUED and owner in {None, each.job.owner}]
        return sorted(found, key=lambda entry: (entry.turn.rank, entry.job.id))

    def running(self, owner: str) -> int:
        return sum(entry.status is Status.RUNNING and entry.job.owner == owner for entry in self.entries)

    def held(self, lease: Lease) -> Entry | None:
        return next((entry for entry in self.entries if entry.token == lease.token), None)

    def give_back(self, gone: Entry) -> None:
        mine = [entry for entry in self.entries if entry.job.owner == gone.job.owner and entry.is_unfinished]
        later = sorted((e for e in mine if e.turn.rank > gone.turn.rank), key=lambda entry: entry.turn.rank)
        for entry, turn in zip(later, close_gap(gone.turn, [entry.turn for entry in later]), strict=True):
            entry.turn = turn
        lowest = self.last[gone.job.owner] - gone.turn.cost
        self.last[gone.job.owner] = max(later[-1].turn.rank if later else gone.turn.start, lowest)

    @rule(owner=people, costs=st.lists(costs, min_size=1, max_size=3))
    def submit(self, owner: str, costs: list[float]) -> None:
        card = f"card {len(self.entries)}"
        jobs = [self.new(owner, cost, card=card, index=index) for index, cost in enumerate(costs)]
        fits = len(self.queued(owner)) + len(jobs) <= LIMITS.waiting
        try:
            self.await_(self.jobs.submit(jobs, LIMITS))
        except RefusedError:
            assert not fits
            return
        assert fits
        turns = take_turns(self.now, self.last.get(owner, 0.0), costs)
        self.last[owner] = turns[-1].rank
        self.entries += [Entry(job=job, turn=turn) for job, turn in zip(jobs, turns, strict=True)]

    @rule(worker=st.sampled_from(["mine", "other"]), seconds=st.sampled_from([10.0, 60.0]))
    def lease(self, worker: str, seconds: float) -> None:
        lease = self.await_(self.jobs.lease(worker, seconds, LIMITS.running))
        expected = next((e for e in self.queued() if self.running(e.job.owner) < LIMITS.running), None)
        assert (lease and lease.job.id) == (expected and expected.job.id)
        if lease and expected:
            self.now = max(self.now, expected.turn.rank)
            expected.status, expected.token, expected.worker = Status.RUNNING, lease.token, worker
            expected.until = self.clock.time + seconds
            self.leases.append(lease)

    @rule(seconds=st.sampled_from([5.0, 50.0]))
    def renew(self, seconds: float) -> None:
        good = self.await_(self.jobs.renew([lease.token for lease in self.leases], seconds))
        assert good == {entry.token for entry in self.entries if entry.token}
        for entry in self.entries:
            entry.until = self.clock.time + seconds

    @rule(which=choices, how=st.sampled_from(["finish", "fail", "release", "died"]))
    def report(self, which: int, how: str) -> None:
        """A worker speaks about any lease it ever had, also about lost ones, also twice."""
        if not self.leases:
            return
        lease = self.leases[which % len(self.leases)]
        reports = {
            "finish": lambda: self.jobs.finish(lease, outcome()),
            "fail": lambda: self.jobs.fail(lease, Problem(key="engine.failed")),
            "release": lambda: self.jobs.release(lease, died=False),
            "died": lambda: self.jobs.release(lease, died=True),
        }
        told, entry = self.await_(reports[how]()), self.held(lease)
        assert (told is None) == (entry is None)
        if entry:
            self.apply_report(entry, how)

    def apply_report(self, entry: Entry, how: str) -> None:
        entry.deaths += how == "died"
        if how == "finish":
            entry.end(Status.DONE)
        elif how == "fail" or entry.deaths >= MAX_DEATHS:
            entry.end(Status.FAILED)
        else:
            entry.requeue()

    @rule(which=choices)
    def cancel(self, which: int) -> None:
        if not self.entries:
            return
        entry = self.entries[which % len(self.entries)]
        assert self.await_(self.jobs.cancel(entry.job.id)).was is entry.status
        if entry.status is Status.QUEUED:
            self.give_back(entry)
        if entry.is_unfinished:
            entry.end(Status.CANCELLED)

    @rule(which=choices)
    def delete(self, which: int) -> None:
        if not self.entries:
            return
        card = self.entries[which % len(self.entries)].job.card
        self.await_(self.jobs.delete(CardId(card)))
        mine = [entry for entry in self.entries if entry.job.card == card]
        for entry in sorted(mine, key=lambda entry: -entry.turn.rank):
            if entry.status is Status.QUEUED:
                self.give_back(entry)
            self.entries.remove(entry)

    @rule(keep=st.sampled_from(["mine", None]))
    def reclaim(self, keep: str | None) -> None:
        back = {job.id for job in self.await_(self.jobs.reclaim(keep))}
        lost = [e for e in self.entries if e.token and e.until < self.clock.time and e.worker != keep]
        assert back == {entry.job.id for entry in lost}
        for entry in lost:
            entry.requeue()

    @rule()
    def restart(self) -> None:
        self.await_(self.jobs.reclaim_all())
        for entry in self.entries:
            if entry.token:
                entry.requeue()

    @rule(seconds=st.sampled_from([1.0, 30.0, -500.0, 10**7]))
    def pass_time(self, seconds: float) -> None:
        self.clock.time += seconds

    @rule()
    def expire(self) -> None:
        """Nothing ended long ago; shares that no longer matter are dropped, which must change no order."""
        assert self.await_(self.jobs.expire(0.0)) == 0

    @rule(which=choices)
    def standing(self, which: int) -> None:
        waiting = self.queued()
        if waiting:
            place = which % len(waiting)
            asked = waiting[place].job.id
            standing = self.await_(self.jobs.standings([asked]))[asked]
            assert standing
            assert (standing.position, standing.waiting) == (place + 1, len(waiting))
            ahead = sum(entry.job.cost for entry in waiting[:place])
            running = sum(entry.job.cost for entry in self.entries if entry.token)
            assert ahead <= standing.seconds <= ahead + running

    @invariant()
    def the_queue_is_as_the_model_says(self) -> None:
        unfinished = self.await_(self.jobs.unfinished())
        assert [job.id for job in unfinished if job.status is Status.QUEUED] == [e.job.id for e in self.queued()]
        assert {job.id: (job.status, job.deaths) for job in unfinished} == {
            entry.job.id: (entry.status, entry.deaths) for entry in self.entries if entry.is_unfinished
        }

    @invariant()
    def each_job_ends_exactly_once(self) -> None:
        ended = {entry.job.id: entry for entry in self.entries if not entry.is_unfinished}
        assert all(entry.ends == 1 for entry in ended.values())
        stored: dict[JobId, Status] = {}
        for owner in {entry.job.owner for entry in ended.values()}:
            cards = self.await_(self.jobs.history(owner, 1000))
            stored |= {job.id: job.status for card in cards for job in card if job.is_finished}
        assert stored == {name: entry.status for name, entry in ended.items()}

    @invariant()
    def nobody_has_more_running_than_the_limit(self) -> None:
        owners = [job.owner for job in self.await_(self.jobs.unfinished()) if job.status is Status.RUNNING]
        assert all(owners.count(owner) <= LIMITS.running for owner in owners)

    @invariant()
    def one_persons_jobs_that_wait_are_in_order_of_submission(self) -> None:
        for owner in {entry.job.owner for entry in self.entries}:
            names = [entry.job.id for entry in self.queued(owner)]
            assert names == sorted(names)


async def _make_template(file: Path) -> None:
    async with Database(f"sqlite+aiosqlite:///{file}") as database:
        await store_blob_rows(database)


def test_the_queue_behaves_like_its_model(tmp_path: Path) -> None:
    template = tmp_path / "template.db"
    asyncio.run(_make_template(template))  # once: migrating takes longer than a whole history

    class Machine(QueueMachine):
        source = template

    run_state_machine_as_test(Machine, settings=settings(max_examples=25, stateful_step_count=30, deadline=None))
