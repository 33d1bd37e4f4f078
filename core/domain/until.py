"""Until when: "2h", "1d 12h", "90 min", "20:00", "2026-12-24 20:00"; clock times are UTC."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta

from core.errors import OptionError

MIN_SECONDS = 60.0
MAX_SECONDS = 30 * 86_400.0
_SPAN = re.compile(r"(\d{1,5})\s*([a-z]*)\s*")
_UNITS = {
    "m": 60.0,
    "min": 60.0,
    "minute": 60.0,
    "minuten": 60.0,
    "minutos": 60.0,
    "minutes": 60.0,
    "h": 3600.0,
    "hour": 3600.0,
    "hours": 3600.0,
    "std": 3600.0,
    "stunden": 3600.0,
    "horas": 3600.0,
    "d": 86_400.0,
    "day": 86_400.0,
    "days": 86_400.0,
    "tage": 86_400.0,
    "dias": 86_400.0,
    "días": 86_400.0,
}
_TIME = re.compile(r"(?:(\d{4})-(\d{1,2})-(\d{1,2})[ t]+)?(\d{1,2}):(\d{2})\s*(?:utc|z)?")


def parse_until(text: str, now: float) -> float:
    """Seconds since the epoch, between a minute and thirty days from `now`. Raises OptionError."""
    words = text.strip().lower()
    try:
        at = _at_a_time(words, now)
        at = now + _span(words) if at is None else at
    except (ValueError, OverflowError):
        raise OptionError("until", given=text.strip()[:40]) from None
    if not MIN_SECONDS <= at - now <= MAX_SECONDS:
        raise OptionError("until-range", given=text.strip()[:40])
    return at


def _at_a_time(words: str, now: float) -> float | None:
    """A clock time today or tomorrow, or on a date; None where it is a span."""
    match = _TIME.fullmatch(words)
    if not match:
        return None
    year, month, day, hour, minute = (int(part) if part else 0 for part in match.groups())
    if year:
        return datetime(year, month, day, hour, minute, tzinfo=UTC).timestamp()
    today = datetime.fromtimestamp(now, UTC).replace(hour=hour, minute=minute, second=0, microsecond=0)
    return (today if today.timestamp() > now else today + timedelta(days=1)).timestamp()


def _span(words: str) -> float:
    """Of one or several numbers with units; minutes where none is said. ValueError for anything else."""
    parts = [match.groups() for match in _SPAN.finditer(words)]
    if not parts or "".join(_SPAN.sub("", words).split()):
        raise ValueError
    try:
        return sum(int(number) * _UNITS[unit or "min"] for number, unit in parts)
    except KeyError:
        raise ValueError from None
