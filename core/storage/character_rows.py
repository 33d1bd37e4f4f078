"""Characters as rows and rows as characters."""

from __future__ import annotations

from dataclasses import asdict
from decimal import Decimal

from sqlalchemy import and_

from core.domain.character import Base, Character, Preset, Share
from core.domain.names import BlobId, CharacterId, CommunityId, PersonId
from core.storage.tables import CharacterBaseRow, CharacterNameRow, CharacterRow, CharacterShareRow

SAME_BASE = and_(CharacterBaseRow.character == CharacterRow.id, CharacterBaseRow.number == CharacterRow.version)


def character_row(character: Character) -> CharacterRow:
    return CharacterRow(
        id=character.id,
        owner=character.owner,
        owner_name=character.owner_name,
        version=character.base.number,
        threshold=character.threshold,
        keeps_likeness=character.keeps_likeness,
        keeps_face=character.keeps_face,
        created_at=character.created_at,
        changed_at=character.changed_at,
        **(asdict(character.preset) | {"strength": str(character.preset.strength)}),
    )


def base_row(character: CharacterId, base: Base) -> CharacterBaseRow:
    return CharacterBaseRow(character=character, **asdict(base))


def character_of(name: CharacterNameRow, row: CharacterRow, base: CharacterBaseRow) -> Character:
    preset = Preset(
        prompt=row.prompt,
        negative=row.negative,
        seed=row.seed,
        strength=Decimal(row.strength),
        style=row.style,
        steps=row.steps,
    )
    return Character(
        id=CharacterId(row.id),
        owner=PersonId(row.owner),
        owner_name=row.owner_name,
        holder=PersonId(name.person),
        name=name.name,
        base=base_of(base),
        preset=preset,
        is_default=name.is_default,
        threshold=row.threshold,
        keeps_likeness=row.keeps_likeness,
        keeps_face=row.keeps_face,
        created_at=row.created_at,
        changed_at=row.changed_at,
    )


def base_of(row: CharacterBaseRow) -> Base:
    return Base(
        number=row.number,
        width=row.width,
        height=row.height,
        made_at=row.made_at,
        picture=BlobId(row.picture) if row.picture else None,
        identity=row.identity,
        encoder=row.encoder,
        face_map=BlobId(row.face_map) if row.face_map else None,
    )


def share_of(row: CharacterShareRow) -> Share:
    return Share(
        code=row.code,
        character=CharacterId(row.character),
        mode=row.mode,
        place=CommunityId(row.place) if row.place else None,
        created_at=row.created_at,
    )
