"""Buttons that say yes for one person alone, wherever others see them, too."""

from __future__ import annotations

import hashlib

from core.domain.names import PersonId
from core.errors import NotAllowedError

_LENGTH = 8  # characters; the platform vouches for who presses, this only tells people apart


def bound(what: str, person: PersonId) -> str:
    """The target of a button that only this person may press; `what` is digits and small letters."""
    return what + _mark(person)


def unbound(target: str, person: PersonId) -> str:
    """What the target of a button says. Raises NotAllowedError where it is somebody else's."""
    if not target.endswith(_mark(person)):
        raise NotAllowedError("owner")
    return target[:-_LENGTH]


def _mark(person: PersonId) -> str:
    return hashlib.sha256(person.encode()).hexdigest()[:_LENGTH]
