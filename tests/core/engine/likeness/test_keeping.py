"""Results are compared with the character, and made again at a lower strength where they drift."""

from __future__ import annotations

import io
from collections.abc import Callable
from dataclasses import dataclass, field
from decimal import Decimal

import numpy as np
from PIL import Image

from core.domain.likeness import MAX_TRIES, SAME, Likeness, Verdict
from core.domain.names import BlobId, JobId
from core.engine.contract import EngineConfig, ModelState
from core.engine.likeness.eyes import Eyes
from core.engine.likeness.keeping import Keeper
from core.engine.running import Ended, Hooks, Rendered, StoppedError, Task
from core.errors import EngineError
from core.tinymodel.draw import draw
from core.tinymodel.measure import held_out
from tests.core.engine.conftest import config_for
from tests.core.engine.making import png, request_for

OWN, STRANGER = (Image.fromarray(draw(held_out(9_500_000, 6)[place])) for place in (0, 5))
BASE = BlobId("b" * 64)


@dataclass
class Fading:
    """A model in whose pictures a stranger shows the more, the higher the strength is, or the lighter the map's greys.

    It works on one task a tick; `interrupt` may end a task in another way.
    """

    device: str = "none"
    dtype: str = "float32"
    schedulers: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    capacity: int = 8
    figures: dict[str, float] = field(default_factory=dict)
    models: list[ModelState] = field(default_factory=list)
    tasks: list[Task] = field(default_factory=list)
    ran: list[Task] = field(default_factory=list)
    interrupt: Callable[[Task, int], Ended | None] = lambda _task, _count: None

    @property
    def is_busy(self) -> bool:
        return bool(self.tasks)

    def start(self, task: Task) -> None:
        self.tasks.append(task)

    def tick(self) -> list[Ended]:
        task = self.tasks.pop(0)
        self.ran.append(task)
        if ended := self.interrupt(task, len(self.ran)):
            return [ended]
        stranger = float(task.request.strength) * darkest(task)
        image = Image.blend(OWN, STRANGER, stranger)
        return [Ended(job=task.job, rendered=Rendered(image=image, steps_run=5), seconds=2.0)]


def darkest(task: Task) -> float:
    return float(np.asarray(Image.open(io.BytesIO(task.mask))).min()) / 255 if task.mask else 1.0


def eyes() -> Eyes:
    return Eyes(EngineConfig(model="bundled", spec=config_for("bundled").spec))


def task_for(strength: str, *, keep: bool = True, floor: float = SAME, mask: Image.Image | None = None) -> Task:
    likeness = Likeness(base=BASE, keep=keep, floor=floor)
    request = request_for(model="bundled", strength=Decimal(strength), steps=20, likeness=likeness)
    others = {BASE: png(OWN)}
    return Task(
        job=JobId("1"),
        request=request,
        picture=png(STRANGER),
        mask=png(mask) if mask else None,
        hooks=Hooks(),
        others=others,
    )


def run(model: Fading, task: Task) -> Ended:
    keeper = Keeper(model, eyes())
    keeper.start(task)
    ended: list[Ended] = []
    while keeper.is_busy:
        ended += keeper.tick()
    (only,) = ended  # one job has one end, however many pictures it took
    return only


def test_a_result_is_scored_against_the_base_and_not_against_the_picture_it_was_made_from() -> None:
    near, far = (run(Fading(), task_for(strength, keep=False)) for strength in ("0", "1"))
    assert near.rendered
    assert far.rendered
    assert near.rendered.likeness
    assert far.rendered.likeness
    assert near.rendered.likeness.score > 0.99
    assert near.rendered.likeness.verdict is Verdict.SAME
    assert far.rendered.likeness.verdict is Verdict.DRIFTING
    assert far.rendered.likeness.tries == 1


def test_a_drifting_result_is_made_again_at_a_lower_strength_until_it_is_alike() -> None:
    model = Fading()
    ended = run(model, task_for("0.6"))
    strengths = [task.request.strength for task in model.ran]
    assert ended.rendered
    assert ended.rendered.likeness
    assert strengths == sorted(strengths, reverse=True)
    assert 1 < len(strengths) <= MAX_TRIES
    assert ended.rendered.likeness.tries == len(strengths)
    assert ended.rendered.likeness.strength == str(strengths[-1])
    assert ended.rendered.likeness.score >= SAME
    assert ended.seconds == 2.0 * len(strengths)


def test_two_retries_are_all_and_the_most_alike_of_them_is_the_result() -> None:
    model = Fading()
    ended = run(model, task_for("1", floor=1.0))
    assert len(model.ran) == MAX_TRIES
    assert ended.rendered
    assert ended.rendered.likeness
    assert ended.rendered.likeness.strength == str(model.ran[-1].request.strength)


def test_with_a_strength_map_its_greys_go_down_and_the_strength_stays() -> None:
    mask = Image.new("L", OWN.size, 255)
    mask.paste(200, (0, 0, 64, 128))
    model = Fading()
    ended = run(model, task_for("0.8", mask=mask))
    assert {task.request.strength for task in model.ran} == {Decimal("0.8")}
    assert [round(darkest(task), 2) for task in model.ran] == [0.78, 0.39]
    assert ended.rendered
    assert ended.rendered.likeness
    assert ended.rendered.likeness.hold == 0.5
    assert ended.rendered.likeness.strength == "0.8"


def test_a_job_that_is_stopped_in_a_later_try_is_stopped() -> None:
    def stop(task: Task, count: int) -> Ended | None:
        return Ended(job=task.job, error=StoppedError()) if count == 2 else None

    assert isinstance(run(Fading(interrupt=stop), task_for("1")).error, StoppedError)


def test_a_later_try_that_fails_leaves_the_result_there_was() -> None:
    def fail(task: Task, count: int) -> Ended | None:
        return Ended(job=task.job, error=EngineError("late")) if count == 2 else None

    ended = run(Fading(interrupt=fail), task_for("1"))
    assert ended.error is None
    assert ended.rendered
    assert ended.rendered.likeness
    assert (ended.rendered.likeness.tries, ended.rendered.likeness.strength) == (1, "")


def test_where_nothing_measures_a_models_pictures_they_come_without_a_score() -> None:
    task = task_for("1")
    model = Fading()
    keeper = Keeper(model, eyes())
    keeper.start(
        Task(
            job=task.job,
            request=task.request.varied(model="another"),
            picture=task.picture,
            mask=None,
            hooks=Hooks(),
            others=task.others,
        )
    )
    (ended,) = keeper.tick()
    assert ended.rendered
    assert ended.rendered.likeness is None
    assert not keeper.is_busy
