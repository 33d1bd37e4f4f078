"""What of a character its variations keep: its face by a map that is found once, its likeness by making them again."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Protocol

from core.domain.character import Character
from core.domain.clock import Clock
from core.domain.command import Command
from core.domain.likeness import Keep
from core.domain.names import BlobId, PersonId
from core.errors import EngineError, NotAllowedError
from core.service.faces import Faces
from core.service.varying import Desk, base_picture
from core.storage.characters import CharacterStore


class Lists(Protocol):
    """Where characters are looked up; core.service.characters.Characters is it."""

    async def find(self, person: PersonId, name: str) -> Character: ...

    async def meant(self, person: PersonId, command: Command) -> tuple[Character, str]: ...


@dataclass(frozen=True, kw_only=True, slots=True)
class Face:
    """Where a character's face was found: `shown` is the base picture (PNG) with a tint over what may change."""

    character: Character
    shown: bytes


class Keeping:
    """Owners decide what is kept by default; who varies a character may say otherwise each time."""

    def __init__(self, lists: Lists, store: CharacterStore, faces: Faces, desk: Desk, clock: Clock) -> None:
        self._lists = lists
        self._store = store
        self._faces = faces
        self._desk = desk
        self._clock = clock

    async def keep(self, person: PersonId, name: str, keep: Keep, threshold: float | None = None) -> Character:
        """From now on; `threshold` in [0, 1] is its own floor, None "same". Finds no face: the first variation does.

        Raises NotAllowedError for one that is followed.
        """
        character = await self._own(person, name)
        await self._store.keep(character.id, keep, threshold, self._clock.now())
        return replace(character, keeps_face=keep.face, keeps_likeness=keep.likeness, threshold=threshold)

    async def face(self, person: PersonId, name: str, *, words: str = "", painted: BlobId | None = None) -> Face:
        """Find the face on the base picture anew: where a copy of it was painted on, by words, or by what finds faces.

        The map is kept with that version of the base. Raises InputError("being-made", "not-painted"),
        EngineError("no-face", "away"), ModelError where nothing finds faces, NotAllowedError.
        """
        return await self._found(await self._own(person, name), self._desk.rules.model, words, painted)

    async def look(self, person: PersonId, command: Command) -> Face | None:
        """Before a variation: the face that was found just now, to be shown once; None where nothing new was needed.

        Raises what `face` raises, but not that it is somebody else's: whoever varies it has the face found.
        """
        character, _ = await self._lists.meant(person, command)
        keep = command.keep or character.keep
        if not keep.face or character.base.face_map or character.base.picture is None:
            return None
        return await self._found(character, self._desk.rules.of(command.model).model, "", None)

    async def held(self, character: Character, keep: Keep | None) -> Character:
        """As it goes into a session, its face found: what the host says is kept, else what the owner says.

        Where nobody says anything it is the face, if it can be found: with one low strength everywhere, ideas would
        hardly show. Raises what `face` raises where it was asked for.
        """
        asked = keep or (character.keep if character.keep is not Keep.OFF else None)
        wanted = asked or Keep.FACE
        kept = replace(character, keeps_face=wanted.face, keeps_likeness=wanted.likeness)
        if not wanted.face or kept.base.face_map or kept.base.picture is None:
            return kept
        try:
            return (await self._found(kept, self._desk.rules.model, "", None)).character
        except EngineError:
            if asked:
                raise
            return replace(kept, keeps_face=False)

    async def shown(self, character: Character) -> bytes | None:
        """The base with a tint over what may change; None where no face was found yet."""
        base = character.base
        if base.picture is None or base.face_map is None:
            return None
        return await self._faces.shown(base.picture, base.face_map)

    async def _found(self, character: Character, model: str, words: str, painted: BlobId | None) -> Face:
        picture = base_picture(character).blob
        find = self._faces.painted(picture, painted) if painted else self._faces.find(picture, model, words)
        found = await find
        await self._store.map_face(character.id, character.base.number, found)
        mapped = replace(character, base=replace(character.base, face_map=found))
        return Face(character=mapped, shown=await self._faces.shown(picture, found))

    async def _own(self, person: PersonId, name: str) -> Character:
        character = await self._lists.find(person, name)
        if not character.is_own:
            raise NotAllowedError("character", name=character.name)
        return character
