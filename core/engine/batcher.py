"""Step-level continuous batching: everybody's pictures in one batch, each at its own step of its own schedule.

A tick is three calls: schedule (who is stepped), run (the network, once), postprocess (guidance, solvers, news).
Jobs join and leave between ticks. What a job gives depends on its request alone, never on its neighbours.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import torch

from core.engine.admission import CHUNK, Admission, mask_of
from core.engine.decoding import Decoding
from core.engine.failures import is_out_of_memory, reported
from core.engine.families.family import Family, Row
from core.engine.pixels import open_picture
from core.engine.policy import FIRST_ROWS, CostCurve, Shares, Turns
from core.engine.previews import Previewer
from core.engine.running import Ended, Rendered, Task, interruption
from core.engine.slots import Slot, advance, guided, rows_of
from core.engine.team import Team
from core.engine.timing import Stopwatch
from core.engine.transfers import onto
from core.engine.watching import Watching
from core.imaging.masks import has_greys
from core.imaging.sizing import fit

log = logging.getLogger(__name__)

_CURVES = 256  # kept
_CAPS = {"cpu": 32, "cuda": 64, "mps": 16}  # rows of a tick, unless memory allows fewer


@dataclass(frozen=True, kw_only=True)
class Batch:
    """What one tick steps."""

    key: tuple[Any, ...]
    slots: list[Slot]

    @property
    def rows(self) -> int:
        return sum(slot.rows for slot in self.slots)


class StepBatcher:
    """Tasks go in with `start`, time passes with `tick`, results come out of it. Not thread-safe."""

    def __init__(self, family: Family, previewer: Callable[[], Previewer | None] = lambda: None) -> None:
        self._family = family
        self._admission = Admission(family)
        self._watching = Watching(previewer)
        self._waiting: list[Task] = []
        self._slots: list[Slot] = []  # in the order of arrival
        self._decoding = Decoding(family)
        self._turns: Turns[tuple[Any, ...]] = Turns()
        self._shares: Shares[str] = Shares()
        self._curves: dict[tuple[Any, ...], CostCurve] = {}
        self._stopwatch: Stopwatch[Batch] = Stopwatch(family.device)
        self._team = Team.on(family.device)
        self._ticks = self._rows = 0
        self._seconds = 0.0

    @property
    def figures(self) -> dict[str, float]:
        """Ticks, rows and seconds of the network so far, how the caches do, and how many threads compute."""
        out = {"ticks": float(self._ticks), "rows": float(self._rows), "tick_seconds": self._seconds}
        out["threads"] = float(self._team.size)
        out["padding_rows"] = float(self._family.padding)
        for name, cached in self._admission.caches.items():
            out |= {f"{name}_hits": cached.hits, f"{name}_misses": cached.misses, f"{name}_bytes": cached.bytes}
        return out

    @property
    def is_busy(self) -> bool:
        return bool(self._waiting or self._slots or self._decoding.slots)

    def accepts(self, task: Task) -> bool:
        """Whether it can be stepped here; else its own pipeline does it, or says why it cannot."""
        if task.request.plan.run == 0:
            return True
        if not self._admission.guiding.accepts(task):
            return False
        try:
            if task.mask and not (self._family.batches_masks or has_greys(mask_of(task))):
                return False
            self._admission.table(task.request)
        except Exception:  # not linear, unknown, or a scheduler that raises: that job's business alone
            log.info("batcher.left-alone scheduler=%s", task.request.scheduler, exc_info=True)
            return False
        return True

    def start(self, task: Task) -> None:
        self._waiting.append(task)

    def tick(self) -> list[Ended]:
        """One step for as many as it pays to step together, and a chunk of the work around it."""
        with self._team.at_work():
            ended = self._drop_interrupted()
            self._shares.keep(task.owner for task in (*self._waiting, *(slot.task for slot in self._slots)))
            ended += self._admit()
            if batch := self._schedule():
                try:
                    with self._stopwatch.time(batch):
                        outputs = self._run(batch)
                        advance(batch.slots, outputs)
                except Exception as error:
                    return [*ended, *self._survive(batch, error)]
                self._postprocess(batch)
            for timed, seconds in self._stopwatch.known():
                self._account(timed, seconds)
            return [*ended, *self._decoding.tick(idle=not self._slots)]

    def check_integrity(self) -> None:
        """What must hold between ticks; tests call it after each."""
        jobs = [task.job for task in self._waiting] + [slot.task.job for slot in (*self._slots, *self._decoding.slots)]
        assert len(jobs) == len(set(jobs)), "a job is in two places"
        for slot in self._slots:
            assert 0 <= slot.row < slot.table.evaluations, "a finished job is still stepped"
            assert len(slot.past) == min(slot.row, slot.table.depth - 1), "a solver lost its past"
            assert slot.sample.dtype == torch.float32, "samples stay in float32"
        assert all(slot.is_done for slot in self._decoding.slots), "a job leaves before its end"

    # admission

    def _drop_interrupted(self) -> list[Ended]:
        inside = [*self._waiting, *(slot.task for slot in (*self._slots, *self._decoding.slots))]
        gone = {task.job: reason for task in inside if (reason := interruption(task.hooks))}
        if gone:
            self._waiting = [task for task in self._waiting if task.job not in gone]
            self._slots = [slot for slot in self._slots if slot.task.job not in gone]
            self._decoding.drop(gone)
        return [Ended(job=job, error=reason) for job, reason in gone.items()]

    def _admit(self) -> list[Ended]:
        """Take in a chunk of those that wait, the least served owner's first, while there is room in their batch."""
        taken: list[Task] = []
        for place in self._fairly(self._waiting)[:CHUNK]:
            if not self._has_room(len(taken)):
                break
            taken.append(self._waiting[place])
        self._waiting = [task for task in self._waiting if task not in taken]
        self._admission.encode_ahead(taken)
        ended = [self._enter(task) for task in taken]
        return [end for end in ended if end]

    def _fairly(self, tasks: Sequence[Task]) -> list[int]:
        return self._shares.order([task.owner for task in tasks])

    def _has_room(self, taken: int) -> bool:
        """Rows that are stepped already, and those just taken, leave space within the limit of any batch key."""
        rows = sum(slot.rows for slot in self._slots) + 2 * taken
        limit = max((self._curve(slot).limit for slot in self._slots), default=FIRST_ROWS)
        return rows == 0 or rows + 2 <= limit

    def _enter(self, task: Task) -> Ended | None:
        try:
            task.hooks.started(task.request.plan.run)
            if task.request.plan.run == 0:
                image = fit(open_picture(task.picture), task.request.width, task.request.height)
                return Ended(job=task.job, rendered=Rendered(image=image, steps_run=0))
            began = time.perf_counter()
            slot = self._admission.slot(task)
            slot.seconds = time.perf_counter() - began
            self._slots.append(slot)
        except Exception as error:
            return Ended(job=task.job, error=reported(error, task.request))
        return None

    # a tick

    def _schedule(self) -> Batch | None:
        keys = dict.fromkeys(slot.key for slot in self._slots)
        key = self._turns.next(keys)
        if key is None:
            return None
        arrived = [slot for slot in self._slots if slot.key == key]
        mine = [arrived[place] for place in self._fairly([slot.task for slot in arrived])]
        if mine[0].apart:
            return Batch(key=key, slots=mine[:1])
        limit, rows = self._curve(mine[0]).limit, 0
        chosen: list[Slot] = []
        for slot in (slot for slot in mine if not slot.apart):
            if chosen and rows + slot.rows > limit:
                break
            chosen.append(slot)
            rows += slot.rows
        return Batch(key=key, slots=chosen)

    def _run(self, batch: Batch) -> torch.Tensor:
        """The network, once, over all rows; one guided output for each slot."""
        self._family.wear(batch.slots[0].guides.loras)  # those of all of them, by their key
        rows, most = rows_of(batch.slots), self._curve(batch.slots[0]).cap
        # a guided job has two, which are run one by one where memory has room for no more
        outputs = [self._predict(rows[start : start + most]) for start in range(0, len(rows), most)]
        return guided(torch.cat(outputs), batch.slots, self._family.combine)

    def _predict(self, rows: Sequence[tuple[Slot, Row]]) -> torch.Tensor:
        samples = torch.stack([slot.sample for slot, _ in rows])
        scales = onto(samples.device, torch.stack([slot.table.input_scale[slot.row] for slot, _ in rows]))
        timesteps = onto(samples.device, torch.stack([slot.table.timesteps[slot.row].float() for slot, _ in rows]))
        return self._family.predict(scales.view(-1, 1, 1, 1) * samples, timesteps, [row for _, row in rows])

    def _postprocess(self, batch: Batch) -> None:
        for slot in batch.slots:
            slot.apart = False
            if slot.steps_done > slot.told:
                slot.told = slot.steps_done
                slot.task.hooks.stepped(slot.told, slot.steps)
        self._watching.tick(batch.slots)
        self._decoding.add(slot for slot in self._slots if slot.is_done)
        self._slots = [slot for slot in self._slots if not slot.is_done]

    def _account(self, batch: Batch, seconds: float) -> None:
        self._ticks += 1
        self._rows += batch.rows
        self._seconds += seconds
        self._turns.spend(batch.key, seconds)
        self._curve(batch.slots[0]).observe(batch.rows, seconds)
        for slot in batch.slots:
            own = seconds * slot.rows / batch.rows
            slot.seconds += own
            self._shares.spend(slot.task.owner, own)

    def _survive(self, batch: Batch, error: Exception) -> list[Ended]:
        """A tick that fails takes only the job at fault with it: memory shrinks the batch, else each goes alone."""
        if is_out_of_memory(error) and self._curve(batch.slots[0]).shrink(batch.rows):
            log.warning("batcher.out-of-memory rows=%d", batch.rows)
        elif len(batch.slots) == 1:
            slot = batch.slots[0]
            self._slots.remove(slot)
            return [Ended(job=slot.task.job, error=reported(error, slot.task.request))]
        else:
            for slot in batch.slots:
                slot.apart = True
        return []

    def _curve(self, slot: Slot) -> CostCurve:
        """What a tick costs that steps slots of this one's kind."""
        if slot.cost not in self._curves:
            if len(self._curves) >= _CURVES:
                del self._curves[next(iter(self._curves))]
            self._curves[slot.cost] = CostCurve(cap=_CAPS.get(self._family.device.type, 16))
        return self._curves[slot.cost]
