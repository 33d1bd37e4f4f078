"""What moderators and operators do: rules of places, pauses, bans, and the trail of it."""

from __future__ import annotations

from dataclasses import replace

from core.domain.clock import Clock
from core.domain.names import CommunityId, PersonId
from core.domain.places import ALL_KINDS, EVERYWHERE, Deed, PlaceSettings
from core.errors import NotAllowedError
from core.queue.ports import JobQueue, Load
from core.service.asking import Asker
from core.storage.links import LinkStore
from core.storage.places import Change, PlaceStore

_TRAIL = 20  # deeds shown at a time


class Administration:
    """Operators may do all of it for every place, moderators for their own. Else NotAllowedError."""

    def __init__(
        self, places: PlaceStore, queue: JobQueue, clock: Clock, operators: frozenset[PersonId], links: LinkStore
    ) -> None:
        self._places = places
        self._queue = queue
        self._clock = clock
        self._operators = operators
        self._links = links

    def known(self, asker: Asker) -> Asker:
        """The asker as this installation knows them: its settings may say that they are an operator.

        A ban holds wherever else they are linked; rights do not come along, or one stolen link would hand them over.
        """
        also = frozenset(self._links.identities(asker.person)) - {asker.person}
        return replace(asker, is_operator=asker.is_operator or asker.person in self._operators, also=also)

    async def rules(self, asker: Asker) -> list[PlaceSettings]:
        """The rules where they ask: those of everywhere, then those of the place."""
        places = [EVERYWHERE, *([asker.community] if asker.community else [])]
        return [await self._places.settings(place) for place in places]

    def place_of(self, asker: Asker, named: CommunityId | None = None) -> CommunityId:
        """Whose rules they may see and set: a moderator's place, any one for operators. Raises NotAllowedError."""
        asker = self.known(asker)
        place = named or asker.community or EVERYWHERE
        if asker.is_operator or (asker.is_moderator and asker.community and place == asker.community):
            return place
        raise NotAllowedError("operator" if asker.is_moderator else "moderator")

    async def settings(self, asker: Asker, place: CommunityId) -> PlaceSettings:
        return await self._places.settings(self.place_of(asker, place))

    async def change(self, asker: Asker, place: CommunityId, action: str, detail: str, change: Change) -> PlaceSettings:
        deed = Deed(
            at=self._clock.now(),
            actor=asker.person,
            actor_name=asker.name,
            place=self.place_of(asker, place),
            action=action,
            detail=detail,
        )
        return await self._places.change(change, deed)

    async def move(self, old: CommunityId, new: CommunityId) -> None:
        """The platform calls a place by another name from now on: its rules go along."""
        await self._places.move(old, new)

    async def pause(self, asker: Asker, place: CommunityId, kind: str) -> PlaceSettings:
        """Nothing of this kind (a command, or all) is taken any more; what waits is made."""
        return await self.change(
            asker, place, "pause", kind, lambda now: replace(now, paused=tuple(dict.fromkeys((*now.paused, kind))))
        )

    async def resume(self, asker: Asker, place: CommunityId, kind: str) -> PlaceSettings:
        """Take it again; "all" ends every pause."""
        return await self.change(
            asker,
            place,
            "resume",
            kind,
            lambda now: replace(now, paused=tuple(one for one in now.paused if kind not in {ALL_KINDS, one})),
        )

    async def drain(self, asker: Asker) -> Load:
        """Take nothing new anywhere, and say what is still to be made. Operators only."""
        await self.change(
            asker,
            EVERYWHERE,
            "drain",
            "",
            lambda now: replace(now, paused=tuple(dict.fromkeys((*now.paused, ALL_KINDS)))),
        )
        return await self._queue.load()

    async def ban(self, asker: Asker, place: CommunityId, person: PersonId, reason: str) -> PlaceSettings:
        """From now on, what this person asks for is refused with the reason."""
        return await self.change(
            asker, place, "ban", f"{person}: {reason}", lambda now: replace(now, banned=now.banned | {person: reason})
        )

    async def unban(self, asker: Asker, place: CommunityId, person: PersonId) -> PlaceSettings:
        return await self.change(
            asker,
            place,
            "unban",
            person,
            lambda now: replace(now, banned={one: why for one, why in now.banned.items() if one != person}),
        )

    async def load(self, asker: Asker) -> Load:
        self.place_of(asker)
        return await self._queue.load()

    async def trail(self, asker: Asker, place: CommunityId) -> list[Deed]:
        """The newest deeds of a place; of all places for operators who ask about everywhere."""
        place = self.place_of(asker, place)
        return await self._places.deeds(None if place == EVERYWHERE else place, _TRAIL)
