"""Sessions: what people do in them. Times and votes are the store's; jobs are made like any others."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from core.domain.names import CardId, CharacterId, CommunityId, PersonId, Place
from core.domain.session import (
    DEFAULT_SECONDS,
    Entry,
    Room,
    Session,
    SessionId,
    SessionState,
    Vote,
    new_code,
    new_link,
)
from core.errors import SessionError
from core.service.asking import Asker
from core.service.session_desk import Desk, SessionParts
from core.service.session_ideas import Ideas
from core.service.session_keeper import SessionKeeper
from core.service.session_plans import Plan
from core.service.session_records import SessionRecords
from core.service.session_views import SessionView
from core.service.states import CardState
from core.storage.sessions import SessionStore


class Sessions:
    """Anybody may join and send ideas; hosts, moderators of a session's rooms and operators lead it."""

    def __init__(self, parts: SessionParts, desk: Desk) -> None:
        self._parts = parts
        self._store = parts.store
        self._desk = desk
        self.keeper = SessionKeeper(parts.store, parts.clock, desk.watch)
        self._ideas = Ideas(parts, desk, self.keeper)
        self.records = SessionRecords(parts.store, parts.blobs)

    @property
    def store(self) -> SessionStore:
        """For adapters: rooms, and what was posted in them."""
        return self._store

    def now(self) -> float:
        """What the sessions' clock says."""
        return self._parts.clock.now()

    def address(self, view: SessionView) -> str:
        """Of its gallery; without a host where the page's own is not known, empty where there is none."""
        link = view.session.link
        return f"{self._parts.origin.rstrip('/')}/gallery/{link}" if link and self._parts.has_page else ""

    # looking

    async def view(self, session: SessionId) -> SessionView:
        """Kept until something changes: 300 people may look at once. Raises SessionError("unknown")."""
        return await self.keeper.view(session)

    async def gallery(self, link: str) -> SessionView:
        """By its link. Raises SessionError for one that was taken back."""
        held = await self._store.by_link(link)
        if held is None:
            raise SessionError("no-gallery")
        return await self.view(held.id)

    async def find(self, asker: Asker, code: str | None = None) -> Session:
        """By its code; else the one that is held where they ask, else the one they joined last."""
        if code:
            return await self._store.get(SessionId(code.strip().lower()))
        if held := await self._store.held_in(asker.place):
            return held
        if joined := await self._store.newest_of(self._who(asker)):
            return joined
        raise SessionError("none-here")

    async def voted(self, asker: Asker, session: SessionId) -> set[CardId]:
        return await self._store.voted(session, self._who(asker))

    async def name_in(self, asker: Asker, session: SessionId) -> str | None:
        """As whom they take part: empty where they have not said it, None where they do not."""
        members = await self._store.members(session)
        return next((member.name for member in members if member.person == self._who(asker)), None)

    def leads(self, asker: Asker, view: SessionView) -> bool:
        """Its host, operators, and moderators of a place where it is held."""
        held = asker.community is not None and any(room.community == asker.community for room in view.rooms)
        return asker.is_operator or self._who(asker) == view.session.host or (asker.is_moderator and held)

    # the host's

    async def start(self, asker: Asker, plan: Plan, room: Room | None = None) -> SessionView:
        """Open it, its host being its first member. Raises SessionError("too-long", "here-already")."""
        plan.check()
        now = self._parts.clock.now()
        session = Session(
            id=new_code(),
            host=self._who(asker),
            host_name=asker.name,
            subject=plan.subject,
            created_at=now,
            ends_at=plan.ends_at if plan.ends_at is not None else now + DEFAULT_SECONDS,
            theme=plan.theme,
            rules=plan.rules,
            budget=plan.budget,
            shows_board=plan.shows_board,
            link=new_link(),
        )
        await self._store.open(session, replace(room, session=session.id) if room else None)
        self.keeper.expect_end(session.id, session.ends_at)
        return await self._fresh(session.id)

    async def open_room(self, asker: Asker, session: SessionId, room: Room) -> None:
        """Hold it there, too. Raises SessionError("here-already") and what `openable` raises."""
        await self.openable(asker, session)
        await self._store.add_room(replace(room, session=session))
        self.keeper.changed(session)

    async def openable(self, asker: Asker, session: SessionId) -> SessionView:
        """For those who may hold it in one more place: its host anywhere, moderators in theirs. Raises SessionError."""
        view = await self.view(session)
        if view.session.is_over(self._parts.clock.now()):
            raise SessionError("ended")
        if not (self.leads(asker, view) or asker.is_moderator):
            raise SessionError("host", name=view.session.host_name)
        return view

    async def mark_room(self, room: Room, **marks: str | bool | None) -> None:
        """What was posted there, or that it is gone."""
        await self._store.mark_room(room, **marks)
        self.keeper.forget(room.session)

    async def move(self, old: Place, new: Place, community: CommunityId, new_community: CommunityId) -> None:
        """The platform calls a chat by another name from now on: what is held there goes along."""
        for session in await self._store.move(old, new, community, new_community):
            self.keeper.changed(session)

    async def return_to(self, community: CommunityId) -> None:
        """We may write in this place again: what goes on there is shown there again."""
        for session in await self._store.return_to(community):
            self.keeper.changed(session)

    async def pause(self, asker: Asker, session: SessionId, *, paused: bool) -> SessionView:
        view = await self._led(asker, session)
        if not paused and view.session.state is SessionState.OPEN:
            raise SessionError("not-paused")
        await self._store.change(session, state=SessionState.PAUSED if paused else SessionState.OPEN)
        return await self._fresh(session)

    async def end(self, asker: Asker, session: SessionId) -> SessionView:
        """Of two who end it at once, one does; the other reads that it has ended."""
        await self._led(asker, session)
        if not await self.keeper.end(session, self._parts.clock.now()):
            raise SessionError("ended")
        return await self.view(session)

    async def remove(self, asker: Asker, session: SessionId, number: int) -> Entry:
        """Take a variation out. Its author may do that, too. Raises SessionError("no-number")."""
        entry = _numbered(await self._store.entries(session), number)
        if entry.author != self._who(asker):
            await self._led(asker, session)
        await self._store.drop(entry.id)
        self.keeper.changed(session)
        return entry

    async def forget(self, card: CardId) -> None:
        """Its author has deleted the card: where it was a variation, that goes, too."""
        try:
            entry = await self._store.entry(card)
        except SessionError:
            return
        await self._store.drop(card)
        self.keeper.changed(entry.session)

    async def send_away(self, asker: Asker, session: SessionId, who: PersonId | int) -> PersonId:
        """Somebody, or the author of the variation with that number; what they sent and voted goes, too."""
        view = await self._led(asker, session)
        person = _numbered(await self._store.entries(session), who).author if isinstance(who, int) else who
        if person == view.session.host:
            raise SessionError("host", name=view.session.host_name)
        await self._store.send_away(session, self._desk.owner_of(person))
        self.keeper.changed(session)
        return person

    async def new_gallery(self, asker: Asker, session: SessionId, *, closed: bool = False) -> SessionView:
        """The old link is dead; there is another, or none."""
        await self._led(asker, session)
        await self._store.set_link(session, None if closed else new_link())
        return await self._fresh(session)

    # everybody's

    async def join(self, asker: Asker, session: SessionId, name: str = "") -> SessionView:
        """Also who had joined already gets the view. Raises SessionError("unknown", "ended", "sent-away")."""
        view = await self.view(session)
        if view.session.is_over(self._parts.clock.now()):
            raise SessionError("ended")
        await self._store.join(session, self._who(asker), name or asker.name)
        return await self._fresh(session)

    async def idea(self, asker: Asker, session: SessionId, words: str) -> tuple[Entry, CardState]:
        """A numbered variation of the session's character, charged to the asker.

        Who sends one where the session is held takes part by that. Raises SessionError, and what `submit` raises.
        """
        held = await self._store.get(session)
        if words.strip() and await self._is_held_in(asker.place, session):
            await self._store.join(session, self._who(asker), asker.name)
        return await self._ideas.send(asker, held, words)

    async def vote(self, asker: Asker, entry: CardId) -> tuple[Vote, Entry]:
        """Counted once. Who votes where the session is held takes part by that. Raises SessionError."""
        voted = await self._store.entry(entry)
        inside = await self._is_held_in(asker.place, voted.session)
        answer = await self._store.vote(entry, self._who(asker), asker.name if inside else None)
        self.keeper.changed(voted.session)
        return answer, voted

    async def take_back(self, asker: Asker, entry: CardId) -> tuple[Vote, Entry]:
        voted = await self._store.entry(entry)
        answer = await self._store.take_back(entry, self._who(asker))
        self.keeper.changed(voted.session)
        return answer, voted

    async def crowned(self, asker: Asker, entry: CardId) -> tuple[CharacterId, Entry]:
        """A winner, for the owner of the character to take as its new base. Raises SessionError."""
        won = await self._store.entry(entry)
        view = await self.view(won.session)
        subject = view.session.subject
        if not view.session.is_ended:
            raise SessionError("not-ended")
        if subject.character is None or subject.owner != self._who(asker):
            raise SessionError("not-owner")
        if all(one.id != entry for one in view.winners):
            raise SessionError("no-winner")
        return CharacterId(subject.character), won

    # inside

    def _who(self, asker: Asker) -> PersonId:
        return self._desk.owner_of(asker.person)

    async def _is_held_in(self, place: Place, session: SessionId) -> bool:
        return any(room.place == place for room in await self._store.rooms(session))  # a vote has made the view old

    async def _led(self, asker: Asker, session: SessionId) -> SessionView:
        view = await self.view(session)
        if not self.leads(asker, view):
            raise SessionError("host", name=view.session.host_name)
        return view

    async def _fresh(self, session: SessionId) -> SessionView:
        self.keeper.changed(session)
        return await self.view(session)


def _numbered(entries: Sequence[Entry], number: int) -> Entry:
    found = next((entry for entry in entries if entry.number == number), None)
    if found is None:
        raise SessionError("no-number", given=number)
    return found
