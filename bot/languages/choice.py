"""Which language somebody is spoken to in."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Final

from core.service.service import Asker, Service

NAMES: Final = {"en": "English", "de": "Deutsch", "es": "Español"}  # each in its own words
DEFAULT: Final = "en"
_RANGE = re.compile(r"\s*([A-Za-z]{1,8}(?:-[A-Za-z0-9]{1,8})*)\s*(?:;\s*q=\s*([01](?:\.\d{0,3})?))?\s*")
_MOST = 20  # ranges of a header that are looked at


def choose(*wishes: str | None) -> str:
    """The first of the wishes that is spoken here; "es-419" or "de_AT" wishes for Spanish, German. Else English."""
    return next((base for wish in wishes if (base := base_of(wish)) in NAMES), DEFAULT)


def base_of(tag: str | None) -> str:
    """The language of a tag without its region: "de" of "de-AT"."""
    return re.split(r"[-_]", tag or "", maxsplit=1)[0].lower()


def accepted(header: str | None) -> str | None:
    """The best language of an Accept-Language header that is spoken here, or None (RFC 9110, 12.5.4)."""
    best = max(_ranges(header or ""), key=lambda pair: pair[1], default=None)  # the first of equals
    return best[0] if best else None


async def language_of(service: Service, asker: Asker) -> str:
    """The person's own choice (/settings), else what their platform is set to, else the place's, else English."""
    preferences = await service.preferences(asker.person)
    rules = await service.administration.rules(asker)
    return choose(preferences.language, asker.language, *(each.language for each in reversed(rules)))


def _ranges(header: str) -> Iterable[tuple[str, float]]:
    for part in header.split(",")[:_MOST]:
        if (match := _RANGE.fullmatch(part)) and base_of(match[1]) in NAMES:
            quality = float(match[2]) if match[2] else 1.0
            if quality > 0:
                yield base_of(match[1]), quality
