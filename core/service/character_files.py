"""A character as one file: its base picture with its settings inside, which anybody may have written."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from decimal import Decimal, InvalidOperation
from typing import Any

from core.domain.character import Character, Preset
from core.domain.likeness import Keep
from core.domain.request import MAX_SEED
from core.errors import InputError
from core.imaging import provenance
from core.service.requests import Rules

_KEY = "character"  # in the settings that a picture carries
_MAX_STEPS = 150
_MAX_TEXT = 20_000  # characters of a prompt that are looked at


@dataclass(frozen=True, kw_only=True, slots=True)
class Carried:
    """What a file carries of a character besides its picture. Its face is found anew where it is wanted."""

    name: str
    preset: Preset
    keep: Keep = Keep.OFF
    threshold: float | None = None


def exported(character: Character, png: bytes) -> bytes:
    """The picture with the character's settings in it; its pixels stay as they are."""
    carried = Carried(name=character.name, preset=character.preset, keep=character.keep, threshold=character.threshold)
    return provenance.attach(png, {_KEY: _plain(carried)})


def with_character(png: bytes, settings: Mapping[str, Any] | None, rules: Rules) -> bytes:
    """A picture after intake, which has lost all that was in its file, with the character that was: that, read anew."""
    try:
        carried = character_in(settings, rules)
    except InputError:
        return png
    return provenance.attach(png, {_KEY: _plain(carried)})


def character_in(settings: Mapping[str, Any] | None, rules: Rules) -> Carried:
    """A character out of a file's settings; a style that is not known here is left out.

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
    keeps = {keep.value: keep for keep in Keep}
    return Carried(
        name=_text(plain, "name") or "",
        preset=preset,
        keep=keeps.get(_text(plain, "keep") or "", Keep.OFF),  # which files of earlier versions do not say
        threshold=_share(plain, "alike"),
    )


def _plain(carried: Carried) -> dict[str, Any]:
    kept = {"keep": carried.keep.value, "alike": carried.threshold}
    return asdict(carried.preset) | {"strength": str(carried.preset.strength), "name": carried.name, **kept}


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


def _share(plain: Mapping[str, Any], name: str) -> float | None:
    value = plain.get(name)
    if value is None:
        return None
    if not isinstance(value, int | float) or isinstance(value, bool) or not 0 <= value <= 1:
        raise InputError("no-character-in-file")
    return float(value)


def _strength(plain: Mapping[str, Any]) -> Decimal:
    try:
        strength = Decimal(str(plain.get("strength"))[:20])
    except InvalidOperation:
        raise InputError("no-character-in-file") from None
    if not strength.is_finite() or not 0 <= strength <= 1:
        raise InputError("no-character-in-file")
    return strength
