"""Inline mode: "@bot watercolour" in any chat offers one's own pictures, characters, and the words as a command."""

from __future__ import annotations

import logging
from dataclasses import dataclass

from telegram import (
    InlineQuery,
    InlineQueryResult,
    InlineQueryResultArticle,
    InlineQueryResultCachedDocument,
    InlineQueryResultCachedPhoto,
    InlineQueryResultsButton,
    InputTextMessageContent,
)

from bot.card_lines import short, words_of
from bot.languages.choice import language_of
from bot.replies import say
from bot.telegram_bot.failures import TROUBLE
from bot.telegram_bot.people import People
from bot.telegram_bot.ways import PHOTO
from core.domain.job import Job
from core.errors import NotFoundError
from core.service.deliveries import Delivery, DeliveryStore
from core.service.service import Asker, Service

log = logging.getLogger(__name__)

_PICTURES, _CHARACTERS = 30, 15  # offered at most: Telegram takes 50 in all
_LOOKED_AT = 100  # of a person's newest pictures
_FRESH = 5  # seconds that Telegram may give the same answer again
_LINE = 100  # characters of a description


@dataclass(frozen=True, kw_only=True, slots=True)
class Inline:
    """What is chosen is sent by the person; commands among it are then read like any other."""

    service: Service
    people: People
    deliveries: DeliveryStore

    async def answer(self, query: InlineQuery) -> None:
        asker = self.people.alone(query.from_user)
        language = await language_of(self.service, asker)
        words = " ".join(query.query.split())
        offered = [
            *self._command(words, language),
            *await self._characters(asker, words),
            *await self._pictures(asker, words, language),
        ]
        empty = InlineQueryResultsButton(say("telegram.inline-empty", language), start_parameter="start")
        try:
            await query.answer(offered, cache_time=_FRESH, is_personal=True, button=None if offered else empty)
        except TROUBLE as error:  # nobody waits for it any more
            log.info("telegram.inline-not-answered: %s", error)

    def _command(self, words: str, language: str) -> list[InlineQueryResult]:
        """The words themselves, to be sent as a reply to a picture."""
        if not words:
            return []
        title = say("telegram.inline-restyle", language, words=short(words))
        text = InputTextMessageContent(f"/restyle {words}")
        hint = say("telegram.inline-hint", language)
        return [InlineQueryResultArticle("restyle", title, text, description=hint)]

    async def _characters(self, asker: Asker, words: str) -> list[InlineQueryResult]:
        """A command about each whose name begins the words, or is begun by them; all where nothing was typed."""
        found: list[InlineQueryResult] = []
        for character in await self.service.characters.listed(asker.person):
            name, typed = character.name.casefold(), words.casefold()
            outfit = words[len(name) :].strip() if typed.startswith(f"{name} ") else ""
            if not (outfit or name.startswith(typed)):
                continue
            called = f'"{character.name}"' if " " in character.name else character.name
            line = f"/vary {called} {outfit}" if outfit else f"/character show {called}"
            text = InputTextMessageContent(line)
            about = short(character.preset.prompt, _LINE)
            title = f"{character.name}: {outfit}" if outfit else character.name
            found.append(InlineQueryResultArticle(f"c:{character.id}", title, text, description=about))
        return found[:_CHARACTERS]

    async def _pictures(self, asker: Asker, words: str, language: str) -> list[InlineQueryResult]:
        """The newest results of theirs, whose words have all of the typed ones; all where none has."""
        deliveries = await self.deliveries.pictured(asker.person, _LOOKED_AT)
        known = [(each, job) for each in deliveries if (job := await self._job(each)) is not None]
        typed = words.casefold().split()
        fitting = [(each, job) for each, job in known if all(word in job.words.casefold() for word in typed)]
        return [_picture(each, job, language) for each, job in (fitting or known)[:_PICTURES]]

    async def _job(self, delivery: Delivery) -> Job | None:
        try:
            job = (await self.service.card(delivery.owner, delivery.card)).first
        except NotFoundError:
            return None
        return job if job.outcome else None


def _picture(delivery: Delivery, job: Job, language: str) -> InlineQueryResult:
    kind, _, file = (delivery.file or "").partition(":")
    title = words_of(job, language)
    if kind == PHOTO:
        return InlineQueryResultCachedPhoto(f"r:{job.id}", file, title=title, caption=title)
    return InlineQueryResultCachedDocument(f"r:{job.id}", title, file, caption=title)
