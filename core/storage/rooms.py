"""What of the house belongs to people, and what has to happen to it when they link, part or go."""

from __future__ import annotations

from collections.abc import AsyncIterator, Collection, Iterable, Mapping
from dataclasses import dataclass

from sqlalchemy.ext.asyncio import AsyncSession

from core.domain.names import BlobId, PersonId


@dataclass(frozen=True, kw_only=True, slots=True)
class Moves:
    """Who owned what each of these identities had made, and who owns it from now on.

    An identity is how a platform knows somebody ("discord:1234"); the person who owns is the identity itself, or
    somebody it is linked to. On linking several owners become one, on parting one becomes several.
    """

    before: Mapping[PersonId, PersonId]
    after: Mapping[PersonId, PersonId]

    @property
    def sources(self) -> dict[PersonId, list[PersonId]]:
        """For each new owner the old ones, whose things become theirs; the first has the say where two differ."""
        found: dict[PersonId, list[PersonId]] = {}
        for identity, owner in self.after.items():
            known = found.setdefault(owner, [])
            if self.before[identity] not in known:
                known.append(self.before[identity])
        return found

    @property
    def gone(self) -> set[PersonId]:
        """Old owners that nobody is any more."""
        return set(self.before.values()) - set(self.after.values())


@dataclass(frozen=True, kw_only=True, slots=True)
class Kept:
    """One file of an export, by its name in the archive: text as it is, or the bytes of a blob."""

    name: str
    text: str = ""
    blob: BlobId | None = None


class Room:
    """A part of the house that keeps something of people's. What it does not override has nothing to be done.

    `settle` and `erase` run inside the one transaction that links, parts or erases; `settled` and `erased` after it,
    without a wait between, for what is kept in memory.
    """

    async def settle(self, session: AsyncSession, moves: Moves) -> None:
        """Give what the identities made, and what only owners have, to the new owners."""

    def settled(self) -> None:
        """The transaction of the newest `settle` is on disk."""

    async def erase(self, session: AsyncSession, person: PersonId, identities: Collection[PersonId]) -> Iterable[str]:
        """Delete all that this person owns; returns the blobs that it named, to be deleted where nobody else does."""
        return ()

    def erased(self) -> None:
        """The transaction of the newest `erase` is on disk."""

    async def export(self, person: PersonId, identities: Collection[PersonId]) -> AsyncIterator[Kept]:
        """All that this person owns, small things first."""
        nothing: tuple[Kept, ...] = ()
        for kept in nothing:
            yield kept
