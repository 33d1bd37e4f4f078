"""Characters: what their people do with them. Jobs that show one are made in `core.service.varying`."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, replace

from core.domain.character import Base, Character, Preset
from core.domain.character_names import checked, folded, key_of
from core.domain.clock import Clock
from core.domain.command import Command, StoredPicture
from core.domain.job import Job
from core.domain.names import BlobId, CharacterId, JobId, PersonId, new_id
from core.domain.nearest import nearest
from core.errors import InputError, NotAllowedError, NotFoundError, RestyleError, UnknownNameError
from core.imaging import provenance
from core.imaging.canvas import canvas
from core.imaging.encode import Encoded, ladder
from core.service.asking import Asker
from core.service.character_files import character_in, exported
from core.service.faces import Faces
from core.service.keeping import Face, Keeping
from core.service.sharing import Sharing
from core.service.sheets import character_sheet
from core.service.states import CardState
from core.service.varying import Desk, base_picture, draft_request, draw_seed, joined, variations
from core.storage.blobs import BlobStore
from core.storage.characters import CharacterStore

_BEST = 4  # variations on a character's card
_LISTED = 12  # names in an error


@dataclass(frozen=True, kw_only=True, slots=True)
class CharacterParts:
    """What characters are kept in and made of. `limit`: of one person, those they follow included."""

    store: CharacterStore
    blobs: BlobStore
    clock: Clock
    limit: int = 50


class Characters:
    """Each person's own list. Names are found without regard to case and accents; only owners change a character."""

    def __init__(self, parts: CharacterParts, faces: Faces, desk: Desk) -> None:
        self._parts = parts
        self._store = parts.store
        self._desk = desk
        self.keeping = Keeping(self, parts.store, faces, desk, parts.clock)
        self.sharing = Sharing(self, parts.store, parts.clock, parts.limit)

    @property
    def limit(self) -> int:
        """How many characters one person may have."""
        return self._parts.limit

    def owner_of(self, person: PersonId) -> PersonId:
        """Whose list an identity of a platform sees."""
        return self._desk.owner_of(person)

    # looking

    async def listed(self, person: PersonId) -> list[Character]:
        """Own and followed ones, by name; those that are still being made, too."""
        await self._store.settle()
        return await self._store.listed(self._desk.owner_of(person))

    async def get(self, person: PersonId, character: CharacterId) -> Character:
        """One of the person's list. Raises NotFoundError."""
        await self._store.settle()
        return await self._store.get(character, self._desk.owner_of(person))

    async def find(self, person: PersonId, name: str) -> Character:
        """By its name. Raises UnknownNameError with the nearest one, NotFoundError("no-characters")."""
        listed = await self.listed(person)
        key = key_of(name)
        if found := next((one for one in listed if key_of(one.name) == key), None):
            return found
        raise _unknown(name, listed)

    async def default(self, person: PersonId) -> Character | None:
        """The one that /character use has set."""
        return next((one for one in await self.listed(person) if one.is_default), None)

    async def named_by(self, person: PersonId, words: str, *, or_default: bool = True) -> tuple[Character, str]:
        """The character that the first words name (the longest name counts), else the default; and the other words.

        Raises what `find` raises.
        """
        listed, split = await self.listed(person), words.split()
        by_key = {key_of(one.name): one for one in listed}
        for length in range(len(split), 0, -1):
            if found := by_key.get(key_of(" ".join(split[:length]))):
                return found, " ".join(split[length:])
        if or_default and (default := next((one for one in listed if one.is_default), None)):
            return default, words
        if not split and listed:
            raise NotFoundError("which-character")
        raise _unknown(split[0] if split else "", listed)

    async def versions(self, person: PersonId, name: str) -> list[Base]:
        """Of the base picture, the first one first."""
        return await self._store.bases((await self.find(person, name)).id)

    async def best(self, character: Character, limit: int = _BEST) -> list[Job]:
        """Its holder's variations of it, those first that are most like it, then the newest."""
        jobs = await self._store.variations(character.id, character.holder, limit + 1)
        others = [job for job in jobs if job.outcome and job.outcome.result != character.base.picture]
        return others[:limit]

    async def picture(self, person: PersonId, character: CharacterId) -> BlobId:
        """The base picture. Raises InputError("being-made"), NotFoundError."""
        return base_picture(await self.get(person, character)).blob

    async def sheet(self, character: Character, jobs: Sequence[Job]) -> bytes:
        """The base picture and these variations, labelled (PNG). Raises InputError("being-made"), NotFoundError."""
        return await character_sheet(base_picture(character).blob, jobs, self._parts.blobs.get)

    async def sheet_file(self, character: Character, jobs: Sequence[Job], limit: int) -> Encoded:
        """The sheet within `limit` bytes, and what that took."""
        return await asyncio.to_thread(ladder, await self.sheet(character, jobs), limit)

    # saving

    async def save(self, asker: Asker, name: str, picture: StoredPicture, preset: Preset) -> Character:
        """From a picture. Raises NamingError, RefusedError("characters"), InputError."""
        base = Base(
            number=1, picture=picture.blob, width=picture.width, height=picture.height, made_at=self._parts.clock.now()
        )
        return await self._store.add(self._new(asker, name, base, self._checked(preset)), self.limit)

    async def save_result(self, asker: Asker, name: str, job_id: JobId, *, shown: bool = False) -> Character:
        """From a finished job, with its settings; of a variation, with those of the character it shows."""
        job = await self._desk.job(asker.person, job_id, shown=shown)
        preset = Preset(prompt=job.request.prompt, negative=job.request.negative or None, seed=job.request.seed)
        if job.character:
            preset = await self._preset_behind(asker.person, job.character, preset)
        return await self.save(asker, name, result_of(job), preset)

    async def make(self, asker: Asker, name: str, preset: Preset, command: Command) -> CardState:
        """From words alone: a job at strength 1; the character has its picture once that is done."""
        holder, preset = self._desk.owner_of(asker.person), self._checked(preset)
        await self._store.settle()
        await self._store.check_room(holder, name, self.limit)
        side = self._desk.rules.spec.native_side
        blob = await self._parts.blobs.put(canvas(side, side), "image/png")
        blank = StoredPicture(blob=blob, width=side, height=side)
        request = draft_request(preset, command, blank, self._desk.rules)
        base = Base(number=1, width=request.width, height=request.height, made_at=self._parts.clock.now())
        character = self._new(asker, name, base, preset)
        state = await self._desk.accept(
            asker, command, [request], (side, side), character=character.id, labels=[preset.prompt]
        )
        try:
            await self._store.add(character, self.limit)
        except RestyleError:  # somebody was quicker with this name
            await self._desk.cancel(asker.person, state.first.id)
            raise
        return state

    # changing

    async def edit(self, person: PersonId, name: str, **changes: object) -> Character:
        """Change fields of its preset; the others stay. Raises NotAllowedError, InputError."""
        character = await self._own(person, name)
        preset = self._checked(replace(character.preset, **changes))  # type: ignore[arg-type]  # read by the parser
        await self._store.edit(character.id, preset, self._parts.clock.now())
        return replace(character, preset=preset)

    async def rename(self, person: PersonId, name: str, new: str) -> Character:
        """In the person's own list: who follows a character may call it what they like."""
        character = await self.find(person, name)
        await self._store.rename(character.holder, character.id, new)
        return replace(character, name=checked(new))

    async def use(self, person: PersonId, name: str | None) -> Character | None:
        """Make it the default; None takes the default back."""
        if name is None:
            await self._store.prefer(self._desk.owner_of(person), None)
            return None
        character = await self.find(person, name)
        await self._store.prefer(character.holder, character.id)
        return replace(character, is_default=True)

    async def delete(self, person: PersonId, name: str) -> Character:
        """An own one is gone for everybody, a followed one leaves the list. Jobs that show it end as usual."""
        character = await self.find(person, name)
        await self._store.remove(character.holder, character.id)
        return character

    async def rebase(self, person: PersonId, job_id: JobId) -> Character:
        """Make a variation's picture the base of its character; the old base stays as a version."""
        job = await self._desk.job(person, job_id)
        if job.character is None:
            raise NotFoundError("character")
        return await self.take_base(person, job.character, result_of(job))

    async def take_base(self, person: PersonId, named: CharacterId, picture: StoredPicture) -> Character:
        """Make any picture the base of an own character. Raises NotFoundError, NotAllowedError."""
        character = await self.get(person, named)
        self._require_own(character)
        size = (picture.width, picture.height)
        await self._store.add_base(character.id, picture.blob, size, self._parts.clock.now())
        return await self.get(person, character.id)

    async def revert(self, person: PersonId, name: str, number: int) -> Character:
        """Go back (or forth) to a kept version of the base. Raises NotFoundError("version")."""
        character = await self._own(person, name)
        if not await self._store.go_to(character.id, number, self._parts.clock.now()):
            known = ", ".join(str(base.number) for base in await self._store.bases(character.id))
            raise NotFoundError("version", name=character.name, number=number, known=known)
        return await self.get(person, character.id)

    # files

    async def export(self, person: PersonId, name: str) -> tuple[Character, bytes]:
        """The base picture with the settings inside it (PNG): one file that `bring` reads."""
        character = await self._own(person, name)
        return character, exported(character, await self._parts.blobs.get(base_picture(character).blob))

    async def bring(self, asker: Asker, picture: StoredPicture, name: str | None = None) -> Character:
        """From a file of `export` that was taken in. Raises InputError("no-character-in-file") and what `save` does."""
        settings = provenance.read(await self._parts.blobs.get(picture.blob))
        carried = character_in(settings, self._desk.rules)
        saved = await self.save(asker, name or carried.name, picture, carried.preset)
        return await self.keeping.keep(asker.person, saved.name, carried.keep, carried.threshold)

    # making pictures

    async def vary(self, asker: Asker, command: Command) -> tuple[CardState, Face | None]:
        """One card of variations from the base picture, one for each outfit, all with one seed.

        Each is measured against the base; what is kept says the command, else the character. With it comes the face,
        where it had to be found for this and should be shown.
        Raises InputError("no-outfits", "too-many-outfits", "braces", "being-made"), what `keeping.look` raises, and
        what `find` raises.
        """
        character, words = await self.meant(asker.person, command)
        made = variations(character, words, command, self._desk.rules, self._desk.limits)
        if face := await self.keeping.look(asker.person, command):
            character = face.character
            made = variations(character, words, command, self._desk.rules, self._desk.limits)
        size = (character.base.width, character.base.height)
        requests = [one.request for one in made]
        labels = [one.outfit for one in made]
        state = await self._desk.accept(asker, command, requests, size, character=character.id, labels=labels)
        return state, face

    async def dressed(
        self, person: PersonId, command: Command, picture: StoredPicture | None
    ) -> tuple[Command, StoredPicture, Character]:
        """A command with its character's settings where it says nothing, on the base where there is no picture.

        Raises InputError("no-picture") where neither a picture nor a character is named, and there is no default.
        """
        character = await self.find(person, command.character) if command.character else await self.default(person)
        if character is None:
            raise InputError("no-picture")
        return joined(command, character.preset, self._desk.rules), picture or base_picture(character), character

    def _new(self, asker: Asker, name: str, base: Base, preset: Preset) -> Character:
        now, holder = self._parts.clock.now(), self._desk.owner_of(asker.person)
        return Character(
            id=CharacterId(new_id(now)),
            owner=holder,
            owner_name=asker.name,
            holder=holder,
            name=checked(name),
            base=base,
            preset=preset if preset.seed is not None else replace(preset, seed=draw_seed()),
            created_at=now,
            changed_at=now,
        )

    def _checked(self, preset: Preset) -> Preset:
        """Raises InputError("prompt-too-long"), UnknownNameError."""
        limit = self._desk.rules.max_prompt
        for text in (preset.prompt, preset.negative or ""):
            if len(text) > limit:
                raise InputError("prompt-too-long", length=len(text), limit=limit)
        return replace(preset, style=self._desk.rules.catalogue.style(preset.style).name) if preset.style else preset

    async def _preset_behind(self, person: PersonId, character: CharacterId, otherwise: Preset) -> Preset:
        try:
            return (await self.get(person, character)).preset
        except NotFoundError:
            return otherwise

    async def meant(self, person: PersonId, command: Command) -> tuple[Character, str]:
        """The character that a command names or begins with, or the default; and its other words."""
        if command.character:
            return await self.find(person, command.character), command.prompt
        return await self.named_by(person, command.prompt)

    async def _own(self, person: PersonId, name: str) -> Character:
        character = await self.find(person, name)
        self._require_own(character)
        return character

    def _require_own(self, character: Character) -> None:
        if not character.is_own:
            raise NotAllowedError("character", name=character.name)


def result_of(job: Job) -> StoredPicture:
    """Raises NotFoundError("picture") where it has none."""
    if job.outcome is None:
        raise NotFoundError("picture")
    return StoredPicture(blob=job.outcome.result, width=job.outcome.width, height=job.outcome.height)


def _unknown(name: str, listed: Sequence[Character]) -> RestyleError:
    if not listed:
        return NotFoundError("no-characters")
    names = {folded(one.name): one.name for one in listed}
    if near := nearest(folded(name), names):
        return UnknownNameError("near", what="character", given=name[:40], nearest=names[near])
    known = ", ".join(one.name for one in listed[:_LISTED]) + (", …" if len(listed) > _LISTED else "")
    return UnknownNameError("alone", what="character", given=name[:40], known=known)
