"""What characters keep of people: those they made, and the lists in which those and others' stand."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Collection, Iterable
from dataclasses import asdict

from sqlalchemy import delete, or_, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from core.domain.character import Base, Character
from core.domain.character_names import MOST, key_of
from core.domain.names import BlobId, PersonId
from core.storage.characters import CharacterStore
from core.storage.rooms import Kept, Moves, Room
from core.storage.tables import CharacterBaseRow, CharacterNameRow, CharacterRow

_ROOM = 4  # characters of a name that a number behind it may need


class CharacterBelongings(Room):
    """Who is linked has one list; when they part, it stays with whoever showed the code."""

    def __init__(self, store: CharacterStore) -> None:
        self._store = store

    async def settle(self, session: AsyncSession, moves: Moves) -> None:
        for owner, sources in moves.sources.items():
            for old in [one for one in sources if one in moves.gone]:
                await session.execute(update(CharacterRow).where(CharacterRow.owner == old).values(owner=owner))
                await _move_list(session, old, owner)

    async def erase(self, session: AsyncSession, person: PersonId, identities: Collection[PersonId]) -> Iterable[str]:
        """Who follows one of theirs loses it; copies are others' own."""
        people = {person, *identities}
        theirs = select(CharacterRow.id).where(CharacterRow.owner.in_(people))
        bases = select(CharacterBaseRow.picture, CharacterBaseRow.face_map)
        rows = await session.execute(bases.where(CharacterBaseRow.character.in_(theirs)))
        blobs = {blob for row in rows for blob in row if blob}
        lists = or_(CharacterNameRow.person.in_(people), CharacterNameRow.character.in_(theirs))
        await session.execute(delete(CharacterNameRow).where(lists))
        await session.execute(delete(CharacterRow).where(CharacterRow.owner.in_(people)))
        return blobs

    async def export(self, person: PersonId, identities: Collection[PersonId]) -> AsyncIterator[Kept]:
        """Own ones with every version of their base; of those that are followed the name."""
        listed = await self._store.listed(person)
        if not listed:
            return
        bases = {one.id: await self._store.bases(one.id) for one in listed if one.is_own}
        lines = [_plain(one, bases.get(one.id, [])) for one in listed]
        yield Kept(name="characters.json", text=json.dumps(lines, indent=1, ensure_ascii=False, default=str))
        for one in listed:
            for base in bases.get(one.id, []):
                for name, blob in _pictures(one, base).items():
                    yield Kept(name=name, blob=blob)


def _pictures(character: Character, base: Base) -> dict[str, BlobId]:
    parts = (("character", base.picture), ("face", base.face_map))
    return {f"pictures/{kind}-{character.id}-{base.number}.png": blob for kind, blob in parts if blob}


def _plain(character: Character, bases: Iterable[Base]) -> dict[str, object]:
    if not character.is_own:
        return {"name": character.name, "followed": True, "by": character.owner_name}
    return {
        "name": character.name,
        "settings": asdict(character.preset),
        "keeps": character.keep.value,
        "threshold": character.threshold,
        "default": character.is_default,
        "bases": [list(_pictures(character, base)) for base in bases],
    }


async def _move_list(session: AsyncSession, old: PersonId, new: PersonId) -> None:
    """What both have stands there once, two of one name get a number, and the new one's default stays."""
    listed = select(CharacterNameRow).where(CharacterNameRow.person.in_((old, new))).order_by(CharacterNameRow.key)
    rows = (await session.scalars(listed)).all()
    kept = [row for row in rows if row.person == new]
    known, keys = {row.character for row in kept}, {row.key for row in kept}
    has_default = any(row.is_default for row in kept)
    moved = []
    for row in [one for one in rows if one.person == old]:
        if row.character not in known:
            name = _free_name(row.name, keys)
            keys.add(key_of(name))
            is_default = row.is_default and not has_default
            moved.append(
                CharacterNameRow(
                    person=new, key=key_of(name), name=name, character=row.character, is_default=is_default
                )
            )
        await session.delete(row)
    await session.flush()
    session.add_all(moved)


def _free_name(name: str, keys: Collection[str]) -> str:
    number, free = 2, name
    while key_of(free) in keys:
        free, number = f"{name[: MOST - _ROOM]} {number}", number + 1
    return free
