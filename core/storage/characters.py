"""Characters in rows: presets and base pictures, and the lists of the people who have or follow them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict

from sqlalchemy import ColumnElement, delete, exists, func, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from core.domain.character import Base, Character, Preset, Share
from core.domain.character_names import checked, folded, key_of
from core.domain.job import Job, Status
from core.domain.likeness import Keep
from core.domain.names import BlobId, CharacterId, CommunityId, PersonId
from core.errors import NamingError, NotFoundError, RefusedError
from core.storage.character_rows import SAME_BASE, base_of, base_row, character_of, character_row, share_of
from core.storage.database import Database
from core.storage.job_rows import job_of
from core.storage.tables import BlobRow, CharacterBaseRow, CharacterNameRow, CharacterRow, CharacterShareRow, JobRow

_LOOKED_AT = 100  # newest variations among which the best are looked for
MOST_BASES = 20  # versions of one character; the oldest goes
_LISTED = (
    select(CharacterNameRow, CharacterRow, CharacterBaseRow)
    .select_from(CharacterNameRow)
    .join(CharacterRow, CharacterRow.id == CharacterNameRow.character)
    .join(CharacterBaseRow, SAME_BASE)
)


class CharacterStore:
    """Names are unique in each person's list; every writer checks that inside its own transaction."""

    def __init__(self, database: Database) -> None:
        self._database = database

    # looking

    async def listed(self, person: PersonId) -> list[Character]:
        """A person's own characters and those they follow, by name."""
        async with self._database.read() as session:
            rows = await session.execute(
                _LISTED.where(CharacterNameRow.person == person).order_by(CharacterNameRow.key)
            )
            return [character_of(*row) for row in rows]

    async def get(self, character: CharacterId, person: PersonId) -> Character:
        """As it stands in this person's list. Raises NotFoundError."""
        wanted = _LISTED.where(CharacterNameRow.person == person, CharacterNameRow.character == character)
        async with self._database.read() as session:
            row = (await session.execute(wanted)).first()
        if row is None:
            raise NotFoundError("character")
        return character_of(*row)

    async def check_room(self, person: PersonId, name: str, limit: int) -> None:
        """Raises what `add` would raise for this name."""
        async with self._database.read() as session:
            await _check_room(session, person, checked(name), limit)

    async def bases(self, character: CharacterId) -> list[Base]:
        """All versions, the first one first."""
        wanted = select(CharacterBaseRow).where(CharacterBaseRow.character == character)
        async with self._database.read() as session:
            return [base_of(row) for row in await session.scalars(wanted.order_by(CharacterBaseRow.number))]

    async def variations(self, character: CharacterId, person: PersonId, limit: int) -> list[Job]:
        """A person's finished jobs that show it, those first that were measured to be most like it, then the newest."""
        theirs = JobRow.character == character, JobRow.owner == person, JobRow.status == Status.DONE
        newest = select(JobRow).where(*theirs).order_by(JobRow.number.desc()).limit(_LOOKED_AT)
        async with self._database.read() as session:
            jobs = [job_of(row) for row in await session.scalars(newest)]
        return sorted(jobs, key=_unlikeness)[:limit]

    # the owner's

    async def add(self, character: Character, limit: int) -> Character:
        """Into its holder's list. Raises NamingError, RefusedError("characters"), NotFoundError("picture")."""
        async with self._database.write() as session:
            name = await _check_room(session, character.holder, checked(character.name), limit)
            await _require_picture(session, character.base)
            session.add(character_row(character))
            await session.flush()
            session.add(base_row(character.id, character.base))
            session.add(_name_row(character.holder, name, character.id))
        return await self.get(character.id, character.holder)

    async def edit(self, character: CharacterId, preset: Preset, now: float) -> None:
        """Give it this preset. Raises NotFoundError."""
        async with self._database.write() as session:
            row = await _row(session, character)
            for name, value in (asdict(preset) | {"strength": str(preset.strength)}).items():
                setattr(row, name, value)
            row.changed_at = now

    async def keep(self, character: CharacterId, keep: Keep, threshold: float | None, now: float) -> None:
        """What its variations keep from now on. Raises NotFoundError."""
        async with self._database.write() as session:
            row = await _row(session, character)
            row.keeps_face, row.keeps_likeness, row.threshold = keep.face, keep.likeness, threshold
            row.changed_at = now

    async def map_face(self, character: CharacterId, number: int, face_map: BlobId) -> None:
        """Where the face is on one version of its base. Raises NotFoundError."""
        async with self._database.write() as session:
            row = await session.get(CharacterBaseRow, (character, number))
            if row is None or await session.get(BlobRow, face_map) is None:
                raise NotFoundError("character" if row is None else "picture")
            row.face_map = face_map

    async def add_base(self, character: CharacterId, picture: BlobId, size: tuple[int, int], now: float) -> int:
        """Make this picture its base and keep the old one as a version; returns the new one's number."""
        async with self._database.write() as session:
            row = await _row(session, character)
            of_it = CharacterBaseRow.character == character
            number = (await session.scalar(select(func.max(CharacterBaseRow.number)).where(of_it)) or 0) + 1
            base = Base(number=number, picture=picture, width=size[0], height=size[1], made_at=now)
            await _require_picture(session, base)
            session.add(base_row(character, base))
            row.version, row.changed_at = number, now
            old = select(CharacterBaseRow.number).where(of_it).order_by(CharacterBaseRow.number.desc())
            kept = (await session.scalars(old.limit(MOST_BASES))).all()
            await session.execute(
                delete(CharacterBaseRow).where(of_it, CharacterBaseRow.number.not_in({*kept, number}))
            )
            return number

    async def go_to(self, character: CharacterId, number: int, now: float) -> bool:
        """Make a kept version the base again; False where there is none of that number."""
        async with self._database.write() as session:
            row = await _row(session, character)
            if await session.get(CharacterBaseRow, (character, number)) is None:
                return False
            row.version, row.changed_at = number, now
            return True

    async def remove(self, person: PersonId, character: CharacterId) -> None:
        """Its owner deletes it, for followers, too; whoever follows it takes it off their list."""
        async with self._database.write() as session:
            row = await _row(session, character)
            if row.owner == person:
                await session.delete(row)
            else:
                await session.execute(delete(CharacterNameRow).where(*_entry(person, character)))

    # everybody's own list

    async def rename(self, person: PersonId, character: CharacterId, name: str) -> None:
        """Raises NamingError, NotFoundError."""
        name = checked(name)
        async with self._database.write() as session:
            entry = await _entry_row(session, person, character)
            await _check_name(session, person, name, but=character)
            session.add(await _replaced(session, entry, name))

    async def prefer(self, person: PersonId, character: CharacterId | None) -> None:
        """Make it this person's default character, the only one; None: they have none. Raises NotFoundError."""
        async with self._database.write() as session:
            if character is not None:
                await _entry_row(session, person, character)
            theirs = update(CharacterNameRow).where(CharacterNameRow.person == person)
            await session.execute(theirs.values(is_default=CharacterNameRow.character.is_not_distinct_from(character)))

    # sharing

    async def share(self, share: Share) -> None:
        """One way for each place, and one code for everywhere else: the newest counts. Raises NotFoundError."""
        async with self._database.write() as session:
            await _row(session, share.character)
            same = CharacterShareRow.character == share.character
            placed = CharacterShareRow.place.is_not_distinct_from(share.place)
            await session.execute(delete(CharacterShareRow).where(same, placed))
            session.add(CharacterShareRow(**asdict(share)))

    async def shares(self, character: CharacterId) -> list[Share]:
        async with self._database.read() as session:
            wanted = select(CharacterShareRow).where(CharacterShareRow.character == character)
            return [share_of(row) for row in await session.scalars(wanted.order_by(CharacterShareRow.created_at))]

    async def unshare(self, character: CharacterId) -> None:
        """Nobody can take it any more, and nobody follows it any more; copies stay."""
        async with self._database.write() as session:
            row = await _row(session, character)
            await session.execute(delete(CharacterShareRow).where(CharacterShareRow.character == character))
            followers = CharacterNameRow.character == character, CharacterNameRow.person != row.owner
            await session.execute(delete(CharacterNameRow).where(*followers))

    async def offered(
        self, *, code: str | None = None, place: CommunityId | None = None
    ) -> list[tuple[Share, Character]]:
        """What a code opens, or all that is shared with a place, each as its owner knows it."""
        wanted = _LISTED.add_columns(CharacterShareRow).join(
            CharacterShareRow, CharacterShareRow.character == CharacterRow.id
        )
        asked = CharacterShareRow.code == code if code is not None else CharacterShareRow.place == place
        async with self._database.read() as session:
            rows = await session.execute(
                wanted.where(asked, CharacterNameRow.person == CharacterRow.owner).order_by(CharacterNameRow.key)
            )
            return [(share_of(share), character_of(name, row, base)) for name, row, base, share in rows]

    async def move_shares(self, old: CommunityId, new: CommunityId) -> None:
        """What is shared with a place goes along with it when it has another name."""
        shares = update(CharacterShareRow).where(CharacterShareRow.place == old)
        async with self._database.write() as session:
            await session.execute(shares.values(place=new))

    async def follow(self, person: PersonId, character: CharacterId, name: str, limit: int) -> None:
        """Raises NamingError, RefusedError("characters"), NotFoundError."""
        async with self._database.write() as session:
            await _row(session, character)
            if await session.scalar(select(CharacterNameRow).where(*_entry(person, character))) is None:
                session.add(_name_row(person, await _check_room(session, person, checked(name), limit), character))

    # life

    async def settle(self) -> None:
        """Give characters that were being made the picture that their job left; forget those whose jobs all failed."""
        unmade = CharacterBaseRow.picture.is_(None)
        async with self._database.read() as session:
            if await session.scalar(select(CharacterBaseRow.character).where(unmade).limit(1)) is None:
                return
        async with self._database.write() as session:
            for base in (await session.scalars(select(CharacterBaseRow).where(unmade))).all():
                await _settle(session, base)


def _unlikeness(job: Job) -> float:
    likeness = job.outcome.likeness if job.outcome else None
    return 1 - likeness.score if likeness is not None else 1.0


async def _settle(session: AsyncSession, base: CharacterBaseRow) -> None:
    of_it = JobRow.character == base.character
    left = select(JobRow.result).where(of_it, JobRow.status == Status.DONE).order_by(JobRow.number).limit(1)
    if result := await session.scalar(left):
        base.picture = result
        return
    alive = exists().where(of_it, JobRow.status.in_((Status.QUEUED, Status.RUNNING)))
    if not await session.scalar(select(alive)):
        await session.execute(delete(CharacterRow).where(CharacterRow.id == base.character))


async def _row(session: AsyncSession, character: CharacterId) -> CharacterRow:
    row = await session.get(CharacterRow, character)
    if row is None:
        raise NotFoundError("character")
    return row


def _entry(person: PersonId, character: CharacterId) -> Sequence[ColumnElement[bool]]:
    return CharacterNameRow.person == person, CharacterNameRow.character == character


async def _entry_row(session: AsyncSession, person: PersonId, character: CharacterId) -> CharacterNameRow:
    row = await session.scalar(select(CharacterNameRow).where(*_entry(person, character)))
    if row is None:
        raise NotFoundError("character")
    return row


async def _replaced(session: AsyncSession, entry: CharacterNameRow, name: str) -> CharacterNameRow:
    """The same entry under another name: the old row goes first, since both may have the same key."""
    fresh = _name_row(PersonId(entry.person), name, CharacterId(entry.character), is_default=entry.is_default)
    await session.delete(entry)
    await session.flush()
    return fresh


def _name_row(person: PersonId, name: str, character: CharacterId, *, is_default: bool = False) -> CharacterNameRow:
    return CharacterNameRow(person=person, key=key_of(name), name=name, character=character, is_default=is_default)


async def _check_room(session: AsyncSession, person: PersonId, name: str, limit: int) -> str:
    count = await session.scalar(
        select(func.count()).select_from(CharacterNameRow).where(CharacterNameRow.person == person)
    )
    if (count or 0) >= limit:
        raise RefusedError("characters", count=count, limit=limit)
    await _check_name(session, person, name)
    return name


async def _check_name(session: AsyncSession, person: PersonId, name: str, but: CharacterId | None = None) -> None:
    taken = await session.get(CharacterNameRow, (person, key_of(name)))
    if taken is None or taken.character == but:
        return
    if folded(taken.name) == folded(name):
        raise NamingError("taken", given=taken.name)
    raise NamingError("looks-like", given=name, taken=taken.name)


async def _require_picture(session: AsyncSession, base: Base) -> None:
    """The foreign key would refuse it too, without a sentence."""
    if base.picture and await session.get(BlobRow, base.picture) is None:
        raise NotFoundError("picture")
