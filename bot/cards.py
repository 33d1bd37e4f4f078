"""The job card: what one message shows through a job's life. Platform-neutral; adapters only draw it."""

from __future__ import annotations

from dataclasses import dataclass

from bot.buttons import Action, Asked, Button, parse_button
from bot.card_lines import IDEA, is_spoiler, notes_of, short, words_of
from bot.replies import decimal, ordinal, say, say_problem, wait
from core.domain.job import Job, Status
from core.domain.names import CardId
from core.service.states import CardState, JobState

BAR_WIDTH = 12
_NAMED = 30  # of an outfit on a button

__all__ = [
    "Action",
    "Asked",
    "Bar",
    "Button",
    "Card",
    "job_card",
    "parse_button",
    "words_of",
]


@dataclass(frozen=True, kw_only=True, slots=True)
class Bar:
    """Progress: `step` of `steps` done."""

    step: int
    steps: int

    @property
    def text(self) -> str:
        done = BAR_WIDTH * self.step // max(1, self.steps)
        return "▓" * done + "░" * (BAR_WIDTH - done) + f" {self.step}/{self.steps}"


@dataclass(frozen=True, kw_only=True, slots=True)
class Card:
    """What to show. `headline` is one line; `notes` are smaller lines under it; `rows` are rows of buttons.

    `results` are the jobs whose pictures belong on the card, in order; more than one means a sheet. `is_spoiler`: they
    stay hidden until somebody taps them.
    """

    id: CardId
    status: Status
    headline: str
    notes: tuple[str, ...]
    bar: Bar | None
    rows: tuple[tuple[Button, ...], ...]
    results: tuple[Job, ...]
    alt: str
    is_spoiler: bool = False


_CHANGED = (Action.SUBTLE, Action.STRONG, Action.REROLL, Action.STRENGTH)
_LOOKED_AT = (Action.INFO, Action.ORIGINAL, Action.FULL, Action.DELETE)
_VOTED = ((Action.VOTE, Action.UNVOTE), (Action.INFO, Action.FULL, Action.DELETE))
_OF_THE_CARD = {Action.DELETE, Action.VOTE, Action.UNVOTE}


def job_card(state: CardState, language: str = "en") -> Card:
    """The card of one job or of a sheet's jobs, as it stands now."""
    draw = {
        Status.QUEUED: _queued,
        Status.RUNNING: _running,
        Status.DONE: _done,
        Status.FAILED: _failed,
        Status.CANCELLED: _cancelled,
    }[state.status]
    if state.status is Status.QUEUED and any(job.job.outcome for job in state.jobs):
        draw = _running  # between two pictures of a sweep: it goes on, it does not wait again
    return draw(state, language)


def _queued(state: CardState, language: str) -> Card:
    standing = state.jobs[0].standing
    name = state.first.owner_name or say("you", language)
    if standing is None or standing.position <= 1:
        headline = say("queued.next", language, name=name)
    else:
        headline = say(
            "queued",
            language,
            name=name,
            position=ordinal(standing.position, language),
            waiting=standing.waiting,
            wait=wait(standing.seconds, language),
        )
    notes = (say(f"engine.{state.engine.value}", language),) if state.engine else ()
    return _card(state, language, headline, notes=notes, rows=(_cancel_row(state, language),))


def _running(state: CardState, language: str) -> Card:
    step, steps = sum(map(_steps_done, state.jobs)), sum(job.job.request.plan.run for job in state.jobs)
    headline = words_of(state.first, language, alone=len(state.jobs) == 1)
    return _card(state, language, headline, bar=Bar(step=step, steps=steps), rows=(_cancel_row(state, language),))


def _done(state: CardState, language: str) -> Card:
    done = [job.job for job in state.jobs if job.job.outcome]
    first = done[0]
    if len(state.jobs) > 1:
        headline = say(
            "done.sheet",
            language,
            words=words_of(first, language, alone=False),
            count=len(done),
            seed=first.request.seed,
            size=_size(first),
        )
        uses = tuple(_use(job, language) for job in done)
        last = tuple(_button(action, first, language) for action in (Action.ORIGINAL, Action.FULL, Action.DELETE))
        last += _of_its_character(first, language)
        return _card(state, language, headline, notes=notes_of(state, language), rows=(*_rows(uses), last))
    seconds = first.outcome.seconds if first.outcome else 0.0
    remembered = first.outcome is not None and first.outcome.remembered
    headline = say(
        "done.remembered" if remembered else "done",
        language,
        words=words_of(first, language),
        strength=decimal(f"{first.request.strength.normalize():f}", language),
        seed=first.request.seed,
        size=_size(first),
        seconds=decimal(f"{seconds:.1f}", language),
    )
    rows = _voted(first, language) if first.command == IDEA else _changed(first, language)
    return _card(state, language, headline, notes=notes_of(state, language), rows=rows)


def _failed(state: CardState, language: str) -> Card:
    failed = next(job.job for job in state.jobs if job.job.status is Status.FAILED)
    assert failed.problem is not None
    return _card(state, language, say_problem(failed.problem, language), rows=(_again_row(failed, language),))


def _cancelled(state: CardState, language: str) -> Card:
    was = "running" if state.first.started_at else "queued"
    return _card(state, language, say(f"cancelled.{was}", language), rows=(_again_row(state.first, language),))


def _card(
    state: CardState,
    language: str,
    headline: str,
    *,
    notes: tuple[str, ...] = (),
    bar: Bar | None = None,
    rows: tuple[tuple[Button, ...], ...] = (),
) -> Card:
    first = state.first
    results = tuple(job.job for job in state.jobs if job.job.outcome)
    strength = f"{first.request.strength.normalize():f}"
    alt = say(
        "alt.sheet" if (several := len(state.jobs) > 1) else "alt",
        language,
        words=words_of(first, language, alone=not several),
        strength=strength,
    )
    return Card(
        id=state.id,
        status=state.status,
        headline=headline,
        notes=notes,
        bar=bar,
        rows=rows,
        results=results,
        alt=alt,
        is_spoiler=is_spoiler(first),
    )


def _steps_done(state: JobState) -> int:
    if state.job.is_finished:
        return state.job.request.plan.run
    return state.step


def _size(job: Job) -> str:
    return f"{job.request.width}x{job.request.height}"


def _cancel_row(state: CardState, language: str) -> tuple[Button, ...]:
    return (Button(action=Action.CANCEL, label=say("button.cancel", language), target=state.id),)


def _again_row(job: Job, language: str) -> tuple[Button, ...]:
    if job.command == IDEA:  # made again it would be no part of its session
        return (_button(Action.DELETE, job, language),)
    return tuple(_button(action, job, language) for action in (Action.RETRY, Action.EDIT, Action.DELETE))


def _use(job: Job, language: str) -> Button:
    """One picture of a sheet by its outfit, else by its strength."""
    which = short(job.label, _NAMED) if job.label else decimal(f"{job.request.strength.normalize():f}", language)
    return _button(Action.USE, job, language, strength=which)


def _voted(job: Job, language: str) -> tuple[tuple[Button, ...], ...]:
    """A session's variations belong to the session."""
    return tuple(tuple(_button(action, job, language) for action in row) for row in _VOTED)


def _changed(job: Job, language: str) -> tuple[tuple[Button, ...], ...]:
    """What makes another picture of a result, what keeps it, what shows how it was made."""
    edit, save = _button(Action.EDIT, job, language), _button(Action.SAVE, job, language)
    base = (_button(Action.BASE, job, language),) if job.character else ()
    first, last = ([_button(action, job, language) for action in row] for row in (_CHANGED, _LOOKED_AT))
    return (tuple(first), (edit, save, *_of_its_character(job, language), *base), tuple(last))


def _of_its_character(job: Job, language: str) -> tuple[Button, ...]:
    """More variations, where it shows a character."""
    label = say("button.dress", language)
    return (Button(action=Action.DRESS, label=label, target=job.character),) if job.character else ()


def _button(action: Action, job: Job, language: str, **values: str) -> Button:
    """Deleting is about the whole card, everything else about one job."""
    target = job.card if action in _OF_THE_CARD else job.id
    return Button(action=action, label=say(f"button.{action.value}", language, **values), target=target)


def _rows(buttons: tuple[Button, ...], width: int = 4) -> tuple[tuple[Button, ...], ...]:
    return tuple(buttons[at : at + width] for at in range(0, len(buttons), width))
