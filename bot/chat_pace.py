"""How often a chat's messages are changed."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True, slots=True)
class Pace:
    """Seconds: between two edits of one message, between looks at the queue, before the first retry.

    `second` is how long one second of a platform's own rules lasts: its flood limits, the pieces of an album.
    """

    step: float = 3.0
    look: float = 5.0
    retry: float = 2.0
    second: float = 1.0
