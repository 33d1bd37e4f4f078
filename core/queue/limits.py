"""What one person may have at a time, and how often a job may kill its engine."""

from __future__ import annotations

from math import ceil

from core.errors import RefusedError
from core.queue.ports import Limits

MAX_DEATHS = 2  # engines a job may take down with it before it is given up


def too_many_waiting(waiting: int, limits: Limits, seconds: float) -> RefusedError:
    """The refusal for a person who has `waiting` jobs, of which the first should start in `seconds`."""
    return RefusedError("waiting", waiting=waiting, limit=limits.waiting, seconds=max(1, ceil(seconds)))
