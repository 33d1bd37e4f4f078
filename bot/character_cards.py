"""The character card: what is shown of a character. Platform-neutral; adapters only draw it."""

from __future__ import annotations

from dataclasses import dataclass

from bot.cards import Action, Button
from bot.replies import decimal, say
from core.domain.character import Base, Character, Share, ShareMode
from core.domain.job import Job
from core.domain.likeness import Keep

_SHORT = 300  # characters of a prompt on a card
_LINE = 60  # of one in a list


@dataclass(frozen=True, kw_only=True, slots=True)
class CharacterCard:
    """`best` are the jobs of its best variations; `alt` says what its picture shows. `lines` stand under `headline`."""

    character: Character
    headline: str
    lines: tuple[str, ...] = ()
    rows: tuple[tuple[Button, ...], ...] = ()
    best: tuple[Job, ...] = ()
    alt: str = ""

    @property
    def has_picture(self) -> bool:
        return self.character.base.picture is not None


def character_card(
    character: Character,
    language: str,
    *,
    best: tuple[Job, ...] = (),
    versions: tuple[Base, ...] = (),
    shares: tuple[Share, ...] = (),
) -> CharacterCard:
    """`versions` of the base and `shares` are told to the owner alone."""
    lines = [_short(character.preset.prompt, _SHORT), *_settings(character, versions, language)]
    if character.keep is not Keep.OFF:
        lines.append(say(f"character.keeps.{character.keep.value}", language))
    lines += [say(f"character.shared.{_way(share)}", language, code=share.code) for share in shares]
    if character.base.picture is None:
        lines.append(say("character.being-made", language))
    return CharacterCard(
        character=character,
        headline=headline(character, language),
        lines=tuple(line for line in lines if line),
        rows=_rows(character, language),
        best=best,
        alt=say("character.alt", language, name=character.name, words=_short(character.preset.prompt, _SHORT)),
    )


def headline(character: Character, language: str) -> str:
    """The name, whose it is where it is followed, and whether it is the default."""
    parts = [character.name]
    if not character.is_own:
        parts.append(say("character.of", language, name=character.owner_name or say("character.somebody", language)))
    if character.is_default:
        parts.append(say("character.default", language))
    return " · ".join(parts)


def list_line(character: Character, language: str) -> str:
    """One line of a list."""
    return " · ".join(part for part in (headline(character, language), _short(character.preset.prompt, _LINE)) if part)


def _settings(character: Character, versions: tuple[Base, ...], language: str) -> list[str]:
    preset = character.preset
    strength = decimal(f"{preset.strength.normalize():f}", language)
    parts = [say("character.settings", language, strength=strength, seed=preset.seed)]
    parts += [preset.style] if preset.style else []
    parts += [say("character.steps", language, steps=preset.steps)] if preset.steps else []
    if len(versions) > 1:
        parts.append(say("character.version", language, number=character.base.number, count=len(versions)))
    lines = [" · ".join(parts)]
    if preset.negative:
        lines.append(say("character.negative", language, words=_short(preset.negative, _SHORT)))
    return lines


def _rows(character: Character, language: str) -> tuple[tuple[Button, ...], ...]:
    rows: list[tuple[Action, ...]] = [(Action.DROP,)]
    if character.base.picture is not None:
        first = (Action.DRESS,) if character.is_default else (Action.DRESS, Action.PREFER)
        rows = [first, (Action.ALTER, Action.FACE, Action.EXPORT, Action.DROP) if character.is_own else (Action.DROP,)]
    return tuple(tuple(button(action, character, language) for action in row) for row in rows)


def button(action: Action, character: Character, language: str) -> Button:
    return Button(action=action, label=say(f"button.{action.value}", language), target=character.id)


def _way(share: Share) -> str:
    where = "here" if share.place else "code"
    return f"{where}-{'follow' if share.mode is ShareMode.FOLLOW else 'copy'}"


def _short(text: str, most: int) -> str:
    text = " ".join(text.split())
    return text if len(text) <= most else text[: most - 1] + "…"
