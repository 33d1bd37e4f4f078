"""The lines of a card: what was asked for, what happened on the way, and how alike a result is."""

from __future__ import annotations

from bot.parsing import parse_words
from bot.replies import decimal, say, say_note, say_problem
from core.domain.character import FACE_STRENGTH
from core.domain.command import Command
from core.domain.job import Job
from core.errors import InputError
from core.service.states import CardState

_SHORT = 80  # characters of the person's words on a card
IDEA = "idea"  # the command of a session's variations


def words_of(job: Job, language: str = "en", *, alone: bool = True) -> str:
    """What the person asked for, short enough for one line; of one `alone` among several, what it is of them."""
    words = " ".join(((alone and job.label) or _look_of(job)).split()) or say("words.none", language)
    return short(words)


def short(words: str, most: int = _SHORT) -> str:
    return words if len(words) <= most else words[: most - 1] + "…"


def _look_of(job: Job) -> str:
    """The prompt and the looks a person named, without the options: those have places of their own on the card."""
    if job.command == IDEA:
        return job.label  # with its number
    command = _read(job)
    if command is None:
        return job.words
    return ", ".join(part for part in (command.prompt, command.style, command.recipe) if part)


def _read(job: Job) -> Command | None:
    """What was asked, once more; None for a row of another version's grammar."""
    try:
        return parse_words(job.command, job.words)
    except InputError:
        return None


def is_spoiler(job: Job) -> bool:
    """Whether its pictures stay hidden until somebody taps them."""
    command = _read(job)
    return command is not None and command.spoiler


def notes_of(state: CardState, language: str) -> tuple[str, ...]:
    """What happened on the way: the size, one step for a very small strength, neighbours that failed."""
    first = next(job.job for job in state.jobs if job.job.outcome)
    assert first.outcome is not None
    request, notes = first.request, [say_note(first.outcome.note, language)]
    if request.strength == 0:
        notes.append(say("done.unchanged", language))
    elif request.strength * request.steps < 1:
        notes.append(say("done.one-step", language))
    if all(job.job.outcome.remembered for job in state.jobs if job.job.outcome):
        notes.append(say("done.recalled", language))
    if request.mask:
        notes.append(say("done.kept" if request.likeness else "done.masked", language))
    elif request.likeness and 0 < request.strength < FACE_STRENGTH:
        notes.append(say("done.even", language))
    notes += likeness_lines(first, language) if len(state.jobs) == 1 else _likenesses(state, language)
    if first.outcome.unread:
        notes.append(say("done.unread", language, words=short(first.outcome.unread)))
    notes += [say_problem(job.job.problem, language) for job in state.jobs if job.job.problem]
    return tuple(dict.fromkeys(note for note in notes if note))


def likeness_lines(job: Job, language: str) -> list[str]:
    """How alike a result is, and what was done to keep it so; none where it was not measured."""
    found = job.outcome.likeness if job.outcome else None
    if found is None:
        return []
    lines = [say(f"done.likeness.{found.verdict.value}", language, percent=found.percent)]
    if found.tries == 1:
        return lines
    how = "held" if found.hold < 1 else "lowered" if found.strength else "best"
    strength = decimal(found.strength, language)
    return [*lines, say(f"done.likeness.{how}", language, tries=found.tries, strength=strength)]


def _likenesses(state: CardState, language: str) -> list[str]:
    """How alike each of several results is: one line each, the outfit first."""
    results = [job.job for job in state.jobs]
    return [f"{short(job.label)}: {'; '.join(lines)}" for job in results if (lines := likeness_lines(job, language))]
