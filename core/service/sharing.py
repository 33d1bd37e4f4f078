"""Sharing characters: with a server or a group, or with whoever has a code; to copy or to follow."""

from __future__ import annotations

import secrets
from dataclasses import replace
from typing import TYPE_CHECKING

from core.domain.character import Character, Share, ShareMode
from core.domain.character_names import key_of
from core.domain.clock import Clock
from core.domain.names import CharacterId, CommunityId, PersonId, new_id
from core.errors import InputError, NotAllowedError, NotFoundError, RefusedError
from core.service.asking import Asker
from core.storage.characters import CharacterStore

if TYPE_CHECKING:
    from core.service.characters import Characters

_ALPHABET = "23456789abcdefghjkmnpqrstvwxyz"  # none that is taken for another
_CODE = 12  # characters: about 59 bits, more than anybody can try


class Sharing:
    """Only owners share. What is shared to follow ends with the sharing; copies stay."""

    def __init__(self, characters: Characters, store: CharacterStore, clock: Clock, limit: int) -> None:
        self._characters = characters
        self._store = store
        self._clock = clock
        self._limit = limit

    async def share(self, asker: Asker, name: str, mode: ShareMode, *, here: bool) -> Share:
        """`here`: with everybody of the place where it is asked. Raises RefusedError("no-place"), NotAllowedError."""
        character = await self._own(asker.person, name)
        if here and asker.community is None:
            raise RefusedError("no-place", name=character.name)
        share = Share(
            code="".join(secrets.choice(_ALPHABET) for _ in range(_CODE)),
            character=character.id,
            mode=mode,
            place=asker.community if here else None,
            created_at=self._clock.now(),
        )
        await self._store.share(share)
        return share

    async def unshare(self, person: PersonId, name: str) -> Character:
        """Nobody can take or follow it any more."""
        character = await self._own(person, name)
        await self._store.unshare(character.id)
        return character

    async def move(self, old: CommunityId, new: CommunityId) -> None:
        """The platform calls a place by another name from now on: what is shared there goes along."""
        await self._store.move_shares(old, new)

    async def shares(self, character: Character) -> list[Share]:
        """How a character of one's own is shared; nobody else learns that."""
        return await self._store.shares(character.id) if character.is_own else []

    async def here(self, asker: Asker) -> list[tuple[Share, Character]]:
        """What others have shared with the place where it is asked."""
        if asker.community is None:
            return []
        holder = self._characters.owner_of(asker.person)
        offered = await self._store.offered(place=asker.community)
        return [(share, character) for share, character in offered if character.owner != holder]

    async def take(self, asker: Asker, given: str, name: str | None = None) -> Character:
        """By a code, or by its name where it is shared with this place. `name`: what to call it from now on.

        Raises NotFoundError("share"), NamingError, RefusedError("characters").
        """
        share, found = await self._offered(asker, given)
        holder = self._characters.owner_of(asker.person)
        if found.owner == holder:
            return found
        if found.base.picture is None:
            raise InputError("being-made", name=found.name)
        if share.mode is ShareMode.FOLLOW:
            await self._store.follow(holder, found.id, name or found.name, self._limit)
            return await self._store.get(found.id, holder)
        now = self._clock.now()
        copy = replace(
            found,
            id=CharacterId(new_id(now)),
            owner=holder,
            owner_name=asker.name,
            holder=holder,
            name=name or found.name,
            base=replace(found.base, number=1),
            is_default=False,
            created_at=now,
            changed_at=now,
        )
        return await self._store.add(copy, self._limit)

    async def _offered(self, asker: Asker, given: str) -> tuple[Share, Character]:
        code = given.strip().lower()
        if by_code := await self._store.offered(code=code):
            return by_code[0]
        for share, character in await self._store.offered(place=asker.community) if asker.community else []:
            if key_of(character.name) == key_of(given):
                return share, character
        raise NotFoundError("share", given=given[:40])

    async def _own(self, person: PersonId, name: str) -> Character:
        character = await self._characters.find(person, name)
        if not character.is_own:
            raise NotAllowedError("character", name=character.name)
        return character
