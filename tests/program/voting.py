"""A session in a data folder, and people who vote in it over HTTP."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from aiohttp import ClientError, ClientSession, CookieJar

from bot.app import Stand, open_app
from bot.settings import Settings
from core.domain.character import Preset
from core.domain.names import CardId, PersonId, Place, Platform
from core.domain.session import SessionId
from core.service.asking import Asker
from core.service.session_plans import Plan, subject_of
from tests.discord.bot.running import QUICK, png

AUTHOR = Asker(person=PersonId("discord:1"), name="ana", place=Place(platform=Platform.DISCORD, conversation="nowhere"))


@dataclass(frozen=True, kw_only=True, slots=True)
class Held:
    """A session with entries to vote for."""

    code: SessionId
    entries: tuple[CardId, ...]


async def hold(folder: Path, ideas: int) -> Held:
    """Make it with the program itself, in this process, and stop that."""
    settings = Settings(data=folder, web=False, offline=True, _env_file=None)
    async with open_app(settings, Stand(engine=QUICK)) as app:
        sessions = app.service.sessions
        picture = await app.service.take_picture(png())
        character = await app.service.characters.save(AUTHOR, "Mira", picture, Preset(prompt="0.001 girl"))
        view = await sessions.start(AUTHOR, Plan(subject=subject_of(character), budget=ideas))
        with sessions.keeper.listen() as news:
            cards = [(await sessions.idea(AUTHOR, view.session.id, f"coat {number}"))[0].id for number in range(ideas)]
            async with asyncio.timeout(60):
                while len((await sessions.view(view.session.id)).entries) < ideas:
                    await anext(news)
    return Held(code=view.session.id, entries=tuple(cards))


async def counted(folder: Path, held: Held) -> dict[CardId, int]:
    """How many votes each entry has, as the stopped program's folder says."""
    settings = Settings(data=folder, web=False, offline=True, _env_file=None)
    async with open_app(settings, Stand(engine=QUICK)) as app:
        view = await app.service.sessions.view(held.code)
        return {entry.id: entry.votes for entry in view.entries}


class Voter:
    """Somebody on the page."""

    def __init__(self, address: str, name: str) -> None:
        self._session = ClientSession(address, cookie_jar=CookieJar(unsafe=True))
        self._origin, self._name = address.rstrip("/"), name

    async def join(self, held: Held) -> None:
        async with self._session.get("/"):
            pass
        await self._post(f"/api/sessions/{held.code}/join", {"name": self._name})

    async def vote(self, entry: CardId) -> bool:
        """Whether the answer came, and says that the vote counts."""
        try:
            answer = await self._post("/api/buttons", {"id": f"v1:vote:{entry}"})
        except (ClientError, OSError):
            return False
        return "Your vote for number" in answer.get("text", "")

    async def close(self) -> None:
        await self._session.close()

    async def _post(self, path: str, body: dict[str, str]) -> dict[str, Any]:
        async with self._session.post(path, json=body, headers={"Origin": self._origin}) as response:
            answer: dict[str, Any] = await response.json()
            return answer


async def joined(address: str, held: Held, people: int) -> list[Voter]:
    voters = [Voter(address, f"p{number}") for number in range(people)]
    await asyncio.gather(*(voter.join(held) for voter in voters))
    return voters


async def all_vote(voters: Sequence[Voter], entry: CardId) -> int:
    """All at once, each twice; how many were told that their vote counts."""
    told = await asyncio.gather(*(voter.vote(entry) for voter in voters), *(voter.vote(entry) for voter in voters))
    return sum(first or second for first, second in zip(told[: len(voters)], told[len(voters) :], strict=True))
