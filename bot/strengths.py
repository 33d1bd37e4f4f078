"""The button "Strength": which ones it offers, and what choosing one means."""

from __future__ import annotations

from decimal import Decimal

from bot.buttons import Action, Asked, Button
from bot.replies import decimal, say
from core.domain.job import Job
from core.domain.names import JobId
from core.errors import NotFoundError

_OFFERED = tuple(map(Decimal, ("0.2", "0.3", "0.4", "0.5", "0.6", "0.7", "0.8", "1")))
_DIGITS = 3  # of the percents behind the job's id


def strengths(job: Job, language: str) -> Asked:
    """A question with a button for each strength, but that of the job; all else stays, the seed too."""
    before = job.request.strength
    buttons = tuple(
        Button(action=Action.AT, label=_said(one, language), target=f"{job.id}{int(one * 100):0{_DIGITS}}")
        for one in _OFFERED
        if one != before
    )
    return Asked(text=say("strength.which", language, strength=_said(before, language)), buttons=buttons)


def chosen(target: str) -> tuple[JobId, str]:
    """The job and the strength that a button names. Raises NotFoundError."""
    job, percents = target[:-_DIGITS], target[-_DIGITS:]
    if not job or not percents.isdecimal() or int(percents) > 100:
        raise NotFoundError("job")
    return JobId(job), f"{Decimal(percents) / 100}"


def _said(strength: Decimal, language: str) -> str:
    return decimal(f"{strength.normalize():f}", language)
