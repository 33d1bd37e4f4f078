""" "Did you mean": the known name nearest to what somebody typed."""

from __future__ import annotations

from collections.abc import Iterable
from difflib import get_close_matches

_LONGEST = 60  # characters compared: the comparison is quadratic


def nearest(name: str, known: Iterable[str]) -> str | None:
    """The known name a person most likely meant, or None if nothing is close."""
    close = get_close_matches(name.strip().lower()[:_LONGEST], list(known), n=1, cutoff=0.55)
    return close[0] if close else None
