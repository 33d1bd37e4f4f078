"""A character as one file: its base picture with its settings inside, which anybody may have written."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from decimal import Decimal, InvalidOperation
from typing import Any

from core.domain.character import Character, Preset
from core.domain.request import MAX_SEED
from core.errors import InputError
from core.imaging import provenance
from core.service.requests import Rules

_KEY = "character"  # in the settings that a picture carries
_MAX_STEPS = 150
_MAX_TEXT = 20_000  # characters of a prompt that are looked at


def exported(character: Character, png: bytes) -> bytes:
    """The picture with the character's settings in it; its pixels stay as they are."""
    return provenance.attach(png, {_KEY: _plain(character.name, character.preset)})


def with_character(png: bytes, settings: Mapping[str, Any] | None, rules: Rules) -> bytes:
    """A picture after intake, which has lost all that was in its file, with the character that was: that, read anew."""
    try:
        name, preset = character_in(settings, rules)
    except InputError:
        return png
    return provenance.attach(png, {_KEY: _plain(name, preset)})


def character_in(settings: Mapping[str, Any] | None, rules: Rules) -> tuple[str, Preset]:
    """Name and preset out of a file's settings; a style that is not known here is left out.

    Raises InputError("no-character-in-file") for whatever is wrong with them.
    """
    plain = (settings or {}).get(_KEY)
    if not isinstance(plain, dict):
        raise InputError("no-character-in-file")
    style = _text(plain, "style")
    preset = Preset(
        prompt=_text(plain, "prompt") or "",
        negative=_text(plain, "negative"),
        seed=_number(plain, "seed", 0, MAX_SEED),
        strength=_strength(plain),
        style=style if style in rules.catalogue.styles else None,
        steps=_number(plain, "steps", 1, _MAX_STEPS),
    )
    return _text(plain, "name") or "", preset


def _plain(name: str, preset: Preset) -> dict[str, Any]:
    return asdict(preset) | {"strength": str(preset.strength), "name": name}


def _text(plain: Mapping[str, Any], name: str) -> str | None:
    value = plain.get(name)
    if value is None:
        return None
    if not isinstance(value, str) or len(value) > _MAX_TEXT:
        raise InputError("no-character-in-file")
    return value


def _number(plain: Mapping[str, Any], name: str, low: int, high: int) -> int | None:
    value = plain.get(name)
    if value is None:
        return None
    if not isinstance(value, int) or isinstance(value, bool) or not low <= value <= high:
        raise InputError("no-character-in-file")
    return value


def _strength(plain: Mapping[str, Any]) -> Decimal:
    try:
        strength = Decimal(str(plain.get("strength"))[:20])
    except InvalidOperation:
        raise InputError("no-character-in-file") from None
    if not strength.is_finite() or not 0 <= strength <= 1:
        raise InputError("no-character-in-file")
    return strength
