"""Ideas: each becomes a numbered variation of a session's character, always from its base."""

from __future__ import annotations

import asyncio
import secrets
from dataclasses import replace

from core.domain.command import Command, Preferences, StoredPicture
from core.domain.likeness import Keep
from core.domain.names import CardId, CharacterId, new_id
from core.domain.request import MAX_SEED, Request
from core.domain.session import MAX_TEXT, Entry, Session, SessionId, Subject
from core.errors import SessionError
from core.service.asking import Asker
from core.service.requests import Rules, build_requests
from core.service.session_desk import Desk, SessionParts
from core.service.session_keeper import SessionKeeper
from core.service.states import CardState
from core.service.varying import compared


class Ideas:
    """Each costs its sender a place in the session and a job like any other."""

    def __init__(self, parts: SessionParts, desk: Desk, keeper: SessionKeeper) -> None:
        self._store = parts.store
        self._clock = parts.clock
        self._desk = desk
        self._keeper = keeper

    async def send(self, asker: Asker, held: Session, words: str) -> tuple[Entry, CardState]:
        """Its place and its job. Raises SessionError, and what `submit` raises."""
        words = " ".join(words.split())
        if not words:
            raise SessionError("no-idea")
        request = _variation(held.subject, words, self._desk.rules)
        author = self._desk.owner_of(asker.person)
        asker = replace(asker, name=asker.name or await self._name(asker, held.id))
        now = self._clock.now()
        entry = await self._store.reserve(
            Entry(
                id=asker.card or CardId(new_id(now)),
                session=held.id,
                number=0,
                author=author,
                author_name=asker.name,
                words=words[:MAX_TEXT],
                created_at=now,
            )
        )
        return entry, await self._make(replace(asker, card=entry.id), held.subject, entry, request, words)

    async def _make(self, asker: Asker, subject: Subject, entry: Entry, request: Request, words: str) -> CardState:
        self._keeper.expect_picture(entry.id, entry.session)
        try:
            state = await self._desk.accept(
                asker,
                Command(name="idea", words=words),
                [request],
                (subject.width, subject.height),
                character=CharacterId(subject.character) if subject.character else None,
                labels=[f"#{entry.number} {words}"],
            )
        except BaseException:  # whatever it is: an idea without a job is none
            self._keeper.expect_picture(entry.id, None)
            await asyncio.shield(self._store.drop(entry.id))
            raise
        if state.is_finished:  # an equal one had been made before
            await self._keeper.arrived(entry.id)
        self._keeper.changed(entry.session)
        return state

    async def _name(self, asker: Asker, session: SessionId) -> str:
        """As whom they joined: the page knows no names."""
        person, members = self._desk.owner_of(asker.person), await self._store.members(session)
        return next((one.name for one in members if one.person == person), "")


def _variation(subject: Subject, words: str, rules: Rules) -> Request:
    """The request for an idea: the character's prompt first, always from its base."""
    command = Command(
        name="idea",
        prompt=", ".join(part for part in (subject.prompt, words) if part),
        negative=subject.negative,
        strengths=(subject.strength,),
        seed=subject.seed,
        steps=subject.steps,
        style=subject.style,
    )
    picture = StoredPicture(blob=subject.picture, width=subject.width, height=subject.height)
    seed = secrets.randbelow(MAX_SEED + 1)
    requests, _ = build_requests(command, picture, Preferences(), rules, seed, subject.mask)
    likeness = compared(subject.picture, Keep.of(face=False, likeness=subject.keeps_likeness), subject.threshold)
    return requests[0].varied(likeness=likeness)
