"""Keeping the likeness: results are compared with the character, and made again where they drift. Imports no torch.

It happens inside the engine's run of one job: there is one lease and one result however many pictures it takes, so a
kill at any moment leaves a job that is made again from its start, with the same pictures and the same choice.
"""

from __future__ import annotations

import io
import logging
from dataclasses import dataclass, field, replace
from typing import Protocol

from PIL import Image

from core.domain.likeness import MAX_TRIES, Likeness, Resemblance, lowered
from core.domain.names import JobId
from core.engine.contract import ModelState
from core.engine.running import Ended, Rendered, Stepper, StoppedError, Task
from core.imaging.faces import held
from core.imaging.masks import has_greys

log = logging.getLogger(__name__)
_HOLD = 0.5  # of a strength map's greys, with each further try


class Judge(Protocol):
    """Who compares; core.engine.likeness.eyes.Eyes does."""

    def score(self, task: Task, asked: Likeness, image: Image.Image) -> float | None:
        """In [0, 1]; None where there is nothing to measure this model's pictures with."""
        ...


@dataclass(kw_only=True, slots=True)
class Tries:
    """What was made for a job so far; `task` is as it came in. `best` is the result that is nearest to the base."""

    task: Task
    now: Task  # what runs
    count: int = 0
    seconds: float = 0.0
    best: Ended | None = field(default=None)
    score: float = -1.0


class Keeper:
    """A `Stepper` over another one, for requests that ask for likeness; others pass."""

    def __init__(self, stepper: Stepper, judge: Judge) -> None:
        self._stepper = stepper
        self._judge = judge
        self._tries: dict[JobId, Tries] = {}

    @property
    def device(self) -> str:
        return self._stepper.device

    @property
    def dtype(self) -> str:
        return self._stepper.dtype

    @property
    def schedulers(self) -> list[str]:
        return self._stepper.schedulers

    @property
    def notes(self) -> list[str]:
        return self._stepper.notes

    @property
    def capacity(self) -> int:
        return self._stepper.capacity

    @property
    def is_busy(self) -> bool:
        return self._stepper.is_busy

    @property
    def figures(self) -> dict[str, float]:
        return self._stepper.figures

    @property
    def models(self) -> list[ModelState]:
        return self._stepper.models

    def start(self, task: Task) -> None:
        if task.request.likeness:
            self._tries[task.job] = Tries(task=task, now=task)
        self._stepper.start(task)

    def tick(self) -> list[Ended]:
        ended = [self._seen(one) for one in self._stepper.tick()]
        return [one for one in ended if one]

    def _seen(self, ended: Ended) -> Ended | None:
        """What becomes of an end: it is one, or another try begins."""
        tries = self._tries.get(ended.job)
        if tries is None:
            return ended
        tries.seconds += ended.seconds
        if ended.rendered is None:
            return self._failed(tries, ended)
        asked = tries.task.request.likeness
        assert asked is not None
        score = self._score(tries.task, asked, ended.rendered.image)
        if score is None:
            return self._leave(tries, ended)
        tries.count += 1
        if score > tries.score:
            tries.score, tries.best = score, _measured(tries, ended, ended.rendered, score)
        following = _next(tries) if asked.keep and score < asked.floor and tries.count < MAX_TRIES else None
        if following is None:
            return self._leave(tries, tries.best)
        log.info("likeness.again job=%s try=%d score=%.2f", ended.job, tries.count, score)
        tries.now = following
        self._stepper.start(following)
        return None

    def _failed(self, tries: Tries, ended: Ended) -> Ended | None:
        """A later try that cannot be made leaves what there is; a job that was stopped is stopped."""
        gives_up = tries.best is None or isinstance(ended.error, StoppedError)
        return self._leave(tries, ended if gives_up else tries.best)

    def _leave(self, tries: Tries, ended: Ended | None) -> Ended | None:
        """With the number of pictures and the time that all of them took."""
        del self._tries[tries.task.job]
        if ended is None or ended.rendered is None or ended.rendered.likeness is None:
            return ended and replace(ended, seconds=tries.seconds)
        told = replace(ended.rendered.likeness, tries=tries.count)
        return replace(ended, seconds=tries.seconds, rendered=replace(ended.rendered, likeness=told))

    def _score(self, task: Task, asked: Likeness, image: Image.Image) -> float | None:
        try:
            return self._judge.score(task, asked, image)
        except Exception:  # a result is never lost to what measures it
            log.exception("likeness.unmeasured job=%s", task.job)
            return None


def _measured(tries: Tries, ended: Ended, rendered: Rendered, score: float) -> Ended:
    first, now = tries.task, tries.now
    strength = "" if now is first else f"{now.request.strength.normalize():f}"
    hold = _HOLD ** (tries.count - 1) if now.mask is not first.mask else 1.0
    likeness = Resemblance(score=round(score, 4), strength=strength, hold=hold)
    return replace(ended, rendered=replace(rendered, likeness=likeness))


def _next(tries: Tries) -> Task | None:
    """A gentler one: a strength map's greys go down and the clothes still change, else the strength does.

    None where that would change nothing any more.
    """
    task, count = tries.task, tries.count
    if task.mask and (weaker := _held(task.mask, _HOLD**count)):
        return replace(task, mask=weaker)
    request = task.request.varied(strength=lowered(task.request.strength, count))
    return replace(task, request=request) if 0 < request.plan.run < tries.now.request.plan.run else None


def _held(mask: bytes, share: float) -> bytes | None:
    """The map with this share of its greys; None where it has none."""
    with Image.open(io.BytesIO(mask), formats=["PNG"]) as opened:
        grey = opened.convert("L")
    if not has_greys(grey):
        return None
    buffer = io.BytesIO()
    held(grey, share).save(buffer, "PNG")
    return buffer.getvalue()
